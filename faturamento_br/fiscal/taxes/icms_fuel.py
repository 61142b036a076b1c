"""Single-phase ICMS on fuels: owed once, by a rate in BRL a unit (LC 192/2022; CF art. 155 §2 XII h).

Convênios ICMS 199/2022 (diesel, biodiesel, LPG) and 15/2023 (gasoline, anhydrous ethanol); NT 2023.001.

* CST 02: vICMSMono = qBCMono × adRemICMS. CST 15 also withholds that of the biofuel: vICMSMonoReten = qBCMonoReten ×
  adRemICMSReten × ``retention_rate`` (33.33 % where a refinery sells diesel B and the producer of the biofuel owes two
  thirds, Convênio 199/2022 clause 2 VI c); pRedAdRem takes off the own rate only. CST 53: vICMSMonoOp, of which pDif is
  deferred. CST 61 tells what was owed before: vICMSMonoRet = qBCMonoRet × adRemICMSRet.
* Every amount 2 decimals, ROUND_HALF_UP (rules N39-10, N41-10, N45-10, a cent of tolerance). Only vICMSMonoReten is on
  top of the price (rule W16-10). The goods bear no other ICMS, no FCP and no rate difference.
* The rate is the fuel's on the day (``tables/icms_fuel_rates.csv``: uniform in the country, renewed each year), or the
  rule's. Whether vICMSMono leaves the base of PIS and COFINS is not settled: it stays in.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

from ..problems import Problem, _
from ..spec import NOTHING, ZERO, IcmsFuelResult, IcmsFuelRule, Item, TaxContext
from ..tables import rows
from . import icms_checks
from .base import HUNDRED, Amounts, Tax, each_time, in_force, missing_rule, money, rate_problem, taxable_quantity

#: The situations of ICMS that owe it once.
SITUATIONS = frozenset(("02", "15", "53", "61"))
WITHHELD, DEFERRED, BEFORE = "15", "53", "61"
REASONS = frozenset("19")
#: Values of the ICMS rule that other situations use.
OTHER_VALUES = ("rate", "simples_credit_rate", *(name for names in icms_checks.PARTS.values() for name in names))
_STEP, _LIMIT = Decimal("0.0001"), Decimal("1E11")
_RATE_LIMIT = Decimal(1000)


@lru_cache(maxsize=1024)
def rate_row(fuel: str, day: date) -> Mapping[str, str] | None:
    """The row of ``icms_fuel_rates.csv`` of ``fuel`` in force on ``day``."""
    return next((row for row in in_force(rows("icms_fuel_rates"), day) if row["fuel"] == fuel), None)


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What keeps single-phase ICMS from being computed right for ``item``."""
    cst, rule = item.rules.icms.cst, item.rules.icms_fuel
    path = f"{path}.rules.icms_fuel"
    if cst not in SITUATIONS:
        if rule is not None:
            yield _unexpected(path)
        return
    if rule is None:
        yield missing_rule("rule_missing_monophasic", path, code=cst)
        return
    if any(getattr(item.rules.icms, name) for name in OTHER_VALUES):
        yield _unexpected(path.removesuffix("_fuel"))
    yield from _rate_problems(context, rule, "", path)
    yield from _quantity_problems(rule.taxed_quantity, f"{path}.taxed_quantity")
    yield from _reduction_problems(cst, rule, path)
    yield from _deferral_problems(cst, rule, path)
    if cst == WITHHELD:
        yield from _retention_problems(context, rule, path)
    elif rule.retention_fuel or rule.retention_ad_rem_rate is not None or rule.retention_quantity is not None:
        yield _unexpected(f"{path}.retention_quantity")


def compute(context: TaxContext, item: Item, so_far: Amounts) -> IcmsFuelResult | None:
    """The single-phase amounts of a fuel, each 2 decimals, ROUND_HALF_UP; ``None`` for other goods."""
    cst, rule = item.rules.icms.cst, item.rules.icms_fuel
    if cst not in SITUATIONS or rule is None:
        return None
    quantity = taxable_quantity(item) if rule.taxed_quantity is None else rule.taxed_quantity
    rate = _rate(context, rule.ad_rem_rate, rule.fuel)
    owed = money(quantity * rate * _kept(rule.ad_rem_reduction))
    if cst == DEFERRED:
        deferred = money(owed * rule.deferral_rate / HUNDRED)
        return IcmsFuelResult(cst, quantity, rate, owed - deferred, operation_amount=owed, deferred_amount=deferred)
    if cst != WITHHELD:
        return IcmsFuelResult(cst, quantity, rate, owed)
    retention = _rate(context, rule.retention_ad_rem_rate, rule.retention_fuel)
    withheld = money(rule.retention_quantity * retention * rule.retention_rate / HUNDRED)
    return IcmsFuelResult(
        cst,
        quantity,
        rate,
        owed,
        retention_quantity=rule.retention_quantity,
        retention_ad_rem_rate=retention,
        retention_amount=withheld,
    )


