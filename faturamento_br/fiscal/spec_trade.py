"""Who trades, where the goods go, how they travel and how they are paid: the part of :mod:`.spec` without taxes.

The conventions are those of :mod:`.spec`, which gives all these names too: import them from there.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .spec_icms import ZERO


@dataclass(frozen=True)
class Address:
    """enderEmit / enderDest / the address of retirada and entrega."""

    street: str  # xLgr
    number: str  # nro ("S/N" when there is none)
    district: str  # xBairro
    city_code: str  # cMun, IBGE, 7 digits (9999999 abroad)
    city: str  # xMun ("EXTERIOR" abroad)
    uf: str  # UF (EX abroad)
    zip: str = ""  # CEP, 8 digits
    complement: str = ""  # xCpl
    country_code: str = "1058"  # cPais, BACEN
    country: str = "BRASIL"  # xPais
    phone: str = ""  # fone, digits only


@dataclass(frozen=True)
class Party:
    """The emitter, the recipient, or another party of a document."""

    name: str  # xNome
    tax_id: str  # CNPJ (14 characters) or CPF (11 digits), without punctuation; "" for a foreigner
    address: Address
    ie: str = ""  # IE, digits and letters only, or "ISENTO" for an emitter's registry without one
    ie_indicator: str = "9"  # indIEDest: 1 contributor, 2 exempt contributor, 9 not a contributor
    trade_name: str = ""  # xFant
    email: str = ""
    im: str = ""  # IM
    cnae: str = ""  # CNAE, only beside IM
    suframa: str = ""  # ISUF; of the emitter ISUFEmit
    crt: str = ""  # emitter only: 1 Simples, 2 Simples above the sublimit, 3 normal, 4 MEI
    iest: str = ""  # emitter only: IEST, its registration as tax substitute in the recipient's UF
    regular_ibs_cbs: bool = False  # emitter only, in Simples: opted for the regular regime of IBS and CBS
    foreign_id: str | None = None  # idEstrangeiro; "" is a foreigner without a document of his own

    @property
    def is_company(self) -> bool:
        return len(self.tax_id) == 14


@dataclass(frozen=True)
class Place:
    """retirada / entrega (TLocal): where goods are picked up or delivered when it is not the parties' own address."""

    address: Address
    tax_id: str = ""  # CNPJ or CPF of who is there; "" is written as an empty CNPJ
    name: str = ""  # xNome
    ie: str = ""
    email: str = ""


@dataclass(frozen=True)
class Vehicle:
    """veicTransp / reboque."""

    plate: str  # placa, 7 letters and digits
    uf: str = ""
    rntc: str = ""  # RNTC, the carrier's registration with ANTT


@dataclass(frozen=True)
class Volume:
    """transp/vol. Weights in kg, 3 decimals."""

    quantity: int | None = None  # qVol
    kind: str = ""  # esp
    brand: str = ""  # marca
    numbering: str = ""  # nVol
    net_weight: Decimal | None = None  # pesoL
    gross_weight: Decimal | None = None  # pesoB
    seals: tuple[str, ...] = ()  # lacres/nLacre


@dataclass(frozen=True)
class Transport:
    """transp. ``freight_mode``: 0 emitter (CIF), 1 recipient (FOB), 2 third, 3 own emitter, 4 own recipient, 9 none."""

    freight_mode: str = "9"  # modFrete
    carrier: Party | None = None  # transporta
    volumes: tuple[Volume, ...] = ()
    vehicle: Vehicle | None = None  # veicTransp; not between states (rejection 868)
    trailers: tuple[Vehicle, ...] = ()  # reboque, at most 5; not between states


@dataclass(frozen=True)
class Card:
    """pag/detPag/card: how an electronic payment was taken. Absent, it is written as taken apart (tpIntegra 2)."""

    integrated: bool = False  # tpIntegra: 1 by this system, 2 apart from it
    cnpj: str = ""  # CNPJ of the acquirer or payment institution
    brand: str = ""  # tBand, 2 digits
    authorization: str = ""  # cAut


