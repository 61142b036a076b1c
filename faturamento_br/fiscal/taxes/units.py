"""Taxes by unit of product (ad rem): IPI by unit, PIS/COFINS by quantity and their substitution.

The quantity is that of the item's taxable unit (qTrib, or qCom without one) × ``unit_factor``: cigarettes are sold by
the thousand and taxed by the vintena, so 50 units of the tax to one of the item. 4 decimals, ROUND_HALF_UP.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from ..problems import Problem, _
from ..spec import ONE, Item, TaxResult
from .base import RATE_STEP, Amounts, Compute, money, taxable_quantity

#: TDec_1104v: 11 digits before the point.
MOST_UNIT_VALUE = Decimal("1E11")
MOST_FACTOR = Decimal("1000.0001")


class UnitRule(Protocol):
    rate: Decimal
    unit_value: Decimal | None
    unit_factor: Decimal


def problems(rule: UnitRule, path: str) -> Iterator[Problem]:
    """A unit value or a factor that cannot be used, or a unit value beside a rate."""
    value, factor = rule.unit_value, rule.unit_factor
    if not fits(factor, MOST_FACTOR) or not factor:
        yield Problem(
            "unit_factor_invalid",
            f"{path}.unit_factor",
            _("%(factor)s is not a number of units in one taxable unit."),
            _("Give a number above 0, at most 1000, with at most 4 decimals; 1 where the units are the same."),
            {"factor": factor},
        )
    if value is None:
        if factor.is_finite() and factor != ONE:
            yield Problem(
                "unit_value_missing",
                f"{path}.unit_value",
                _("The rule tells the units of a tax by unit, but not its value by unit."),
                _("Give the value in BRL by unit, or clear the number of units."),
            )
        return
    if not fits(value, MOST_UNIT_VALUE):
        yield Problem(
            "unit_value_invalid",
            f"{path}.unit_value",
            _("%(value)s is not a value by unit."),
            _("Give an amount in BRL, not negative, with at most 4 decimals."),
            {"value": value},
        )
    elif rule.rate:
        yield Problem(
            "rate_beside_unit_value",
            f"{path}.unit_value",
            _("The rule has both a rate and a value by unit."),
            _("Clear one: a tax is charged by its rate or by unit."),
        )


def fits(value: Decimal, limit: Decimal, step: Decimal = RATE_STEP) -> bool:
    """Whether ``value`` is a number from 0 to below ``limit`` that ``step`` divides."""
    return value.is_finite() and 0 <= value < limit and value == value.quantize(step)


def quantity(rule: UnitRule, item: Item) -> Decimal:
    """qUnid, qBCProd: 4 decimals, ROUND_HALF_UP."""
    return (taxable_quantity(item) * rule.unit_factor).quantize(RATE_STEP, ROUND_HALF_UP)


def amount(rule: UnitRule, item: Item) -> Decimal:
    """quantity × unit value in BRL, rounded once (2 decimals, ROUND_HALF_UP)."""
    return money(quantity(rule, item) * (rule.unit_value or 0))


def prepare(rule: UnitRule, pattern: TaxResult) -> Compute:
    """Quantity and amount of each item, put into ``pattern``."""

    def compute(item: Item, _so_far: Amounts) -> TaxResult:
        return pattern.but(quantity=quantity(rule, item), amount=amount(rule, item))

    return compute
