"""vICMSDeson: the own ICMS that an exemption or a reduction of the base forgoes (NT 2011.004, 2013.005, 2023.004).

The laws of the UFs find it in two ways, and the rule says which:

* ``base``: the tax that would be due on the value of the operation, less the one that is. It is what Convênio
  ICM 65/1988 wants taken off the price of goods sold to Manaus and the free trade areas (motDesICMS 7).
* ``inside``: the price is already without the tax, which is added "por dentro" first: price / (1 − rate) × rate, and
  with a reduced base price × (1 − rate × (1 − pRedBC)) / (1 − rate) − price (RJ and others; the act that grants the
  benefit says so). A price without the tax cannot lose it again, so it goes with indDeduzDeson 0 only.

indDeduzDeson is always written beside it: 1 takes it off vNF. Which way a benefit wants is uncertain between UFs, so
nothing is guessed: a reason without a way is refused.
"""

from collections.abc import Iterator
from decimal import Decimal

from ..problems import Problem, _
from ..spec import ZERO, IcmsRule
from .base import HUNDRED, is_partial, money

METHODS = frozenset({"base", "inside"})


def relief(rule: IcmsRule, value: Decimal, rate: Decimal, due: Decimal) -> Decimal:
    """vICMSDeson, 2 decimals, ROUND_HALF_UP, never negative.

    :param value: the base without its reduction, in BRL.
    :param rate: the rate that would apply.
    :param due: the tax that is due all the same (zero where all is exempt).
    """
    if not rule.relief_reason:
        return ZERO
    if rule.relief_method == "inside":
        kept = (HUNDRED - rule.base_reduction) / HUNDRED if rule.base_reduction else ZERO
        amount = money(value * (1 - rate / HUNDRED * kept) / (1 - rate / HUNDRED) - value)
    else:
        amount = money(value * rate / HUNDRED) - due
    return amount if amount > 0 else ZERO


def problems(rule: IcmsRule, allowed: frozenset[str], rate: Decimal, path: str) -> Iterator[Problem]:
    """A reason that the situation does not take, or too little to find the amount."""
    if not rule.relief_reason:
        if rule.relief_method or rule.relief_deducts:
            yield Problem(
                "icms_relief_reason_missing",
                f"{path}.relief_reason",
                _("The exempted ICMS needs its reason (motDesICMS)."),
                _("Choose the reason, or clear how the exempted ICMS is found."),
            )
        return
    if rule.relief_reason not in allowed:
        yield Problem(
            "icms_relief_reason",
            f"{path}.relief_reason",
            _("Reason %(reason)s (motDesICMS) does not go with ICMS situation %(code)s."),
            _("It takes: %(allowed)s."),
            {"reason": rule.relief_reason, "code": rule.cst, "allowed": ", ".join(sorted(allowed, key=int))},
        )
    if rule.relief_method not in METHODS:
        yield Problem(
            "icms_relief_method",
            f"{path}.relief_method",
            _("It is not said how the exempted ICMS (vICMSDeson) is found."),
            _("Choose “base” (value × rate) or “inside” (price / (1 − rate) × rate), as the act of the benefit says."),
        )
    if rule.relief_method == "inside" and rule.relief_deducts:
        yield Problem(
            "icms_relief_inside_deducts",
            f"{path}.relief_deducts",
            _("A price already without the exempted ICMS cannot have it taken off again."),
            _("Find it on the “base”, or do not take it off the total (indDeduzDeson 0)."),
        )
    if not is_partial(rate):
        yield Problem(
            "icms_relief_rate",
            f"{path}.rate",
            _("The exempted ICMS needs the rate that would be due."),
            _("Give the rate in the tax rule."),
        )
