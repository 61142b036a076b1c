"""All that enters the amounts of a document, as plain values; and the amounts, as a function of those values alone.

Odoo asks for the amounts of a document several times while one change of it is saved. Reading the values anew each time
is what makes the answer right whatever was edited; computing them anew is not needed, so what the core found is kept
under the values themselves. What enters nowhere in :class:`Facts` cannot change an amount, and whatever does makes
another key: nothing here can go stale.
"""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from ..fiscal import spec
from ..fiscal.problems import Problem
from ..fiscal.taxes import by_hand, engine, icms_fuel, retained, returned, sharing, transition
from .line_amounts import LineAmounts
from .line_numbers import numbers_of

#: Lines of documents whose amounts one transaction keeps: the oldest documents go first. Some 3 kB each.
MOST_LINES = 10_000
#: qBCMono and qBCMonoReten have 4 decimals.
QUANTITY = Decimal("0.0001")
#: pDevol of a line that goes back as it was bought, in per cent.
ALL_OF_IT = Decimal("100.00")


class Goods(NamedTuple):
    """What the law says of goods, and nothing of their quantity."""

    ncm: str
    cest: str
    origin: str
    cfop: str
    rules: spec.TaxRules
    fuel: spec.Fuel | None = None


class Imported(NamedTuple):
    """What customs says of a line: its value and declaration, and the rates of the declaration by tax."""

    importation: spec.Importation
    rates: tuple[tuple[str, Decimal], ...]


class LineFacts(NamedTuple):
    """A line as the user typed it.

    :param role: as ``faturamento_br.fiscal.line._fbr_role`` tells.
    :param what: of an item the place of its goods in :attr:`Facts.goods`, ``None`` when no rule taxes it; of a charge
        its kind.
    :param taxable: qTrib, where the law taxes another unit than the one sold.
    :param before: what was withheld before on one unit of stock, and how many of them the line has.
    """

    role: str
    what: int | str | None
    quantity: float
    price: float
    discount: float
    hand: tuple[spec.HandTax, ...] = ()  # taxes typed by hand
    taxable: Decimal | None = None
    before: tuple[retained.RetainedUnit, Decimal] | None = None
    returned: spec.Returned | None = None  # what it takes back of another document; then its taxes are a part of those
    imported: Imported | None = None  # of an entry from abroad
    ipi_back: Decimal | None = None  # vIPIDevol, typed from the supplier's document


class Facts(NamedTuple):
    """Everything the amounts of a document depend on."""

    context: spec.TaxContext
    decimals: tuple[int, int]  # of quantities and discounts
    goods: tuple[Goods, ...]
    lines: tuple[LineFacts, ...]
    purchase: str = ""  # of a purchase that goes back: how it was booked (line_amounts.py)


@dataclass(frozen=True)
class Computed:
    """What the core found, line by line.

    :param items: ``None`` for lines that are no goods, and for goods without a rule.
    :param problems: with paths that count the items there are.
    :param amounts: ``None`` for lines the NF-e does not tell.
    """

    items: tuple[spec.Item | None, ...]
    problems: tuple[Problem, ...]
    amounts: tuple[LineAmounts | None, ...]


def computed(cursor, facts):
    """:func:`compute`, once for each document as it stands in the transaction of ``cursor``."""
    kept = cursor.cache.setdefault(__name__, {})
    if facts not in kept:
        kept[facts] = compute(facts)
        lines = sum(len(each.lines) for each in kept)
        while lines > MOST_LINES and len(kept) > 1:
            oldest = next(iter(kept))
            lines -= len(oldest.lines)
            del kept[oldest]
    return kept[facts]


def remembered(cursor, key):
    """A dict for what follows from ``key`` and the keys in it alone, kept for the transaction of ``cursor``."""
    return cursor.cache.setdefault((__name__, "law"), {}).setdefault(key, {})


def compute(facts):
    """The :class:`Computed` of :class:`Facts`."""
    numbers = [numbers_of(line.quantity, line.price, line.discount, *facts.decimals) for line in facts.lines]
    items = _items(facts, numbers)
    told = [item for item in items if item]
    problems = engine.missing_rules(facts.context, told)
    wrong = {problem.path.partition(".")[0] for problem in problems}
    sound = all(path.startswith("items[") for path in wrong)
    amounts, index = [], -1
    for line, number, item in zip(facts.lines, numbers, items, strict=True):
        index += bool(item)
        if item and sound and f"items[{index}]" not in wrong:
            amounts.append(LineAmounts.of(engine.compute_item(facts.context, item), facts.purchase))
        else:
            amounts.append(LineAmounts(number.net) if line.role in ("item", "charge") else None)
    return Computed(tuple(items), tuple(problems), tuple(amounts))


