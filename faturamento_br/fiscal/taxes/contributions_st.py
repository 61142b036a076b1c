"""PIS and COFINS by substitution (groups PISST and COFINSST): the emitter owes those of who sells after him.

* Vehicles: the maker's price (MP 2.158-35/2001 art. 43; Lei 9.718/1998 art. 5 of its decree), the item's value.
* Cigarettes: the retail price × 3.42 for PIS and × 2.9169 for COFINS (Lei 9.715/1998 art. 5, Lei 10.865/2004 art. 29
  and Lei 12.024/2009 art. 5): ``retail_unit_value`` with a ``base_rate`` of 342 and 291.69.
* Sales to the free zones by producers and importers of single-phase goods (Lei 11.196/2005 art. 65).

With ``adds`` the amount is charged on top and part of vNF (NT 2020.005, indSomaPISST and indSomaCOFINSST).
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from ..problems import Problem, _
from ..spec import ContributionStResult, ContributionStRule, Item, TaxContext
from . import units
from .base import HUNDRED, Amounts, Tax, base_of, each_time, has_base, missing_rule, money, percent, rate_problem

#: A base is so many per cent of the price: three digits in the layout's percentages, no law has more.
MOST_BASE_RATE = Decimal("1000")


def problems(name: str, context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What keeps ``name`` (pis_st, cofins_st) from being computed right; nothing when the item has no such rule."""
    rule: ContributionStRule | None = getattr(item.rules, name)
    if rule is None:
        return
    path = f"{path}.rules.{name}"
    if problem := rate_problem(rule.rate, f"{path}.rate"):
        yield problem
    yield from units.problems(rule, path)
    if not rule.rate and not rule.unit_value:
        yield Problem(
            "contribution_st_rate_missing",
            f"{path}.rate",
            _("PIS or COFINS by substitution needs a rate or a value by unit."),
            _("Give it, or clear the rule if the item has none."),
        )
    price = rule.retail_unit_value
    if not units.fits(rule.base_rate, MOST_BASE_RATE) or not rule.base_rate:
        yield Problem(
            "contribution_st_base_invalid",
            f"{path}.base_rate",
            _("%(rate)s is not a percentage of the price that the base of the substitution can be."),
            _("Give a percentage above 0 with at most 4 decimals; 100 is the price itself."),
            {"rate": rule.base_rate},
        )
    if price is not None and not (units.fits(price, units.MOST_UNIT_VALUE) and price):
        yield Problem(
            "contribution_st_price_invalid",
            f"{path}.retail_unit_value",
            _("%(price)s is not a price to the final consumer."),
            _("Give the price by taxable unit, above zero, with at most 4 decimals, or clear it."),
            {"price": price},
        )
    if not has_base(name, context.issue_date):
        tax = name.partition("_")[0].upper()
        yield missing_rule("rule_missing_period", path, tax=f"{tax} ST", day=context.issue_date)


def compute(name: str, context: TaxContext, item: Item, so_far: Amounts) -> ContributionStResult | None:
    """vPIS, vCOFINS of the substitution; the base and the amount 2 decimals, ROUND_HALF_UP, each rounded once."""
    rule: ContributionStRule | None = getattr(item.rules, name)
    if rule is None:
        return None
    if rule.unit_value is not None:
        taxed, value = units.quantity(rule, item), units.amount(rule, item)
        return ContributionStResult(amount=value, quantity=taxed, unit_value=rule.unit_value, adds=rule.adds)
    if rule.retail_unit_value is None:
        price = base_of(name, context, so_far)
    else:
        price = units.quantity(rule, item) * rule.retail_unit_value
    base = money(price * rule.base_rate / HUNDRED)
    return ContributionStResult(base, rule.rate, percent(base, rule.rate), adds=rule.adds)


def amounts(tag: str, result: ContributionStResult | None) -> Amounts:
    """``vPISSTSoma`` and ``vCOFINSSTSoma``: the part that vNF has."""
    return {tag: result.amount} if result and result.adds else {}


def _tax(name: str, tag: str) -> Tax:
    return Tax(name, partial(problems, name), each_time(partial(compute, name)), partial(amounts, tag))


PIS, COFINS = _tax("pis_st", "vPISSTSoma"), _tax("cofins_st", "vCOFINSSTSoma")
