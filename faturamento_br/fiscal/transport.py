"""SOAP over mutual TLS, with the caller's bytes as they are. It knows bytes only: no NF-e, no cStat.

zeep gives operation, headers and envelope from a small WSDL per service (wsdl/); requests carries them. The payload is
put into the envelope as bytes, never as a tree: a signed document leaves byte for byte as it was signed.

A failure is one of two types, and the difference is what the caller's next step hangs on:

* :class:`NotSent`: the authorizer surely did not take it. Everything that fails before the connection stands is this
  (refused, DNS, TLS handshake), and an HTTP status by which the web server refuses to hand it on.
* :class:`Unknown`: it may have taken it. Query the key before anything else.

They are told apart by where they happen, never by their text: see :class:`_Connection`.
"""

import os
import socket
import ssl
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import requests
import zeep
from lxml import etree
from requests.adapters import HTTPAdapter
from urllib3.connection import CertificateError, HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool

from . import soap
from .problems import FiscalError, Problem, _

MAX_ANSWER = 4 * 1024 * 1024  # bytes
# A pooled connection idle for longer is not used again: one that the other side has closed meanwhile fails as Unknown.
MAX_IDLE = 20.0  # seconds
# The web server refused to hand the message on: no service saw it (IIS says 403 to a missing client certificate).
REFUSED_STATUS = frozenset({401, 403, 404, 405})
_WSDL = Path(__file__).parent / "wsdl"
_SETTINGS = zeep.Settings(raw_response=True)


class Timeout(NamedTuple):
    """Seconds: to connect (the TLS handshake included), and to wait for each piece of the answer."""

    connect: float = 10.0
    read: float = 60.0


DEFAULT_TIMEOUT = Timeout()


@dataclass(frozen=True)
class Exchange:
    """One attempt, for the record: the HTTP bodies exactly as sent and as received, even if cut."""

    service: str
    url: str
    request: bytes
    response: bytes = b""
    status: int | None = None  # HTTP
    seconds: float = 0.0
    answered_at: datetime | None = None  # by this machine's clock
    clock_error: timedelta | None = None  # how far that is ahead of the authorizer's (clock.py); None: not told


# kind of failure -> (what happened, what to do)
_NOT_SENT_CURE = _("Nothing was sent. Try again later.")
_UNKNOWN_CURE = _("The authorizer may have received it: query the access key before sending again.")
_MESSAGES = {
    "dns": (_("The address %(host)s could not be found."), _NOT_SENT_CURE),
    "refused": (_("%(host)s refused the connection."), _NOT_SENT_CURE),
    "connect_timeout": (_("%(host)s did not accept the connection in time."), _NOT_SENT_CURE),
    "server_certificate": (
        _("%(host)s did not show a trusted certificate (%(detail)s)."),
        _("Nothing was sent. Install the authority that issued it (ICP-Brasil), or check the address."),
    ),
    "tls": (
        _("%(host)s refused the secure connection (%(detail)s)."),
        _("Nothing was sent. Check that the company's certificate is valid and accepted there."),
    ),
    "connection": (_("The connection to %(host)s failed (%(detail)s)."), _NOT_SENT_CURE),
    "address": (_("The address %(host)s cannot be used (%(detail)s)."), _("Use a complete https:// address.")),
    "forbidden": (
        _("%(host)s refused the message before any service saw it (HTTP %(detail)s)."),
        _("Nothing was accepted. Check the address and whether the certificate is allowed there."),
    ),
    "timeout": (_("%(host)s did not answer in time."), _UNKNOWN_CURE),
    "cut": (_("The connection to %(host)s was cut before the answer was complete."), _UNKNOWN_CURE),
    "http_status": (_("%(host)s answered with an error (HTTP %(detail)s)."), _UNKNOWN_CURE),
    "too_big": (_("The answer of %(host)s is too big to be right."), _UNKNOWN_CURE),
    "unreadable": (_("The answer of %(host)s is not the expected message (%(detail)s)."), _UNKNOWN_CURE),
    "fault": (_("%(host)s answered with a SOAP fault: %(detail)s"), _UNKNOWN_CURE),
    "mismatch": (_("%(host)s answered about something else (%(detail)s)."), _UNKNOWN_CURE),
}


