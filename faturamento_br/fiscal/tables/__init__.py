"""The official tables, as CSV files beside this module.

Every cell is text: codes keep their zeros, amounts become Decimal in whoever uses them.
"""

import csv
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def rows(name: str) -> list[dict[str, str]]:
    """The rows of ``name``.csv, one dict per row, read once per process: do not change them.

    :raises FileNotFoundError: there is no such table.
    """
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
