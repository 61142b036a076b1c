"""IPI, PIS, COFINS, their substitution, the import duty and the returned IPI in words."""

from collections.abc import Iterator, Mapping
from functools import partial

from ..problems import Text, _
from ..spec import TaxContext, TaxedItem
from ..taxes import units
from ..taxes.base import base_of
from . import rates
from .bases import known, value_line
from .icms import AMOUNT, BASE, VALUE
from .words import Kind, Line, amount, formula, plus, say, times

#: Layout tags of base, rate and amount.
TAGS: Mapping[str, tuple[str, str, str]] = {
    "ipi": ("vBC", "pIPI", "vIPI"),
    "pis": ("vBC", "pPIS", "vPIS"),
    "cofins": ("vBC", "pCOFINS", "vCOFINS"),
}
IN_DAS: Text = _("Situation %(cst)s: the company pays it in the DAS, or owes none of it here.")
UNTAXED: Text = _("Situation %(cst)s: nothing is due.")


def by_rate(name: str, context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    """IPI, PIS or COFINS: base × rate, or quantity × value by unit."""
    result = getattr(taxed, name)
    base_tag, rate_tag, amount_tag = TAGS[name]
    if result.quantity is not None:
        yield from _by_unit(result.quantity, result.unit_value, result.amount, amount_tag)
    elif not result.rate:
        yield say(IN_DAS if context.emitter_crt in "14" and name != "ipi" else UNTAXED, cst=result.cst)
    else:
        yield value_line(name, BASE, context, taxed, base_tag)
        yield rates.given(rates.RATE, result.rate, rate_tag)
        yield formula(AMOUNT, (plus(result.base), times(result.rate)), result.amount, amount_tag)
        if name == "ipi":
            yield say(_("It is charged on top of the price."))


def substitution(name: str, context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    """PISST or COFINSST."""
    rule, result = getattr(taxed.item.rules, name), getattr(taxed, name)
    if result.quantity is not None:
        yield from _by_unit(result.quantity, result.unit_value, result.amount, name)
    else:
        if rule.retail_unit_value is None:
            yield value_line(name, VALUE, context, taxed)
            price = (plus(base_of(name, context, known(taxed)), VALUE),)
        else:
            quantity = units.quantity(rule, taxed.item)
            unit = plus(rule.retail_unit_value, _("price to the consumer"), Kind.NUMBER)
            price = (unit, times(quantity, Kind.NUMBER, _("quantity")))
        yield formula(BASE, (*price, times(rule.base_rate)), result.base, f"{name}/vBC")
        yield rates.given(rates.RATE, result.rate)
        yield formula(AMOUNT, (plus(result.base), times(result.rate)), result.amount, name)
    if result.adds:
        yield say(_("It is charged on top of the price."))


def import_duty(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    result = taxed.import_duty
    yield amount(_("Customs value, from the declaration"), result.base, "II/vBC")
    yield rates.given(rates.RATE, result.rate, "pII")
    yield formula(AMOUNT, (plus(result.base), times(result.rate)), result.amount, "vII")


def ipi_return(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    result = taxed.ipi_return
    text = _("%(name)s, from the rule")
    yield amount(text, result.share_rate, "pDevol", Kind.PERCENT, name=_("Part of the original line that goes back"))
    yield amount(_("IPI of the original document that goes back with it"), result.amount, "vIPIDevol")


def _by_unit(quantity, value, total, tag: str) -> Iterator[Line]:
    figures = (plus(quantity, _("units"), Kind.NUMBER), times(value, Kind.NUMBER, _("BRL by unit, from the rule")))
    yield formula(AMOUNT, figures, total, tag)


ipi, pis, cofins = (partial(by_rate, name) for name in ("ipi", "pis", "cofins"))
pis_st, cofins_st = (partial(substitution, name) for name in ("pis_st", "cofins_st"))
