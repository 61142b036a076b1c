"""What is wrong with the values that every event has, and with a text typed by somebody."""

import re
from dataclasses import replace
from datetime import timedelta

from .. import access_key
from ..digits import is_cnpj, is_cpf
from ..problems import FiscalError, Problem, _
from ..text import Fitter, TextField, clean
from .event import Event, EventType

# TProt of the events' schemas (15 digits), or of the NF-e 4.00's newer ones (17).
_PROTOCOL = re.compile(r"[0-9]{15}|[0-9]{17}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{44}", re.ASCII)
# A date ahead of the authorizer's clock is refused (578); the clocks of two machines are never quite the same.
_TOLERANCE = timedelta(minutes=5)


def common(event: Event, kind: EventType, now) -> list[Problem]:
    """What is wrong with the values that every event has."""
    return [*_key(event, kind), *_author(event), *_sequence(event, kind), *_moment(event, now)]


def typed(field: TextField, value: str, path: str) -> list[Problem]:
    """Whether ``value`` fits ``field``: long enough, short enough, and nothing in it that the layout refuses.

    White space and typographic characters are made plain without a word (``text.clean``), as in a document.
    """
    # A text that is too long is refused, not cut: who signs it means all of it.
    fitter = Fitter()
    fitting = fitter(replace(field, maximum=len(clean(value)) + len(value)), value, path)
    if len(fitting) < field.minimum:
        message = _("The %(what)s (%(tag)s) needs at least %(minimum)s characters; it has %(count)s.")
        cure = _("Write what happened in a full sentence.")
    elif len(fitting) > field.maximum:
        message = _("The %(what)s (%(tag)s) has at most %(maximum)s characters; it has %(count)s.")
        cure = _("Write it shorter.")
    else:
        return fitter.changes
    params = {"what": field.what, "tag": field.tag, "minimum": field.minimum, "maximum": field.maximum}
    return [*fitter.changes, Problem("text_length", path, message, cure, params | {"count": len(fitting)})]


def protocol(value: str, path: str = "protocol") -> list[Problem]:
    """Whether ``value`` is the number of a protocol (nProt)."""
    if _PROTOCOL.fullmatch(value):
        return []
    message = _("“%(value)s” is not the number of an authorization protocol.")
    cure = _("Query the access key first: the answer brings the protocol.")
    return [Problem("protocol_invalid", path, message, cure, {"value": value})]


def _key(event: Event, kind: EventType) -> list[Problem]:
    try:
        access_key.parse(event.access_key)
    except FiscalError as error:
        return [replace(problem, path="access_key") for problem in error.problems]
    if _DIGITS.fullmatch(event.access_key):
        return []
    message = _("The official schema of the %(event)s (%(schema)s) does not admit a CNPJ with letters yet.")
    cure = _("Ask SEFAZ how it is done meanwhile, or wait for a version of this program with the new schema.")
    params = {"event": kind.what, "schema": kind.schema}
    return [Problem("event_letters", "access_key", message, cure, params)]


def _author(event: Event) -> list[Problem]:
    if not (is_cnpj(event.tax_id) or is_cpf(event.tax_id)):
        message = _("“%(value)s” is not a valid CNPJ or CPF.")
        cure = _("Correct the CNPJ of the company.")
        return [Problem("tax_id_invalid", "tax_id", message, cure, {"value": event.tax_id})]
    if access_key.is_valid(event.access_key) and access_key.split(event.access_key).tax_id != event.tax_id:
        message = _("The document was issued by %(emitter)s, not by %(author)s (rejection 574).")
        cure = _("Make this event in the company that issued the document.")
        params = {"emitter": access_key.split(event.access_key).tax_id, "author": event.tax_id}
        return [Problem("event_author", "tax_id", message, cure, params)]
    return []


def _sequence(event: Event, kind: EventType) -> list[Problem]:
    if 1 <= event.sequence <= kind.most:
        return []
    message = _("The %(event)s has a sequence from 1 to %(most)s; this one is %(sequence)s (rejection 594).")
    cure = _("No more of these events can be registered for this document: correct it by another document.")
    params = {"event": kind.what, "most": kind.most, "sequence": event.sequence}
    return [Problem("event_sequence", "sequence", message, cure, params)]


def _moment(event: Event, now) -> list[Problem]:
    offset = event.at.utcoffset()
    if offset is None or offset % timedelta(hours=1):
        message = _("The date of the event has no time zone of Brazil.")
        return [Problem("event_zone", "at", message, _("Set the time zone of the company."))]
    params = {"at": f"{event.at:%d/%m/%Y %H:%M:%S %z}"}
    if now is not None and event.at > now + _TOLERANCE:
        message = _("The event is dated %(at)s, in the future (rejection 578).")
        return [Problem("event_future", "at", message, _("Set the clock of the server right (NTP)."), params)]
    if event.authorized_at is not None and event.at < event.authorized_at.replace(microsecond=0):
        message = _("The event is dated %(at)s, before the document's authorization on %(authorized)s (rejection 579).")
        cure = _("Set the clock of the server right (NTP), or wait until it has passed that moment.")
        params["authorized"] = f"{event.authorized_at:%d/%m/%Y %H:%M:%S %z}"
        return [Problem("event_early", "at", message, cure, params)]
    return []
