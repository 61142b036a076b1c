"""Writing an archive, file by file, to disk: the same content gives the same bytes, whenever and wherever it is made.

Memory does not grow with what is written, but for a name and a hash of each file.
"""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any, Self

SUMS, MANIFEST, SUMMARY = "SHA256SUMS", "manifesto.json", "resumo.xlsx"
FORMAT = 1
#: The folder of each situation of a document.
FOLDERS = {"authorized": "autorizadas", "epec": "epec", "cancelled": "canceladas", "voided": "inutilizadas"}

_MOMENT = (1980, 1, 1, 0, 0, 0)  # ZIP's first moment: when a file was made says nothing here
_READABLE = 0o100644 << 16
_CHUNK = 2**16


def folder(model: str, series: int, situation: str) -> str:
    """Where a document's files are: ``modelo-55/serie-001/autorizadas``."""
    return f"modelo-{model}/serie-{series:03d}/{FOLDERS[situation]}"


class ArchiveWriter:
    """A ZIP that is being written to ``path``. Left without an exception, it is complete with its list of hashes."""

    def __init__(self, path: Path):
        self.path = path
        self.sums: dict[str, str] = {}
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, *_details: Any) -> None:
        if kind is None:
            lines = "".join(f"{sha256}  {name}\n" for name, sha256 in self.sums.items())
            self._zip.writestr(_entry(SUMS), lines.encode())
        self._zip.close()

    def add(self, name: str, data: bytes) -> str:
        """Write a file; gives the SHA-256 that the list will say.

        :raises ValueError: the archive has a file of this name already: a document is in it once.
        """
        self._claim(name)
        self._zip.writestr(_entry(name), data)
        self.sums[name] = hashlib.sha256(data).hexdigest()
        return self.sums[name]

    def add_file(self, name: str, path: Path) -> None:
        """Write a file of the disk, piece by piece.

        :raises ValueError: as :meth:`add`.
        """
        self._claim(name)
        with path.open("rb") as source, self._zip.open(_entry(name), "w") as target:
            shutil.copyfileobj(source, target, _CHUNK)
        self.sums[name] = sha256_of(path)

    def add_manifest(self, **facts: Any) -> None:
        """Write what a program asks of the archive: whose, which month, how many documents, their total."""
        told = {"format": FORMAT, **facts}
        self.add(MANIFEST, json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n")

    def _claim(self, name: str) -> None:
        if name in self.sums or name == SUMS:
            raise ValueError(f"{name} is in the archive already")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file of any size, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # as on Unix, whatever it is made on
    entry.external_attr = _READABLE
    return entry
