"""The tax engine: the registry of taxes, run in dependency order for each item.

A new tax is a new file and a new entry of :data:`TAXES` (and a field of :class:`~..spec.TaxedItem`); no other tax
changes, unless the law puts the new one into its base, which is a row of ``tables/tax_bases.csv``.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache

from ..problems import FiscalError, Problem, _
from ..spec import ZERO, Invoice, Item, TaxContext, TaxedInvoice, TaxedItem
from ..tables import rows
from . import ibs_cbs, icms, ipi, pis_cofins
from .base import CENT, RATE_STEP, Tax, gross_value, is_interstate, missing_rule
from .totals import sum_items

#: Dependency order: a tax may read the amounts of those before it, never of those after it.
TAXES: tuple[Tax, ...] = (ipi.TAX, icms.TAX, pis_cofins.PIS, pis_cofins.COFINS, ibs_cbs.TAX)

PRICE_STEP = Decimal("1E-10")
#: First digit of the CFOP of an entry and of an exit, by destination.
CFOP_DIGITS = {"inside": "15", "interstate": "26", "abroad": "37"}


def missing_rules(context: TaxContext, items: Sequence[Item]) -> list[Problem]:
    """All that keeps these items from being taxed right, named, with paths like ``items[2].rules.icms.rate``.

    Empty means that :func:`compute_items` will succeed. Codes that begin with ``rule_missing_`` name law that this
    stage does not know yet; the others are mistakes of the input.
    """
    found = list(_context_problems(context))
    for index, item in enumerate(items):
        path = f"items[{index}]"
        found.extend(_item_problems(context, item, path))
        for tax in TAXES:
            found.extend(tax.problems(context, item, path))
    return found


def invoice_problems(invoice: Invoice) -> list[Problem]:
    """:func:`missing_rules` of a whole invoice, and the kinds of document this stage does not tax."""
    found = []
    if invoice.kind != "1":
        found.append(missing_rule("rule_missing_entry", "kind", code=f"tpNF {invoice.kind}"))
    if invoice.purpose != "1":
        found.append(missing_rule("rule_missing_purpose", "purpose", code=invoice.purpose))
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
    gross = gross_value(item)
    so_far = {
        "vProd": gross,
        "vDesc": item.discount,
        "vFrete": item.freight,
        "vSeg": item.insurance,
        "vOutro": item.other,
    }
    results = {}
    for tax in TAXES:
        results[tax.name] = result = tax.compute(context, item, so_far)
        so_far.update(tax.amounts(result))
    return TaxedItem(item, gross, **results)


def tax_invoice(invoice: Invoice) -> TaxedInvoice:
    """``invoice`` with the taxes of its items and their totals.

    :raises FiscalError: with everything :func:`invoice_problems` found.
    """
    if found := invoice_problems(invoice):
        raise FiscalError(found)
    context = invoice.tax_context
    items = tuple(compute_item(context, item) for item in invoice.items)
    return TaxedInvoice(invoice, items, sum_items(items))


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
    if context.recipient_uf == "EX":
        yield missing_rule("rule_missing_export", "recipient.address.uf")


def _item_problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """Amounts no tax can be computed from, and a CFOP that contradicts the destination or has no rule yet."""
    for name in ("discount", "freight", "insurance", "other"):
        value = getattr(item, name)
        if value is not ZERO and (value < 0 or value != value.quantize(CENT)):
            yield _number_problem(f"{path}.{name}", value, 2)
    if item.quantity <= 0 or item.quantity != item.quantity.quantize(RATE_STEP):
        yield _number_problem(f"{path}.quantity", item.quantity, 4)
    if item.unit_price < 0 or item.unit_price != item.unit_price.quantize(PRICE_STEP):
        yield _number_problem(f"{path}.unit_price", item.unit_price, 10)
    if item.discount and item.discount > (gross := gross_value(item)):
        yield Problem(
            "discount_exceeds_gross",
            f"{path}.discount",
            _("The discount %(discount)s exceeds the value of the line, %(gross)s."),
            _("Lower the discount."),
            {"discount": item.discount, "gross": gross},
        )
    if not item.cfop.startswith(tuple(CFOP_DIGITS[_destination(context)])):
        yield Problem(
            "cfop_destination",
            f"{path}.cfop",
            _("CFOP %(cfop)s does not fit a sale from %(origin)s to %(destination)s."),
            _("Use 5xxx inside the state, 6xxx between states, 7xxx abroad."),
            {"cfop": item.cfop, "origin": context.emitter_uf, "destination": context.recipient_uf},
        )
    elif item.cfop[0] < "5":
        yield missing_rule("rule_missing_entry", f"{path}.cfop", code=f"CFOP {item.cfop}")
    elif rule := _cfop_rules().get(item.cfop):
        yield missing_rule(rule, f"{path}.cfop", code=item.cfop)


def _number_problem(path: str, value: Decimal, decimals: int) -> Problem:
    return Problem(
        "number_invalid",
        path,
        _("%(value)s cannot be written in the document."),
        _("It must not be negative (a quantity not zero) and have at most %(decimals)s decimals."),
        {"value": value, "decimals": decimals},
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
