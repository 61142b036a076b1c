"""What is said of an item's taxes before arithmetic (rules) and after it (results); given on by :mod:`.spec`.

Names say what a Decimal is: one that ends in ``rate``, ``reduction`` or ``effective`` is a percentage, one that ends in
``quantity``, ``factor`` or ``unit_value`` a quantity or a value by unit, both with at most 4 decimals, a unit price has
10, every other one is money in BRL with 2. Field comments name the NF-e 4.00 layout tag (package PL_010f v1.04).
"""

from dataclasses import dataclass, fields
from decimal import Decimal

from .spec_fuel import IcmsFuelRule
from .spec_icms import ZERO, IcmsRule, IcmsStRule
from .spec_reform import IbsCbsRule, SelectiveRule
from .spec_value import Pattern, hashed_once

ONE = Decimal("1")
#: How the name of a percentage ends.
PERCENTAGES = ("rate", "reduction", "effective")
#: How the name of a price per unit ends: at most 10 decimals, as vUnCom.
PRICES = ("unit_price",)
#: How the name of a quantity, a factor or a value by unit ends.
QUANTITIES = ("quantity", "factor", "unit_value")


def is_percentage(name: str) -> bool:
    """Whether the Decimal called ``name`` in a rule or a result is a percentage; otherwise it is money."""
    return name.endswith(PERCENTAGES)


def is_unit_price(name: str) -> bool:
    """Whether the Decimal called ``name`` is a price per unit, in BRL with at most 10 decimals."""
    return name.endswith(PRICES)


def is_quantity(name: str) -> bool:
    """Whether the Decimal called ``name`` is a quantity, a factor or a price by unit, with 4 decimals."""
    return name.endswith(QUANTITIES)


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
    """IPI by its rate, or, with ``unit_value``, by unit: one of the two."""

    cst: str  # entries 00-05, 49; exits 50-55, 99
    rate: Decimal = ZERO  # pIPI
    cEnq: str = "999"
    unit_value: Decimal | None = None  # vUnid: BRL by unit of the tax
    unit_factor: Decimal = ONE  # how many units of the tax (qUnid) one taxable unit of the item (qTrib) has


@dataclass(frozen=True)
class IpiReturnRule:
    """impostoDevol: the IPI of the original document that goes back with returned goods (finNFe 4)."""

    share_rate: Decimal  # pDevol: the part of the original line that is returned, 2 decimals
    amount: Decimal  # vIPIDevol (taxes/ipi_return.py)


@dataclass(frozen=True)
class ContributionRule:
    """PIS or COFINS by its rate, or, with ``unit_value``, by unit: one of the two."""

    cst: str  # exits 01-09, 49; entries 50-56, 60-67, 70-75, 98; both 99
    rate: Decimal = ZERO  # pPIS, pCOFINS
    unit_value: Decimal | None = None  # vAliqProd: BRL by unit
    unit_factor: Decimal = ONE  # how many such units (qBCProd) one taxable unit of the item (qTrib) has


@dataclass(frozen=True)
class ContributionStRule:
    """PIS or COFINS that the emitter owes for who comes after him (PISST, COFINSST)."""

    rate: Decimal = ZERO
    unit_value: Decimal | None = None  # vAliqProd; then no rate
    unit_factor: Decimal = ONE
    base_rate: Decimal = Decimal("100")  # the base is so many per cent of the price
    retail_unit_value: Decimal | None = None  # the price to the final consumer, by taxable unit; None: the item's value
    adds: bool = True  # indSomaPISST, indSomaCOFINSST: charged on top, part of vNF (NT 2020.005)


@dataclass(frozen=True)
class ImportDutyRule:
    """Imposto de Importação; a rate of zero is exempt, suspended or taxed at zero."""

    rate: Decimal = ZERO  # of the TEC, for the NCM and its ex


@dataclass(frozen=True)
class ApproximateRule:
    """The rates of the approximate taxes in the price (Lei 12.741/2012), and who says so."""

    federal_rate: Decimal
    state_rate: Decimal
    city_rate: Decimal = ZERO
    source: str = ""  # told to the consumer: "IBPT 26.1.L 42CA5A"


@hashed_once
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
    icms_fuel: IcmsFuelRule | None = None
    icms_st: IcmsStRule | None = None
    import_duty: ImportDutyRule | None = None
    pis_st: ContributionStRule | None = None
    cofins_st: ContributionStRule | None = None
    ipi_return: IpiReturnRule | None = None
    approximate: ApproximateRule | None = None


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
class TaxResult(Pattern):
    """IPI, PIS or COFINS: a base, a rate, an amount; by unit, a quantity and a unit value instead of base and rate."""

    cst: str
    base: Decimal = ZERO
    rate: Decimal = ZERO
    amount: Decimal = ZERO
    cEnq: str = ""  # IPI only
    quantity: Decimal | None = None  # qUnid, qBCProd
    unit_value: Decimal | None = None  # vUnid, vAliqProd


@dataclass(frozen=True)
class ContributionStResult:
    """PISST or COFINSST."""

    base: Decimal = ZERO
    rate: Decimal = ZERO
    amount: Decimal = ZERO
    quantity: Decimal | None = None
    unit_value: Decimal | None = None
    adds: bool = True


@dataclass(frozen=True)
class ImportDutyResult:
    """Group II."""

    base: Decimal  # vBC: the customs value
    rate: Decimal
    amount: Decimal  # vII
    expenses: Decimal  # vDespAdu
    iof: Decimal  # vIOF


@dataclass(frozen=True)
class IpiReturnResult:
    """impostoDevol."""

    share_rate: Decimal  # pDevol
    amount: Decimal  # vIPIDevol


@dataclass(frozen=True)
class ApproximateResult:
    """imposto/vTotTrib, by who levies."""

    base: Decimal
    federal_amount: Decimal
    state_amount: Decimal
    city_amount: Decimal
    source: str = ""

    @property
    def amount(self) -> Decimal:
        """vTotTrib."""
        return self.federal_amount + self.state_amount + self.city_amount
