"""Placeholders in the notes of an invoice: ``Mensalidade de {month}, {period}``, with dates as Brazilians write."""

from collections.abc import Iterator
from decimal import Decimal
from string import Formatter

from ..fiscal.problems import Problem, _
from .schedule import Period

MONTHS = (
    "janeiro", "fevereiro", "março", "abril", "maio", "junho",
    "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
)  # fmt: skip
#: What may be written, and what it stands for.
KNOWN = {
    "period": _("the period's first and last day"),
    "start": _("the period's first day"),
    "end": _("the period's last day"),
    "month": _("month and year in which the period begins"),
    "number": _("the number of the period, from 1 on"),
    "index": _("the index of the last adjustment"),
    "percent": _("the percentage of the last adjustment"),
}


def filled(note: str, period: Period, index: str = "", percent: Decimal | None = None) -> str:
    """``note`` with the values of ``period`` and of the last adjustment; empty where there was none yet.

    :raises KeyError, ValueError: a note in which :func:`problems` finds something.
    """
    start, end = period.start.strftime("%d/%m/%Y"), period.last_day.strftime("%d/%m/%Y")
    return note.format_map(
        {
            "period": f"{start} a {end}",
            "start": start,
            "end": end,
            "month": f"{MONTHS[period.start.month - 1]} de {period.start.year}",
            "number": str(period.key.number + 1),
            "index": index,
            "percent": "" if percent is None else percentage(percent),
        }
    )


def percentage(percent: Decimal) -> str:
    """``percent`` with two decimals, as Brazilians write it: ``4,52%``."""
    return f"{percent:.2f}%".replace(".", ",")


def problems(note: str, path: str = "note") -> Iterator[Problem]:
    """What is wrong with ``note``: unknown placeholders, braces that do not match."""
    known = ", ".join(f"{{{name}}}" for name in KNOWN)
    try:
        fields = [(name, spec, conversion) for _text, name, spec, conversion in Formatter().parse(note)]
    except ValueError:
        yield Problem(
            "note_braces",
            path,
            _("The note has a brace without its counterpart."),
            _("Write placeholders as {period}; for a brace itself write it twice."),
        )
        return
    for name, spec, conversion in fields:
        if name is not None and (name not in KNOWN or spec or conversion):
            yield Problem(
                "note_placeholder",
                path,
                _("The note has the placeholder %(name)s, which nobody knows."),
                _("Use one of these: %(known)s."),
                {"name": f"{{{name}}}", "known": known},
            )
