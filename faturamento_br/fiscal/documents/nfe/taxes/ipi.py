"""Group IPI."""

from ....spec import TaxedItem
from ....xml import group, leaf
from .common import base_rate_amount

TAXED = frozenset(("00", "49", "50", "99"))
UNTAXED = frozenset(("01", "02", "03", "04", "05", "51", "52", "53", "54", "55"))
SITUATIONS = TAXED | UNTAXED


def xml(line: TaxedItem) -> str:
    """The group IPI of an item, or nothing."""
    ipi = line.ipi
    if ipi is None:
        return ""
    taxed = ipi.cst in TAXED
    amounts = base_rate_amount("IPI", ipi.base, ipi.rate, ipi.amount) if taxed else ""
    return group("IPI", leaf("cEnq", ipi.cEnq), group("IPITrib" if taxed else "IPINT", leaf("CST", ipi.cst), amounts))
