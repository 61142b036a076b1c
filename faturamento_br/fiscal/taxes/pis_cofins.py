"""PIS and COFINS (Leis 9.718/1998, 10.637/2002, 10.833/2003), until 2026.

The ICMS on the document is out of the base (STF tema 69, RE 574.706; Lei 14.592/2023). The FCP is not taken out:
Receita Federal holds that it is not ICMS (Solução de Consulta Cosit 61/2024), which binds it; a company with a court
decision to the contrary needs its own row in ``tables/tax_bases.csv``. IPI and ICMS ST charged on top are no revenue.

* Rate: 0.65 and 3 cumulative, 1.65 and 7.6 non-cumulative (CST 01); single-phase and other own rates (02); by unit of
  product (03, Lei 10.833/2003 arts. 51 and 52 and kin). Resale of single-phase goods is 04, zero rate 06: so are
  sales to the free zones (Lei 10.996/2004 art. 2).
* Entries (50 to 98) state the credit or the tax of an import: its base is the customs value alone (Lei 10.865/2004
  art. 7 I as of Lei 12.865/2013; RE 559.937); its rates, 2.1 and 9.65 and the additional of COFINS by NCM and year
  (art. 8 §21), are the rule's.
* A company of Simples pays them in the DAS, but for imports (LC 123/2006 art. 13 §1 XII) and for what it makes or
  imports under single-phase taxation (art. 18 §4-A I), CST 02 and 03.
"""

from collections.abc import Iterator
from functools import partial

from ..problems import Problem, _
from ..spec import ContributionRule, Item, TaxContext, TaxResult
from . import units
from .base import (
    SIMPLES,
    Amounts,
    Compute,
    Tax,
    always,
    has_base,
    is_import,
    missing_rule,
    prepare_rate,
    rate_problem,
    side_problem,
    situation_problem,
    situations,
)

#: The situations of entries (SPED table 4.3.3); 99 is of both.
FIRST_ENTRY, LAST_ENTRY, BOTH = "50", "98", "99"
#: What also a company of Simples pays outside the DAS.
OUTSIDE_THE_DAS = frozenset(("02", "03"))


def problems(name: str, context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What keeps the contribution ``name`` (pis or cofins) from being computed right."""
    rule: ContributionRule = getattr(item.rules, name)
    path = f"{path}.rules.{name}"
    if problem := situation_problem("contribution", rule.cst, f"{path}.cst"):
        yield problem
        return
    of_entry = FIRST_ENTRY <= rule.cst <= LAST_ENTRY
    if rule.cst != BOTH and (problem := side_problem(context, name.upper(), rule.cst, of_entry, f"{path}.cst")):
        yield problem
    if problem := rate_problem(rule.rate, f"{path}.rate"):
        yield problem
    yield from units.problems(rule, path)
    yield from _value_problems(name, context, rule, path)


def _value_problems(name: str, context: TaxContext, rule: ContributionRule, path: str) -> Iterator[Problem]:
    params = {"tax": name.upper(), "cst": rule.cst}
    treatment = situations("contribution")[rule.cst].treatment
    given = rule.rate or rule.unit_value
    field = f"{path}.unit_value" if rule.unit_value is not None else f"{path}.rate"
    if treatment == "exempt" and (rule.rate or rule.unit_value is not None):
        yield Problem(
            "contribution_rate_unexpected",
            field,
            _("%(tax)s CST %(cst)s is not taxed, but the rule has a rate."),
            _("Use CST 01 or 02, or leave the rate at zero."),
            params,
        )
    if treatment == "taxed" and not rule.rate:
        yield Problem(
            "contribution_rate_missing",
            f"{path}.rate",
            _("%(tax)s CST %(cst)s needs a rate."),
            _("Give the rate: 0.65/3 cumulative, 1.65/7.6 non-cumulative; a rate of zero is CST 06."),
            params,
        )
    if treatment == "unit" and not rule.unit_value:
        yield Problem(
            "contribution_unit_value_missing",
            f"{path}.unit_value",
            _("%(tax)s CST 03 is charged by unit of product and needs its value by unit."),
            _("Give the value in BRL by unit; the law of the product has it, the accountant knows it."),
            params,
        )
    if treatment == "taxed" and rule.unit_value is not None:
        yield Problem(
            "contribution_unit_value_unexpected",
            f"{path}.unit_value",
            _("%(tax)s CST %(cst)s is charged by a rate, but the rule has a value by unit."),
            _("Use CST 03, or clear the value by unit."),
            params,
        )
    in_das = context.emitter_crt in SIMPLES and not is_import(context) and rule.cst not in OUTSIDE_THE_DAS
    if given and in_das:
        yield Problem(
            "contribution_taxed_in_simples",
            field,
            _("A company of Simples Nacional pays %(tax)s in the DAS (LC 123/2006 art. 13), not item by item."),
            _("Use CST 49 or 99 with a rate of zero."),
            params,
        )
    if given and not has_base(name, context.issue_date):
        yield missing_rule("rule_missing_period", path, tax=name.upper(), day=context.issue_date)


def prepare(name: str, context: TaxContext, item: Item) -> Compute:
    """vPIS or vCOFINS = base × rate, or quantity × unit value; 2 decimals, ROUND_HALF_UP; all zero without either."""
    rule: ContributionRule = getattr(item.rules, name)
    if rule.unit_value is not None:
        return units.prepare(rule, TaxResult(rule.cst, unit_value=rule.unit_value))
    if not rule.rate:
        return always(TaxResult(rule.cst))
    return prepare_rate(name, context, TaxResult(rule.cst, rate=rule.rate))


def amounts(tag: str, result: TaxResult) -> Amounts:
    return {tag: result.amount}


PIS = Tax("pis", partial(problems, "pis"), partial(prepare, "pis"), partial(amounts, "vPIS"))
COFINS = Tax("cofins", partial(problems, "cofins"), partial(prepare, "cofins"), partial(amounts, "vCOFINS"))
