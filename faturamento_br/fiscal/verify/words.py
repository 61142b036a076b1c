"""Problems in Portuguese, for who reads it, from the add-on's own translation when it lies beside the core."""

import ast
import os
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from ..problems import Problem, Text

TRANSLATION = Path(__file__).resolve().parents[2] / "i18n" / "pt_BR.po"


def wants_portuguese(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment asks for Portuguese, as POSIX programs decide it: LC_ALL, then LC_MESSAGES, then LANG."""
    names = (environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next(filter(None, names), "").startswith("pt")


def told(problem: Problem, portuguese: bool) -> str:
    """``problem`` on one line, its path first; in English, or where a text has no translation."""
    if not portuguese:
        return str(problem)
    params = {name: _value(value) for name, value in problem.params.items()}
    parts = (say(part, portuguese) for part in (problem.message, problem.cure) if part)
    text = " ".join(part % params if params else part for part in parts)
    return f"{problem.path}: {text}" if problem.path else text


def say(text: str, portuguese: bool) -> str:
    """``text`` in the language wanted."""
    return (portuguese and _translations().get(text)) or text


def _value(value: object) -> object:
    if isinstance(value, Text):
        return say(value, True)
    return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else value


@cache
def _translations() -> dict[str, str]:
    """The texts of the .po file; nothing where there is none, as where the core is used alone."""
    if not TRANSLATION.is_file():
        return {}
    found: dict[str, str] = {}
    texts = {"msgid": "", "msgstr": ""}
    name = "msgstr"
    for line in [*TRANSLATION.read_text(encoding="utf-8").splitlines(), "msgid "]:
        keyword, _space, rest = line.partition(" ")
        if keyword in texts:
            if keyword == "msgid":
                found[texts["msgid"]] = texts["msgstr"]
                texts = {"msgid": "", "msgstr": ""}
            name, line = keyword, rest
        if line.startswith('"'):
            texts[name] += ast.literal_eval(line)
    return found
