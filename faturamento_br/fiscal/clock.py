"""Is this machine's clock right? The authorizer's own time, in each answer, tells.

A document dated more than 5 minutes after the authorizer's clock is refused (703, MOC B09-10); one far behind it bears
another day (228 after 30 days). Both are the machine's fault, not the document's.
"""

from datetime import datetime, timedelta

from .problems import Problem, _

#: From here on it is told: well before SEFAZ refuses, and more than a slow answer or a clock in whole seconds explains.
TOLERANCE = timedelta(minutes=2)
#: Rejections that a wrong clock causes: dhEmi after the receipt, dhEmi too old.
REFUSED_FOR_TIME = frozenset({"228", "703"})


def error(told: datetime | None, asked_at: datetime, answered_at: datetime) -> timedelta | None:
    """How far this machine's clock is ahead of the authorizer's; negative when it is behind.

    The authorizer wrote its time between the question and the answer, so that how long the answer took is no error.

    :param told: dhRecbto of the answer, aware; None when it had none.
    :param asked_at: this machine's time when the question left, aware.
    :param answered_at: and when the answer was there.
    :returns: None when nothing can be said.
    """
    if told is None:
        return None
    if told < asked_at:
        return asked_at - told
    return min(answered_at - told, timedelta(0))


def is_wrong(found: timedelta | None) -> bool:
    return found is not None and abs(found) >= TOLERANCE


def problem(found: timedelta, host: str) -> Problem:
    """A wrong clock in plain words.

    :param found: what :func:`error` said.
    :param host: the name of the machine.
    """
    ahead = found > timedelta(0)
    message = (
        _("The clock of the server %(host)s is %(minutes)s minutes ahead of SEFAZ's.")
        if ahead
        else _("The clock of the server %(host)s is %(minutes)s minutes behind SEFAZ's.")
    )
    cure = (
        _(
            "The administrator sets it right (NTP: timedatectl set-ntp true). Until then NF-e and events are dated by "
            "SEFAZ's clock: issue again what was refused for its date."
        )
        if ahead
        else _(
            "The administrator sets it right (NTP: timedatectl set-ntp true). Until then NF-e are dated too early: "
            "issue none around midnight or at the end of the month."
        )
    )
    minutes = max(1, round(abs(found) / timedelta(minutes=1)))
    return Problem("clock_wrong", "", message, cure, {"host": host, "minutes": minutes})
