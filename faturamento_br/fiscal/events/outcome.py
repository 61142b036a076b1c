"""What came of an event: the answer's meaning, and the states of an event with its table of transitions.

An event goes the way a document goes: SIGNED fixes the bytes, SENDING is committed before the call and is left only by
what the authorizer said. A rejected event is not mended: another one is made, with bytes of its own.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .. import cstat
from ..outcome import Verdict
from ..problems import FiscalError, Problem, _


class EventVerdict(StrEnum):
    """What an answer means for the event."""

    REGISTERED = "registered"  # 135, 136, 155, with its protocol
    REJECTED = "rejected"  # surely not registered
    DUPLICATE = "duplicate"  # 573, 580, 420, 218: not proven either way: settle it by the key
    WAIT = "wait"  # 108, 109, 656...: nothing was decided, ask again later
    PENDING = "pending"  # 999: it may have been taken before the error: settle it by the key
    NOT_FOUND = "not_found"  # settled: the authorizer has no such event; the same bytes may be sent again
    OTHER = "other"  # settled: another event of this type and sequence is registered, not these bytes


#: 155: the cancellation was registered after its time limit, where the UF does that.
REGISTERED = frozenset({"135", "136", "155"})
LATE = "155"
#: Neither proves nor excludes that these very bytes were registered.
DOUBTFUL = frozenset({"573", "580", "420", "218"})


@dataclass(frozen=True)
class EventOutcome:
    """An answer about one event, read. ``raw`` is the body exactly as received."""

    verdict: EventVerdict
    cStat: str
    xMotivo: str
    raw: bytes
    access_key: str
    code: str  # tpEvento
    sequence: int  # nSeqEvento
    protocolo: str = ""  # nProt of the event
    registered_at: datetime | None = None  # dhRegEvento
    retEvento: bytes = b""  # the element's exact bytes
    evento: bytes = b""  # the event that the authorizer holds, when it was asked by key
    digest: str = ""  # DigestValue of that event's signature

    @property
    def late(self) -> bool:
        """Whether a cancellation was registered after its time limit: the UF may fine it."""
        return self.cStat == LATE


def verdict(code: str) -> EventVerdict | None:
    """What the cStat of an event (or of its lot) means for it; None when it answers something else."""
    if code in REGISTERED:
        return EventVerdict.REGISTERED
    if code in DOUBTFUL:
        return EventVerdict.DUPLICATE
    known = {Verdict.WAIT: EventVerdict.WAIT, Verdict.PENDING: EventVerdict.PENDING}
    found = cstat.meaning(code).verdict
    # 101, 155 and kin speak of a document: as the answer to an event they prove nothing.
    if not code or found in (None, Verdict.AUTHORIZED, Verdict.CANCELLED):
        return None
    return known.get(found, EventVerdict.REJECTED)


class EventState(StrEnum):
    SIGNED = "signed"  # bytes are fixed and kept; the authorizer does not have them
    SENDING = "sending"  # the authorizer may have them: settle it by the key, never make another
    REGISTERED = "registered"
    REJECTED = "rejected"


class EventStep(StrEnum):
    SEND = "send"
    REGISTER = "register"
    REJECT = "reject"
    NOT_FOUND = "not_found"  # settled by the key: the authorizer does not have it
    NOT_SENT = "not_sent"
    WAIT = "wait"


TRANSITIONS: dict[tuple[EventState, EventStep], EventState] = {
    (EventState.SIGNED, EventStep.SEND): EventState.SENDING,
    (EventState.SENDING, EventStep.REGISTER): EventState.REGISTERED,
    (EventState.SENDING, EventStep.REJECT): EventState.REJECTED,
    (EventState.SENDING, EventStep.NOT_FOUND): EventState.SIGNED,
    (EventState.SENDING, EventStep.NOT_SENT): EventState.SIGNED,
    (EventState.SENDING, EventStep.WAIT): EventState.SIGNED,
}

#: What an answer to the sending does; a verdict that is not here (DUPLICATE, PENDING) leaves it in SENDING.
ON_SEND: dict[EventVerdict, EventStep] = {
    EventVerdict.REGISTERED: EventStep.REGISTER,
    EventVerdict.REJECTED: EventStep.REJECT,
    EventVerdict.WAIT: EventStep.WAIT,
}
#: What the settlement by key does; WAIT and PENDING leave it in SENDING.
ON_SETTLE: dict[EventVerdict, EventStep] = {
    EventVerdict.REGISTERED: EventStep.REGISTER,
    EventVerdict.OTHER: EventStep.REJECT,
    EventVerdict.NOT_FOUND: EventStep.NOT_FOUND,
}
#: What people call an event in each state, to stand in a sentence.
NAMES: dict[EventState, str] = {
    EventState.SIGNED: _("signed"),
    EventState.SENDING: _("waiting for the answer"),
    EventState.REGISTERED: _("registered"),
    EventState.REJECTED: _("rejected"),
}


def next_event_state(state: EventState, step: EventStep) -> EventState:
    """The state after ``step``.

    :raises FiscalError: it is not allowed in ``state``.
    """
    if (state, step) in TRANSITIONS:
        return TRANSITIONS[state, step]
    message = _("This cannot be done with the event as it is now (%(state)s).")
    cure = _("Reload the document: somebody else may have changed it.")
    raise FiscalError([Problem("illegal_event_step", "", message, cure, {"state": NAMES[state], "step": step})])
