"""How long a contract binds: minimum, renewal, notice, and the fine for leaving early."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import count

from .contract import CENT, ZERO
from .intervals import DAY, Interval
from .proration import round_exact


@dataclass(frozen=True)
class Term:
    """For how long the parties agreed.

    :param length: None: until further notice.
    :param renews: at its end a term is followed by another one, unless somebody gives notice in time.
    :param notice: so many days before the end.
    :param minimum: leaving before it is over costs the fine.
    """

    start: date
    length: Interval | None = None
    renews: bool = False
    notice: int = 0
    minimum: Interval | None = None

    @property
    def minimum_end(self) -> date:
        """The first day on which leaving costs nothing."""
        return self.minimum.after(self.start) if self.minimum else self.start

    def end_after(self, day: date) -> date | None:
        """The end of the term in which ``day`` is, counted from the start each time; None: there is none.

        Without renewal it is the end of the only term, also for later days.
        """
        if self.length is None:
            return None
        if not self.renews:
            return self.length.after(self.start)
        return next(end for times in count(1) if (end := self.length.after(self.start, times)) > day)

    def notice_by(self, day: date) -> date | None:
        """The last day to say that the term in which ``day`` is shall be the last."""
        end = self.end_after(day)
        return end - self.notice * DAY if end else None

    def free_end(self, noticed: date) -> date:
        """The first day on which the contract can end without a fine if notice is given on ``noticed``."""
        ready = max(noticed + self.notice * DAY, self.minimum_end)
        if self.length is None or not self.renews:
            return self.end_after(ready) or ready
        return self.end_after(ready - DAY)


def fine(agreed: Decimal, start: date, until: date, ended: date, unit: Decimal = CENT) -> Decimal:
    """The fine for ending on ``ended`` what binds from ``start`` to before ``until``: ``agreed`` by the days left.

    A penalty is reduced where part was fulfilled (Código Civil art. 413); of a lease it is proportional by law (Lei
    8.245/1991 art. 4). Half up to ``unit``; nothing from ``until`` on.
    """
    if ended >= until:
        return ZERO
    left = (until - max(ended, start)).days
    return round_exact(Fraction(agreed) * left / (until - start).days, unit)
