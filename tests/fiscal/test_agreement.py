"""What the authorizer holds under a key beside what is kept here."""

from dataclasses import replace

import pytest
from fiscal.agreement import disagreements
from fiscal.events.outcome import EventOutcome, EventVerdict
from fiscal.outcome import Outcome, Verdict

KEY = "35261111222333000181550010000000011837461520"
SIGNED = (
    f'<NFe xmlns="http://www.portalfiscal.inf.br/nfe"><infNFe Id="NFe{KEY}"/>'
    '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><Reference><DigestValue>AAAA</DigestValue>'
    "</Reference></SignedInfo></Signature></NFe>"
).encode()
HELD = Outcome(Verdict.AUTHORIZED, "100", "Autorizado", b"", KEY, "135260000000001", digest="AAAA")
CANCELLATION = EventOutcome(EventVerdict.REGISTERED, "135", "", b"", KEY, "110111", 1, "135260000000002")


def told(outcome, state="authorized", events=()):
    found = disagreements(outcome, state, SIGNED, "135260000000001", events)
    assert all(problem.cure for problem in found)
    return [problem.code for problem in found]


@pytest.mark.parametrize(
    ("outcome", "state", "events", "codes"),
    [
        (HELD, "authorized", (), []),
        (replace(HELD, protocolo="1"), "authorized", (), ["agreement_protocol"]),
        (replace(HELD, digest="BBBB"), "authorized", (), ["agreement_bytes"]),
        (replace(HELD, events=(CANCELLATION,)), "authorized", (), ["agreement_event"]),
        (replace(HELD, events=(CANCELLATION,)), "authorized", [("110111", 1)], []),
        (replace(HELD, verdict=Verdict.CANCELLED, events=(CANCELLATION,)), "cancelled", (), []),
        (replace(HELD, verdict=Verdict.CANCELLED), "authorized", (), ["agreement_state"]),
        (HELD, "cancelled", (), ["agreement_state"]),
        (Outcome(Verdict.NOT_FOUND, "217", "", b"", KEY), "authorized", (), ["agreement_state"]),
        (Outcome(Verdict.REJECTED, "302", "Denegado", b"", KEY), "authorized", (), ["agreement_denied"]),
    ],
)
def test_told(outcome, state, events, codes):
    assert told(outcome, state, events) == codes
