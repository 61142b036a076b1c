"""Items of a return: their part of the amounts of the document that they take back, to the cent.

A return undoes the taxes of the sale, whatever today's rules say (LC 87/1996 art. 21 §3; Convênio ICMS 54/2000; RIPI
art. 231). Goods may come back in several returns, each rounded by itself, and all of them together must be what was
sold. So a return is a difference: the amounts of all that has come back with it, less those of what had come back
before. Each of the two is computed as any item, so that every amount of the difference is within a cent of base × rate,
as SEFAZ checks it, and the last return takes exactly what is left.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from ..problems import Problem, _
from ..spec import (
    ZERO,
    IpiReturnRule,
    Item,
    Returned,
    TaxedItem,
    TaxRules,
    is_percentage,
    is_quantity,
    is_unit_price,
)
from . import units
from .base import RATE_STEP, money

CHARGES = ("freight", "insurance", "other")
#: Quantities by which amounts are measured, which are parts of a whole as money is; all others are prices and factors.
MEASURED = "quantity"
MOST = Decimal("1E13")


def part(returned: Returned, quantity: Decimal, charges: Mapping[str, Decimal]) -> Item:
    """The item that takes back ``quantity`` of ``returned.whole``, with ``charges`` (BRL) of its own.

    Discount and taxable quantity are its share of the whole's; the shares of all returns add up to it.
    """
    after, before = _cumulated(returned, returned.before + quantity, charges), _cumulated(returned, returned.before, {})
    taxable = None
    if after.taxable_quantity is not None:
        taxable = after.taxable_quantity - (before.taxable_quantity or ZERO)
    return replace(
        after,
        quantity=quantity,
        discount=after.discount - before.discount,
        taxable_quantity=taxable,
        rules=_rules_between(before.rules, after.rules),
        hand=(),
        returned=returned,
        **{name: charges.get(name, ZERO) for name in CHARGES},
    )


def steps(item: Item) -> tuple[Item, ...]:
    """All that has come back with ``item``; and, unless it is the first, all that had come back before."""
    charges = {name: getattr(item, name) for name in CHARGES}
    after = _cumulated(item.returned, item.returned.before + item.quantity, charges)
    return (after, _cumulated(item.returned, item.returned.before, {})) if item.returned.before else (after,)


def difference(item: Item, after: TaxedItem, before: TaxedItem | None = None) -> TaxedItem:
    """The amounts of ``item``: those of ``after`` less those of ``before``."""
    results = {each.name: getattr(after, each.name) for each in fields(after) if each.name not in ("item", "amounts")}
    if before is None:
        return TaxedItem(item, after.amounts, **results)
    amounts = {tag: value - before.amounts.get(tag, ZERO) for tag, value in after.amounts.items()}
    results = {name: _less(value, getattr(before, name)) for name, value in results.items()}
    if results["icms"]:
        results["icms"] = replace(results["icms"], rule=item.rules.icms)
    if results["ipi_return"]:
        results["ipi_return"] = replace(results["ipi_return"], share_rate=item.rules.ipi_return.share_rate)
    return TaxedItem(item, amounts, **results)


def problems(item: Item, path: str) -> Iterator[Problem]:
    """What cannot be a part of the whole: more than is left of it, with more charges than belong to it."""
    told = item.returned
    if not _is_sound(item):
        yield Problem(
            "returned_invalid",
            f"{path}.returned",
            _("What came back before of this item cannot be."),
            _("Take the quantities from the returns of the original document."),
        )
        return
    words = {"item": item.description or told.whole.description or item.ncm}
    if told.before + item.quantity > told.whole.quantity:
        yield Problem(
            "returned_too_much",
            f"{path}.quantity",
            _("%(quantity)s of %(item)s would come back, and only %(left)s of the %(whole)s sold are left."),
            _("Lower the quantity, or remove the line."),
            {
                **words,
                "quantity": _plain(item.quantity),
                "left": _plain(told.whole.quantity - told.before),
                "whole": _plain(told.whole.quantity),
            },
        )
        return
    for name in CHARGES:
        most = left(told, item.quantity, name)
        if getattr(item, name) > most:
            yield Problem(
                "returned_charge",
                f"{path}.{name}",
                _("Charges of %(amount)s would come back with %(item)s, and at most %(most)s belong to it."),
                _("Lower the line of freight, insurance or other charges to what belongs to the goods, or remove it."),
                {**words, "amount": getattr(item, name), "most": most},
            )


def amount_problems(taxed: TaxedItem, path: str) -> Iterator[Problem]:
    """A part so small that its cents fall on one side: each of two roundings may be right, and their difference be
    negative, which an NF-e cannot say."""
    bases = (each.base for each in (taxed.icms, taxed.pis, taxed.cofins, taxed.icms_st, taxed.ipi) if each)
    if min(*taxed.amounts.values(), *bases) < 0:
        yield Problem(
            "returned_too_small",
            f"{path}.quantity",
            _("%(quantity)s of %(item)s is worth too little to come back by itself: its taxes are parts of a cent."),
            _("Return it together with more of the same item."),
            {
                "quantity": _plain(taxed.item.quantity),
                "item": taxed.item.description or taxed.item.returned.whole.description or taxed.item.ncm,
            },
        )


def _is_sound(item: Item) -> bool:
    told, whole = item.returned, item.returned.whole
    values = [
        item.quantity,
        whole.quantity,
        told.before,
        *(getattr(each, name) for each in (item, told, whole) for name in CHARGES),
    ]
    return whole.returned is None and all(units.fits(value, MOST, RATE_STEP) for value in values) and whole.quantity > 0


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def left(returned: Returned, quantity: Decimal, charge: str) -> Decimal:
    """What of ``charge`` may come back with ``quantity``: its share of all, less what came back before; BRL."""
    whole = returned.whole
    due = money(getattr(whole, charge) * (returned.before + quantity) / whole.quantity)
    return max(due - getattr(returned, charge), ZERO)


def _cumulated(returned: Returned, quantity: Decimal, charges: Mapping[str, Decimal]) -> Item:
    """``quantity`` of the whole, with the charges that came back before and ``charges``."""
    whole = returned.whole
    share = quantity / whole.quantity
    taxable = whole.taxable_quantity
    return replace(
        whole,
        quantity=quantity,
        discount=_discount(whole, quantity),
        taxable_quantity=None if taxable is None else (taxable * share).quantize(RATE_STEP),
        rules=_scaled(whole.rules, share),
        hand=tuple(
            each if each.amount is None else replace(each, amount=money(each.amount * share)) for each in whole.hand
        ),
        **{name: getattr(returned, name) + charges.get(name, ZERO) for name in CHARGES},
    )


def _discount(whole: Item, quantity: Decimal) -> Decimal:
    """What of the discount belongs to ``quantity``: by its vProd, which it never outruns by a cent."""
    gross, most = money(quantity * whole.unit_price), money(whole.quantity * whole.unit_price)
    return money(whole.discount * gross / most) if most else ZERO


def _scaled(rules: TaxRules, share: Decimal) -> TaxRules:
    """``rules`` with that share of the amounts that they state: those of an earlier operation, of ICMS and of the IPI
    that goes back."""
    if back := rules.ipi_return:
        part_of_it = IpiReturnRule(money(back.share_rate * share), money(back.amount * share))
        rules = replace(rules, ipi_return=part_of_it)
    stated = {name: money(getattr(rules.icms, name) * share) for name in _stated(rules.icms)}
    return replace(rules, icms=replace(rules.icms, **stated)) if stated else rules


def _rules_between(before: TaxRules, after: TaxRules) -> TaxRules:
    if back := after.ipi_return:
        came = before.ipi_return
        left_over = IpiReturnRule(back.share_rate - came.share_rate, back.amount - came.amount)
        after = replace(after, ipi_return=left_over)
    stated = {name: getattr(after.icms, name) - getattr(before.icms, name) for name in _stated(after.icms)}
    return replace(after, icms=replace(after.icms, **stated)) if stated else after


def _stated(rule: Any) -> list[str]:
    return [each.name for each in fields(rule) if _is_money(each.name, getattr(rule, each.name))]


def _is_money(name: str, value: Any) -> bool:
    other = is_percentage(name) or is_quantity(name) or is_unit_price(name)
    return isinstance(value, Decimal) and not other


def _less(after: Any, before: Any) -> Any:
    """``after`` less ``before``, amount by amount; what is no amount is as ``after`` has it."""
    if after is None or before is None:
        return after
    values = {}
    for each in fields(after):
        value, earlier = getattr(after, each.name), getattr(before, each.name)
        if isinstance(value, Decimal) and (_is_money(each.name, value) or each.name.endswith(MEASURED)):
            values[each.name] = value - (earlier or ZERO)
        elif hasattr(value, "__dataclass_fields__") and each.name != "rule":
            values[each.name] = _less(value, earlier)
    return replace(after, **values)