class TransportError(FiscalError):
    """An exchange without a usable answer: catch :class:`NotSent` or :class:`Unknown`.

    :ivar kind: stable name of the cause, a key of the messages above.
    :ivar exchange: what was sent and received, for the record.
    """

    def __init__(self, kind: str, exchange: Exchange, detail: object = ""):
        self.kind, self.exchange = kind, exchange
        message, cure = _MESSAGES[kind]
        params = {"host": requests.utils.urlparse(exchange.url).netloc or exchange.url, "detail": str(detail)}
        super().__init__([Problem(f"transport_{kind}", "", message, cure, params)])


class NotSent(TransportError):
    """The authorizer surely did not take it: the same bytes may be sent again."""


class Unknown(TransportError):
    """It may have been taken: query the key."""


class Mismatch(Unknown):
    """A readable answer, but to another question (another key or environment)."""


class Transport:
    """One TLS session with an authorizer, kept between calls.

    :param url_for: the address of a service, by the name of its WSDL.
    :param pem_pair: (certificate chain, unencrypted key), PEM; in memory only, the key never touches a disk.
    :param ca: the only authorities to trust: a path, or PEM bytes; None for the system's.
    :raises FiscalError: the certificate and the key cannot be used together.
    """

    def __init__(
        self,
        url_for: Callable[[str], str],
        pem_pair: tuple[bytes, bytes],
        ca: str | Path | bytes | None = None,
        timeout: Timeout = DEFAULT_TIMEOUT,
    ):
        self.url_for, self.timeout = url_for, timeout
        self._last_used = monotonic()
        self.session = requests.Session()
        self.session.trust_env = False  # else REQUESTS_CA_BUNDLE and proxies from the environment would win
        self.session.headers.update({"User-Agent": "faturamento_br", "Accept-Encoding": "identity"})
        self.session.adapters.clear()  # https only
        self.session.mount("https://", _Adapter(_tls_context(pem_pair, ca)))

    def send(self, service: str, payload: bytes) -> tuple[etree._Element, Exchange]:
        """Send ``payload`` (one XML element, no declaration) to ``service`` and wait for its answer.

        :returns: the element inside nfeResultMsg, and the exchange.
        :raises NotSent: the authorizer surely did not take it.
        :raises Unknown: it may have.
        """
        if monotonic() - self._last_used > MAX_IDLE:
            self.session.close()  # the pool only; the session goes on
        document = _document(service)
        wire = _Wire(self.session, self.timeout, service, payload)
        client = zeep.Client(document, transport=wire, settings=_SETTINGS)
        [name] = document.bindings
        [operation] = document.bindings[name].all()
        try:
            exchange = client.create_service(name, self.url_for(service))[operation](etree.Element("payload"))
        finally:
            self._last_used = monotonic()
        return _result(exchange), exchange

    def close(self) -> None:
        self.session.close()


def _result(exchange: Exchange) -> etree._Element:
    """The element inside nfeResultMsg, of an answer that is one; whatever else came is told by its type."""
    if exchange.status in REFUSED_STATUS:
        raise NotSent("forbidden", exchange, exchange.status)
    try:
        return soap.result(exchange.response)
    except soap.FaultError as fault:
        raise Unknown("fault", exchange, fault) from fault
    except soap.NotSoapError as error:
        if exchange.status != 200:
            raise Unknown("http_status", exchange, exchange.status) from error
        raise Unknown("unreadable", exchange, error) from error


@cache
def _document(service: str) -> zeep.wsdl.Document:
    """The parsed WSDL of ``service``, once per process (it takes 5 to 20 ms)."""
    return zeep.wsdl.Document(str(_WSDL / f"{service}.wsdl"), zeep.Transport(), settings=_SETTINGS)


class _Wire(zeep.Transport):
    """zeep's way out, for one call: the payload's bytes go into the envelope that zeep made."""

    def __init__(self, session: requests.Session, timeout: Timeout, service: str, payload: bytes):
        super().__init__(session=session)
        self.wait, self.service, self.payload = timeout, service, payload

    def post_xml(self, address: str, envelope: etree._Element, headers: dict[str, str]) -> Exchange:
        exchange = Exchange(self.service, address, soap.around(envelope, self.payload))
        start = monotonic()
        body = bytearray()
        status = None
        try:
            # A redirect is not followed: it would carry the document to another address, or drop it.
            with self.session.post(
                address, exchange.request, headers=headers, timeout=self.wait, stream=True, allow_redirects=False
            ) as response:
                status = response.status_code
                # Taken away, so that what is counted is what came, never what a few bytes of it swell to.
                packed = response.raw.headers.pop("Content-Encoding", "identity").strip().lower()
                for chunk in response.iter_content(65536):
                    body += chunk
                    if len(body) > MAX_ANSWER:
                        break
            body = _unpacked(body, packed)
            failure = ("too_big", None) if len(body) > MAX_ANSWER else None
        except _NotConnectedError as error:
            raise NotSent(*_before_sending(error, exchange, monotonic() - start)) from error
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise NotSent("address", exchange, error) from error
        except (requests.RequestException, OSError) as error:
            failure = ("timeout" if _is_timeout(error) else "cut", error)
        exchange = replace(
            exchange,
            response=bytes(body),
            status=status,
            seconds=monotonic() - start,
            answered_at=datetime.now(UTC),
        )
        if failure is None or status in REFUSED_STATUS:
            return exchange
        kind, error = failure
        raise Unknown(kind, exchange) from error


