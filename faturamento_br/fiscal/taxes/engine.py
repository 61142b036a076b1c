"""The tax engine: the registry of taxes, run in dependency order for each item.

A new tax is a new file and a new entry of :data:`TAXES` (and a field of :class:`~..spec.TaxedItem`); no other tax
changes, unless the law puts the new one into its base, which is a row of ``tables/tax_bases.csv``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

from ..problems import FiscalError, Problem, _
from ..spec import ZERO, Invoice, Item, TaxContext, TaxedInvoice, TaxedItem
from ..tables import rows
from . import (
    approximate,
    by_hand,
    contributions_st,
    difal,
    export,
    ibs_cbs,
    icms,
    icms_fuel,
    icms_st,
    import_duty,
    ipi,
    ipi_return,
    pis_cofins,
    returned,
    selective,
    simples,
    withholding,
)
from .base import CENT, Amounts, Compute, Tax, gross_value, is_import, is_interstate, missing_rule, sum_of
from .totals import sum_items

#: Dependency order: a tax may read the amounts of those before it, never of those after it.
TAXES: tuple[Tax, ...] = (
    import_duty.TAX,
    ipi.TAX,
    ipi_return.TAX,
    icms.TAX,
    icms_fuel.TAX,
    icms_st.TAX,
    difal.TAX,
    pis_cofins.PIS,
    pis_cofins.COFINS,
    contributions_st.PIS,
    contributions_st.COFINS,
    selective.TAX,
    ibs_cbs.TAX,
    approximate.TAX,
)
#: In an import ICMS has PIS and COFINS in its base; else it is out of theirs.
_BEFORE_ICMS = (import_duty.TAX, ipi.TAX, pis_cofins.PIS, pis_cofins.COFINS)
IMPORT_TAXES = (*_BEFORE_ICMS, *(tax for tax in TAXES if tax not in _BEFORE_ICMS))

#: What the law wants told on the document: ``(context, taxed items) -> texts``.
TEXTS = (difal.texts, export.texts, simples.texts, approximate.texts)

#: What an item is worth, from the amounts of all taxes (``tables/tax_bases.csv``); vNFTot has IBS, CBS and IS too.
VALUES = ("vNF", "vNFTot")
#: Money has 13 digits before the comma (layout type TDec_1302).
MONEY_LIMIT = Decimal("1E13")
#: Fields of an item with their smallest step and their limit (types TDec_1104v, TDec_1110v and TDec_1302).
NUMBERS = (
    ("quantity", Decimal("0.0001"), Decimal("1E11")),
    ("unit_price", Decimal("1E-10"), Decimal("1E11")),
    *((name, CENT, MONEY_LIMIT) for name in ("discount", "freight", "insurance", "other")),
    ("taxable_quantity", Decimal("0.0001"), Decimal("1E11")),
)
#: Why a CFOP of a transfer cannot be taxed; without ICMS it can.
TRANSFER = "rule_missing_transfer"
#: finNFe that are taxed here: normal, complementary, adjustment, return.
PURPOSES = frozenset("1234")
#: First digit of the CFOP of an entry and of an exit, by destination.
CFOP_DIGITS = {"inside": "15", "interstate": "26", "abroad": "37"}


def missing_rules(context: TaxContext, items: Sequence[Item]) -> list[Problem]:
    """All that keeps these items from being taxed right, named, with paths like ``items[2].rules.icms.rate``.

    Empty means that :func:`compute_items` will succeed. Codes that begin with ``rule_missing_`` name law that this
    stage does not know yet; the others are mistakes of the input. A tax judges the kind of an item (its rules,
    origin, NCM, CEST and CFOP), never its amounts, so a kind found sound is not judged again.
    """
    found = list(_context_problems(context))
    for index, item in enumerate(items):
        path = f"items[{index}]"
        found.extend(_item_problems(context, item, path))
        if item.returned:
            found.extend(returned.problems(item, path))
            item = item.returned.whole  # of which all that is computed is a part
            found.extend(_item_problems(context, item, f"{path}.returned.whole"))
        known = _plans.get(_kind(context, item))
        if known and known.is_sound and not item.hand:
            continue
        wrong = list(_kind_problems(context, item, path))
        if item.hand and not found and not wrong:
            wrong = list(_hand_problems(context, item, path))
        found.extend(wrong)
        if not found:
            _plan(context, item).is_sound = True
    if not found:  # else no amount means anything
        for index, item in enumerate(items):
            if item.returned:
                found.extend(returned.amount_problems(compute_item(context, item), f"items[{index}]"))
    return found


def invoice_problems(invoice: Invoice) -> list[Problem]:
    """:func:`missing_rules` of a whole invoice, and the kinds of document this stage does not tax."""
    found = []
    if invoice.purpose not in PURPOSES:
        found.append(missing_rule("rule_missing_purpose", "purpose", code=invoice.purpose))
    found.extend(withholding.problems(invoice.tax_context, invoice.withholdings))
    return found + missing_rules(invoice.tax_context, invoice.items)


def compute_items(context: TaxContext, items: Sequence[Item]) -> tuple[TaxedItem, ...]:
    """The amounts of each item, each computed and rounded once (2 decimals, ROUND_HALF_UP).

    :raises FiscalError: with everything :func:`missing_rules` found.
    """
    if found := missing_rules(context, items):
        raise FiscalError(found)
    return tuple(compute_item(context, item) for item in items)


def compute_item(context: TaxContext, item: Item) -> TaxedItem:
    """The amounts of one item that :func:`missing_rules` found right; of another one they mean nothing."""
    if item.returned:
        return returned.difference(item, *(_compute_item(context, each) for each in returned.steps(item)))
    return _compute_item(context, item)


def _compute_item(context: TaxContext, item: Item) -> TaxedItem:
    plan = _plan(context, item)
    so_far = {
        "vProd": gross_value(item),
        "vDesc": item.discount,
        "vFrete": item.freight,
        "vSeg": item.insurance,
        "vOutro": item.other,
    }
    results = {}
    for name, compute, amounts in plan.steps:
        result = compute(item, so_far)
        results[name] = result = by_hand.fixed(item, name, result) if item.hand else result
        so_far.update(amounts(result))
    if item.importation:
        so_far["vOutro"] += import_duty.charges(context, item, so_far)
    for name, add_up in plan.values:
        so_far[name] = add_up(so_far)
    return plan.pattern.but(item=item, amounts=so_far, **results)


@dataclass
class Plan:
    """What the arithmetic of all items of one kind in one context has in common.

    :ivar steps: of each tax that has a rule its name, its arithmetic and what its result gives to the taxes after it.
    :ivar values: what an item is worth, from the amounts of all taxes.
    :ivar is_sound: :func:`missing_rules` found nothing wrong with the kind.
    """

    context: TaxContext
    steps: tuple[tuple[str, Compute, Callable[[Any], Amounts]], ...]
    values: tuple[tuple[str, Callable[[Amounts], Decimal]], ...]
    pattern: TaxedItem
    is_sound: bool = False


def _plan(context: TaxContext, item: Item) -> Plan:
    """The plan of the kind of ``item``, made once: all it depends on beside its amounts is the key."""
    kind = _kind(context, item)
    return _plans.get(kind) or _plans.setdefault(kind, _new_plan(context, item))


def _kind(context: TaxContext, item: Item) -> tuple[Any, ...]:
    """Names the kind for as long as ``context`` and the item's rules exist, which its plan keeps alive."""
    return id(context), id(item.rules), item.origin, item.ncm, item.cest, item.cfop, item.used, id(item.fuel)


