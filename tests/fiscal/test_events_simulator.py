"""Events the whole way against the simulator: registered once, whatever is lost on the way."""

from datetime import UTC, datetime
from itertools import count

import event_samples
import nfe_samples as samples
import pytest
from fiscal import access_key
from fiscal.authorizer import Authorizer
from fiscal.events import Cancellation, Correction, EventVerdict, now_in, prepare, proc
from fiscal.outcome import Verdict
from fiscal.simulator import control, schema
from fiscal.spec import Environment
from fiscal.transport import NotSent, Timeout, Unknown
from fiscal.verify import verify_bytes
from lxml import etree

_numbers = count(5000)
_lots = count(1)


@pytest.fixture(scope="module")
def authorizer(simulator_client):
    return simulator_client


@pytest.fixture
def document(certificate, authorizer):
    """The outcome of an NF-e just authorized."""
    key, signed = samples.signed_now(next(_numbers), certificate)
    outcome, _ = authorizer.authorize(signed, key, 1)
    assert outcome.verdict is Verdict.AUTHORIZED, outcome.xMotivo
    return outcome


def values(document):
    return {
        "access_key": document.access_key,
        "tax_id": samples.EMITTER.tax_id,
        "environment": Environment.SIMULATOR,
        "at": max(now_in("SP"), document.received_at),
    }


@pytest.fixture
def cancellation(document, certificate):
    """The signed bytes of its cancellation."""
    event = Cancellation(**values(document), protocol=document.protocolo, reason="Cliente desistiu da compra")
    return prepare(event, certificate)


def letter(document, certificate, sequence=1, text="Transportadora correta: Veloz Ltda."):
    return prepare(Correction(**values(document), sequence=sequence, text=text), certificate)


def test_cancelled_and_proven(authorizer, document, cancellation):
    outcome, exchange = authorizer.cancel(cancellation, next(_lots))
    assert (outcome.verdict, outcome.cStat) == (EventVerdict.REGISTERED, "135"), outcome.xMotivo
    assert outcome.registered_at <= datetime.now(UTC)
    assert cancellation in exchange.request
    whole = proc(cancellation, outcome.retEvento)
    assert schema.errors("procEventoCancNFe", etree.fromstring(whole)) == []
    assert verify_bytes(whole) == []
    found, _ = authorizer.query(document.access_key)
    assert found.verdict is Verdict.CANCELLED
    assert [(one.code, one.protocolo) for one in found.events] == [("110111", outcome.protocolo)]
    assert found.events[0].evento == cancellation


def test_corrected_twice(authorizer, document, certificate):
    first, second = (letter(document, certificate, number) for number in (1, 2))
    for signed in (first, second):
        outcome, _ = authorizer.correct(signed, next(_lots))
        assert outcome.verdict is EventVerdict.REGISTERED, outcome.xMotivo
        assert schema.errors("procCCeNFe", etree.fromstring(proc(signed, outcome.retEvento))) == []
    found, _ = authorizer.query(document.access_key)
    assert found.verdict is Verdict.AUTHORIZED
    assert [one.sequence for one in found.events] == [1, 2]


@pytest.mark.parametrize("fault", ["lose_answer", "cut", "hang_answer"])
def test_an_answer_lost_after_the_registration_is_found_by_the_key(state, authorizer, cancellation, fault):
    control.set_fault(state, fault, "NFeRecepcaoEvento4")
    with pytest.raises(Unknown):
        authorizer.cancel(cancellation, next(_lots))
    settled, _ = authorizer.settle_event(cancellation)
    assert settled.verdict is EventVerdict.REGISTERED
    assert settled.protocolo
    assert settled.retEvento
    again, _ = authorizer.cancel(cancellation, next(_lots))
    assert (again.verdict, again.cStat) == (EventVerdict.DUPLICATE, "573")
    assert authorizer.settle_event(cancellation).outcome.protocolo == settled.protocolo


