"""Contingency: the life of one, and what becomes of a document that waits when it begins or ends. No clock, no memory.

MOC 7.0, Anexo III, 2.3.3: a number that was transmitted under one form of issuing (tpEmis) never changes to another,
for the authorizer may hold it. The sale takes a new number, with its own key; the old document is queried when its
authorizer is back, and then cancelled if it was authorised, or its number voided if it never arrived. What was signed
and never handed to the network may be signed again, under the same number, as a new attempt.
"""

from enum import StrEnum

from .problems import FiscalError, Problem, _
from .states import State as Document

NORMAL, EPEC = "1", "4"  # tpEmis; an SVC's is endpoints.svc_emission_type


class State(StrEnum):
    """Of a company's contingency."""

    OFFERED = "offered"  # its authorizer fails; nobody decided yet
    ACTIVE = "active"  # documents are issued in it
    ENDED = "ended"  # the authorizer works again
    WITHDRAWN = "withdrawn"  # it worked again before anybody entered, or the offer was turned down


class Step(StrEnum):
    ENTER = "enter"
    LEAVE = "leave"
    WITHDRAW = "withdraw"


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.OFFERED, Step.ENTER): State.ACTIVE,
    (State.OFFERED, Step.WITHDRAW): State.WITHDRAWN,
    (State.ACTIVE, Step.LEAVE): State.ENDED,
}


def next_state(state: State, step: Step) -> State:
    """The state after ``step``.

    :raises FiscalError: ``step`` is not allowed in ``state``: somebody else was faster.
    """
    try:
        return TRANSITIONS[State(state), Step(step)]
    except KeyError:
        message = _("This contingency was entered, left or withdrawn meanwhile.")
        raise FiscalError([Problem("contingency_moved", "", message, _("Look at it again."))]) from None


class Switch(StrEnum):
    """What a waiting document does when another form of issuing is in force than its own."""

    STAY = "stay"
    SIGN_AGAIN = "sign_again"  # same number, new attempt: nobody was ever sent the old bytes
    NEW_NUMBER = "new_number"  # the sale takes another number; this document is superseded and settled later


def switch(state: Document, own: str, present: str, ever_sent: bool) -> Switch:
    """What a document does, not superseded yet.

    :param own: its tpEmis.
    :param present: the tpEmis in force for its company now.
    :param ever_sent: whether any of its bytes, of any attempt, were handed to the network.
    """
    if own == present:
        return Switch.STAY
    match state:
        case Document.DRAFT | Document.SIGNED | Document.REJECTED:
            return Switch.NEW_NUMBER if ever_sent else Switch.SIGN_AGAIN
        # Back to normal, the SVC that was asked still answers for what it has: its word comes first.
        case Document.SENDING if present != NORMAL:
            return Switch.NEW_NUMBER
        case _:
            return Switch.STAY


class Settlement(StrEnum):
    """What becomes of a superseded document, by what its authorizer said of it and what became of its successor."""

    QUERY = "query"  # nobody knows yet whether the authorizer holds it
    WAIT = "wait"  # for the answer to its successor
    CANCEL = "cancel"  # both are authorised: the later one counts
    TAKE_BACK = "take_back"  # it is authorised and its successor never was: it counts, and the successor's number goes
    VOID = "void"  # the authorizer does not hold it
    DONE = "done"


_NEVER_LIVE = frozenset({Document.DRAFT, Document.SIGNED, Document.REJECTED})


def settle(state: Document, successor: Document) -> Settlement:
    """The next step that leaves one live NF-e for a sale, and no number unexplained.

    :param state: of the superseded document, once its query is certain.
    :param successor: the state of the document that took its place.
    """
    match state:
        case Document.SENDING:
            return Settlement.QUERY
        case Document.AUTHORIZED if successor is Document.SENDING:
            return Settlement.WAIT
        case Document.AUTHORIZED if successor in _NEVER_LIVE:
            return Settlement.TAKE_BACK
        case Document.AUTHORIZED:
            return Settlement.CANCEL
        case Document.DRAFT | Document.SIGNED | Document.REJECTED:
            return Settlement.VOID
        case _:
            return Settlement.DONE
