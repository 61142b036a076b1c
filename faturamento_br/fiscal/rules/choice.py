"""The rules of one item put together: what the engine takes, and the texts the document owes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from ..problems import Problem, _
from ..spec import TAX_NAMES, IcmsRule, TaxRules
from .book import Rulebook
from .criteria import Facts
from .internal import with_internal_rate
from .rule import INTERNAL, SUBJECTS, Rule

#: What every item needs a rule for; the other taxes concern it only where a rule says so.
NEEDED = ("cfop", "icms", "pis", "cofins")
#: How subjects are called.
NAMES = {"cfop": "CFOP", "icms": "ICMS", "pis": "PIS", "cofins": "COFINS", INTERNAL: _("ICMS rate inside the state")}


@dataclass(frozen=True)
class Choice:
    """:param used: the rule that holds, by subject."""

    used: Mapping[str, Rule]

    @property
    def lacking(self) -> tuple[str, ...]:
        """The subjects without which nothing can be billed, and for which no rule holds."""
        return tuple(subject for subject in NEEDED if subject not in self.used)

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """Which rules these are, by the names that their owner gave them."""
        return tuple((subject, rule.ref) for subject, rule in self.used.items())

    @property
    def cfop(self) -> str:
        return self.used["cfop"].what.code

    @cached_property
    def rules(self) -> TaxRules:
        return TaxRules(
            **{**{name: self.used[name].what for name in TAX_NAMES if name in self.used}, "icms": self.icms}
        )

    @property
    def icms(self) -> IcmsRule:
        """What the law says of ICMS, with the rate inside the UF; the modal one only where a rule says that it is."""
        return with_internal_rate(self.used["icms"], self.used.get(INTERNAL))

    @property
    def texts(self) -> tuple[str, ...]:
        """What the document must say (infCpl), each text once."""
        return tuple(dict.fromkeys(rule.text for rule in self.used.values() if rule.text))


def choose(book: Rulebook, facts: Facts, *, imported: bool = False) -> Choice:
    """The rules that hold for ``facts``; complete when nothing is ``lacking``. The same ones for the same facts.

    :param imported: the goods come in from abroad: their ICMS is the importer's UF's (CF art. 155 §2 IX a), by the rate
        they have inside it.
    """
    return _choose(book, facts, imported=True) if imported else book.kept(facts, _choose)


def _choose(book: Rulebook, facts: Facts, *, imported: bool = False) -> Choice:
    inside = imported or facts.scope == "inside"
    subjects = SUBJECTS if inside else (subject for subject in SUBJECTS if subject != INTERNAL)
    found = {subject: book.find(subject, asked_by(subject, facts, imported)) for subject in subjects}
    return Choice({subject: rule for subject, rule in found.items() if rule})


def asked_by(subject: str, facts: Facts, imported: bool) -> Facts:
    """What the rules of ``subject`` are asked: of goods that come in from abroad the rate inside the importer's UF."""
    return replace(facts, destination=facts.origin) if imported and subject == INTERNAL else facts


def missing(book: Rulebook, facts: Facts, path: str) -> Iterator[Problem]:
    """The taxes without which nothing can be billed, and for which no rule holds: refused, never guessed."""
    for subject in choose(book, facts).lacking:
        yield Problem(
            f"rule_missing_for_{subject}",
            f"{path}.rules" if subject == "cfop" else f"{path}.rules.{subject}",
            _("No rule for %(tax)s holds on %(day)s for NCM %(ncm)s from %(origin)s to %(destination)s."),
            _("Add a tax rule, or widen one that is there."),
            {
                "tax": NAMES[subject],
                "day": facts.day,
                "ncm": facts.ncm or "-",
                "origin": facts.origin or "-",
                "destination": facts.destination or "-",
            },
        )
