"""The approximate taxes in a price, told to the consumer (Lei 12.741/2012; Decreto 8.264/2014; NT 2013.003: vTotTrib).

Item by item and in total, apart for federal, state and city (Decreto 8.264 art. 3 §§ 1, 2), each base × rate with 2
decimals, ROUND_HALF_UP; informative, in neither journal nor total. The base is the price after the discount
(``tax_bases.csv``, ``approximate``). Only final consumers are told (Lei 12.741 art. 1).

Rates come from the table of IBPT that the company uploads, one for each UF (:mod:`.approximate_table`), or from another
institution (Decreto 8.264 art. 4): ``source`` is told as it stands.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from ..problems import Problem, _
from ..spec import NOTHING, ApproximateResult, Item, TaxContext, TaxedItem
from ..text import in_brl
from . import units
from .base import Amounts, Tax, base_of, each_time, percent

MOST_RATE = Decimal("1000")
RATES = ("federal_rate", "state_rate", "city_rate")


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """A rate that is none; nothing when the item has no such rule."""
    rule = item.rules.approximate
    for name in RATES if rule else ():
        value = getattr(rule, name)
        if not units.fits(value, MOST_RATE):
            yield Problem(
                "approximate_rate_invalid",
                f"{path}.rules.approximate.{name}",
                _("%(rate)s is not a rate of the approximate taxes."),
                _("Upload the table of IBPT again, or give a percentage with at most 4 decimals."),
                {"rate": value},
            )


def compute(context: TaxContext, item: Item, so_far: Amounts) -> ApproximateResult | None:
    """Each government's approximate taxes, 2 decimals, ROUND_HALF_UP; ``None`` where no consumer buys."""
    rule = item.rules.approximate
    if rule is None or not context.final_consumer or context.entry:
        return None
    base = base_of("approximate", context, so_far)
    return ApproximateResult(base, *(percent(base, getattr(rule, name)) for name in RATES), rule.source)


def amounts(result: ApproximateResult | None) -> Amounts:
    return {"vTotTrib": result.amount} if result else {}


def texts(context: TaxContext, items: Sequence[TaxedItem]) -> Iterator[str]:
    """:func:`words` of all items that have such a result."""
    if told := [line.approximate for line in items if line.approximate]:
        yield words(told)


def words(told: Sequence[ApproximateResult]) -> str:
    """“Trib. aprox. R$ 45,06 Federal e R$ 9,98 Municipal. Fonte: IBPT 92589A”; who has none is left out."""
    parts = [
        f"R$ {in_brl(total)} {name}"
        for name, total in (
            ("Federal", sum((each.federal_amount for each in told), NOTHING)),
            ("Estadual", sum((each.state_amount for each in told), NOTHING)),
            ("Municipal", sum((each.city_amount for each in told), NOTHING)),
        )
        if total
    ]
    parts = parts or [f"R$ {in_brl(NOTHING)}"]
    listed = " e ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    sources = "; ".join(dict.fromkeys(each.source for each in told if each.source))
    return f"Trib. aprox. {listed}." + (f" Fonte: {sources}" if sources else "")


TAX = Tax("approximate", problems, each_time(compute), amounts)
