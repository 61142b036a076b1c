"""The simulator as a process: mutual TLS, ten clients at once, faults, restarts, one per directory."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
import requests
from fiscal.simulator import authority, control, schema
from simulator_support import (
    EMITTER,
    SECONDS,
    Client,
    Nfe,
    Signer,
    content_type,
    envelope,
    field,
    lot,
    result_of,
    status_message,
    write_pem,
)

PROT = "protNFe/infProt/cStat"
ADDON = Path(schema.__file__).parents[2]
FAILED = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulator")
    yield folder
    control.stop(folder)


@pytest.fixture(scope="module")
def signer(state):
    return Signer(*authority.issue_certificate(state, EMITTER, "EMPRESA DE TESTE LTDA"))


@pytest.fixture
def found(state):
    """A running simulator without faults, whatever the test before did to it."""
    running = control.start(state)
    control.clear_faults(state)
    return running


@pytest.fixture
def client(found, state, signer):
    return Client(found, write_pem(state, signer))


def wait_until(condition, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def waiting_faults(state):
    """The faults that have not met their request yet."""
    with closing(sqlite3.connect(state / "simulator.sqlite3", timeout=SECONDS)) as link:
        return link.execute("SELECT kind FROM fault").fetchall()


def make(signer, number):
    nfe = Nfe(number=number).close()
    return nfe, signer.sign(nfe)


# --- Service and TLS ------------------------------------------------------------------------------------------------


def test_the_three_services(client, signer):
    nfe, signed = make(signer, 1)
    assert field(client.status(), "cStat") == "107"
    given = client.authorise(signed)
    assert field(given, PROT) == "100"
    found = client.query(nfe.key)
    assert field(found, "protNFe/infProt/nProt") == field(given, "protNFe/infProt/nProt")
    for element, root in ((given, "retEnviNFe"), (found, "retConsSitNFe")):
        assert schema.errors(root, element) == []


def test_a_state_of_its_own(client):
    answer = client.post("NFeStatusServico4", status_message("43"), uf="RS")
    assert field(result_of(answer.content, "retConsStatServ"), "cUF") == "43"
    assert client.post("NFeStatusServico4", status_message(), uf="XX").status_code == 404


def test_without_a_client_certificate(found):
    client = Client(found)
    assert client.post("NFeStatusServico4", status_message()).status_code == 403
    assert client.session.get(found.url, timeout=SECONDS).status_code == 200


def test_certificate_of_another_authority_fails_the_handshake(found, tmp_path):
    stranger = Signer(*authority.issue_certificate(tmp_path, EMITTER, "EMPRESA"))
    with pytest.raises(requests.ConnectionError):
        Client(found, write_pem(tmp_path, stranger)).status()


def test_expired_certificate_is_answered(found, state, tmp_path):
    how = {"days": 1, "not_before": datetime.now(UTC) - timedelta(days=3)}
    expired = Signer(*authority.issue_certificate(state, EMITTER, "EMPRESA", **how))
    assert field(Client(found, write_pem(tmp_path, expired)).status(), "cStat") == "281"


def test_only_its_own_authority_vouches_for_it(found):
    """Whoever trusts the world's authorities does not trust this server."""
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(found.url, timeout=SECONDS)


def test_not_soap(client, found):
    url = found.service_url("NFeStatusServico4")
    kind = content_type("NFeStatusServico4")
    answer = client.session.post(url, data=b"<x/>", headers={"Content-Type": kind}, timeout=SECONDS)
    assert answer.status_code == 500
    assert b"soap:Fault" in answer.content
    assert client.session.post(f"{found.url}/ws/Outro", data=b"", timeout=SECONDS).status_code == 404


def test_connection_is_kept_alive(client):
    client.status()
    pool = next(iter(client.session.adapters["https://"].poolmanager.pools._container.values()))
    for _round in range(5):
        client.status()
    assert pool.num_connections == 1


