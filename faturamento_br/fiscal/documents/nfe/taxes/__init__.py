"""Group imposto: one file a tax. Amounts come from the engine."""

from ....spec import TaxedItem
from ....xml import group
from . import approximate, contributions, difal, ibs_cbs, icms, import_duty, ipi, selective

#: The taxes in the order of the layout.
GROUPS = (approximate, icms, ipi, import_duty, contributions, difal, selective, ibs_cbs)


def imposto(line: TaxedItem) -> str:
    """The group imposto of an item."""
    return group("imposto", *(tax.xml(line) for tax in GROUPS))
