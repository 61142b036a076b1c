"""What was signed: a contract and its lines, as values that never change. What became of them is ``changes``."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from .intervals import Interval

if TYPE_CHECKING:
    from .changes import Change

Key = int | str
ZERO = Decimal(0)
CENT = Decimal("0.01")
_PERCENT = Decimal(100)


class On(StrEnum):
    """On which day of the month periods begin."""

    START = "start"  # the day of the month on which the line starts
    DAY = "day"  # a fixed day, or the month's last one where there is no such day
    LAST_DAY = "last_day"
    WORKING_DAY = "working_day"  # the nth day on which banks work, by the national calendar


@dataclass(frozen=True)
class Anchor:
    """The day from which every period is counted.

    :param day: 1 to 31 for :attr:`On.DAY`, 1 to 15 for :attr:`On.WORKING_DAY`.
    :param month: 1 to 12 if longer intervals are to begin in that month (and every interval after it); 0: in the
        month in which the line starts. Quarters of the calendar: month 1.
    """

    on: On = On.START
    day: int = 0
    month: int = 0


@dataclass(frozen=True)
class Terms:
    """What a line costs for one whole period.

    :param price: of one unit, in the contract's currency.
    :param discount: percent.
    :param plan: the product or plan, as the caller names it.
    """

    price: Decimal
    quantity: Decimal = Decimal(1)
    discount: Decimal = ZERO
    plan: Key = ""

    def amount(self, unit: Decimal = CENT) -> Decimal:
        """The amount of a whole period, rounded once (half up) to ``unit``, as an invoice line does."""
        return rounded(self.price * self.quantity * (_PERCENT - self.discount) / _PERCENT, unit)


@dataclass(frozen=True)
class Line:
    """One recurring thing in a contract.

    :param in_advance: billed on the first day of a period; otherwise (in arrears) on the day after its last one.
    :param trial: nothing is owed from ``start`` on for so long; periods are counted from its end.
    :param end: the first day that is no longer in it; None: until somebody ends it.
    :param metered: its amount comes from ``usage``, not from ``terms``.
    """

    key: Key
    start: date
    interval: Interval
    terms: Terms
    anchor: Anchor = Anchor()
    in_advance: bool = True
    trial: Interval | None = None
    end: date | None = None
    metered: bool = False

    @property
    def first_day(self) -> date:
        """The first day that is billed."""
        return self.trial.after(self.start) if self.trial else self.start


@dataclass(frozen=True)
class Contract:
    """Lines of one customer that are billed together.

    :param changes: all that was agreed afterwards, in the order in which it was recorded; only ever appended to.
    :param unit: the smallest amount of the currency.
    :param billed_elsewhere: periods that begin before this day were billed by another system (import).
    """

    key: Key
    lines: tuple[Line, ...]
    changes: "tuple[Change, ...]" = ()
    customer: Key = ""
    unit: Decimal = CENT
    billed_elsewhere: date | None = None


def rounded(amount: Decimal, unit: Decimal = CENT) -> Decimal:
    """``amount`` to a multiple of ``unit``, half away from zero, as Odoo rounds."""
    return (amount / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit
