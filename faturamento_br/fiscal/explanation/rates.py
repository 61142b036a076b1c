"""Where a rate comes from, in words: the rule, or an official table with its validity."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from ..problems import Text, _
from ..spec import Item, TaxContext
from ..taxes.base import is_interstate
from ..taxes.icms_rates import IMPORTED, internal_row, interstate_row
from .words import Kind, Line, amount, say

FROM_RULE = _("%(name)s, from the rule")
FROM_HAND = _("%(name)s, typed by hand")
FROM_MODAL = _("%(name)s, the general one of %(uf)s in force since %(since)s")
FROM_TABLE = _("%(name)s from %(origin)s to %(destination)s (Resolução SF 22/1989), in force since %(since)s")
FROM_IMPORTED = _("%(name)s of imported goods between states (Resolução SF 13/2012), in force since %(since)s")
NOT_KNOWN = _("%(name)s: none")
RATE, FCP_RATE = _("Rate"), _("FCP rate")


def given(name: Text, rate: Decimal, tag: str = "") -> Line:
    """A rate that the rule gives."""
    return amount(FROM_RULE, rate, tag, Kind.PERCENT, name=name)


def modal(name: Text, rate: Decimal, uf: str, context: TaxContext, tag: str = "") -> Line:
    """The general rate of ``uf``, or its general FCP, from the table."""
    row = internal_row(uf, context.issue_date)
    if row is None:
        return say(NOT_KNOWN, name=name)
    return amount(FROM_MODAL, rate, tag, Kind.PERCENT, name=name, uf=uf, since=_day(row))


def own(context: TaxContext, item: Item, rate: Decimal, tag: str = "pICMS") -> Line:
    """The rate of the own operation: the rule's, the interstate one or the modal one."""
    if item.rules.icms.rate is not None:
        return given(RATE, rate, tag)
    if is_interstate(context):
        return interstate(context, item, rate, tag)
    return modal(RATE, rate, context.emitter_uf, context, tag)


def interstate(context: TaxContext, item: Item, rate: Decimal, tag: str = "", name: Text = RATE) -> Line:
    row = interstate_row(context.emitter_uf, context.recipient_uf, context.issue_date)
    if row is None:
        return say(NOT_KNOWN, name=name)
    text = FROM_IMPORTED if item.origin in IMPORTED else FROM_TABLE
    places = {"origin": context.emitter_uf, "destination": context.recipient_uf}
    return amount(text, rate, tag, Kind.PERCENT, name=name, since=_day(row), **places)


def fund(context: TaxContext, rule_rate: Decimal | None, rate: Decimal, uf: str, tag: str) -> Iterator[Line]:
    """The FCP rate, where there is one: the rule's, or the general one of ``uf``."""
    if rate:
        yield given(FCP_RATE, rate, tag) if rule_rate is not None else modal(FCP_RATE, rate, uf, context, tag)


def _day(row: Mapping[str, str]) -> date:
    return date.fromisoformat(row["valid_from"])
