"""The arithmetic of each item, from ``tables/verify_products.csv``.

A row says how an amount of a group comes from its neighbours: ``a*b`` a product, ``p%`` a percentage, ``~p%`` what
the percentage leaves, ``x?`` zero when absent. Of the rows of one amount the first whose fields are all there holds;
``unless`` names a group (of the item, or of infNFe) in whose presence it does not.
Amounts may be off by one in the last decimal, 0.01 for money, which SEFAZ takes too (rejections 528, 629 and kin).
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from lxml import etree

from ..problems import Problem, _
from ..tables import rows
from .reading import ZERO, amount, child, children, text, where

# Complements and adjustments (finNFe 2, 3) and debit and credit notes (5, 6) state amounts without their factors.
_COMPUTED_PURPOSES = ("1", "4")
_HUNDRED = Decimal("100")


@dataclass(frozen=True)
class Factor:
    name: str
    percent: bool
    complement: bool
    optional: bool

    def __str__(self) -> str:
        name = self.name.rpartition("/")[2] + (" %" if self.percent else "")
        return f"(1 − {name})" if self.complement else name


@dataclass(frozen=True)
class Rule:
    """An amount and the sum of products that it ought to be: (sign, factors) each."""

    amount: str
    terms: tuple[tuple[int, tuple[Factor, ...]], ...]
    unless: str

    @property
    def said(self) -> str:
        """The formula as people write it: ``vBC × pAliqEfet % − vDif``."""
        terms = (("−" if sign < 0 else "+", " × ".join(map(str, factors))) for sign, factors in self.terms)
        return " ".join(f"{sign} {product}" for sign, product in terms).removeprefix("+ ")

    def expected(self, group: etree._Element) -> Decimal | None:
        """What the amount ought to be, not rounded; None when a field is missing."""
        total = ZERO
        for sign, factors in self.terms:
            product = Decimal(sign)
            for factor in factors:
                value = amount(group, factor.name)
                if value is None:
                    if not factor.optional:
                        return None
                    value = ZERO
                if factor.percent:
                    value /= _HUNDRED
                product *= 1 - value if factor.complement else value
            total += product
        return total


def verify(nfe: etree._Element, infNFe: etree._Element) -> list[Problem]:
    """Every amount of every item that is not what its own factors give."""
    if text(infNFe, "ide/finNFe") not in _COMPUTED_PURPOSES:
        return []
    problems = []
    for det in children(infNFe, "det"):
        for path, rules in _rules().items():
            for group in children(det, path):
                problems += _check_group(infNFe, det, group, rules)
    return problems


def _check_group(infNFe, det, group, rules: tuple[Rule, ...]) -> list[Problem]:
    problems, done = [], set()
    for rule in rules:
        stated = None if rule.amount in done else amount(group, rule.amount)
        if stated is None or _excepted(infNFe, det, rule):
            continue
        expected = rule.expected(group)
        if expected is None:
            continue
        done.add(rule.amount)
        if abs(stated - expected) > _tolerance(stated):
            place = child(group, rule.amount)
            message = _("%(stated)s is stated, but %(formula)s gives %(expected)s.")
            params = {"stated": stated, "formula": rule.said, "expected": f"{expected.normalize():f}"}
            problems.append(Problem("product", where(place), message, params=params))
    return problems


def _excepted(infNFe, det, rule: Rule) -> bool:
    return bool(rule.unless) and (child(det, rule.unless) is not None or child(infNFe, rule.unless) is not None)


def _tolerance(stated: Decimal) -> Decimal:
    """One in the last decimal: 0.01 for money, down to 0.0001 for an effective rate."""
    return Decimal(1).scaleb(-min(max(-stated.as_tuple().exponent, 2), 4))


@cache
def _rules() -> dict[str, tuple[Rule, ...]]:
    """The rules of each group of an item."""
    found: dict[str, tuple[Rule, ...]] = {}
    for row in rows("verify_products"):
        rule = Rule(row["amount"], _terms(row["formula"]), row["unless"])
        found[row["group"]] = (*found.get(row["group"], ()), rule)
    return found


def _terms(formula: str) -> tuple[tuple[int, tuple[Factor, ...]], ...]:
    return tuple(
        (-1 if sign == "-" else 1, tuple(_factor(name) for name in term.split("*")))
        for sign, term in re.findall(r"([+-]?)([^+-]+)", formula)
    )


def _factor(written: str) -> Factor:
    return Factor(
        name=written.strip("~%?"),
        percent="%" in written,
        complement="~" in written,
        optional="?" in written,
    )
