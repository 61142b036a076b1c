"""The day on which the tests run: today, or an earlier one when the law's rates for today are not in the tables yet.

From 2027 on the tables know no rate of CBS, and the add-on rightly refuses to issue. The tests then go on in the last
days it knows: every process of theirs, servers and simulator too, has its clock set back by libfaketime.
FATURAMENTO_BR_TODAY=2026-11-25 chooses a day.
"""

import csv
import os
from datetime import UTC, date, datetime
from pathlib import Path

from . import console, system_tools
from .paths import ADDON

RATES = ADDON / "fiscal" / "tables" / "ibs_cbs_rates.csv"
CHOSEN = "FATURAMENTO_BR_TODAY"
MARGIN = 20  # days from the chosen one to the last with rates: some tests look ahead
LIBRARIES = ("/usr/lib/*-linux-gnu*/faketime/libfaketime.so.1", "/usr/lib*/faketime/libfaketime.so.1")


def environment(today: date | None = None) -> dict[str, str]:
    """The variables that set a process's clock back; none when today's will do.

    :raises console.Failure: another day is needed, and libfaketime is not here.
    """
    today = today or datetime.now(UTC).date()
    if chosen := os.environ.get(CHOSEN):
        day = date.fromisoformat(chosen)
    else:
        last = last_day_with_rates()
        day = today if today <= last else date.fromordinal(last.toordinal() - MARGIN)
    if day == today:
        return {}
    system_tools.ensure("clock")
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME": f"{(day - today).days:+d}d",
    }


def last_day_with_rates() -> date:
    with RATES.open(encoding="utf-8", newline="") as file:
        return max(date.fromisoformat(row["valid_to"]) for row in csv.DictReader(file) if row["cbs"])


def library() -> Path:
    for pattern in LIBRARIES:
        if found := sorted(Path("/").glob(pattern.lstrip("/"))):
            return found[0]
    raise console.Failure(
        "the tests' clock cannot be set back",
        "libfaketime is not where Debian's package puts it",
        "install Debian's packages faketime and libfaketime, then run the command again",
    )
