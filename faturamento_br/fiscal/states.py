"""The life of a fiscal document: one table of transitions. Nobody writes a state by another way.

What holds in each state, for whoever keeps the document:

* The number is taken at ``sign`` at the latest and stays with the document: ``fix`` keeps it.
* ``sign`` fixes the bytes. From SIGNED on they are never built again: a resend sends the stored bytes. Only ``fix``
  leads back to building, as a new attempt beside the old one, whose bytes stay; and only where the authorizer surely
  does not hold the old ones (SIGNED, REJECTED).
* ``send`` is committed before the call. Whatever happens then (time-out, crash), SENDING can only be left by what the
  authorizer said, or by the certainty that it never got the document (``not_sent``).
* AUTHORIZED is left by ``cancel`` alone; CANCELLED and VOIDED are final. ``cancel`` follows a registered cancellation
  (``events.outcome``, whose states are the event's own); a letter of correction changes no state of its document.
* ``void`` follows a voiding that is ``done``; never from SENDING, where the number may be used.
* EPEC: the event is registered and the NF-e follows under the same key; it cannot be cancelled before that.
"""

from enum import StrEnum

from .outcome import Verdict
from .problems import FiscalError, Problem, _


class State(StrEnum):
    DRAFT = "draft"  # may change; has no valid bytes
    SIGNED = "signed"  # bytes are fixed, the authorizer does not have them
    SENDING = "sending"  # the authorizer may have them: query the key, never send other bytes
    AUTHORIZED = "authorized"
    REJECTED = "rejected"  # refused for good reason; the number is free for this document
    CANCELLED = "cancelled"
    VOIDED = "voided"  # its number was given up (inutilização)
    EPEC = "epec"  # its EPEC is registered; the NF-e has 168 hours to follow


class Event(StrEnum):
    SIGN = "sign"
    SEND = "send"
    AUTHORIZE = "authorize"
    REJECT = "reject"
    NOT_FOUND = "not_found"  # queried by key: the authorizer does not have it
    NOT_SENT = "not_sent"  # it surely never reached the authorizer
    WAIT = "wait"  # the authorizer took nothing (108, 109, 656): the same bytes, later
    FIX = "fix"
    CANCEL = "cancel"
    VOID = "void"
    EPEC = "epec"
    DELIVER = "deliver"  # the NF-e behind an EPEC was authorized


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.DRAFT, Event.SIGN): State.SIGNED,
    (State.DRAFT, Event.VOID): State.VOIDED,
    (State.SIGNED, Event.SEND): State.SENDING,
    (State.SIGNED, Event.FIX): State.DRAFT,
    (State.SENDING, Event.EPEC): State.EPEC,  # it is the event that was sent then
    (State.SIGNED, Event.VOID): State.VOIDED,
    (State.SENDING, Event.AUTHORIZE): State.AUTHORIZED,
    (State.SENDING, Event.REJECT): State.REJECTED,
    (State.SENDING, Event.CANCEL): State.CANCELLED,  # queried: authorized and cancelled meanwhile
    (State.SENDING, Event.NOT_FOUND): State.SIGNED,
    (State.SENDING, Event.NOT_SENT): State.SIGNED,
    (State.SENDING, Event.WAIT): State.SIGNED,
    (State.REJECTED, Event.FIX): State.DRAFT,
    (State.REJECTED, Event.VOID): State.VOIDED,
    (State.AUTHORIZED, Event.CANCEL): State.CANCELLED,
    (State.EPEC, Event.DELIVER): State.AUTHORIZED,
}

FINAL = frozenset({State.CANCELLED, State.VOIDED})
# Where the signed bytes must exist, and must not change.
WITH_BYTES = frozenset({State.SIGNED, State.SENDING, State.AUTHORIZED, State.REJECTED, State.CANCELLED, State.EPEC})

# What an answer does to a document in SENDING. A verdict that is not here (DUPLICATE, PENDING) leaves it there, to be
# queried by key; if the key is then not found, the number belongs to another document (539), and that is REJECT. WAIT
# says that nothing was taken when it answers a sending, and nothing at all when it answers a query.
ON_AUTHORIZE: dict[Verdict, Event] = {
    Verdict.AUTHORIZED: Event.AUTHORIZE,
    Verdict.REJECTED: Event.REJECT,
    Verdict.WAIT: Event.WAIT,
}
ON_QUERY: dict[Verdict, Event] = {
    Verdict.AUTHORIZED: Event.AUTHORIZE,
    Verdict.REJECTED: Event.REJECT,
    Verdict.CANCELLED: Event.CANCEL,
    Verdict.NOT_FOUND: Event.NOT_FOUND,
}


#: What people call a document in each state, to stand in a sentence.
NAMES: dict[State, str] = {
    State.DRAFT: _("to issue"),
    State.SIGNED: _("signed"),
    State.SENDING: _("waiting for the answer"),
    State.AUTHORIZED: _("authorized"),
    State.REJECTED: _("rejected"),
    State.CANCELLED: _("cancelled"),
    State.VOIDED: _("voided"),
    State.EPEC: _("EPEC registered"),
}


class IllegalTransition(FiscalError):
    """An event that the document's state does not allow."""

    def __init__(self, state: State, event: Event):
        self.state, self.event = state, event
        message = _("This cannot be done with the document as it is now (%(state)s).")
        cure = _("Reload the document: somebody else may have changed it.")
        super().__init__([Problem("illegal_transition", "", message, cure, {"state": NAMES[state], "event": event})])


def next_state(state: State, event: Event) -> State:
    """The state after ``event``.

    :raises IllegalTransition: ``event`` is not allowed in ``state``.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(state, event) from None
