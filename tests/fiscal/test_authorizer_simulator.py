"""The whole way, against the simulator, which shares no code with us: built, signed, sent, authorized, queried."""

from dataclasses import replace
from itertools import count

import event_samples
import nfe_samples as samples
import pytest
from fiscal import access_key, clock, events
from fiscal.authorizer import Authorizer, outcome_matches
from fiscal.certificate import Certificate
from fiscal.documents import document_type
from fiscal.outcome import Verdict
from fiscal.problems import FiscalError
from fiscal.registry_query import RegistryQuestion
from fiscal.simulator import authority as simulated
from fiscal.simulator import control
from fiscal.spec import Environment
from fiscal.transport import NotSent, Unknown
from fiscal.verify import verify_bytes

LETTERS = "12ABC34501DE35"
IE_OF_LETTERS = "110042505117"  # its own: the register of contributors knows whose an IE is
_numbers = count(1000)


@pytest.fixture(scope="module")
def authorizer(simulator_client):
    return simulator_client


@pytest.fixture
def signed(certificate):
    """(access key, signed bytes) of a document with a number of its own."""
    return samples.signed_now(next(_numbers), certificate)


def test_status(authorizer):
    status, _ = authorizer.status()
    assert status.up, status


def test_authorized_then_found_by_its_key(authorizer, signed):
    key, document = signed
    assert authorizer.query(key).outcome.verdict is Verdict.NOT_FOUND
    outcome, exchange = authorizer.authorize(document, key, 1)
    assert outcome.verdict is Verdict.AUTHORIZED, outcome.xMotivo
    assert document in exchange.request
    assert outcome_matches(outcome, document)
    found, _ = authorizer.query(key)
    assert (found.verdict, found.protocolo, found.digest) == (outcome.verdict, outcome.protocolo, outcome.digest)
    assert authorizer.authorize(document, key, 2).outcome.verdict is Verdict.DUPLICATE


def test_an_issuer_whose_cnpj_has_letters(state):
    """Issued, queried and known to the register; each event and the voiding say whose schema does not admit it yet."""
    mine = Certificate.load(*simulated.issue_certificate(state, LETTERS, "EMPRESA DE LETRAS"))
    authorizer = Authorizer(
        Environment.SIMULATOR,
        "SP",
        mine,
        simulator_url=control.running(state).url,
        simulator_ca=control.running(state).ca_pem_path,
    )
    emitter = replace(samples.EMITTER, tax_id=LETTERS, ie=IE_OF_LETTERS)
    key, document = samples.signed_now(next(_numbers), mine, emitter=emitter)
    assert access_key.split(key).tax_id == LETTERS
    outcome, _exchange = authorizer.authorize(document, key, 1)
    assert outcome.verdict is Verdict.AUTHORIZED, outcome.xMotivo
    assert verify_bytes(document_type("55").proc(document, outcome.protNFe)) == []
    found, _exchange = authorizer.query(key)
    assert outcome_matches(found, document)
    control.register(state, {"uf": "SP", "ie": IE_OF_LETTERS, "holder": LETTERS})
    known, _exchange = authorizer.query_registration(RegistryQuestion("SP", cnpj=LETTERS))
    assert known.registrations
    epec_key = access_key.build("35", event_samples.AT, LETTERS, "55", 1, 7, "4", "87654321")
    for event, schema in (
        (event_samples.cancellation(access_key=key, tax_id=LETTERS, protocol=outcome.protocolo), "CancNFe"),
        (event_samples.correction(access_key=key, tax_id=LETTERS), "CCe"),
        (event_samples.epec(access_key=epec_key, tax_id=LETTERS), "EPEC"),
    ):
        [told] = [one for one in events.problems(event, event_samples.AT) if one.code == "event_letters"]
        assert schema in told.params["schema"]
        with pytest.raises(FiscalError):
            events.prepare(event, mine)
    authorizer.close()


def test_a_changed_byte_is_a_rejection(authorizer, signed):
    key, document = signed
    outcome, _ = authorizer.authorize(document.replace(b"Parafuso sextavado", b"Parafuso sextavadO"), key, 1)
    assert (outcome.verdict, outcome.cStat) == (Verdict.REJECTED, "297")


@pytest.mark.parametrize("ahead", [-600, 600])
def test_a_wrong_clock_is_seen_by_the_answers(state, authorizer, signed, ahead):
    """Ahead of SEFAZ's it has a good document refused (703); behind, nothing is refused."""
    key, document = signed
    control.move_clock(state, -ahead)
    try:
        _status, exchange = authorizer.status()
        assert clock.is_wrong(exchange.clock_error)
        assert abs(exchange.clock_error.total_seconds() - ahead) < 60
        outcome, exchange = authorizer.authorize(document, key, 1)
        assert clock.is_wrong(exchange.clock_error)
        assert outcome.cStat == ("703" if ahead > 0 else "100")
    finally:
        control.move_clock(state, 0)
    assert not clock.is_wrong(authorizer.status()[1].clock_error)


@pytest.mark.parametrize("fault", ["lose_answer", "cut", "hang_answer"])
def test_an_answer_lost_after_the_authorization_is_found_by_the_key(state, authorizer, signed, fault):
    key, document = signed
    control.set_fault(state, fault, "NFeAutorizacao4")
    with pytest.raises(Unknown):
        authorizer.authorize(document, key, 1)
    found, _ = authorizer.query(key)
    assert found.verdict is Verdict.AUTHORIZED
    assert outcome_matches(found, document)


@pytest.mark.parametrize("fault", ["hang", "html", "soap_fault"])
def test_nothing_taken_is_found_out_by_the_key(state, authorizer, signed, fault):
    key, document = signed
    control.set_fault(state, fault, "NFeAutorizacao4")
    with pytest.raises(Unknown):
        authorizer.authorize(document, key, 1)
    assert authorizer.query(key).outcome.verdict is Verdict.NOT_FOUND
    assert authorizer.authorize(document, key, 1).outcome.verdict is Verdict.AUTHORIZED


@pytest.mark.parametrize("code", ["108", "109", "656"])
def test_wait(state, authorizer, signed, code):
    key, document = signed
    control.set_fault(state, "cstat", "NFeAutorizacao4", cStat=code)
    outcome, _ = authorizer.authorize(document, key, 1)
    assert (outcome.verdict, outcome.cStat) == (Verdict.WAIT, code)


def test_a_connection_refused_is_not_sent(state, authorizer, signed):
    key, document = signed
    authorizer.close()  # a new connection
    control.set_fault(state, "refuse")
    with pytest.raises(NotSent):
        authorizer.authorize(document, key, 1)
    assert authorizer.query(key).outcome.verdict is Verdict.NOT_FOUND
