"""NFeRecepcaoEvento4 (MOC 7.0 Visão Geral 5.8; NT 2011.003 CC-e, NT 2011.006 cancelamento, NT 2012.003 EPEC).

Each event of the lot is judged by itself: the rules of all events, then those of its type, the first refusal answers.
Only rules whose code and condition are certain are here.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lxml import etree

from . import answers, authority, message, reference, schema, signature
from .answers import NFE
from .event_store import CANCELLED, MARKS
from .registers import cnpj_ok, cpf_ok, key_digit

VERSION = "1.00"
TOLERANCE = timedelta(minutes=5)
NATIONAL = "91"
CANCELLATION, CORRECTION, EPEC = "110111", "110110", "110140"
# In an NF-e these codes speak of an item.
MOTIVES = {"489": "Rejeição: CNPJ informado inválido (DV ou zeros)"}


@dataclass(frozen=True)
class Kind:
    schema: str
    most: int  # nSeqEvento
    done: str  # xEvento
    rules: object = None


@dataclass(frozen=True)
class Event:
    """An event as the rules read it."""

    element: etree._Element
    called: str  # cUF of the web service, "" for any
    moment: datetime

    def text(self, path):
        steps = "/".join(f"{{{NFE}}}{step}" for step in path.split("/"))
        return self.element.findtext(f"{{{NFE}}}infEvento/{steps}") or ""

    @property
    def info(self):
        return self.element.find(f"{{{NFE}}}infEvento")

    @property
    def key(self):
        return self.text("chNFe")

    @property
    def code(self):
        return self.text("tpEvento")

    @property
    def sequence(self):
        return int(self.text("nSeqEvento") or 0)

    @property
    def author(self):
        return self.text("CNPJ") or self.text("CPF")

    @property
    def at(self):
        return datetime.fromisoformat(self.text("dhEvento"))


def receive(sefaz, request, entry):
    """A lot of events, each judged and answered by itself."""
    lot = message.read(request.data, "envEvento", message.MESSAGE, VERSION)
    moment, results, codes = request.moment, [], []
    for element in lot.findall(f"{{{NFE}}}evento"):
        event = Event(element, request.cUF, moment)
        code, ret = _judge(sefaz, event)
        results.append(ret)
        codes.append(code)
    motive = reference.motive("128")
    number = lot.findtext(f"{{{NFE}}}idLote")
    result = answers.events(request.state, moment, "128", motive, "".join(results), number)
    detail = ", ".join(element.findtext(f".//{{{NFE}}}tpEvento") or "" for element in lot.findall(f"{{{NFE}}}evento"))
    code = codes[0] if len(codes) == 1 else "128"
    return result, replace(entry, cStat=code, xMotivo=_motive(code), detail=f"evento {detail}")


def shown(store, access_key):
    """The procEventoNFe elements of a key, for the answer to a query."""
    return "".join(
        f'<procEventoNFe versao="{VERSION}">{xml}{ret}</procEventoNFe>' for xml, ret in store.events.of_key(access_key)
    )


def _motive(code):
    return MOTIVES.get(code) or reference.motive(code)


def _judge(sefaz, event):
    """(cStat, retEvento) of one event, registered if nothing is wrong with it."""
    code = _form(event) or _signature(sefaz, event) or _state(sefaz.store.events, event)
    if not code:
        kind = KINDS[event.code]
        code = _success(sefaz.store.events, event)
        motive = _motive(code)

        def make_ret(protocolo):
            return answers.event(event, code, motive, protocolo, kind.done, NATIONAL if event.code == EPEC else "")

        xml = signature.canonical(event.element).decode()
        identity = (event.key, event.code, event.sequence)
        ret = sefaz.store.events.register(identity, code, event.moment, xml, make_ret)
        if ret:
            return code, ret
        code = "573"
    return code, answers.event(event, code, _motive(code))


def _form(event):
    """What is wrong with the event by itself."""
    national = event.code == EPEC
    orgao = event.text("cOrgao")
    kind = KINDS.get(event.code)
    rules = (
        (event.text("tpAmb") != "2", "252"),
        (orgao != NATIONAL if national else bool(event.called) and orgao != event.called, "250"),
        (bool(event.text("CNPJ")) and not cnpj_ok(event.text("CNPJ")), "489"),
        (bool(event.text("CPF")) and not cpf_ok(event.text("CPF")), "490"),
        (kind is None, "491"),
        (event.text("verEvento") != VERSION, "492"),
        (kind is not None and bool(schema.errors(kind.schema, event.element)), "493"),
        (event.info.get("Id") != f"ID{event.code}{event.key}{event.sequence:02d}", "572"),
        (key_digit(event.key[:43]) != event.key[43:], "236"),
        (not national and orgao != event.key[:2], "455"),
        (event.author.zfill(14) != event.key[6:20], "574"),
        (kind is not None and event.sequence > kind.most, "594"),
    )
    return next((code for wrong, code in rules if wrong), "")


def _signature(sefaz, event):
    revoked = authority.revoked(sefaz.state_dir)
    return signature.defect(event.element, event.info, sefaz.root, revoked, event.author) or ""


def _state(events, event):
    """What is wrong with the event by what is in the database."""
    if event.at > event.moment + TOLERANCE:
        return "578"
    if events.is_registered(event.key, event.code, event.sequence):
        return "573"
    return KINDS[event.code].rules(events, event)


def _of_document(events, event):
    """The rules of an event that needs an authorised NF-e."""
    held = events.document(event.key)
    if held is None:
        return "494"
    if held.cStat in CANCELLED:
        return "580"
    issued = etree.fromstring(held.xml).findtext(f".//{{{NFE}}}dhEmi")
    if event.at < datetime.fromisoformat(issued):
        return "577"
    if event.at < held.received_at.replace(microsecond=0):
        return "579"
    return ""


def _cancellation(events, event):
    code = _of_document(events, event)
    if code:
        return code
    held = events.document(event.key)
    if event.text("detEvento/nProt") != held.protocolo:
        return "222"
    marks = events.marks(event.key)
    found = next((cStat for kind, cStat in MARKS.items() if kind in marks), "")
    if found:
        return found
    _normal, late = reference.cancellation_hours(event.key[:2])
    return "501" if event.moment - held.received_at > timedelta(hours=late) else ""


def _epec(events, event):
    if event.key[34] != "4":
        return "484"
    return "485" if events.of_number(EPEC, event.key[:34]) else ""


def _success(events, event):
    if event.code == EPEC:
        return "136"
    if event.code == CANCELLATION:
        held = events.document(event.key)
        normal, _late = reference.cancellation_hours(event.key[:2])
        return "155" if event.moment - held.received_at > timedelta(hours=normal) else "135"
    return "135"


KINDS = {
    CANCELLATION: Kind("eventoCancNFe", 1, "Cancelamento registrado", _cancellation),
    CORRECTION: Kind("eventoCCe", 20, "Carta de Correção registrada", _of_document),
    EPEC: Kind("eventoEPEC", 1, "EPEC registrado", _epec),
}
