"""What was typed by hand, in the words of its tax: a rate says so, an amount stands below the formula it replaces."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..problems import _
from ..spec import HandTax
from . import rates
from .words import Figure, Line, amount, say, worth

#: The layout tag of the amount that may be typed.
TAGS = {"icms": "vICMS", "icms_st": "vICMSST", "ipi": "vIPI", "pis": "vPIS", "cofins": "vCOFINS"}


def retold(lines: Iterable[Line], typed: HandTax) -> Iterator[Line]:
    """``lines`` of a tax of which ``typed`` is by hand."""
    if typed.situation:
        yield say(_("Situation %(code)s, typed by hand"), code=typed.situation)
    if typed.base_reduction is not None:
        yield say(_("Base reduction of %(rate)s %%, typed by hand"), rate=typed.base_reduction)
    for line in lines:
        if typed.rate is not None and line.text == rates.FROM_RULE and line.params.get("name") == rates.RATE:
            yield replace(line, text=rates.FROM_HAND)
        elif typed.amount is not None and line.tag == TAGS[typed.tax]:
            if line.figures:
                yield replace(line, tag="", result=Figure(worth(line)))
            yield amount(_("Amount, typed by hand"), typed.amount, line.tag)
        else:
            yield line
