"""What a cStat means for a document, from tables/cstat.csv; and SEFAZ's limits of use, from tables/limits.csv.

The table is partly old and a code may have been given another meaning since: the text to show is always the xMotivo
that came with the answer. What counts here is the verdict:

* 302, 303, 307 and kin are rejections, the number is used again: denial ended on 2024-09-02 (Ajuste SINIEF 43/2023,
  NT 2024.001).
* 205 and 218 (the authorizer holds this key, denied or cancelled) are kin of 204: DUPLICATE, so that the key is
  queried before the number is used again. 635 (received, still being processed) is PENDING.
* 999 (an error of the authorizer's own, at whatever step) may come after the document was taken: PENDING, so that the
  key is queried before it is sent again.
* A code that the table does not have is a rejection.
"""

from dataclasses import dataclass
from functools import cache

from .outcome import Verdict
from .tables import rows


@dataclass(frozen=True)
class Meaning:
    """A row of the table."""

    code: str
    verdict: Verdict | None  # None: it speaks of a service, a lot or an event, never of a document
    in_query: bool  # in the answer to a query by key it speaks of the document, not of the query itself
    text: str  # as published, for reference; "" when the table is silent
    source: str


@dataclass(frozen=True)
class Limit:
    """At most ``count`` times in ``seconds``; more is improper use (cStat 656)."""

    count: int
    seconds: int
    source: str


def meaning(code: str) -> Meaning:
    """What ``code`` means; one that the table does not have is a rejection without text."""
    return _meanings().get(code) or Meaning(code, Verdict.REJECTED, False, "", "")


def limit(name: str) -> Limit:
    """The limit of use called ``name`` in tables/limits.csv.

    :raises KeyError: there is no such limit.
    """
    return _limits()[name]


@cache
def _meanings() -> dict[str, Meaning]:
    return {
        row["code"]: Meaning(
            row["code"],
            Verdict(row["verdict"]) if row["verdict"] else None,
            row["in_query"] == "1",
            row["text"],
            row["source"],
        )
        for row in rows("cstat")
    }


@cache
def _limits() -> dict[str, Limit]:
    return {row["name"]: Limit(int(row["count"]), int(row["seconds"]), row["source"]) for row in rows("limits")}
