"""What is wrong with a set of rules, all at once: told when they are saved, not when somebody bills by them."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from ..problems import Problem, _
from ..spec import is_percentage
from ..tables import rows
from ..taxes.base import rate_problem, situations
from ..taxes.icms_checks import value_problems
from .book import Rulebook
from .criteria import ABROAD, Criteria
from .rule import INTERNAL, Rule

SCOPES = frozenset({"inside", "interstate", "abroad"})
#: Criteria that are one of a few codes, and what they are called.
CODES = {
    "scope": (SCOPES, _("destination (inside, interstate or abroad)")),
    "contributor": (frozenset("129"), _("kind of contributor (1, 2 or 9)")),
    "final_consumer": (frozenset("01"), _("final consumer (0 or 1)")),
    "regime": (frozenset("1234"), _("tax regime, CRT (1 to 4)")),
    "goods_origin": (frozenset("012345678"), _("origin of the goods (0 to 8)")),
}
#: Criteria and values that are digits: the least and the most of them, and what they are called.
DIGITS = {
    "ncm": (2, 8, _("beginning of an NCM (2 to 8 digits)")),
    "cest": (7, 7, _("CEST (7 digits)")),
}
#: The regimes that have each of the two kinds of ICMS code (CRT 2 has a CST: LC 123/2006 art. 20 §1).
REGIMES = {"cst": frozenset("23"), "csosn": frozenset("14")}
#: How the name of a margin of profit (MVA) ends: it may be above 100 %.
MARGIN = "margin_rate"
#: Tables of situations, by subject and field.
SITUATIONS = {
    ("icms", "cst"): "icms_cst",
    ("icms", "csosn"): "icms_csosn",
    ("ipi", "cst"): "ipi",
    ("pis", "cst"): "contribution",
    ("cofins", "cst"): "contribution",
}


def problems(rules: Sequence[Rule]) -> list[Problem]:
    """Everything wrong with ``rules``, with paths like ``rules[3].when.ncm`` and ``rules[3].what.rate``."""
    found = [problem for index, rule in enumerate(rules) for problem in rule_problems(rule, f"rules[{index}]")]
    place = {id(rule): index for index, rule in enumerate(rules)}
    for one, other in Rulebook(rules).ties():
        first, second = sorted((place[id(one)], place[id(other)]))
        found.append(
            Problem(
                "rules_tie",
                f"rules[{second}]",
                _("Two rules for %(subject)s apply to the same items on the same days: %(one)s and %(other)s."),
                _("Let one end before the other begins, or ask for something more in one of them."),
                {
                    "subject": one.subject,
                    "one": rules[first].ref or first + 1,
                    "other": rules[second].ref or second + 1,
                },
            )
        )
    return found


def rule_problems(rule: Rule, path: str) -> Iterator[Problem]:
    """What is wrong with ``rule`` alone, with paths below ``path``."""
    yield from _criteria_problems(rule.when, f"{path}.when")
    yield from _regime_problems(rule, f"{path}.when.regime")
    yield from _value_problems(rule.subject, rule.what, f"{path}.what")
    if rule.subject == "icms":
        yield from value_problems(rule.what, f"{path}.what")


def _criteria_problems(when: Criteria, path: str) -> Iterator[Problem]:
    if when.valid_from and when.valid_to and when.valid_to < when.valid_from:
        yield Problem(
            "rule_dates",
            f"{path}.valid_to",
            _("The rule ends on %(end)s, before it begins on %(begin)s."),
            _("Correct one of the dates."),
            {"begin": when.valid_from, "end": when.valid_to},
        )
    for name, (codes, what) in CODES.items():
        value = getattr(when, name)
        if value and value not in codes:
            yield _invalid(value, what, f"{path}.{name}")
    for name, (least, most, what) in DIGITS.items():
        value = getattr(when, name)
        if value and not (value.isascii() and value.isdecimal() and least <= len(value) <= most):
            yield _invalid(value, what, f"{path}.{name}")
    for name in ("origin", "destination"):
        value = getattr(when, name)
        if value and value not in _ufs() and (name, value) != ("destination", ABROAD):
            yield _invalid(value, _("UF"), f"{path}.{name}")
    if _is_contradictory(when):
        yield Problem(
            "rule_never",
            f"{path}.scope",
            _("No sale from %(origin)s to %(destination)s is %(scope)s: the rule would never apply."),
            _("Clear the destination's kind, or correct the UFs."),
            {"origin": when.origin or "-", "destination": when.destination or "-", "scope": when.scope},
        )


def _is_contradictory(when: Criteria) -> bool:
    """Whether scope and UFs exclude each other."""
    if when.scope not in SCOPES or not when.destination:
        return False
    if (when.destination == ABROAD) != (when.scope == "abroad"):
        return True
    return bool(when.origin) and (when.origin == when.destination) != (when.scope == "inside")


def _regime_problems(rule: Rule, path: str) -> Iterator[Problem]:
    """A CST for Simples, a CSOSN for the normal regime, both or neither."""
    if rule.subject != "icms":
        return
    given = [name for name in REGIMES if getattr(rule.what, name)]
    if len(given) != 1:
        yield Problem(
            "icms_one_code",
            path.replace(".when.regime", ".what.cst"),
            _("An ICMS rule has either a CST or a CSOSN."),
            _("Give the CSOSN for CRT 1 and 4, the CST for CRT 2 and 3."),
        )
    elif rule.when.regime and rule.when.regime not in REGIMES[given[0]]:
        yield Problem(
            "icms_code_regime",
            path,
            _("A company with CRT %(crt)s cannot use %(code)s."),
            _("Give the CSOSN for CRT 1 and 4, the CST for CRT 2 and 3."),
            {"crt": rule.when.regime, "code": "CST" if given[0] == "cst" else "CSOSN"},
        )


def _value_problems(subject: str, what: Any, path: str) -> Iterator[Problem]:
    """Codes of the official tables, rates of at most 100 %, nothing negative."""
    for field in fields(what):
        value, here = getattr(what, field.name), f"{path}.{field.name}"
        table = SITUATIONS.get((subject, field.name))
        if is_dataclass(value):
            yield from _value_problems(subject, value, here)
        elif table and value and value not in situations(table):
            yield _invalid(value, _("tax situation code"), here)
        elif isinstance(value, Decimal) and is_percentage(field.name) and not field.name.endswith(MARGIN):
            if problem := rate_problem(value, here):
                yield problem
        elif isinstance(value, Decimal) and not (value.is_finite() and value >= 0):
            yield _invalid(value, _("amount"), here)
    if subject == INTERNAL and (what.rate is None) != what.modal:
        yield Problem(
            "internal_rate_one",
            f"{path}.rate",
            _("The rule says neither the goods' own rate inside the state nor that the modal one is theirs, or both."),
            _("Give the rate, or say that it is the modal one."),
        )
    if subject == "cfop" and what.code not in _cfops():
        yield _invalid(what.code, _("CFOP of the official table"), f"{path}.code")


def _invalid(value: Any, what: str, path: str) -> Problem:
    message = _("“%(value)s” is not right here: %(what)s.")
    return Problem("rule_value", path, message, _("Correct it in the tax rule."), {"value": value, "what": what})


@cache
def _ufs() -> frozenset[str]:
    return frozenset(row["uf"] for row in rows("uf"))


@cache
def _cfops() -> frozenset[str]:
    return frozenset(row["cfop"] for row in rows("cfop"))