def _new_plan(context: TaxContext, item: Item) -> Plan:
    if len(_plans) >= PLANS:
        _plans.clear()
    taxes = IMPORT_TAXES if context.entry and is_import(context) else TAXES
    ruled = (tax for tax in taxes if getattr(item.rules, tax.name) is not None)
    steps = ((tax.name, tax.prepare(context, item), tax.amounts) for tax in ruled)
    values = ((name, sum_of(name, context)) for name in VALUES)
    return Plan(context, tuple(steps), tuple(values), TaxedItem(item, {}, icms=None, pis=None, cofins=None))


#: Kept while the same context and rules are asked again, as a long document does.
_plans: dict[tuple[Any, ...], Plan] = {}
#: Some 8 kB each.
PLANS = 1000


def tax_invoice(invoice: Invoice) -> TaxedInvoice:
    """``invoice`` with the taxes of its items and their totals.

    :raises FiscalError: with everything :func:`invoice_problems` found.
    """
    if found := invoice_problems(invoice):
        raise FiscalError(found)
    context = invoice.tax_context
    items = tuple(compute_item(context, item) for item in invoice.items)
    texts = tuple(text for told in TEXTS for text in told(context, items))
    totals = sum_items(items)
    withheld = withholding.compute(context, invoice.withholdings, totals)
    return TaxedInvoice(invoice, items, totals, texts, withheld)


