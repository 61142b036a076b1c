"""Rates of ICMS from the tables of UFs: inside a state, and between two (Resoluções SF 22/1989 and 13/2012)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache

from ..spec import Item, TaxContext
from ..tables import rows
from .base import in_force, is_interstate

#: Origins under the 4 % rate; 4, 6 and 7 are out (Resolução SF 13/2012 art. 1 §4; Ajuste SINIEF 20/2012).
IMPORTED = frozenset("1238")


@lru_cache(maxsize=4096)
def internal_row(uf: str, day: date) -> Mapping[str, str] | None:
    """The row of ``icms_internal.csv`` with the rates of ``uf`` in force on ``day``; ``None`` when not known."""
    return next((row for row in in_force(rows("icms_internal"), day) if row["uf"] == uf and row["rate"]), None)


@lru_cache(maxsize=4096)
def internal_rate(uf: str, day: date) -> tuple[Decimal, Decimal] | None:
    """The modal ICMS rate of ``uf`` without FCP, and its general FCP, in force on ``day``; ``None`` when not known."""
    row = internal_row(uf, day)
    return (Decimal(row["rate"]), Decimal(row["fcp_rate"])) if row else None


@lru_cache(maxsize=4096)
def interstate_row(origin: str, destination: str, day: date) -> Mapping[str, str] | None:
    """The row of ``icms_interstate.csv`` from one UF to another in force on ``day``; ``None`` when not known."""
    return next(in_force(_pairs().get((origin, destination), ()), day), None)


@lru_cache(maxsize=4096)
def interstate_rate(origin: str, destination: str, imported: bool, day: date) -> Decimal | None:
    """The ICMS rate from the UF ``origin`` to ``destination`` on ``day``; ``None`` when not known."""
    row = interstate_row(origin, destination, day)
    return Decimal(row["rate_imported" if imported else "rate"]) if row else None


def table_rate(context: TaxContext, item: Item) -> Decimal | None:
    """The rate of the official tables for ``item``: interstate, or the modal one inside the state."""
    if is_interstate(context):
        imported = item.origin in IMPORTED
        return interstate_rate(context.emitter_uf, context.recipient_uf, imported, context.issue_date)
    found = internal_rate(context.emitter_uf, context.issue_date)
    return found[0] if found else None


def own_rate(context: TaxContext, item: Item) -> Decimal:
    """The rate of the own operation: the rule's, or that of the tables; zero when neither has one."""
    rate = item.rules.icms.rate
    if rate is None:
        rate = table_rate(context, item)
    return Decimal(0) if rate is None else rate


def own_fcp_rate(context: TaxContext, item: Item) -> Decimal:
    """pFCP of the own operation: the rule's, or the general one of the UF; none between states."""
    if is_interstate(context):
        return Decimal(0)
    if item.rules.icms.fcp_rate is not None:
        return item.rules.icms.fcp_rate
    found = internal_rate(context.emitter_uf, context.issue_date)
    return found[1] if found else Decimal(0)


@cache
def _pairs() -> dict[tuple[str, str], list[dict[str, str]]]:
    pairs: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows("icms_interstate"):
        pairs.setdefault((row["origin"], row["destination"]), []).append(row)
    return pairs
