"""Events of an NF-e (NFeRecepcaoEvento4, layout 1.00): one event a file, which registers itself.

What a caller does, for any event::

    event = Cancellation(access_key=..., tax_id=..., environment=..., at=now_in("SP"), protocol=..., reason=...)
    problems(event)                    # all at once; an empty list when it may be sent
    signed = prepare(event, certificate)            # built, checked, signed, valid by its XSD: keep these bytes
    answer = authorizer.cancel(signed, lot)         # correct() for a Correction, register_event() for any
    answer.outcome.verdict             # registered, rejected, duplicate, wait, pending (see ``outcome.EventVerdict``)
    proc(signed, answer.outcome.retEvento)          # procEventoNFe: the file to keep and to deliver

What is certain, whatever fails: the signed bytes are committed before they are sent, and never built again. Without an
answer (``transport.Unknown``), or with DUPLICATE or PENDING, ``authorizer.settle_event(signed)`` asks by key:
REGISTERED when the authorizer holds these very bytes, NOT_FOUND when it holds no such event (the same bytes may be sent
again), OTHER when it holds another event of the same type and sequence. ``outcome.TRANSITIONS`` is the table of an
event's states.

What may not be corrected by a CC-e is explained by :func:`.correction.doubts`; until when a
cancellation is in time, or late, by :func:`.windows.window`. Letters in a CNPJ are not admitted yet by the events'
official schemas: ``problems`` says so.
"""

from .cancellation import Cancellation
from .correction import Correction, doubts
from .epec import Epec
from .event import Event, EventType, Identity, event_type, now_in, of
from .making import build, envelope, identity, prepare, problems, proc
from .outcome import EventOutcome, EventState, EventStep, EventVerdict, next_event_state

__all__ = [
    "Cancellation",
    "Correction",
    "Epec",
    "Event",
    "EventOutcome",
    "EventState",
    "EventStep",
    "EventType",
    "EventVerdict",
    "Identity",
    "build",
    "doubts",
    "envelope",
    "event_type",
    "identity",
    "next_event_state",
    "now_in",
    "of",
    "prepare",
    "problems",
    "proc",
]
