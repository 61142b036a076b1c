"""Group II."""

from ....spec import TaxedItem
from ....xml import amount, group


def xml(line: TaxedItem) -> str:
    """The group II of an imported item, or nothing."""
    duty = line.import_duty
    if duty is None:
        return ""
    return group(
        "II",
        amount("vBC", duty.base),
        amount("vDespAdu", duty.expenses),
        amount("vII", duty.amount),
        amount("vIOF", duty.iof),
    )
