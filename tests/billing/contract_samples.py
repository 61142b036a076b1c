"""Contracts for the tests: by hand, and at random."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from faturamento_br.billing.changes import Change, End, NewTerms, Pause, Resume
from faturamento_br.billing.contract import Anchor, Contract, Line, On, Terms
from faturamento_br.billing.intervals import Interval, Unit

MONTH = Interval(1, Unit.MONTH)
YEAR = Interval(1, Unit.YEAR)


def line(start: date, price: str = "310", key: str = "a", interval: Interval = MONTH, **more) -> Line:
    return Line(key, start, interval, Terms(Decimal(price)), **more)


def contract(*lines: Line, changes: tuple[Change, ...] = (), **more) -> Contract:
    return Contract("contract", lines, changes, **more)


def day(text: str) -> date:
    """``2026-03-15``"""
    return date.fromisoformat(text)


days = st.dates(date(2024, 1, 1), date(2026, 2, 28))
prices = st.decimals("0.01", "99999", places=2)
intervals = st.one_of(
    st.builds(Interval, st.integers(1, 90), st.just(Unit.DAY)),
    st.builds(Interval, st.integers(1, 9), st.just(Unit.WEEK)),
    st.builds(Interval, st.integers(1, 5), st.sampled_from([Unit.MONTH, Unit.QUARTER, Unit.HALF_YEAR, Unit.YEAR])),
)
anchors = st.one_of(
    st.just(Anchor()),
    st.builds(Anchor, st.just(On.DAY), st.integers(1, 31), st.integers(0, 12)),
    st.just(Anchor(On.LAST_DAY)),
    st.builds(Anchor, st.just(On.WORKING_DAY), st.integers(1, 15)),
)
terms = st.builds(Terms, prices, st.decimals("0.01", "100", places=2), st.decimals("0", "100", places=1))


@st.composite
def lines(draw, key: str = "a") -> Line:
    interval = draw(intervals)
    start = draw(days)
    found = Line(
        key,
        start,
        interval,
        draw(terms),
        draw(anchors) if interval.months else Anchor(),
        draw(st.booleans()),
        draw(st.none() | st.builds(Interval, st.integers(1, 3), st.sampled_from([Unit.DAY, Unit.WEEK, Unit.MONTH]))),
    )
    length = draw(st.none() | st.integers(1, 900))
    return found if length is None else Line(**{**vars(found), "end": found.first_day + timedelta(length)})


actions = st.one_of(
    st.builds(NewTerms, price=prices),
    st.builds(NewTerms, quantity=st.decimals("0.5", "20", places=1), revision=st.booleans()),
    st.builds(Pause, st.booleans()),
    st.just(Resume()),
    st.just(End()),
)


@st.composite
def change_lists(draw, keys=("a", "b")) -> tuple[Change, ...]:
    made = draw(st.lists(st.tuples(days, actions, st.sampled_from((None, *keys))), max_size=6))
    return tuple(Change(number, on, action, key) for number, (on, action, key) in enumerate(made))


contracts = st.builds(
    lambda one, other, changes: Contract("contract", (one, other), changes, "customer"),
    lines("a"),
    lines("b"),
    change_lists(),
)
