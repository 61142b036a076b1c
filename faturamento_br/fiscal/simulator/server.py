"""HTTPS with mutual TLS for the web services, and plain HTTP on the loopback for the page and the faults' control."""

import contextlib
import hmac
import json
import re
import socket
import ssl
import struct
import threading
import time
import traceback
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509

from . import commands, contingency, faults, page, reference, soap
from .services import Request

NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME: an expired certificate is answered 281, not a broken handshake
HANDSHAKE_SECONDS = 10
IDLE_SECONDS = 120
LAST_REQUESTS_SECONDS = 5
FAULTS, REGISTERS = "/control/faults", "/control/registers"
BODY_LIMIT = 8 * 1024 * 1024
_SERVICE = re.compile(r"^/(?:ws/)?(?:([A-Z]{2}|SVCAN|SVCRS)/)?((?:NFe|Cad)\w+?)(?:\.asmx)?/?$", re.IGNORECASE)
_MESSAGE = re.compile(r"^/recebidos/(\d{1,18})/(pedido|resposta)\.xml$")
_SERVICES = {name.lower(): name for name in soap.OPERATIONS}


class DroppedError(Exception):
    """The connection is to be reset, by request."""


def reset(connection):
    """Close a socket so that its peer sees a reset, not an end of file."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive over many requests."""

    protocol_version = "HTTP/1.1"
    server_version = "SIMULADOR"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def log_message(self, format, *args):
        """Requests are listed on the page; nothing goes to the terminal."""

    # --- Plumbing -----------------------------------------------------------------------------------------------

    def _send(self, status, content_type, body):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Ambiente", "SIMULADOR - SEM VALOR FISCAL")
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status, reason):
        """An error page; the connection ends, since what followed the header may not have been read."""
        self.close_connection = True
        text = f"<html><body><h1>{status.value} {status.phrase}</h1><p>{reason}</p></body></html>"
        self._send(status, "text/html; charset=utf-8", text.encode())

    def _json(self, status, content):
        self._send(status, "application/json", json.dumps(content).encode())

    def _body(self):
        """The request's body, or ``None`` after refusing it."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            return self._refuse(HTTPStatus.LENGTH_REQUIRED, "Content-Length")
        if int(length) > BODY_LIMIT:
            return self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Content-Length")
        return self.rfile.read(int(length))

    # --- The page -----------------------------------------------------------------------------------------------

    def do_GET(self):
        store, path = self.server.store, self.path.partition("?")[0]
        found = _MESSAGE.match(path)
        if path == "/":
            content = page.Content(
                store.recent(), store.counts(), store.faults(), store.lots.recent(), store.registers.counts()
            )
            body = page.render(content)
            return self._send(HTTPStatus.OK, "text/html; charset=utf-8", body)
        if path == "/ca.pem":
            return self._send(HTTPStatus.OK, "application/x-pem-file", self.server.ca_pem.read_bytes())
        if found:
            body = store.message(int(found[1]), {"pedido": "request", "resposta": "answer"}[found[2]])
            if body is not None:
                return self._send(HTTPStatus.OK, "application/xml; charset=utf-8", body)
        return self._refuse(HTTPStatus.NOT_FOUND, "endereço desconhecido")

    # --- The control of faults and registers --------------------------------------------------------------------

    def _control(self, path, body):
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(token.encode(), self.server.token.encode()):
            return self._json(HTTPStatus.FORBIDDEN, {"error": "wrong token"})
        try:
            command = json.loads(body)
            if path == REGISTERS:
                return self._json(HTTPStatus.OK, commands.run(self.server.store, command))
            if command == {"clear": True}:
                self.server.store.clear_faults()
                self.server.store.registers.let_in(time.time())
            else:
                self.server.store.add_fault(*faults.read(command))
        except ValueError as error:
            return self._json(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        return self._json(HTTPStatus.OK, {"faults": self.server.store.faults()})

    # --- The web services ---------------------------------------------------------------------------------------

    def do_POST(self):
        path = self.path.partition("?")[0]
        found = _SERVICE.match(path)
        service = _SERVICES.get(found[2].lower()) if found else None
        sigla = (found[1] or "").upper() if found else ""
        # The Ambiente Nacional and the SVCs are no states, and answer for several of them.
        stateless = sigla == "AN" or sigla in contingency.SVCS
        uf = {"cUF": ""} if stateless else reference.uf_by_sigla().get(sigla)
        body = self._body()
        if body is None:
            return None
        if path in {FAULTS, REGISTERS}:
            return self._control(path, body)
        if service is None or (sigla and uf is None) or not contingency.offers(sigla, service):
            return self._refuse(HTTPStatus.NOT_FOUND, "serviço desconhecido")
        if not self.server.certificate_of(self.connection):
            return self._refuse(HTTPStatus.FORBIDDEN, "403.7: é necessário um certificado de cliente")
        with self.server.at_work():
            return self._serve(service, sigla, uf["cUF"] if uf else "", body)

    def _serve(self, service, sigla, cUF, body):
        authorizer = contingency.kind_of(sigla)
        kind, options = self.server.store.take_fault(faults.KINDS, service, authorizer) or ("", {})
        try:
            if kind == "refuse":
                raise DroppedError
            if kind == "html":
                return self._send(options["status"], "text/html", faults.HTML)
            if kind == "soap_fault":
                raise soap.SoapError("SIMULADOR: falha pedida", "Receiver")
            if kind == "delay":
                self.server.stopping.wait(options["seconds"])
            if kind == "hang":
                self._hang(options["seconds"])
            answer = self._process((service, cUF, contingency.SVCS.get(sigla, "")), body, kind, options)
            if kind == "hang_answer":
                self._hang(options["seconds"])
            if kind == "lose_answer":
                raise DroppedError
            if kind == "cut":
                self._cut(answer, options["bytes"])
            return self._send(HTTPStatus.OK, soap.CONTENT_TYPE, answer)
        except soap.SoapError as problem:
            return self._send(HTTPStatus.INTERNAL_SERVER_ERROR, soap.CONTENT_TYPE, soap.fault(problem))

    def _process(self, place, body, kind, options):
        service, cUF, svc = place
        data = soap.payload(body, self.headers.get("Content-Type", ""), service)
        certificate = x509.load_der_x509_certificate(self.server.certificate_of(self.connection))
        request = Request(service, data, certificate, cUF, svc=svc)
        try:
            forced = options["cStat"] if kind == "cstat" else ""
            delay = options["seconds"] if kind == "lot_delay" else 0
            result, entry = self.server.sefaz.answer(request, forced, delay)
        except Exception:  # as SEFAZ does: whatever it did not foresee is answered 999, and told in its own log
            traceback.print_exc()
            result, entry = self.server.sefaz.answer(request, forced="999")
        self.server.store.log(replace(entry, fault=kind, answer=result.encode()))
        return soap.response(service, result)

    def _hang(self, seconds):
        self.server.stopping.wait(seconds)
        raise DroppedError

    def _cut(self, answer, size):
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", soap.CONTENT_TYPE)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer[: len(answer) // 2 if size is None else int(size)])
        self.wfile.flush()
        raise DroppedError


class Server(ThreadingHTTPServer):
    """A listener; ``tls`` is ``None`` for the plain one, which must stay on the loopback."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, sefaz, token, tls=None):
        self.sefaz = sefaz
        self.store = sefaz.store
        self.ca_pem = sefaz.state_dir / "ca.pem"
        self.token = token
        self.tls = tls
        self.stopping = threading.Event()
        self._idle = threading.Condition()
        self._at_work = 0
        super().__init__(address, Handler)

    def server_bind(self):
        """Bind without the base class's reverse look-up of the host's name, which can hang for seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]

    def certificate_of(self, connection):
        """The client's certificate (DER), or ``None``."""
        return connection.getpeercert(binary_form=True) if self.tls else None

    def finish_request(self, request, client_address):
        """Serve one connection, in its own thread: the handshake included, so that a slow one holds up nobody."""
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        if self.store.take_fault(("refuse",), ""):
            reset(request)
            return
        request.settimeout(HANDSHAKE_SECONDS)
        try:
            connection = self.tls.wrap_socket(request, server_side=True)
        except (OSError, ValueError):  # ssl.SSLError is an OSError: a failed handshake is the client's to explain
            reset(request)
            return
        try:
            super().finish_request(connection, client_address)
        except DroppedError:
            reset(connection)
        except (ConnectionError, TimeoutError, ssl.SSLError):
            connection.close()  # the client went away
        else:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            connection.close()

    @contextlib.contextmanager
    def at_work(self):
        """A request being served: a stop waits for it."""
        with self._idle:
            self._at_work += 1
        try:
            yield
        finally:
            with self._idle:
                self._at_work -= 1
                self._idle.notify_all()

    def stop(self):
        """Stop listening, wake what hangs, and let what is being served finish."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._idle:
            self._idle.wait_for(lambda: not self._at_work, LAST_REQUESTS_SECONDS)


def tls_context(server_pem, ca_pem):
    """Mutual TLS 1.2 or later; the client's certificate is asked for, and needed only where it is looked at."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(server_pem)
    context.load_verify_locations(ca_pem)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= NO_CHECK_TIME
    return context
