"""ICMS of the own operation in words (the law is told in :mod:`..taxes.icms`)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from ..problems import Text, _
from ..spec import TaxContext, TaxedItem
from ..taxes import icms, icms_checks
from ..taxes.base import base_of, gross_up, is_import, situations, taxable_quantity
from . import rates
from .bases import known, value_line
from .words import Figure, Kind, Line, amount, formula, kept, minus, over, plus, say, times

#: Why a situation has no own ICMS, by its treatment.
UNTAXED: Mapping[str, Text] = {
    "exempt": _("No own ICMS: situation %(code)s is exempt or not taxed."),
    "suspended": _("No own ICMS: situation %(code)s suspends it."),
    "retained": _("No own ICMS: it was withheld before, by substitution (situation %(code)s)."),
    "credit": _("No own ICMS on the document: the company pays it in the DAS (situation %(code)s)."),
    "single_phase": _("No other ICMS: that of the fuel is owed once (situation %(code)s)."),
    "other": _("No own ICMS: the rule of situation %(code)s states none."),
    "deferred": _("No own ICMS on the document: the rule of situation %(code)s says a rate of zero."),
}
VALUE, BASE, AMOUNT = _("Value of the operation"), _("Base"), _("Amount")
MARGIN, SHARE, REDUCTION = _("margin"), _("part of the base"), _("base reduction")


def lines(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    """Base, rate and amounts of the own operation, or why there are none."""
    rule, result = taxed.item.rules.icms, taxed.icms
    code = icms_checks.code_of(rule)
    treatment = situations("icms_csosn" if rule.csosn else "icms_cst")[code].treatment
    if icms_checks.is_taxed(rule, treatment):
        yield from _base(context, taxed)
        yield rates.own(context, taxed.item, result.rate)
        yield from _amounts(taxed)
        yield from _fund(context, taxed)
        yield from _relief(context, taxed)
    else:
        yield say(UNTAXED[treatment], code=code)
        if result.relief_amount:
            yield value_line("icms", VALUE, context, taxed)
            yield rates.own(context, taxed.item, icms.own_rate(context, taxed.item), "")
            yield from _relief(context, taxed)
        yield from _retained(context, taxed)
    if result.simples_credit:
        value = base_of("icms", context, known(taxed))
        figures = (plus(value, VALUE), times(rule.simples_credit_rate))
        yield formula(
            _("Credit that the customer may take (LC 123/2006 art. 23)"), figures, result.simples_credit, "vCredICMSSN"
        )


def own_value(context: TaxContext, taxed: TaxedItem) -> tuple[tuple[Line, ...], tuple[Figure, ...]]:
    """The value of the own operation before its reduction: the lines that lead to it, and its figures."""
    rule, item = taxed.item.rules.icms, taxed.item
    share = (times(rule.share_rate, label=SHARE),) if rule.share_rate is not None else ()
    if rule.base_mode in ("1", "2"):
        price = plus(rule.base_unit_price, _("price of the state's list"), Kind.NUMBER)
        return (), (price, times(taxable_quantity(item), Kind.NUMBER, _("quantity")), *share)
    value = base_of("icms", context, known(taxed))
    first = value_line("icms", VALUE, context, taxed)
    figures: tuple[Figure, ...] = (plus(value, VALUE),)
    if rule.base_mode == "0":
        figures += (times(rule.base_margin_rate, Kind.MORE, MARGIN),)
        value *= 1 + rule.base_margin_rate / 100
    if is_import(context):
        inside = icms.own_rate(context, item) + taxed.icms.fcp_rate
        inside *= (100 - rule.base_reduction) / 100
        whole = gross_up(value, inside)
        text = _("With the ICMS that is part of its own base")
        return (first, formula(text, (*figures, over(inside)), whole)), (plus(whole, VALUE), *share)
    return (first,), (*figures, *share)


def _base(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    told, figures = own_value(context, taxed)
    figures += kept(taxed.item.rules.icms.base_reduction, REDUCTION)
    yield from told
    if len(figures) > 1:
        yield formula(BASE, figures, taxed.icms.base, "vBC")
    else:
        yield amount(BASE, taxed.icms.base, "vBC")


def _amounts(taxed: TaxedItem) -> Iterator[Line]:
    rule, result = taxed.item.rules.icms, taxed.icms
    product = (plus(result.base), times(result.rate))
    if rule.deferral_rate is None:
        yield formula(AMOUNT, product, result.amount, "vICMS")
        return
    yield formula(_("ICMS of the operation"), product, result.operation_amount, "vICMSOp")
    part = (plus(result.operation_amount), times(rule.deferral_rate))
    yield formula(_("Deferred to a later step"), part, result.deferred_amount, "vICMSDif")
    left = (plus(result.operation_amount), minus(result.deferred_amount))
    yield formula(AMOUNT, left, result.amount, "vICMS")


def _fund(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    rule, result = taxed.item.rules.icms, taxed.icms
    yield from rates.fund(context, rule.fcp_rate, result.fcp_rate, context.emitter_uf, "pFCP")
    if result.fcp_rate:
        yield formula(_("FCP"), (plus(result.base), times(result.fcp_rate)), result.fcp_amount, "vFCP")
    if result.fcp_deferred_amount:
        part = (plus(result.fcp_amount), times(rule.fcp_deferral_rate))
        yield formula(_("FCP deferred"), part, result.fcp_deferred_amount, "vFCPDif")
        left = (plus(result.fcp_amount), minus(result.fcp_deferred_amount))
        yield formula(_("FCP due now"), left, result.fcp_due_amount, "vFCPEfet")


def _relief(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    """vICMSDeson: on the value, or inside it."""
    rule, result = taxed.item.rules.icms, taxed.icms
    if not rule.relief_reason:
        return
    rate = icms.own_rate(context, taxed.item)
    whole: Decimal = icms.own_value(context, taxed.item, known(taxed)) if result.base else _untaxed(context, taxed)
    value = plus(whole, VALUE, Kind.NUMBER)
    if rule.relief_method == "inside":
        burden = rate * (100 - rule.base_reduction) / 100 if rule.base_reduction else Decimal(0)
        figures = (value, *kept(burden), over(rate), minus(whole, VALUE, Kind.NUMBER))
    else:
        due = (minus(result.operation_amount, _("ICMS due")),) if result.operation_amount else ()
        figures = (value, times(rate), *due)
    text, reason = _("Exempted ICMS, reason %(reason)s"), rule.relief_reason
    yield formula(text, figures, result.relief_amount, "vICMSDeson", reason=reason)
    if rule.relief_deducts:
        yield say(_("It is taken off the total of the document."))


def _untaxed(context: TaxContext, taxed: TaxedItem) -> Decimal:
    return base_of("icms", context, known(taxed))


def _retained(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    """What was withheld before, and the effective ICMS: informative."""
    rule, result = taxed.item.rules.icms, taxed.icms
    for value, text, tag in (
        (rule.retained_base, _("Base withheld before, from the rule"), "vBCSTRet"),
        (rule.retained_amount, _("ICMS withheld before, from the rule"), "vICMSSTRet"),
        (rule.retained_fcp_amount, _("FCP withheld before, from the rule"), "vFCPSTRet"),
    ):
        if value is not None:
            yield amount(text, value, tag)
    if result.effective_base:
        yield value_line("icms", VALUE, context, taxed)
        value = plus(base_of("icms", context, known(taxed)), VALUE)
        figures = (value, *kept(rule.effective_reduction, REDUCTION))
        yield formula(_("Base of the effective ICMS (informative)"), figures, result.effective_base, "vBCEfet")
        figures = (plus(result.effective_base), times(rule.effective_rate))
        yield formula(_("Effective ICMS (informative)"), figures, result.effective_amount, "vICMSEfet")
