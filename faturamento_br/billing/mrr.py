"""Monthly recurring revenue, and why it moved.

From a log of events: on this day a line began to be worth so much a month. Net of discount; no tax, no usage, nothing
that is paid once. Movements are of *customers*: a second contract is expansion, losing one of two is contraction, and
churn is when nothing is left. Pausing counts as losing, for nothing comes in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import groupby, takewhile

from .bills import Ledger, coming
from .changes import timelines
from .contract import CENT, ZERO, Contract, Key, Terms
from .intervals import Interval, Unit, first_of, month_of
from .proration import round_exact

_A_YEAR = {Unit.DAY: 365, Unit.WEEK: 52}


class Movement(StrEnum):
    """Why the revenue of a customer changed."""

    NEW = "new"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"
    REACTIVATION = "reactivation"


@dataclass(frozen=True)
class Event:
    """From ``day`` on the line (named with its contract) is worth ``monthly``."""

    day: date
    customer: Key
    line: tuple[Key, Key]
    monthly: Decimal


@dataclass(frozen=True)
class Move:
    """What one day did to one customer; ``amount`` is below zero for contraction and churn."""

    day: date
    customer: Key
    movement: Movement
    amount: Decimal


@dataclass(frozen=True)
class Summary:
    """``end`` = ``start`` + all ``movements``; each below zero or above as in :class:`Move`."""

    start: Decimal
    movements: dict[Movement, Decimal]
    end: Decimal

    @property
    def yearly(self) -> Decimal:
        """ARR at the end."""
        return self.end * 12


@dataclass(frozen=True)
class Cohort:
    """Customers who were new in one month; ``customers`` and ``monthly`` at the end of that month and of each after."""

    month: date
    customers: tuple[int, ...]
    monthly: tuple[Decimal, ...]


def monthly(terms: Terms, interval: Interval, unit: Decimal = CENT) -> Decimal:
    """The amount of a period as one of a month: by months, 52 weeks or 365 days a year; half up to ``unit``."""
    amount = Fraction(terms.amount(unit))
    if interval.months:
        return round_exact(amount / interval.months, unit)
    return round_exact(amount * _A_YEAR[interval.unit] / interval.count / 12, unit)


def events(contract: Contract) -> list[Event]:
    """The log that ``contract`` gives by all that was agreed, in the order of days."""
    times = timelines(contract)
    return sorted(
        (
            Event(
                step.since,
                contract.customer,
                (contract.key, line.key),
                monthly(step.terms, line.interval, contract.unit) if step.owed else ZERO,
            )
            for line in contract.lines
            if not line.metered
            for step in times[line.key].steps
        ),
        key=_day,
    )


def moves(log: Iterable[Event]) -> Iterator[Move]:
    """The movements of ``log`` (any order), by day; what a customer loses and gains on one day is one movement."""
    worth: dict[tuple[Key, Key], Decimal] = {}
    customers: dict[Key, Decimal] = {}
    for day, of_day in groupby(sorted(log, key=_day), _day):
        before: dict[Key, Decimal | None] = {}
        for event in of_day:
            before.setdefault(event.customer, customers.get(event.customer))
            change = event.monthly - worth.get(event.line, ZERO)
            worth[event.line] = event.monthly
            if change or event.customer in customers:
                customers[event.customer] = customers.get(event.customer, ZERO) + change
        for customer, was in before.items():
            now = customers.get(customer, ZERO)
            if now != (was or ZERO):
                yield Move(day, customer, _movement(was, now), now - (was or ZERO))


def summary(log: Iterable[Event], start: date, end: date) -> Summary:
    """Revenue before ``start``, its movements in ``[start, end)``, and what it was at the end."""
    before = after = ZERO
    amounts = dict.fromkeys(Movement, ZERO)
    for move in moves(log):
        if move.day < start:
            before += move.amount
        if move.day < end:
            after += move.amount
        if start <= move.day < end:
            amounts[move.movement] += move.amount
    return Summary(before, amounts, after)


def cohorts(log: Iterable[Event], until: date) -> list[Cohort]:
    """Who stayed: the customers by the month in which they were new, up to the month of ``until``."""
    joined: dict[Key, int] = {}
    of_cohort: dict[int, list[Move]] = {}
    for move in moves(log):
        month = joined.setdefault(move.customer, month_of(move.day))
        of_cohort.setdefault(month, []).append(move)
    last = month_of(until)
    return [_cohort(month, last, of_cohort[month]) for month in sorted(of_cohort) if month <= last]


def forecast(contracts: Iterable[tuple[Contract, Ledger]], today: date, months: int = 12) -> dict[date, Decimal]:
    """What will be billed in this month and those that follow, by the first day of the month, without usage."""
    first = month_of(today)
    found = {first_of(first + index): ZERO for index in range(months)}
    end = first_of(first + months)
    for contract, ledger in contracts:
        for bill in takewhile(lambda bill: bill.day < end, coming(contract, today, ledger)):
            found[bill.day.replace(day=1)] += bill.total
    return found


def _cohort(first: int, last: int, of_cohort: Iterable[Move]) -> Cohort:
    by_month: dict[int, list[Move]] = {}
    for move in of_cohort:
        by_month.setdefault(month_of(move.day), []).append(move)
    worth: dict[Key, Decimal] = {}
    customers, amounts = [], []
    for month in range(first, last + 1):
        for move in by_month.get(month, ()):
            worth[move.customer] = worth.get(move.customer, ZERO) + move.amount
        customers.append(sum(1 for amount in worth.values() if amount))
        amounts.append(sum(worth.values(), ZERO))
    return Cohort(first_of(first), tuple(customers), tuple(amounts))


def _movement(was: Decimal | None, now: Decimal) -> Movement:
    if was is None:
        return Movement.NEW
    if not was:
        return Movement.REACTIVATION
    if not now:
        return Movement.CHURN
    return Movement.EXPANSION if now > was else Movement.CONTRACTION


def _day(event: Event) -> date:
    return event.day
