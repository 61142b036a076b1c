"""Group IS (NT 2025.002-RTC, group UB01)."""

from ....spec import TaxedItem
from ....text import fit
from ....xml import amount, group, leaf, percentage, quantity
from ..fields import TAXABLE_UNIT


def xml(line: TaxedItem) -> str:
    """The group IS of an item, or nothing; uTrib and qTrib beside a specific rate only."""
    found = line.selective
    if found is None:
        return ""
    specific = measured = ""
    if found.quantity is not None:
        specific = percentage("adRemIS", found.specific_rate)
        unit = line.item.taxable_unit if line.item.taxable_quantity is not None else ""
        measured = leaf("uTrib", fit(unit, TAXABLE_UNIT.maximum) or fit(line.item.unit, TAXABLE_UNIT.maximum))
        measured += quantity("qTrib", found.quantity)
    return group(
        "IS",
        leaf("CSTIS", found.rule.cst),
        leaf("cClassTribIS", found.rule.cClassTribIS),
        amount("vBCIS", found.base),
        percentage("pIS", found.rate),
        specific,
        measured,
        amount("vIS", found.amount),
    )
