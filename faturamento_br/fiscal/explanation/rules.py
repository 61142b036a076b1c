"""Why a rule holds, in words: what the one that won asks for, and what each of the others lacks."""

from collections.abc import Iterator, Mapping

from ..problems import Text, _
from ..rules.criteria import CRITERIA
from ..rules.explain import Explanation, Loser
from ..rules.rule import Rule
from .words import Condition, ToldRule

#: What people call a criterion.
LABELS: Mapping[str, Text] = {
    "product": _("product"),
    "customer": _("customer"),
    "ncm": _("NCM begins with"),
    "cest": _("CEST"),
    "category": _("category"),
    "destination": _("state of destination"),
    "origin": _("state of origin"),
    "operation": _("operation"),
    "scope": _("destination"),
    "contributor": _("customer's registration"),
    "final_consumer": _("use"),
    "regime": _("tax regime (CRT)"),
    "goods_origin": _("origin of the goods"),
}
#: Values that are words.
VALUES: Mapping[str, Mapping[str, Text]] = {
    "scope": {"inside": _("inside the state"), "interstate": _("other states"), "abroad": _("abroad")},
    "contributor": {
        "1": _("ICMS contributor"),
        "2": _("contributor without IE"),
        "9": _("not a contributor"),
    },
    "final_consumer": {"1": _("to consume"), "0": _("to resell or make others")},
}
FROM_DAY, TO_DAY = _("from"), _("until")


def told(explanation: Explanation) -> tuple[ToldRule | None, tuple[ToldRule, ...]]:
    """The winner and the losers in words."""
    winner = explanation.winner
    return (
        ToldRule(winner.ref, tuple(_conditions(winner)), winner.source) if winner else None,
        tuple(_lost(loser) for loser in explanation.losers),
    )


def _lost(loser: Loser) -> ToldRule:
    every = tuple(_conditions(loser.rule))
    unmet = {"valid_from", "valid_to"} | set(loser.unmet) if "dates" in loser.unmet else set(loser.unmet)
    return ToldRule(loser.rule.ref, every, loser.rule.source, tuple(each for each in every if each.name in unmet))


def _conditions(rule: Rule) -> Iterator[Condition]:
    for name in CRITERIA:
        if value := getattr(rule.when, name):
            yield Condition(name, LABELS[name], VALUES.get(name, {}).get(value, value))
    for name, label in (("valid_from", FROM_DAY), ("valid_to", TO_DAY)):
        if day := getattr(rule.when, name):
            yield Condition(name, label, day)