def amounts(result: IcmsFuelResult | None) -> Amounts:
    if result is None:
        return {}
    if result.cst == BEFORE:
        return {"qBCMonoRet": result.taxed_quantity, "vICMSMonoRet": result.amount}
    given = {"qBCMono": result.taxed_quantity, "vICMSMono": result.amount}
    if result.cst == WITHHELD:
        given |= {"qBCMonoReten": result.retention_quantity, "vICMSMonoReten": result.retention_amount}
    return given


TAX = Tax("icms_fuel", problems, each_time(compute), amounts)


def _rate(context: TaxContext, own: Decimal | None, fuel: str) -> Decimal:
    if own is not None:
        return own
    row = rate_row(fuel, context.issue_date)
    return Decimal(row["ad_rem"]) if row else NOTHING


def _kept(reduction: Decimal) -> Decimal:
    return (HUNDRED - reduction) / HUNDRED


def _rate_problems(context: TaxContext, rule: IcmsFuelRule, prefix: str, path: str) -> Iterator[Problem]:
    """The ad rem rate of the fuel (``prefix`` "") or of what is withheld ("retention_") cannot be had."""
    own, fuel = getattr(rule, f"{prefix}ad_rem_rate"), getattr(rule, f"{prefix}fuel")
    if own is not None:
        if not (own.is_finite() and ZERO < own < _RATE_LIMIT and own == own.quantize(_STEP)):
            yield Problem(
                "icms_fuel_rate_invalid",
                f"{path}.{prefix}ad_rem_rate",
                _("%(rate)s is not an ad rem rate."),
                _("Give BRL a unit, above zero, with at most 4 decimals."),
                {"rate": own},
            )
    elif fuel not in {row["fuel"] for row in rows("icms_fuel_rates")}:
        yield Problem(
            "icms_fuel_unknown",
            f"{path}.{prefix}fuel",
            _("“%(fuel)s” is no fuel of the single-phase ICMS."),
            _("Choose one of the table, or give the ad rem rate."),
            {"fuel": fuel},
        )
    elif rate_row(fuel, context.issue_date) is None:
        yield Problem(
            "icms_fuel_rate_missing",
            f"{path}.{prefix}ad_rem_rate",
            _("The ad rem rate of %(fuel)s on %(day)s is not known."),
            _("Give it in the tax rule: the Convênio ICMS of the year has it."),
            {"fuel": fuel, "day": context.issue_date},
        )


def _quantity_problems(quantity: Decimal | None, path: str) -> Iterator[Problem]:
    if quantity is None:
        return
    if not (quantity.is_finite() and ZERO < quantity < _LIMIT and quantity == quantity.quantize(_STEP)):
        yield Problem(
            "icms_fuel_quantity",
            path,
            _("%(quantity)s is not a quantity of fuel."),
            _("Give it above zero, with at most 4 decimals."),
            {"quantity": quantity},
        )


def _reduction_problems(cst: str, rule: IcmsFuelRule, path: str) -> Iterator[Problem]:
    """pRedAdRem has 2 decimals and a reason, and only CST 15 has it."""
    if not rule.ad_rem_reduction and not rule.reduction_reason:
        return
    if cst != WITHHELD:
        yield _unexpected(f"{path}.ad_rem_reduction")
        return
    reduction = rule.ad_rem_reduction
    if problem := rate_problem(reduction, f"{path}.ad_rem_reduction"):
        yield problem
    elif not reduction or reduction != reduction.quantize(Decimal("0.01")) or rule.reduction_reason not in REASONS:
        yield Problem(
            "icms_fuel_reduction",
            f"{path}.ad_rem_reduction",
            _("The reduction of the ad rem rate is incomplete."),
            _("Give it with at most 2 decimals, and its reason: 1 public transport, 9 other."),
        )


def _deferral_problems(cst: str, rule: IcmsFuelRule, path: str) -> Iterator[Problem]:
    path = f"{path}.deferral_rate"
    if cst != DEFERRED:
        if rule.deferral_rate is not None:
            yield _unexpected(path)
    elif rule.deferral_rate is None:
        yield Problem(
            "icms_fuel_deferral_missing",
            path,
            _("CST 53 defers the ICMS of the fuel, and how much is not said."),
            _("Give the percentage (pDif): 100 where all of it is deferred."),
        )
    elif problem := rate_problem(rule.deferral_rate, path):
        yield problem


def _retention_problems(context: TaxContext, rule: IcmsFuelRule, path: str) -> Iterator[Problem]:
    """CST 15: how much biofuel, at what rate, and how much of it here."""
    yield from _rate_problems(context, rule, "retention_", path)
    yield from _quantity_problems(rule.retention_quantity, f"{path}.retention_quantity")
    if rule.retention_quantity is None:
        yield Problem(
            "icms_fuel_retention_missing",
            f"{path}.retention_quantity",
            _("CST 15 withholds the ICMS of the biofuel, and its quantity is not given."),
            _("Give it: the units sold times the share of biofuel."),
        )
    if problem := rate_problem(rule.retention_rate, f"{path}.retention_rate"):
        yield problem


def _unexpected(path: str) -> Problem:
    return Problem(
        "icms_fuel_unexpected",
        path,
        _("The rule has a value of single-phase ICMS that its situation does not use."),
        _("Clear it, or choose the CST it belongs to (02, 15, 53 or 61)."),
    )
