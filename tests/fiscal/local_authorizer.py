"""A real HTTPS server on this machine, with mutual TLS and a throwaway authority, that misbehaves as it is told."""

import datetime
import ipaddress
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


class Pair(NamedTuple):
    """A certificate and its key, PEM."""

    certificate: bytes
    key: bytes

    def pem_pair(self):
        return tuple(self)


class Authority:
    """A certification authority that lives as long as the test."""

    def __init__(self, name):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key, x509.BasicConstraints(ca=True, path_length=None))
        self.pem = self.certificate.public_bytes(Encoding.PEM)

    def issue(self, name, host="127.0.0.1"):
        key = ec.generate_private_key(ec.SECP256R1())
        host_name = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        certificate = self._sign(subject, key, x509.BasicConstraints(ca=False, path_length=None), host_name)
        pem_key = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Pair(certificate.public_bytes(Encoding.PEM), pem_key)

    def _sign(self, subject, key, *extensions):
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + day)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(self.key, hashes.SHA256())


class LocalAuthorizer:
    """The server. ``behave(handler)`` writes the answer; ``requests`` keeps what came, byte for byte."""

    def __init__(self, server_pair, client_authority, folder):
        path = folder / "server.pem"
        path.write_bytes(server_pair.certificate + server_pair.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        context.load_verify_locations(cadata=client_authority.pem.decode())
        context.verify_mode = ssl.CERT_REQUIRED
        self.requests, self.headers, self.connections = [], [], 0
        self.released = threading.Event()  # set at the end, so that a hanging answer does not outlive its test
        self.behave = None
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.owner, self.server.context = self, context
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def finish_request(self, request, client_address):
        """The handshake is made in the connection's own thread, so that one client cannot hold up the others."""
        try:
            request = self.context.wrap_socket(request, server_side=True)
        except (ssl.SSLError, OSError):
            return  # a client that does not trust us, or that we do not trust: what some tests are about
        self.owner.connections += 1
        super().finish_request(request, client_address)
        request.close()

    def handle_error(self, request, client_address):
        """A client that hangs up is what the tests do; their assertions tell whether it was right."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.owner.requests.append(body)
        self.server.owner.headers.append(self.headers)
        self.server.owner.behave(self)

    def log_message(self, *args):
        """Tests are silent."""

    # --- what a behaviour is made of -----------------------------------------------------------------------------

    def answer(self, body, status=200, content_type="application/soap+xml; charset=utf-8", encoding=""):
        self.head(len(body), status, content_type, encoding)
        self.wfile.write(body)

    def head(self, length, status=200, content_type="application/soap+xml; charset=utf-8", encoding=""):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def hang(self):
        self.server.owner.released.wait()

    def hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def soap(service, content):
    """An answer as an authorizer writes it, around ``content``."""
    return (
        b'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" '
        b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>'
        b'<nfeResultMsg xmlns="http://www.portalfiscal.inf.br/nfe/wsdl/'
        + service.encode()
        + b'">'
        + content
        + b"</nfeResultMsg></soap:Body></soap:Envelope>"
    )
