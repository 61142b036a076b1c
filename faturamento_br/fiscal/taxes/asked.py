"""What the general rules of a company may not decide: goods on special lists, and IPI of what it makes.

Both are lists that nobody has as a complete table (TIPI, the laws of PIS and COFINS): being on one tells that there is
something to say, not what. So it is asked once, with its source, and kept as a rule of the NCM.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from ..tables import rows
from .base import in_force

#: The regime that computes PIS, COFINS and IPI item by item.
NORMAL = "3"
#: The situation of goods on no list.
BASIC = "01"
#: ICMS/orig of goods that the emitter itself imported: it stands in the maker's place (RIPI art. 9 I).
IMPORTED_BY_EMITTER = frozenset("16")


@dataclass(frozen=True)
class Listed:
    """:param kind: ``single_phase``, ``zero`` or ``substitution``; :param source: the law of the list."""

    kind: str
    source: str


@lru_cache(maxsize=4096)
def contribution_list(ncm: str, day: date) -> Listed | None:
    """The special list of PIS and COFINS that the beginning of ``ncm`` is on, the longest one; ``None`` on none."""
    lists = _lists()
    for length in range(len(ncm), 1, -1):
        for row in in_force(lists.get(ncm[:length], ()), day):
            return Listed(row["kind"], row["source"])
    return None


def owes_ipi(cfop: str, origin: str) -> bool:
    """Whether a sale by ``cfop`` of goods of that origin is one of who made or imported them (RIPI arts. 9 and 35)."""
    return cfop in _made() or (cfop[:1] in "56" and origin in IMPORTED_BY_EMITTER)


@cache
def _lists() -> Mapping[str, tuple[Mapping[str, str], ...]]:
    found: dict[str, tuple[Mapping[str, str], ...]] = {}
    for row in rows("contribution_lists"):
        found[row["ncm"]] = (*found.get(row["ncm"], ()), row)
    return found


@cache
def _made() -> frozenset[str]:
    return frozenset(row["cfop"] for row in rows("ipi_cfops"))
