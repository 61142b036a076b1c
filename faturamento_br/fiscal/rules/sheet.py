"""Rules as a spreadsheet, one rule a line: written for accountants, read back with every mistake named by its line.

Columns: ``subject``, the dates, the criteria, every value of every tax (``rate``, ``cst``...; a line fills those of its
own subject), ``source``, ``text`` and ``ref``. Decimals may have a comma. Who reads a file (CSV, XLSX) gives the lines.

For who uses the core without Odoo, whose rows speak of several taxes at once and come by its own import
(``models/tax_rule_import.py``); ``fiscal.recompute`` names its values by these columns.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, get_type_hints

from ..problems import Problem, _
from .criteria import CRITERIA, Criteria
from .rule import SUBJECTS, Rule, value_type

DATES = ("valid_from", "valid_to")
ABOUT = ("source", "text", "ref")
YES = {"1": True, "0": False}
#: How a date may be written: ISO, and as Brazilians write it.
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y")


def _value_columns(kind: type, prefix: str = "") -> Iterator[tuple[str, type]]:
    """The columns of a rule's class with their types; those of a rule inside it after a dot."""
    hints = get_type_hints(kind)
    for field in fields(kind):
        inner = value_type(hints[field.name])
        if is_dataclass(inner):
            yield from _value_columns(inner, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}", inner


#: A value that is no column: a rule of the internal rate says it (``rules/internal.py``).
SAID_ELSEWHERE = {"icms": {"modal"}}
VALUES: Mapping[str, Mapping[str, type]] = {
    name: {column: hint for column, hint in _value_columns(kind) if column not in SAID_ELSEWHERE.get(name, ())}
    for name, kind in SUBJECTS.items()
}
ALL_VALUES = tuple(dict.fromkeys(name for columns in VALUES.values() for name in columns))
COLUMNS = ("subject", *DATES, *CRITERIA, *ALL_VALUES, *ABOUT)


def write(rules: Iterable[Rule]) -> Iterator[dict[str, str]]:
    """The lines of ``rules``, each with all :data:`COLUMNS`; :func:`read` gives the same rules back."""
    for rule in rules:
        line = dict.fromkeys(COLUMNS, "")
        line["subject"] = rule.subject
        for name in (*DATES, *CRITERIA):
            line[name] = _shown(getattr(rule.when, name))
        for name in VALUES[rule.subject]:
            line[name] = _shown(_get(rule.what, name))
        for name in ABOUT:
            line[name] = getattr(rule, name)
        yield line


def read(lines: Sequence[Mapping[str, str]]) -> tuple[list[Rule], list[Problem]]:
    """The rules of ``lines``, and all that is wrong with them, with paths like ``lines[3].rate`` (from 0).

    A line with a mistake gives no rule: who imports takes nothing while there is a problem.
    """
    rules, found = [], []
    for index, line in enumerate(lines):
        reader = _Line(line, f"lines[{index}]")
        if not any(reader.text(name) for name in line):
            continue  # an empty line at the end of a spreadsheet
        rule = reader.rule()
        found.extend(reader.problems)
        if rule and not reader.problems:
            rules.append(rule)
    return rules, found


class _Line:
    """One line on its way to a rule; ``problems`` grows as it is read."""

    def __init__(self, line: Mapping[str, str], path: str):
        self.line, self.path = line, path
        self.problems: list[Problem] = []

    def text(self, name: str) -> str:
        return (self.line.get(name) or "").strip()

    def rule(self) -> Rule | None:
        for name in self.line:
            if name not in COLUMNS and self.text(name):
                self.note(name, "sheet_column", _("There is no column “%(value)s”."), name)
        subject = self.text("subject")
        if subject not in SUBJECTS:
            self.note("subject", "sheet_subject", _("“%(value)s” is no subject of a rule."), subject or "-")
            return None
        for name in ALL_VALUES:
            if self.text(name) and name not in VALUES[subject]:
                message = _("Column %(value)s does not belong to a rule of this subject.")
                self.note(name, "sheet_value_unexpected", message, name)
        days = {name: self.value(name, date) for name in DATES}
        when = Criteria(**days, **{name: self.text(name) for name in CRITERIA})
        what = self.what(SUBJECTS[subject])
        if what is None:
            return None
        return Rule(subject, when, what, **{name: self.text(name) for name in ABOUT})

    def what(self, kind: type, prefix: str = "") -> Any:
        """An instance of ``kind`` from its columns; an inner one that is not needed and has no value is left out."""
        values, hints = {}, get_type_hints(kind)
        for field in fields(kind):
            name, inner = f"{prefix}{field.name}", value_type(hints[field.name])
            if is_dataclass(inner):
                if any(self.text(column) for column, _type in _value_columns(inner, f"{name}.")):
                    values[field.name] = self.what(inner, f"{name}.")
            elif self.text(name):
                values[field.name] = self.value(name, inner)
            elif field.default is MISSING and field.default_factory is MISSING:
                self.note(name, "sheet_value_missing", _("Column %(value)s is empty."), name)
        return None if self.problems else kind(**values)

    def value(self, name: str, kind: type) -> Any:
        """The cell ``name`` as ``kind``; what cannot be read is noted."""
        text = self.text(name)
        if not text:
            return None
        if kind is date:
            return self.day(name, text)
        if kind is bool:
            if text not in YES:
                self.note(name, "sheet_yes_no", _("“%(value)s” is neither 1 nor 0."), text)
            return YES.get(text)
        if kind is Decimal:
            try:
                return Decimal(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
            except InvalidOperation:
                self.note(name, "sheet_number", _("“%(value)s” is not a number."), text)
                return None
        return text

    def day(self, name: str, text: str) -> date | None:
        for form in DATE_FORMATS:
            try:
                return datetime.strptime(text, form).date()
            except ValueError:
                continue
        self.note(name, "sheet_date", _("“%(value)s” is not a date."), text)
        return None

    def note(self, name: str, code: str, message: str, value: str) -> None:
        cure = _("Correct this cell of the spreadsheet and import it again: nothing was imported.")
        self.problems.append(Problem(code, f"{self.path}.{name}", message, cure, {"value": value}))


def _get(what: Any, name: str) -> Any:
    for part in name.split("."):
        what = getattr(what, part) if what is not None else None
    return what


def _shown(value: Any) -> str:
    """A value as a cell: Decimal with all its digits, a day as ISO, yes as 1 and no as 0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)
