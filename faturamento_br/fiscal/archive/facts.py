"""What a summary tells of an NF-e or of voided numbers, read from the XML: totals as the document states them, and sums
by CFOP."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from ..problems import Problem, _
from ..tables import rows
from ..verify.reading import ZERO, amount, child, children, local_name, read, text

#: The columns of a summary, in its order, and the tax of the books that each is (``""``: none).
COLUMNS: dict[str, str] = {row["column"]: row["kind"] for row in rows("archive_columns")}
TOTAL = "vNF"
IDENTITY = ("model", "series", "first", "last", "protocolo")


@dataclass(frozen=True)
class Facts:
    """An NF-e in a summary. Amounts are BRL, as written in the XML, not rounded again."""

    access_key: str
    model: str
    series: int
    number: int
    direction: str  # tpNF: 0 entry, 1 exit
    environment: str  # tpAmb
    issued: str  # dhEmi, its date
    recipient: str
    recipient_id: str
    protocolo: str
    total: Decimal  # vNF
    amounts: dict[str, Decimal] = field(default_factory=dict)
    by_cfop: dict[str, dict[str, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True)
class Voided:
    """Numbers that were given up, in a summary: what a ProcInutNFe asks for, and what was answered."""

    model: str
    series: int
    first: int
    last: int
    year: int
    environment: str  # tpAmb
    tax_id: str
    reason: str
    cStat: str
    protocolo: str  # empty where another request had voided them before (563)
    received: date | None  # dhRecbto, its date as the answer tells it; None where it has none

    @property
    def numbers(self) -> int:
        """How many."""
        return max(self.last - self.first + 1, 0)

    def identity(self) -> dict[str, str | int]:
        """What tells it from others: model, series, range and protocol, as the manifest has them."""
        return {name: getattr(self, name) for name in IDENTITY}

    def line(self) -> Problem:
        """It in words, for a list; nothing is wrong with it."""
        text = _("Model %(model)s, series %(series)s, numbers %(first)s to %(last)s: voided, protocol %(protocolo)s.")
        return Problem("voided", "", text, params={**self.identity(), "protocolo": self.protocolo or "–"})


@cache
def _paths() -> list[tuple[str, str, str]]:
    return [(row["column"], f"total/{row['total']}", row["item"]) for row in rows("archive_columns")]


def read_facts(data: bytes) -> Facts | None:
    """The facts of an NFe or nfeProc; None when ``data`` is neither (an event, a voiding, no XML at all)."""
    root, _problems = read(data)
    if root is None or local_name(root) not in ("NFe", "nfeProc"):
        return None
    infNFe = child(root, "NFe/infNFe" if local_name(root) == "nfeProc" else "infNFe")
    if infNFe is None:
        return None
    by_cfop: dict[str, dict[str, Decimal]] = {}
    for det in children(infNFe, "det"):
        sums = by_cfop.setdefault(text(det, "prod/CFOP"), defaultdict(lambda: ZERO))
        for column, _total, item in _paths():
            sums[column] += amount(det, item) or ZERO
    recipient = child(infNFe, "dest")
    return Facts(
        access_key=(infNFe.get("Id") or "").removeprefix("NFe"),
        model=text(infNFe, "ide/mod"),
        series=_whole(text(infNFe, "ide/serie")),
        number=_whole(text(infNFe, "ide/nNF")),
        direction=text(infNFe, "ide/tpNF"),
        environment=text(infNFe, "ide/tpAmb"),
        issued=text(infNFe, "ide/dhEmi")[:10],
        recipient="" if recipient is None else text(recipient, "xNome"),
        recipient_id="" if recipient is None else _tax_id(recipient),
        protocolo=text(root, "protNFe/infProt/nProt"),
        total=amount(infNFe, f"total/ICMSTot/{TOTAL}") or ZERO,
        amounts={column: amount(infNFe, path) or ZERO for column, path, _item in _paths()},
        by_cfop={cfop: dict(sums) for cfop, sums in by_cfop.items()},
    )


def read_voided(data: bytes) -> Voided | None:
    """The numbers that a ProcInutNFe gives up; None when ``data`` is none."""
    root, _problems = read(data)
    if root is None or local_name(root) not in ("ProcInutNFe", "procInutNFe"):
        return None
    asked, told = child(root, "inutNFe/infInut"), child(root, "retInutNFe/infInut")
    if asked is None or told is None:
        return None
    return Voided(
        model=text(asked, "mod"),
        series=_whole(text(asked, "serie")),
        first=_whole(text(asked, "nNFIni")),
        last=_whole(text(asked, "nNFFin")),
        year=2000 + _whole(text(asked, "ano")),
        environment=text(asked, "tpAmb"),
        tax_id=text(asked, "CNPJ"),
        reason=text(asked, "xJust"),
        cStat=text(told, "cStat"),
        protocolo=text(told, "nProt"),
        received=_day(text(told, "dhRecbto")),
    )


def _tax_id(recipient) -> str:
    return next(filter(None, (text(recipient, name) for name in ("CNPJ", "CPF", "idEstrangeiro"))), "")


def _day(moment: str) -> date | None:
    try:
        return date.fromisoformat(moment[:10])
    except ValueError:
        return None


def _whole(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 9 else 0
