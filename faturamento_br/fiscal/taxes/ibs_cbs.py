"""IBS and CBS of a sale (LC 214/2025; NT 2025.002-RTC v1.52): in 2026 informative, from 2027 on due and on top.

* What a cClassTrib asks for is in the official table (``ibs_cbs_classes.csv``, ``ibs_cbs_situations.csv``).
* Base: the formula of ``tables/tax_bases.csv`` (rule UB16-10). Rates: the rule's own, or those of the day
  (``ibs_cbs_rates.csv``); where the class has regular taxation they are zero (rules UB18-10, UB37-10, UB56-10), and
  what would be due otherwise is told in gTribRegular. From 2029 on UF and city may have their own: the rule gives them.
* Effective rate = rate × (1 − pRedAliq) × (1 − pRedutor), 4 decimals (rules UB28-10, UB47-10, UB66-10).
* vDif = vBC × rate × pDif; vDevTrib = vBC × rate × pDevTrib; amount = vBC × rate − vDif − vDevTrib (rules UB23-10,
  UB35-10, UB63-10, UB67-10); each 2 decimals. SEFAZ takes 0.01 more or less. All roundings ROUND_HALF_UP.
* Government purchases: the rates change hands so that the buyer keeps all of it (art. 473; rule BB02-10): written are
  the rates after that, so that the formula of the effective rate holds. The amounts are those of Receita Federal's
  calculator, which writes the rates before it. Consortia and the CGIBS count as cities, as there.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, Self

from ..spec import ZERO, IbsCbsResult, IbsCbsRule, Item, Shares, TaxContext
from .base import HUNDRED, RATE_STEP, Amounts, Compute, Tax, always, base_sum, money, percent
from .ibs_cbs_problems import is_filled, problems
from .ibs_cbs_single_phase import compute_single_phase
from .ibs_cbs_tables import Rates, TaxClass, government_row, presumed_credit, tax_class, year_rates
from .sharing import share

NO_RATES = (ZERO, ZERO, ZERO)
#: Presumed credits under a condition (vCredPresCondSus) begin in these years (rules UB126-10 and UB130-10).
SUSPENDED_FROM = {"ibs": 2033, "cbs": 2027}


def prepare(context: TaxContext, item: Item) -> Compute:
    """The IBSCBS group of ``item``, or ``None`` without a rule or when the emitter does not fill it."""
    rule = item.rules.ibs_cbs
    if rule is None or not is_filled(context):
        return always(None)
    found, base_from = tax_class(rule.cClassTrib), base_sum("ibs_cbs", context)
    pattern, taxed = IbsCbsResult(rule.cst, rule.cClassTrib, rule), None
    if found.taxed:
        taxed = _Rates.of(context, rule, found)
        pattern = pattern.but(**taxed.stated(context, found))

    def compute(item: Item, so_far: Amounts) -> IbsCbsResult:
        base = base_from(so_far)
        values = _taxed(context, rule, found, taxed, base) if taxed else {}
        if rule.presumed:
            values |= _presumed(context, rule, base)
        if found.single_phase:
            values["single_phase"] = compute_single_phase(context, item, found)
        return pattern.but(**values)

    return compute


def amounts(result: IbsCbsResult | None) -> Amounts:
    """By layout tag; vBCIBSCBS is there whenever the group is, also when nothing is taxed."""
    if result is None:
        return {}
    given = {"vBCIBSCBS": result.base}
    if result.taxed:
        given |= {
            "vIBSUF": result.ibs_uf_amount,
            "vIBSMun": result.ibs_city_amount,
            "vIBS": result.ibs_amount,
            "vCBS": result.cbs_amount,
        }
    if result.deferred or result.cbs_returned:
        given |= {
            "gIBSUF/vDif": result.ibs_uf_deferred,
            "gIBSMun/vDif": result.ibs_city_deferred,
            "gCBS/vDif": result.cbs_deferred,
            "gCBS/vDevTrib": result.cbs_returned,
        }
    if result.rule.presumed:
        for tag, value, suspended in (
            ("gIBS", result.ibs_presumed, result.ibs_suspended),
            ("gCBS", result.cbs_presumed, result.cbs_suspended),
        ):
            if value is not None:
                given[f"{tag}/{'vCredPresCondSus' if suspended else 'vCredPres'}"] = value
    if result.rule.reversal:
        given |= {"vIBSEstCred": result.rule.reversal.ibs, "vCBSEstCred": result.rule.reversal.cbs}
    if single := result.single_phase:
        given |= {
            "vIBSMono": single.ibs_amount,
            "vCBSMono": single.cbs_amount,
            "vIBSMonoReten": single.ibs_withheld,
            "vCBSMonoReten": single.cbs_withheld,
            "vIBSMonoRet": result.rule.single_phase.ibs_retained or ZERO if single.retained else ZERO,
            "vCBSMonoRet": result.rule.single_phase.cbs_retained or ZERO if single.retained else ZERO,
            "vTotIBSMonoItem": single.ibs_amount + single.ibs_withheld,
            "vTotCBSMonoItem": single.cbs_amount + single.cbs_withheld,
        }
    return given


TAX = Tax("ibs_cbs", problems, prepare, amounts)


class _Rates(NamedTuple):
    """The rates of a kind of item: of UF, of city, of CBS."""

    usual: Rates  # without what the class does to them
    before: Rates  # before a government purchase moves them
    written: Rates
    reducer: Decimal
    effective: Rates

    @classmethod
    def of(cls, context: TaxContext, rule: IbsCbsRule, found: TaxClass) -> Self:
        usual = _rates(context, rule)
        before = NO_RATES if found.regular else usual
        if rule.free_zone:
            before = (*before[:2], ZERO)
        written, reducer = before, ZERO
        if context.government:
            reducer = context.government.rate_reduction
            written = _redistributed(context, before)
        return cls(usual, before, written, reducer, _effective(written, found, reducer))

    def stated(self, context: TaxContext, found: TaxClass) -> dict:
        """What gIBSCBS says before any amount."""
        ibs_uf, ibs_city, cbs = self.written
        uf_effective, city_effective, cbs_effective = self.effective
        return {
            "taxed": True,
            "reduced": found.reduces or context.government is not None,
            "deferred": found.defers,
            "ibs_uf_rate": ibs_uf,
            "ibs_city_rate": ibs_city,
            "cbs_rate": cbs,
            "ibs_reduction": found.ibs_reduction,
            "cbs_reduction": found.cbs_reduction,
            "ibs_uf_effective": uf_effective,
            "ibs_city_effective": city_effective,
            "cbs_effective": cbs_effective,
        }


def _taxed(context: TaxContext, rule: IbsCbsRule, found: TaxClass, rates: _Rates, base: Decimal) -> dict:
    """The amounts of gIBSCBS."""
    uf_rate, city_rate, cbs_rate = rates.effective
    uf, city, cbs = percent(base, uf_rate), percent(base, city_rate), percent(base, cbs_rate)
    values = {}
    if found.defers:
        deferred = [_part(base, rate, rule.deferral_rate) for rate in rates.effective]
        values |= zip(("ibs_uf_deferred", "ibs_city_deferred", "cbs_deferred"), deferred, strict=True)
        uf, city, cbs = uf - deferred[0], city - deferred[1], cbs - deferred[2]
    if rule.cbs_return_rate:
        values["cbs_returned"] = _part(base, cbs_rate, rule.cbs_return_rate)
        cbs -= values["cbs_returned"]
    if found.regular:
        values["regular"] = _shares(base, rates.usual, tax_class(rule.regular_class), ZERO)
    if rule.free_zone:
        values["free_zone"] = _shares(base, rates.usual, found, ZERO)
    if context.government:
        values["government"] = _divided(uf + city + cbs, _effective(rates.before, found, rates.reducer))
    values |= {"base": base, "ibs_uf_amount": uf, "ibs_city_amount": city, "cbs_amount": cbs}
    return values


def _rates(context: TaxContext, rule: IbsCbsRule) -> tuple[Decimal, ...]:
    """The rule's own rates, or those of the day."""
    own = (rule.ibs_uf_rate, rule.ibs_city_rate, rule.cbs_rate)
    year = year_rates(context.issue_date)
    if own == (None, None, None):
        return year
    return tuple(table if rate is None else rate for rate, table in zip(own, year, strict=True))