def _items(facts, numbers):
    """An item for each line of goods that a rule taxes. Charges are shared among all lines of goods, by net value."""
    charges = dict.fromkeys(("freight", "insurance", "other"), spec.ZERO)
    worth = []
    for line, number in zip(facts.lines, numbers, strict=True):
        if line.role == "item":
            worth.append(max(number.net, spec.ZERO))
        elif line.role == "charge":
            charges[line.what] += number.net
    shares = {
        kind: iter(sharing.share(amount, _weights(kind, facts, numbers) or worth))
        for kind, amount in charges.items()
        if worth and amount > spec.ZERO
    }
    items = []
    for line, number in zip(facts.lines, numbers, strict=True):
        shared = {kind: next(share) for kind, share in shares.items()} if line.role == "item" else {}
        taxed = line.role == "item" and line.what is not None
        items.append(_item(facts, number, shared, line) if taxed else None)
    return items


def _weights(kind, facts, numbers):
    """By what a charge that comes back is shared: what of it belongs to the goods that come back; none otherwise."""
    lines = [(line, number) for line, number in zip(facts.lines, numbers, strict=True) if line.role == "item"]
    if not any(line.returned for line, _number in lines):
        return ()
    weights = [
        returned.left(line.returned, number.quantity, kind) if line.returned else spec.ZERO for line, number in lines
    ]
    return weights if any(weights) else ()


def _item(facts, number, shared, line):
    """An item as far as taxes go; the words of it are told when it is written."""
    if line.returned:
        return returned.part(line.returned, number.quantity, shared)
    goods, day = facts.goods[line.what], facts.context.issue_date
    rules = of_fuel(goods, number, line)
    if line.imported:
        rules = transition.settled(declared(rules, line.imported.rates), day, entry=True)
    rules = by_hand.apply(rules, line.hand) if line.hand else rules
    if line.before:
        rules = retained.apply(rules, *line.before)
    if line.ipi_back:
        rules = replace(rules, ipi=None, ipi_return=spec.IpiReturnRule(ALL_OF_IT, line.ipi_back))
    return spec.Item(
        code="",
        description="",
        ncm=goods.ncm,
        cfop=goods.cfop,
        unit="",
        quantity=number.quantity,
        unit_price=number.price,
        rules=rules,
        hand=line.hand,
        origin=goods.origin,
        cest=goods.cest,
        discount=number.discount,
        taxable_quantity=line.taxable,
        fuel=goods.fuel,
        importation=line.imported.importation if line.imported else None,
        **shared,
    )


def declared(rules, rates):
    """``rules`` with the rates of an import declaration.

    A rate that it does not charge leaves the situation without one: 01 of IPI, 71 to 98 of PIS and COFINS.
    """
    said = dict(rates)
    changes = {"import_duty": spec.ImportDutyRule(said["import_duty"])}
    frame = rules.ipi.cEnq if rules.ipi else "999"
    changes["ipi"] = spec.IpiRule("00" if said["ipi"] else "01", said["ipi"], frame)
    for name in ("pis", "cofins"):
        rule = getattr(rules, name)
        changes[name] = replace(rule, rate=said[name]) if said[name] else spec.ContributionRule("98")
    return replace(rules, **changes)


def of_fuel(goods, number, line):
    """The rules of ``goods``; of a fuel whose biofuel is withheld (CST 15) with the quantities of both in this line."""
    fuel, rule = goods.fuel, goods.rules.icms_fuel
    if not (rule and fuel and fuel.bio_rate and goods.rules.icms.cst == icms_fuel.WITHHELD):
        return goods.rules
    whole = line.taxable if line.taxable is not None else number.quantity
    bio = (whole * fuel.bio_rate / 100).quantize(QUANTITY, ROUND_HALF_UP)
    return replace(goods.rules, icms_fuel=replace(rule, taxed_quantity=whole - bio, retention_quantity=bio))
