"""The values the fiscal core speaks: frozen, complete, independent of Odoo and of XML.

Conventions, for every class here:

* Money and rates are :class:`decimal.Decimal`; money is BRL. A rate is a percentage (``Decimal("18")`` is 18 %).
* Codes (CNPJ, NCM, CFOP, CST, CEP, IBGE...) are text, without punctuation; a CNPJ may hold letters (since July 2026).
* Quantities have at most 4 decimals and unit prices at most 10 (layout fields qCom, vUnCom).
* An absent optional value is ``""`` or ``None``, never a placeholder.
* Field comments name the NF-e 4.00 layout tag (package PL_010f v1.04) that the value fills.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from .spec_fuel import (  # noqa: F401 (given on: everything is imported from here)
    Fuel,
    FuelOrigin,
    IcmsFuelResult,
    IcmsFuelRule,
)
from .spec_hand import HandTax
from .spec_icms import (  # noqa: F401 (given on: everything is imported from here)
    ZERO,
    IcmsResult,
    IcmsRule,
    IcmsStResult,
    IcmsStRule,
)
from .spec_reform import (  # noqa: F401 (given on: everything is imported from here)
    CreditRule,
    FreeZoneCreditRule,
    FreeZoneSaleRule,
    GovernmentPurchase,
    IbsCbsResult,
    IbsCbsRule,
    PresumedCreditRule,
    SelectiveResult,
    SelectiveRule,
    Shares,
    SinglePhaseResult,
    SinglePhaseRule,
)
from .spec_taxes import (  # noqa: F401 (given on: everything is imported from here)
    ONE,
    TAX_NAMES,
    ApproximateResult,
    ApproximateRule,
    ContributionRule,
    ContributionStResult,
    ContributionStRule,
    DifalResult,
    DifalRule,
    ImportDutyResult,
    ImportDutyRule,
    IpiReturnResult,
    IpiReturnRule,
    IpiRule,
    TaxResult,
    TaxRules,
    is_percentage,
    is_quantity,
    is_unit_price,
)
from .spec_trade import (  # noqa: F401 (given on: everything is imported from here)
    Addition,
    Address,
    Bill,
    Card,
    Export,
    ExportDetail,
    Importation,
    ImportDeclaration,
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
from .spec_value import Pattern, hashed_once
from .spec_withholding import Withheld, Withholding

NOTHING = Decimal("0.00")


class Environment(StrEnum):
    """Where a document is sent. The simulator and homologação both write tpAmb 2; only production writes 1."""

    SIMULATOR = "simulator"
    HOMOLOGATION = "homologation"
    PRODUCTION = "production"

    @property
    def tpAmb(self) -> str:
        return "1" if self is Environment.PRODUCTION else "2"


@dataclass(frozen=True)
class Returned:
    """What an item of a return takes back (``taxes/returned.py``).

    :param whole: all of the item as its document has it, with the rules and the CFOP of the return.
    :param before: how much of it came back before, in the item's unit; with which charges, in BRL.
    """

    whole: "Item"
    before: Decimal = ZERO
    freight: Decimal = ZERO
    insurance: Decimal = ZERO
    other: Decimal = ZERO


@dataclass(frozen=True)
class Item(Pattern):
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
    used: bool = False  # indBemMovelUsado: bought from a person or MEI for resale (LC 214/2025 art. 171)
    fuel: Fuel | None = None  # comb
    exports: tuple[ExportDetail, ...] = ()  # detExport, at most 500
    order_ref: str = ""  # xPed
    order_line: str = ""  # nItemPed
    importation: Importation | None = None  # DI, and what customs says of the item (entries from abroad)
    producer_cnpj: str = ""  # IPI/CNPJProd, when who made it is not who exports it
    seal_code: str = ""  # IPI/cSelo
    seal_quantity: int | None = None  # IPI/qSelo
    info: str = ""  # infAdProd
    returned: Returned | None = None  # its taxes are a part of those of another document's item
    hand: tuple[HandTax, ...] = ()  # taxes typed by hand; their situations and rates are in ``rules`` already
    ref: str = ""  # the caller's own name for this line; comes back in results, never in the XML


@hashed_once
@dataclass(frozen=True)
class TaxContext:
    """What the engine must know about an operation beside its items."""

    emitter_uf: str
    emitter_crt: str
    recipient_uf: str  # EX abroad
    contributor: bool  # the recipient is an ICMS contributor (indIEDest 1)
    final_consumer: bool  # indFinal
    issue_date: date  # rates have validity dates
    exempt_contributor: bool = False  # indIEDest 2: a contributor without IE, who pays the rate difference himself
    regular_ibs_cbs: bool = False  # a company of Simples that opted for the regular regime (LC 214/2025 art. 41 §3)
    government: GovernmentPurchase | None = None  # gCompraGov
    entry: bool = False  # tpNF 0: the emitter takes the goods in; the recipient is who sends them
    purpose: str = "1"  # finNFe; a return (4) takes back the taxes of another document


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
    tax_date: date | None = None  # the day whose rates apply: of a return that of the sale; None: the day of issue
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
    withholdings: tuple[Withholding, ...] = ()  # retTrib: what the payer withholds
    government: GovernmentPurchase | None = None  # gCompraGov
    advances: tuple[str, ...] = ()  # gPagAntecipado: access keys of the debit notes of payments made before
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
            issue_date=self.tax_date or self.issued_at.date(),
            exempt_contributor=self.recipient.ie_indicator == "2",
            regular_ibs_cbs=self.emitter.regular_ibs_cbs,
            government=self.government,
            entry=self.kind == "0",
            purpose=self.purpose,
        )


# --- What the tax engine gives back -----------------------------------------------------------------------------


@dataclass(frozen=True)
class TaxedItem(Pattern):
    """An item and all its amounts, each rounded once, half up, 2 decimals.

    :ivar amounts: by layout tag (``vProd``, ``vICMS``, ``vNF``...; ``gIBSUF/vDif`` where a tag alone is not enough):
        what flowed from tax to tax, and what the totals are sums of.
    """

    item: Item
    amounts: Mapping[str, Decimal]
    icms: IcmsResult
    pis: TaxResult
    cofins: TaxResult
    ipi: TaxResult | None = None
    selective: SelectiveResult | None = None
    ibs_cbs: IbsCbsResult | None = None
    difal: DifalResult | None = None
    icms_fuel: IcmsFuelResult | None = None
    icms_st: IcmsStResult | None = None
    import_duty: ImportDutyResult | None = None
    pis_st: ContributionStResult | None = None
    cofins_st: ContributionStResult | None = None
    ipi_return: IpiReturnResult | None = None
    approximate: ApproximateResult | None = None

    @property
    def gross(self) -> Decimal:
        """vProd."""
        return self.amounts["vProd"]

    @property
    def net(self) -> Decimal:
        """What the line is worth on the invoice before taxes on top: vProd − vDesc + vFrete + vSeg + vOutro."""
        i = self.item
        return self.gross - i.discount + i.freight + i.insurance + i.other

    @property
    def total(self) -> Decimal:
        """This item's part of vNF."""
        return self.amounts["vNF"]

    @property
    def payable(self) -> Decimal:
        """This item's part of what the buyer pays: from 2027 on with IBS, CBS and IS (vNFTot)."""
        return self.amounts["vNFTot"]


