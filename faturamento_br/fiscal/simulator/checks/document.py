"""An NF-e as the checks read it: text and amounts by path, and the answer of a check."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property

from .. import reference

NFE = "http://www.portalfiscal.inf.br/nfe"
CENT = Decimal("0.01")
ZERO = Decimal(0)


@cache
def _steps(path):
    return "/".join(f"{{{NFE}}}{step}" for step in path.split("/"))


def cents(value):
    """Two decimals, half up (MOC Anexo I, note *4)."""
    return value.quantize(CENT, ROUND_HALF_UP)


def far(informed, expected, tolerance=CENT):
    """Whether two amounts lie further apart than the rule tolerates."""
    return abs(informed - expected) > tolerance


@dataclass(frozen=True)
class Rejection:
    """Why a document is refused: the code, and the item or occurrence it speaks of."""

    cStat: str
    item: int = 0
    key: str = ""

    @property
    def xMotivo(self):
        return reference.motive(self.cStat, item=self.item, key=self.key)


class Node:
    """A piece of the document; an absent field reads as "" or zero, as the manual asks."""

    def __init__(self, element):
        self.element = element

    def text(self, path):
        return self.element.findtext(_steps(path)) or ""

    def number(self, path):
        return Decimal(self.text(path) or 0)

    def has(self, path):
        return self.element.find(_steps(path)) is not None

    def node(self, path):
        """The first element at ``path``, or ``None``."""
        found = self.element.find(_steps(path))
        return None if found is None else Node(found)

    def nodes(self, path) -> Iterator["Node"]:
        return (Node(found) for found in self.element.iterfind(_steps(path)))

    def attribute(self, name):
        return self.element.get(name) or ""

    def party_id(self, path=""):
        """CNPJ or CPF of the party at ``path``."""
        prefix = f"{path}/" if path else ""
        return self.text(f"{prefix}CNPJ") or self.text(f"{prefix}CPF")


class Item(Node):
    """A det, with its ICMS group at hand."""

    @cached_property
    def n(self):
        return int(self.attribute("nItem"))

    @cached_property
    def icms(self):
        """The chosen ICMSxx group; an empty node when the item has none (ISSQN)."""
        group = self.element.find(_steps("imposto/ICMS"))
        return Node(group[0]) if group is not None and len(group) else Node(self.element.makeelement("none"))

    def tax(self, kind):
        """The chosen group of PIS or COFINS (PISAliq, PISNT...)."""
        group = self.element.find(_steps(f"imposto/{kind}"))
        return Node(group[0]) if group is not None and len(group) else Node(self.element.makeelement("none"))

    @property
    def cfop(self):
        return self.text("prod/CFOP")

    @property
    def is_sale(self):
        """CFOPs of sale of goods, 5.101 to 5.125 and 6.101 to 6.125: where rules with CFOP exceptions surely apply."""
        return self.cfop[:1] in "56" and "101" <= self.cfop[1:] <= "125"


class Document(Node):
    """infNFe."""

    @cached_property
    def items(self):
        return [Item(node.element) for node in self.nodes("det")]

    @cached_property
    def key(self):
        return self.attribute("Id").removeprefix("NFe")

    @cached_property
    def emitter(self):
        return self.party_id("emit")

    @cached_property
    def issued_at(self):
        return datetime.fromisoformat(self.text("ide/dhEmi"))

    def moment(self, path):
        """An aware datetime, or ``None`` when the field is absent."""
        return datetime.fromisoformat(self.text(path)) if self.text(path) else None

    @cached_property
    def identity(self):
        """(model, cUF, emitter, series, number): what only one NF-e may have."""
        series, number = int(self.text("ide/serie")), int(self.text("ide/nNF"))
        return self.text("ide/mod"), self.text("ide/cUF"), self.emitter, series, number

    @property
    def destination(self):
        return self.text("ide/idDest")

    @property
    def is_exit(self):
        return self.text("ide/tpNF") == "1"

    @property
    def purpose(self):
        return self.text("ide/finNFe")

    @property
    def uf_from(self):
        return self.text("emit/enderEmit/UF")

    @property
    def uf_to(self):
        return self.text("dest/enderDest/UF")


class Everybody:
    """Registers that speak of nobody: everyone is registered as the XML says, and no number was used."""

    def by_ie(self, _uf, _ie):
        return []

    def by_holder(self, _uf, _holder):
        return []

    def is_closed(self, _uf):
        return False

    def codes(self, _uf, _cnpj):
        return {}

    def authorised(self, _identity):
        return None

    def waiting(self, _identity, _lot):
        return False

    def is_voided(self, _identity):
        return False


@dataclass(frozen=True)
class Context:
    """What a check must know beside the document."""

    now: datetime  # aware: when the message arrived
    authorizer: str = ""  # cUF of the web service asked; "" speaks for any state
    registers: Everybody = field(default_factory=Everybody)  # or what has its methods: register_store.Registers
    lot: str = ""  # the receipt of the lot it came in
    first: Document | None = None  # the first document of that lot
    svc: str = ""  # tpEmis of the SVC asked; "" for a state's own service
