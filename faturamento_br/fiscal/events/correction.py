"""Carta de Correção Eletrônica, CC-e (110110): Convênio S/Nº of 1970, art. 7º, § 1º-A; e110110_v1.00.xsd.

Each letter replaces the one before: it says all that is to be corrected. SEFAZ does not read the text, so it registers
what the law forbids too: :func:`doubts` explains that beforehand.
"""

import re
from dataclasses import dataclass
from functools import cache

from .. import xml
from ..problems import Problem, _
from ..tables import rows
from ..text import TextField, clean
from . import checks
from .event import Event, EventType, register

TEXT = TextField("xCorrecao", _("correction"), 15, 1000)
# Literal in the schema: one character less is rejection 493.
CONDITIONS = (
    "A Carta de Correção é disciplinada pelo § 1º-A do art. 7º do Convênio S/N, de 15 de dezembro de 1970 e pode ser"
    " utilizada para regularização de erro ocorrido na emissão de documento fiscal, desde que o erro não esteja"
    " relacionado com: I - as variáveis que determinam o valor do imposto tais como: base de cálculo, alíquota,"
    " diferença de preço, quantidade, valor da operação ou da prestação; II - a correção de dados cadastrais que"
    " implique mudança do remetente ou do destinatário; III - a data de emissão ou de saída."
)

# subject of tables/correction_limits.csv -> what the law forbids, and what is done instead
_SUBJECTS = {
    "value": (
        _("It speaks of “%(words)s”: a price, a discount or the value of the operation cannot be corrected by a CC-e."),
        _("For more value issue a complementary NF-e; for less, cancel within the time limit or have it returned."),
    ),
    "tax": (
        _("It speaks of “%(words)s”: what determines the amount of a tax cannot be corrected by a CC-e."),
        _("For more tax issue a complementary NF-e; else cancel within the time limit and issue anew."),
    ),
    "quantity": (
        _("It speaks of “%(words)s”: a quantity of goods cannot be corrected by a CC-e (a number of volumes can)."),
        _("Issue a complementary NF-e for what is missing, or have returned what is too much."),
    ),
    "party": (
        _("It speaks of “%(words)s”: a CC-e cannot put another sender or addressee in the place of this one."),
        _("A misspelt address or name may stay; if it is another company or person, cancel and issue anew."),
    ),
    "date": (
        _("It speaks of “%(words)s”: the date of issue or of departure cannot be corrected by a CC-e."),
        _("Cancel within the time limit and issue anew."),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Correction(Event):
    """A letter of correction.

    :param text: xCorrecao, 15 to 1000 characters: everything that is to be corrected, former letters included.
    """

    text: str


def doubts(text: str) -> list[Problem]:
    """What in ``text`` sounds like something that the law does not let a CC-e correct, one problem a subject.

    Words cannot decide it ("freight by the addressee" is no change of the addressee): show them, and let who signs it
    confirm that the letter does not do what they say.
    """
    plain = clean(text)
    found: dict[str, str] = {}
    for subject, pattern, allowed in _patterns():
        rest = allowed.sub(" ", plain) if allowed else plain
        match = pattern.search(rest)
        if match:
            found.setdefault(subject, match[0])
    return [
        Problem(f"correction_{subject}", "text", *_SUBJECTS[subject], {"words": words})
        for subject, words in found.items()
    ]


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], re.Pattern[str] | None]]:
    return [
        (
            row["subject"],
            re.compile(rf"\b(?:{row['words']})", re.IGNORECASE),
            re.compile(row["allowed"], re.IGNORECASE) if row["allowed"] else None,
        )
        for row in rows("correction_limits")
    ]


def _problems(event: Correction) -> list[Problem]:
    return checks.typed(TEXT, event.text, "text")


def _details(event: Correction) -> str:
    return xml.leaf("xCorrecao", clean(event.text)) + xml.leaf("xCondUso", CONDITIONS)


CORRECTION = register(
    EventType(
        code="110110",
        name="Carta de Correção",
        what=_("letter of correction (CC-e)"),
        spec=Correction,
        schema="CCe_v1.00.xsd",
        most=20,
        problems=_problems,
        details=_details,
    )
)
