"""An authorizer (a SEFAZ, an SVC or a simulator), as three questions: status, authorize, query.

Each answers with what it means and the exchange it came from; a failure raises :class:`~.transport.NotSent` or
:class:`~.transport.Unknown`, which carry their exchange too, so that every attempt can be recorded.

An answer counts only if it speaks of the document that was asked about: another key or environment is
:class:`~.transport.Mismatch`. Whether the authorizer holds the same *bytes* is :func:`outcome_matches`, the caller's to
ask, for only the caller knows which bytes it keeps.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from lxml import etree

from . import cstat, endpoints, soap
from .documents import document_type
from .endpoints import Service
from .outcome import Outcome, Verdict
from .problems import FiscalError, Problem, _
from .spec import Environment
from .tables import rows
from .transport import DEFAULT_TIMEOUT, Exchange, Mismatch, Timeout, Transport, Unknown

NAMESPACE = "http://www.portalfiscal.inf.br/nfe"
_NFE = f"{{{NAMESPACE}}}"
_DIGEST = "{http://www.w3.org/2000/09/xmldsig#}DigestValue"
_UP = "107"  # Serviço em Operação
_LOT_PROCESSED = "104"
_NO_KEY = "0" * 44


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


class Authorizer:
    """The authorizer of one UF in one environment, for one certificate; keeps its TLS session between calls.

    :param uf: the emitter's UF.
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
        self._address(Service.STATUS)  # a wrong set-up is told now, not at the first document
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
        code = _text(result, "cStat")
        return ServiceStatus(code == _UP, code, _text(result, "xMotivo"), _integer(_text(result, "tMed"))), exchange

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
        protocol = result.find(f"{_NFE}protNFe/{_NFE}infProt")
        if protocol is None and _text(result, "cStat") == _LOT_PROCESSED:
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
            return answer
        return Answer(replace(answer.outcome, verdict=Verdict.WAIT), exchange)

    def close(self) -> None:
        self.transport.close()

    def _address(self, service: str) -> str:
        if self.environment is not Environment.SIMULATOR:
            return endpoints.url(self.uf, self.model, self.environment, Service(service), self.contingency)
        if not self._simulator_url:
            message, cure = _("The simulator has no address."), _("Start the simulator in the settings.")
            raise FiscalError([Problem("simulator_without_address", "", message, cure)])
        return f"{self._simulator_url}/ws/{self.uf}/{service}"

    def _ask(self, service: Service, request: bytes, tag: str) -> tuple[etree._Element, Exchange]:
        """The element ``tag`` that answers."""
        result, exchange = self.transport.send(service, request)
        if result.tag != _NFE + tag:
            raise Unknown("unreadable", exchange, f"{etree.QName(result).localname} instead of {tag}")
        return result, exchange

    def _answer(self, result, exchange: Exchange, access_key: str, decider) -> Answer:
        """The outcome that ``decider`` (the whole answer, or its protocol) gives, checked against what was asked."""
        protNFe = result.find(f"{_NFE}protNFe")
        info = result if protNFe is None else protNFe.find(f"{_NFE}infProt")
        if info is None:
            raise Unknown("unreadable", exchange, "protNFe without infProt")
        for element in (result, info):
            self._check_subject(element, exchange, access_key)
        code = _text(decider, "cStat")
        verdict = cstat.meaning(code).verdict
        if not code or verdict is None:
            raise Unknown("unreadable", exchange, f"cStat {code or '(none)'} does not answer the question")
        outcome = Outcome(
            verdict=verdict,
            cStat=code,
            xMotivo=_text(decider, "xMotivo"),
            raw=exchange.response,
            access_key=access_key,
            protocolo=_text(info, "nProt"),
            received_at=_moment(_text(info, "dhRecbto")),
            digest=_text(info, "digVal"),
            protNFe=b"" if protNFe is None else soap.exact(exchange.response, protNFe),
            tMed=_integer(result.findtext(f".//{_NFE}tMed", "")),
        )
        if verdict is Verdict.AUTHORIZED and not (outcome.protocolo and _text(info, "chNFe") and outcome.protNFe):
            raise Unknown("unreadable", exchange, f"cStat {code} without its protocol")
        return Answer(outcome, exchange)

    def _check_subject(self, element: etree._Element, exchange: Exchange, access_key: str) -> None:
        """Refuse an answer about another document or another environment than was asked.

        Who refuses a query (108, 280, 656) may not even have read its key; the layout wants one, so zeros stand there.
        """
        refused = element.tag == _NFE + "retConsSitNFe" and not cstat.meaning(_text(element, "cStat")).in_query
        for tag, expected in (("tpAmb", self.environment.tpAmb), ("chNFe", access_key)):
            value = _text(element, tag)
            if value and value != expected and not (refused and value == _NO_KEY):
                raise Mismatch("mismatch", exchange, f"{tag} {value}")


def outcome_matches(outcome: Outcome, signed: bytes) -> bool:
    """Whether the authorizer holds the very document in ``signed``: same key, same digest (digVal).

    False too when the answer has no digVal: then nothing proves it.
    """
    root = soap.parse(signed)
    info = root.find(f"{_NFE}infNFe")
    digest = root.findtext(f".//{_DIGEST}", "").strip()
    return (
        bool(digest) and outcome.digest == digest and info is not None and info.get("Id") == f"NFe{outcome.access_key}"
    )


# --- Reading answers ----------------------------------------------------------------------------------------------


def _text(element: etree._Element, tag: str) -> str:
    return (element.findtext(_NFE + tag) or "").strip()


def _integer(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() else None


def _moment(text: str) -> datetime | None:
    """dhRecbto; None when it is absent, no date or without its zone: an authorization must not be lost over it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _uf_code(uf: str) -> str:
    return next(row["code"] for row in rows("uf") if row["uf"] == uf)
