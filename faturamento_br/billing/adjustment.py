"""Reajuste: prices follow an index once a year, and everybody can see which months made the difference.

Lei 10.192/2001, art. 2: only in contracts of a year or more (caput), never before a year has passed (§1), and the year
counts again from each revision of the price (§2). The months used lie side by side from one adjustment to the next:
none counts twice, none is left out. Values of an index come from a table that somebody filled from a source; none
is guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from ..fiscal.problems import FiscalError, Problem, _
from .changes import Change, NewTerms, Undo, standing, timeline
from .contract import CENT, ZERO, Key, Line
from .intervals import Interval, Unit, first_of, month_of
from .proration import round_exact

YEAR = Interval(1, Unit.YEAR)
#: An accumulated factor has six decimals.
FACTOR = Decimal("0.000001")


class Index(StrEnum):
    """What prices follow; the value is the name that people know."""

    IPCA = "IPCA"
    IGP_M = "IGP-M"
    INPC = "INPC"
    IPC_FIPE = "IPC-Fipe"
    FIXED = "fixed"


class Negative(StrEnum):
    """What happens when an index fell over the year."""

    APPLY = "apply"  # prices fall
    KEEP = "keep"  # prices stay; it counts as an adjustment


@dataclass(frozen=True)
class Rule:
    """What the contract says of its adjustment.

    :param percent: for :attr:`Index.FIXED`, for the whole term since the last adjustment.
    :param lag: the newest month used is so many months before that of the adjustment: 1 is the month before; an index
        is published in the following month, so letters written early need 2.
    :param floor: percent; the adjustment is at least this.
    :param cap: percent; it is at most this.
    """

    index: Index
    percent: Decimal = ZERO
    lag: int = 1
    floor: Decimal | None = None
    cap: Decimal | None = None
    negative: Negative = Negative.APPLY


@dataclass(frozen=True)
class Value:
    """What an index did in one month.

    :param month: its first day.
    :param percent: over the month before.
    :param source: where it was read (``IBGE, SIDRA 1737``), ``read`` when.
    """

    index: Index
    month: date
    percent: Decimal
    source: str
    read: date


@dataclass(frozen=True)
class Adjustment:
    """The adjustment of one line with all that explains it: keep it whole, it can be shown for ever and undone.

    :param base: from when the year counted.
    :param accumulated: percent that the index gave (six decimals of its factor).
    :param applied: percent after the negative rule, floor and cap.
    """

    rule: Rule
    line: Key
    base: date
    effective: date
    months: tuple[Value, ...]
    accumulated: Decimal
    applied: Decimal
    before: Decimal
    after: Decimal

    @property
    def key(self) -> str:
        """The key of the entry that it makes."""
        return f"adjustment-{self.line}-{self.effective}"

    def change(self, recorded: datetime, who: str, why: str) -> Change:
        """Its entry for the contract's list; also where the price stays, for the year counts from here."""
        new = NewTerms(price=self.after, revision=True)
        return Change(self.key, self.effective, new, self.line, recorded, who, why)

    def undone(self, recorded: datetime, who: str, why: str) -> Change:
        """The entry that takes it back."""
        return Change(f"undo-{self.key}", self.effective, Undo(self.key), self.line, recorded, who, why)


def base_date(line: Line, changes: Iterable[Change], agreed: date) -> date:
    """From when the year counts: the last revision of the line's price that stands, or ``agreed``."""
    revisions = (
        change.effective
        for change in standing(line.key, changes)
        if isinstance(change.action, NewTerms) and change.action.revision
    )
    return max(revisions, default=agreed)


def earliest(base: date) -> date:
    """The first day on which the law allows an adjustment: a year after ``base``."""
    return YEAR.after(base)


def months_used(base: date, effective: date, lag: int = 1) -> list[date]:
    """The months between the two, ``lag`` months back: as many as lie between them, the newest last."""
    return [first_of(month - lag) for month in range(month_of(base), month_of(effective))]


def adjustable(line: Line, changes: Iterable[Change], effective: date) -> bool:
    """Whether ``line`` is in force on ``effective``, be it paused; the price of usage is not adjusted here."""
    return not line.metered and timeline(line, changes).agreed(effective) is not None


def adjust(
    line: Line,
    changes: Sequence[Change],
    rule: Rule,
    agreed: date,
    effective: date,
    table: Iterable[Value],
    unit: Decimal = CENT,
) -> Adjustment:
    """The adjustment of an :func:`adjustable` line.

    The factor is the product of (1 + percent / 100) over the months, rounded once to six decimals; the price times the
    percent applied is rounded half up to ``unit`` (of prices, which may be finer than the currency's).

    :param agreed: when the price was agreed: the contract's day, or a later one for a line that was added.
    :raises FiscalError: too early (``adjustment_too_early``), or months without a value (``index_missing``), all told.
    """
    base = base_date(line, changes, agreed)
    months = [] if rule.index is Index.FIXED else months_used(base, effective, rule.lag)
    values = {value.month: value for value in table if value.index is rule.index}
    if problems := [*_too_early(base, effective), *_missing(rule.index, months, values)]:
        raise FiscalError(problems)
    used = tuple(values[month] for month in months)
    percent = rule.percent if rule.index is Index.FIXED else accumulated(used)
    applied = limited(rule, percent)
    before = timeline(line, changes).agreed(effective).price
    after = round_exact(Fraction(before) * (1 + Fraction(applied) / 100), unit)
    return Adjustment(rule, line.key, base, effective, used, percent, applied, before, after)


def accumulated(values: Sequence[Value]) -> Decimal:
    """The percent of all ``values`` one on top of the other, from a factor of six decimals."""
    factor = Fraction(1)
    for value in values:
        factor *= 1 + Fraction(value.percent) / 100
    return (round_exact(factor, FACTOR) - 1) * 100


def limited(rule: Rule, percent: Decimal) -> Decimal:
    """``percent`` after the negative rule, then floor, then cap."""
    if rule.negative is Negative.KEEP:
        percent = max(percent, ZERO)
    if rule.floor is not None:
        percent = max(percent, rule.floor)
    return percent if rule.cap is None else min(percent, rule.cap)


def _too_early(base: date, effective: date) -> Iterable[Problem]:
    if effective < earliest(base):
        yield Problem(
            "adjustment_too_early",
            "effective",
            _("The price was agreed or adjusted on %(base)s: the law allows the next adjustment from %(earliest)s on."),
            _("Choose that day or a later one (Lei 10.192/2001, art. 2)."),
            {"base": base.strftime("%d/%m/%Y"), "earliest": earliest(base).strftime("%d/%m/%Y")},
        )


def _missing(index: Index, months: Iterable[date], values: Mapping[date, Value]) -> Iterable[Problem]:
    for month in months:
        if month not in values:
            yield Problem(
                "index_missing",
                f"index[{index}].{month:%Y-%m}",
                _("The table has no value of %(index)s for %(month)s."),
                _("Add the value with its source, or adjust when it is published."),
                {"index": index.value, "month": month.strftime("%m/%Y")},
            )