def _effective(rates: tuple[Decimal, ...], found: TaxClass, reducer: Decimal) -> tuple[Decimal, ...]:
    if not (found.reduces or reducer):
        return rates
    reductions = (found.ibs_reduction, found.ibs_reduction, found.cbs_reduction)
    keeps = HUNDRED - reducer
    return tuple(
        (rate * (HUNDRED - reduction) * keeps / HUNDRED / HUNDRED).quantize(RATE_STEP, ROUND_HALF_UP)
        for rate, reduction in zip(rates, reductions, strict=True)
    )


def _shares(base: Decimal, rates: tuple[Decimal, ...], found: TaxClass, reducer: Decimal) -> Shares:
    """What would be due at ``rates``, reduced as ``found`` says (rules UB72-10, UB72b-10, UB72d-10, UB66e-10)."""
    uf, city, cbs = _effective(rates, found, reducer)
    return Shares(uf, percent(base, uf), city, percent(base, city), cbs, percent(base, cbs))


def _divided(due: Decimal, rates: tuple[Decimal, ...]) -> Shares:
    """gTribCompraGov: what is due, divided as it would be without art. 473; it must add up (rule UB82a-20)."""
    uf, city, cbs = share(due, rates)
    return Shares(rates[0], uf, rates[1], city, rates[2], cbs)


