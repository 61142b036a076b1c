"""The core's tests import it as the package ``fiscal``, without Odoo."""

import sys
from pathlib import Path

import pytest

from dev import core_tests

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "faturamento_br"))

import nfe_samples as samples
from fiscal.authorizer import Authorizer
from fiscal.certificate import Certificate
from fiscal.simulator import authority as simulated
from fiscal.simulator import control
from fiscal.simulator.services import Sefaz
from fiscal.simulator.store import Store
from fiscal.spec import Environment
from fiscal.transport import Timeout
from local_authorizer import Authority, LocalAuthorizer
from simulator_support import EMITTER, Signer

core_tests.load_profile()

# --- An authorizer that answers what a test tells it to -------------------------------------------------------------


@pytest.fixture(scope="module")
def authority():
    return Authority("Test")


@pytest.fixture(scope="module")
def server(authority, tmp_path_factory):
    server = LocalAuthorizer(authority.issue("SEFAZ"), authority, tmp_path_factory.mktemp("tls"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def authorizer(server, authority):
    authorizer = Authorizer(
        Environment.SIMULATOR,
        "SP",
        authority.issue("EMPRESA"),
        simulator_url=server.url + "/",
        simulator_ca=authority.pem,
        timeout=Timeout(0.5, 0.5),
    )
    yield authorizer
    authorizer.close()


@pytest.fixture
def unreachable(authority):
    """A client of an authorizer where nobody listens."""
    return Authorizer(
        Environment.SIMULATOR,
        "SP",
        authority.issue("EMPRESA"),
        simulator_url="https://127.0.0.1:1",
        simulator_ca=authority.pem,
    )


# --- The simulator as a server, and a certificate that it gave ------------------------------------------------------


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulator")
    control.start(folder)
    yield folder
    control.stop(folder)


@pytest.fixture(scope="module")
def certificate(state):
    return Certificate.load(*simulated.issue_certificate(state, samples.EMITTER.tax_id, samples.EMITTER.name))


@pytest.fixture(scope="module")
def simulator_client(state, certificate):
    """The project's own client, talking to the simulator; a module calls it ``authorizer``."""
    running = control.running(state)
    client = Authorizer(
        Environment.SIMULATOR,
        "SP",
        certificate,
        simulator_url=running.url,
        simulator_ca=running.ca_pem_path,
        timeout=Timeout(connect=1, read=1),
    )
    yield client
    client.close()


# --- The simulator's judgement alone, without a server --------------------------------------------------------------


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sefaz")
    store = Store(folder / "simulator.sqlite3")
    yield Sefaz(folder, store)
    store.close()


@pytest.fixture(scope="module")
def signer(office):
    return Signer(*simulated.issue_certificate(office.state_dir, EMITTER, "EMPRESA DE TESTE LTDA"))
