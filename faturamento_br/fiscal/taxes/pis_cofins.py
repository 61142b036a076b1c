"""PIS and COFINS of a sale (Leis 9.718/1998, 10.637/2002, 10.833/2003), until 2026.

The ICMS on the document is out of the base (STF tema 69, RE 574.706; Lei 14.592/2023). The FCP is not taken out:
Receita Federal holds that it is not ICMS (Solução de Consulta Cosit 61/2024), which binds it; a company with a court
decision to the contrary needs its own row in ``tables/tax_bases.csv``. IPI charged on top is no revenue.
"""

from collections.abc import Iterator
from functools import partial

from ..problems import Problem, _
from ..spec import ContributionRule, Item, TaxContext, TaxResult
from .base import (
    SIMPLES,
    Amounts,
    Tax,
    base_of,
    has_base,
    missing_rule,
    percent,
    rate_problem,
    situation_problem,
    situations,
)


def problems(name: str, context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What keeps the contribution ``name`` (pis or cofins) from being computed right."""
    rule: ContributionRule = getattr(item.rules, name)
    path = f"{path}.rules.{name}"
    if problem := situation_problem("contribution", rule.cst, f"{path}.cst"):
        yield problem
        return
    if problem := rate_problem(rule.rate, f"{path}.rate"):
        yield problem
    params = {"tax": name.upper(), "cst": rule.cst}
    treatment = situations("contribution")[rule.cst].treatment
    if rule.rate and treatment == "exempt":
        yield Problem(
            "contribution_rate_unexpected",
            f"{path}.rate",
            _("%(tax)s CST %(cst)s is not taxed, but the rule has a rate."),
            _("Use CST 01 or 02, or leave the rate at zero."),
            params,
        )
    if not rule.rate and treatment == "taxed":
        yield Problem(
            "contribution_rate_missing",
            f"{path}.rate",
            _("%(tax)s CST %(cst)s needs a rate."),
            _("Give the rate: 0.65/3 cumulative, 1.65/7.6 non-cumulative; a rate of zero is CST 06."),
            params,
        )
    if rule.rate and context.emitter_crt in SIMPLES:
        yield Problem(
            "contribution_taxed_in_simples",
            f"{path}.rate",
            _("A company of Simples Nacional pays %(tax)s in the DAS (LC 123/2006 art. 13), not item by item."),
            _("Use CST 49 or 99 with a rate of zero."),
            params,
        )
    if rule.rate and not has_base(name, context.issue_date):
        yield missing_rule("rule_missing_period", path, tax=name.upper(), day=context.issue_date)


def compute(name: str, context: TaxContext, item: Item, so_far: Amounts) -> TaxResult:
    """vPIS or vCOFINS = base × rate, 2 decimals, ROUND_HALF_UP. Without a rate base and amount are zero."""
    rule: ContributionRule = getattr(item.rules, name)
    if not rule.rate:
        return TaxResult(rule.cst)
    base = base_of(name, context, so_far)
    return TaxResult(rule.cst, base, rule.rate, percent(base, rule.rate))


def amounts(tag: str, result: TaxResult) -> Amounts:
    return {tag: result.amount}


PIS = Tax("pis", partial(problems, "pis"), partial(compute, "pis"), partial(amounts, "vPIS"))
COFINS = Tax("cofins", partial(problems, "cofins"), partial(compute, "cofins"), partial(amounts, "vCOFINS"))