@pytest.mark.parametrize("fault", ["hang", "html", "soap_fault"])
def test_nothing_registered_is_found_out_and_the_same_bytes_are_sent_again(state, authorizer, cancellation, fault):
    control.set_fault(state, fault, "NFeRecepcaoEvento4")
    with pytest.raises(Unknown):
        authorizer.cancel(cancellation, next(_lots))
    assert authorizer.settle_event(cancellation).outcome.verdict is EventVerdict.NOT_FOUND
    assert authorizer.cancel(cancellation, next(_lots)).outcome.verdict is EventVerdict.REGISTERED


def test_another_event_in_its_place_is_not_taken_for_it(authorizer, document, certificate):
    first = letter(document, certificate, text="Transportadora correta: Veloz Ltda.")
    second = letter(document, certificate, text="Transportadora correta: Lenta Ltda.")
    assert authorizer.correct(first, next(_lots)).outcome.verdict is EventVerdict.REGISTERED
    assert authorizer.correct(second, next(_lots)).outcome.verdict is EventVerdict.DUPLICATE
    assert authorizer.settle_event(second).outcome.verdict is EventVerdict.OTHER
    assert authorizer.settle_event(first).outcome.verdict is EventVerdict.REGISTERED


@pytest.mark.parametrize("code", ["108", "109", "656"])
def test_wait(state, authorizer, cancellation, code):
    control.set_fault(state, "cstat", "NFeRecepcaoEvento4", cStat=code)
    outcome, _ = authorizer.cancel(cancellation, next(_lots))
    assert (outcome.verdict, outcome.cStat) == (EventVerdict.WAIT, code)
    control.set_fault(state, "cstat", "NFeConsultaProtocolo4", cStat=code)
    assert authorizer.settle_event(cancellation).outcome.verdict is EventVerdict.WAIT


def test_too_late_and_refused_by_what_others_did(state, authorizer, document, cancellation):
    control.mark_document(state, document.access_key, "cte")
    outcome, _ = authorizer.cancel(cancellation, next(_lots))
    assert (outcome.verdict, outcome.cStat) == (EventVerdict.REJECTED, "690")
    control.age_document(state, document.access_key, 1000)
    with pytest.raises(control.SimulatorError, match="no NF-e"):
        control.age_document(state, "1" * 44, 1)


def test_late(state, authorizer, document, cancellation):
    control.age_document(state, document.access_key, 30)
    outcome, _ = authorizer.cancel(cancellation, next(_lots))
    assert (outcome.verdict, outcome.cStat, outcome.late) == (EventVerdict.REGISTERED, "155", True)
    assert authorizer.query(document.access_key).outcome.verdict is Verdict.CANCELLED


def test_a_connection_refused_is_not_sent(state, authorizer, cancellation):
    authorizer.close()
    control.set_fault(state, "refuse")
    with pytest.raises(NotSent):
        authorizer.cancel(cancellation, next(_lots))


def test_an_epec_goes_to_the_national_authorizer(state, certificate):
    running = control.running(state)
    national = Authorizer(
        Environment.SIMULATOR,
        "AN",
        certificate,
        simulator_url=running.url,
        simulator_ca=running.ca_pem_path,
        timeout=Timeout(connect=1, read=1),
    )
    now = now_in("SP")
    key = access_key.build("35", now, samples.EMITTER.tax_id, "55", 1, next(_numbers), "4", "87654321")
    signed = prepare(event_samples.epec(access_key=key, at=now, issued_at=now), certificate)
    outcome, _ = national.register_event(signed, next(_lots))
    assert (outcome.verdict, outcome.cStat) == (EventVerdict.REGISTERED, "136"), outcome.xMotivo
    assert verify_bytes(proc(signed, outcome.retEvento)) == []
    again, _ = national.register_event(signed, next(_lots))
    assert again.verdict is EventVerdict.DUPLICATE
    national.close()
    for environment in (Environment.HOMOLOGATION, Environment.PRODUCTION):
        Authorizer(environment, "AN", certificate).close()


def test_one_event_is_not_taken_for_another(authorizer, cancellation, document, certificate):
    with pytest.raises(ValueError, match="110110"):
        authorizer.correct(cancellation, 1)
    with pytest.raises(ValueError, match="110111"):
        authorizer.cancel(letter(document, certificate), 1)