@dataclass(frozen=True)
class Totals:
    """Groups total/ICMSTot, total/IBSCBSTot...: the sums of the items' rounded amounts, by layout tag.

    ``totals["vICMS"]``; a tag that no item has is zero.
    """

    amounts: Mapping[str, Decimal]

    def __getitem__(self, tag: str) -> Decimal:
        return self.amounts.get(tag, NOTHING)

    def __contains__(self, tag: str) -> bool:
        return tag in self.amounts

    @property
    def invoice(self) -> Decimal:
        """vNF."""
        return self["vNF"]

    @property
    def payable(self) -> Decimal:
        """What the buyer pays: vNFTot, with IBS, CBS and IS on top from 2027 on; vNF where nothing of them is told."""
        return self["vNFTot"] if "vNFTot" in self.amounts else self["vNF"]


@dataclass(frozen=True)
class TaxedInvoice:
    """What a document builder takes: the invoice, its items with their taxes, and the totals.

    :ivar withheld: what the payer withholds, off the receivable and not off vNF.
    :ivar texts: what the law wants told on the document, in Portuguese (infCpl).
    """

    invoice: Invoice
    items: tuple[TaxedItem, ...]
    totals: Totals
    texts: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()

    @property
    def receivable(self) -> Decimal:
        """What is left to be paid to the emitter: what the buyer pays less what is withheld."""
        return self.totals.payable - sum((each.amount for each in self.withheld), NOTHING)
