"""Group IBSCBS (NT 2025.002-RTC)."""

from decimal import Decimal

from ....spec import TaxedItem
from ....xml import amount, group, leaf, percentage

# CST without the group gIBSCBS: exemption, immunity, taxed in another document (table CST IBS/CBS, ind_gIBSCBS 0).
UNTAXED = frozenset(("400", "410", "820"))


def xml(line: TaxedItem) -> str:
    """The group IBSCBS of an item, or nothing."""
    result = line.ibs_cbs
    if result is None:
        return ""
    situation = leaf("CST", result.cst) + leaf("cClassTrib", result.cClassTrib)
    if result.cst in UNTAXED:
        return group("IBSCBS", situation)
    r = result
    state = _share("IBSUF", r.ibs_uf_rate, r.ibs_reduction, r.ibs_uf_effective, r.ibs_uf_amount)
    city = _share("IBSMun", r.ibs_city_rate, r.ibs_reduction, r.ibs_city_effective, r.ibs_city_amount)
    federal = _share("CBS", r.cbs_rate, r.cbs_reduction, r.cbs_effective, r.cbs_amount)
    base, ibs = amount("vBC", r.base), amount("vIBS", r.ibs_amount)
    return group("IBSCBS", situation, group("gIBSCBS", base, state, city, ibs, federal))


def _share(tax: str, rate: Decimal, reduction: Decimal, effective: Decimal, value: Decimal) -> str:
    """gIBSUF, gIBSMun or gCBS; gRed only where the class reduces the rate."""
    reduced = group("gRed", percentage("pRedAliq", reduction), percentage("pAliqEfet", effective)) if reduction else ""
    return group(f"g{tax}", percentage(f"p{tax}", rate), reduced, amount(f"v{tax}", value))
