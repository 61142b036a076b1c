"""Group ICMS: chosen by its CST or CSOSN."""

from collections.abc import Callable

from ....spec import IcmsResult, TaxedItem
from ....xml import amount, group, leaf, percentage
from .common import base_rate_amount

BASE_IS_OPERATION_VALUE = "3"  # modBC


def xml(line: TaxedItem) -> str:
    """The group ICMS of an item."""
    icms, origin = line.icms, line.item.origin
    situation = icms.rule.cst or icms.rule.csosn
    tag, write = GROUPS[situation]
    code = leaf("CST" if icms.rule.cst else "CSOSN", situation)
    return group("ICMS", group(tag, leaf("orig", origin), code, write(icms)))


def _taxed(icms: IcmsResult) -> str:
    fund = percentage("pFCP", icms.fcp_rate) + amount("vFCP", icms.fcp_amount) if icms.fcp_rate else ""
    return leaf("modBC", BASE_IS_OPERATION_VALUE) + base_rate_amount("ICMS", icms.base, icms.rate, icms.amount) + fund


def _reduced(icms: IcmsResult) -> str:
    return (
        leaf("modBC", BASE_IS_OPERATION_VALUE)
        + percentage("pRedBC", icms.rule.base_reduction)
        + base_rate_amount("ICMS", icms.base, icms.rate, icms.amount)
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
GROUPS: dict[str, tuple[str, IcmsWriter]] = {
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
