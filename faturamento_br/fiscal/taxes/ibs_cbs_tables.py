"""The official tables of IBS and CBS: CST, cClassTrib, cCredPres, rates by day (NT 2025.002-RTC; IT 2025.002)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache

from ..tables import rows
from .base import in_force

#: The rates of a rule, and the columns of ``ibs_cbs_rates.csv`` they default to.
RATE_FIELDS = ("ibs_uf_rate", "ibs_city_rate", "cbs_rate")
RATE_COLUMNS = ("ibs_uf", "ibs_city", "cbs")
#: CST whose rates are not those of the year: uniform or fixed by law for a sector (010, 011, 220, 221, 222), and 830,
#: where the table says the usual rate and the calculator of Receita Federal zero: who uses them gives them.
OWN_RATES = frozenset(("010", "011", "220", "221", "222", "830"))

Rates = tuple[Decimal | None, ...]


@dataclass(frozen=True)
class TaxClass:
    """A cClassTrib with the indicators of its own row and of its CST: which groups it asks for, admits or refuses."""

    code: str
    cst: str
    ibs_reduction: Decimal
    cbs_reduction: Decimal
    taxed: bool  # ind_gIBSCBS
    single_phase: bool  # ind_gIBSCBSMono
    reduces: bool  # ind_gRed
    defers: bool  # ind_gDif
    transfers: bool  # ind_gTransfCred
    free_zone_credit: bool  # ind_gCredPresIBSZFM
    adjusts: bool  # ind_gAjusteCompet
    regular: bool  # ind_gTribRegular
    presumed: bool  # ind_gCredPresOper: permits, does not ask
    reversal: bool  # ind_gEstornoCred
    mono: bool  # ind_gMonoPadrao
    mono_withheld: bool  # ind_gMonoReten
    mono_retained: bool  # ind_gMonoRet
    mono_blend: bool  # ind_gpBioDiferenca
    note: str  # finNFe/tpNFDebito or tpNFCredito it is bound to (rule UB14-60); "" any document
    nfe: bool
    own_rates: bool
    row: Mapping[str, str]


@dataclass(frozen=True)
class PresumedCredit:
    """A row of cCredPres."""

    ibs_from: str
    cbs_from: str
    in_document: bool  # taken on the emitter's own document; otherwise by an event
    deducts: bool  # indDeduzCredPres: vIBS loses it
    nfe: bool
    description: str


def find_class(code: str) -> TaxClass | None:
    """The cClassTrib ``code``; ``None`` when it is not in the official table."""
    return tax_class(code) if code in _classes() else None


@cache
def tax_class(code: str) -> TaxClass:
    """The cClassTrib ``code``.

    :raises KeyError: it is not in the official table.
    """
    row = _classes()[code]
    situation = _situations()[row["CST"]]
    flags = {name: row[name] == "1" for name in ("regular", "presumed", "reversal", "nfe")}
    flags |= {name: row[name] == "1" for name in ("mono", "mono_withheld", "mono_retained", "mono_blend")}
    return TaxClass(
        code=code,
        cst=row["CST"],
        ibs_reduction=Decimal(row["reduction_ibs"]),
        cbs_reduction=Decimal(row["reduction_cbs"]),
        taxed=situation["gIBSCBS"] == "1",
        single_phase=situation["gIBSCBSMono"] == "1",
        reduces=situation["gRed"] == "1",
        defers=situation["gDif"] == "1",
        transfers=situation["gTransfCred"] == "1",
        free_zone_credit=situation["gCredPresIBSZFM"] == "1",
        adjusts=situation["gAjusteCompet"] == "1",
        note=row["note"],
        own_rates=row["CST"] in OWN_RATES,
        row=row,
        **flags,
    )


@cache
def presumed_credit(code: str) -> PresumedCredit | None:
    """The presumed credit ``code``, or ``None``."""
    for row in rows("ibs_cbs_presumed_credits"):
        if row["code"] == code:
            flags = {name: row[name] == "1" for name in ("in_document", "deducts", "nfe")}
            return PresumedCredit(row["ibs_from"], row["cbs_from"], description=row["description"], **flags)
    return None


@lru_cache(maxsize=1024)
def year_row(day: date) -> Mapping[str, str] | None:
    """The row of ``ibs_cbs_rates.csv`` in force on ``day``."""
    return next(in_force(rows("ibs_cbs_rates"), day), None)


@lru_cache(maxsize=1024)
def year_rates(day: date) -> Rates:
    """pIBSUF, pIBSMun and pCBS of ``day``; ``None`` for what no act has published."""
    row = year_row(day) or {}
    return tuple(Decimal(row[column]) if row.get(column) else None for column in RATE_COLUMNS)


@lru_cache(maxsize=1024)
def government_row(day: date) -> Mapping[str, str] | None:
    """The row of ``ibs_cbs_government.csv`` in force on ``day``."""
    return next(in_force(rows("ibs_cbs_government"), day), None)


@cache
def obligations() -> Mapping[str, Mapping[str, str]]:
    """Which regime fills the groups since when, by CRT."""
    return {row["crt"]: row for row in rows("ibs_cbs_obligation")}


@cache
def _classes() -> Mapping[str, Mapping[str, str]]:
    return {row["cClassTrib"]: row for row in rows("ibs_cbs_classes")}


@cache
def _situations() -> Mapping[str, Mapping[str, str]]:
    return {row["CST"]: row for row in rows("ibs_cbs_situations")}
