"""Programs that do not come from PyPI: a browser, a PDF printer, an independent check of signatures."""

import os
import shutil
import subprocess
from collections.abc import Sequence

from . import console
from .paths import log_file

# tool: (any of these commands will do, Debian's package)
TOOLS = {
    "browser": (("chromium", "chromium-browser", "google-chrome"), "chromium"),
    "pdf printer": (("wkhtmltopdf",), "wkhtmltopdf"),
    "signature check": (("xmlsec1",), "xmlsec1"),
    "pdf reader": (("pdftoppm",), "poppler-utils"),
    "clock": (("faketime",), "faketime"),
}

# Where a package comes from when the distribution has dropped it.
ELSEWHERE = {
    "wkhtmltopdf": "since Debian 13 it is not among Debian's packages: download `wkhtmltox` for Debian 12 from the "
    "wkhtmltopdf project's releases and install it with apt-get install ./wkhtmltox_….deb",
}


def command(tool: str) -> str | None:
    """The path of a tool's command, or None."""
    return next((path for name in TOOLS[tool][0] if (path := shutil.which(name))), None)


def ensure(*tools: str) -> None:
    """Have these tools: as root install what is missing; otherwise stop and name the packages, in one line."""
    ensure_packages([TOOLS[tool][1] for tool in tools if command(tool) is None])


def ensure_packages(packages: Sequence[str]) -> None:
    """Install Debian packages as root, or tell an ordinary user to.

    :raises console.Failure: not root, or apt-get failed.
    """
    if not packages:
        return
    names = " ".join(packages)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise console.Failure(
            f"system packages are missing: {names}",
            "they do not come from PyPI, and only an administrator may install them",
            f"sudo apt-get install --no-install-recommends {names}",
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    cure = f"run this yourself, look at what it says, then run the command again: apt-get install {names}"
    cure = "; ".join([cure, *(ELSEWHERE[name] for name in packages if name in ELSEWHERE)])
    with console.step(f"Installing system packages: {names}"):
        # The machine may have current lists already; when it does not, the first try fails at once.
        install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
        first = subprocess.run(install, env=environment, stdin=subprocess.DEVNULL, capture_output=True)
        if first.returncode:
            log = log_file("apt")
            console.run(["apt-get", "update"], log, "apt-get update failed", cure, environment)
            console.run(install, log, f"apt-get could not install {names}", cure, environment)
