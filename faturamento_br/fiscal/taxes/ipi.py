"""IPI (Decreto 7.212/2010, RIPI).

Base of a sale: the value of the operation with freight, insurance and other charges (RIPI art. 190 §1). An
unconditional discount is taken off: RIPI art. 190 §3 still says otherwise, but STF RE 567.935 (tema 84) held the law
behind it unconstitutional and Resolução do Senado 1/2017 suspended it for everybody. Freight stays in: the decisions
against it bind only their parties. Base of an import: the customs value and the import duty (art. 190 I a).

By unit (RIPI arts. 200 to 210, cigarettes and others of Notas Complementares of the TIPI): quantity × value by unit.

A company of Simples pays it in the DAS, but for imports (LC 123/2006 art. 13 II). From 2027 the rate is zero but for
goods that compete with Manaus (LC 214/2025 art. 454): whether a NCM is one, and what its base is then, is not known
here, so a rate is refused by the date; situations without tax pass (:mod:`.transition` makes them of those said).
"""

from collections.abc import Iterator

from ..problems import Problem, _
from ..spec import IpiRule, Item, TaxContext, TaxResult
from . import units
from .base import (
    SIMPLES,
    Amounts,
    Compute,
    Tax,
    always,
    has_base,
    is_import,
    prepare_rate,
    rate_problem,
    side_problem,
    situation_problem,
    situations,
)

#: The first situation of an exit (SPED table 4.3.2); those below are of entries.
FIRST_EXIT = "50"


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What keeps IPI from being computed right; nothing when the item has no IPI rule."""
    rule = item.rules.ipi
    if rule is None:
        return
    path = f"{path}.rules.ipi"
    if problem := situation_problem("ipi", rule.cst, f"{path}.cst"):
        yield problem
        return
    if problem := side_problem(context, "IPI", rule.cst, rule.cst < FIRST_EXIT, f"{path}.cst"):
        yield problem
    if problem := rate_problem(rule.rate, f"{path}.rate"):
        yield problem
    yield from units.problems(rule, path)
    yield from _value_problems(context, rule, path)


def _value_problems(context: TaxContext, rule: IpiRule, path: str) -> Iterator[Problem]:
    treatment = situations("ipi")[rule.cst].treatment
    given = rule.rate or rule.unit_value
    field = f"{path}.unit_value" if rule.unit_value else f"{path}.rate"
    if treatment == "exempt" and (rule.rate or rule.unit_value is not None):
        yield Problem(
            "ipi_rate_unexpected",
            field,
            _("IPI CST %(cst)s is not taxed, but the rule has a rate."),
            _("Use CST 50, or leave the rate at zero."),
            {"cst": rule.cst},
        )
    if treatment == "taxed" and not given:
        yield Problem(
            "ipi_rate_missing",
            field,
            _("IPI CST 50 needs a rate."),
            _("Give the rate of the TIPI for this NCM; a rate of zero is CST 51."),
        )
    if given and context.emitter_crt in SIMPLES and not is_import(context):
        yield Problem(
            "ipi_taxed_in_simples",
            field,
            _("A company of Simples Nacional pays IPI in the DAS (LC 123/2006 art. 13 II), not on the document."),
            _("Use CST 99 with a rate of zero, or no IPI."),
        )
    if given and not has_base("ipi", context.issue_date):
        yield Problem(
            "ipi_after_2026",
            f"{path}.reform",
            _(
                "On %(day)s IPI is zero, but for goods that are made in Manaus with an incentive (LC 214/2025, art. "
                "454), and nobody has said whether these are such goods."
            ),
            _("Say on the product or its category what its IPI is from 2027 on; one that is kept has no rule yet."),
            {"day": context.issue_date},
        )


def prepare(context: TaxContext, item: Item) -> Compute:
    """vIPI = base × rate, or quantity × unit value; 2 decimals, ROUND_HALF_UP. Without either all are zero."""
    rule = item.rules.ipi
    if rule is None:
        return always(None)
    if rule.unit_value is not None:
        return units.prepare(rule, TaxResult(rule.cst, cEnq=rule.cEnq, unit_value=rule.unit_value))
    if not rule.rate:
        return always(TaxResult(rule.cst, cEnq=rule.cEnq))
    return prepare_rate("ipi", context, TaxResult(rule.cst, rate=rule.rate, cEnq=rule.cEnq))


def amounts(result: TaxResult | None) -> Amounts:
    return {"vIPI": result.amount} if result else {}


TAX = Tax("ipi", problems, prepare, amounts)
