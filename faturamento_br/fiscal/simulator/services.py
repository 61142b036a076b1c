"""The web services: what SEFAZ does with a message, from its bytes to the ret* element."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from lxml import etree

from . import (
    abuse,
    answers,
    authority,
    certificates,
    checks,
    contingency,
    events,
    lots,
    message,
    reference,
    registry,
    signature,
    voiding,
)
from .answers import NFE
from .checks import Document, Rejection
from .registers import cnpj_ok, cpf_ok, key_digit
from .store import Entry

LATE = timedelta(days=7)  # B09-20: later than this is authorised with 150
KEY_MONTHS = 6
DEFAULT_UF = "35"  # who answers when a message is too broken to tell its state
_CUF = re.compile(rb"<cUF>(\d{2})</cUF>|<chNFe>(\d{2})|<nRec>(\d{2})")
_RECEIPT = re.compile(rb"<nRec>(\d{15})</nRec>")
_RANGE = re.compile(rb'<infInut Id="ID([0-9A-Z]{41})"')
_KEY = re.compile(rb'Id="NFe([0-9]{6}[0-9A-Z]{12}[0-9]{26})"|<chNFe>([0-9]{6}[0-9A-Z]{12}[0-9]{26})<')


@dataclass(frozen=True)
class Request:
    """A message that came in through mutual TLS."""

    service: str
    data: bytes  # the data area, exactly as received
    certificate: x509.Certificate  # the transmitter's
    cUF: str = ""  # the state whose web service was called; "" for any
    arrived: datetime | None = None
    lot_delay: float = 0
    svc: str = ""  # tpEmis of the SVC whose web service was called; "" for the state's own

    @property
    def state(self):
        """The state that answers: the one called, else the one the message speaks of."""
        found = _CUF.search(self.data)
        named = (found[1] or found[2] or found[3]).decode() if found else ""
        return self.cUF or (named if named in reference.ufs() else DEFAULT_UF)

    @property
    def moment(self):
        """When it arrived, in the state's official time."""
        return (self.arrived or datetime.now(UTC)).astimezone(reference.time_zone(self.state))


def _subject(data):
    """What the page lists of a message, from the key it names: emitter, series/number, key; or receipt or range."""
    found = _KEY.search(data)
    if not found:
        receipt = _RECEIPT.search(data) or _RANGE.search(data)
        return {"number": receipt[1].decode()} if receipt else {}
    key = (found[1] or found[2]).decode()
    return {"emitter": key[6:20], "number": f"{int(key[22:25])}/{int(key[25:34])}", "access_key": key}


def _tag(name):
    return f"{{{NFE}}}{name}"


