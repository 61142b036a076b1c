"""Holes in the numbering: each number has its place, each request is lawful; and until when a document is cancelled."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from fiscal.events.windows import WindowStatus, window
from fiscal.numbering import REASONS, Gap, Known, NumberState, Range, Reason, due, find, requests
from fiscal.problems import FiscalError
from fiscal.tables import rows
from fiscal.voiding import MOST
from hypothesis import given
from hypothesis import strategies as st

S = NumberState
DAY = date(2026, 11, 20)
USED = {S.AUTHORIZED, S.CANCELLED, S.DENIED, S.VOIDED}
DAYS = st.dates(date(2025, 11, 1), date(2027, 2, 28))
KNOWN = st.builds(Known, st.integers(1, 60), st.sampled_from(S), DAYS)
SERIES = st.lists(KNOWN, max_size=40, unique_by=lambda one: one.number)


def known(**numbers):
    """``a1_3="authorized"``: numbers 1 to 3."""
    for span, state in numbers.items():
        first, _, last = span[1:].partition("_")
        yield from (Known(number, S(state), DAY) for number in range(int(first), int(last or first) + 1))


def members(gaps):
    return [number for gap in gaps for number in range(gap.first, gap.last + 1)]


def test_each_hole_says_why():
    found = find(known(a1_3="authorized", a6="rejected", a7="given_up", a8="pending", a10="voided", a12="cancelled"))
    assert [(gap.first, gap.last, gap.reason) for gap in found.gaps] == [
        (4, 5, Reason.SKIPPED),
        (6, 6, Reason.REJECTED),
        (7, 7, Reason.GIVEN_UP),
        (9, 9, Reason.SKIPPED),
        (11, 11, Reason.SKIPPED),
    ]
    assert found.pending == (8,)
    assert {gap.due for gap in found.gaps} == {date(2026, 12, 10)}
    assert requests(found.gaps) == [Range(4, 7, 2026), Range(9, 9, 2026), Range(11, 11, 2026)]
    assert set(REASONS) == set(Reason)


def test_nothing_is_missing_below_the_start_or_above_the_highest():
    assert find([]).gaps == ()
    assert find(known(a5="authorized"), start=5).gaps == ()
    assert members(find(known(a5="authorized")).gaps) == [1, 2, 3, 4]
    assert members(find(known(a1="authorized", a90="voided"), start=88).gaps) == [88, 89]


def test_the_strongest_word_holds_and_a_contradiction_is_told():
    told = [*known(a1="rejected"), *known(a1="authorized"), *known(a2="voided"), *known(a2="cancelled")]
    found = find(told)
    assert found.gaps == ()
    assert found.conflicts == (2,)


def test_the_year_turns():
    silvester, january = date(2026, 12, 31), date(2027, 1, 2)
    told = [Known(1, S.AUTHORIZED, DAY), Known(3, S.AUTHORIZED, silvester), Known(5, S.AUTHORIZED, january)]
    found = find(told).gaps
    assert [(gap.first, gap.year, gap.due) for gap in found] == [
        (2, 2026, date(2027, 1, 10)),
        (4, 2027, date(2027, 2, 10)),
    ]
    assert not found[0].overdue(date(2027, 1, 10))
    assert found[0].overdue(date(2027, 1, 11))
    # Rejected in one year, given up in the next, side by side: one request a year.
    told = [Known(1, S.GIVEN_UP, silvester), Known(2, S.GIVEN_UP, january), Known(3, S.AUTHORIZED, january)]
    assert requests(find([*told, Known(2, S.AUTHORIZED, silvester)]).gaps) == [Range(1, 1, 2026)]


def test_a_million_missing_numbers_cost_nothing():
    found = find([Known(1, S.AUTHORIZED, DAY), Known(1_000_002, S.AUTHORIZED, DAY)])
    made = requests(found.gaps)
    assert len(found.gaps) == 1
    assert len(made) == 100
    assert {one.last - one.first + 1 for one in made} == {MOST}


@given(SERIES, st.integers(1, 20))
def test_every_number_has_exactly_one_place(told, start):
    found = find(told, start)
    inside = [one for one in told if one.number >= start]
    places = members(found.gaps)
    assert len(places) == len(set(places))
    settled = {one.number for one in inside if one.state in USED}
    top = max((one.number for one in inside), default=start - 1)
    assert set(places) | settled | set(found.pending) == set(range(start, top + 1))
    assert not set(places) & (settled | set(found.pending))
    assert places == sorted(places)


@given(SERIES)
def test_a_hole_arose_when_a_higher_number_was_taken(told):
    for gap in find(told).gaps:
        higher = [one.day for one in told if one.number > gap.last]
        own = [one.day for one in told if gap.first <= one.number <= gap.last]
        assert gap.since <= min(higher or own)
        assert gap.due == due(gap.since)
        assert gap.due.day == 10
        assert timedelta(days=9) <= gap.due - gap.since <= timedelta(days=41)


@given(SERIES)
def test_requests_cover_the_holes_and_nothing_else(told):
    gaps = find(told).gaps
    made = requests(gaps)
    assert [number for one in made for number in range(one.first, one.last + 1)] == members(gaps)
    assert all(one.last - one.first < MOST for one in made)
    years = {number: gap.year for gap in gaps for number in range(gap.first, gap.last + 1)}
    assert all(years[number] == one.year for one in made for number in range(one.first, one.last + 1))
    # No two requests could have been one.
    assert all(a.last + 1 != b.first or a.year != b.year for a, b in pairwise(made))


@given(st.integers(1, 10**6), st.integers(0, 50_000), st.integers(0, 50_000))
def test_large_holes_are_cut_where_a_request_ends(first, size, next_size):
    middle = first + size
    gaps = [
        Gap(first, middle, Reason.SKIPPED, DAY, due(DAY)),
        Gap(middle + 1, middle + 1 + next_size, Reason.GIVEN_UP, DAY, due(DAY)),
    ]
    made = requests(gaps)
    assert (made[0].first, made[-1].last) == (first, middle + 1 + next_size)
    assert all(a.last + 1 == b.first for a, b in pairwise(made))
    assert len(made) == -(-(size + next_size + 2) // MOST)


# --- Until when a document is cancelled -----------------------------------------------------------------------------

AUTHORIZED = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("uf", "hours", "status"),
    [
        ("SP", 24, WindowStatus.IN_TIME),
        ("SP", 24.1, WindowStatus.LATE),
        ("SP", 480, WindowStatus.LATE),
        ("SP", 480.1, WindowStatus.TOO_LATE),
        ("RJ", 23, WindowStatus.IN_TIME),
        ("RJ", 25, WindowStatus.UNKNOWN),
        ("MT", 3, WindowStatus.UNKNOWN),
        ("PR", 100, WindowStatus.LATE),
        ("PR", 200, WindowStatus.UNKNOWN),
    ],
)
def test_windows(uf, hours, status):
    found = window(uf, AUTHORIZED, AUTHORIZED + timedelta(hours=hours))
    assert found.status is status
    assert found.may_be_tried == (status is not WindowStatus.TOO_LATE)
    if status is not WindowStatus.IN_TIME:
        assert found.problem.cure
        assert "%(" not in str(found.problem)


def test_the_end_is_told_in_the_time_of_the_state():
    assert window("AC", AUTHORIZED, AUTHORIZED).in_time_until.isoformat() == "2026-11-24T10:00:00-05:00"
    assert window("SP", AUTHORIZED, AUTHORIZED).problem is None
    assert window("MT", AUTHORIZED, AUTHORIZED).problem.code == "cancellation_in_time"
    assert not window("MT", AUTHORIZED, AUTHORIZED).certain


def test_an_hour_is_an_hour_when_the_clocks_change():
    """Summer time began in São Paulo on 2018-11-04 at midnight."""
    before = datetime(2018, 11, 3, 15, 0, tzinfo=UTC)
    assert window("SP", before, before).in_time_until.astimezone(UTC) - before == timedelta(hours=24)


def test_the_former_limit_holds_for_former_documents():
    old = datetime(2011, 6, 1, tzinfo=UTC)
    assert window("RJ", old, old + timedelta(hours=100)).status is WindowStatus.IN_TIME
    with pytest.raises(FiscalError, match="65"):
        window("SP", AUTHORIZED, AUTHORIZED, "65")


def test_every_row_has_its_source_and_says_whether_it_is_certain():
    for row in rows("cancellation_windows"):
        assert row["source"]
        assert row["certain"] in {"0", "1"}
        assert not row["late_hours"] or int(row["late_hours"]) > int(row["hours"])
