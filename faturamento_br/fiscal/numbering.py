"""Holes in the numbering of a series: which, why, until when they are due, and the requests that void them.

Ajuste SINIEF 7/2005, cláusula décima quarta: numbers that no NF-e has are voided by the 10th of the month after the gap
arose. A gap arose when a higher number was taken; that day also gives the request its year (ano).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from .problems import _
from .voiding import MOST

_DUE_DAY = 10


class NumberState(StrEnum):
    """What is known of a number."""

    AUTHORIZED = "authorized"
    CANCELLED = "cancelled"
    DENIED = "denied"  # in the past: denial ended in 2024
    PENDING = "pending"  # the authorizer may hold it: query its key first
    VOIDED = "voided"
    GIVEN_UP = "given_up"  # its document was discarded, and the authorizer does not hold it
    REJECTED = "rejected"  # refused; its document may still be mended and issued


class Reason(StrEnum):
    """Why a number is a hole."""

    SKIPPED = "skipped"  # no document here has it
    GIVEN_UP = "given_up"
    REJECTED = "rejected"


#: What people are told of each reason, and what they may do.
REASONS: dict[Reason, tuple[str, str]] = {
    Reason.SKIPPED: (
        _("No document has this number here: it was skipped, or used in another system."),
        _("If another system issued it, register that document; otherwise void the number."),
    ),
    Reason.GIVEN_UP: (
        _("The document with this number was discarded before SEFAZ authorized it."),
        _("Void the number."),
    ),
    Reason.REJECTED: (
        _("SEFAZ rejected the document with this number, and it was not issued again."),
        _("Correct the document and issue it with the same number, or void the number."),
    ),
}

# When two are told of one number, the first of these holds: what SEFAZ has before what we think.
_STRENGTH = tuple(NumberState)
_USED = frozenset({NumberState.AUTHORIZED, NumberState.CANCELLED, NumberState.DENIED})
_HOLES = {NumberState.GIVEN_UP: Reason.GIVEN_UP, NumberState.REJECTED: Reason.REJECTED}


class Known(NamedTuple):
    """A number that is known; ``day``: when it was taken (or voided), in the emitter's time."""

    number: int
    state: NumberState
    day: date


@dataclass(frozen=True)
class Gap:
    """Holes side by side, with one reason, one year and one deadline."""

    first: int
    last: int
    reason: Reason
    since: date  # when it arose
    due: date  # the last day to void it

    @property
    def year(self) -> int:
        """ano of the request."""
        return self.since.year

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    def overdue(self, today: date) -> bool:
        return today > self.due


class Range(NamedTuple):
    """The numbers of one request (see :class:`~.voiding.Voiding`)."""

    first: int
    last: int
    year: int


@dataclass(frozen=True)
class Numbering:
    """What was found in a series."""

    gaps: tuple[Gap, ...]
    pending: tuple[int, ...]  # settle these first: they are neither used nor free
    conflicts: tuple[int, ...]  # voided here, and yet used: tell the accountant


def due(since: date) -> date:
    """The last day to void a gap that arose on ``since``: the 10th of the next month."""
    return date(since.year + since.month // 12, since.month % 12 + 1, _DUE_DAY)


def find(known: Iterable[Known], start: int = 1) -> Numbering:
    """The holes of one series of one emitter and model, from ``start`` (its first number here) to the highest known.

    What is told below ``start`` is left out; above the highest number there is no hole. A hole that another number
    follows arose on the first day on which a higher number was taken.
    """
    told: dict[int, Known] = {}
    used: set[int] = set()
    voided: set[int] = set()
    for one in known:
        if one.number < start:
            continue
        if one.state in _USED:
            used.add(one.number)
        elif one.state is NumberState.VOIDED:
            voided.add(one.number)
        held = told.get(one.number)
        if held is None or (_STRENGTH.index(one.state), one.day) < (_STRENGTH.index(held.state), held.day):
            told[one.number] = one
    holes = _holes(sorted(told.values()), start)
    pending = tuple(sorted(one.number for one in told.values() if one.state is NumberState.PENDING))
    return Numbering(tuple(_joined(holes)), pending, tuple(sorted(used & voided)))


def requests(gaps: Iterable[Gap]) -> list[Range]:
    """The fewest requests that void ``gaps``: contiguous numbers, one year, at most 10,000 each."""
    found: list[Range] = []
    for gap in sorted(gaps, key=lambda one: one.first):
        first = gap.first
        if found and found[-1].last == first - 1 and found[-1].year == gap.year:
            first = found.pop().first
        while gap.last - first >= MOST:
            found.append(Range(first, first + MOST - 1, gap.year))
            first += MOST
        found.append(Range(first, gap.last, gap.year))
    return found


def _holes(told: Sequence[Known], start: int) -> list[Gap]:
    """The holes from the highest down: numbers between those told, and those told to be unused."""
    found: list[Gap] = []
    earliest: date | None = None  # the first day on which a number above the present one was taken
    for place in range(len(told) - 1, -1, -1):
        one = told[place]
        above = one.day if earliest is None else earliest
        if one.state in _HOLES:
            found.append(Gap(one.number, one.number, _HOLES[one.state], above, due(above)))
        earliest = one.day if earliest is None else min(earliest, one.day)
        below = told[place - 1].number + 1 if place else start
        if below < one.number:
            found.append(Gap(below, one.number - 1, Reason.SKIPPED, earliest, due(earliest)))
    return found[::-1]


def _joined(gaps: Iterable[Gap]) -> list[Gap]:
    """``gaps``, in order, with neighbours of one reason, year and deadline made one; it arose when its first did."""
    found: list[Gap] = []
    for gap in gaps:
        last = found[-1] if found else None
        if last and last.last == gap.first - 1 and (last.reason, last.due) == (gap.reason, gap.due):
            found[-1] = Gap(last.first, gap.last, gap.reason, min(last.since, gap.since), gap.due)
        else:
            found.append(gap)
    return found
