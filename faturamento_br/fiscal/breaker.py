"""When to leave an authorizer alone: a circuit breaker, as a policy without a clock or a memory of its own.

An authorizer that fails again and again is not asked for each document: that fills workers with time-outs and, when it
comes back, hits it with all at once. After :data:`FAILURES` in a row it rests; then one question about its status
decides for all. The rests get longer. The first is 3 minutes, for SEFAZ wants no more than one question about the
status in that time (MOC 7.0, Anexo I, 4.4: "consulta status").
"""

from datetime import timedelta

FAILURES = 3  # in a row: no answer, or 108/109
RESTS = tuple(timedelta(minutes=minutes) for minutes in (3, 5, 10, 15))
#: cStat by which an authorizer says that it does not work: paralysed for moments, or without forecast.
DOWN = frozenset({"108", "109"})


def is_open(failures: int) -> bool:
    """Whether so many failures in a row mean that nothing more is sent for now."""
    return failures >= FAILURES


def rest(failures: int) -> timedelta:
    """How long to leave it alone after ``failures`` in a row.

    :raises ValueError: it still may be asked.
    """
    if not is_open(failures):
        raise ValueError(f"{failures} failures are no reason to wait.")
    return RESTS[min(failures - FAILURES, len(RESTS) - 1)]
