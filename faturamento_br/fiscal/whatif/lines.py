"""Taxed items as flat rows: one for each tax, with its situation, base, rate and amount.

What is a row is data, ``tables/tax_lines.csv``: the name as accountants know it, the tax, where its base, rate and
amount are in the result, and where the amount stands: ``inside`` the price, ``on_top`` of it, or only ``told``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ..spec import NOTHING, TaxedItem, Totals
from ..tables import rows
from ..taxes.ibs_cbs_tables import year_row

INSIDE, ON_TOP, TOLD = "inside", "on_top", "told"
#: Single-phase ICMS that was charged before (taxes/icms_fuel.py).
CHARGED_BEFORE = "61"
HUNDRED = Decimal(100)
#: Lines of the tax of the states, as :func:`.assumptions.notices` asks for them.
STATE_TAXES = frozenset({"icms", "icms_st", "icms_fuel", "difal"})


@dataclass(frozen=True)
class TaxLine:
    """One tax of one item; money in BRL with 2 decimals, rates per cent.

    :param name: as ``tax_lines.csv`` calls it: the key by which two situations are compared.
    :param tax: field of :class:`~..spec.TaxedItem`.
    :param situation: CST, CSOSN, or CST and cClassTrib.
    :param unit_value: BRL per unit, when the tax is by unit: ``base`` is a quantity then.
    :param place: ``inside``, ``on_top`` or ``told``.
    """

    name: str
    tax: str
    situation: str
    base: Decimal | None
    rate: Decimal | None
    amount: Decimal
    place: str
    unit_value: Decimal | None = None


def lines_of(taxed: TaxedItem, day: date) -> Iterator[TaxLine]:
    """The rows of an item, in the order of the table; what does not concern it is left out."""
    for row in rows("tax_lines"):
        result = getattr(taxed, row["tax"])
        if result is None:
            continue
        base, rate, amount = (_value(result, row[name]) for name in ("base", "rate", "amount"))
        if not row["always"] and not amount and not (rate and row["place"] != TOLD):
            continue
        unit_value = getattr(result, "unit_value", None) or getattr(result, "specific_rate", None)
        if unit_value is not None or row["tax"] == "icms_fuel":
            unit_value = rate if unit_value is None else unit_value
            base, rate = (base if row["tax"] == "icms_fuel" else result.quantity), None
        yield TaxLine(
            name=row["name"],
            tax=row["tax"],
            situation=situation_of(row["tax"], taxed),
            base=base,
            rate=rate,
            amount=amount if amount is not None else NOTHING,
            place=_place(row["place"], taxed, row["tax"], day),
            unit_value=unit_value,
        )


def situation_of(tax: str, taxed: TaxedItem) -> str:
    """The code that says how ``tax`` treats the item: ``CST 00``, ``CSOSN 102``, ``CST 000 · 000001``."""
    rule = getattr(taxed.item.rules, tax)
    csosn, cst = getattr(rule, "csosn", ""), getattr(rule, "cst", "")
    told = f"CSOSN {csosn}" if csosn else f"CST {cst}" if cst else ""
    detail = getattr(rule, "cClassTrib", "") or getattr(rule, "cClassTribIS", "") or getattr(rule, "cEnq", "")
    return f"{told} · {detail}" if told and detail else told


def burden(lines: list[TaxLine]) -> Decimal:
    """The taxes owed by these rows, in BRL: what is only told is not among them."""
    return sum((line.amount for line in lines if line.place != TOLD), NOTHING)


def burden_rate(owed: Decimal, totals: Totals) -> Decimal:
    """``owed`` as per cent of what the buyer pays (:func:`paid_by_buyer`), 2 decimals, ROUND_HALF_UP."""
    paid = paid_by_buyer(totals)
    return (owed * HUNDRED / paid).quantize(Decimal("0.01")) if paid else NOTHING


def paid_by_buyer(totals: Totals) -> Decimal:
    """vNFTot: the document with IBS, CBS and IS once they are charged; before the reform vNF."""
    return totals.payable


def _value(result: Any, path: str) -> Decimal | None:
    for part in path.split(".") if path else ():
        result = getattr(result, part) if result is not None else None
    return result if path else None


def _place(place: str, taxed: TaxedItem, tax: str, day: date) -> str:
    if place == "reform":
        row = year_row(day)
        return TOLD if row is None or row["informative"] == "1" else ON_TOP
    if tax == "icms_fuel" and taxed.icms_fuel.cst == CHARGED_BEFORE:
        return TOLD
    if tax in ("pis_st", "cofins_st") and not getattr(taxed, tax).adds:
        return INSIDE
    return place
