"""Lots the whole way, against the simulator: sent, lost, cut, restarted, collected; settled without a blind resend."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import nfe_samples as samples
import pytest
from fiscal import lots
from fiscal.authorizer import Authorizer, outcome_matches
from fiscal.documents import document_type
from fiscal.outcome import Verdict
from fiscal.sign import sign
from fiscal.simulator import control
from fiscal.spec import Environment
from fiscal.taxes.engine import tax_invoice
from fiscal.transport import NotSent, Timeout, Unknown

SEND, COLLECT = "NFeAutorizacao4", "NFeRetAutorizacao4"
_numbers = count(1)


def opened(state, certificate):
    running = control.running(state)
    return Authorizer(
        Environment.SIMULATOR,
        "SP",
        certificate,
        simulator_url=running.url,
        simulator_ca=running.ca_pem_path,
        timeout=Timeout(connect=2, read=2),
    )


@pytest.fixture
def authorizer(state, certificate):
    authorizer = opened(state, certificate)
    yield authorizer
    authorizer.close()


@pytest.fixture
def make(certificate):
    """A maker of so many signed documents, each with a number of its own: {access key: bytes}."""

    def make(amount, **changes):
        issued = datetime.now(samples.BRASILIA).replace(microsecond=0) - timedelta(minutes=1)
        documents = {}
        for _place in range(amount):
            invoice = replace(samples.invoice(), number=next(_numbers), issued_at=issued, **changes)
            built = document_type("55").build(tax_invoice(invoice))
            documents[built.access_key] = sign(built.element, certificate)
        return documents

    return make


def verdicts(answer):
    return {key: outcome.verdict for key, outcome in answer.outcomes.items()}


def all_are(documents, verdict):
    return dict.fromkeys(documents, verdict)


def test_fifty_documents(authorizer, make):
    documents = make(51)
    full, rest = lots.split(documents)
    sent = authorizer.submit_lot(full, 1)
    assert verdicts(sent) == all_are(full, Verdict.PENDING)
    answer = authorizer.collect(sent.receipt)
    assert verdicts(answer) == all_are(full, Verdict.AUTHORIZED)
    assert answer.unsettled == ()
    for key, outcome in answer.outcomes.items():
        assert outcome_matches(outcome, documents[key])
        assert key.encode() in document_type("55").proc(documents[key], outcome.protNFe)
    [(key, signed)] = rest.items()
    assert authorizer.authorize(signed, key, 2).outcome.verdict is Verdict.AUTHORIZED


def test_good_and_bad(authorizer, make):
    documents = make(3)
    good, forged, other = documents
    documents[forged] = documents[forged].replace(b"Parafuso sextavado", b"Parafuso sextavadO")
    answer = authorizer.collect(authorizer.submit_lot(documents, 3).receipt)
    assert verdicts(answer) == {good: Verdict.AUTHORIZED, forged: Verdict.REJECTED, other: Verdict.AUTHORIZED}
    assert answer.outcomes[forged].cStat == "297"


def test_refused_as_a_whole_then_one_by_one(authorizer, make):
    """225: the schema fault of one stops all, and only sent alone does each get an answer of its own."""
    documents = make(2)
    good, bad = documents
    documents[bad] = documents[bad].replace(b"<natOp>", b"<natOP>").replace(b"</natOp>", b"</natOP>")
    answer = authorizer.submit_lot(documents, 4)
    assert verdicts(answer) == all_are(documents, Verdict.REJECTED)
    assert answer.refused
    assert authorizer.authorize(documents[good], good, 5).outcome.verdict is Verdict.AUTHORIZED
    assert authorizer.authorize(documents[bad], bad, 6).outcome.cStat == "225"


@pytest.mark.parametrize("fault", ["lose_answer", "cut"])
def test_a_lost_receipt_is_settled_by_the_keys(state, authorizer, make, fault):
    documents = make(3)
    control.set_fault(state, fault, SEND)
    with pytest.raises(Unknown):
        authorizer.submit_lot(documents, 7)
    for key, signed in documents.items():
        found, _exchange = authorizer.query(key)
        assert found.verdict is Verdict.AUTHORIZED
        assert outcome_matches(found, signed)


def test_a_lost_receipt_of_a_lot_that_still_waits(state, authorizer, make):
    """ "Not found" is no proof while the lot is in the queue; the same bytes sent again cannot be authorized twice."""
    documents = make(2)
    control.set_fault(state, "lot_delay", seconds=600)
    authorizer.submit_lot(documents, 8)  # its receipt is forgotten here
    assert {authorizer.query(key).outcome.verdict for key in documents} == {Verdict.NOT_FOUND}
    again = authorizer.submit_lot(documents, 9)
    first = authorizer.collect(again.receipt)
    assert verdicts(first) == all_are(documents, Verdict.PENDING)  # 635: the other lot has them
    assert {outcome.cStat for outcome in first.outcomes.values()} == {"635"}
    control.hasten_lots(state)
    assert {authorizer.query(key).outcome.verdict for key in documents} == {Verdict.AUTHORIZED}


def test_nothing_taken_is_found_out_by_the_keys(state, authorizer, make):
    documents = make(2)
    control.set_fault(state, "html", SEND)
    with pytest.raises(Unknown):
        authorizer.submit_lot(documents, 10)
    assert {authorizer.query(key).outcome.verdict for key in documents} == {Verdict.NOT_FOUND}
    sent = authorizer.submit_lot(documents, 11)
    assert verdicts(authorizer.collect(sent.receipt)) == all_are(documents, Verdict.AUTHORIZED)


@pytest.mark.parametrize("fault", ["lose_answer", "cut", "html", "soap_fault"])
def test_a_lost_result_is_asked_for_again(state, authorizer, make, fault):
    documents = make(2)
    sent = authorizer.submit_lot(documents, 12)
    control.set_fault(state, fault, COLLECT)
    with pytest.raises(Unknown):
        authorizer.collect(sent.receipt)
    assert verdicts(authorizer.collect(sent.receipt)) == all_are(documents, Verdict.AUTHORIZED)


@pytest.mark.parametrize("code", ["108", "109", "656"])
def test_not_now(state, authorizer, make, code):
    documents = make(2)
    control.set_fault(state, "cstat", SEND, cStat=code)
    assert verdicts(authorizer.submit_lot(documents, 13)) == all_are(documents, Verdict.WAIT)
    sent = authorizer.submit_lot(documents, 14)
    control.set_fault(state, "cstat", COLLECT, cStat=code)
    later = authorizer.collect(sent.receipt)
    assert (verdicts(later), later.receipt) == (all_are(documents, Verdict.WAIT), sent.receipt)
    assert verdicts(authorizer.collect(later.receipt)) == all_are(documents, Verdict.AUTHORIZED)


def test_a_connection_refused_is_not_sent(state, authorizer, make):
    documents = make(2)
    control.set_fault(state, "refuse")
    with pytest.raises(NotSent):
        authorizer.submit_lot(documents, 15)
    assert {authorizer.query(key).outcome.verdict for key in documents} == {Verdict.NOT_FOUND}


def test_a_receipt_that_nobody_knows_settles_nothing(authorizer, make):
    documents = make(2)
    answer = authorizer.collect(lots.LotReceipt("359999999999999", tuple(documents)))
    assert (answer.cStat, answer.receipt, answer.unsettled) == ("106", None, tuple(documents))


def test_numbers_voided_and_emitter_not_accredited(state, authorizer, make):
    documents = make(3)
    voided = list(documents)[1]
    control.void_numbers(state, "SP", samples.EMITTER.tax_id, int(voided[22:25]), int(voided[25:34]))
    answer = authorizer.collect(authorizer.submit_lot(documents, 16).receipt)
    assert [outcome.cStat for outcome in answer.outcomes.values()] == ["100", "206", "100"]
    holder, ie = samples.EMITTER.tax_id, samples.EMITTER.ie
    control.register(state, {"uf": "SP", "ie": ie, "holder": holder, "may_issue": False})
    documents = make(2)
    answer = authorizer.collect(authorizer.submit_lot(documents, 17).receipt)
    assert {outcome.cStat for outcome in answer.outcomes.values()} == {"203"}
    control.clear_registers(state)


def test_a_restart_between_submission_and_collection(state, certificate, authorizer, make):
    documents = make(2)
    control.set_fault(state, "lot_delay", seconds=600)
    sent = authorizer.submit_lot(documents, 18)
    assert verdicts(authorizer.collect(sent.receipt)) == all_are(documents, Verdict.PENDING)
    authorizer.close()
    control.stop(state)
    control.start(state)
    control.hasten_lots(state)
    again = opened(state, certificate)
    assert verdicts(again.collect(sent.receipt)) == all_are(documents, Verdict.AUTHORIZED)
    again.close()
