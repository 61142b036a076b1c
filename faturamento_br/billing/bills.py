"""What to invoice today, and what comes next: the periods that are due, and corrections of those that were billed.

Everything is computed anew each time and compared with the *ledger*: for each period, the sum of its items on bills, as
computed here. A period without an entry is due; one whose entry differs from what it is worth now is corrected by the
difference. Upgrade in mid-month, back-dated price, pause, early end, late usage: all the same subtraction. Running
twice finds nothing the second time, and no period is given back more than was billed for it. What somebody changed by
hand on an invoice does not enter the ledger: it was a decision, and is not corrected back.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import groupby, islice, takewhile
from typing import NamedTuple

from .changes import Change, Timeline, timelines, with_changes
from .contract import ZERO, Contract, Key
from .proration import Segment, segments, total
from .schedule import Period, PeriodKey, Schedule, due, upcoming

Ledger = Mapping[PeriodKey, Decimal]
NOTHING: Ledger = {}


class Kind(StrEnum):
    """Why an item is on a bill."""

    PERIOD = "period"  # it is billed for the first time
    CORRECTION = "correction"  # what was billed is not what it is worth now


class CatchUp(StrEnum):
    """How periods that were missed are billed."""

    EACH = "each"  # one bill for each day on which there should have been one
    TOGETHER = "together"  # all on one


class Settle(StrEnum):
    """When corrections are billed."""

    AT_ONCE = "at_once"  # by themselves if need be: a bill below zero is a credit note
    WITH_NEXT = "with_next"  # they wait for a bill with a period, if one is to come


@dataclass(frozen=True)
class Policy:
    """What the contract says of billing.

    :param look_back: periods that should have been billed more than so many days ago are held for somebody to
        decide; None: bill them all.
    :param allowed: periods about which somebody decided that they are billed all the same.
    """

    catch_up: CatchUp = CatchUp.EACH
    settle: Settle = Settle.AT_ONCE
    look_back: int | None = None
    allowed: Collection[PeriodKey] = frozenset()

    def holds(self, period: Period, today: date) -> bool:
        """Whether ``period`` is too old to be billed without asking."""
        if self.look_back is None or period.key in self.allowed:
            return False
        return (today - period.billing_day).days > self.look_back


@dataclass(frozen=True)
class Item:
    """One line of a bill.

    :param parts: what the period is worth now, by price; empty for usage.
    :param amount: what to charge; below zero: a credit.
    """

    kind: Kind
    period: Period
    parts: tuple[Segment, ...]
    amount: Decimal


@dataclass(frozen=True)
class Bill:
    """What goes on one invoice; one of 0 needs no invoice, but is booked.

    :param day: when it is made, never in the past.
    """

    day: date
    items: tuple[Item, ...]

    @property
    def total(self) -> Decimal:
        return sum((item.amount for item in self.items), ZERO)


class Run(NamedTuple):
    """What a run found in one contract.

    :param held: too old to be billed without asking. To give one up, book it without an invoice.
    """

    bills: list[Bill]
    held: list[Item]


DEFAULT = Policy()


def run(contract: Contract, ledger: Ledger, today: date, policy: Policy = DEFAULT, usage: Ledger = NOTHING) -> Run:
    """The bills of ``contract`` on ``today``; a dry run is this very function.

    :param usage: what the periods of metered lines are worth (see :func:`.usage.charges`).
    """
    bills = list(takewhile(lambda bill: bill.day <= today, coming(contract, today, ledger, policy, usage)))
    if policy.look_back is None:
        return Run(bills, [])
    worth = _Worth(contract, usage)
    return Run(bills, [worth.item(period) for period in due(contract, ledger, today) if policy.holds(period, today)])


def preview(
    contract: Contract,
    changes: Collection[Change],
    today: date,
    count: int = 12,
    ledger: Ledger = NOTHING,
    policy: Policy = DEFAULT,
    usage: Ledger = NOTHING,
) -> list[Bill]:
    """The next ``count`` bills if ``changes`` were agreed, by the code that bills; the first has what is due today.

    A metered period is worth what ``usage`` says, nothing as long as nobody used anything.
    """
    return list(islice(coming(with_changes(contract, *changes), today, ledger, policy, usage), count))


def coming(
    contract: Contract, today: date, ledger: Ledger = NOTHING, policy: Policy = DEFAULT, usage: Ledger = NOTHING
) -> Iterator[Bill]:
    """All bills from ``today`` on, by day; endless for a contract without end."""

    def bill_of(period: Period) -> date:
        return max(period.billing_day, today) if policy.catch_up is CatchUp.TOGETHER else period.billing_day

    worth = _Worth(contract, usage)
    corrections = tuple(worth.corrections(ledger))
    periods = (period for period in upcoming(contract, ledger) if not policy.holds(period, today))
    for billing_day, together in groupby(periods, bill_of):
        day = max(billing_day, today)
        if corrections and day > today and policy.settle is Settle.AT_ONCE:
            yield Bill(today, corrections)
            corrections = ()
        yield Bill(day, corrections + tuple(map(worth.item, together)))
        corrections = ()
    if corrections:  # nothing is left for which they could wait
        yield Bill(today, corrections)


def booked(ledger: Ledger, bills: Collection[Bill]) -> dict[PeriodKey, Decimal]:
    """``ledger`` after ``bills``."""
    after = dict(ledger)
    for bill in bills:
        for item in bill.items:
            after[item.period.key] = after.get(item.period.key, ZERO) + item.amount
    return after


class _Worth:
    """What the periods of a contract are worth by all that is known now."""

    def __init__(self, contract: Contract, usage: Ledger):
        self._unit = contract.unit
        self._usage = usage
        self._lines = {line.key: line for line in contract.lines}
        self._times: dict[Key, Timeline] = timelines(contract)
        self._unchanged = {
            key: times.steps[0].terms.amount(contract.unit) if times.is_simple else None
            for key, times in self._times.items()
        }

    def item(self, period: Period) -> Item:
        """``period`` on its first bill."""
        if self._lines[period.key.line].metered:
            return Item(Kind.PERIOD, period, (), self._usage.get(period.key, ZERO))
        parts = tuple(segments(period, self._times[period.key.line], self._unit))
        return Item(Kind.PERIOD, period, parts, total(parts))

    def corrections(self, ledger: Ledger) -> Iterator[Item]:
        """What to charge or to give back for the periods of ``ledger``."""
        schedules = {key: Schedule(line) for key, line in self._lines.items()}
        for key, billed in sorted(ledger.items(), key=lambda entry: entry[0].number):
            if self._is_right(key, billed):
                continue
            now = self.item(schedules[key.line].period(key.number))
            if now.amount != billed:
                yield Item(Kind.CORRECTION, now.period, now.parts, now.amount - billed)

    def _is_right(self, key: PeriodKey, billed: Decimal) -> bool:
        """What can be told without a look at the calendar: most lines never change."""
        if self._lines[key.line].metered:
            return self._usage.get(key, billed) == billed
        return key.number > 0 and self._unchanged[key.line] == billed
