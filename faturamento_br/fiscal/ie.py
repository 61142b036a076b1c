"""Inscrição estadual: the state registration of the 27 UFs.

The rules are data, ``tables/ie.csv``, from the SINTEGRA sheets ("roteiro de crítica", one per UF) and, where those are
older, the UF's own act. A row is one shape of a UF's numbers:

* ``pattern``: what the whole number looks like; ``first`` and ``last``: the range its leading digits lie in, if any;
* ``checks``: one check digit each, ``position method weights``; weights run from the first digit, 0 skips a digit;
* ``offset`` is added to the sum; ``ten`` and ``eleven`` are the digits for a difference 11 − remainder of 10 and 11.

Where official sources disagree both readings pass: a right number refused harms a user more than a wrong one accepted,
which the authorizer's own register refuses anyway (rejections 209, 210).
"""

import re
from dataclasses import dataclass
from functools import cache

from .digits import weighted_sum
from .tables import rows

_PUNCTUATION = re.compile(r"[\s./\\-]+")


@dataclass(frozen=True)
class Check:
    """One check digit: where it stands and how it comes from the others."""

    position: int
    method: str  # 11, 10, 9, rest (remainder by 11), luhn (sum of the products' digits, by 10)
    weights: tuple[int, ...]


@dataclass(frozen=True)
class Rule:
    """One shape of a UF's registrations."""

    pattern: re.Pattern
    first: str
    last: str
    checks: tuple[Check, ...]
    offset: int
    ten: int
    eleven: int

    def covers(self, ie: str) -> bool:
        if not self.pattern.fullmatch(ie):
            return False
        return not self.first or self.first <= ie[: len(self.first)] <= self.last

    def digit(self, ie: str, check: Check) -> int:
        """The digit that belongs at ``check.position``, from the other digits of ``ie``."""
        if check.method == "luhn":
            products = (int(digit) * weight for digit, weight in zip(ie, check.weights, strict=False))
            return -sum(product // 10 + product % 10 for product in products) % 10
        total = weighted_sum(ie, check.weights) + self.offset
        if check.method == "11":
            difference = 11 - total % 11
            return {10: self.ten, 11: self.eleven}.get(difference, difference)
        return {"10": -total % 10, "9": total % 9, "rest": total % 11 % 10}[check.method]

    def accepts(self, ie: str) -> bool:
        return self.covers(ie) and all(int(ie[c.position]) == self.digit(ie, c) for c in self.checks)


@cache
def rules(uf: str) -> tuple[Rule, ...]:
    """The shapes of ``uf``'s registrations; empty when there is no such UF."""
    return tuple(
        Rule(
            pattern=re.compile(row["pattern"], re.ASCII),
            first=row["first"],
            last=row["last"],
            checks=tuple(_check(text) for text in row["checks"].split(";")),
            offset=int(row["offset"]),
            ten=int(row["ten"]),
            eleven=int(row["eleven"]),
        )
        for row in rows("ie")
        if row["uf"] == uf
    )


def normalize_ie(text: str) -> str:
    """``text`` as the layouts want it: no punctuation or spaces, upper case (``P`` of SP's rural producers, ISENTO)."""
    return _PUNCTUATION.sub("", text).upper()


def is_ie(ie: str, uf: str) -> bool:
    """Whether ``ie``, already normalised, is a registration of ``uf`` with right check digits.

    ISENTO is no registration, and neither is a row of zeros, although some UFs' formulas let it pass.
    """
    return bool(ie.strip("0")) and any(rule.accepts(ie) for rule in rules(uf))


def _check(text: str) -> Check:
    position, method, *weights = text.split()
    return Check(int(position), method, tuple(map(int, weights)))
