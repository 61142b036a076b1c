"""Groups IPI and impostoDevol."""

from ....spec import TaxedItem
from ....xml import amount, group, leaf, optional
from .common import taxed_amounts

TAXED = frozenset(("00", "49", "50", "99"))
UNTAXED = frozenset(("01", "02", "03", "04", "05", "51", "52", "53", "54", "55"))
SITUATIONS = TAXED | UNTAXED


def xml(line: TaxedItem) -> str:
    """The group IPI of an item, or nothing."""
    ipi, item = line.ipi, line.item
    if ipi is None:
        return ""
    taxed = ipi.cst in TAXED
    amounts = taxed_amounts("IPI", ipi, "qUnid", "vUnid") if taxed else ""
    return group(
        "IPI",
        optional("CNPJProd", item.producer_cnpj),
        optional("cSelo", item.seal_code),
        "" if item.seal_quantity is None else leaf("qSelo", str(item.seal_quantity)),
        leaf("cEnq", ipi.cEnq),
        group("IPITrib" if taxed else "IPINT", leaf("CST", ipi.cst), amounts),
    )


def returned(line: TaxedItem) -> str:
    """The group impostoDevol of an item, which stands beside imposto, or nothing. pDevol has 2 decimals."""
    back = line.ipi_return
    if back is None:
        return ""
    return group("impostoDevol", amount("pDevol", back.share_rate), group("IPI", amount("vIPIDevol", back.amount)))
