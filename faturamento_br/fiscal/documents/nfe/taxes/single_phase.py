"""Group gIBSCBSMono: IBS and CBS of fuels, ad rem or ad valorem (NT 2025.002-RTC v1.50 on)."""

from decimal import Decimal

from ....spec import IbsCbsResult
from ....xml import amount, group, percentage, quantity


def gIBSCBSMono(result: IbsCbsResult) -> str:
    """The group; its inner groups are those that the cClassTrib asks for, its form that of the year."""
    r = result.single_phase
    written = r.standard or r.withheld or r.retained or r.blend
    parts = [_tax(result, "IBS", r.ibs_ad_rem), _tax(result, "CBS", r.cbs_ad_rem)] if written else []
    return group(
        "gIBSCBSMono",
        *parts,
        amount("vTotIBSMonoItem", r.ibs_amount + r.ibs_withheld),
        amount("vTotCBSMonoItem", r.cbs_amount + r.cbs_withheld),
    )


def _tax(result: IbsCbsResult, tax: str, ad_rem: bool) -> str:
    r, rule, name = result.single_phase, result.rule.single_phase, tax.lower()
    parts = []
    if r.standard:
        parts.append(group("gMonoPadrao", _standard(result, tax, ad_rem)))
    if r.withheld:
        rate = getattr(rule, f"{name}_withheld_rate")
        value = amount(f"v{tax}MonoReten", getattr(r, f"{name}_withheld"))
        if ad_rem:
            measure = quantity("qBCMonoReten", rule.withheld_quantity) + percentage(f"adRem{tax}Reten", rate)
        else:
            measure = amount("vBCMonoReten", rule.withheld_base) + percentage("pAliqMonoReten", rate)
        parts.append(group("gMonoReten", measure, value))
    if r.retained:
        parts.append(group("gMonoRet", amount(f"v{tax}MonoRet", getattr(rule, f"{name}_retained"))))
    if r.blend:
        difference = amount(f"v{tax}Diferenca", getattr(rule, f"{name}_blend"))
        parts.append(group("gpBioDiferenca", quantity("qBCBioComb", rule.blend_quantity), difference))
    return group(f"g{tax}MonoAd{'Rem' if ad_rem else 'Valorem'}", *parts)


def _standard(result: IbsCbsResult, tax: str, ad_rem: bool) -> str:
    r, rule = result.single_phase, result.rule.single_phase
    value: Decimal = r.ibs_amount if tax == "IBS" else r.cbs_amount
    if ad_rem:
        rate = rule.ibs_rate if tax == "IBS" else rule.cbs_rate
        return quantity("qBCMono", r.quantity) + percentage(f"adRem{tax}", rate) + amount(f"v{tax}Mono", value)
    base = amount("vBCMono", rule.base)
    if tax == "CBS":
        return base + percentage("pAliqMonoCBS", rule.cbs_rate) + amount("vCBSMono", value)
    state = percentage("pAliqMonoUF", rule.ibs_uf_rate) + amount("vIBSMonoUF", r.ibs_uf_amount)
    city = percentage("pAliqMonoMun", rule.ibs_city_rate) + amount("vIBSMonoMun", r.ibs_city_amount)
    return base + state + city + amount("vIBSMono", value)
