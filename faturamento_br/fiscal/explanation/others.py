"""Single-phase ICMS of fuels, IS and the approximate taxes in words."""

from collections.abc import Iterator
from datetime import date

from ..problems import _
from ..spec import TaxContext, TaxedItem
from ..taxes.icms_fuel import BEFORE, rate_row
from . import rates
from .bases import value_line
from .icms import AMOUNT, BASE
from .words import Kind, Line, amount, formula, kept, minus, plus, say, times

FUEL_RATE = _("BRL by unit, of the Convênio in force since %(since)s")


def fuel(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    """Quantity × ad rem rate, what is deferred, and what is withheld of the biofuel."""
    rule, result = taxed.item.rules.icms_fuel, taxed.icms_fuel
    row = None if rule.ad_rem_rate is not None else rate_row(rule.fuel, context.issue_date)
    if row:
        since = date.fromisoformat(row["valid_from"])
        yield amount(FUEL_RATE, result.ad_rem_rate, "adRemICMS", Kind.NUMBER, since=since)
    else:
        yield amount(rates.FROM_RULE, result.ad_rem_rate, "adRemICMS", Kind.NUMBER, name=_("BRL by unit"))
    quantity = plus(result.taxed_quantity, _("quantity"), Kind.NUMBER)
    figures = (quantity, times(result.ad_rem_rate, Kind.NUMBER), *kept(rule.ad_rem_reduction, _("reduction")))
    if result.operation_amount:
        yield formula(_("ICMS of the operation"), figures, result.operation_amount, "vICMSMonoOp")
        part = (plus(result.operation_amount), times(rule.deferral_rate))
        yield formula(_("Deferred to a later step"), part, result.deferred_amount, "vICMSMonoDif")
        figures = (plus(result.operation_amount), minus(result.deferred_amount))
    before = result.cst == BEFORE
    yield formula(
        _("ICMS charged before (informative)") if before else AMOUNT,
        figures,
        result.amount,
        "vICMSMonoRet" if before else "vICMSMono",
    )
    if result.retention_amount:
        figures = (
            plus(result.retention_quantity, _("quantity of the biofuel"), Kind.NUMBER),
            times(result.retention_ad_rem_rate, Kind.NUMBER),
            times(rule.retention_rate, label=_("part withheld here")),
        )
        yield formula(_("Withheld of the biofuel"), figures, result.retention_amount, "vICMSMonoReten")


def selective(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    result = taxed.selective
    yield value_line("selective", BASE, context, taxed, "vBCIS")
    figures = (plus(result.base), times(result.rate))
    if result.specific_rate is None:
        yield formula(AMOUNT, figures, result.amount, "vIS")
        return
    specific = result.quantity * result.specific_rate
    unit = (plus(result.quantity, _("quantity"), Kind.NUMBER), times(result.specific_rate, Kind.NUMBER))
    yield formula(_("By unit"), unit, specific, kind=Kind.NUMBER)
    yield formula(AMOUNT, (*figures, plus(specific, _("by unit"), Kind.NUMBER)), result.amount, "vIS")


def approximate(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    """Lei 12.741/2012: informative."""
    rule, result = taxed.item.rules.approximate, taxed.approximate
    yield value_line("approximate", BASE, context, taxed)
    for text, rate, value in (
        (_("Federal"), rule.federal_rate, result.federal_amount),
        (_("Of the state"), rule.state_rate, result.state_amount),
        (_("City"), rule.city_rate, result.city_amount),
    ):
        if rate:
            yield formula(text, (plus(result.base), times(rate)), value)
    if result.source:
        yield say(_("Rates of %(source)s, told to the consumer; nothing is due by them."), source=result.source)
