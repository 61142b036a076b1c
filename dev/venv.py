"""The project's virtual environment: pinned packages from PyPI, one folder for each set of requirements."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import console, system_tools
from .paths import ROOT, cache, digest, lock, log_file

RUNTIME = ("requirements-odoo.txt", "requirements.txt")
REQUIREMENTS = (*RUNTIME, "requirements-dev.txt")


def requirements_key(files: Sequence[str] = REQUIREMENTS) -> str:
    """Names what an environment is made of: requirement files and this Python."""
    version = ".".join(map(str, sys.version_info[:2]))
    return digest(version, *((ROOT / name).read_text() for name in files))


def folder() -> Path:
    return cache() / f"venv-{requirements_key()}"


def active() -> bool:
    """Is this process already running inside the environment?"""
    return Path(sys.prefix).resolve() == folder()


def ensure() -> Path:
    """Create the environment if it is not there, whole; returns its interpreter.

    :raises console.Failure: the packages could not be installed.
    """
    target = folder()
    complete = target / ".complete"  # written last: an interrupted installation is made again
    python = target / "bin" / "python"
    if complete.exists():
        return python
    with lock("the virtual environment"):
        if not complete.exists():
            shutil.rmtree(target, ignore_errors=True)
            create(target, python)
            complete.touch()
    return python


def create(target: Path, python: Path) -> None:
    log = log_file("venv")
    probe = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True)
    if probe.returncode:
        system_tools.ensure_packages(["python3-venv"])
    with console.step("Creating the virtual environment"):
        console.run(
            [sys.executable, "-m", "venv", "--clear", target],
            log,
            "the virtual environment could not be created",
            "install your system's package python3-venv, then run the command again",
        )
    files = [argument for name in REQUIREMENTS for argument in ("-r", str(ROOT / name))]
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--prefer-binary"]
    with console.step("Installing Python packages", lambda: f"{installed(target)} there"):
        console.run(
            [*pip, *files],
            log,
            "the Python packages could not be installed",
            "see that this machine reaches its Python package index, then run the command again",
        )


def installed(target: Path) -> int:
    return sum(1 for _ in target.glob("lib/python3*/site-packages/*.dist-info"))


def environment(base: dict[str, str]) -> dict[str, str]:
    """``base`` with this environment's commands first on the path.

    What Python compiles is kept in the cache, also where PYTHONDONTWRITEBYTECODE keeps it out of the checkout: Odoo
    comes without, and each of its processes would compile it for seconds.
    """
    replaced = ("PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    return {
        **{name: value for name, value in base.items() if name not in replaced},
        "PYTHONPYCACHEPREFIX": str(cache() / "bytecode"),
        "VIRTUAL_ENV": str(folder()),
        "PATH": f"{folder() / 'bin'}{os.pathsep}{base.get('PATH', os.defpath)}",
    }
