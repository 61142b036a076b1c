"""What an installation keeps outside its databases, so that a copied database alone is worth nothing.

Two secrets: the key that encrypts certificates, and the identity that production is bound to. Each comes from the
server's configuration file, else from the environment, else from a file under ``data_dir``, made on first use.
Servers that share a database must share them: by a common ``data_dir``, or by the configuration.
"""

import contextlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from odoo.tools import config

from ..fiscal.problems import FiscalError, Problem, _

_SHORTEST = 32  # characters; token_urlsafe(32) gives 43
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def folder() -> Path:
    """The add-on's own folder under the server's data_dir, readable by the server's user only; made if missing.

    :raises FiscalError: it cannot be made, or others may enter it.
    """
    path = Path(config["data_dir"]) / "faturamento_br"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = path.stat().st_mode
    except OSError as error:
        raise _unusable(path, error) from error
    if mode & _OTHERS:
        raise _too_open(path, mode, "700")
    return path


@dataclass(frozen=True)
class Secret:
    """A secret of this installation: ``option`` of the configuration, its upper case in the environment, or a file."""

    option: str
    filename: str

    def find(self) -> bytes | None:
        """The secret, or None when this installation has none yet.

        :raises FiscalError: it is too short, or its file cannot be read or is open to others.
        """
        configured = config.get(self.option) or os.environ.get(self.option.upper())
        if configured:
            return self._long_enough(configured.strip().encode(), self.option)
        path = folder() / self.filename
        try:
            return self._long_enough(_read_private(path), str(path))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(path, error) from error

    def obtain(self) -> bytes:
        """The secret, made on first use.

        :raises FiscalError: as :meth:`find`, or its file cannot be written.
        """
        found = self.find()
        if found:
            return found
        path = folder() / self.filename
        try:
            with contextlib.suppress(FileExistsError):  # another worker was faster: its secret counts
                _write_once(path, secrets.token_urlsafe(32).encode())
            return _read_private(path)
        except OSError as error:
            raise _unusable(path, error) from error

    def _long_enough(self, value: bytes, origin: str) -> bytes:
        if len(value) >= _SHORTEST:
            return value
        message = _("The secret in %(origin)s is too short: at least %(size)s characters are needed.")
        cure = _("Generate one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'")
        raise FiscalError([Problem("secret_short", "", message, cure, {"origin": origin, "size": _SHORTEST})])


KEY = Secret("faturamento_br_key", "certificates.key")
IDENTITY = Secret("faturamento_br_instance", "instance.id")


def _read_private(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if mode & _OTHERS:
            raise _too_open(path, mode, "600")
        return file.read().strip()


def _write_once(path: Path, value: bytes):
    """Write a new file of mode 0600 that appears whole or not at all; FileExistsError when it is already there."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(value + b"\n")
            file.flush()
            os.fsync(descriptor)
        os.link(draft, path)  # unlike a rename, refuses to replace
    finally:
        draft.unlink()


def _too_open(path: Path, mode: int, wanted: str) -> FiscalError:
    message = _("Other users of the server may read %(path)s (mode %(mode)s), so what it protects is not used.")
    cure = _("On the server, run: chmod %(wanted)s %(path)s")
    params = {"path": str(path), "mode": f"{stat.S_IMODE(mode):o}", "wanted": wanted}
    return FiscalError([Problem("secret_open", "", message, cure, params)])


def _unusable(path: Path, error: OSError) -> FiscalError:
    message = _("The server cannot use %(path)s: %(reason)s.")
    cure = _("Let the server's user read and write its data_dir, or set the secrets in the configuration.")
    return FiscalError(
        [Problem("secret_unusable", "", message, cure, {"path": str(path), "reason": error.strerror or error})]
    )
