"""An authorizer (a SEFAZ, an SVC or a simulator), asked: status, authorize, query; for a lot submit, collect.

Events, voided numbers and the register of contributors: :mod:`.authorizer_events`.

Each answers with what it means and the exchange it came from; a failure raises :class:`~.transport.NotSent` or
:class:`~.transport.Unknown`, which carry their exchange too, so that every attempt can be recorded.

An answer counts only if it speaks of the document that was asked about: another key or environment is
:class:`~.transport.Mismatch`. Whether the authorizer holds the same *bytes* is :func:`outcome_matches`, the caller's to
ask, for only the caller knows which bytes it keeps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Protocol

from lxml import etree

from . import answers, cstat, endpoints, lots, soap
from .answers import NAMESPACE, NFE, integer, text
from .authorizer_events import EventServices
from .documents import document_type
from .endpoints import Service
from .events import reading
from .lots import LotAnswer, LotReceipt
from .outcome import Outcome, Verdict
from .problems import FiscalError, Problem, _
from .spec import Environment
from .tables import rows
from .transport import DEFAULT_TIMEOUT, Exchange, Mismatch, Timeout, Transport, Unknown

_DIGEST = "{http://www.w3.org/2000/09/xmldsig#}DigestValue"
_UP = "107"  # Serviço em Operação
_LOT_RECEIVED = "103"
_LOT_PROCESSED = "104"
_LOT_UNKNOWN = "106"
# What a receipt is answered with when the lot itself was found invalid (MOC 7.0, 5.2.2, BR05): none of it was taken.
_LOT_INVALID = frozenset({"225", "565", "568"})
_NO_KEY = "0" * 44
NATIONAL = "AN"
_NO_RECEIPT = "0" * 15


class Credential(Protocol):
    """What is needed of a certificate: see :class:`~.certificate.Certificate`."""

    def pem_pair(self) -> tuple[bytes, bytes]: ...


class Answer(NamedTuple):
    outcome: Outcome
    exchange: Exchange


@dataclass(frozen=True)
class ServiceStatus:
    """retConsStatServ."""

    up: bool  # cStat 107
    cStat: str
    xMotivo: str
    tMed: int | None  # mean time of an answer, seconds


class Authorizer(EventServices):
    """The authorizer of one UF in one environment, for one certificate; keeps its TLS session between calls.

    :param uf: the emitter's UF; ``AN`` is the Ambiente Nacional, for an EPEC (it has events only).
    :param simulator_url: where the simulator listens, for :attr:`Environment.SIMULATOR` (``https://host:port``).
    :param simulator_ca: the simulator's own authority, the only one trusted then: a path, or PEM bytes.
    :param ca: the authorities to trust for homologation and production; None for the system's.
    :param contingency: tpEmis of the SVC, or None for the UF's own authorizer.
    :raises FiscalError: the certificate cannot be used, the UF is unknown, or the simulator has no address.
    """

    def __init__(
        self,
        environment: Environment,
        uf: str,
        certificate: Credential,
        *,
        model: str = "55",
        contingency: str | None = None,
        simulator_url: str = "",
        simulator_ca: str | Path | bytes | None = None,
        ca: str | Path | bytes | None = None,
        timeout: Timeout = DEFAULT_TIMEOUT,
    ):
        self.environment, self.uf, self.model, self.contingency = environment, uf, model, contingency
        self._simulator_url = simulator_url.rstrip("/")
        simulated = environment is Environment.SIMULATOR
        # A wrong set-up is told now, not at the first document.
        self._address(Service.EVENT if uf == NATIONAL else Service.STATUS)
        self.transport = Transport(self._address, certificate.pem_pair(), simulator_ca if simulated else ca, timeout)

    def status(self) -> tuple[ServiceStatus, Exchange]:
        """NFeStatusServico4: is the authorizer working?

        :raises TransportError: there was no usable answer.
        """
        request = (
            f'<consStatServ xmlns="{NAMESPACE}" versao="4.00"><tpAmb>{self.environment.tpAmb}</tpAmb>'
            f"<cUF>{_uf_code(self.uf)}</cUF><xServ>STATUS</xServ></consStatServ>"
        )
        result, exchange = self._ask(Service.STATUS, request.encode(), "retConsStatServ")
        self._check_subject(result, exchange, "")
        code = text(result, "cStat")
        return ServiceStatus(code == _UP, code, text(result, "xMotivo"), integer(text(result, "tMed"))), exchange

    def authorize(self, signed: bytes, access_key: str, lot: int) -> Answer:
        """NFeAutorizacao4, one NF-e, synchronous (indSinc 1: cStat 452 otherwise).

        :param signed: the signed NFe element, as it is kept: it goes out byte for byte.
        :param lot: idLote, the sender's own number, 1 to 15 digits.
        :raises ValueError: ``signed`` is not an NFe element, or ``lot`` is out of range.
        :raises NotSent: the authorizer surely did not take it.
        :raises Unknown: it may have: query the key.
        """
        if not 0 < lot < 10**15:
            raise ValueError(f"idLote has 1 to 15 digits: {lot}.")
        request = document_type(self.model).envelope(signed, lot)
        result, exchange = self._ask(Service.AUTHORIZE, request, "retEnviNFe")
        protocol = result.find(f"{NFE}protNFe/{NFE}infProt")
        if protocol is None and text(result, "cStat") == _LOT_PROCESSED:
            raise Unknown("unreadable", exchange, "104 without protNFe")
        # A processed lot says nothing of its own: the protocol decides. A refused lot has none.
        return self._answer(result, exchange, access_key, decider=result if protocol is None else protocol)

    def query(self, access_key: str) -> Answer:
        """NFeConsultaProtocolo4: what the authorizer holds under ``access_key``.

        The verdict is AUTHORIZED, CANCELLED, NOT_FOUND, or REJECTED (denied in the past). When the query itself was
        refused, for whatever reason, nothing is known of the document: WAIT, with the cStat as it came. At most 10 an
        hour for a key (:func:`.cstat.limit`).

        :raises TransportError: there was no usable answer; the document is as unknown as before.
        """
        request = (
            f'<consSitNFe xmlns="{NAMESPACE}" versao="4.00"><tpAmb>{self.environment.tpAmb}</tpAmb>'
            f"<xServ>CONSULTAR</xServ><chNFe>{access_key}</chNFe></consSitNFe>"
        )
        result, exchange = self._ask(Service.QUERY, request.encode(), "retConsSitNFe")
        answer = self._answer(result, exchange, access_key, decider=result)
        if cstat.meaning(answer.outcome.cStat).in_query:
            events = reading.held(result, exchange, access_key, self.environment.tpAmb)
            return Answer(replace(answer.outcome, events=events), exchange)
        return Answer(replace(answer.outcome, verdict=Verdict.WAIT), exchange)

    def submit_lot(self, documents: Mapping[str, bytes], number: int) -> LotAnswer:
        """NFeAutorizacao4, 2 to 50 NF-e, asynchronous (indSinc 0): see :mod:`.lots` for what is certain of it.

        :param documents: access key -> the signed NFe element, byte for byte (:func:`.lots.split` makes the groups).
        :param number: idLote, the sender's own number, 1 to 15 digits.
        :returns: received, with its receipt (each outcome is PENDING); refused as a whole (each outcome is REJECTED, or
            WAIT when the service is down); or unsettled, when the answer leaves it open whether it was taken.
        :raises ValueError: ``documents`` are no lot, or not NFe elements.
        :raises NotSent: the authorizer surely did not take it.
        :raises Unknown: it may have: query each key.
        """
        lots.check(documents, number)
        request = document_type(self.model).lot(list(documents.values()), number)
        result, exchange = self._ask(Service.AUTHORIZE, request, "retEnviNFe")
        self._check_subject(result, exchange, "")
        keys, code, receipt = tuple(documents), text(result, "cStat"), None
        if code == _LOT_RECEIVED:
            info = result.find(f"{NFE}infRec")
            if info is None or not text(info, "nRec"):
                raise Unknown("unreadable", exchange, "103 without nRec")
            moment = answers.moment(text(result, "dhRecbto"))
            receipt = LotReceipt(text(info, "nRec"), keys, moment, integer(text(info, "tMed")))
        verdict = cstat.meaning(code).verdict
        if receipt or verdict in {Verdict.REJECTED, Verdict.WAIT}:
            return self._same_for_all(result, exchange, keys, receipt)
        if verdict in {Verdict.PENDING, Verdict.DUPLICATE}:  # 999: it may have been taken before the error
            return LotAnswer(None, {}, keys, code, text(result, "xMotivo"), exchange)
        raise Unknown("unreadable", exchange, f"cStat {code or '(none)'} does not answer a lot")

    def collect(self, receipt: LotReceipt) -> LotAnswer:
        """NFeRetAutorizacao4: what became of the documents of a lot; not before 15 seconds after it was sent.

        :returns: processed (104), each document with its own outcome, ``unsettled`` those it does not speak of; pending
            (105) or not answered now (108, 656...), each PENDING or WAIT, to be collected again; found invalid (225),
            each REJECTED; not known there (106) or refused for another reason, all unsettled.
        :raises TransportError: there was no usable answer; nothing changed, it may be asked again.
        """
        request = (
            f'<consReciNFe xmlns="{NAMESPACE}" versao="4.00"><tpAmb>{self.environment.tpAmb}</tpAmb>'
            f"<nRec>{receipt.number}</nRec></consReciNFe>"
        )
        result, exchange = self._ask(Service.COLLECT, request.encode(), "retConsReciNFe")
        self._check_subject(result, exchange, "")
        code, xMotivo = text(result, "cStat"), text(result, "xMotivo")
        decided = code == _LOT_PROCESSED or code in _LOT_INVALID
        # Who refuses the question may not have read the receipt; the layout wants zeros then.
        if text(result, "nRec") not in {receipt.number} | (set() if decided else {"", _NO_RECEIPT}):
            raise Mismatch("mismatch", exchange, f"nRec {text(result, 'nRec')}")
        if code == _LOT_PROCESSED:
            outcomes = self._protocols(result, exchange, receipt)
            unsettled = tuple(key for key in receipt.access_keys if key not in outcomes)
            return LotAnswer(None, outcomes, unsettled, code, xMotivo, exchange)
        if code in _LOT_INVALID:
            return self._same_for_all(result, exchange, receipt.access_keys, None)
        if not code:
            raise Unknown("unreadable", exchange, "no cStat")
        if cstat.meaning(code).verdict in {Verdict.PENDING, Verdict.WAIT}:
            return self._same_for_all(result, exchange, receipt.access_keys, receipt)
        kept = None if code == _LOT_UNKNOWN else receipt
        return LotAnswer(kept, {}, receipt.access_keys, code, xMotivo, exchange)

    def close(self) -> None:
        self.transport.close()

    def _address(self, service: str) -> str:
        if self.environment is not Environment.SIMULATOR:
            return endpoints.url(self.uf, self.model, self.environment, Service(service), self.contingency)
        if not self._simulator_url:
            message, cure = _("The simulator has no address."), _("Start the simulator in the settings.")
            raise FiscalError([Problem("simulator_without_address", "", message, cure)])
        place = endpoints.svc_name(self.uf, self.model, self.contingency) if self.contingency else self.uf
        return f"{self._simulator_url}/ws/{place}/{service}"

    def _ask(self, service: Service, request: bytes, tag: str) -> tuple[etree._Element, Exchange]:
        """The element ``tag`` that answers."""
        result, exchange = self.transport.send(service, request)
        if result.tag != NFE + tag:
            raise Unknown("unreadable", exchange, f"{etree.QName(result).localname} instead of {tag}")
        return result, replace(exchange, clock_error=answers.clock_error(result, exchange))

    def _answer(self, result, exchange: Exchange, access_key: str, decider) -> Answer:
        """The outcome that ``decider`` (the whole answer, or its protocol) gives, checked against what was asked."""
        protNFe = result.find(f"{NFE}protNFe")
        info = result if protNFe is None else protNFe.find(f"{NFE}infProt")
        if info is None:
            raise Unknown("unreadable", exchange, "protNFe without infProt")
        for element in (result, info):
            self._check_subject(element, exchange, access_key)
        tMed = integer(result.findtext(f".//{NFE}tMed", ""))
        outcome = answers.outcome(decider, info, protNFe, exchange, access_key, tMed)
        return Answer(outcome, exchange)

    def _same_for_all(self, result, exchange: Exchange, keys: tuple[str, ...], receipt: LotReceipt | None) -> LotAnswer:
        """What the lot's own cStat means for each of its documents."""
        tMed = integer(result.findtext(f".//{NFE}tMed", ""))
        one = answers.outcome(result, result, None, exchange, "", tMed)
        outcomes = {key: replace(one, access_key=key) for key in keys}
        refused = one.verdict is Verdict.REJECTED
        return LotAnswer(receipt, outcomes, (), one.cStat, one.xMotivo, exchange, refused)

    def _protocols(self, result, exchange: Exchange, receipt: LotReceipt) -> dict[str, Outcome]:
        """The outcome of each document by its protocol, but of those whose protocol proves nothing or is not alone."""
        found: dict[str, Outcome] = {}
        spoiled: set[str] = set()
        for protNFe in result.iterfind(f"{NFE}protNFe"):
            info = protNFe.find(f"{NFE}infProt")
            key = "" if info is None else text(info, "chNFe")
            if key not in receipt.access_keys:
                raise Mismatch("mismatch", exchange, f"chNFe {key or '(none)'}")
            self._check_subject(info, exchange, key)
            if key in found:
                spoiled.add(key)
            try:
                found[key] = answers.outcome(info, info, protNFe, exchange, key)
            except Unknown:  # this one is queried by its key; the others do not pay for it
                spoiled.add(key)
        return {key: outcome for key, outcome in found.items() if key not in spoiled}

    def _check_subject(self, element: etree._Element, exchange: Exchange, access_key: str) -> None:
        """Refuse an answer about another document or another environment than was asked.

        Who refuses a query (108, 280, 656) may not even have read its key; the layout wants one, so zeros stand there.
        """
        refused = element.tag == NFE + "retConsSitNFe" and not cstat.meaning(text(element, "cStat")).in_query
        for tag, expected in (("tpAmb", self.environment.tpAmb), ("chNFe", access_key)):
            value = text(element, tag)
            if value and value != expected and not (refused and value == _NO_KEY):
                raise Mismatch("mismatch", exchange, f"{tag} {value}")


def outcome_matches(outcome: Outcome, signed: bytes) -> bool:
    """Whether the authorizer holds the very document in ``signed``: same key, same digest (digVal).

    False too when the answer has no digVal: then nothing proves it.
    """
    root = soap.parse(signed)
    info = root.find(f"{NFE}infNFe")
    digest = root.findtext(f".//{_DIGEST}", "").strip()
    return (
        bool(digest) and outcome.digest == digest and info is not None and info.get("Id") == f"NFe{outcome.access_key}"
    )


def _uf_code(uf: str) -> str:
    return next(row["code"] for row in rows("uf") if row["uf"] == uf)
