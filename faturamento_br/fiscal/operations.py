"""The operations that come ready: why goods move, and what the law says of it, for a company to copy and change.

``tables/operations.csv`` has a row for each operation, ``tables/operation_taxes.csv`` one for each treatment, whose
codes differ by regime (CRT). A code left empty is one that the company must give: it depends on the goods or on who
buys, and nothing is guessed; the document then asks for it by name. Where states differ, ``confirm`` says what the
accountant confirms before the operation is used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from .tables import rows

#: Regimes whose ICMS has a CST (LC 123/2006 art. 20 §1 for CRT 2), and those outside Simples.
CST_REGIMES = frozenset("23")
NORMAL_REGIME = "3"
MEI = "4"
#: The remittance of a sale by order (venda à ordem).
TO_THIRD_PARTY = "triangular_shipment"


@dataclass(frozen=True)
class OperationRule:
    """A tax rule of an operation in one regime; codes are text, ``""`` where it says nothing.

    :param key: of the operation and the destination (``resale_inside``): stable, for updates.
    :param scope: ``inside`` the state, ``interstate`` or ``abroad``.
    :param contributor: ``no`` for the CFOP of those who are no contributors (6107, 6108), otherwise ``any``.
    :param deferral: per cent of the ICMS that is deferred (CST 51).
    :param contribution_taxed: the rates of PIS and COFINS are the company's; otherwise zero.
    """

    key: str
    scope: str
    cfop: str
    contributor: str = "any"
    cst: str = ""
    csosn: str = ""
    deferral: str = ""
    contribution: str = ""
    contribution_taxed: bool = False
    ibs_cbs_class: str = ""


@dataclass(frozen=True)
class ReadyOperation:
    """An operation as it is shipped.

    :param kind: ``exit`` or ``entry`` (tpNF 1 or 0).
    :param purpose: finNFe.
    :param receivable: whether somebody owes the total: an invoice, or its refund.
    :param revenue: whether it is revenue of the company, or takes revenue back.
    :param sale_rules: the company's tax rules for every sale hold here too.
    :param reference: the document refers to another one (NFref).
    :param counterpart: the key of the operation that follows or undoes it.
    :param in_use: shown first; the others are there to be looked up.
    :param ipi: IPI situation instead of the goods' own; ``none``: no IPI; ``""``: as the goods say.
    :param deadline: days until what was sent must be back; 0: none.
    :param text: what the document says (infCpl).
    :param source: the legal source.
    :param confirm: what the accountant confirms first; ``""`` nothing.
    """

    key: str
    family: str
    nature: str
    kind: str
    purpose: str
    receivable: bool
    revenue: bool
    sale_rules: bool
    reference: bool
    counterpart: str
    in_use: bool
    ipi: str
    ipi_frame: str
    deadline: int
    text: str
    source: str
    confirm: str
    row: Mapping[str, str]

    @property
    def goods_return(self) -> bool:
        """Whether what leaves by it is somebody's only for a time."""
        return self.kind == "exit" and self.row["comes_back"] == "1"

    @property
    def to_third_party(self) -> bool:
        """Whether the goods go to somebody else than who bought them (venda à ordem)."""
        return self.key == TO_THIRD_PARTY

    @property
    def tpNF(self) -> str:
        return "0" if self.kind == "entry" else "1"

    def rules(self, crt: str) -> tuple[OperationRule, ...]:
        """Its tax rules for a company of the regime ``crt``."""
        return tuple(self._rules(crt))

    def _rules(self, crt: str) -> Iterator[OperationRule]:
        for scope in ("inside", "interstate", "abroad"):
            if not self.row[scope]:
                continue
            treatment = self.row.get(f"{scope}_treatment") or self.row["treatment"]
            key = f"{self.key}_{scope}"
            yield OperationRule(key, scope, self.row[scope], **_codes(treatment, crt))
            if scope == "interstate" and self.row["consumer"]:
                yield OperationRule(f"{key}_consumer", scope, self.row["consumer"], "no")


def shipped(crt: str) -> tuple[ReadyOperation, ...]:
    """The operations that come ready for a company of the regime ``crt``, in the order of the table."""
    return tuple(operation for operation in _operations() if crt in operation.row["regimes"])


def _codes(treatment: str, crt: str) -> dict:
    row = _treatments()[treatment]
    normal = crt == NORMAL_REGIME
    has_cst = crt in CST_REGIMES
    return {
        "cst": row["cst"] if has_cst else "",
        "csosn": "" if has_cst else row["csosn_mei" if crt == MEI else "csosn"],
        "deferral": row["deferral"] if has_cst else "",
        "contribution": row["contribution" if normal else "contribution_simples"],
        "contribution_taxed": normal and row["contribution_taxed"] == "1",
        "ibs_cbs_class": row["ibs_cbs_class"],
    }


@cache
def _treatments() -> Mapping[str, Mapping[str, str]]:
    return {row["treatment"]: row for row in rows("operation_taxes")}


@cache
def _operations() -> tuple[ReadyOperation, ...]:
    flags = ("receivable", "revenue", "sale_rules", "reference", "in_use")
    texts = (
        "key",
        "family",
        "nature",
        "kind",
        "purpose",
        "counterpart",
        "ipi",
        "ipi_frame",
        "text",
        "source",
        "confirm",
    )
    return tuple(
        ReadyOperation(
            **{name: row[name] for name in texts},
            **{name: row[name] == "1" for name in flags},
            deadline=int(row["deadline"] or 0),
            row=row,
        )
        for row in rows("operations")
    )
