"""What came of asking an authorizer: values that transport makes and whoever keeps documents reads."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .events.outcome import EventOutcome


class Verdict(StrEnum):
    """What an answer from the authorizer means for the document."""

    AUTHORIZED = "authorized"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    NOT_FOUND = "not_found"  # 217: the authorizer does not have this key
    DUPLICATE = "duplicate"  # 204, 539: query the key before anything else
    WAIT = "wait"  # 108, 109, 656...: ask again later, nothing was decided
    PENDING = "pending"  # 103, 105: received, not processed yet


@dataclass(frozen=True)
class Outcome:
    """An answer, read. ``raw`` is the body exactly as received; ``proc`` the protNFe element's exact bytes, if any."""

    verdict: Verdict
    cStat: str
    xMotivo: str
    raw: bytes
    access_key: str = ""
    protocolo: str = ""  # nProt
    received_at: datetime | None = None  # dhRecbto
    digest: str = ""  # digVal of the document the authorizer holds
    protNFe: bytes = b""
    tMed: int | None = None
    events: "tuple[EventOutcome, ...]" = ()  # registered events that a query by key shows