def test_ten_clients_at_once(found, state, signer):
    """100 documents over 10 connections: each authorised once, each protocol its own."""
    pem = write_pem(state, signer)
    documents = [make(signer, 1000 + n) for n in range(100)]

    def run(part):
        client = Client(found, pem)
        return [client.authorise(signed) for _nfe, signed in part]

    with ThreadPoolExecutor(10) as pool:
        answers = [a for part in pool.map(run, (documents[n::10] for n in range(10))) for a in part]
    assert {field(a, PROT) for a in answers} == {"100"}
    assert len({field(a, "protNFe/infProt/nProt") for a in answers}) == 100


def test_ten_clients_with_one_number(found, state, signer):
    """The same number under ten keys at the same moment: one is authorised, nine are told its key (539)."""
    pem = write_pem(state, signer)
    documents = [Nfe(number=2000).set("ide/cNF", f"1122334{n}").close() for n in range(10)]
    signed = [signer.sign(nfe) for nfe in documents]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda text: Client(found, pem).authorise(text), signed))
    assert sorted(field(a, PROT) for a in answers) == ["100"] + ["539"] * 9
    holder = next(n.key for n, a in zip(documents, answers, strict=True) if field(a, PROT) == "100")
    assert all(holder in field(a, "protNFe/infProt/xMotivo") for a in answers if field(a, PROT) == "539")


# --- Faults ---------------------------------------------------------------------------------------------------------


def authorised(client, nfe):
    return field(client.query(nfe.key), "cStat")


@pytest.mark.parametrize("kind", ["refuse", "hang"])
def test_fault_before_anything_is_processed(state, client, signer, kind):
    nfe, signed = make(signer, {"refuse": 3000, "hang": 3001}[kind])
    control.set_fault(state, kind, service="NFeAutorizacao4")
    with pytest.raises(FAILED):
        client.authorise(signed, timeout=1)
    assert authorised(client, nfe) == "217"
    assert field(client.authorise(signed), PROT) == "100"


@pytest.mark.parametrize("kind", ["lose_answer", "hang_answer", "cut"])
def test_fault_after_the_authorisation(state, client, signer, kind):
    """What a sender must survive: the document is authorised, and the answer never came."""
    nfe, signed = make(signer, {"lose_answer": 3002, "hang_answer": 3003, "cut": 3004}[kind])
    control.set_fault(state, kind)
    with pytest.raises(FAILED):
        client.authorise(signed, timeout=1)
    assert authorised(client, nfe) == "100"
    assert field(client.authorise(signed), PROT) == "204"


@pytest.mark.parametrize("code", ["108", "109", "656"])
@pytest.mark.parametrize("service", ["NFeStatusServico4", "NFeAutorizacao4", "NFeConsultaProtocolo4"])
def test_forced_status(state, client, signer, service, code):
    nfe, signed = make(signer, 3005)
    control.set_fault(state, "cstat", service=service, cStat=code)
    ask = {
        "NFeStatusServico4": client.status,
        "NFeAutorizacao4": lambda: client.authorise(signed),
        "NFeConsultaProtocolo4": lambda: client.query(nfe.key),
    }[service]
    assert field(ask(), "cStat") == code
    assert authorised(client, nfe) == "217"


def test_cut_sends_what_it_was_told_to(state, found, signer):
    control.set_fault(state, "cut", bytes=7)
    client = Client(found, write_pem(state, signer))
    url = found.service_url("NFeStatusServico4")
    body = envelope("NFeStatusServico4", status_message())
    headers = {"Content-Type": content_type("NFeStatusServico4")}
    answer = client.session.post(url, data=body, headers=headers, stream=True, timeout=SECONDS)
    received = []
    with pytest.raises((requests.RequestException, OSError)):
        received.extend(answer.iter_content(1))
    assert len(received) <= 7


def test_delay(state, client):
    control.set_fault(state, "delay", seconds=0.7)
    started = time.monotonic()
    assert field(client.status(), "cStat") == "107"
    assert time.monotonic() - started >= 0.7


def test_html_and_soap_fault(state, client):
    control.set_fault(state, "html", status=502)
    control.set_fault(state, "soap_fault")
    html = client.post("NFeStatusServico4", status_message())
    assert (html.status_code, html.headers["Content-Type"]) == (502, "text/html")
    assert b"soap:Fault" in client.post("NFeStatusServico4", status_message()).content
    assert field(client.status(), "cStat") == "107"


