"""Why a rule holds: the one that won, those that lost, and what each of them lacked. Made only when asked."""

from dataclasses import dataclass

from .book import Rulebook
from .criteria import Facts
from .rule import Rule


@dataclass(frozen=True)
class Loser:
    """A rule that does not hold for these facts.

    :param unmet: the criteria not met, by name; with ``dates`` when it is not in force; empty when it was met and is
        only less specific than the winner.
    """

    rule: Rule
    unmet: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """:param losers: those met and less specific first, then those nearest to being met."""

    winner: Rule | None
    losers: tuple[Loser, ...] = ()


def explain(book: Rulebook, subject: str, facts: Facts, most: int = 20) -> Explanation:
    """Which rule of ``subject`` holds, and of the others the ``most`` nearest."""
    winner = book.find(subject, facts)
    losers = []
    for rule in book.rules:
        if rule.subject != subject or rule is winner:
            continue
        unmet = tuple(rule.when.unmet(facts))
        if not rule.when.is_in_force(facts.day):
            unmet += ("dates",)
        losers.append(Loser(rule, unmet))
    losers.sort(key=lambda loser: (len(loser.unmet), tuple(-weight for weight in loser.rule.when.weight)))
    return Explanation(winner, tuple(losers[:most]))
