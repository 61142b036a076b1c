"""When a rule applies: the facts of one item of a sale, and the criteria that ask for them.

The order of :data:`CRITERIA` is the order of their weight: what and whose the goods are, which state they go to, why
they move, then the rest. An operation is a path, its family first (``sale/12/``): a rule of NCM 7318 for the family
``sale/`` holds in every sale before the general rule of one of them, and never in a remittance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ..spec_value import hashed_once

#: The criteria by weight, the heaviest first.
CRITERIA = (
    "product",
    "customer",
    "ncm",
    "cest",
    "category",
    "destination",
    "origin",
    "operation",
    "scope",
    "contributor",
    "final_consumer",
    "regime",
    "goods_origin",
)
#: Criteria that are the beginning of a path; each step of one ends with a slash.
PATHS = frozenset({"category", "operation"})
ABROAD = "EX"


@hashed_once
@dataclass(frozen=True)
class Facts:
    """One item of a document as rules see it. Codes are text, ``""`` where a fact is not known.

    :param day: the day whose law holds: of issue; of the original document for a return.
    :param product, customer: the caller's own names for them.
    :param operation: family and operation as a path, each step ended by a slash (``sale/12/``).
    :param category: the product's category as such a path, from the root (``1/4/9/``).
    :param origin, destination: UFs of emitter and addressee, ``EX`` abroad.
    :param contributor: indIEDest (1 contributor, 2 exempt from registration, 9 not a contributor).
    :param final_consumer: indFinal, ``1`` or ``0``.
    :param regime: the emitter's CRT.
    :param goods_origin: ICMS/orig, 0 to 8.
    """

    day: date
    operation: str = ""
    product: str = ""
    customer: str = ""
    ncm: str = ""
    cest: str = ""
    category: str = ""
    destination: str = ""
    origin: str = ""
    contributor: str = ""
    final_consumer: str = ""
    regime: str = ""
    goods_origin: str = ""

    @property
    def scope(self) -> str:
        """``inside`` the state, ``interstate`` or ``abroad``."""
        if self.destination == ABROAD:
            return "abroad"
        return "inside" if self.destination == self.origin else "interstate"


@dataclass(frozen=True)
class Criteria:
    """What a rule asks for; ``""`` asks for nothing.

    :param ncm: a prefix of 2 to 8 digits; ``operation`` and ``category`` are the beginning of a path.
    :param valid_from, valid_to: the first and the last day, both included; ``None`` is open.
    """

    valid_from: date | None = None
    valid_to: date | None = None
    operation: str = ""
    product: str = ""
    customer: str = ""
    ncm: str = ""
    cest: str = ""
    category: str = ""
    destination: str = ""
    origin: str = ""
    scope: str = ""
    contributor: str = ""
    final_consumer: str = ""
    regime: str = ""
    goods_origin: str = ""

    @property
    def weight(self) -> tuple[int, ...]:
        """How specific, to be compared: per criterion 0 when not asked, more for a longer prefix."""
        return tuple(_weight(name, getattr(self, name)) for name in CRITERIA)

    def is_in_force(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def overlaps(self, other: "Criteria") -> bool:
        """Whether there is a day on which both are in force."""
        begins = [day for day in (self.valid_from, other.valid_from) if day]
        ends = [day for day in (self.valid_to, other.valid_to) if day]
        return not begins or not ends or max(begins) <= min(ends)

    def unmet(self, facts: Facts) -> Iterator[str]:
        """The criteria that ``facts`` do not meet; the dates are not among them."""
        for name in CRITERIA:
            wanted = getattr(self, name)
            if wanted and wanted != part(name, getattr(facts, name), _weight(name, wanted)):
                yield name


def part(name: str, value: str, weight: int) -> str:
    """As much of a fact as a criterion of ``weight`` asks for: so many digits of an NCM, so many steps of a path."""
    if name == "ncm":
        return value[:weight]
    if name in PATHS:
        return "".join(f"{step}/" for step in value.split("/")[:-1][:weight])
    return value


def _weight(name: str, value: str) -> int:
    if name == "ncm":
        return len(value)
    if name in PATHS:
        return value.count("/")
    return int(bool(value))
