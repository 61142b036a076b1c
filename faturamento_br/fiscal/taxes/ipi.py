"""IPI of a sale (Decreto 7.212/2010, RIPI).

The base is the value of the operation with freight, insurance and other charges (RIPI art. 190 §1). An unconditional
discount is taken off: RIPI art. 190 §3 still says otherwise, but STF RE 567.935 (tema 84) held the law behind it
unconstitutional and Resolução do Senado 1/2017 suspended it for everybody. Freight stays in: the decisions against
it bind only their parties.
"""

from collections.abc import Iterator

from ..problems import Problem, _
from ..spec import Item, TaxContext, TaxResult
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


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What keeps IPI from being computed right; nothing when the item has no IPI rule."""
    rule = item.rules.ipi
    if rule is None:
        return
    path = f"{path}.rules.ipi"
    if problem := situation_problem("ipi", rule.cst, f"{path}.cst"):
        yield problem
        return
    if problem := rate_problem(rule.rate, f"{path}.rate"):
        yield problem
    treatment = situations("ipi")[rule.cst].treatment
    if rule.rate and treatment == "exempt":
        yield Problem(
            "ipi_rate_unexpected",
            f"{path}.rate",
            _("IPI CST %(cst)s is not taxed, but the rule has a rate."),
            _("Use CST 50, or leave the rate at zero."),
            {"cst": rule.cst},
        )
    if not rule.rate and treatment == "taxed":
        yield Problem(
            "ipi_rate_missing",
            f"{path}.rate",
            _("IPI CST 50 needs a rate."),
            _("Give the rate of the TIPI for this NCM; a rate of zero is CST 51."),
        )
    if rule.rate and context.emitter_crt in SIMPLES:
        yield Problem(
            "ipi_taxed_in_simples",
            f"{path}.rate",
            _("A company of Simples Nacional pays IPI in the DAS (LC 123/2006 art. 13 II), not on the document."),
            _("Use CST 99 with a rate of zero, or no IPI."),
        )
    if rule.rate and not has_base("ipi", context.issue_date):
        yield missing_rule("rule_missing_period", path, tax="IPI", day=context.issue_date)


def compute(context: TaxContext, item: Item, so_far: Amounts) -> TaxResult | None:
    """vIPI = base × rate, 2 decimals, ROUND_HALF_UP. Without a rate base and amount are zero."""
    rule = item.rules.ipi
    if rule is None:
        return None
    if not rule.rate:
        return TaxResult(rule.cst, cEnq=rule.cEnq)
    base = base_of("ipi", context, so_far)
    return TaxResult(rule.cst, base, rule.rate, percent(base, rule.rate), rule.cEnq)


def amounts(result: TaxResult | None) -> Amounts:
    return {"vIPI": result.amount} if result else {}


TAX = Tax("ipi", problems, compute, amounts)
