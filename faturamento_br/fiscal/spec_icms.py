"""What is said of an item's ICMS before and after arithmetic, own operation and substitution; given on by :mod:`.spec`.

Names follow :mod:`.spec_taxes`. Field comments name the NF-e 4.00 layout tag (package PL_010f v1.04).
"""

from dataclasses import dataclass
from decimal import Decimal

from .spec_value import Pattern

ZERO = Decimal("0")


@dataclass(frozen=True)
class IcmsRule:
    """ICMS situation of an item: exactly one of ``cst`` (CRT 2, 3) or ``csosn`` (CRT 1, 4).

    ``tables/icms_groups.csv`` says which of these values each situation uses; any other one is refused.
    """

    cst: str = ""
    csosn: str = ""
    rate: Decimal | None = None  # pICMS; None: from the tables of UFs (taxes/icms_rates.py)
    modal: bool = True  # rate None inside the UF: the modal one; False: refused. Of a book's rules: rules/internal.py
    base_reduction: Decimal = ZERO  # pRedBC; with CSOSN 201 to 203 only of what the substitution deducts
    fcp_rate: Decimal | None = None  # pFCP; None: general FCP of the UF, inside the state only
    simples_credit_rate: Decimal = ZERO  # pCredSN
    benefit_code: str = ""  # cBenef
    # CST 60 / CSOSN 500: amounts of the tax retained before; informative, in neither journal nor total.
    retained_base: Decimal | None = None  # vBCSTRet
    retained_rate: Decimal | None = None  # pST (rate borne by the final consumer)
    retained_substitute: Decimal | None = None  # vICMSSubstituto
    retained_amount: Decimal | None = None  # vICMSSTRet
    retained_fcp_base: Decimal | None = None  # vBCFCPSTRet
    retained_fcp_rate: Decimal | None = None  # pFCPSTRet
    retained_fcp_amount: Decimal | None = None  # vFCPSTRet
    effective_rate: Decimal | None = None  # pICMSEfet; None: the group of the effective ICMS is not written
    effective_reduction: Decimal = ZERO  # pRedBCEfet
    # CST 41 or 60 in the group ICMSST: what the substitute passes on to the UF of destination.
    destination_st_base: Decimal | None = None  # vBCSTDest
    destination_st_amount: Decimal | None = None  # vICMSSTDest
    base_mode: str = "3"  # modBC: 0 margin, 1 price list (pauta), 2 maximum price, 3 value of the operation
    base_margin_rate: Decimal | None = None  # the margin of base_mode 0
    base_unit_price: Decimal | None = None  # the price of base_mode 1 and 2, per taxable unit
    deferral_rate: Decimal | None = None  # pDif, CST 51 (100: all of it) and 90
    fcp_deferral_rate: Decimal | None = None  # pFCPDif
    reduction_benefit_code: str = ""  # cBenefRBC, CST 51 and 90
    relief_reason: str = ""  # motDesICMS; "": no vICMSDeson
    relief_method: str = ""  # how vICMSDeson is found: "base" or "inside" (taxes/icms_relief.py)
    relief_deducts: bool = False  # indDeduzDeson
    share_rate: Decimal | None = None  # pBCOp: the group ICMSPart, CST 10, 20 and 90
    share_uf: str = ""  # UFST


@dataclass(frozen=True)
class IcmsStRule:
    """ICMS that the emitter withholds for the operations to come, or for the buyer's own use (taxes/icms_st.py)."""

    mode: str = "4"  # modBCST: 0 maximum or suggested price, 1 2 3 lists, 4 margin, 5 price list, 6 operation's value
    margin_rate: Decimal | None = None  # mode 4: MVA, original or already adjusted
    adjusts_margin: bool = False  # margin_rate is the original one, to be adjusted between states
    margin_internal_rate: Decimal | None = None  # "ALQ intra" of the adjustment; None: rate and FCP of destination
    unit_price: Decimal | None = None  # modes 0, 1, 2, 3 and 5: price to the consumer, per taxable unit
    base_reduction: Decimal = ZERO  # pRedBCST
    rate: Decimal | None = None  # pICMSST; None: modal rate of the destination
    fcp_rate: Decimal | None = None  # pFCPST; None: general FCP of the destination
    deduction_rate: Decimal | None = None  # rate of the own tax that is deducted; None: as the document says
    deducts_relief: bool = False  # vICMSDeson of the own operation is deducted too
    keeps_discount: bool = False  # the unconditional discount stays in the base
    difference: str = ""  # goods for the buyer's own use: "single", "double" or "inside" base of the rate difference
    relief_reason: str = ""  # motDesICMSST; what the reduction of the base forgoes is vICMSSTDeson


@dataclass(frozen=True)
class IcmsResult(Pattern):
    rule: IcmsRule
    base: Decimal = ZERO  # vBC
    rate: Decimal = ZERO  # pICMS; zero: nothing of the own operation is written
    amount: Decimal = ZERO  # vICMS
    fcp_rate: Decimal = ZERO  # pFCP
    fcp_amount: Decimal = ZERO  # vFCP
    simples_credit: Decimal = ZERO  # vCredICMSSN (informative)
    operation_amount: Decimal = ZERO  # vICMSOp
    deferred_amount: Decimal = ZERO  # vICMSDif
    fcp_deferred_amount: Decimal = ZERO  # vFCPDif
    fcp_due_amount: Decimal = ZERO  # vFCPEfet
    relief_amount: Decimal = ZERO  # vICMSDeson
    effective_base: Decimal = ZERO  # vBCEfet (informative)
    effective_amount: Decimal = ZERO  # vICMSEfet (informative)


@dataclass(frozen=True)
class IcmsStResult:
    rule: IcmsStRule
    base: Decimal  # vBCST
    rate: Decimal  # pICMSST
    amount: Decimal  # vICMSST
    margin_rate: Decimal = ZERO  # pMVAST, as it was used
    fcp_base: Decimal = ZERO  # vBCFCPST
    fcp_rate: Decimal = ZERO  # pFCPST
    fcp_amount: Decimal = ZERO  # vFCPST
    relief_amount: Decimal = ZERO  # vICMSSTDeson