def _context_problems(context: TaxContext) -> Iterator[Problem]:
    known = _ufs()
    for path, uf in (("emitter.address.uf", context.emitter_uf), ("recipient.address.uf", context.recipient_uf)):
        if uf not in known and not (uf == "EX" and path.startswith("recipient")):
            yield Problem("uf_unknown", path, _("%(uf)s is not a UF."), _("Correct the address."), {"uf": uf})
    if context.emitter_crt not in icms.REGIMES:
        yield Problem(
            "crt_unknown",
            "emitter.crt",
            _("The emitter's tax regime (CRT) is not known: %(crt)s."),
            _("Choose 1 Simples, 2 Simples above the sublimit, 3 normal or 4 MEI."),
            {"crt": context.emitter_crt or "-"},
        )


def _hand_problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """Amounts typed by hand that the tax of this item, right in all else, cannot have."""
    if any(typed.amount is not None for typed in item.hand):
        computed = compute_item(context, replace(item, hand=()))
        yield from by_hand.amount_problems(computed, item.hand, path)


def _item_problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """Amounts no tax can be computed from; asked of every item."""
    yield from _number_problems(item, path)
    if item.hand:
        yield from by_hand.problems(item, path)
    if item.importation or context.entry:
        yield from import_duty.item_problems(context, item, path)


def _kind_problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What is wrong with the kind of ``item``, whatever its amounts."""
    yield from export.problems(context, item, path)
    yield from _cfop_problems(context, item, path)
    for tax in TAXES:
        yield from tax.problems(context, item, path)


def _cfop_problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """A CFOP that contradicts the destination or has no rule yet."""
    if not item.cfop.startswith(tuple(CFOP_DIGITS[_destination(context)])):
        yield Problem(
            "cfop_destination",
            f"{path}.cfop",
            _("CFOP %(cfop)s does not fit a sale from %(origin)s to %(destination)s."),
            _("Use 5xxx inside the state, 6xxx between states, 7xxx abroad."),
            {"cfop": item.cfop, "origin": context.emitter_uf, "destination": context.recipient_uf},
        )
    elif (item.cfop[0] < "5") != context.entry:
        yield Problem(
            "cfop_side",
            f"{path}.cfop",
            _("CFOP %(cfop)s does not fit: entries begin with 1 to 3, exits with 5 to 7."),
            _("Correct the CFOP, or whether the document is an entry."),
            {"cfop": item.cfop},
        )
    elif (rule := _cfop_rules().get(item.cfop)) and not (rule == TRANSFER and not icms.is_charged(item.rules.icms)):
        yield missing_rule(rule, f"{path}.cfop", code=item.cfop)


def _number_problems(item: Item, path: str) -> Iterator[Problem]:
    sound = True
    for name, step, limit in NUMBERS:
        value = getattr(item, name)
        if value is None or (value is ZERO and name != "quantity"):
            continue
        if not (value.is_finite() and 0 <= value < limit and value == value.quantize(step)):
            sound = False
            yield _number_problem(f"{path}.{name}", value, step)
    taxable = item.taxable_quantity
    if taxable is not None and not (taxable.is_finite() and 0 < taxable < Decimal("1E11") and _is_step(taxable)):
        yield _number_problem(f"{path}.taxable_quantity", taxable, NUMBERS[0][1])
    if not sound:
        return
    gross = gross_value(item)
    if not item.quantity or gross >= MONEY_LIMIT:
        yield _number_problem(f"{path}.quantity", item.quantity, NUMBERS[0][1])
    elif item.discount > gross:
        yield Problem(
            "discount_exceeds_gross",
            f"{path}.discount",
            _("The discount %(discount)s exceeds the value of the line, %(gross)s."),
            _("Lower the discount."),
            {"discount": item.discount, "gross": gross},
        )


def _is_step(quantity: Decimal) -> bool:
    return quantity == quantity.quantize(NUMBERS[0][1])


def _number_problem(path: str, value: Decimal, step: Decimal) -> Problem:
    return Problem(
        "number_invalid",
        path,
        _("%(value)s cannot be written in the document."),
        _("It must fit the layout, not be negative (a quantity not zero) and have at most %(decimals)s decimals."),
        {"value": value, "decimals": -step.as_tuple().exponent},
    )


def _destination(context: TaxContext) -> str:
    if context.recipient_uf == "EX":
        return "abroad"
    return "interstate" if is_interstate(context) else "inside"


@cache
def _ufs() -> frozenset[str]:
    return frozenset(row["uf"] for row in rows("icms_internal"))


@cache
def _cfop_rules() -> dict[str, str]:
    return {row["cfop"]: row["missing"] for row in rows("tax_cfops")}
