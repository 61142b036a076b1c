"""What the groups of several taxes share."""

from decimal import Decimal

from ....spec import ContributionStResult, TaxResult
from ....xml import amount, percentage, quantity


def base_rate_amount(tax: str, base: Decimal, rate: Decimal, value: Decimal) -> str:
    """vBC, and the rate and the amount of ``tax``."""
    return amount("vBC", base) + percentage(f"p{tax}", rate) + amount(f"v{tax}", value)


def taxed_amounts(tax: str, result: TaxResult | ContributionStResult, units: str, unit_value: str) -> str:
    """Base and rate, or the quantity ``units`` and the tag ``unit_value``, and the amount of ``tax``."""
    if result.quantity is None or result.unit_value is None:
        return base_rate_amount(tax, result.base, result.rate, result.amount)
    return quantity(units, result.quantity) + quantity(unit_value, result.unit_value) + amount(f"v{tax}", result.amount)
