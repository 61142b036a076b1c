"""What an authorizer is asked beside documents: events (cancel, correct), voided numbers, and its register.

A part of :class:`~.authorizer.Authorizer`, which answers and fails as that does: :class:`~.transport.NotSent` when it
surely did not arrive, :class:`~.transport.Unknown` when it may have.
"""

from dataclasses import replace
from typing import NamedTuple

from . import registry_query, soap, voiding
from .endpoints import Service
from .events import making, reading
from .events.cancellation import CANCELLATION
from .events.correction import CORRECTION
from .events.event import Identity
from .events.outcome import EventOutcome, EventVerdict
from .outcome import Verdict
from .registry_query import RegistryOutcome, RegistryQuestion
from .transport import Exchange
from .voiding import VoidOutcome


class EventAnswer(NamedTuple):
    outcome: EventOutcome
    exchange: Exchange


class VoidAnswer(NamedTuple):
    outcome: VoidOutcome
    exchange: Exchange


class RegistryAnswer(NamedTuple):
    outcome: RegistryOutcome
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

    def void(self, signed: bytes) -> VoidAnswer:
        """NFeInutilizacao4: give up a range of numbers (an SVC does not do it).

        VOIDED has its protocol; ALREADY (563) says that this very range was voided before. Asking again with the same
        bytes is always safe, and the only way to know after a time-out; the same range with the same rejection at most
        20 times an hour (``cstat.limit("same_rejection_void")``).

        :param signed: the signed inutNFe element, as it is kept: it goes out byte for byte.
        :raises ValueError: ``signed`` is no inutNFe.
        :raises NotSent: the authorizer surely did not take it.
        :raises Unknown: it may have: the same bytes again.
        """
        result, exchange = self._ask(Service.VOID, voiding.request(signed), "retInutNFe")
        return VoidAnswer(voiding.read(result, exchange, signed), exchange)

    def query_registration(self, question: RegistryQuestion) -> RegistryAnswer:
        """CadConsultaCadastro4: what the register of contributors of ``question.uf`` knows; it changes nothing.

        :raises FiscalError: the question is wrong, or the UF offers no such query.
        :raises ValueError: this authorizer is of another UF than the question's.
        :raises TransportError: there was no usable answer.
        """
        request = registry_query.request(question)
        if question.uf != self.uf:
            raise ValueError(f"The register of {question.uf} is asked of an authorizer of that UF, not of {self.uf}.")
        self._address(Service.REGISTRY)
        result, exchange = self._ask(Service.REGISTRY, request, "retConsCad")
        return RegistryAnswer(registry_query.read(result, exchange, question), exchange)


def _of(signed: bytes, code: str) -> bytes:
    found = making.identity(signed)
    if found.code != code:
        raise ValueError(f"An event {code} was expected, not {found.code}.")
    return signed
