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
from .contract import CENT, ZERO, Contract, Key
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
class Price:
    """The price of a line before and after."""

    line: Key
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Adjustment:
    """An adjustment with all that explains it: keep it whole, it can be shown for ever and undone.

    :param accumulated: percent that the index gave (six decimals of its factor).
    :param applied: percent after the negative rule, floor and cap.
    """

    rule: Rule
    base: date
    effective: date
    months: tuple[Value, ...]
    accumulated: Decimal
    applied: Decimal
    prices: tuple[Price, ...]

    def changes(self, recorded: datetime, who: str, why: str) -> list[Change]:
        """The entries for the contract's list, one a line; also where a price stays, for the year counts from here."""
        return [
            Change(
                self.change_key(price.line),
                self.effective,
                NewTerms(price=price.after, revision=True),
                price.line,
                recorded,
                who,
                why,
            )
            for price in self.prices
        ]

    def undone(self, recorded: datetime, who: str, why: str) -> list[Change]:
        """The entries that take it back."""
        return [
            Change(f"undo-{key}", self.effective, Undo(key), price.line, recorded, who, why)
            for price in self.prices
            if (key := self.change_key(price.line))
        ]

    def change_key(self, line: Key) -> str:
        """The key of the entry that this adjustment makes for ``line``."""
        return f"adjustment-{self.effective:%Y-%m-%d}-{line}"


def base_date(contract: Contract, signed: date) -> date:
    """From when the year counts: the last revision of a price that stands, or ``signed``."""
    revisions = [
        change.effective
        for line in contract.lines
        for change in standing(line.key, contract.changes)
        if isinstance(change.action, NewTerms) and change.action.revision
    ]
    return max(revisions, default=signed)


def earliest(base: date) -> date:
    """The first day on which the law allows an adjustment: a year after ``base``."""
    return YEAR.after(base)


def months_used(base: date, effective: date, lag: int = 1) -> list[date]:
    """The months between the two, ``lag`` months back: as many as lie between them, the newest last."""
    return [first_of(month - lag) for month in range(month_of(base), month_of(effective))]


def adjust(
    contract: Contract, rule: Rule, signed: date, effective: date, table: Iterable[Value], unit: Decimal = CENT
) -> Adjustment:
    """The adjustment of all lines of ``contract`` that are in force on ``effective``; usage keeps its prices.

    The factor is the product of (1 + percent / 100) over the months, rounded once to six decimals; each price times
    the percent applied is rounded half up to ``unit`` (of prices, which may be finer than the currency's).

    :raises FiscalError: too early (``adjustment_too_early``), or months without a value (``index_missing``), all told.
    """
    base = base_date(contract, signed)
    months = [] if rule.index is Index.FIXED else months_used(base, effective, rule.lag)
    values = {value.month: value for value in table if value.index is rule.index}
    if problems := [*_too_early(base, effective), *_missing(rule.index, months, values)]:
        raise FiscalError(problems)
    used = tuple(values[month] for month in months)
    percent = rule.percent if rule.index is Index.FIXED else accumulated(used)
    applied = limited(rule, percent)
    return Adjustment(rule, base, effective, used, percent, applied, _prices(contract, effective, applied, unit))


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


def _prices(contract: Contract, effective: date, percent: Decimal, unit: Decimal) -> tuple[Price, ...]:
    found = []
    for line in contract.lines:
        terms = timeline(line, contract.changes).agreed(effective)
        if terms and not line.metered:
            after = round_exact(Fraction(terms.price) * (1 + Fraction(percent) / 100), unit)
            found.append(Price(line.key, terms.price, after))
    return tuple(found)


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