def _part(base: Decimal, rate: Decimal, share: Decimal) -> Decimal:
    """base × rate × share, rounded once."""
    return money(base * rate * share / HUNDRED / HUNDRED) if rate and share else ZERO


def _redistributed(context: TaxContext, rates: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    """The rates so that the buyer keeps the tax: the Union the CBS, a state or city the IBS (art. 473)."""
    row = government_row(context.issue_date)
    if row["redistributes"] != "1":
        return rates
    ibs_uf, ibs_city, cbs = rates
    if context.government.entity == "1":
        return ZERO, ZERO, ibs_uf + ibs_city + cbs
    moved = (cbs * Decimal(row["cbs_share"]) / HUNDRED).quantize(RATE_STEP, ROUND_HALF_UP)
    whole = ibs_uf + ibs_city + moved
    if context.government.entity in "23":
        return whole, ZERO, cbs - moved
    return ZERO, whole, cbs - moved


def _presumed(context: TaxContext, rule: IbsCbsRule, base: Decimal) -> Mapping:
    """gCredPresOper: vCredPres = vBCCredPres × pCredPres; vIBS loses that of IBS where the table says so."""
    given = rule.presumed
    credit_base = base if given.base is None else given.base
    ibs = None if given.ibs_rate is None else percent(credit_base, given.ibs_rate)
    cbs = None if given.cbs_rate is None else percent(credit_base, given.cbs_rate)
    year = context.issue_date.year
    suspended = {tax: given.suspended and year >= since for tax, since in SUSPENDED_FROM.items()}
    deducts = presumed_credit(given.code).deducts and not suspended["ibs"] and tax_class(rule.cClassTrib).taxed
    return {
        "presumed_base": credit_base,
        "ibs_presumed": ibs,
        "cbs_presumed": cbs,
        "ibs_suspended": suspended["ibs"],
        "cbs_suspended": suspended["cbs"],
        "ibs_deduction": ibs or ZERO if deducts else ZERO,
    }
