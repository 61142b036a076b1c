"""What is wrong with an input, told so that its user can mend it.

The core never raises at the first mistake: it collects :class:`Problem` values, all at once, and only an action
that cannot go on raises :class:`FiscalError` with the whole list. Texts are English source, marked with :func:`_`
so that Odoo's translation export finds them; whoever shows a problem translates ``message`` and ``cure`` and then
applies ``params``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


class Text(str):
    """A text marked for translation: whoever shows it translates it, also where it is a value in another text."""

    __slots__ = ()


def _(text: str) -> Text:
    """Mark ``text`` for translation (gettext's N_ idiom)."""
    return Text(text)


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a document from being right.

    :param code: stable identifier, lower_snake_case (``ncm_missing``, ``rule_missing_difal``, ``xsd``, ``cstat_539``).
    :param path: where, as a path into :class:`~.spec.Invoice` (``items[2].ncm``, ``recipient.address.city_code``);
        empty for the whole document.
    :param message: what is wrong, an English template with ``%(name)s`` placeholders.
    :param cure: what to do next, an English template with the same placeholders.
    :param params: the placeholders' values; one that is marked itself (:class:`Text`) is translated too.
    """

    code: str
    path: str
    message: str
    cure: str = ""
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        text = f"{self.message} {self.cure}".strip()
        text = text % self.params if self.params else text
        return f"{self.path}: {text}" if self.path else text


class FiscalError(Exception):
    """An action that cannot go on; ``problems`` says why, all of it."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
