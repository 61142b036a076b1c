"""IBS and CBS of fuels, charged once (LC 214/2025 arts. 172 to 180; NT 2025.002-RTC, group UB84).

The year says whether each is *ad valorem* or *ad rem* (rules UB85a-10, UB90-10, UB95a-10, UB100-10), the cClassTrib
which of the groups are written. Rates and reference values are not published: the rule gives them. The amounts
retained before and those of a blend that is not the obligatory one are the rule's too: SEFAZ's own check of them
(rules UB88a-10, UB89b-10...) waits for tables to come.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ..problems import Problem, _
from ..spec import ZERO, IbsCbsRule, Item, SinglePhaseResult, SinglePhaseRule, TaxContext
from .base import CENT, RATE_STEP, money, percent, taxable_quantity
from .ibs_cbs_tables import TaxClass, year_row

AD_REM = "ad_rem"
#: Smallest step and limit of a number, by the last word of its name.
LIMITS = {"quantity": (RATE_STEP, Decimal("1E11")), "rate": (RATE_STEP, Decimal(1000))}


def needed(found: TaxClass, day: date) -> set[str]:
    """The fields of :class:`~..spec.SinglePhaseRule` that the class and the day ask for."""
    row = year_row(day)
    ibs, cbs = row["ibs_mono"] == AD_REM, row["cbs_mono"] == AD_REM
    fields = set()
    if found.mono or found.mono_withheld:
        measures = {"quantity" if ad_rem else "base" for ad_rem in (ibs, cbs)}
        if found.mono:
            fields |= measures | {"cbs_rate"} | ({"ibs_rate"} if ibs else {"ibs_uf_rate", "ibs_city_rate"})
        if found.mono_withheld:
            fields |= {f"withheld_{name}" for name in measures} | {"ibs_withheld_rate", "cbs_withheld_rate"}
    if found.mono_retained:
        fields |= {"ibs_retained", "cbs_retained"}
    if found.mono_blend:
        fields |= {"blend_quantity", "ibs_blend", "cbs_blend"}
    return fields


def single_phase_problems(context: TaxContext, rule: IbsCbsRule, found: TaxClass, path: str) -> Iterator[Problem]:
    """What the single-phase group lacks, has too much or cannot hold."""
    given = rule.single_phase or SinglePhaseRule()
    asked = needed(found, context.issue_date)
    for name, value in vars(given).items():
        if name in asked and value is None and name != "quantity":
            yield Problem(
                "single_phase_value_missing",
                f"{path}.single_phase",
                _("cClassTrib %(code)s needs %(field)s, which no table has."),
                _("Give it in the tax rule, from the act that sets the rates of this fuel."),
                {"code": rule.cClassTrib, "field": name},
            )
        elif name not in asked and value is not None:
            yield Problem(
                "single_phase_value_unexpected",
                f"{path}.single_phase.{name}",
                _("cClassTrib %(code)s has no %(field)s on %(day)s."),
                _("Clear it in the tax rule."),
                {"code": rule.cClassTrib, "field": name, "day": context.issue_date},
            )
        elif value is not None and not is_writable(name, value):
            yield Problem(
                "single_phase_value_invalid",
                f"{path}.single_phase.{name}",
                _("%(value)s cannot be written in the document."),
                _("Amounts have at most 2 decimals, quantities and rates 4; none is negative."),
                {"value": value},
            )


def compute_single_phase(context: TaxContext, item: Item, found: TaxClass) -> SinglePhaseResult:
    """gIBSCBSMono; each amount rounded once, 2 decimals."""
    row = year_row(context.issue_date)
    ibs_ad_rem, cbs_ad_rem = row["ibs_mono"] == AD_REM, row["cbs_mono"] == AD_REM
    given, values = item.rules.ibs_cbs.single_phase or SinglePhaseRule(), {}
    quantity = taxable_quantity(item) if given.quantity is None else given.quantity
    if found.mono:
        ibs_uf = ZERO if ibs_ad_rem else percent(given.base, given.ibs_uf_rate)
        ibs_city = ZERO if ibs_ad_rem else percent(given.base, given.ibs_city_rate)
        values = {
            "quantity": quantity,
            "ibs_uf_amount": ibs_uf,
            "ibs_city_amount": ibs_city,
            "ibs_amount": money(quantity * given.ibs_rate) if ibs_ad_rem else ibs_uf + ibs_city,
            "cbs_amount": _amount(cbs_ad_rem, quantity, given.base, given.cbs_rate),
        }
    if found.mono_withheld:
        measures = (given.withheld_quantity, given.withheld_base)
        values["ibs_withheld"] = _amount(ibs_ad_rem, *measures, given.ibs_withheld_rate)
        values["cbs_withheld"] = _amount(cbs_ad_rem, *measures, given.cbs_withheld_rate)
    return SinglePhaseResult(
        ibs_ad_rem,
        cbs_ad_rem,
        standard=found.mono,
        withheld=found.mono_withheld,
        retained=found.mono_retained,
        blend=found.mono_blend,
        **values,
    )


def is_writable(name: str, value: Decimal) -> bool:
    """Whether ``value`` fits its field: a quantity (TDec_1104), a rate (TDec_0302_04) or an amount (TDec_1302)."""
    kind = name.rpartition("_")[2]
    step, limit = LIMITS.get(kind, (CENT, Decimal("1E13")))
    return value.is_finite() and 0 <= value < limit and value == value.quantize(step)


def _amount(ad_rem: bool, quantity: Decimal | None, base: Decimal | None, rate: Decimal) -> Decimal:
    return money(quantity * rate) if ad_rem else percent(base, rate)
