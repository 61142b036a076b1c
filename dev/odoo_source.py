"""Odoo 19 Community: the one that is already here, or Debian's package unpacked into the cache."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import console, debian
from .paths import cache, digest, lock

OWN_ODOO = (
    "set ODOO_HOME to a folder with Odoo 19 Community (the one that holds odoo-bin, or one that holds the package "
    "`odoo`), for example a clone of Odoo's repository at branch 19.0, then run the command again"
)
PACKAGES = (
    "odoo-19",
    # Odoo's static files are links into these; without them every page answers 500.
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "fonts-glyphicons-halflings",
)


@dataclass(frozen=True)
class OdooSource:
    """An Odoo that can be run.

    :param path: the folder to put on PYTHONPATH; it holds the package ``odoo`` and nothing that hides our packages.
    :param version: exact enough to name a database after.
    :param addons: further folders of add-ons (a git checkout keeps most of them beside the package).
    """

    path: Path
    version: str
    addons: tuple[Path, ...] = ()


def ensure() -> OdooSource:
    """Find or fetch Odoo 19.

    :raises console.Failure: there is none, or it is not 19.
    """
    if home := os.environ.get("ODOO_HOME"):
        return existing(Path(home).expanduser().resolve(), "ODOO_HOME")
    if found := importable():
        return existing(found, "the Odoo that this Python imports")
    return unpacked()


def importable() -> Path | None:
    """The folder of an ``odoo`` package that the machine's own Python finds (not the project's environment)."""
    python = Path(getattr(sys, "_base_executable", None) or sys.executable)
    probe = "import importlib.util as u; s = u.find_spec('odoo'); print(next(iter(s.submodule_search_locations), ''))"
    done = subprocess.run([python, "-c", probe], capture_output=True, text=True, cwd="/")
    package = Path(done.stdout.strip())
    known = package.is_relative_to(cache())  # PYTHONPATH, when one of our commands calls another
    return package.parent if done.returncode == 0 and (package / "release.py").exists() and not known else None


def existing(home: Path, origin: str) -> OdooSource:
    """Use the Odoo in ``home`` through a link, so that other packages beside it do not hide the pinned ones."""
    package = home / "odoo"
    if not (package / "release.py").exists():
        raise console.Failure(f"{origin} is of no use", f"there is no {package / 'release.py'}", OWN_ODOO)
    version = release(package)
    if not version.startswith("19.0"):
        raise console.Failure(f"{origin} is of no use", f"{home} holds Odoo {version}, and 19.0 is needed", OWN_ODOO)
    folder = cache() / "odoo" / f"link-{digest(str(home))}"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "odoo"
    if not link.is_symlink() or link.resolve() != package.resolve():
        link.unlink(missing_ok=True)
        link.symlink_to(package)
    beside = home / "addons"
    # Debian's sibling folder `addons` holds Python files alone, without manifests: it is not one of these.
    addons = (beside,) if (beside / "account" / "__manifest__.py").exists() else ()
    return OdooSource(folder, f"{version}-{digest(str(home))}", addons)


def release(package: Path) -> str:
    """The version that Odoo's release.py states: "19.0"."""
    text = (package / "release.py").read_text()
    numbers = re.search(r"^version_info = \((\d+), (\d+)", text, re.MULTILINE)
    return ".".join(numbers.groups()) if numbers else "of an unknown version"


def unpacked() -> OdooSource:
    """Debian's package, downloaded once and unpacked into the cache."""
    home = cache() / "odoo"
    home.mkdir(exist_ok=True)
    current = home / "current"  # holds the version's folder name; written last
    if not current.exists():
        with lock("Odoo"):
            if not current.exists():
                current.write_text(fetch(home))
    folder = home / current.read_text()
    path = folder / "usr" / "lib" / "python3" / "dist-packages"
    if not (path / "odoo" / "release.py").exists():
        current.unlink()
        return unpacked()
    return OdooSource(path, folder.name)


def fetch(home: Path) -> str:
    """Download, check and unpack; returns the name of the folder made."""
    debs = debian.download(PACKAGES, home / "debs", home / "apt", OWN_ODOO)
    version = next(deb.name for deb in debs if deb.name.startswith("odoo-19_")).split("_")[1]
    if not version.startswith("19.0"):
        raise console.Failure("Odoo could not be fetched", f"Debian has {version} now, 19.0 is needed", OWN_ODOO)
    content = digest(*(hashlib.sha256(deb.read_bytes()).hexdigest() for deb in debs))
    name = f"{version.replace('%3a', '.')}-{content}"
    partial = home / f"{name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(home / name, ignore_errors=True)
    with console.step("Unpacking Odoo"):
        for deb in debs:
            debian.unpack(deb, partial)
    repair_fonts(partial / "usr" / "lib" / "python3" / "dist-packages" / "odoo" / "addons", partial / "usr" / "share")
    partial.rename(home / name)
    return name


def repair_fonts(addons: Path, share: Path) -> None:
    """Mend the font links that Debian's package leaves dangling, or icons would be missing.

    The newer fonts-font-awesome no longer has the 4.7 files that Odoo's style sheets name; Odoo's own copy of them,
    in another folder of ``web``, is used instead.
    """
    own = addons / "web" / "static" / "src" / "libs" / "fontawesome" / "fonts"
    inconsolata = share / "fonts" / "opentype" / "inconsolata" / "Inconsolata-Regular.otf"
    for folder in (addons / "web" / "static" / "lib" / "fontawesome" / "fonts", own, addons / "point_of_sale"):
        for link in folder.rglob("*"):
            if not link.is_symlink() or link.exists():
                continue
            same = own / link.name
            # A browser looks into a font file, not at its name: where the very format is gone, WOFF serves.
            source = inconsolata if link.name == "Inconsolata.otf" else own / "fontawesome-webfont.woff"
            if not same.is_symlink() and same.exists():
                source = same
            link.unlink()
            link.symlink_to(os.path.relpath(source, link.parent))
