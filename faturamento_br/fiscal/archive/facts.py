"""What a summary tells of an NF-e, read from its XML: totals as the document states them, and their sums by CFOP."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from ..tables import rows
from ..verify.reading import ZERO, amount, child, children, local_name, read, text

#: The columns of a summary, in its order, and the tax of the books that each is (``""``: none).
COLUMNS: dict[str, str] = {row["column"]: row["kind"] for row in rows("archive_columns")}
TOTAL = "vNF"


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


def _tax_id(recipient) -> str:
    return next(filter(None, (text(recipient, name) for name in ("CNPJ", "CPF", "idEstrangeiro"))), "")


def _whole(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 9 else 0
