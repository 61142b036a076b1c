"""The rate difference to a consumer of another state in words (the law is told in :mod:`..taxes.difal`)."""

from collections.abc import Iterator

from ..problems import _
from ..spec import TaxContext, TaxedItem
from ..taxes.base import base_of, percent
from ..taxes.difal import DOUBLE
from . import rates
from .bases import known, value_line
from .icms import BASE, REDUCTION, VALUE
from .words import Line, formula, kept, minus, over, plus, say, times


def lines(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    """Both rates, the base the destination wants, the difference and its FCP."""
    rule, result = taxed.item.rules.difal, taxed.difal
    value = base_of("difal", context, known(taxed))
    yield value_line("difal", VALUE, context, taxed)
    yield rates.interstate(context, taxed.item, result.interstate_rate, "pICMSInter", _("Interstate rate"))
    internal = _("Internal rate of the destination")
    if result.rate_source == "modal":
        yield rates.modal(internal, result.internal_rate, context.recipient_uf, context, "pICMSUFDest")
    else:
        yield rates.given(internal, result.internal_rate, "pICMSUFDest")
    yield from rates.fund(context, rule.fcp_rate, result.fcp_rate, context.recipient_uf, "pFCPUFDest")
    to_origin = percent(value, result.interstate_rate)
    tax = formula(_("ICMS at the interstate rate"), (plus(value), times(result.interstate_rate)), to_origin)
    if result.base_method == DOUBLE:
        yield say(_("%(uf)s wants the double base: without the origin's ICMS, with its own."), uf=context.recipient_uf)
        yield tax
        inside = over(result.internal_rate + result.fcp_rate, label=_("internal rate and FCP"))
        net = value - to_origin
        yield formula(_("Without the origin's ICMS"), (plus(value), minus(to_origin)), net)
        figures = (plus(net), inside)
    else:
        figures = (plus(value),)
    figures += kept(rule.base_reduction, REDUCTION)
    yield formula(BASE, figures, result.base, "vBCUFDest")
    if rule.origin_benefit:
        own = taxed.icms.base
        to_origin = percent(own, result.interstate_rate)
        text = _("ICMS at the interstate rate, on the reduced base of the origin")
        yield formula(text, (plus(own), times(result.interstate_rate)), to_origin)
    elif result.base_method != DOUBLE:
        yield tax
    difference = result.amount + result.origin_amount
    due = (plus(result.base), times(result.internal_rate), minus(to_origin, _("ICMS at the interstate rate")))
    yield formula(_("Difference"), due, difference, "" if result.origin_amount else "vICMSUFDest")
    if result.origin_amount:
        shared = (plus(difference), times(result.share_rate))
        yield formula(_("Share of the destination"), shared, result.amount, "vICMSUFDest")
        left = (plus(difference), minus(result.amount))
        yield formula(_("Share of the origin"), left, result.origin_amount, "vICMSUFRemet")
    if result.fcp_rate:
        yield formula(
            _("FCP of the destination"), (plus(result.base), times(result.fcp_rate)), result.fcp_amount, "vFCPUFDest"
        )
    yield say(_("It is inside the price: the total of the document stays as it is."))
