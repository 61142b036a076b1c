"""The values the fiscal core speaks: frozen, complete, independent of Odoo and of XML.

Conventions, for every class here:

* Money and rates are :class:`decimal.Decimal`; money is BRL. A rate is a percentage (``Decimal("18")`` is 18 %).
* Codes (CNPJ, NCM, CFOP, CST, CEP, IBGE...) are text, without punctuation; a CNPJ may hold letters (since July 2026).
* Quantities have at most 4 decimals and unit prices at most 10 (layout fields qCom, vUnCom).
* An absent optional value is ``""`` or ``None``, never a placeholder.
* Field comments name the NF-e 4.00 layout tag (package PL_010f v1.04) that the value fills.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from .spec_trade import (  # noqa: F401 (given on: everything is imported from here)
    Address,
    Bill,
    Card,
    Export,
    Instalment,
    Intermediary,
    Observation,
    Party,
    Payment,
    Place,
    Purchase,
    Technician,
    Transport,
    Vehicle,
    Volume,
)

ZERO = Decimal("0")


class Environment(StrEnum):
    """Where a document is sent. The simulator and homologação both write tpAmb 2; only production writes 1."""

    SIMULATOR = "simulator"
    HOMOLOGATION = "homologation"
    PRODUCTION = "production"

    @property
    def tpAmb(self) -> str:
        return "1" if self is Environment.PRODUCTION else "2"


# --- Tax rules: what the law says of an item, before any arithmetic ---------------------------------------------


@dataclass(frozen=True)
class IcmsRule:
    """ICMS situation of an item: exactly one of ``cst`` (CRT 2, 3) or ``csosn`` (CRT 1, 4)."""

    cst: str = ""  # 00 20 40 41 50 60 (this stage)
    csosn: str = ""  # 101 102 103 300 400 500 (this stage)
    rate: Decimal | None = None  # pICMS; None: from the tables of UFs (taxes/icms.py)
    base_reduction: Decimal = ZERO  # pRedBC, CST 20
    fcp_rate: Decimal | None = None  # pFCP; None: general FCP of the UF, inside the state only
    simples_credit_rate: Decimal = ZERO  # pCredSN, CSOSN 101
    benefit_code: str = ""  # cBenef
    # CST 60 / CSOSN 500: amounts of the tax retained before; informative, in neither journal nor total.
    retained_base: Decimal | None = None  # vBCSTRet
    retained_rate: Decimal | None = None  # pST (rate borne by the final consumer)
    retained_substitute: Decimal | None = None  # vICMSSubstituto
    retained_amount: Decimal | None = None  # vICMSSTRet


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
class IbsCbsRule:
    """IBS/CBS of the reform (LC 214/2025). Rates None: those of the year, from the table."""

    cst: str  # 3 digits
    cClassTrib: str  # 6 digits
    ibs_uf_rate: Decimal | None = None
    ibs_city_rate: Decimal | None = None
    cbs_rate: Decimal | None = None


@dataclass(frozen=True)
class TaxRules:
    """All that decides the taxes of one item."""

    icms: IcmsRule
    pis: ContributionRule
    cofins: ContributionRule
    ipi: IpiRule | None = None
    ibs_cbs: IbsCbsRule | None = None


@dataclass(frozen=True)
class Item:
    """One line of goods (det/prod).

    ``discount``, ``freight``, ``insurance`` and ``other`` are already shared among the items, 2 decimals each.
    """

    code: str  # cProd
    description: str  # xProd
    ncm: str  # NCM, 8 digits
    cfop: str  # CFOP
    unit: str  # uCom
    quantity: Decimal  # qCom
    unit_price: Decimal  # vUnCom
    rules: TaxRules
    origin: str = "0"  # ICMS/orig, 0-8
    gtin: str = ""  # cEAN ("" is written SEM GTIN)
    taxable_gtin: str = ""  # cEANTrib ("" is the same as gtin)
    nve: tuple[str, ...] = ()  # NVE, at most 8
    cest: str = ""
    relevant_scale: bool | None = None  # indEscala S or N, only beside the CEST (Convênio ICMS 142/2018, clause 23)
    maker_cnpj: str = ""  # CNPJFab, when relevant_scale is False
    tipi_exception: str = ""  # EXTIPI, 2 or 3 digits
    taxable_unit: str = ""  # uTrib ("" is the same as unit)
    taxable_quantity: Decimal | None = None  # qTrib
    discount: Decimal = ZERO  # vDesc
    freight: Decimal = ZERO  # vFrete
    insurance: Decimal = ZERO  # vSeg
    other: Decimal = ZERO  # vOutro
    order_ref: str = ""  # xPed
    order_line: str = ""  # nItemPed
    info: str = ""  # infAdProd
    ref: str = ""  # the caller's own name for this line; comes back in results, never in the XML


@dataclass(frozen=True)
class TaxContext:
    """What the engine must know about an operation beside its items."""

    emitter_uf: str
    emitter_crt: str
    recipient_uf: str  # EX abroad
    contributor: bool  # the recipient is an ICMS contributor (indIEDest 1)
    final_consumer: bool  # indFinal
    issue_date: date  # rates have validity dates


@dataclass(frozen=True)
class Invoice:
    """One fiscal document to be: everything its XML says, before taxes are computed."""

    environment: Environment
    series: int
    number: int  # nNF
    numeric_code: str  # cNF, 8 digits; drawn once by access_key.draw_numeric_code
    issued_at: datetime  # dhEmi, aware, in the company's time zone
    nature: str  # natOp
    emitter: Party
    recipient: Party
    items: tuple[Item, ...]
    payments: tuple[Payment, ...]
    model: str = "55"  # mod
    kind: str = "1"  # tpNF: 0 entry, 1 exit
    purpose: str = "1"  # finNFe: 1 normal, 2 complementary, 3 adjustment, 4 return
    final_consumer: bool = False  # indFinal
    presence: str = "9"  # indPres
    intermediary: Intermediary | None = None  # infIntermed; indIntermed follows it (presence 1, 2, 3, 4 or 9)
    emission_type: str = "1"  # tpEmis
    city_code: str = ""  # cMunFG; "" is the emitter's
    moved_at: datetime | None = None  # dhSaiEnt
    contingency_at: datetime | None = None  # dhCont
    contingency_reason: str = ""  # xJust
    bill: Bill | None = None
    transport: Transport = field(default_factory=Transport)
    authorized_readers: tuple[str, ...] = ()  # autXML: CNPJs or CPFs
    references: tuple[str, ...] = ()  # NFref: access keys of NF-e, NFC-e (refNFe) or CT-e (refCTe)
    pickup: Place | None = None  # retirada, when it is not the emitter's address
    delivery: Place | None = None  # entrega, when it is not the recipient's address
    change: Decimal = ZERO  # vTroco: what the payments give beyond vNF
    export: Export | None = None  # exporta, when the recipient is abroad
    purchase: Purchase | None = None  # compra
    observations: tuple[Observation, ...] = ()  # obsCont, at most 10
    info: str = ""  # infCpl
    tax_office_info: str = ""  # infAdFisco
    technician: Technician | None = None
    software: str = "faturamento_br"  # verProc

    @property
    def destination(self) -> str:
        """idDest: 1 inside the state, 2 between states, 3 abroad."""
        if self.recipient.address.uf == "EX":
            return "3"
        return "1" if self.recipient.address.uf == self.emitter.address.uf else "2"

    @property
    def tax_context(self) -> TaxContext:
        return TaxContext(
            emitter_uf=self.emitter.address.uf,
            emitter_crt=self.emitter.crt,
            recipient_uf=self.recipient.address.uf,
            contributor=self.recipient.ie_indicator == "1",
            final_consumer=self.final_consumer,
            issue_date=self.issued_at.date(),
        )


# --- Results of the tax engine ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class IcmsResult:
    rule: IcmsRule
    base: Decimal = ZERO  # vBC
    rate: Decimal = ZERO  # pICMS
    amount: Decimal = ZERO  # vICMS
    fcp_rate: Decimal = ZERO  # pFCP
    fcp_amount: Decimal = ZERO  # vFCP
    simples_credit: Decimal = ZERO  # vCredICMSSN (informative)


@dataclass(frozen=True)
class TaxResult:
    """IPI, PIS or COFINS: a base, a rate, an amount."""

    cst: str
    base: Decimal = ZERO
    rate: Decimal = ZERO
    amount: Decimal = ZERO
    cEnq: str = ""  # IPI only


@dataclass(frozen=True)
class IbsCbsResult:
    """Informative in 2026: in neither journal nor total."""

    cst: str
    cClassTrib: str
    base: Decimal  # vBC
    ibs_uf_rate: Decimal
    ibs_uf_amount: Decimal
    ibs_city_rate: Decimal
    ibs_city_amount: Decimal
    cbs_rate: Decimal
    cbs_amount: Decimal
    reduction_ibs: Decimal = ZERO  # gRed/pRedAliq
    reduction_cbs: Decimal = ZERO
    ibs_uf_effective: Decimal = ZERO  # gRed/pAliqEfet
    ibs_city_effective: Decimal = ZERO
    cbs_effective: Decimal = ZERO

    @property
    def ibs_amount(self) -> Decimal:
        return self.ibs_uf_amount + self.ibs_city_amount


@dataclass(frozen=True)
class TaxedItem:
    """An item and all its amounts, each rounded once, half up, 2 decimals."""

    item: Item
    gross: Decimal  # vProd
    icms: IcmsResult
    pis: TaxResult
    cofins: TaxResult
    ipi: TaxResult | None = None
    ibs_cbs: IbsCbsResult | None = None

    @property
    def ipi_amount(self) -> Decimal:
        return self.ipi.amount if self.ipi else ZERO

    @property
    def net(self) -> Decimal:
        """What the line is worth on the invoice before taxes on top: vProd − vDesc + vFrete + vSeg + vOutro."""
        i = self.item
        return self.gross - i.discount + i.freight + i.insurance + i.other

    @property
    def total(self) -> Decimal:
        """This item's part of vNF (and vItem in 2026, when IBS, CBS and IS are not added)."""
        return self.net + self.ipi_amount


@dataclass(frozen=True)
class Totals:
    """total/ICMSTot and total/IBSCBSTot; sums of the items' rounded amounts."""

    base_icms: Decimal = ZERO  # vBC
    icms: Decimal = ZERO  # vICMS
    fcp: Decimal = ZERO  # vFCP
    gross: Decimal = ZERO  # vProd
    freight: Decimal = ZERO
    insurance: Decimal = ZERO
    discount: Decimal = ZERO
    other: Decimal = ZERO
    ipi: Decimal = ZERO
    pis: Decimal = ZERO
    cofins: Decimal = ZERO
    invoice: Decimal = ZERO  # vNF
    base_ibs_cbs: Decimal = ZERO
    ibs_uf: Decimal = ZERO
    ibs_city: Decimal = ZERO
    cbs: Decimal = ZERO
    has_ibs_cbs: bool = False


@dataclass(frozen=True)
class TaxedInvoice:
    """What a document builder takes: the invoice, its items with their taxes, and the totals."""

    invoice: Invoice
    items: tuple[TaxedItem, ...]
    totals: Totals
