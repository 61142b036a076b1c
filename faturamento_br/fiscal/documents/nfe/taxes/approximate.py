"""vTotTrib, the first field of imposto (NT 2013.003)."""

from ....spec import TaxedItem
from ....xml import amount


def xml(line: TaxedItem) -> str:
    """vTotTrib of an item, or nothing."""
    return amount("vTotTrib", line.approximate.amount) if line.approximate else ""
