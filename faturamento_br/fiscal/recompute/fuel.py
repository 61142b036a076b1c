"""From a det back to what the engine asks of a fuel: the rule of its single-phase ICMS, and the group comb."""

from decimal import Decimal

from lxml import etree

from ..spec import ZERO, Fuel, IcmsFuelRule
from ..taxes.icms_fuel import SITUATIONS
from ..verify.reading import amount, child, text

HUNDRED = Decimal(100)


def rule_of(imposto: etree._Element) -> IcmsFuelRule | None:
    """The rule that ICMS02, ICMS15, ICMS53 or ICMS61 tells; how much of a retention others owe is told nowhere."""
    icms = child(imposto, "ICMS/*")
    if icms is None or text(icms, "CST") not in SITUATIONS:
        return None
    before = text(icms, "CST") == "61"
    deferral = amount(icms, "pDif")
    return IcmsFuelRule(
        ad_rem_rate=amount(icms, "adRemICMSRet" if before else "adRemICMS"),
        taxed_quantity=amount(icms, "qBCMonoRet" if before else "qBCMono"),
        deferral_rate=HUNDRED if deferral is None and text(icms, "CST") == "53" else deferral,
        ad_rem_reduction=amount(icms, "pRedAdRem") or ZERO,
        reduction_reason=text(icms, "motRedAdRem"),
        retention_ad_rem_rate=amount(icms, "adRemICMSReten"),
        retention_quantity=amount(icms, "qBCMonoReten"),
    )


def fuel_of(det: etree._Element) -> Fuel | None:
    """What fuel it is, where the group comb says so."""
    comb = child(det, "prod/comb")
    if comb is None:
        return None
    return Fuel(text(comb, "cProdANP"), text(comb, "descANP"), text(comb, "UFCons"))
