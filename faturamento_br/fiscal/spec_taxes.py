"""What is said of an item's taxes before arithmetic (rules) and after it (results); given on by :mod:`.spec`.

Names say what a Decimal is: one that ends in ``rate``, ``reduction`` or ``effective`` is a percentage with at most 4
decimals, a unit price has 10, every other one is money in BRL with 2. Field comments name the NF-e 4.00 layout tag
(package PL_010f v1.04).
"""

from dataclasses import dataclass, fields
from decimal import Decimal

from .spec_icms import ZERO, IcmsRule, IcmsStRule
from .spec_reform import IbsCbsRule, SelectiveRule

#: How the name of a percentage ends.
PERCENTAGES = ("rate", "reduction", "effective")
#: How the name of a price per unit ends: at most 10 decimals, as vUnCom.
PRICES = ("unit_price",)


def is_percentage(name: str) -> bool:
    """Whether the Decimal called ``name`` in a rule or a result is a percentage; otherwise it is money."""
    return name.endswith(PERCENTAGES)


def is_unit_price(name: str) -> bool:
    """Whether the Decimal called ``name`` is a price per unit, in BRL with at most 10 decimals."""
    return name.endswith(PRICES)


# --- Rules: what the law says of an item ------------------------------------------------------------------------


@dataclass(frozen=True)
class DifalRule:
    """What the destination's law says of a sale to a non-contributor of another UF (EC 87/2015; taxes/difal.py)."""

    internal_rate: Decimal | None = None  # pICMSUFDest: the goods' own rate there, without FCP
    modal: bool = False  # the goods have no rate of their own there: the modal one of the UF
    fcp_rate: Decimal | None = None  # pFCPUFDest; None: the general FCP of the UF
    base_method: str = ""  # single or double; "": the UF's, from the table
    base_reduction: Decimal = ZERO  # what the destination takes off the base; 100: it exempts
    origin_benefit: bool | None = None  # the origin's reduced base counts in the difference; only asked with CST 20


@dataclass(frozen=True)
class IpiRule:
    cst: str  # 50 taxed; 51-55 not; 99 other
    rate: Decimal = ZERO  # pIPI
    cEnq: str = "999"


@dataclass(frozen=True)
class ContributionRule:
    """PIS or COFINS."""

    cst: str  # 01 02 taxed; 04-09 not; 49 99 other
    rate: Decimal = ZERO


@dataclass(frozen=True)
class TaxRules:
    """All that decides the taxes of one item."""

    icms: IcmsRule
    pis: ContributionRule
    cofins: ContributionRule
    ipi: IpiRule | None = None
    selective: SelectiveRule | None = None  # IS
    ibs_cbs: IbsCbsRule | None = None
    difal: DifalRule | None = None
    icms_st: IcmsStRule | None = None


#: Every tax by its name: the field of its rule in :class:`TaxRules` and of its result in ``TaxedItem``.
TAX_NAMES = tuple(field.name for field in fields(TaxRules))


# --- Results of the tax engine ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class DifalResult:
    """The rate difference owed to the recipient's UF (group ICMSUFDest). It is inside the price: on top of nothing."""

    base: Decimal  # vBCUFDest
    internal_rate: Decimal  # pICMSUFDest
    interstate_rate: Decimal  # pICMSInter
    share_rate: Decimal  # pICMSInterPart
    amount: Decimal  # vICMSUFDest
    origin_amount: Decimal  # vICMSUFRemet
    fcp_rate: Decimal = ZERO  # pFCPUFDest
    fcp_amount: Decimal = ZERO  # vFCPUFDest, on the same base
    rate_source: str = "rule"  # rule, or modal: where the internal rate comes from
    base_method: str = "single"


@dataclass(frozen=True)
class TaxResult:
    """IPI, PIS or COFINS: a base, a rate, an amount."""

    cst: str
    base: Decimal = ZERO
    rate: Decimal = ZERO
    amount: Decimal = ZERO
    cEnq: str = ""  # IPI only
