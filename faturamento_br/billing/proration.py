"""What a period is worth: whole, or by the day where something changed in it, to the cent.

A day costs the amount of the whole period divided by the days of the whole period. Parts are exact fractions until the
end: their sum is rounded once, each part is rounded down, and the cents left over go to the largest remainders, the
earlier part first. So parts at one price always add up to that price.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from .changes import Timeline
from .contract import CENT, ZERO, Terms
from .schedule import Period


class Segment(NamedTuple):
    """``days`` of ``of_days``, from ``start`` to before ``end``, at ``terms``: ``amount``."""

    start: date
    end: date
    days: int
    of_days: int
    terms: Terms
    amount: Decimal


def segments(period: Period, times: Timeline, unit: Decimal = CENT) -> list[Segment]:
    """The days of ``period`` that are owed, in parts of one price each; no part, nothing owed.

    :param unit: the currency's smallest amount; every part is a multiple of it.
    """
    spans = times.between(period.start, period.end)
    if len(spans) == 1 and (spans[0].start, spans[0].end) == (period.full_start, period.full_end):
        start, end, terms = spans[0]
        days = period.of_days
        return [Segment(start, end, days, days, terms, terms.amount(unit))]
    of_days = period.of_days
    lengths = [(span.end - span.start).days for span in spans]
    exact = [Fraction(span.terms.amount(unit)) * days / of_days for span, days in zip(spans, lengths, strict=True)]
    return [
        Segment(span.start, span.end, days, of_days, span.terms, amount)
        for span, days, amount in zip(spans, lengths, to_the_unit(exact, unit), strict=True)
    ]


def total(parts: Iterable[Segment]) -> Decimal:
    """The amount of all ``parts``."""
    return sum((part.amount for part in parts), ZERO)


def to_the_unit(exact: Sequence[Fraction], unit: Decimal = CENT) -> list[Decimal]:
    """``exact`` amounts as multiples of ``unit`` whose sum is the rounded sum (half up), by largest remainder."""
    units = [amount / Fraction(unit) for amount in exact]
    whole = [amount.__floor__() for amount in units]
    left = _half_up(sum(units, Fraction(0))) - sum(whole)
    for index in sorted(range(len(units)), key=lambda one: whole[one] - units[one])[:left]:
        whole[index] += 1
    return [amount * unit for amount in whole]


def round_exact(amount: Fraction, unit: Decimal = CENT) -> Decimal:
    """``amount`` to a multiple of ``unit``, half away from zero."""
    return _half_up(amount / Fraction(unit)) * unit


def _half_up(amount: Fraction) -> int:
    whole = (abs(amount) + Fraction(1, 2)).__floor__()
    return whole if amount >= 0 else -whole
