"""The virtual authorizers of contingency, SVC-AN and SVC-RS, and the NF-e behind an EPEC (MOC 7.0, Anexo III).

Each SVC has one address for all its states, and authorises for one only while that state has asked it to: else 114.
What it authorised is in the register that the state's own services read. It does no inutilização.
"""

from decimal import Decimal

from lxml import etree

from . import reference
from .answers import NFE
from .checks import Rejection

SVCS = {"SVCAN": "6", "SVCRS": "7"}
NATIONAL = "AN"
EPEC = "110140"
_WHILE_ENABLED = frozenset({"NFeStatusServico4", "NFeAutorizacao4"})
_NEVER = frozenset({"NFeInutilizacao4", "CadConsultaCadastro4"})
# What an EPEC says, and where the NF-e says it (NT 2012.003): the amounts first.
_AMOUNTS = (("dest/vNF", "vNF"), ("dest/vICMS", "vICMS"), ("dest/vST", "vST"))
_TEXTS = (("dhEmi", "ide/dhEmi"), ("tpNF", "ide/tpNF"), ("IE", "emit/IE"), ("dest/CNPJ", "dest/CNPJ"))


def kind_of(sigla):
    """Who is asked at an address: UF, SVC or AN."""
    return "SVC" if sigla in SVCS else NATIONAL if sigla == NATIONAL else "UF"


def offers(sigla, service):
    """Whether the service exists there."""
    return sigla not in SVCS or service not in _NEVER


def refused(store, request):
    """The cStat by which an SVC refuses to work for the state of ``request``; "" when it works, or is none."""
    if not request.svc or request.service not in _WHILE_ENABLED:
        return ""
    uf = reference.ufs()[request.state]["uf"]
    if reference.svc_of(uf) != request.svc:
        return "410"
    return "" if store.registers.svc_is_enabled(uf) else "114"


def epec_refusal(events, document):
    """Why an NF-e of tpEmis 4 is refused: no EPEC of its key (468), or one that says something else (467)."""
    if document.text("ide/tpEmis") != "4":
        return None
    known = [etree.fromstring(xml) for xml, _ret in events.of_key(document.key)]
    details = [one.find(f"{{{NFE}}}infEvento/{{{NFE}}}detEvento") for one in known if _is_epec(one)]
    if not details:
        return Rejection("468")

    def said(path):
        return details[0].findtext("/".join(f"{{{NFE}}}{step}" for step in path.split("/"))) or ""

    same = all(said(told) == document.text(path) for told, path in _TEXTS) and all(
        Decimal(said(told)) == document.number(f"total/ICMSTot/{tag}") for told, tag in _AMOUNTS
    )
    return None if same else Rejection("467")


def _is_epec(event):
    return event.findtext(f"{{{NFE}}}infEvento/{{{NFE}}}tpEvento") == EPEC
