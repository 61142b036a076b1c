"""A machine's clock against the authorizer's: told when it is wrong, never over a slow answer."""

from datetime import UTC, datetime, timedelta

import pytest
from fiscal import clock
from hypothesis import given
from hypothesis import strategies as some

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("told", "took", "found", "wrong"),
    [
        (0, 0, 0, False),
        (30, 60, 0, False),  # written while we waited
        (-119, 1, 119, False),
        (-120, 1, 120, True),
        (-3 * 3600, 1, 3 * 3600, True),  # the clock shows local time as if it were UTC
        (61, 60, -1, False),
        (200, 60, -140, True),
    ],
)
def test_by_how_much(told, took, found, wrong):
    seen = clock.error(NOON + told * SECOND, NOON, NOON + took * SECOND)
    assert seen == found * SECOND
    assert clock.is_wrong(seen) is wrong


def test_nothing_told_nothing_known():
    assert clock.error(None, NOON, NOON + SECOND) is None
    assert not clock.is_wrong(None)


@given(some.timedeltas(timedelta(0), timedelta(hours=1)), some.floats(0, 1))
def test_a_right_clock_is_never_blamed_however_slow_the_answer(took, share):
    assert clock.error(NOON + took * share, NOON, NOON + took) == timedelta(0)


@given(some.timedeltas(timedelta(days=-40), timedelta(days=40)))
def test_it_says_which_way_and_how_far(off):
    found = clock.error(NOON - off, NOON, NOON)
    assert found == off
    told = clock.problem(found, "erp")
    assert ("ahead" in told.message) is (off > timedelta(0))
    assert told.params["minutes"] >= 1
