"""The transport against a real HTTPS server: every way to fail has its type, and the bytes are untouched."""

import gzip
import os
import re
import socket
import subprocess
import sys
import tracemalloc

import pytest
from fiscal.endpoints import Service
from fiscal.problems import FiscalError
from fiscal.transport import MAX_ANSWER, NotSent, Timeout, Transport, TransportError, Unknown
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_authorizer import Authority, LocalAuthorizer, Pair, soap
from lxml import etree
from urllib3.contrib.pyopenssl import extract_from_urllib3, inject_into_urllib3

SERVICE = Service.STATUS
QUICK = Timeout(connect=0.3, read=0.3)
ANSWER = soap(
    SERVICE, b'<retConsStatServ xmlns="http://www.portalfiscal.inf.br/nfe"><cStat>107</cStat></retConsStatServ>'
)
PAYLOAD = b'<consStatServ xmlns="http://www.portalfiscal.inf.br/nfe" versao="4.00"/>'


@pytest.fixture(scope="module")
def authority():
    return Authority("Servers")


@pytest.fixture(scope="module")
def client_authority():
    return Authority("Clients")


@pytest.fixture(scope="module")
def pair(client_authority):
    return client_authority.issue("EMPRESA LTDA:11222333000181")


@pytest.fixture(scope="module")
def server(authority, client_authority, tmp_path_factory):
    server = LocalAuthorizer(authority.issue("SEFAZ"), client_authority, tmp_path_factory.mktemp("tls"))
    yield server
    server.close()


@pytest.fixture
def transport(server, authority, pair):
    server.behave = lambda handler: handler.answer(ANSWER)
    server.requests.clear(), server.headers.clear()
    transport = Transport(lambda service: f"{server.url}/{service}", pair, authority.pem, QUICK)
    yield transport
    transport.close()


def fails(transport, kind, expected=Unknown):
    with pytest.raises(TransportError) as caught:
        transport.send(SERVICE, PAYLOAD)
    assert type(caught.value) is expected
    assert caught.value.kind == kind
    assert PAYLOAD in caught.value.exchange.request
    [problem] = caught.value.problems
    assert problem.code == f"transport_{kind}"
    assert "%(" not in str(problem)
    return caught.value


# --- What leaves and what comes back ------------------------------------------------------------------------------


def test_the_answer_and_the_record(transport, server):
    result, exchange = transport.send(SERVICE, PAYLOAD)
    assert result.tag == "{http://www.portalfiscal.inf.br/nfe}retConsStatServ"
    assert exchange.request == server.requests[0]
    assert exchange.response == ANSWER
    assert exchange.status == 200
    assert exchange.url == f"{server.url}/NFeStatusServico4"
    assert 0 < exchange.seconds < 5


@pytest.mark.parametrize("service", list(Service))
def test_every_service_has_its_envelope_and_action(transport, server, service):
    transport.send(service, PAYLOAD)
    namespace = f"http://www.portalfiscal.inf.br/nfe/wsdl/{service}"
    operations = {
        "NFeStatusServico4": "nfeStatusServicoNF",
        "NFeAutorizacao4": "nfeAutorizacaoLote",
        "NFeRetAutorizacao4": "nfeRetAutorizacaoLote",
        "NFeConsultaProtocolo4": "nfeConsultaNF",
        "NFeRecepcaoEvento4": "nfeRecepcaoEvento",
        "NFeInutilizacao4": "nfeInutilizacaoNF",
        "CadConsultaCadastro4": "consultaCadastro",
    }
    assert server.headers[0]["Content-Type"] == (
        f'application/soap+xml; charset=utf-8; action="{namespace}/{operations[service]}"'
    )
    assert f'<nfeDadosMsg xmlns="{namespace}">'.encode() + PAYLOAD + b"</nfeDadosMsg>" in server.requests[0]
    root = etree.fromstring(server.requests[0])
    assert root.tag == "{http://www.w3.org/2003/05/soap-envelope}Envelope"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="<&\r", min_codepoint=32)), newline=st.booleans())
def test_what_leaves_is_byte_identical(transport, server, text, newline):
    odd = b'<NFe  xmlns="http://www.portalfiscal.inf.br/nfe" ><a b=\'1\'   c="&#x41;"></a><d/>'
    payload = odd + (b"\r\n\t" if newline else b"") + text.encode() + b"<payload/></NFe >"
    transport.send(Service.AUTHORIZE, payload)
    received = server.requests[-1]
    start = received.index(b"<NFe")
    assert received[start : start + len(payload)] == payload
    assert received.count(b"<payload/>") == 1 + text.count("<payload/>")


def test_one_connection_serves_many_calls(transport, server):
    before = server.connections
    for _ in range(5):
        transport.send(SERVICE, PAYLOAD)
    assert server.connections == before + 1


def test_an_idle_connection_is_not_used_again(transport, server, monkeypatch):
    transport.send(SERVICE, PAYLOAD)
    before = server.connections
    monkeypatch.setattr("fiscal.transport.MAX_IDLE", -1)
    transport.send(SERVICE, PAYLOAD)
    assert server.connections == before + 1


