"""Intervals of time on the calendar: a month is no number of days, and the 31st is not forgotten in February."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAY = timedelta(days=1)


class Unit(StrEnum):
    """Of what an interval is a multiple."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.HALF_YEAR: 6, Unit.YEAR: 12}
_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}


@dataclass(frozen=True)
class Interval:
    """``count`` units: 2 weeks, 18 months. It is either some months or some days, never both."""

    count: int
    unit: Unit

    @property
    def months(self) -> int:
        """How many months; 0 for days and weeks."""
        return self.count * _MONTHS.get(self.unit, 0)

    @property
    def days(self) -> int:
        """How many days; 0 for what is counted in months."""
        return self.count * _DAYS.get(self.unit, 0)

    def after(self, start: date, times: int = 1) -> date:
        """``start`` and ``times`` intervals more, counted at once: 31 January and 2 months is 31 March."""
        if self.months:
            return on_day(month_of(start) + times * self.months, start.day)
        return start + times * self.days * DAY


def month_of(day: date) -> int:
    """The month of ``day`` as a number that can be counted on: months since year 0."""
    return day.year * 12 + day.month - 1


def first_of(month: int) -> date:
    """The first day of a month given as :func:`month_of` does."""
    return date(month // 12, month % 12 + 1, 1)


def on_day(month: int, day: int) -> date:
    """The ``day`` (from 1 on) of ``month``, or its last one where the month is too short."""
    year, index = divmod(month, 12)
    if day > 28:  # every month has those
        day = min(day, monthrange(year, index + 1)[1])
    return date(year, index + 1, day)


def last_of(month: int) -> date:
    """The last day of ``month``."""
    return on_day(month, 31)
