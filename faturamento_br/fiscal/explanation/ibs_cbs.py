"""IBS and CBS in words (the law is told in :mod:`..taxes.ibs_cbs`)."""

from collections.abc import Iterator
from datetime import date

from ..problems import Text, _
from ..spec import IbsCbsResult, TaxContext, TaxedItem
from ..taxes.ibs_cbs_tables import tax_class, year_row
from . import rates
from .bases import value_line
from .icms import BASE
from .words import Kind, Line, amount, formula, kept, minus, plus, say, times

#: The three shares: what each is called, its names in rule and result, and its layout tag.
SHARES = (
    (_("IBS of the state"), "ibs_uf", "ibs", "vIBSUF"),
    (_("IBS of the city"), "ibs_city", "ibs", "vIBSMun"),
    (_("CBS"), "cbs", "cbs", "vCBS"),
)
FROM_YEAR = _("%(name)s, that of the year, in force since %(since)s")


def lines(context: TaxContext, taxed: TaxedItem) -> Iterator[Line]:
    """The base, and of each of the three shares its rate, what reduces it, and its amount."""
    result = taxed.ibs_cbs
    found = tax_class(result.cClassTrib)
    yield say(_("cClassTrib %(code)s: %(description)s"), code=found.code, description=found.row["description"])
    if not result.taxed:
        if result.single_phase:
            yield from _single_phase(result)
        else:
            yield say(_("With this cClassTrib nothing is due."))
        return
    yield value_line("ibs_cbs", BASE, context, taxed, "vBCIBSCBS")
    if context.government:
        yield say(_("The customer is of the government: the rates change hands so that it keeps the tax (art. 473)."))
    for name, field, reduced, tag in SHARES:
        yield from _share(context, taxed, name, field, reduced, tag)
    if result.ibs_deduction:
        parts = (plus(result.ibs_uf_amount), plus(result.ibs_city_amount), minus(result.ibs_deduction))
        yield formula(_("IBS less the presumed credit"), parts, result.ibs_amount, "vIBS")
    elif result.ibs_uf_amount or result.ibs_city_amount:
        parts = (plus(result.ibs_uf_amount, SHARES[0][0]), plus(result.ibs_city_amount, SHARES[1][0]))
        yield formula(_("IBS"), parts, result.ibs_amount, "vIBS")
    if result.ibs_presumed is not None or result.cbs_presumed is not None:
        yield from _presumed(result)
    if (year_row(context.issue_date) or {}).get("informative") == "1":
        yield say(_("Informative in this year: in neither the total nor the books (LC 214/2025 art. 348)."))


def _share(context: TaxContext, taxed: TaxedItem, name: Text, field: str, reduced: str, tag: str) -> Iterator[Line]:
    result, base = taxed.ibs_cbs, taxed.ibs_cbs.base
    rate, effective, due, deferred = (
        getattr(result, f"{field}_{what}") for what in ("rate", "effective", "amount", "deferred")
    )
    yield from _rate(context, result, name, field, rate)
    if effective != rate:
        figures = (plus(rate, kind=Kind.PERCENT), *kept(getattr(result, f"{reduced}_reduction"), _("reduction")))
        if context.government:
            figures += kept(context.government.rate_reduction, _("reduction for the government"))
        yield formula(_("%(name)s: effective rate"), figures, effective, kind=Kind.PERCENT, name=name)
    figures = (plus(base), times(effective))
    if result.deferred:
        share = result.rule.deferral_rate
        yield formula(_("%(name)s deferred"), (*figures, times(share)), deferred, name=name)
    if field == "cbs" and result.cbs_returned:
        share = result.rule.cbs_return_rate
        yield formula(_("%(name)s given back"), (*figures, times(share)), result.cbs_returned, name=name)
        figures += (minus(result.cbs_returned, _("given back")),)
    if deferred:
        figures += (minus(deferred, _("deferred")),)
    yield formula(_("%(name)s: amount"), figures, due, tag, name=name)


def _rate(context: TaxContext, result: IbsCbsResult, name: Text, field: str, rate) -> Iterator[Line]:
    row = year_row(context.issue_date)
    if getattr(result.rule, f"{field}_rate") is not None:
        yield rates.given(name, rate)
    elif context.government or result.regular or result.free_zone or row is None:
        yield amount(_("%(name)s, as the law says of this case"), rate, kind=Kind.PERCENT, name=name)
    else:
        yield amount(FROM_YEAR, rate, kind=Kind.PERCENT, name=name, since=date.fromisoformat(row["valid_from"]))


def _presumed(result: IbsCbsResult) -> Iterator[Line]:
    yield amount(_("Base of the presumed credit"), result.presumed_base)
    for name, value, rate in (
        (_("IBS"), result.ibs_presumed, result.rule.presumed.ibs_rate),
        (_("CBS"), result.cbs_presumed, result.rule.presumed.cbs_rate),
    ):
        if value is not None:
            figures = (plus(result.presumed_base), times(rate))
            yield formula(_("Presumed credit of %(name)s"), figures, value, name=name)


def _single_phase(result: IbsCbsResult) -> Iterator[Line]:
    """Once in the chain: what the rule gave, and what comes of it."""
    single = result.single_phase
    yield say(_("Once in the whole chain, with the values that the rule gives (LC 214/2025 arts. 172 to 180)."))
    for text, value, tag in (
        (_("IBS"), single.ibs_amount, "vIBSMono"),
        (_("CBS"), single.cbs_amount, "vCBSMono"),
        (_("IBS withheld"), single.ibs_withheld, "vIBSMonoReten"),
        (_("CBS withheld"), single.cbs_withheld, "vCBSMonoReten"),
    ):
        if value:
            yield amount(text, value, tag)
