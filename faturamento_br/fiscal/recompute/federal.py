"""What a det says of taxes by unit, by substitution and of an import, from which their rules are told again."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

from ..spec import ONE, ZERO, ContributionStRule, Importation, ImportDutyRule
from ..verify.reading import amount, child, text

STEP = Decimal("0.0001")
#: Groups of imposto that are read here and not by ``tables/recompute_fields.csv``.
GROUPS = ("II", "PISST", "COFINSST")
#: The quantity of each tax by unit.
QUANTITIES = {"ipi": "IPI/*/qUnid", "pis": "PIS/*/qBCProd", "cofins": "COFINS/*/qBCProd"}


def importation_of(det: etree._Element) -> Importation | None:
    """The customs value and what is beside it; vOutro is as the file states it, whatever it holds."""
    group = child(det, "imposto/II")
    if group is None:
        return None
    values = (amount(group, tag) or ZERO for tag in ("vDespAdu", "vIOF"))
    return Importation(amount(group, "vBC") or ZERO, (), *values, taxes_in_other=False)


def seals_of(det: etree._Element) -> int | None:
    """qSelo, where it is a number of seals."""
    count = text(det, "imposto/IPI/qSelo")
    return int(count) if count.isascii() and count.isdigit() else None


def rules_of(det: etree._Element, rules: dict) -> dict:
    """The rules with the units of taxes by unit, and that of the import duty, whose rate is vII / vBC."""
    found = {}
    sold = amount(det, "prod/qTrib")
    for tax, path in QUANTITIES.items():
        taxed = amount(det, f"imposto/{path}")
        if tax in rules and taxed and sold:
            factor = (taxed / sold).quantize(STEP, ROUND_HALF_UP)
            found[tax] = replace(rules[tax], unit_factor=factor or ONE)
    duty = child(det, "imposto/II")
    if duty is not None:
        base, paid = amount(duty, "vBC") or ZERO, amount(duty, "vII") or ZERO
        found["import_duty"] = ImportDutyRule((paid * 100 / base).quantize(STEP, ROUND_HALF_UP) if base else ZERO)
    for tax in ("PIS", "COFINS"):
        group = child(det, f"imposto/{tax}ST")
        if group is not None:
            found[f"{tax.lower()}_st"] = _substitution(det, group, tax)
    return found


def _substitution(det: etree._Element, group: etree._Element, tax: str) -> ContributionStRule:
    """By unit; or by rate on the item's value, or on the price by unit that gives the base that the file states."""
    adds, sold = text(group, f"indSoma{tax}ST") == "1", amount(det, "prod/qTrib") or ONE
    if (value := amount(group, "vAliqProd")) is not None:
        factor = ((amount(group, "qBCProd") or sold) / sold).quantize(STEP, ROUND_HALF_UP)
        return ContributionStRule(unit_value=value, unit_factor=factor or ONE, adds=adds)
    base, rate = amount(group, "vBC") or ZERO, amount(group, f"p{tax}") or ZERO
    worth = (amount(det, "prod/vProd") or ZERO) - (amount(det, "prod/vDesc") or ZERO)
    price = None if base == worth else (base / sold).quantize(STEP, ROUND_HALF_UP) or None
    return ContributionStRule(rate, retail_unit_value=price, adds=adds)
