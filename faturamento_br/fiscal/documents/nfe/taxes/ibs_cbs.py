"""Group IBSCBS (NT 2025.002-RTC v1.52, groups UB12 to UB134)."""

from decimal import Decimal

from ....spec import CreditRule, IbsCbsResult, TaxedItem
from ....xml import amount, group, leaf, optional, percentage
from .single_phase import gIBSCBSMono

#: CST whose stated amounts are a transfer of credit; those of the others are an adjustment (ind_gTransfCred).
TRANSFER = "800"


def xml(line: TaxedItem) -> str:
    """The group IBSCBS of an item, or nothing."""
    result = line.ibs_cbs
    if result is None:
        return ""
    return group(
        "IBSCBS",
        leaf("CST", result.cst),
        leaf("cClassTrib", result.cClassTrib),
        leaf("indDoacao", "1") if result.rule.donation else "",
        _choice(result),
        _reversal(result.rule.reversal),
        _presumed(result),
        _free_zone_credit(result),
    )


def _choice(result: IbsCbsResult) -> str:
    """gIBSCBS, gIBSCBSMono, gTransfCred or gAjusteCompet: at most one of them."""
    if result.taxed:
        return _regular(result)
    if result.single_phase:
        return gIBSCBSMono(result)
    credit = result.rule.credit
    if credit is None:
        return ""
    amounts = amount("vIBS", credit.ibs) + amount("vCBS", credit.cbs)
    if result.cst == TRANSFER:
        return group("gTransfCred", amounts)
    return group("gAjusteCompet", leaf("competApur", credit.period), amounts)


def _regular(r: IbsCbsResult) -> str:
    state = _share(r, "IBSUF", r.ibs_uf_rate, r.ibs_uf_deferred, r.ibs_uf_effective, r.ibs_uf_amount)
    city = _share(r, "IBSMun", r.ibs_city_rate, r.ibs_city_deferred, r.ibs_city_effective, r.ibs_city_amount)
    federal = _share(r, "CBS", r.cbs_rate, r.cbs_deferred, r.cbs_effective, r.cbs_amount)
    base, ibs = amount("vBC", r.base), amount("vIBS", r.ibs_amount)
    return group("gIBSCBS", base, state, city, ibs, federal, _otherwise(r), _government(r))


def _share(r: IbsCbsResult, tax: str, rate: Decimal, deferred: Decimal, effective: Decimal, value: Decimal) -> str:
    """gIBSUF, gIBSMun or gCBS; gDif, gDevTrib and gRed only where the class or the buyer asks for them."""
    federal = tax == "CBS"
    parts = [percentage(f"p{tax}", rate)]
    if r.deferred:
        parts.append(group("gDif", percentage("pDif", r.rule.deferral_rate), amount("vDif", deferred)))
    if federal and r.rule.cbs_return_rate:
        returned = percentage("pDevTrib", r.rule.cbs_return_rate) + amount("vDevTrib", r.cbs_returned)
        parts.append(group("gDevTrib", returned))
    if r.reduced:
        reduction = r.cbs_reduction if federal else r.ibs_reduction
        parts.append(group("gRed", percentage("pRedAliq", reduction), percentage("pAliqEfet", effective)))
    if federal and r.free_zone:
        parts.append(_free_zone(r))
    return group(f"g{tax}", *parts, amount(f"v{tax}", value))


def _free_zone(r: IbsCbsResult) -> str:
    return group(
        "gALCZFMCBS",
        leaf("tpALCZFMCBS", r.rule.free_zone.kind),
        optional("nProcSuframa", r.rule.free_zone.process),
        percentage("pAliqEfetRegCBS", r.free_zone.cbs_effective),
        amount("vTribRegCBS", r.free_zone.cbs_amount),
    )


def _otherwise(r: IbsCbsResult) -> str:
    """gTribRegular: the tax if the condition of the benefit is not met."""
    if r.regular is None:
        return ""
    shares, code = r.regular, r.rule.regular_class
    return group(
        "gTribRegular",
        leaf("CSTReg", code[:3]),
        leaf("cClassTribReg", code),
        percentage("pAliqEfetRegIBSUF", shares.ibs_uf_effective),
        amount("vTribRegIBSUF", shares.ibs_uf_amount),
        percentage("pAliqEfetRegIBSMun", shares.ibs_city_effective),
        amount("vTribRegIBSMun", shares.ibs_city_amount),
        percentage("pAliqEfetRegCBS", shares.cbs_effective),
        amount("vTribRegCBS", shares.cbs_amount),
    )


def _government(r: IbsCbsResult) -> str:
    """gTribCompraGov: the tax before its rates change hands (LC 214/2025 art. 473)."""
    if r.government is None:
        return ""
    shares = r.government
    return group(
        "gTribCompraGov",
        percentage("pAliqIBSUF", shares.ibs_uf_effective),
        amount("vTribIBSUF", shares.ibs_uf_amount),
        percentage("pAliqIBSMun", shares.ibs_city_effective),
        amount("vTribIBSMun", shares.ibs_city_amount),
        percentage("pAliqCBS", shares.cbs_effective),
        amount("vTribCBS", shares.cbs_amount),
    )


def _reversal(reversal: CreditRule | None) -> str:
    if reversal is None:
        return ""
    return group("gEstornoCred", amount("vIBSEstCred", reversal.ibs), amount("vCBSEstCred", reversal.cbs))


def _presumed(r: IbsCbsResult) -> str:
    given = r.rule.presumed
    if given is None:
        return ""
    return group(
        "gCredPresOper",
        amount("vBCCredPres", r.presumed_base),
        leaf("cCredPres", given.code),
        _credit("gIBSCredPres", given.ibs_rate, r.ibs_presumed, r.ibs_suspended),
        _credit("gCBSCredPres", given.cbs_rate, r.cbs_presumed, r.cbs_suspended),
    )


def _credit(tag: str, rate: Decimal | None, value: Decimal | None, suspended: bool) -> str:
    if rate is None:
        return ""
    name = "vCredPresCondSus" if suspended else "vCredPres"
    return group(tag, percentage("pCredPres", rate), amount(name, value))


def _free_zone_credit(r: IbsCbsResult) -> str:
    given = r.rule.free_zone_credit
    if given is None:
        return ""
    return group(
        "gCredPresIBSZFM",
        leaf("competApur", given.period),
        leaf("tpCredPresIBSZFM", given.kind),
        amount("vCredPresIBSZFM", given.amount),
    )
