"""ICMS ST that somebody before withheld on goods sold again: from figures by unit to the amounts of an item.

CST 60 and CSOSN 500 tell what was withheld when the goods were bought (vBCSTRet, pST, vICMSSubstituto, vICMSSTRet and
the FCP of it; NT 2018.005, groups N08 and N10g), and the group ICMSST what goes on to the UF of destination (Convênio
ICMS 142/2018 and those of fuels). Companies keep it by unit of stock, from their last entry or on the average, as
their UF wants it: which of the two is theirs to say.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from ..spec import IcmsRule, TaxRules
from .base import money
from .icms_checks import code_of, groups


@dataclass(frozen=True)
class RetainedUnit:
    """What was withheld before on one unit of stock: BRL by unit with at most 10 decimals, rates in per cent."""

    base: Decimal | None = None  # of vBCSTRet
    rate: Decimal | None = None  # pST: the rate borne by the final consumer, with the FCP
    substitute: Decimal | None = None  # of vICMSSubstituto: the substitute's own ICMS
    amount: Decimal | None = None  # of vICMSSTRet
    fcp_base: Decimal | None = None  # of vBCFCPSTRet
    fcp_rate: Decimal | None = None  # pFCPSTRet
    fcp_amount: Decimal | None = None  # of vFCPSTRet
    destination_base: Decimal | None = None  # of vBCSTDest
    destination_amount: Decimal | None = None  # of vICMSSTDest


def is_asked(rule: IcmsRule) -> bool:
    """Whether the situation of ``rule`` tells what was withheld before."""
    group = groups().get(code_of(rule))
    return bool(group and group.parts & {"retained", "destination"})


def apply(rules: TaxRules, unit: RetainedUnit | None, quantity: Decimal) -> TaxRules:
    """``rules`` with the amounts of ``quantity`` units of stock, each 2 decimals, ROUND_HALF_UP.

    Rules of other situations stay as they are; CST 41 only tells it in the group ICMSST.
    """
    if unit is None or not is_asked(rules.icms):
        return rules
    parts = groups()[code_of(rules.icms)].parts
    values = {}
    passed_on = "destination" in parts and unit.destination_base is not None
    if passed_on:
        values["destination_st_base"] = _times(unit.destination_base, quantity)
        values["destination_st_amount"] = _times(unit.destination_amount, quantity)
    if passed_on or "retained" in parts:
        values |= {
            "retained_base": _times(unit.base, quantity),
            "retained_rate": unit.rate,
            "retained_substitute": _times(unit.substitute, quantity),
            "retained_amount": _times(unit.amount, quantity),
            "retained_fcp_base": _times(unit.fcp_base, quantity),
            "retained_fcp_rate": unit.fcp_rate,
            "retained_fcp_amount": _times(unit.fcp_amount, quantity),
        }
    return replace(rules, icms=replace(rules.icms, **values)) if values else rules


def _times(value: Decimal | None, quantity: Decimal) -> Decimal | None:
    return None if value is None else money(value * quantity)
