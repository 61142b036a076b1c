"""IBS, CBS and IS (LC 214/2025, NT 2025.002-RTC v1.52): their rules and results; given on by :mod:`.spec`.

Names say what a Decimal is, as in :mod:`.spec_taxes`; a single-phase ``rate`` that is *ad rem* is BRL per unit with the
same 4 decimals as a percentage (layout type TDec_0302_04), and a ``quantity`` has 4 decimals.
"""

from dataclasses import dataclass
from decimal import Decimal

from .spec_value import Pattern

NONE = Decimal("0")
ALL = Decimal("100")


@dataclass(frozen=True)
class PresumedCreditRule:
    """gCredPresOper: the emitter's presumed credit. The law's percentages differ by case, so they are always given."""

    code: str  # cCredPres, 2 digits
    ibs_rate: Decimal | None = None  # gIBSCredPres/pCredPres
    cbs_rate: Decimal | None = None  # gCBSCredPres/pCredPres
    base: Decimal | None = None  # vBCCredPres; None: the base of IBS and CBS
    suspended: bool = False  # vCredPresCondSus instead of vCredPres: code 04 from 2033 (IBS) and 2027 (CBS) on


@dataclass(frozen=True)
class CreditRule:
    """Amounts of IBS and CBS that a note states: gTransfCred, gAjusteCompet (with its period), gEstornoCred."""

    ibs: Decimal  # vIBS, vIBSEstCred
    cbs: Decimal  # vCBS, vCBSEstCred
    period: str = ""  # competApur, AAAA-MM: gAjusteCompet


@dataclass(frozen=True)
class FreeZoneCreditRule:
    """gCredPresIBSZFM: presumed credit of IBS on the balance due in the ZFM (LC 214/2025 art. 450 §1), from 2029 on."""

    period: str  # competApur, AAAA-MM
    kind: str  # tpCredPresIBSZFM, 0 to 4
    amount: Decimal  # vCredPresIBSZFM


@dataclass(frozen=True)
class FreeZoneSaleRule:
    """gALCZFMCBS: CBS at zero between two companies of one free zone (LC 214/2025 arts. 451 and 466)."""

    kind: str  # tpALCZFMCBS: 1 any, 2 industry with a project approved by Suframa
    process: str = ""  # nProcSuframa, 8 to 12 characters; kind 2


@dataclass(frozen=True)
class SinglePhaseRule:
    """gIBSCBSMono: IBS and CBS of fuels, once in the chain (LC 214/2025 arts. 172 to 180).

    Until 2026 both, and until 2028 the IBS, are *ad valorem* (a base and percentages); then *ad rem* (a quantity and
    BRL per unit). No act has published rates or reference values: all are given, and asked by name.
    """

    base: Decimal | None = None  # vBCMono
    quantity: Decimal | None = None  # qBCMono; None: the item's taxable quantity
    ibs_uf_rate: Decimal | None = None  # pAliqMonoUF
    ibs_city_rate: Decimal | None = None  # pAliqMonoMun
    ibs_rate: Decimal | None = None  # adRemIBS
    cbs_rate: Decimal | None = None  # pAliqMonoCBS, adRemCBS
    withheld_base: Decimal | None = None  # vBCMonoReten
    withheld_quantity: Decimal | None = None  # qBCMonoReten
    ibs_withheld_rate: Decimal | None = None  # pAliqMonoReten, adRemIBSReten
    cbs_withheld_rate: Decimal | None = None  # pAliqMonoReten, adRemCBSReten
    ibs_retained: Decimal | None = None  # vIBSMonoRet: charged before
    cbs_retained: Decimal | None = None  # vCBSMonoRet
    blend_quantity: Decimal | None = None  # qBCBioComb: anhydrous ethanol above or below the obligatory blend
    ibs_blend: Decimal | None = None  # vIBSDiferenca
    cbs_blend: Decimal | None = None  # vCBSDiferenca


@dataclass(frozen=True)
class IbsCbsRule:
    """IBS and CBS of an item. Rates None: those of the year, from the table; what the cClassTrib asks for is asked."""

    cst: str  # 3 digits
    cClassTrib: str  # 6 digits
    ibs_uf_rate: Decimal | None = None  # pIBSUF: of the destination, from 2029 on
    ibs_city_rate: Decimal | None = None  # pIBSMun: of the destination, from 2029 on
    cbs_rate: Decimal | None = None  # pCBS
    deferral_rate: Decimal = ALL  # gDif/pDif, where the CST defers
    cbs_return_rate: Decimal = NONE  # gCBS/gDevTrib/pDevTrib; that of IBS is refused on an NF-e (UB24-10, UB43-10)
    regular_class: str = ""  # gTribRegular/cClassTribReg, and with its first three digits CSTReg
    donation: bool = False  # indDoacao
    free_zone: FreeZoneSaleRule | None = None
    presumed: PresumedCreditRule | None = None
    single_phase: SinglePhaseRule | None = None
    credit: CreditRule | None = None  # gTransfCred or gAjusteCompet, as the CST says
    reversal: CreditRule | None = None  # gEstornoCred
    free_zone_credit: FreeZoneCreditRule | None = None


