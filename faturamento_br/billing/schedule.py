"""Which periods a contract has, and which of them are due for billing.

Period ``k`` is computed from the anchor, never from period ``k - 1``: what begins on the 31st is on 28 February and
again on 31 March. Periods of a line follow each other without gap or overlap, and have nothing to do with those of
another line. A period is named by its line and number (:class:`PeriodKey`): that is what the database keeps unique.
"""

import heapq
from collections.abc import Callable, Container, Iterator
from datetime import date
from itertools import count, takewhile
from typing import NamedTuple

from .business_days import NATIONAL
from .changes import Timeline, timeline
from .contract import Contract, Key, Line, On
from .intervals import DAY, last_of, month_of, on_day


class PeriodKey(NamedTuple):
    """The name of a period, for ever: ``number`` counts from 0."""

    line: Key
    number: int


class Period(NamedTuple):
    """Days ``[start, end)`` of a line that are billed together.

    ``full_start`` and ``full_end`` are those of the whole period, of which this is a part if the line starts or ends
    within it; its price is for the whole.
    """

    key: PeriodKey
    start: date
    end: date
    full_start: date
    full_end: date
    in_advance: bool

    @property
    def billing_day(self) -> date:
        """The first day on which it may be billed."""
        return self.start if self.in_advance else self.end

    @property
    def last_day(self) -> date:
        """The last day in it, as people say it."""
        return self.end - DAY

    @property
    def of_days(self) -> int:
        """The days of the whole period."""
        return (self.full_end - self.full_start).days


class Schedule:
    """The periods of one line, as if it never ended.

    :raises ValueError: a period of no length (``check`` tells it as a problem); there would be no end of them.
    """

    def __init__(self, line: Line):
        if line.interval.count < 1:
            raise ValueError(f"a period of no length: {line.interval}")
        self.line = line
        self._months = line.interval.months
        self._first = month_of(line.first_day)
        self._on_month = _day_of_month(line)
        if line.anchor.on is not On.START and self._months:
            # The grid of the calendar goes on to both sides: take its last boundary on or before the first day.
            start = line.first_day.year * 12 + line.anchor.month - 1 if line.anchor.month else self._first
            steps = (self._first - start) // self._months
            if self._on_month(start + steps * self._months) > line.first_day:
                steps -= 1
            self._first = start + steps * self._months

    def boundary(self, number: int) -> date:
        """The day on which the whole period ``number`` begins."""
        if self._months:
            return self._on_month(self._first + number * self._months)
        return self.line.interval.after(self.line.first_day, number)

    def period(self, number: int) -> Period:
        """Period ``number`` (from 0 on) in full length, but for days before the line's first."""
        begins, ends = self.boundary(number), self.boundary(number + 1)
        start = begins if number else self.line.first_day
        return Period(PeriodKey(self.line.key, number), start, ends, begins, ends, self.line.in_advance)

    def containing(self, day: date) -> Period:
        """The period in which ``day`` is; the first one for days before it."""
        if self._months:
            number = (month_of(day) - self._first) // self._months
        else:
            number = (day - self.line.first_day).days // self.line.interval.days
        while self.boundary(number) > day:
            number -= 1
        while self.boundary(number + 1) <= day:
            number += 1
        return self.period(max(number, 0))

    def next_start(self, day: date) -> date:
        """When a change agreed on ``day`` begins to hold if it is for the next period."""
        return self.containing(day).end if day >= self.line.first_day else self.line.first_day


def owed(line: Line, times: Timeline, billed: Container[PeriodKey] = (), since: date | None = None) -> Iterator[Period]:
    """The periods of ``line`` with a day to bill that are not in ``billed``, in order; endless for one without end.

    A period in which the line ends is as long as the line; one in which it rests all the time is not there.

    :param since: leave out what begins before this day.
    """
    schedule = Schedule(line)
    first = schedule.containing(since).key.number if since else 0
    rests_from = times.rests_from
    for number in count(first):
        if PeriodKey(line.key, number) in billed:
            continue
        period = schedule.period(number)
        if rests_from is not None and period.start >= rests_from:
            return
        if since and period.start < since:
            continue
        if times.end is not None and times.end < period.end:
            period = period._replace(end=times.end)
        if times.is_simple or times.between(period.start, period.end):
            yield period


def upcoming(contract: Contract, billed: Container[PeriodKey]) -> Iterator[Period]:
    """The periods of all lines that were not billed yet, by the day on which they are to be; possibly endless."""
    each_line = (
        owed(line, timeline(line, contract.changes), billed, contract.billed_elsewhere) for line in contract.lines
    )
    return heapq.merge(*each_line, key=_billing_day)


def due(contract: Contract, billed: Container[PeriodKey], until: date) -> list[Period]:
    """What ought to be billed up to and on ``until``, minus what was.

    :param billed: the keys of the periods that are billed. A deleted draft or a cancelled invoice takes its keys out,
        and they are due again.
    """
    return list(takewhile(lambda period: period.billing_day <= until, upcoming(contract, billed)))


def _billing_day(period: Period) -> date:
    return period.billing_day


def _day_of_month(line: Line) -> Callable[[int], date]:
    """Which day of a month (see :func:`month_of`) begins a period of ``line``."""
    day = line.anchor.day
    match line.anchor.on:
        case On.LAST_DAY:
            return last_of
        case On.WORKING_DAY:
            return lambda month: NATIONAL.nth(month, day)
        case On.START:
            # A month of trial from 31 January ends on 28 February, but the line is still one of the 31st.
            day = line.start.day if line.trial and line.trial.months else line.first_day.day
    return lambda month: on_day(month, day)
