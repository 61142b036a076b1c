"""IS, Imposto Seletivo, from 2027 on (CF art. 153 VIII; LC 214/2025 arts. 409 to 438; NT 2025.002-RTC group UB01).

* Base: the formula of ``tables/tax_bases.csv`` (rule UB05-10): the value of the operation without ICMS and ISS, and
  without IBS and CBS, of whose base IS is part.
* vIS = vBCIS × pIS + qTrib × adRemIS, 2 decimals, ROUND_HALF_UP. Rule UB11-10 (not in force) divides the specific rate
  by 100, as if it were a percentage; Receita Federal's calculator does not, and an amount per unit is no percentage.
* The ordinary law that sets the rates is not published: the rule gives them, and says where from. The tables CSTIS and
  cClassTribIS are not published either: any 3 and 6 digits will do.
* IS is part of the base of ICMS, also of that by substitution (CF art. 153 §6 IV), and ICMS no part of that of IS:
  where both are due, each needs the other first, and no act says how. Refused by name.
"""

import re
from collections.abc import Iterator
from datetime import date

from ..problems import Problem, _
from ..spec import ZERO, Item, SelectiveResult, SelectiveRule, TaxContext
from .base import (
    HUNDRED,
    Amounts,
    Tax,
    base_of,
    each_time,
    missing_rule,
    money,
    percent,
    rate_problem,
    situations,
    taxable_quantity,
)
from .ibs_cbs_single_phase import is_writable

SINCE = date(2027, 1, 1)
#: Treatments of ICMS without an amount of its own in this sale.
WITHOUT_ICMS = frozenset({"exempt", "suspended", "credit", "retained"})


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What keeps IS from being computed right; nothing when the item has no rule of it."""
    rule = item.rules.selective
    if rule is None:
        return
    path = f"{path}.rules.selective"
    if context.issue_date < SINCE:
        yield Problem(
            "selective_too_early",
            path,
            _("There is no IS before %(since)s."),
            _("Let the tax rule begin on that day."),
            {"since": SINCE},
        )
    for name, form in (("cst", "[0-9]{3}"), ("cClassTribIS", "[0-9]{6}")):
        if not re.fullmatch(form, getattr(rule, name), re.ASCII):
            yield Problem(
                "selective_code_invalid",
                f"{path}.{name}",
                _("“%(value)s” is not a code of IS."),
                _("CSTIS has 3 digits, cClassTribIS 6."),
                {"value": getattr(rule, name)},
            )
    yield from _rate_problems(rule, path)
    icms, others = item.rules.icms, (item.rules.icms_st, item.rules.difal, item.rules.icms_fuel)
    situation = situations("icms_csosn" if icms.csosn else "icms_cst").get(icms.csosn or icms.cst)
    if any(others) or (situation and situation.treatment not in WITHOUT_ICMS):
        yield missing_rule("rule_missing_selective_icms", path)


def compute(context: TaxContext, item: Item, so_far: Amounts) -> SelectiveResult | None:
    """vBCIS, pIS and vIS."""
    rule = item.rules.selective
    if rule is None:
        return None
    base, rate = base_of("selective", context, so_far), rule.rate or ZERO
    if rule.specific_rate is None:
        return SelectiveResult(rule, base, rate, amount=percent(base, rate))
    quantity = taxable_quantity(item)
    amount = money(base * rate / HUNDRED + quantity * rule.specific_rate)
    return SelectiveResult(rule, base, rate, rule.specific_rate, quantity, amount)


def amounts(result: SelectiveResult | None) -> Amounts:
    return {"vIS": result.amount} if result else {}


TAX = Tax("selective", problems, each_time(compute), amounts)


def _rate_problems(rule: SelectiveRule, path: str) -> Iterator[Problem]:
    if rule.rate is None and rule.specific_rate is None:
        yield Problem(
            "selective_rate_missing",
            f"{path}.rate",
            _("The rates of IS are set by a law of their own, and the rule has none."),
            _("Give the percentage, the amount per unit, or both, with the law that sets them."),
        )
    if rule.rate is not None and (problem := rate_problem(rule.rate, f"{path}.rate")):
        yield problem
    if rule.specific_rate is not None and not is_writable("rate", rule.specific_rate):
        yield Problem(
            "selective_value_invalid",
            f"{path}.specific_rate",
            _("%(value)s cannot be written in the document."),
            _("Amounts have at most 2 decimals, quantities and rates 4; none is negative."),
            {"value": rule.specific_rate},
        )
