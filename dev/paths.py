"""Where things are: the checkout, its ``var/`` for results, and the cache outside of it for downloads."""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import console

ROOT = Path(__file__).resolve().parent.parent
ADDON = ROOT / "faturamento_br"
VAR = ROOT / "var"


def cache() -> Path:
    """The cache folder: ``FATURAMENTO_BR_CACHE``, or ``faturamento_br`` in the user's usual cache folder."""
    own = os.environ.get("FATURAMENTO_BR_CACHE")
    usual = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(own).expanduser() if own else Path(usual) / "faturamento_br"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def log_file(name: str) -> Path:
    """A file in ``var/log`` for the output of a long step."""
    folder = VAR / "log"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


@contextmanager
def lock(name: str) -> Iterator[None]:
    """Let one process at a time build the thing called ``name`` in the cache. The kernel frees it if we die."""
    folder = cache() / "locks"
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with console.step(f"Another run is preparing {name}; waiting for it"):
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def digest(*texts: str) -> str:
    """A short name for what something was built from: 12 hexadecimal digits."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def tree_digest(folder: Path, leave_out: Iterable[str] = ()) -> str:
    """:func:`digest` of the names and contents of all files below ``folder``, but for folders called so."""
    skipped = {"__pycache__", *leave_out}
    total = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        inside = file.relative_to(folder)
        if file.is_file() and skipped.isdisjoint(inside.parts):
            total.update(f"{inside}\0".encode())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:12]


def date_by_contents(folder: Path) -> None:
    """Give each file below ``folder`` a date that follows from its contents.

    Odoo names the web client's bundles after the dates of their files: bundles that a template brings along are of no
    use in another checkout of the same files, and every new database would compile them anew. In a checkout of somebody
    else's, whose dates are not ours to change, they are compiled.
    """
    for file in folder.rglob("*"):
        if file.is_file() and file.stat().st_uid == os.geteuid():
            date = 10**9 + int(digest(file.read_bytes().hex()), 16) % 10**8  # in 2001 to 2004
            if file.stat().st_mtime != date:
                os.utime(file, (date, date))
