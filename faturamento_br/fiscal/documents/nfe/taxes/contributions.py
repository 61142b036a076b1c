"""Groups PIS and COFINS."""

from ....spec import TaxedItem, TaxResult
from ....xml import group, leaf
from .common import base_rate_amount

TAXED = frozenset(("01", "02"))
UNTAXED = frozenset(("04", "05", "06", "07", "08", "09"))
OTHER = frozenset(("49", "99"))  # the only ones of PISOutr in a sale
SITUATIONS = TAXED | UNTAXED | OTHER


def xml(line: TaxedItem) -> str:
    """The groups PIS and COFINS of an item."""
    return _contribution("PIS", line.pis) + _contribution("COFINS", line.cofins)


def _contribution(tax: str, result: TaxResult) -> str:
    situation = leaf("CST", result.cst)
    if result.cst in UNTAXED:
        return group(tax, group(f"{tax}NT", situation))
    kind = "Aliq" if result.cst in TAXED else "Outr"
    return group(tax, group(f"{tax}{kind}", situation, base_rate_amount(tax, result.base, result.rate, result.amount)))