def test_the_environment_changes_nothing(transport, server, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    transport.send(SERVICE, PAYLOAD)


def test_the_key_never_touches_a_disk(pair, authority):
    """The interpreter itself reports what is opened meanwhile: one descriptor (in memory), and no path."""
    script = (
        "import sys, os; sys.path.insert(0, sys.argv[1])\n"
        "from fiscal.transport import Transport\n"
        "import ssl, zeep, cryptography.x509\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, args: event == 'open' and opened.append(args[0]))\n"
        "certificate, key, ca = os.environb[b'C'], os.environb[b'K'], os.environb[b'A']\n"
        "Transport(str, (certificate, key), ca)\n"
        "assert [type(name) for name in opened] == [int], opened\n"
    )
    environment = {b"C": pair.certificate, b"K": pair.key, b"A": authority.pem, b"PATH": os.environb[b"PATH"]}
    folder = next(path for path in sys.path if path.endswith("faturamento_br"))
    subprocess.run([sys.executable, "-c", script, folder], env=environment, check=True)


# --- Surely not sent ----------------------------------------------------------------------------------------------


def another(transport, url="", pair=None, ca=None, **options):
    return Transport((lambda service: url) if url else transport.url_for, pair, ca, QUICK, **options)


def test_refused(transport, pair, authority):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, not listening: refuses
        fails(
            another(transport, f"https://127.0.0.1:{free.getsockname()[1]}/", pair, authority.pem), "refused", NotSent
        )


def test_name_that_does_not_exist(transport, pair, authority):
    fails(another(transport, "https://sefaz.invalid/", pair, authority.pem), "dns", NotSent)


def test_server_of_another_authority(transport, server, pair):
    error = fails(another(transport, pair=pair, ca=Authority("Other").pem), "server_certificate", NotSent)
    assert error.exchange.response == b""
    assert server.requests == []


def test_system_authorities_do_not_know_ours(transport, server, pair):
    fails(another(transport, pair=pair, ca=None), "server_certificate", NotSent)
    assert server.requests == []


def test_certificate_for_another_address(authority, client_authority, pair, tmp_path):
    server = LocalAuthorizer(authority.issue("SEFAZ", host="127.0.0.2"), client_authority, tmp_path)
    try:
        fails(another(None, server.url, pair, authority.pem), "server_certificate", NotSent)
        assert server.requests == []
    finally:
        server.close()


def test_certificate_for_another_name(transport, server, pair, authority):
    url = server.url.replace("127.0.0.1", "localhost")
    fails(another(None, url, pair, authority.pem), "server_certificate", NotSent)
    assert server.requests == []


def test_beside_a_urllib3_that_was_given_pyopenssl(transport, server, authority, client_authority, pair, tmp_path):
    """Odoo's module ``certificate`` does so to the whole process; the name is then checked elsewhere, but it is."""
    other = LocalAuthorizer(authority.issue("SEFAZ", host="127.0.0.2"), client_authority, tmp_path)
    inject_into_urllib3()
    try:
        assert transport.send(SERVICE, PAYLOAD)[1].status == 200
        fails(another(None, other.url, pair, authority.pem), "server_certificate", NotSent)
        assert other.requests == []
    finally:
        extract_from_urllib3()
        other.close()


def test_client_certificate_of_another_authority(transport, server, authority):
    stranger = Authority("Strangers").issue("X")
    for _ in range(20):  # with TLS 1.3 this is a race between the refusal and a reset
        fails(another(transport, pair=stranger, ca=authority.pem), "tls", NotSent)
    assert server.requests == []


def test_no_other_authority_is_trusted_beside_the_given_one(transport):
    """requests adds its own bundle to any context, at the first call."""
    transport.send(SERVICE, PAYLOAD)
    adapter = transport.session.get_adapter(transport.url_for(SERVICE))
    assert len(adapter.context.get_ca_certs()) == 1


def test_handshake_that_hangs(transport, pair, authority):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}/"
        fails(another(transport, url, pair, authority.pem), "connect_timeout", NotSent)


def test_plain_http_is_never_used(transport, pair, authority):
    fails(another(transport, "http://127.0.0.1/", pair, authority.pem), "address", NotSent)


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_web_server_that_does_not_hand_it_on(transport, server, status):
    server.behave = lambda handler: handler.answer(b"<html>Forbidden</html>", status, "text/html")
    error = fails(transport, "forbidden", NotSent)
    assert error.exchange.status == status
    assert error.exchange.response == b"<html>Forbidden</html>"


# --- It may have been taken ---------------------------------------------------------------------------------------


def test_hang(transport, server):
    server.behave = lambda handler: handler.hang()
    error = fails(transport, "timeout")
    assert error.exchange.request == server.requests[0]
    assert error.exchange.seconds >= QUICK.read


def test_hang_in_the_middle_of_the_answer(transport, server):
    def behave(handler):
        handler.head(len(ANSWER))
        handler.wfile.write(ANSWER[:50])
        handler.hang()

    server.behave = behave
    fails(transport, "timeout")


