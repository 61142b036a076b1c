"""Until when an authorized NF-e is cancelled: 24 hours as a rule, by UF and date from tables/cancellation_windows.csv.

The hours run from the authorization (dhRecbto), whatever the clocks do in between. A UF may register a cancellation
later (cStat 155), often for a fine; where the table knows nothing of a UF's practice, that is said, not guessed.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

from .. import timezones
from ..problems import FiscalError, Problem, _
from ..tables import rows

_ALL = "*"


class WindowStatus(StrEnum):
    IN_TIME = "in_time"
    LATE = "late"  # the UF still registers it (155), perhaps for a fine
    UNKNOWN = "unknown"  # past the time limit, and what the UF does then is not known here
    TOO_LATE = "too_late"


@dataclass(frozen=True)
class Window:
    """When a document may be cancelled, and what holds at the moment asked about.

    :param in_time_until: the end of the time limit, in the legal time of the UF.
    :param late_until: until when the UF registers it late; None where that is not known.
    :param certain: whether the UF's own rule was found; if not, it is to be confirmed with SEFAZ.
    :param problem: what the user is to be told; None in time and certain.
    """

    status: WindowStatus
    in_time_until: datetime
    late_until: datetime | None
    certain: bool
    source: str
    problem: Problem | None = None

    @property
    def may_be_tried(self) -> bool:
        """Whether sending the cancellation makes sense: a refusal for lateness (501) changes nothing."""
        return self.status is not WindowStatus.TOO_LATE


_TEXTS = {
    WindowStatus.IN_TIME: (
        _("The time limit to cancel in %(uf)s, until %(in_time)s, was not found in the state's own rules."),
        _("Cancel now, or confirm the time limit with SEFAZ."),
    ),
    WindowStatus.LATE: (
        _("The time limit to cancel ended on %(in_time)s. %(uf)s still registers it until %(late)s, out of time."),
        _("Ask the accountant first: a fine may be due. Otherwise have the goods returned by a document."),
    ),
    WindowStatus.UNKNOWN: (
        _("The time limit to cancel ended on %(in_time)s; it is not known here whether %(uf)s still registers it."),
        _(
            "Ask SEFAZ or the accountant how %(uf)s cancels out of time (a fine may be due). If it does not, have the"
            " goods returned: a customer who is a contributor issues its own NF-e, else you issue an entry NF-e."
        ),
    ),
    WindowStatus.TOO_LATE: (
        _("It can be cancelled no more: %(uf)s registered it until %(late)s."),
        _(
            "Have the goods returned: a customer who is a contributor issues its own NF-e, else you issue an entry NF-e"
            " that names this one. Only a request to the tax office could still cancel it."
        ),
    ),
}


def window(uf: str, authorized_at: datetime, now: datetime, model: str = "55") -> Window:
    """When the document authorized at ``authorized_at`` may be cancelled, and whether that is so ``now`` (both aware).

    :raises FiscalError: the table knows nothing of this model.
    """
    zone = ZoneInfo(timezones.of(uf))
    row = _row(uf, model, authorized_at.astimezone(zone).date())
    since = authorized_at.astimezone(UTC)
    in_time = since + timedelta(hours=int(row["hours"]))
    late = since + timedelta(hours=int(row["late_hours"])) if row["late_hours"] else None
    certain = row["certain"] == "1"
    if now <= in_time:
        status = WindowStatus.IN_TIME
    elif late is None or (now > late and not certain):
        status = WindowStatus.UNKNOWN
    else:
        status = WindowStatus.LATE if now <= late else WindowStatus.TOO_LATE
    ends = [None if end is None else end.astimezone(zone) for end in (in_time, late)]
    problem = None if status is WindowStatus.IN_TIME and certain else _problem(status, uf, *ends)
    return Window(status, ends[0], ends[1], certain, row["source"], problem)


def _problem(status: WindowStatus, uf: str, in_time: datetime, late: datetime | None) -> Problem:
    message, cure = _TEXTS[status]
    params = {"uf": uf, "in_time": _told(in_time), "late": _told(late) if late else ""}
    return Problem(f"cancellation_{status}", "at", message, cure, params)


def _told(moment: datetime) -> str:
    return f"{moment:%d/%m/%Y %H:%M}"


def _row(uf: str, model: str, day: date) -> dict[str, str]:
    for row in _table():
        valid = row["valid_from"] <= day.isoformat() <= (row["valid_to"] or "9999")
        if row["uf"] in {uf, _ALL} and row["model"] == model and valid:
            return row
    message = _("The time limit to cancel a document of model %(model)s is not known.")
    raise FiscalError([Problem("cancellation_window", "", message, params={"model": model})])


@cache
def _table() -> list[dict[str, str]]:
    """The rows of a UF before those of all."""
    return sorted(rows("cancellation_windows"), key=lambda row: row["uf"] == _ALL)
