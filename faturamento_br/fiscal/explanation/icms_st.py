"""ICMS by substitution in words (the law is told in :mod:`..taxes.icms_st`)."""

from collections.abc import Generator, Iterator
from decimal import Decimal

from ..problems import _
from ..spec import ZERO, TaxContext, TaxedItem
from ..taxes import icms
from ..taxes.base import base_of, money, taxable_quantity
from ..taxes.icms_st import MARGIN, OPERATION_VALUE, deduction, difference_rate, operation_rate
from . import rates
from .bases import figures as base_figures
from .bases import known
from .icms import AMOUNT, BASE, REDUCTION, VALUE, own_value
from .words import Figure, Kind, Line, amount, formula, kept, minus, over, plus, say, times

OWN = _("own ICMS")


def lines(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    """The own ICMS that is deducted, the margin, the base, the rates and what is withheld."""
    st, result = taxed.icms_st.rule, taxed.icms_st
    own = deduction(context, taxed.item, known(taxed))
    yield from _own(context, taxed, own)
    yield from _margin(context, taxed)
    figures = yield from _base(context, taxed, own)
    yield formula(BASE, (*figures, *kept(st.base_reduction, REDUCTION)), result.base, "vBCST")
    if st.rate is None:
        yield rates.modal(rates.RATE, result.rate, context.recipient_uf, context, "pICMSST")
    else:
        yield rates.given(rates.RATE, result.rate, "pICMSST")
    if st.difference == "inside":
        rate = difference_rate(context, taxed.item, result.rate)
        yield say(_("The rate is the difference between the internal and the interstate one."))
        yield formula(AMOUNT, (plus(result.base), times(rate)), result.amount, "vICMSST")
    else:
        due = (plus(result.base), times(result.rate), *_taken(own))
        yield formula(AMOUNT, due, result.amount, "vICMSST")
    yield from _fund(context, taxed)
    if st.relief_reason:
        forgone = (*figures, times(result.rate), *_taken(own), minus(result.amount, _("ICMS ST")))
        yield formula(_("Exempted ICMS ST"), forgone, result.relief_amount, "vICMSSTDeson")


def _taken(own: Decimal) -> tuple[Figure, ...]:
    return (minus(own, OWN),) if own else ()


def _own(context: TaxContext, taxed: TaxedItem, own: Decimal) -> Iterator[Line]:
    """How the ICMS that is deducted was found, where it is not just that of the document."""
    rule, st = taxed.item.rules.icms, taxed.icms_st.rule
    rate = st.deduction_rate
    if rate is None and rule.csosn and not taxed.icms.amount:
        rate = operation_rate(context, taxed.item)
        yield say(_("The document states no own ICMS: the one at the usual rate is deducted."))
    if rate is not None:
        told, figures = own_value(context, taxed)
        whole = icms.own_value(context, taxed.item, known(taxed))
        base = money(whole * (100 - rule.base_reduction) / 100)
        yield from told
        yield formula(_("Base of the own operation"), (*figures, *kept(rule.base_reduction, REDUCTION)), base)
        yield formula(_("Own ICMS, deducted"), (plus(base), times(rate)), own)
    elif st.deducts_relief and taxed.icms.relief_amount:
        parts = (plus(taxed.icms.amount, OWN), plus(taxed.icms.relief_amount, _("exempted ICMS")))
        yield formula(_("Own ICMS, deducted"), parts, own)


def _margin(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    st, result = taxed.icms_st.rule, taxed.icms_st
    if st.mode != MARGIN or st.difference:
        return
    if result.margin_rate == st.margin_rate:
        yield amount(rates.FROM_RULE, result.margin_rate, "pMVAST", Kind.PERCENT, name=_("MVA"))
        return
    internal = result.rate + taxed.icms_st.fcp_rate if st.margin_internal_rate is None else st.margin_internal_rate
    interstate = icms.own_rate(context, taxed.item)
    yield amount(rates.FROM_RULE, st.margin_rate, "", Kind.PERCENT, name=_("Original MVA"))
    figures = (
        plus(st.margin_rate, kind=Kind.MORE),
        times(interstate, Kind.LESS, _("interstate rate")),
        over(internal, label=_("internal rate")),
        minus(Decimal(100), kind=Kind.PERCENT),
    )
    yield formula(_("Adjusted MVA (Convênio ICMS 142/2018)"), figures, result.margin_rate, "pMVAST", kind=Kind.PERCENT)


def _base(context: TaxContext, taxed: TaxedItem, own: Decimal) -> Generator[Line, None, tuple[Figure, ...]]:
    """The lines before the base; returns its figures without the reduction."""
    st, result, item = taxed.icms_st.rule, taxed.icms_st, taxed.item
    if st.mode not in (MARGIN, OPERATION_VALUE):
        price = plus(st.unit_price, _("price to the consumer"), Kind.NUMBER)
        return (price, times(taxable_quantity(item), Kind.NUMBER, _("quantity")))
    so_far = known(taxed)
    parts = base_figures("icms_st", context, so_far)
    value = base_of("icms_st", context, so_far)
    if st.keeps_discount and item.discount:
        value += item.discount
        parts = (*parts, plus(item.discount, _("discount, which the state keeps in the base")))
    yield formula(VALUE, parts, value) if parts else amount(VALUE, ZERO)
    internal = result.rate + result.fcp_rate
    if st.difference == "double":
        net = max(value - own, ZERO)
        yield formula(_("Without the own ICMS"), (plus(value), minus(own, OWN)), net)
        return (plus(net), over(internal, label=_("internal rate")))
    if st.difference == "inside":
        apart = internal - operation_rate(context, item)
        return (plus(value), over(apart, label=_("difference of the rates")))
    if st.mode == MARGIN:
        return (plus(value), times(result.margin_rate, Kind.MORE, _("MVA")))
    return (plus(value),)


def _fund(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    st, result = taxed.icms_st.rule, taxed.icms_st
    yield from rates.fund(context, st.fcp_rate, result.fcp_rate, context.recipient_uf, "pFCPST")
    if result.fcp_rate:
        own = (minus(taxed.icms.fcp_amount, _("own FCP")),) if taxed.icms.fcp_amount else ()
        yield formula(_("FCP ST"), (plus(result.fcp_base), times(result.fcp_rate), *own), result.fcp_amount, "vFCPST")
