"""Group ICMS: chosen by its CST or CSOSN, or ICMSPart and ICMSST by what the rule shares or passes on."""

from collections.abc import Callable
from decimal import Decimal

from ....spec import IcmsResult, IcmsRule, TaxedItem
from ....xml import amount, group, leaf, optional, percentage
from . import icms_fuel
from .common import base_rate_amount
from .icms_st import relief as st_relief
from .icms_st import withheld


def xml(line: TaxedItem) -> str:
    """The group ICMS of an item."""
    rule = line.icms.rule
    situation = rule.cst or rule.csosn
    tag, write = SPECIAL[special] if (special := _special(rule)) else GROUPS[situation]
    code = leaf("CST" if rule.cst else "CSOSN", situation)
    return group("ICMS", group(tag, leaf("orig", line.item.origin), code, write(line)))


def _special(rule: IcmsRule) -> str:
    if rule.share_rate is not None:
        return "share"
    return "" if rule.destination_st_base is None else "destination"


def _own(icms: IcmsResult) -> str:
    """modBC, pRedBC where there is one, vBC, pICMS, vICMS: the order of most groups."""
    return (
        leaf("modBC", icms.rule.base_mode)
        + _reduction(icms.rule)
        + base_rate_amount("ICMS", icms.base, icms.rate, icms.amount)
    )


def _own_base_first(icms: IcmsResult) -> str:
    """The same, with vBC before pRedBC: the order of ICMS90, ICMSPart and ICMSSN900, up to pICMS."""
    return (
        leaf("modBC", icms.rule.base_mode)
        + amount("vBC", icms.base)
        + _reduction(icms.rule)
        + optional("cBenefRBC", icms.rule.reduction_benefit_code)
        + percentage("pICMS", icms.rate)
    )


def _reduction(rule: IcmsRule) -> str:
    return percentage("pRedBC", rule.base_reduction) if rule.base_reduction else ""


def _fund(icms: IcmsResult) -> str:
    return percentage("pFCP", icms.fcp_rate) + amount("vFCP", icms.fcp_amount) if icms.fcp_rate else ""


def _fund_with_base(icms: IcmsResult) -> str:
    return amount("vBCFCP", icms.base) + _fund(icms) if icms.fcp_rate else ""


def _fund_deferred(icms: IcmsResult) -> str:
    if not icms.fcp_rate or not icms.rule.fcp_deferral_rate:
        return ""
    return (
        percentage("pFCPDif", icms.rule.fcp_deferral_rate)
        + amount("vFCPDif", icms.fcp_deferred_amount)
        + amount("vFCPEfet", icms.fcp_due_amount)
    )


def _relief(icms: IcmsResult) -> str:
    """vICMSDeson, motDesICMS and indDeduzDeson; a reason without an amount is refused by SEFAZ (rejection 627)."""
    if not icms.relief_amount:
        return ""
    return (
        amount("vICMSDeson", icms.relief_amount)
        + leaf("motDesICMS", icms.rule.relief_reason)
        + leaf("indDeduzDeson", "1" if icms.rule.relief_deducts else "0")
    )


def _taxed(line: TaxedItem) -> str:
    return _own(line.icms) + _fund(line.icms)


def _substituted(line: TaxedItem) -> str:
    """ICMS10 and ICMS70."""
    icms, st = line.icms, line.icms_st
    return _own(icms) + _fund_with_base(icms) + withheld(st) + _relief(icms) + st_relief(st)


def _reduced(line: TaxedItem) -> str:
    return _own(line.icms) + _fund_with_base(line.icms) + _relief(line.icms)


def _untaxed(line: TaxedItem) -> str:
    return _relief(line.icms)


def _nothing(line: TaxedItem) -> str:
    return ""


def _exempt_substituted(line: TaxedItem) -> str:
    return withheld(line.icms_st) + _relief(line.icms)


def _deferral(icms: IcmsResult) -> str:
    if icms.rule.deferral_rate is None:
        return ""
    return (
        amount("vICMSOp", icms.operation_amount)
        + percentage("pDif", icms.rule.deferral_rate)
        + amount("vICMSDif", icms.deferred_amount)
    )


def _deferred(line: TaxedItem) -> str:
    """ICMS51: nothing at all where the UF wants nothing of the deferred tax in the document."""
    icms = line.icms
    if not icms.rate:
        return ""
    return (
        leaf("modBC", icms.rule.base_mode)
        + _reduction(icms.rule)
        + optional("cBenefRBC", icms.rule.reduction_benefit_code)
        + amount("vBC", icms.base)
        + percentage("pICMS", icms.rate)
        + _deferral(icms)
        + amount("vICMS", icms.amount)
        + _fund_with_base(icms)
        + _fund_deferred(icms)
    )


