"""The tests go on in a year for which the tables have no rates yet."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime

from dev import testing_day


def test_today_while_there_are_rates(monkeypatch):
    monkeypatch.delenv(testing_day.CHOSEN, raising=False)
    assert testing_day.environment(testing_day.last_day_with_rates()) == {}


def test_a_day_with_rates_afterwards(monkeypatch):
    monkeypatch.delenv(testing_day.CHOSEN, raising=False)
    last = testing_day.last_day_with_rates()
    monkeypatch.setattr(testing_day.system_tools, "ensure", lambda *_: None)
    monkeypatch.setattr(testing_day, "library", lambda: "lib")
    today = date(last.year + 1, 3, 10)
    days = int(testing_day.environment(today)["FAKETIME"].removesuffix("d"))
    assert 0 < (last - date.fromordinal(today.toordinal() + days)).days < 31


def test_nothing_is_set_by_halves():
    """Either this process was told another day, and lives in it, or it has the machine's own."""
    offset = int(os.environ.get("FAKETIME", "0d").removesuffix("d"))
    told = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time())"], capture_output=True, text=True, check=True
    )
    child = datetime.fromtimestamp(float(told.stdout), UTC)
    assert abs((datetime.now(UTC) - child).total_seconds()) < 600, offset
