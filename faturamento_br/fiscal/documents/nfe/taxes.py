"""Group imposto: each tax's group, chosen by its CST or CSOSN. Amounts come from the engine."""

from collections.abc import Callable
from decimal import Decimal

from ...spec import IbsCbsResult, IcmsResult, TaxedItem, TaxResult
from ...xml import amount, group, leaf, percentage

BASE_IS_OPERATION_VALUE = "3"  # modBC


def imposto(line: TaxedItem) -> str:
    """The group imposto of an item."""
    return group(
        "imposto",
        group("ICMS", _icms(line.icms, line.item.origin)),
        _ipi(line.ipi) if line.ipi else "",
        _contribution("PIS", line.pis),
        _contribution("COFINS", line.cofins),
        _ibs_cbs(line.ibs_cbs) if line.ibs_cbs else "",
    )


# --- ICMS -------------------------------------------------------------------------------------------------------


def _icms(icms: IcmsResult, origin: str) -> str:
    situation = icms.rule.cst or icms.rule.csosn
    tag, write = ICMS_GROUPS[situation]
    code = leaf("CST" if icms.rule.cst else "CSOSN", situation)
    return group(tag, leaf("orig", origin), code, write(icms))


def _taxed(icms: IcmsResult) -> str:
    fund = percentage("pFCP", icms.fcp_rate) + amount("vFCP", icms.fcp_amount) if icms.fcp_rate else ""
    return leaf("modBC", BASE_IS_OPERATION_VALUE) + _base_rate_amount("ICMS", icms.base, icms.rate, icms.amount) + fund


def _reduced(icms: IcmsResult) -> str:
    return (
        leaf("modBC", BASE_IS_OPERATION_VALUE)
        + percentage("pRedBC", icms.rule.base_reduction)
        + _base_rate_amount("ICMS", icms.base, icms.rate, icms.amount)
        + _fund_with_base(icms)
    )


def _fund_with_base(icms: IcmsResult) -> str:
    if not icms.fcp_rate:
        return ""
    return amount("vBCFCP", icms.base) + percentage("pFCP", icms.fcp_rate) + amount("vFCP", icms.fcp_amount)


def _untaxed(icms: IcmsResult) -> str:
    return ""


def _retained_before(icms: IcmsResult) -> str:
    """Amounts retained in an earlier operation: all of them or none (vICMSSubstituto may lack)."""
    rule = icms.rule
    if rule.retained_base is None:
        return ""
    substitute = rule.retained_substitute
    return (
        amount("vBCSTRet", rule.retained_base)
        + percentage("pST", rule.retained_rate)
        + ("" if substitute is None else amount("vICMSSubstituto", substitute))
        + amount("vICMSSTRet", rule.retained_amount)
    )


def _simples_credit(icms: IcmsResult) -> str:
    return percentage("pCredSN", icms.rule.simples_credit_rate) + amount("vCredICMSSN", icms.simples_credit)


IcmsWriter = Callable[[IcmsResult], str]
ICMS_GROUPS: dict[str, tuple[str, IcmsWriter]] = {
    "00": ("ICMS00", _taxed),
    "20": ("ICMS20", _reduced),
    "40": ("ICMS40", _untaxed),
    "41": ("ICMS40", _untaxed),
    "50": ("ICMS40", _untaxed),
    "60": ("ICMS60", _retained_before),
    "101": ("ICMSSN101", _simples_credit),
    "102": ("ICMSSN102", _untaxed),
    "103": ("ICMSSN102", _untaxed),
    "300": ("ICMSSN102", _untaxed),
    "400": ("ICMSSN102", _untaxed),
    "500": ("ICMSSN500", _retained_before),
}


def _base_rate_amount(tax: str, base: Decimal, rate: Decimal, value: Decimal) -> str:
    return amount("vBC", base) + percentage(f"p{tax}", rate) + amount(f"v{tax}", value)


# --- IPI, PIS, COFINS -------------------------------------------------------------------------------------------

IPI_TAXED = frozenset(("00", "49", "50", "99"))
IPI_UNTAXED = frozenset(("01", "02", "03", "04", "05", "51", "52", "53", "54", "55"))
CONTRIBUTION_TAXED = frozenset(("01", "02"))
CONTRIBUTION_UNTAXED = frozenset(("04", "05", "06", "07", "08", "09"))
CONTRIBUTION_OTHER = frozenset(("49", "99"))  # the only ones of PISOutr in a sale
CONTRIBUTIONS = CONTRIBUTION_TAXED | CONTRIBUTION_UNTAXED | CONTRIBUTION_OTHER


def _ipi(ipi: TaxResult) -> str:
    taxed = ipi.cst in IPI_TAXED
    amounts = _base_rate_amount("IPI", ipi.base, ipi.rate, ipi.amount) if taxed else ""
    return group("IPI", leaf("cEnq", ipi.cEnq), group("IPITrib" if taxed else "IPINT", leaf("CST", ipi.cst), amounts))


def _contribution(tax: str, result: TaxResult) -> str:
    situation = leaf("CST", result.cst)
    if result.cst in CONTRIBUTION_UNTAXED:
        return group(tax, group(f"{tax}NT", situation))
    kind = "Aliq" if result.cst in CONTRIBUTION_TAXED else "Outr"
    return group(tax, group(f"{tax}{kind}", situation, _base_rate_amount(tax, result.base, result.rate, result.amount)))


# --- IBS and CBS ------------------------------------------------------------------------------------------------

# CST without the group gIBSCBS: exemption, immunity, taxed in another document (table CST IBS/CBS, ind_gIBSCBS 0).
IBS_CBS_UNTAXED = frozenset(("400", "410", "820"))


def _ibs_cbs(result: IbsCbsResult) -> str:
    situation = leaf("CST", result.cst) + leaf("cClassTrib", result.cClassTrib)
    if result.cst in IBS_CBS_UNTAXED:
        return group("IBSCBS", situation)
    r = result
    state = _share("IBSUF", r.ibs_uf_rate, r.reduction_ibs, r.ibs_uf_effective, r.ibs_uf_amount)
    city = _share("IBSMun", r.ibs_city_rate, r.reduction_ibs, r.ibs_city_effective, r.ibs_city_amount)
    federal = _share("CBS", r.cbs_rate, r.reduction_cbs, r.cbs_effective, r.cbs_amount)
    base, ibs = amount("vBC", r.base), amount("vIBS", r.ibs_amount)
    return group("IBSCBS", situation, group("gIBSCBS", base, state, city, ibs, federal))


def _share(tax: str, rate: Decimal, reduction: Decimal, effective: Decimal, value: Decimal) -> str:
    """gIBSUF, gIBSMun or gCBS; gRed only where the class reduces the rate."""
    reduced = group("gRed", percentage("pRedAliq", reduction), percentage("pAliqEfet", effective)) if reduction else ""
    return group(f"g{tax}", percentage(f"p{tax}", rate), reduced, amount(f"v{tax}", value))