def _retained_before(line: TaxedItem) -> str:
    """Amounts retained in an earlier operation: all of them or none (vICMSSubstituto may lack); the effective ICMS."""
    rule = line.icms.rule
    return _retained(rule) + _retained_fund(rule) + _effective(line.icms)


def _retained(rule: IcmsRule) -> str:
    if rule.retained_base is None:
        return ""
    return (
        amount("vBCSTRet", rule.retained_base)
        + ("" if rule.retained_rate is None else percentage("pST", rule.retained_rate))
        + _optional("vICMSSubstituto", rule.retained_substitute)
        + amount("vICMSSTRet", rule.retained_amount)
    )


def _retained_fund(rule: IcmsRule) -> str:
    if rule.retained_fcp_rate is None:
        return ""
    return (
        amount("vBCFCPSTRet", rule.retained_fcp_base)
        + percentage("pFCPSTRet", rule.retained_fcp_rate)
        + amount("vFCPSTRet", rule.retained_fcp_amount)
    )


def _effective(icms: IcmsResult) -> str:
    if icms.rule.effective_rate is None:
        return ""
    return (
        percentage("pRedBCEfet", icms.rule.effective_reduction)
        + amount("vBCEfet", icms.effective_base)
        + percentage("pICMSEfet", icms.rule.effective_rate)
        + amount("vICMSEfet", icms.effective_amount)
    )


def _optional(tag: str, value: Decimal | None) -> str:
    return "" if value is None else amount(tag, value)


def _other(line: TaxedItem) -> str:
    """ICMS90: each part where the rule has it."""
    icms, own = line.icms, ""
    if icms.rate:
        own = _own_base_first(icms) + _deferral(icms) + amount("vICMS", icms.amount) + _fund_with_base(icms)
        own += _fund_deferred(icms)
    return own + withheld(line.icms_st) + _relief(icms) + st_relief(line.icms_st)


def _simples_credit(line: TaxedItem) -> str:
    icms = line.icms
    return percentage("pCredSN", icms.rule.simples_credit_rate) + amount("vCredICMSSN", icms.simples_credit)


def _simples_substituted_with_credit(line: TaxedItem) -> str:
    return withheld(line.icms_st) + _simples_credit(line)


def _simples_substituted(line: TaxedItem) -> str:
    return withheld(line.icms_st)


def _simples_other(line: TaxedItem) -> str:
    icms = line.icms
    own = _own_base_first(icms) + amount("vICMS", icms.amount) if icms.rate else ""
    return own + withheld(line.icms_st) + (_simples_credit(line) if icms.rule.simples_credit_rate else "")


def _shared(line: TaxedItem) -> str:
    """ICMSPart: the own part and that of UFST."""
    icms = line.icms
    return (
        _own_base_first(icms)
        + amount("vICMS", icms.amount)
        + withheld(line.icms_st)
        + percentage("pBCOp", icms.rule.share_rate)
        + leaf("UFST", icms.rule.share_uf)
    )


def _passed_on(line: TaxedItem) -> str:
    """ICMSST: what was retained for the emitter's UF, and what the UF of destination gets of it."""
    rule = line.icms.rule
    return (
        _retained(rule)
        + _retained_fund(rule)
        + amount("vBCSTDest", rule.destination_st_base)
        + amount("vICMSSTDest", rule.destination_st_amount)
        + _effective(line.icms)
    )


IcmsWriter = Callable[[TaxedItem], str]
SPECIAL: dict[str, tuple[str, IcmsWriter]] = {
    "share": ("ICMSPart", _shared),
    "destination": ("ICMSST", _passed_on),
}
GROUPS: dict[str, tuple[str, IcmsWriter]] = icms_fuel.GROUPS | {
    "00": ("ICMS00", _taxed),
    "10": ("ICMS10", _substituted),
    "20": ("ICMS20", _reduced),
    "30": ("ICMS30", _exempt_substituted),
    "40": ("ICMS40", _untaxed),
    "41": ("ICMS40", _untaxed),
    "50": ("ICMS40", _untaxed),
    "51": ("ICMS51", _deferred),
    "60": ("ICMS60", _retained_before),
    "70": ("ICMS70", _substituted),
    "90": ("ICMS90", _other),
    "101": ("ICMSSN101", _simples_credit),
    "102": ("ICMSSN102", _nothing),
    "103": ("ICMSSN102", _nothing),
    "201": ("ICMSSN201", _simples_substituted_with_credit),
    "202": ("ICMSSN202", _simples_substituted),
    "203": ("ICMSSN202", _simples_substituted),
    "300": ("ICMSSN102", _nothing),
    "400": ("ICMSSN102", _nothing),
    "500": ("ICMSSN500", _retained_before),
    "900": ("ICMSSN900", _simples_other),
}