def _unpacked(body: bytearray, packed: str) -> bytearray:
    """An answer that was compressed though nobody asked for it, opened no further than is right for an answer.

    One that cannot be opened, or is compressed twice, stays as it came: nobody reads it as SOAP.
    """
    if packed not in {"gzip", "x-gzip", "deflate"} or len(body) > MAX_ANSWER:
        return body
    try:
        return bytearray(zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(bytes(body), MAX_ANSWER + 1))
    except zlib.error:
        return body


# --- TLS ----------------------------------------------------------------------------------------------------------


class _NotConnectedError(Exception):
    """The connection never stood, so nothing was sent over it."""


class _Connection(HTTPSConnection):
    """Marks what fails while connecting.

    requests reports a reset in the handshake and one after the message left as the same ConnectionError, and a failed
    handshake as the same SSLError as a broken stream. Here they are still apart: nothing is written before connect()
    has returned. Neither urllib3 nor requests knows this exception, so it comes through as it is.
    """

    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:
            raise _NotConnectedError(str(error)) from error


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


class _Adapter(HTTPAdapter):
    """Every connection with our TLS context, and nothing that requests would add to it."""

    def __init__(self, context: ssl.SSLContext):
        self.context = context
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, ssl_context=self.context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _Pool}

    def cert_verify(self, conn, url, verify, cert):
        """requests would load its own bundle of authorities into the context here."""
        conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None


def _tls_context(pem_pair: tuple[bytes, bytes], ca: str | Path | bytes | None) -> ssl.SSLContext:
    """TLS 1.2, as the MOC 7.0 (3.2.2) asks, and no more: there the handshake ends with the server's judgement of our
    certificate, so its refusal surely comes before the message. With 1.3 it comes after the message has left.
    """
    trusted = {} if ca is None else {"cadata": ca.decode()} if isinstance(ca, bytes) else {"cafile": str(ca)}
    context = ssl.create_default_context(**trusted)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    # urllib3 matches the name itself whenever the context does not: its 1.26 (Odoo's pin) cannot give OpenSSL a name
    # that is an IP address, and pyOpenSSL in urllib3 turns this off anyway.
    context.check_hostname = False
    # ssl reads certificates only from files: this one lives in memory (Linux) and dies with its descriptor.
    with open(os.memfd_create("certificate"), "wb") as file:
        file.write(b"\n".join(pem_pair))
        file.flush()
        try:
            context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")
        except ssl.SSLError as error:
            message = _("The certificate and its key cannot be used for the secure connection (%(detail)s).")
            cure = _("Load the company's A1 certificate again.")
            problem = Problem("certificate_unusable", "certificate", message, cure, {"detail": error.reason or "PEM"})
            raise FiscalError([problem]) from error
    return context


def _before_sending(error: _NotConnectedError, exchange: Exchange, seconds: float) -> tuple[str, Exchange, object]:
    """The arguments of :class:`NotSent` for a connection that failed."""
    exchange = replace(exchange, seconds=seconds)
    kinds = {
        socket.gaierror: "dns",
        ssl.SSLCertVerificationError: "server_certificate",
        CertificateError: "server_certificate",  # issued for another name
        ssl.SSLError: "tls",
        TimeoutError: "connect_timeout",
        ConnectionRefusedError: "refused",
    }
    for cause in _causes(error):
        for kind, name in kinds.items():
            if isinstance(cause, kind):
                return name, exchange, getattr(cause, "verify_message", None) or getattr(cause, "reason", None) or cause
    return "connection", exchange, error


def _is_timeout(error: BaseException) -> bool:
    return any(isinstance(cause, requests.Timeout | TimeoutError) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """``error`` and what it came from, the innermost last."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
