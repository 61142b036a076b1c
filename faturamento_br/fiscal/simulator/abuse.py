"""Improper use (NT 2018.002): who asks the same too often is answered 656 for an hour, by the service it was asked of.

The note leaves to each state who is shut out, and for how long; here it is the transmitter's CNPJ or CPF.
"""

from datetime import timedelta

from . import reference

HOUR = timedelta(hours=1)
ACCEPTED = frozenset({"100", "102", "103", "104", "105", "128", "135", "136", "150", "155", "656"})


def refused(store, entry, holder):
    """Whether ``entry``, a request just arrived and not yet logged, is to be answered 656."""
    limit = reference.limits().get(entry.service)
    if limit is None:
        return False
    now = entry.at.timestamp()
    if store.registers.is_shut_out(entry.service, holder, now):
        return True
    subject = getattr(entry, limit.column)
    if not subject:
        return False
    since = max(now - HOUR.total_seconds(), store.registers.amnesty())
    counts = store.received_since(entry.service, limit.column, subject, entry.at - timedelta(seconds=now - since))
    if limit.of == "rejections":
        used = max((count for cStat, count in counts.items() if cStat not in ACCEPTED), default=0)
    else:
        used = sum(count for cStat, count in counts.items() if cStat != "656")
    if used < limit.count:
        return False
    store.registers.shut_out(entry.service, holder, now + HOUR.total_seconds())
    return True
