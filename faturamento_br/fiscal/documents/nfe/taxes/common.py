"""What the groups of several taxes share."""

from decimal import Decimal

from ....xml import amount, percentage


def base_rate_amount(tax: str, base: Decimal, rate: Decimal, value: Decimal) -> str:
    """vBC, and the rate and the amount of ``tax``."""
    return amount("vBC", base) + percentage(f"p{tax}", rate) + amount(f"v{tax}", value)
