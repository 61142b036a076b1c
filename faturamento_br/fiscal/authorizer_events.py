"""What an authorizer is asked beside documents: events (cancel, correct), voided numbers, and its register.

A part of :class:`~.authorizer.Authorizer`, which answers and fails as that does: :class:`~.transport.NotSent` when it
surely did not arrive, :class:`~.transport.Unknown` when it may have.
"""

from dataclasses import replace
from typing import NamedTuple

from . import soap
from .endpoints import Service
from .events import making, reading
from .events.cancellation import CANCELLATION
from .events.correction import CORRECTION
from .events.event import Identity
from .events.outcome import EventOutcome, EventVerdict
from .outcome import Verdict
from .transport import Exchange


class EventAnswer(NamedTuple):
    outcome: EventOutcome
    exchange: Exchange


class EventServices:
    """The methods for what is asked beside documents; ``self`` is an :class:`~.authorizer.Authorizer`."""

    def cancel(self, signed: bytes, lot: int) -> EventAnswer:
        """:meth:`register_event` of a cancellation.

        :raises ValueError: ``signed`` is another event.
        """
        return self.register_event(_of(signed, CANCELLATION.code), lot)

    def correct(self, signed: bytes, lot: int) -> EventAnswer:
        """:meth:`register_event` of a letter of correction (CC-e).

        :raises ValueError: ``signed`` is another event.
        """
        return self.register_event(_of(signed, CORRECTION.code), lot)

    def register_event(self, signed: bytes, lot: int) -> EventAnswer:
        """NFeRecepcaoEvento4, one event.

        REGISTERED has its protocol. DUPLICATE and PENDING prove nothing: :meth:`settle_event`. The same event with the
        same rejection is sent at most 20 times an hour (``cstat.limit("same_rejection_event")``).

        :param signed: the signed evento element, as it is kept: it goes out byte for byte.
        :param lot: idLote, the sender's own number, 1 to 15 digits.
        :raises ValueError: ``signed`` is no evento, or ``lot`` is out of range.
        :raises NotSent: the authorizer surely did not take it.
        :raises Unknown: it may have: :meth:`settle_event`.
        """
        asked = making.identity(signed)
        result, exchange = self._ask(Service.EVENT, making.envelope(signed, lot), "retEnvEvento")
        return EventAnswer(reading.answer(result, exchange, asked, self.environment.tpAmb), exchange)

    def settle_event(self, signed: bytes) -> EventAnswer:
        """What became of an event that was sent without a certain answer: the document's key is queried.

        REGISTERED: the authorizer shows these very bytes (same digest), with their protocol. OTHER: it shows another
        event of this type and sequence. NOT_FOUND: it shows none, so the same bytes may be sent again. WAIT: it did not
        answer the question. A document that is told to be cancelled without its event shown is PENDING for a
        cancellation: it is cancelled, but nothing proves by what.

        :raises TransportError: there was no usable answer; the event is as unknown as before.
        """
        asked = making.identity(signed)
        found, exchange = self.query(asked.access_key)
        plain = EventOutcome(EventVerdict.WAIT, found.cStat, found.xMotivo, found.raw, *asked)
        if found.verdict is Verdict.WAIT:
            return EventAnswer(plain, exchange)
        digest = reading.digest(soap.parse(signed))
        same = [one for one in found.events if Identity(one.access_key, one.code, one.sequence) == asked]
        ours = next((one for one in same if one.digest == digest), None)
        if ours or same:
            settled = ours or replace(same[0], verdict=EventVerdict.OTHER)
        elif asked.code == CANCELLATION.code and found.verdict is Verdict.CANCELLED:
            settled = replace(plain, verdict=EventVerdict.PENDING)
        else:
            settled = replace(plain, verdict=EventVerdict.NOT_FOUND)
        return EventAnswer(settled, exchange)


def _of(signed: bytes, code: str) -> bytes:
    found = making.identity(signed)
    if found.code != code:
        raise ValueError(f"An event {code} was expected, not {found.code}.")
    return signed
