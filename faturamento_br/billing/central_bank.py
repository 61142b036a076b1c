"""The central bank's public series of monthly indices (SGS): where they are, and what their answer says."""

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from ..fiscal.problems import FiscalError, Problem, _
from .adjustment import Index, Value

_ADDRESS = "https://api.bcb.gov.br/dados/serie/bcdata.sgs.{series}/dados"
_TABLE = Path(__file__).parent / "tables" / "central_bank_series.csv"


@cache
def series() -> dict[Index, str]:
    """The number of the series of each index that the central bank publishes."""
    with _TABLE.open(newline="") as table:
        return {Index(row["index"]): row["series"] for row in csv.DictReader(table)}


def request(index: Index, start: date, end: date) -> tuple[str, dict[str, str]]:
    """The address of the values of ``index`` from ``start`` to ``end``, and the query's parameters."""
    days = {"dataInicial": start, "dataFinal": end}
    asked = {name: day.strftime("%d/%m/%Y") for name, day in days.items()}
    return _ADDRESS.format(series=series()[index]), {"formato": "json", **asked}


def values(index: Index, answer: bytes, read: date) -> list[Value]:
    """What ``answer`` says: one value a month, in percent.

    :raises FiscalError: it is not what the series answers (``central_bank_answer``); nothing of it is taken.
    """
    try:
        return list(_values(index, json.loads(answer, parse_float=Decimal), read))
    except (ValueError, TypeError, KeyError, InvalidOperation) as error:
        raise FiscalError(
            [
                Problem(
                    "central_bank_answer",
                    "",
                    _("The central bank's answer is not a list of months and percentages."),
                    _("Try again later, or import the values from a spreadsheet."),
                )
            ]
        ) from error


def _values(index: Index, rows: object, read: date) -> Iterator[Value]:
    if not isinstance(rows, list):
        raise TypeError(rows)
    for row in rows:
        day = datetime.strptime(row["data"], "%d/%m/%Y").date()
        percent = Decimal(str(row["valor"]))
        if not percent.is_finite():
            raise ValueError(row)
        yield Value(index, day.replace(day=1), percent, f"BCB, SGS {series()[index]}", read)
