"""When a bill is to be paid: after some days, or on a day of the month, moved to a day on which banks work."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .business_days import NATIONAL, Calendar
from .intervals import DAY, month_of, on_day


class By(StrEnum):
    """How the day is found."""

    DAYS = "days"  # so many days after the bill
    DAY = "day"  # on that day of the month, or the month's last one
    WORKING_DAY = "working_day"  # on the nth day of the month on which banks work


@dataclass(frozen=True)
class DueRule:
    """The rule of a contract.

    :param number: of days, or the day.
    :param notice: with a day of the month, the customer has at least so many days to pay.
    """

    by: By = By.DAYS
    number: int = 0
    notice: int = 0


def due_date(rule: DueRule, billed: date, calendar: Calendar = NATIONAL) -> date:
    """The day on which a bill of ``billed`` is due; always one on which banks work (see :meth:`.Calendar.next`)."""
    if rule.by is By.DAYS:
        return calendar.next(billed + rule.number * DAY)
    least = billed + rule.notice * DAY
    month = month_of(least)
    while (day := _in_month(rule, month, calendar)) < least:
        month += 1
    return calendar.next(day)


def _in_month(rule: DueRule, month: int, calendar: Calendar) -> date:
    return on_day(month, rule.number) if rule.by is By.DAY else calendar.nth(month, rule.number)
