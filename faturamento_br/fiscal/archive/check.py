"""Judging an archive: could the month be restored from it?

Nothing in the file is trusted: names are only compared, nothing is unpacked to the disk, and sizes are limited.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from ..problems import Problem, _
from ..verify import verify_bytes
from ..verify.reading import LIMIT, ZERO
from .facts import IDENTITY, Facts, Voided, read_facts, read_voided
from .writer import FOLDERS, MANIFEST, SUMMARY, SUMS

MOST_FILES = 500_000
MOST_BYTES = 16 * 2**30  # of all files together, unpacked
_OTHERS = (MANIFEST, SUMMARY, SUMS)


@dataclass(frozen=True)
class Entry:
    """A file of the archive, read and judged. ``facts`` are those of an NF-e, None for an event or anything else."""

    name: str
    sha256: str
    data: bytes
    facts: Facts | None
    problems: list[Problem]

    @property
    def situation(self) -> str:
        """What the folder says that became of the document; ``""`` when it says nothing known."""
        parts = self.name.split("/")
        return next((state for state, name in FOLDERS.items() if name == parts[-2:-1][0]), "") if parts[1:] else ""


@dataclass
class Archive:
    """An archive that is being read. ``problems`` are those of the archive as a whole; those of files are theirs.

    ``voided`` are the numbers whose voiding it proves, in the order of the ZIP.
    """

    file: IO[bytes]
    manifest: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    documents: int = 0
    files: int = 0
    total: Decimal = ZERO
    voided: list[Voided] = field(default_factory=list)
    _sums: dict[str, str] = field(default_factory=dict)

    def entries(self) -> Iterator[Entry]:
        """Each XML of the archive, one at a time; read them all, and :attr:`problems` is complete."""
        try:
            with zipfile.ZipFile(self.file) as archive:
                infos = archive.infolist()
                if not self._fits(infos):
                    return
                self._read_lists(archive)
                for info in infos:
                    if info.filename == SUMS or info.is_dir():
                        continue
                    yield from self._entry(archive, info)
                self._conclude(infos)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, OSError, EOFError) as error:
            message, cure = (
                _("The ZIP cannot be read: %(why)s."),
                _("Take it again from where it was downloaded or sent; it may have been cut on its way."),
            )
            self.problems.append(Problem("zip_unreadable", "", message, cure, {"why": str(error) or type(error)}))

    def _fits(self, infos: list[zipfile.ZipInfo]) -> bool:
        size = sum(info.file_size for info in infos)
        if len(infos) <= MOST_FILES and size <= MOST_BYTES:
            return True
        message = _("The ZIP says it holds %(files)s files of %(size)s bytes: it is not read.")
        self.problems.append(Problem("zip_too_large", "", message, params={"files": len(infos), "size": size}))
        return False

    def _read_lists(self, archive: zipfile.ZipFile) -> None:
        names = set(archive.namelist())
        for name in (SUMS, MANIFEST):
            if name not in names:
                message, cure = (
                    _("The ZIP has no %(name)s: it is no monthly export, or was packed again."),
                    _("Check the file as it was exported."),
                )
                self.problems.append(Problem("zip_list_missing", name, message, cure, {"name": name}))
                continue
            with archive.open(name) as file:
                data = file.read(MOST_FILES * 256)
            if name == MANIFEST:
                self.manifest = _manifest(data)
            else:
                lines = (line.partition("  ") for line in data.decode(errors="replace").splitlines())
                self._sums = {path: sha256 for sha256, _gap, path in lines}

    def _entry(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[Entry]:
        with archive.open(info) as file:
            if info.filename in _OTHERS:
                sha256, data = hashlib.file_digest(file, "sha256").hexdigest(), b""
            else:
                data = file.read(LIMIT + 1)
                sha256 = hashlib.sha256(data).hexdigest()
        self.files += 1
        problems = self._hash_problems(info.filename, sha256)
        if info.filename in _OTHERS:
            self.problems += problems
            return
        facts = read_facts(data)
        if facts:
            self.documents += 1
            self.total += facts.total
            problems += verify_bytes(data)
        elif voided := read_voided(data):
            self.voided.append(voided)
            problems += _voided_problems(voided, data)
        yield Entry(info.filename, sha256, data, facts, problems)

    def _hash_problems(self, name: str, sha256: str) -> list[Problem]:
        if not self._sums:
            return []
        listed = self._sums.get(name)
        if listed == sha256:
            return []
        message = (
            _("The file is not the one that was exported.") if listed else _("The list of hashes has no such file.")
        )
        return [Problem("zip_hash", name, message)]

    def _conclude(self, infos: list[zipfile.ZipInfo]) -> None:
        there = [info.filename for info in infos]
        for name in sorted(set(self._sums) - set(there)):
            self.problems.append(Problem("zip_file_gone", name, _("The file is listed, and is not in the ZIP.")))
        for name in sorted({name for name in there if there.count(name) > 1} if len(set(there)) < len(there) else ()):
            self.problems.append(Problem("zip_twice", name, _("Two files of the ZIP have this name.")))
        told = (self.manifest.get("documents"), _decimal(self.manifest.get("total")))
        if self.manifest and told != (self.documents, self.total):
            message = _(
                "The ZIP says %(documents)s documents of %(total)s in all; its XML are %(found)s documents of %(sum)s."
            )
            params = {"documents": told[0], "total": told[1], "found": self.documents, "sum": self.total}
            self.problems.append(Problem("zip_totals", MANIFEST, message, params=params))
        self._compare_voided()

    def _compare_voided(self) -> None:
        """Proofs of voided numbers against the manifest; one from before it told of them has no such list."""
        listed = self.manifest.get("voided")
        if not isinstance(listed, list):
            return
        told = {tuple(str(each.get(name, "")) for name in IDENTITY) for each in listed if isinstance(each, dict)}
        found = {tuple(map(str, each.identity().values())) for each in self.voided}
        lacking = _("The ZIP says that these numbers are voided, and has no proof of it (ProcInutNFe): %(numbers)s.")
        untold = _("The ZIP has a proof of voided numbers that its list does not tell of: %(numbers)s.")
        for message, numbers in ((lacking, told - found), (untold, found - told)):
            for each in sorted(numbers):
                params = {"numbers": "{}/{}: {} – {} ({})".format(*each)}
                self.problems.append(Problem("zip_voided", MANIFEST, message, params=params))


def _voided_problems(voided: Voided, data: bytes) -> list[Problem]:
    """What is wrong with a proof of voided numbers. 563 is a right answer here: an earlier request had voided them."""
    return [each for each in verify_bytes(data) if (voided.cStat, each.code) != ("563", "proof_cStat")]


def _manifest(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