@dataclass(frozen=True)
class Payment:
    """pag/detPag."""

    method: str  # tPag: 01 cash, 15 boleto, 17 dynamic Pix, 20 static Pix, 90 none, 99 other...
    amount: Decimal  # vPag
    term: str = "0"  # indPag: 0 at sight, 1 in instalments
    description: str = ""  # xPag, when method is 99
    paid_on: date | None = None  # dPag
    card: Card | None = None


@dataclass(frozen=True)
class Instalment:
    """cobr/dup."""

    number: str  # nDup, "001"
    due: date  # dVenc
    amount: Decimal  # vDup


@dataclass(frozen=True)
class Bill:
    """cobr: the commercial invoice (fat) and its instalments."""

    number: str  # nFat
    original: Decimal  # vOrig
    discount: Decimal  # vDesc
    net: Decimal  # vLiq
    instalments: tuple[Instalment, ...] = ()


@dataclass(frozen=True)
class Intermediary:
    """infIntermed: the marketplace or platform through which a sale was made (NT 2020.006)."""

    cnpj: str
    registration: str  # idCadIntTran: the seller's name or number on that platform


@dataclass(frozen=True)
class Export:
    """exporta: where goods sold abroad leave the country."""

    uf: str  # UFSaidaPais
    place: str  # xLocExporta
    dispatch: str = ""  # xLocDespacho


@dataclass(frozen=True)
class ExportDetail:
    """prod/detExport: the drawback act of goods sold abroad, or the goods that somebody else sold to be exported."""

    drawback: str = ""  # nDraw
    registration: str = ""  # exportInd/nRE, at most 12 digits
    key: str = ""  # exportInd/chNFe: the NF-e by which the goods came to be exported
    quantity: Decimal | None = None  # exportInd/qExport; None: there is no exportInd


@dataclass(frozen=True)
class Addition:
    """DI/adi: the addition of a declaration that an item belongs to."""

    sequence: int  # nSeqAdic, 1 to 99999
    maker: str  # cFabricante, the emitter's own code of the maker
    number: int | None = None  # nAdicao, 1 to 999
    discount: Decimal = ZERO  # vDescDI
    drawback: str = ""  # nDraw


@dataclass(frozen=True)
class ImportDeclaration:
    """prod/DI: a DI, DSI, DIRE or DUIMP."""

    number: str  # nDI
    registered_on: date  # dDI
    place: str  # xLocDesemb
    uf: str  # UFDesemb
    cleared_on: date  # dDesemb
    exporter: str  # cExportador, the emitter's own code of the exporter
    additions: tuple[Addition, ...]
    transport: str = "1"  # tpViaTransp: 1 sea, 4 air, 7 road...
    afrmm: Decimal | None = None  # vAFRMM, by sea
    intermediation: str = "1"  # tpIntermedio: 1 own account, 2 by account and order, 3 by order (encomenda)
    buyer_tax_id: str = ""  # CNPJ or CPF of who ordered, with 2 and 3
    buyer_uf: str = ""  # UFTerceiro


@dataclass(frozen=True)
class Importation:
    """What customs says of an imported item, in BRL, already shared among the items of the declaration."""

    customs_value: Decimal  # II/vBC: valor aduaneiro
    declarations: tuple[ImportDeclaration, ...]
    expenses: Decimal = ZERO  # II/vDespAdu: Siscomex fee, AFRMM... (LC 87/1996 art. 13 V e); not also in ``other``
    iof: Decimal = ZERO  # II/vIOF
    taxes_in_other: bool = True  # PIS, COFINS, ICMS and expenses are added to vOutro, so to vNF (UFs differ)


@dataclass(frozen=True)
class Purchase:
    """compra: the buyer's own papers, above all of a public buyer."""

    commitment: str = ""  # xNEmp, nota de empenho
    order: str = ""  # xPed
    contract: str = ""  # xCont


@dataclass(frozen=True)
class Observation:
    """infAdic/obsCont: a named field of the emitter's own."""

    name: str  # @xCampo
    text: str  # xTexto


@dataclass(frozen=True)
class Technician:
    """infRespTec: who answers for the software."""

    cnpj: str
    contact: str  # xContato
    email: str
    phone: str  # fone
    csrt_id: str = ""  # idCSRT, 2 digits
    csrt: str = ""  # CSRT, a secret of the UF and the technician: only its hash with the key is written (hashCSRT)
