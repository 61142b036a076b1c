"""Groups ICMS02, ICMS15, ICMS53 and ICMS61: single-phase ICMS on fuels (NT 2023.001)."""

from ....spec import TaxedItem
from ....xml import amount, leaf, percentage, quantity


def _own(line: TaxedItem) -> str:
    fuel = line.icms_fuel
    return (
        quantity("qBCMono", fuel.taxed_quantity)
        + percentage("adRemICMS", fuel.ad_rem_rate)
        + amount("vICMSMono", fuel.amount)
    )


def _withheld(line: TaxedItem) -> str:
    fuel, rule = line.icms_fuel, line.item.rules.icms_fuel
    reduction = ""
    if rule.ad_rem_reduction:
        reduction = amount("pRedAdRem", rule.ad_rem_reduction) + leaf("motRedAdRem", rule.reduction_reason)
    return (
        _own(line)
        + quantity("qBCMonoReten", fuel.retention_quantity)
        + percentage("adRemICMSReten", fuel.retention_ad_rem_rate)
        + amount("vICMSMonoReten", fuel.retention_amount)
        + reduction
    )


def _deferred(line: TaxedItem) -> str:
    fuel, rule = line.icms_fuel, line.item.rules.icms_fuel
    return (
        quantity("qBCMono", fuel.taxed_quantity)
        + percentage("adRemICMS", fuel.ad_rem_rate)
        + amount("vICMSMonoOp", fuel.operation_amount)
        + percentage("pDif", rule.deferral_rate)
        + amount("vICMSMonoDif", fuel.deferred_amount)
        + amount("vICMSMono", fuel.amount)
    )


def _before(line: TaxedItem) -> str:
    fuel = line.icms_fuel
    return (
        quantity("qBCMonoRet", fuel.taxed_quantity)
        + percentage("adRemICMSRet", fuel.ad_rem_rate)
        + amount("vICMSMonoRet", fuel.amount)
    )


#: By CST: the group and what is written in it after orig and CST.
GROUPS = {
    "02": ("ICMS02", _own),
    "15": ("ICMS15", _withheld),
    "53": ("ICMS53", _deferred),
    "61": ("ICMS61", _before),
}
