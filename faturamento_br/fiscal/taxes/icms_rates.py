"""Rates of ICMS from the tables of UFs: inside a state, and between two (Resoluções SF 22/1989 and 13/2012)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache

from ..problems import Problem, _
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


def internal_source(uf: str, day: date) -> str:
    """Which law sets :func:`internal_rate`, as far as the table tells; ``""`` where no rate is known."""
    return next((row["note"] for row in in_force(rows("icms_internal"), day) if row["uf"] == uf and row["rate"]), "")


@lru_cache(maxsize=4096)
def interstate_rate(origin: str, destination: str, imported: bool, day: date) -> Decimal | None:
    """The ICMS rate from the UF ``origin`` to ``destination`` on ``day``; ``None`` when not known."""
    row = interstate_row(origin, destination, day)
    return Decimal(row["rate_imported" if imported else "rate"]) if row else None


def table_rate(context: TaxContext, item: Item) -> Decimal | None:
    """The rate of the official tables for ``item``: interstate, or the modal one inside the state.

    Whether the modal one may be used is :func:`modal_problem`'s to say.
    """
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


def modal_problem(context: TaxContext, item: Item, path: str) -> Problem | None:
    """The modal rate of the UF would be used, and nobody said that it is these goods' rate: refused, never guessed.

    ``None`` between UFs, where the rule has a rate or says ``modal``, and where no modal rate is known either (which is
    told by who needs a rate). ``path`` leads to the rule.
    """
    rule = item.rules.icms
    if rule.rate or rule.modal or is_interstate(context):
        return None
    found = internal_rate(context.emitter_uf, context.issue_date)
    if found is None:
        return None
    return Problem(
        "icms_rate_unconfirmed",
        f"{path}.rate",
        _("Nobody has said which ICMS rate goods of NCM %(ncm)s have inside %(uf)s: the modal one is %(rate)s %%."),
        _("Say once whether that is their rate, or give their own with its law: it is kept as a tax rule."),
        {"ncm": item.ncm or "-", "uf": context.emitter_uf, "rate": found[0]},
    )


@cache
def _pairs() -> dict[tuple[str, str], list[dict[str, str]]]:
    pairs: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows("icms_interstate"):
        pairs.setdefault((row["origin"], row["destination"]), []).append(row)
    return pairs
