"""Cancelamento (110111): Ajuste SINIEF 7/2005, cláusula décima segunda; e110111_v1.00.xsd."""

from dataclasses import dataclass

from .. import xml
from ..problems import Problem, _
from ..text import TextField, clean
from . import checks
from .event import Event, EventType, register

REASON = TextField("xJust", _("reason"), 15, 255)


@dataclass(frozen=True, kw_only=True)
class Cancellation(Event):
    """The cancellation of an authorized NF-e whose goods have not left.

    :param protocol: nProt of the authorization.
    :param reason: xJust, 15 to 255 characters.
    """

    protocol: str
    reason: str


def _problems(event: Cancellation) -> list[Problem]:
    return checks.protocol(event.protocol) + checks.typed(REASON, event.reason, "reason")


def _details(event: Cancellation) -> str:
    return xml.leaf("nProt", event.protocol) + xml.leaf("xJust", clean(event.reason))


CANCELLATION = register(
    EventType(
        code="110111",
        name="Cancelamento",
        what=_("cancellation"),
        spec=Cancellation,
        schema="eventoCancNFe_v1.00.xsd",
        most=1,
        problems=_problems,
        details=_details,
    )
)