def test_refusal_of_every_connection_until_cleared(state, found, signer):
    pem = write_pem(state, signer)
    control.set_fault(state, "refuse", times=None)
    for _round in range(3):
        with pytest.raises(requests.ConnectionError):
            Client(found, pem).status()
    control.clear_faults(state)
    assert field(Client(found, pem).status(), "cStat") == "107"


def test_fault_for_the_next_calls_of_one_service(state, client, signer):
    nfe, _signed = make(signer, 3006)
    control.set_fault(state, "cstat", service="NFeStatusServico4", times=2, cStat="109")
    assert authorised(client, nfe) == "217"
    assert [field(client.status(), "cStat") for _round in range(3)] == ["109", "109", "107"]


@pytest.mark.parametrize(
    "command",
    [
        {"kind": "explode"},
        {"kind": "delay", "times": 0},
        {"kind": "delay", "service": "Outro"},
        {"kind": "delay", "color": 1},
        {"kind": "cstat", "cStat": "100"},
        {"kind": "delay", "seconds": "5"},
    ],
)
def test_fault_it_does_not_know(state, found, command):
    with pytest.raises(control.SimulatorError):
        control.set_fault(state, **command)


def test_faults_need_the_token(found):
    request = urllib.request.Request(found.control_url, data=json.dumps({"kind": "refuse"}).encode())
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=SECONDS)


# --- Life of the process --------------------------------------------------------------------------------------------


def test_start_finds_the_one_that_runs(state, found):
    assert control.start(state) == found == control.running(state)


def test_killed_server_comes_back_with_its_memory(state, found, client, signer):
    """kill -9 right after the answer: the supervisor restarts it on the same port, the key is still there."""
    nfe, signed = make(signer, 4000)
    given = client.authorise(signed)
    os.kill(found.pid, signal.SIGKILL)
    again = wait_until(lambda: (r := control.running(state)) and r.pid != found.pid and r)
    assert again.url == found.url
    fresh = Client(again, write_pem(state, signer))
    assert field(fresh.query(nfe.key), "protNFe/infProt/nProt") == field(given, "protNFe/infProt/nProt")
    assert field(fresh.authorise(signed), PROT) == "204"


def test_killed_supervisor_leaves_nothing_behind(state, found, signer):
    owner = psutil.Process(found.pid).parent()
    os.kill(owner.pid, signal.SIGKILL)
    wait_until(lambda: not psutil.pid_exists(found.pid) or psutil.Process(found.pid).status() == "zombie")
    assert control.running(state) is None
    again = control.start(state)
    assert again.url == found.url
    assert field(Client(again, write_pem(state, signer)).status(), "cStat") == "107"


def test_killed_between_commit_and_answer(state, found, client, signer):
    nfe, signed = make(signer, 4001)
    control.set_fault(state, "hang_answer", service="NFeAutorizacao4")

    def send():
        with pytest.raises(FAILED):
            client.authorise(signed)

    lost = threading.Thread(target=send)
    lost.start()
    other = Client(found, write_pem(state, signer))
    wait_until(lambda: authorised(other, nfe) == "100")
    os.kill(found.pid, signal.SIGKILL)
    lost.join(SECONDS)
    again = wait_until(lambda: (r := control.running(state)) and r.pid != found.pid and r)
    assert authorised(Client(again, write_pem(state, signer)), nfe) == "100"


def test_stop_is_clean_and_a_new_start_keeps_the_address(state, found, client, signer):
    nfe, signed = make(signer, 4002)
    client.authorise(signed)
    assert control.stop(state) is True
    assert control.running(state) is None
    assert control.stop(state) is False
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", found.port), timeout=SECONDS)
    again = control.start(state)
    assert again.url == found.url
    assert authorised(Client(again, write_pem(state, signer)), nfe) == "100"


