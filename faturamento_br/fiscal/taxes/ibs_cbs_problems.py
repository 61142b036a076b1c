"""What keeps IBS and CBS from being computed right: of the emitter, the class, its rates and its groups."""

from collections.abc import Iterator
from decimal import Decimal

from ..problems import Problem, _
from ..spec import IbsCbsRule, Item, TaxContext
from .base import missing_rule, rate_problem
from .ibs_cbs_groups import group_problems
from .ibs_cbs_single_phase import single_phase_problems
from .ibs_cbs_tables import (
    RATE_COLUMNS,
    RATE_FIELDS,
    TaxClass,
    find_class,
    government_row,
    obligations,
    year_rates,
    year_row,
)

ENTITIES = frozenset("123456")
#: A payment (tpOperGov 2) is no sale: its document has no ICMS (rule B25-80).
OPERATIONS = frozenset("134")


def is_due(context: TaxContext) -> bool:
    """Whether the emitter's regime must fill the groups on the issue date."""
    row = obligations().get(context.emitter_crt)
    return row is not None and row["required_from"] <= context.issue_date.isoformat()


def is_filled(context: TaxContext) -> bool:
    """Whether the emitter fills the groups it has rules for.

    The normal regime whenever it has them; Simples when its option for the regular regime counts (art. 41 §3).
    """
    row = obligations().get(context.emitter_crt)
    if row is None:
        return False
    return row["optional"] != "1" or (context.regular_ibs_cbs and is_due(context))


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What keeps IBS and CBS from being computed right for ``item``."""
    rule, obligation = item.rules.ibs_cbs, obligations().get(context.emitter_crt)
    if obligation is None or (rule is None and not is_due(context)):
        return
    path = f"{path}.rules.ibs_cbs"
    if not is_filled(context):
        if is_due(context):
            yield missing_rule(
                "rule_missing_ibs_cbs_simples", "emitter.regular_ibs_cbs", since=obligation["required_from"]
            )
        return
    if rule is None:
        yield Problem(
            "ibs_cbs_missing",
            path,
            _("Since %(since)s a company with CRT %(crt)s must fill IBS and CBS."),
            _("Give the product its CST and cClassTrib."),
            {"since": obligation["required_from"], "crt": context.emitter_crt},
        )
        return
    if year_row(context.issue_date) is None:
        yield missing_rule("rule_missing_period", path, tax="IBS/CBS", day=context.issue_date)
        return
    yield from _class_problems(context, rule, f"{path}.cClassTrib")
    found = find_class(rule.cClassTrib)
    if found is None:
        return
    yield from _rate_problems(context, rule, found, path)
    yield from group_problems(context, item, found, path)
    if found.single_phase:
        yield from single_phase_problems(context, rule, found, path)
    if context.government:
        yield from _government_problems(context, found, path)


def _class_problems(context: TaxContext, rule: IbsCbsRule, path: str) -> Iterator[Problem]:
    found = find_class(rule.cClassTrib)
    params = {"code": rule.cClassTrib, "cst": rule.cst, "day": context.issue_date}
    if found is None:
        yield Problem(
            "ibs_cbs_class_unknown",
            path,
            _("%(code)s is not a cClassTrib."),
            _("Choose a code of the official table."),
            params,
        )
        return
    if found.cst != rule.cst:
        yield Problem(
            "ibs_cbs_cst_mismatch",
            path,
            _("cClassTrib %(code)s belongs to CST %(official)s, not %(cst)s."),
            _("Its first three digits are its CST: change one of the two."),
            {**params, "official": found.cst},
        )
    text = context.issue_date.isoformat()
    if not found.row["valid_from"] <= text <= (found.row["valid_to"] or text):
        yield Problem(
            "ibs_cbs_class_expired",
            path,
            _("cClassTrib %(code)s is not in force on %(day)s."),
            _("Choose a code in force."),
            params,
        )
    if not found.nfe:
        yield Problem(
            "ibs_cbs_class_not_nfe",
            path,
            _("cClassTrib %(code)s is not for NF-e."),
            _("Choose a code for sales of goods."),
            params,
        )
    if found.note:
        yield Problem(
            "ibs_cbs_class_note",
            path,
            _("cClassTrib %(code)s is for debit or credit notes (%(notes)s), not for a sale (rejection 1202)."),
            _("Choose a code for sales of goods; such a note has no rule yet in this version."),
            {**params, "notes": found.note},
        )


def _rate_problems(context: TaxContext, rule: IbsCbsRule, found: TaxClass, path: str) -> Iterator[Problem]:
    """Rates that are no percentages, contradict the law, or are not to be had (rejections 1026, 1036, 1037)."""
    wanted = found.taxed or bool(rule.regular_class)
    for name, column, official in zip(RATE_FIELDS, RATE_COLUMNS, year_rates(context.issue_date), strict=True):
        own, here = getattr(rule, name), f"{path}.{name}"
        params = {"tax": _tax(column), "day": context.issue_date, "official": official, "rate": own}
        if own is not None and (problem := rate_problem(own, here)):
            yield problem
        elif own is not None and official is not None and own != official and not found.own_rates:
            yield Problem(
                "ibs_cbs_rate",
                here,
                _("The rate of %(day)s is %(official)s %%, not %(rate)s %% (rejections 1026, 1036, 1037)."),
                _("Leave the rate empty: the official one is used."),
                params,
            )
        elif own is None and wanted and (official is None or found.own_rates):
            yield Problem(
                "ibs_cbs_rate_unknown",
                here,
                _("The rate of %(tax)s on %(day)s is not in the tables: no act had set it when they were made."),
                _("Give the rate in the tax rule, with the act that sets it."),
                params,
            )
    for name in ("deferral_rate", "cbs_return_rate"):
        if problem := rate_problem(getattr(rule, name), f"{path}.{name}"):
            yield problem


def _tax(column: str) -> str:
    return {"ibs_uf": "IBS (UF)", "ibs_city": "IBS (Mun)", "cbs": "CBS"}[column]


def _government_problems(context: TaxContext, found: TaxClass, path: str) -> Iterator[Problem]:
    """gCompraGov: what decides the rates; its references are the document's matter."""
    given, row = context.government, government_row(context.issue_date)
    if given.entity not in ENTITIES:
        yield _government_problem("entity", given.entity, _("Choose 1 to 6: who of the administration buys."))
    if given.operation not in OPERATIONS:
        cure = _("Choose 1, 3 or 4; the note of a payment (2) has no rule yet.")
        yield _government_problem("operation", given.operation, cure)
    if problem := rate_problem(given.rate_reduction, "government.rate_reduction"):
        yield problem
    elif row is None:
        yield missing_rule("rule_missing_period", "government", tax="gCompraGov", day=context.issue_date)
    elif row["reduction"] and given.rate_reduction != Decimal(row["reduction"]):
        cure = _("Give the reducer that is published for that day (in 2026 it is zero).")
        yield _government_problem("rate_reduction", given.rate_reduction, cure)
    if found.regular:
        yield missing_rule("rule_missing_government_regular", f"{path}.cClassTrib", code=found.code)


def _government_problem(name: str, value: object, cure: str) -> Problem:
    message = _("%(value)s is not right for a government purchase.")
    return Problem("government_invalid", f"government.{name}", message, cure, {"value": value})