class Sefaz:
    """The tax office: its authority and its memory."""

    def __init__(self, state_dir, store):
        self.state_dir = state_dir
        self.store = store
        self.root, _key = authority.load(state_dir)
        self._services = {
            "NFeStatusServico4": (self._status, answers.status),
            "NFeAutorizacao4": (self._authorise, answers.authorization),
            "NFeRetAutorizacao4": (self._collect, lots.bare),
            "NFeConsultaProtocolo4": (self._consult, self._bare_consultation),
            "NFeRecepcaoEvento4": (self._events, answers.events),
            "NFeInutilizacao4": (self._void, answers.voiding),
            "CadConsultaCadastro4": (self._register_of, registry.bare),
        }

    def answer(self, request, forced="", lot_delay=0):
        """(the ret* element as text, the log entry).

        :param forced: a cStat to answer with, nothing being processed (108, 109, 656).
        :param lot_delay: seconds until a lot that it brings is judged.
        """
        if self.store.clock:
            request = replace(request, arrived=(request.arrived or datetime.now(UTC)) + self.store.clock)
        lots.process_due(self, request.moment)
        handle, refuse = self._services[request.service]
        entry = Entry(
            at=request.moment,
            service=request.service,
            cUF=request.state,
            request=request.data,
            **_subject(request.data),
        )
        code = forced or certificates.defect(
            request.certificate, self.root, authority.revoked(self.state_dir), certificates.TRANSMITTER
        )
        detail = ""
        if not code and abuse.refused(self.store, entry, lots.transmitter(request.certificate)):
            code = "656"
        code = code or contingency.refused(self.store, request)
        if not code:
            try:
                return handle(replace(request, lot_delay=lot_delay), entry)
            except message.FormError as bad:
                code, detail = bad.cStat, bad.detail
        motive = reference.motive(code)
        result = refuse(request.state, request.moment, code, motive)
        return result, replace(entry, cStat=code, xMotivo=motive, detail=detail)

    # --- NFeStatusServico4 --------------------------------------------------------------------------------------

    def _status(self, request, entry):
        element = message.read(request.data, "consStatServ", message.MESSAGE)
        code = "107"
        if element.findtext(_tag("tpAmb")) != "2":
            code = "252"
        elif request.cUF and element.findtext(_tag("cUF")) != request.cUF:
            code = "289"
        motive = reference.motive(code)
        result = answers.status(request.state, request.moment, code, motive)
        return result, replace(entry, cStat=code, xMotivo=motive)

    # --- NFeAutorizacao4 ----------------------------------------------------------------------------------------

    def _authorise(self, request, entry):
        lot = message.read(request.data, "enviNFe", message.LOT)
        documents = lot.findall(_tag("NFe"))
        synchronous = lot.findtext(_tag("indSinc")) == "1"
        if synchronous and len(documents) > 1:
            raise message.FormError("764", f"{len(documents)} NF-e")
        if not synchronous and len(documents) == 1:
            raise message.FormError("452")
        if not synchronous:
            return lots.receive(self, request, entry, lot, request.lot_delay)
        document, moment = Document(documents[0].find(_tag("infNFe"))), request.moment
        code, motive, prot = self.judge(documents[0], document, moment, request.cUF, svc=request.svc)
        prot = prot or answers.protocol(document.key, moment, code, motive)
        result = answers.authorization(request.state, moment, "104", reference.motive("104"), prot)
        return result, replace(entry, cStat=code, xMotivo=motive)

    def judge(self, nfe, document, moment, called, place_in_lot=None, first=None, svc=""):
        """(cStat, xMotivo, protNFe) of an NF-e, authorised if nothing speaks against it; no protNFe when refused.

        :param moment: when it is judged, aware.
        :param called: cUF of the web service asked, or "".
        :param place_in_lot: (receipt, place) of the lot it came in.
        :param first: the first document of that lot.
        :param svc: tpEmis of the SVC asked, or "".
        """
        lot = place_in_lot[0] if place_in_lot else ""
        context = checks.Context(moment, called, self.store.registers, lot, first, svc)
        refusal, prot, code = self._refusal(nfe, document, context), "", ""
        if refusal is None:
            refusal, prot, code = self._register(nfe, document, moment, place_in_lot)
        if refusal:
            return refusal.cStat, refusal.xMotivo, ""
        return code, reference.motive(code), prot

    def _refusal(self, nfe, document, context):
        """The refusal of an NF-e by its signature or by the rules, or ``None``."""
        revoked = authority.revoked(self.state_dir)
        code = signature.defect(nfe, document.element, self.root, revoked, document.emitter)
        if code:
            return Rejection(code)
        return checks.first_refusal(document, context) or contingency.epec_refusal(self.store.events, document)

    def _register(self, nfe, document, moment, place_in_lot):
        """Put the NF-e in the register: (refusal or None, protNFe, cStat)."""
        code = "150" if document.issued_at < moment - LATE else "100"
        digest, key = signature.digest_value(nfe), document.key

        def make_prot(number):
            return answers.protocol(key, moment, code, reference.motive(code), number, digest)

        xml = etree.tostring(nfe, encoding="utf-8", with_tail=False)
        stored, new = self.store.authorise(document.identity, key, code, digest, moment, xml, make_prot, place_in_lot)
        if new:
            return None, stored.prot, code
        # Another request was faster than the check of the register.
        if stored.access_key != key:
            return Rejection("539", key=stored.access_key), "", ""
        return Rejection("204"), "", ""

    # --- NFeRetAutorizacao4 -------------------------------------------------------------------------------------

    def _collect(self, request, entry):
        return lots.collect(self, request, entry)

    # --- NFeRecepcaoEvento4 -------------------------------------------------------------------------------------

    def _events(self, request, entry):
        return events.receive(self, request, entry)

    # --- NFeInutilizacao4, CadConsultaCadastro4 -----------------------------------------------------------------

    def _void(self, request, entry):
        return voiding.receive(self, request, entry)

    def _register_of(self, request, entry):
        return registry.receive(self, request, entry)

    # --- NFeConsultaProtocolo4 ----------------------------------------------------------------------------------

    def _consult(self, request, entry):
        element = message.read(request.data, "consSitNFe", message.MESSAGE)
        key = element.findtext(_tag("chNFe"))
        refusal = Rejection("252") if element.findtext(_tag("tpAmb")) != "2" else self._judge_key(key, request)
        stored = None if refusal else self.store.find(key)
        if not refusal and not stored:
            refusal = self._unknown(key)
        code = refusal.cStat if refusal else stored.cStat
        motive = refusal.xMotivo if refusal else reference.motive(code)
        prot = stored.prot if stored else ""
        told = events.shown(self.store, key) if stored else ""
        result = answers.consultation(request.state, request.moment, code, motive, key, prot, told)
        return result, replace(entry, cStat=code, xMotivo=motive)

    def _judge_key(self, key, request):
        """The refusal of a key by itself (MOC Visão Geral, group J), or ``None``."""
        moment = request.moment
        year, month = 2000 + int(key[2:4]), int(key[4:6])
        age = (moment.year - year) * 12 + moment.month - month
        person = 910 <= int(key[22:25]) <= 969
        holder_ok = cpf_ok(key[9:20]) if person else cnpj_ok(key[6:20])
        rules = (
            (bool(request.cUF) and key[:2] != request.cUF, "226"),
            (key_digit(key[:43]) != key[43], "236"),
            (key[:2] not in reference.ufs(), "614"),
            (year < 2006 or year > moment.year, "615"),
            (not 1 <= month <= 12, "616"),
            (not holder_ok, "617"),
            (key[20:22] not in {"55", "65"}, "618"),
            (int(key[25:34]) == 0, "619"),
            (age > KEY_MONTHS, "526"),
        )
        return next((Rejection(code) for wrong, code in rules if wrong), None)

    def _unknown(self, key):
        """217, or which part of the key differs from the one registered under its number (562, 613)."""
        emitter = key[6:20]
        identity = (key[20:22], key[:2], emitter, int(key[22:25]), int(key[25:34]))
        holder = self.store.find_number(*identity) or self.store.find_number(*identity[:2], emitter[3:], *identity[3:])
        if holder is None:
            return Rejection("217")
        same_but_code = holder.access_key[:35] == key[:35]
        return Rejection("562" if same_but_code else "613", key=holder.access_key)

    @staticmethod
    def _bare_consultation(cUF, moment, cStat, xMotivo):
        """A refusal before the key is known; the XSD asks for one, so a key of zeros stands in its place."""
        return answers.consultation(cUF, moment, cStat, xMotivo, "0" * 44)