def test_stop_lets_a_request_finish(state, found, client):
    control.set_fault(state, "delay", seconds=30)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.status)
        wait_until(lambda: not waiting_faults(state))
        control.stop(state)
        assert field(asked.result(SECONDS), "cStat") == "107"


def test_two_starters_at_once_give_one_process(tmp_path):
    command = [sys.executable, "-m", "fiscal.simulator", "--state", str(tmp_path)]
    starters = [
        subprocess.Popen(command, cwd=ADDON, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _starter in range(2)
    ]
    try:
        addresses = [json.loads(starter.stdout.readline()) for starter in starters]
        assert addresses[0] == addresses[1]
        assert addresses[0]["pid"] in {starter.pid for starter in starters}
        wait_until(lambda: any(starter.poll() == 0 for starter in starters))
        assert sum(starter.poll() is None for starter in starters) == 1
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda _n: control.start(tmp_path), range(2)))
        assert {f.pid for f in found} == {addresses[0]["pid"]}
    finally:
        for starter in starters:
            starter.terminate()
            starter.communicate(timeout=SECONDS)
    assert control.running(tmp_path) is None


def test_command_line(tmp_path):
    ready = tmp_path / "ready.json"
    state = tmp_path / "um estado com espaços"
    command = [sys.executable, "-m", "fiscal.simulator", "--state", str(state)]
    server = subprocess.Popen(
        [*command, "--ready-file", str(ready), "--supervise"], cwd=ADDON, stdout=subprocess.PIPE, text=True
    )
    try:
        address = json.loads(server.stdout.readline())
        assert set(address) >= {"url", "ca", "pid", "port"}
        assert json.loads(ready.read_text()) == address
        second = subprocess.run(command, cwd=ADDON, capture_output=True, text=True, timeout=SECONDS)
        assert (second.returncode, json.loads(second.stdout)) == (0, address)
        stopped = subprocess.run([*command, "--stop"], cwd=ADDON, capture_output=True, text=True, timeout=SECONDS)
        assert stopped.returncode == 0
        assert server.wait(SECONDS) == 0
    finally:
        if server.poll() is None:
            server.kill()
        server.communicate()


# --- The page -------------------------------------------------------------------------------------------------------


def test_page_tells_what_was_received(state, found, client, signer):
    nfe, signed = make(signer, 5000)
    client.authorise(signed)
    bad = Nfe(number=5001).set("dest/xNome", "<b>CLIENTE</b> & CIA").close()
    client.authorise(signer.sign(bad))
    page = client.session.get(f"{found.url}/", timeout=SECONDS)
    text = page.content.decode()
    assert "SIMULADOR – SEM VALOR FISCAL" in text
    assert 'lang="pt-BR"' in text
    assert "width=device-width" in text
    for expected in (nfe.key, EMITTER, "1/5000", ">100<", ">598<", "SP", "Autorizado o uso da NF-e"):
        assert expected in text
    link = text.split('href="/recebidos/')[1].split("/")[0]
    request = client.session.get(f"{found.url}/recebidos/{link}/pedido.xml", timeout=SECONDS)
    assert request.content == lot(signer.sign(bad)).encode()
    assert b"598" in client.session.get(f"{found.url}/recebidos/{link}/resposta.xml", timeout=SECONDS).content
    assert client.session.get(f"{found.url}/recebidos/99999999/pedido.xml", timeout=SECONDS).status_code == 404
    plain = urllib.request.urlopen(found.page, timeout=SECONDS).read().decode()
    assert nfe.key in plain


def test_what_a_killed_one_left_behind_is_not_running(tmp_path):
    """An unsupervised server killed with -9 leaves its address; nobody may be sent there, and a new start works."""
    command = [sys.executable, "-m", "fiscal.simulator", "--state", str(tmp_path)]
    server = subprocess.Popen(command, cwd=ADDON, stdout=subprocess.PIPE, text=True)
    address = json.loads(server.stdout.readline())
    assert control.running(tmp_path).pid == address["pid"]
    server.kill()
    server.communicate()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _n: control.running(tmp_path), range(40))) == {None}
    try:
        assert control.start(tmp_path).pid != address["pid"]
    finally:
        control.stop(tmp_path)