@dataclass(frozen=True)
class SelectiveRule:
    """IS of an item, from 2027 on (LC 214/2025 arts. 409 to 438). Its rates are set by ordinary law: they are given."""

    cst: str  # CSTIS, 3 digits
    cClassTribIS: str  # 6 digits
    rate: Decimal | None = None  # pIS
    specific_rate: Decimal | None = None  # adRemIS, BRL per unit of qTrib: the item's taxable quantity


@dataclass(frozen=True)
class GovernmentPurchase:
    """gCompraGov: a sale to the public administration, its autarquias and foundations (LC 214/2025 arts. 472, 473)."""

    entity: str  # tpEnteGov: 1 Union, 2 state, 3 Federal District, 4 city, 5 consortium, 6 CGIBS
    operation: str  # tpOperGov: 1 supply, paid later; 2 payment of a supply; 3 supply, paid before; 4 payment before
    rate_reduction: Decimal = NONE  # pRedutor
    references: tuple[str, ...] = ()  # refDFeAnt: access keys; operations 2 (one) and 3


# --- Results ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shares:
    """The three shares of what would be due otherwise: gTribRegular, gTribCompraGov."""

    ibs_uf_effective: Decimal
    ibs_uf_amount: Decimal
    ibs_city_effective: Decimal
    ibs_city_amount: Decimal
    cbs_effective: Decimal
    cbs_amount: Decimal


@dataclass(frozen=True)
class SinglePhaseResult:
    ibs_ad_rem: bool
    cbs_ad_rem: bool
    standard: bool = False  # gMonoPadrao
    withheld: bool = False  # gMonoReten
    retained: bool = False  # gMonoRet
    blend: bool = False  # gpBioDiferenca
    ibs_uf_amount: Decimal = NONE  # vIBSMonoUF, ad valorem only
    ibs_city_amount: Decimal = NONE  # vIBSMonoMun
    ibs_amount: Decimal = NONE  # vIBSMono
    cbs_amount: Decimal = NONE  # vCBSMono
    quantity: Decimal = NONE  # qBCMono
    ibs_withheld: Decimal = NONE  # vIBSMonoReten
    cbs_withheld: Decimal = NONE  # vCBSMonoReten


@dataclass(frozen=True)
class IbsCbsResult(Pattern):
    """Informative in 2026: in neither journal nor total. Without ``taxed`` there is no gIBSCBS."""

    cst: str
    cClassTrib: str
    rule: IbsCbsRule
    taxed: bool = False  # gIBSCBS is written
    reduced: bool = False  # gRed is written
    deferred: bool = False  # gDif is written
    base: Decimal = NONE  # vBC
    ibs_uf_rate: Decimal = NONE
    ibs_uf_amount: Decimal = NONE  # vIBSUF
    ibs_city_rate: Decimal = NONE
    ibs_city_amount: Decimal = NONE  # vIBSMun
    cbs_rate: Decimal = NONE
    cbs_amount: Decimal = NONE  # vCBS
    ibs_reduction: Decimal = NONE  # gRed/pRedAliq
    cbs_reduction: Decimal = NONE
    ibs_uf_effective: Decimal = NONE  # gRed/pAliqEfet
    ibs_city_effective: Decimal = NONE
    cbs_effective: Decimal = NONE
    ibs_uf_deferred: Decimal = NONE  # gDif/vDif
    ibs_city_deferred: Decimal = NONE
    cbs_deferred: Decimal = NONE
    cbs_returned: Decimal = NONE  # gCBS/gDevTrib/vDevTrib
    presumed_base: Decimal = NONE  # vBCCredPres
    ibs_presumed: Decimal | None = None  # gIBSCredPres/vCredPres or vCredPresCondSus
    cbs_presumed: Decimal | None = None
    ibs_suspended: bool = False  # ibs_presumed is vCredPresCondSus
    cbs_suspended: bool = False
    ibs_deduction: Decimal = NONE  # what of ibs_presumed vIBS has lost (indDeduzCredPres)
    regular: Shares | None = None  # gTribRegular
    government: Shares | None = None  # gTribCompraGov
    free_zone: Shares | None = None  # gALCZFMCBS: only its CBS is written
    single_phase: SinglePhaseResult | None = None

    @property
    def ibs_amount(self) -> Decimal:
        """vIBS (rule UB54a-10)."""
        return self.ibs_uf_amount + self.ibs_city_amount - self.ibs_deduction


@dataclass(frozen=True)
class SelectiveResult:
    rule: SelectiveRule
    base: Decimal = NONE  # vBCIS
    rate: Decimal = NONE  # pIS
    specific_rate: Decimal | None = None  # adRemIS
    quantity: Decimal | None = None  # qTrib, beside adRemIS
    amount: Decimal = NONE  # vIS