def test_hang_up_without_answer(transport, server):
    server.behave = lambda handler: handler.hang_up()
    assert fails(transport, "cut").exchange.status is None


def test_cut_in_the_middle_of_the_answer(transport, server):
    def behave(handler):
        handler.head(len(ANSWER))
        handler.wfile.write(ANSWER[:50])
        handler.hang_up()

    server.behave = behave
    assert ANSWER.startswith(fails(transport, "cut").exchange.response)


def test_a_cut_is_not_tried_again(transport, server):
    server.behave = lambda handler: handler.hang_up()
    transport_calls = len(server.requests)
    fails(transport, "cut")
    assert len(server.requests) == transport_calls + 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(transport, server, status):
    def behave(handler):
        handler.send_response(status)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server.behave = behave
    fails(transport, "http_status")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 429, 500, 502, 503])
def test_http_error(transport, server, status):
    server.behave = lambda handler: handler.answer(
        b"<html><body>Service Unavailable</body></html>", status, "text/html"
    )
    error = fails(transport, "http_status")
    assert error.exchange.status == status


@pytest.mark.parametrize(
    "namespace", ["http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/"]
)
@pytest.mark.parametrize("status", [200, 500])
def test_soap_fault(transport, server, status, namespace):
    fault = (
        f'<s:Envelope xmlns:s="{namespace}"><s:Body><s:Fault><s:Reason><s:Text>Server was unable to process</s:Text>'
        "</s:Reason></s:Fault></s:Body></s:Envelope>"
    )
    server.behave = lambda handler: handler.answer(fault.encode(), status)
    error = fails(transport, "fault")
    assert "Server was unable to process" in str(error)
    assert error.exchange.response == fault.encode()


BOMB = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9)
) + b"]>"  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><head><title>Manuten\xc3\xa7\xc3\xa3o</title></head><body></body></html>",
        b"Service temporarily unavailable",
        ANSWER[:-20],
        b"\x00\xff\xfe",
        BOMB + ANSWER.replace(b'<?xml version="1.0" encoding="utf-8"?>', b"").replace(b"107", b"&j;"),
        BOMB + b'<x b="&j;"/>',
        ANSWER.replace(b"<soap:Env", b"<!DOCTYPE x><soap:Env", 1),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        soap(SERVICE, b""),
        soap(SERVICE, b"<a/><b/>"),
        re.sub(rb"<nfeResultMsg.*</nfeResultMsg>", b"", ANSWER),
        b'<Envelope xmlns="urn:other"><Body><a><b/></a></Body></Envelope>',
    ],
    ids=["empty", "html", "text", "truncated", "binary", "bomb", "bomb_in_attribute", "doctype", "external",
         "no_result", "two_results", "empty_body", "not_soap"],
)  # fmt: skip
def test_answers_that_are_none(transport, server, body):
    server.behave = lambda handler: handler.answer(body)
    error = fails(transport, "unreadable")
    assert error.exchange.response == body


def test_huge_answer(transport, server):
    def behave(handler):
        handler.head(100 * MAX_ANSWER)
        while True:  # until the other side hangs up
            handler.wfile.write(b" " * 65536)

    server.behave = behave
    error = fails(transport, "too_big")
    assert len(error.exchange.response) < MAX_ANSWER + 2**20


@pytest.mark.parametrize(
    ("times", "encoding", "plain", "kind"),
    [
        (1, "gzip", ANSWER, None),
        (1, "gzip", b" " * 2**26, "too_big"),  # 64 MB in some KB
        (2, "gzip, gzip", b" " * 2**26, "unreadable"),
        (0, "gzip", ANSWER, None),  # it says so, and is not
        (0, "br", b" " * 9, "unreadable"),
    ],
)
def test_a_compressed_answer_does_not_swell(transport, server, times, encoding, plain, kind):
    body = plain
    for _time in range(times):
        body = gzip.compress(body, 1)
    server.behave = lambda handler: handler.answer(body, encoding=encoding)
    tracemalloc.start()
    if kind:
        assert len(fails(transport, kind).exchange.response) < MAX_ANSWER + 2**20
    else:
        assert transport.send(SERVICE, PAYLOAD)[1].response == ANSWER
    assert tracemalloc.get_traced_memory()[1] < 8 * MAX_ANSWER
    tracemalloc.stop()


def test_the_session_survives_a_failure(transport, server):
    server.behave = lambda handler: handler.hang_up()
    fails(transport, "cut")
    server.behave = lambda handler: handler.answer(ANSWER)
    assert transport.send(SERVICE, PAYLOAD)[1].status == 200


# --- The certificate ----------------------------------------------------------------------------------------------


def test_certificate_and_key_that_do_not_belong_together(client_authority, pair):
    other = client_authority.issue("B")
    for certificate, key in ((pair.certificate, other.key), (b"not a certificate", pair.key), (pair.certificate, b"")):
        with pytest.raises(FiscalError) as caught:
            Transport(str, Pair(certificate, key))
        assert [problem.code for problem in caught.value.problems] == ["certificate_unusable"]
