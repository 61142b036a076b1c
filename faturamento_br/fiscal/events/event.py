"""What all events have in common: the frozen values, and the register of the types."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .. import timezones
from ..problems import FiscalError, Problem, _
from ..spec import Environment

NAMESPACE = "http://www.portalfiscal.inf.br/nfe"
VERSION = "1.00"


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event of an NF-e (evento/infEvento), by its emitter.

    :param access_key: chNFe.
    :param tax_id: CNPJ or CPF of who makes the event, the NF-e's emitter.
    :param at: dhEvento, aware, in the emitter's own time (:func:`now_in`); written to the second, with its offset.
    :param sequence: nSeqEvento; a cancellation has 1, each correction of a document the next one up to 20.
    :param authorized_at: dhRecbto of the NF-e's authorization, aware, where it is known.
    """

    access_key: str
    tax_id: str
    environment: Environment
    at: datetime
    sequence: int = 1
    authorized_at: datetime | None = None


class Identity(NamedTuple):
    """What makes an event the same event: no authorizer registers two with the same."""

    access_key: str
    code: str  # tpEvento
    sequence: int


@dataclass(frozen=True)
class EventType:
    """One type of event: what distinguishes it from the others.

    :param code: tpEvento.
    :param name: descEvento, as the schema has it.
    :param what: what people call it, to stand in a sentence (marked for translation).
    :param spec: the class of its values.
    :param schema: the official XSD of the signed event.
    :param most: the highest nSeqEvento.
    :param problems: what is wrong with the values that only this type has.
    :param details: what stands in detEvento after descEvento, as XML text.
    :param orgao: cOrgao, or "" for the UF of the key.
    """

    code: str
    name: str
    what: str
    spec: type[Event]
    schema: str
    most: int
    problems: Callable[[Event], list[Problem]]
    details: Callable[[Event], str]
    orgao: str = ""


_types: dict[str, EventType] = {}


def register(one: EventType) -> EventType:
    """Make a type of event known; its own module calls this once."""
    _types[one.code] = one
    return one


def event_type(code: str) -> EventType:
    """The type of event with this tpEvento.

    :raises FiscalError: there is none here.
    """
    if code not in _types:
        message = _("Events of type %(code)s cannot be made yet.")
        raise FiscalError([Problem("event_unsupported", "", message, params={"code": code})])
    return _types[code]


def of(event: Event) -> EventType:
    """The type of ``event``.

    :raises FiscalError: its class belongs to no type.
    """
    found = next((one for one in _types.values() if one.spec is type(event)), None)
    return found or event_type(type(event).__name__)


def now_in(uf: str, now: datetime | None = None) -> datetime:
    """The moment (now, or the aware ``now``) in the legal time of ``uf``, to the second: what dhEvento wants."""
    return (now or datetime.now(UTC)).astimezone(ZoneInfo(timezones.of(uf))).replace(microsecond=0)
