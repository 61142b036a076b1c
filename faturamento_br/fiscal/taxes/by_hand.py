"""Taxes that a person typed for one item: they take the place of what the rules say, and are judged as rules are.

* Situation, reduction and rate become rules (:func:`apply`), so that every check of a rule holds for them too, and
  base, totals, journal and XML follow. Another situation keeps of the rule only what it uses.
* An amount is put in the place of the computed one (:func:`fixed`), and what comes after it reads it. SEFAZ takes a
  vICMS that is a cent off vBC × pICMS (rule N17-20, rejection 528), and a deferred one must be a product exactly
  (N16a-10 to N17-10); the others it does not judge: they may not exceed their base.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from ..problems import Problem, _
from ..spec import (
    ZERO,
    ContributionRule,
    HandTax,
    IcmsRule,
    IpiRule,
    Item,
    TaxedItem,
    TaxRules,
)
from . import units
from .base import CENT, situations
from .icms_checks import Group, code_of, groups

NAMES: Mapping[str, str] = {"icms": "ICMS", "icms_st": "ICMS ST", "ipi": "IPI", "pis": "PIS", "cofins": "COFINS"}
#: Situations whose vICMS SEFAZ multiplies again.
JUDGED = frozenset({"00", "10", "20", "70"})
#: What of an ICMS rule another situation keeps, by the part of its group that uses it.
PARTS = (
    ("own", ("rate", "base_mode", "base_margin_rate", "base_unit_price")),
    ("fcp", ("fcp_rate",)),
    ("reduction", ("base_reduction",)),
    ("credit", ("simples_credit_rate",)),
    ("deferral", ("deferral_rate", "fcp_deferral_rate")),
)
MOST = Decimal("1E13")


def apply(rules: TaxRules, hand: Iterable[HandTax]) -> TaxRules:
    """``rules`` with what was typed; a tax that the item does not have is left to :func:`problems`."""
    for typed in hand:
        change = CHANGES.get(typed.tax)
        if change:
            rules = change(rules, typed)
    return rules


def without_amounts(hand: Iterable[HandTax]) -> tuple[HandTax, ...]:
    """``hand`` for another value of the same item."""
    return tuple(replace(typed, amount=None) for typed in hand)


def fixed(item: Item, tax: str, result: Any) -> Any:
    """``result`` of ``tax`` with the amount that was typed for it."""
    for typed in item.hand:
        if typed.tax == tax and typed.amount is not None and result is not None:
            result = replace(result, amount=typed.amount)
            if tax == "icms":
                result = replace(result, operation_amount=typed.amount)
    return result


def problems(item: Item, path: str) -> Iterator[Problem]:
    """A tax that cannot be typed or that the item does not have, or an amount that is none."""
    seen = set()
    for typed in item.hand:
        where = f"{path}.hand.{typed.tax}" if typed.tax in NAMES else f"{path}.hand"
        if typed.tax not in NAMES or typed.tax in seen:
            yield Problem(
                "hand_tax_unknown",
                where,
                _("“%(tax)s” cannot be typed by hand, or is there twice."),
                _("Type ICMS, ICMS ST, IPI, PIS and COFINS, each once."),
                {"tax": typed.tax},
            )
            continue
        seen.add(typed.tax)
        if getattr(item.rules, typed.tax) is None:
            yield Problem(
                "hand_tax_absent",
                where,
                _("The item has no %(tax)s of which something could be typed."),
                _("Choose a situation that has it, or clear what was typed."),
                {"tax": NAMES[typed.tax]},
            )
        if typed.amount is not None and not units.fits(typed.amount, MOST, CENT):
            yield Problem(
                "hand_amount_invalid",
                where,
                _("%(value)s is not an amount of %(tax)s."),
                _("Give an amount in BRL, not negative, with at most 2 decimals."),
                {"value": typed.amount, "tax": NAMES[typed.tax]},
            )


def amount_problems(computed: TaxedItem, hand: Iterable[HandTax], path: str) -> Iterator[Problem]:
    """Amounts that the tax cannot have.

    :param computed: the item as the engine computes it with the same rules and without typed amounts.
    """
    for typed in hand:
        result = getattr(computed, typed.tax)
        if typed.amount is None or result is None:
            continue
        base = computed.item.quantity * computed.item.unit_price if _is_by_unit(result) else result.base
        params = {"tax": NAMES[typed.tax], "value": typed.amount, "computed": result.amount}
        where = f"{path}.hand.{typed.tax}"
        if not result.amount and not result.base:
            yield Problem(
                "hand_amount_untaxed",
                where,
                _("%(tax)s is not taxed in this situation, so it has no amount."),
                _("Choose a situation that is taxed, or clear the amount."),
                params,
            )
        elif typed.tax == "icms" and computed.item.rules.icms.deferral_rate is not None:
            yield Problem(
                "hand_amount_deferred",
                where,
                _("The amount of a deferred ICMS is a product that SEFAZ works out again (rejections 351 to 353)."),
                _("Type the rate or the reduction instead."),
                params,
            )
        elif typed.tax == "icms" and computed.item.rules.icms.cst in JUDGED and _is_far(typed.amount, result.amount):
            yield Problem(
                "hand_amount_far",
                where,
                _("ICMS %(value)s is more than a cent off base × rate, %(computed)s: SEFAZ would reject it (528)."),
                _("Type the rate or the reduction that gives the amount you want."),
                params,
            )
        elif typed.amount > base:
            yield Problem(
                "hand_amount_exceeds_base",
                where,
                _("%(tax)s of %(value)s exceeds its base, %(base)s."),
                _("Correct the amount."),
                {**params, "base": base},
            )


def _is_by_unit(result: Any) -> bool:
    return getattr(result, "quantity", None) is not None


def _is_far(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) > CENT


def _values(typed: HandTax, *names: str) -> dict[str, Decimal]:
    return {name: value for name in names if (value := getattr(typed, name)) is not None}


def _icms(rules: TaxRules, typed: HandTax) -> TaxRules:
    rule, substitution = rules.icms, rules.icms_st
    if typed.situation and typed.situation != code_of(rule):
        group = groups().get(typed.situation)
        parts = group.parts if group else frozenset()
        rule = _in_situation(rule, typed.situation, group)
        if "st" not in parts:
            substitution = None
    return replace(rules, icms=replace(rule, **_values(typed, "base_reduction", "rate")), icms_st=substitution)


def _in_situation(rule: IcmsRule, code: str, group: Group | None) -> IcmsRule:
    situation = {"csosn": code} if len(code) == 3 else {"cst": code}
    uses = [name for part, names in PARTS if group and part in group.parts for name in names]
    return IcmsRule(**situation, benefit_code=rule.benefit_code, **{name: getattr(rule, name) for name in uses})


def _icms_st(rules: TaxRules, typed: HandTax) -> TaxRules:
    if rules.icms_st is None:
        return rules
    return replace(rules, icms_st=replace(rules.icms_st, **_values(typed, "base_reduction", "rate")))


def _ipi(rules: TaxRules, typed: HandTax) -> TaxRules:
    rule = rules.ipi
    if rule is None:
        if not typed.situation:
            return rules
        rule = IpiRule(typed.situation)
    elif typed.situation and typed.situation != rule.cst:
        rule = IpiRule(typed.situation, _rate_in("ipi", typed.situation, rule.rate))
    return replace(rules, ipi=_rated(rule, typed))


def _contribution(rules: TaxRules, typed: HandTax) -> TaxRules:
    rule: ContributionRule = getattr(rules, typed.tax)
    if typed.situation and typed.situation != rule.cst:
        rule = ContributionRule(typed.situation, _rate_in("contribution", typed.situation, rule.rate))
    return replace(rules, **{typed.tax: _rated(rule, typed)})


def _rated(rule: Any, typed: HandTax) -> Any:
    """With the typed rate, which ends a charge by unit."""
    if typed.rate is None:
        return rule
    return replace(rule, rate=typed.rate, unit_value=None, unit_factor=Decimal(1))


def _rate_in(table: str, code: str, rate: Decimal) -> Decimal:
    """The rate of the situation before, where the new one is taxed."""
    found = situations(table).get(code)
    return rate if found and found.treatment in ("taxed", "other") else ZERO


CHANGES = {"icms": _icms, "icms_st": _icms_st, "ipi": _ipi, "pis": _contribution, "cofins": _contribution}
