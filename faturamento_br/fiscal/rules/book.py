"""All rules of a company, indexed: which one holds is told in microseconds.

Rules that ask for the same criteria have the same shape. For each shape, the most specific first, the facts make one
key of a dictionary; so what a lookup costs depends on the shapes (some dozens at most), not on the number of rules.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any, TypeVar

from .criteria import CRITERIA, Facts, part
from .rule import Rule

#: Lookups kept: as many kinds of item as a month's invoices have.
MEMORY = 10_000

Key = tuple[str, ...]
Found = TypeVar("Found")


class Shape:
    """The rules of one subject that ask for the same criteria, by what they ask for."""

    def __init__(self, weight: tuple[int, ...]):
        self.weight = weight
        self.asked = tuple((name, weight) for name, weight in zip(CRITERIA, weight, strict=True) if weight)
        self.rules: dict[Key, list[Rule]] = defaultdict(list)

    def key(self, facts: Facts) -> Key:
        return tuple(part(name, getattr(facts, name), weight) for name, weight in self.asked)

    def wanted(self, rule: Rule) -> Key:
        return tuple(getattr(rule.when, name) for name, _weight in self.asked)

    def add(self, rule: Rule) -> None:
        self.rules[self.wanted(rule)].append(rule)


class Rulebook:
    """Finds the rule that holds. Immutable: a change of rules is a new book."""

    def __init__(self, rules: Iterable[Rule]):
        self.rules = tuple(rules)
        shapes: dict[str, dict[tuple[int, ...], Shape]] = defaultdict(dict)
        for rule in self.rules:
            weight = rule.when.weight
            of_subject = shapes[rule.subject]
            if weight not in of_subject:
                of_subject[weight] = Shape(weight)
            of_subject[weight].add(rule)
        self.shapes = {
            subject: tuple(sorted(found.values(), key=lambda shape: shape.weight, reverse=True))
            for subject, found in shapes.items()
        }
        self.memory: dict[Facts, Any] = {}

    def find(self, subject: str, facts: Facts) -> Rule | None:
        """The most specific rule of ``subject`` that ``facts`` meet on their day, or ``None``.

        Of two rules that are equally specific (:meth:`ties`) the first one given: who shows or saves rules refuses
        such a pair before anything is billed by it.
        """
        return next(self.matches(subject, facts), None)

    def kept(self, facts: Facts, find: Callable[["Rulebook", Facts], Found]) -> Found:
        """What ``find`` found for ``facts``, found once; one book serves one such function."""
        found = self.memory.get(facts)
        if found is None:
            if len(self.memory) >= MEMORY:
                self.memory.clear()
            found = self.memory[facts] = find(self, facts)
        return found

    def matches(self, subject: str, facts: Facts) -> Iterator[Rule]:
        """Every rule of ``subject`` that ``facts`` meet on their day, the most specific first."""
        for shape in self.shapes.get(subject, ()):
            for rule in shape.rules.get(shape.key(facts), ()):
                if rule.when.is_in_force(facts.day):
                    yield rule

    def rivals(self, rule: Rule) -> Iterator[Rule]:
        """Other rules that ask for exactly the same as ``rule`` on the same day; ``rule`` may be a copy of one here."""
        for shape in self.shapes.get(rule.subject, ()):
            if shape.weight == rule.when.weight:
                for other in shape.rules.get(shape.wanted(rule), ()):
                    if other.ref != rule.ref and other.when.overlaps(rule.when):
                        yield other

    def ties(self) -> Iterator[tuple[Rule, Rule]]:
        """Pairs of rules that ask for exactly the same on the same day: nobody can say which one holds."""
        for shapes in self.shapes.values():
            for shape in shapes:
                for rules in shape.rules.values():
                    for one, other in combinations(rules, 2):
                        if one.when.overlaps(other.when):
                            yield one, other
