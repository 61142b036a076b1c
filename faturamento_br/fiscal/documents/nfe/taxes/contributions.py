"""Groups PIS, PISST, COFINS and COFINSST."""

from ....spec import ContributionStResult, TaxedItem, TaxResult
from ....xml import group, leaf
from .common import taxed_amounts

TAXED = frozenset(("01", "02"))
BY_UNIT = frozenset(("03",))
UNTAXED = frozenset(("04", "05", "06", "07", "08", "09"))
#: PISOutr: other exits, credits and acquisitions, by rate or by unit.
OTHER = frozenset(
    ("49", *map(str, range(50, 57)), *map(str, range(60, 68)), *map(str, range(70, 76)), "98", "99"),
)
SITUATIONS = TAXED | BY_UNIT | UNTAXED | OTHER


def xml(line: TaxedItem) -> str:
    """The groups PIS and COFINS of an item, each with its substitution."""
    return (
        _contribution("PIS", line.pis)
        + _substitution("PIS", line.pis_st)
        + _contribution("COFINS", line.cofins)
        + _substitution("COFINS", line.cofins_st)
    )


def _contribution(tax: str, result: TaxResult) -> str:
    situation = leaf("CST", result.cst)
    if result.cst in UNTAXED:
        return group(tax, group(f"{tax}NT", situation))
    kind = "Aliq" if result.cst in TAXED else "Qtde" if result.cst in BY_UNIT else "Outr"
    return group(tax, group(f"{tax}{kind}", situation, taxed_amounts(tax, result, "qBCProd", "vAliqProd")))


def _substitution(tax: str, result: ContributionStResult | None) -> str:
    if result is None:
        return ""
    adds = leaf(f"indSoma{tax}ST", "1" if result.adds else "0")
    return group(f"{tax}ST", taxed_amounts(tax, result, "qBCProd", "vAliqProd"), adds)
