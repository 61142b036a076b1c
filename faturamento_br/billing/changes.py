"""What was agreed after signing: a list to which one only appends, and the timeline that follows from it.

The state of a line on any day is a fold of this list, so a change can be back-dated, planned or undone, and who, when
and why are never lost. Prices have a date and are not overwritten: the elapsed half of a month keeps the price it had.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from .contract import Contract, Key, Line, Terms


@dataclass(frozen=True)
class NewTerms:
    """Another price, quantity, discount or plan; None keeps what there is.

    :param revision: the price was revised, so a year counts again from here before the next reajuste (Lei
        10.192/2001, art. 2 §2).
    """

    price: Decimal | None = None
    quantity: Decimal | None = None
    discount: Decimal | None = None
    plan: Key | None = None
    revision: bool = False

    def applied(self, terms: Terms) -> Terms:
        named = {"price": self.price, "quantity": self.quantity, "discount": self.discount, "plan": self.plan}
        return replace(terms, **{name: value for name, value in named.items() if value is not None})


@dataclass(frozen=True)
class Pause:
    """Nothing is owed until a :class:`Resume`; the periods stay where they are.

    :param extends: the line's own end moves by as many days as it rested.
    """

    extends: bool = False


@dataclass(frozen=True)
class Resume:
    """The end of a :class:`Pause`: this day is owed again."""


@dataclass(frozen=True)
class End:
    """The line ends: this is the first day no longer in it. Of several the one recorded last holds."""


@dataclass(frozen=True)
class Undo:
    """Another change never was. To take this back, record the other one again."""

    change: Key


Action = NewTerms | Pause | Resume | End | Undo


@dataclass(frozen=True)
class Change:
    """One entry of the list.

    :param line: the line it is about; None: all lines of the contract.
    :param effective: the first day on which it holds.
    :param recorded: when it was written down; the list's order, not this, decides between two of one day.
    """

    key: Key
    effective: date
    action: Action
    line: Key | None = None
    recorded: datetime | None = None
    who: str = ""
    why: str = ""


class Step(NamedTuple):
    """From this day on these terms are agreed; unless ``owed``, nothing is to be paid (paused, or ended)."""

    since: date
    terms: Terms
    owed: bool


class Span(NamedTuple):
    """Days ``[start, end)`` on which the terms are the same."""

    start: date
    end: date
    terms: Terms


@dataclass(frozen=True)
class Timeline:
    """All that a line is to cost, from its first billed day on.

    :param steps: in the order of days, each different from the one before.
    :param end: the first day no longer in the line, None while nobody knows it.
    """

    steps: tuple[Step, ...]
    end: date | None

    def at(self, day: date) -> Terms | None:
        """The terms on ``day``; None if nothing is owed then."""
        step = self._step(day)
        return step.terms if step and step.owed else None

    def agreed(self, day: date) -> Terms | None:
        """The terms on ``day``, also while the line is paused; None before it starts and after it ended."""
        step = self._step(day)
        return step.terms if step and (self.end is None or day < self.end) else None

    def between(self, start: date, end: date) -> list[Span]:
        """The days of ``[start, end)`` that are owed."""
        found = []
        last = len(self.steps) - 1
        for index, (since, terms, is_owed) in enumerate(self.steps):
            if since >= end:
                break
            until = end if index == last else min(self.steps[index + 1].since, end)
            if is_owed and until > start:
                found.append(Span(max(since, start), until, terms))
        return found

    @property
    def is_simple(self) -> bool:
        """Whether the line costs the same for ever."""
        return len(self.steps) == 1

    @property
    def rests_from(self) -> date | None:
        """The day from which nothing is owed any more, as far as is known; None: it goes on."""
        last = self.steps[-1]
        return None if last.owed else last.since

    def _step(self, day: date) -> Step | None:
        return next((step for step in reversed(self.steps) if step.since <= day), None)


def timeline(line: Line, changes: Iterable[Change] = ()) -> Timeline:
    """The fold: ``line`` as signed, and ``changes`` (of its contract) by day, those of one day as recorded."""
    own = standing(line.key, changes)
    terms, paused, end = line.terms, None, line.end
    steps = {line.first_day: Step(line.first_day, terms, True)}
    for change in sorted(own, key=lambda one: one.effective):
        day = max(change.effective, line.first_day)
        match change.action:
            case NewTerms() as new:
                terms = new.applied(terms)
            case Pause() as pause if paused is None:
                paused = (day, pause.extends)
            case Resume() if paused is not None:
                since, extends = paused
                if extends and end is not None and since < end:
                    end += day - since
                paused = None
        steps[day] = Step(day, terms, paused is None)
    if paused and paused[1] and end is not None and paused[0] < end:
        end = None  # it will move by a rest whose length nobody knows yet
    ends = [change.effective for change in own if isinstance(change.action, End)]
    end = max(ends[-1], line.first_day) if ends else end
    if end is not None:
        steps = {since: step for since, step in steps.items() if since < end}
        steps[end] = Step(end, terms, False)
    return Timeline(tuple(_told_once(steps.values())), end)


def timelines(contract: Contract) -> dict[Key, Timeline]:
    """The timeline of each line of ``contract``."""
    return {line.key: timeline(line, contract.changes) for line in contract.lines}


def standing(line: Key, changes: Iterable[Change]) -> list[Change]:
    """The changes of ``line`` that nobody undid, as recorded."""
    changes = list(changes)
    undone = {change.action.change for change in changes if isinstance(change.action, Undo)}
    return [
        change
        for change in changes
        if change.line in (None, line) and change.key not in undone and not isinstance(change.action, Undo)
    ]


def with_changes(contract: Contract, *changes: Change) -> Contract:
    """``contract`` with ``changes`` appended."""
    return replace(contract, changes=contract.changes + changes)


def _told_once(steps: Iterable[Step]) -> list[Step]:
    found: list[Step] = []
    for step in steps:
        if not found or found[-1][1:] != step[1:]:
            found.append(step)
    return found
