"""Days on which Brazilian banks work.

The national holidays are ``tables/bank_holidays.csv``, each with its law; Ash Wednesday counts, for banks open at noon.
Municipal and state holidays are data of the user's own (they count too: Febraban).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from dateutil.easter import easter

from .intervals import DAY, first_of

TABLE = Path(__file__).parent / "tables" / "bank_holidays.csv"
_SATURDAY = 5


@cache
def _table() -> tuple[Mapping[str, str], ...]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def national(year: int) -> Mapping[date, str]:
    """The national bank holidays of ``year`` with their names, also those on a weekend."""
    found = {}
    for row in _table():
        if int(row["since"] or 0) <= year:
            moves = row["easter"]
            day = easter(year) + int(moves) * DAY if moves else date.fromisoformat(f"{year:04}-{row['day']}")
            found[day] = row["name"]
    return found


@dataclass(frozen=True)
class Calendar:
    """The bank's working days in one place.

    :param local: holidays that the place adds to the national ones.
    """

    local: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether banks work on ``day``."""
        return day.weekday() < _SATURDAY and day not in national(day.year) and day not in self.local

    def next(self, day: date) -> date:
        """``day`` itself if banks work, otherwise the next day on which they do.

        What is due on a day without banks is paid on the next one without a charge (Lei 7.089/1983 art. 1; Código
        Civil art. 132 §1).
        """
        while not self.works(day):
            day += DAY
        return day

    def nth(self, month: int, number: int) -> date:
        """The ``number``-th working day (from 1 on) of ``month``; counting goes on into the next month."""
        day = self.next(first_of(month))
        for _again in range(number - 1):
            day = self.next(day + DAY)
        return day


NATIONAL = Calendar()
