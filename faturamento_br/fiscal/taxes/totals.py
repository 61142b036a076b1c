"""The totals of a document: sums of amounts already rounded, never a tax computed again."""

from collections.abc import Iterable

from ..spec import NOTHING, TaxedItem, Totals


def sum_items(items: Iterable[TaxedItem]) -> Totals:
    """total/ICMSTot, total/IBSCBSTot...: the sums of the amounts of ``items``, in BRL, by layout tag.

    Since every part has 2 decimals nothing is rounded here.
    """
    totals: dict = {}
    for item in items:
        for tag, value in item.amounts.items():
            totals[tag] = totals.get(tag, NOTHING) + value
    return Totals(totals)
