"""Packages of Debian's suite sid, downloaded and unpacked without root and without touching the system.

apt works in a state of its own: it reads the mirror from the machine's Debian source, and checks the signature and
the checksums as it always does.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import console
from .paths import log_file

SOURCES = Path("/etc/apt")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def download(packages: Sequence[str], debs: Path, state: Path, otherwise: str) -> list[Path]:
    """The packages' .deb files, fetched into ``debs`` unless they are all there and whole.

    :param otherwise: what the person can do when this is impossible.
    :raises console.Failure: no Debian machine, no network, or a package is gone.
    """
    record = debs / "SHA256SUMS"
    if kept := recorded(record):
        return kept
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise console.Failure(
            "Odoo could not be fetched",
            "this is not a Debian machine (no apt-get), and Odoo is not on PyPI",
            otherwise,
        )
    shutil.rmtree(debs, ignore_errors=True)
    debs.mkdir(parents=True)
    options = isolated(state, otherwise)
    log = log_file("odoo-download")
    what = "Debian's package of Odoo 19 could not be downloaded"
    with console.step("Reading Debian's list of packages"):
        console.run(["apt-get", *options, "update"], log, what, otherwise)
    with console.step("Downloading Odoo 19", lambda: megabytes(debs)):
        console.run(["apt-get", *options, "download", *packages], log, what, otherwise, cwd=debs)
    files = sorted(debs.glob("*.deb"))
    record.write_text("".join(f"{checksum(deb)}  {deb.name}\n" for deb in files))
    return files


def recorded(record: Path) -> list[Path]:
    """The files that the record lists, or none of them if one is missing or damaged."""
    if not record.exists():
        return []
    lines = [line.split("  ", 1) for line in record.read_text().splitlines()]
    files = [record.parent / name for _, name in lines]
    whole = all(file.exists() and checksum(file) == wanted for file, (wanted, _) in zip(files, lines, strict=True))
    return files if whole else []


def checksum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def megabytes(folder: Path) -> str:
    # apt renames a file when it is whole: one seen a moment ago may be gone.
    return f"{sum(entry.stat().st_size for entry in os.scandir(folder) if entry.is_file()) / 1e6:.0f} MB"


def unpack(deb: Path, target: Path) -> None:
    done = subprocess.run(["dpkg", "-x", deb, target], capture_output=True, text=True)
    if done.returncode:
        raise console.Failure(
            f"{deb.name} could not be unpacked",
            done.stderr.strip(),
            "see that the disk has 2 GB free, then run the command again",
        )


def isolated(state: Path, otherwise: str) -> list[str]:
    """Options that make apt-get work in ``state`` alone."""
    shutil.rmtree(state, ignore_errors=True)
    for folder in ("lists/partial", "cache/archives/partial", "sources"):
        (state / folder).mkdir(parents=True)
    (state / "status").touch()
    uri, signed_by = machine_source(otherwise)
    (state / "sources" / "sid.sources").write_text(
        f"Types: deb\nURIs: {uri}\nSuites: sid\nComponents: main\nSigned-By: {signed_by}\n"
    )
    settings = {
        "Dir::State": state,
        "Dir::State::lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": state / "sources",
        "Acquire::Languages": "none",
    }
    if os.geteuid() == 0:
        settings["APT::Sandbox::User"] = "root"  # apt's own user cannot write into root's cache
    return [argument for name, value in settings.items() for argument in ("-o", f"{name}={value}")]


def machine_source(otherwise: str) -> tuple[str, str]:
    """The address of the Debian mirror this machine uses, and the keyring that signs it."""
    for uri, suites, signed_by in [*deb822_sources(), *one_line_sources()]:
        if "security" not in f"{uri} {suites}" and "debian" in f"{uri} {signed_by}" and (signed_by or KEYRING.exists()):
            return uri, signed_by or str(KEYRING)
    raise console.Failure("Odoo could not be fetched", f"{SOURCES} names no Debian mirror", otherwise)


def deb822_sources() -> list[tuple[str, str, str]]:
    found = []
    for file in sorted(SOURCES.glob("sources.list.d/*.sources")):
        for paragraph in file.read_text().split("\n\n"):
            fields = dict(
                line.split(":", 1) for line in paragraph.splitlines() if ":" in line and not line.startswith(("#", " "))
            )
            if uris := fields.get("URIs", "").split():
                found.append((uris[0], fields.get("Suites", ""), fields.get("Signed-By", "").strip()))
    return found


def one_line_sources() -> list[tuple[str, str, str]]:
    found = []
    for file in [SOURCES / "sources.list", *sorted(SOURCES.glob("sources.list.d/*.list"))]:
        for line in file.read_text().splitlines() if file.exists() else ():
            words = line.split("#")[0].replace("[ ", "[").replace(" ]", "]").split()
            if words[:1] != ["deb"]:
                continue
            options = []
            if words[1].startswith("["):
                end = next(index for index, word in enumerate(words) if word.endswith("]"))
                options, words = " ".join(words[1 : end + 1]).strip("[]").split(), words[:1] + words[end + 1 :]
            signed_by = next((option.split("=", 1)[1] for option in options if option.startswith("signed-by=")), "")
            found.append((words[1], words[2], signed_by))
    return found
