"""Lots: 2 to 50 NF-e in one message, answered later (NFeAutorizacao4 with indSinc 0, then NFeRetAutorizacao4).

What is certain of them (MOC 7.0 Visão Geral, 5.1 and 5.2; NT 2025.001 v1.03):

* Only the NF-e (model 55) is meant here. A lot of one must be answered at once (452 otherwise, rule GAP03a-3, in
  production since 2025-10-13) and one of more cannot be (764): with two documents or more there is no other way than
  asynchronous. The NT ended the asynchronous answer for single documents only; no note that ends it for lots is known
  (2026-11), and every authorizer and both SVC publish the address of NFeRetAutorizacao4.
* At most 50 documents (XSD) and 500 KB of data (rule B01, rejection 214).
* Nothing should be asked in the first 15 seconds after sending (5.2.3), nor more than 40 times an hour of the same
  receipt (:func:`.cstat.limit`); the result stays available for 24 hours at least (5.1.6).
* 106 (no such lot) makes the MOC say "send it again". Here it means: query each key, then send what is not there.

How the add-on is to use it (its batches come later; nothing is wired yet): put the documents in the state ``sending``
and commit; :func:`split` them; ``Authorizer.submit_lot`` each group outside the transaction (a group of one goes to
``authorize``); write the receipt's number on each document and commit; a job calls ``collect`` with it. Each document
gets its own :class:`~.outcome.Outcome` and is written in its own transaction.

Queried by key, before anything is sent again, are: what is in :attr:`LotAnswer.unsettled`; every document of a lot
whose sending raised :class:`~.transport.Unknown`; every document found in ``sending`` without a receipt after a crash.
There, "not found" may only mean that the lot still waits in its queue: the same bytes may be sent again under the same
key (two of them cannot both be authorized), but the number is not free for anything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from .outcome import Outcome
from .transport import Exchange

MAX_DOCUMENTS = 50  # enviNFe_v4.00.xsd
MAX_BYTES = 500_000  # MOC 7.0, rule B01: 500 KB, and nobody says which K
MIN_WAIT = 15  # seconds between sending and the first question (MOC 7.0, 5.2.3)
_AROUND = 200  # bytes of enviNFe around its documents, amply


@dataclass(frozen=True)
class LotReceipt:
    """What is to be kept of a lot that was received (cStat 103), to collect its result."""

    number: str  # nRec
    access_keys: tuple[str, ...]
    received_at: datetime | None = None  # dhRecbto
    tMed: int | None = None  # mean time of a lot, seconds


class LotAnswer(NamedTuple):
    """What is known of a lot.

    Every access key of the lot is either in ``outcomes`` or in ``unsettled``.
    """

    receipt: LotReceipt | None  # to collect with, now or again; None: there is nothing more to collect
    outcomes: dict[str, Outcome]
    unsettled: tuple[str, ...]  # the answer decides nothing about these: query each key
    cStat: str  # of the lot itself
    xMotivo: str
    exchange: Exchange
    # The lot was refused as a whole, so each outcome is REJECTED with the lot's own cStat. Nothing was registered, and
    # only one document may be at fault (225): sent one by one, each gets an answer of its own.
    refused: bool = False

    @property
    def pending(self) -> bool:
        """Whether its result is still to come, and is to be collected with the receipt."""
        return self.receipt is not None and bool(self.outcomes)


def split(documents: Mapping[str, bytes]) -> list[dict[str, bytes]]:
    """``documents`` (access key -> signed bytes) in groups that fit a lot, in their order.

    A group of one is for ``Authorizer.authorize``: it was left over, or is too big to travel with another.
    """
    groups: list[dict[str, bytes]] = []
    size = 0
    for key, signed in documents.items():
        if not groups or len(groups[-1]) == MAX_DOCUMENTS or size + len(signed) > MAX_BYTES:
            groups.append({})
            size = _AROUND
        groups[-1][key] = signed
        size += len(signed)
    return groups


def check(documents: Mapping[str, bytes], number: int) -> None:
    """Refuse what can be no lot.

    :raises ValueError: there are not 2 to 50 documents, they are too big together, or ``number`` is out of range.
    """
    if not 0 < number < 10**15:
        raise ValueError(f"idLote has 1 to 15 digits: {number}.")
    if not 2 <= len(documents) <= MAX_DOCUMENTS:
        raise ValueError(f"A lot has 2 to {MAX_DOCUMENTS} documents: {len(documents)}.")
    size = _AROUND + sum(map(len, documents.values()))
    if size > MAX_BYTES:
        raise ValueError(f"A lot has at most {MAX_BYTES} bytes: {size}.")
