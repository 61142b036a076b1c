"""IBS and CBS of a sale in 2026 (LC 214/2025; NT 2025.002-RTC): informative, in neither the total nor the journal.

The base is the formula of ``tables/tax_bases.csv``, the rates are those of the year (``ibs_cbs_rates.csv``), and the
reduction is that of the cClassTrib (``ibs_cbs_classes.csv``). Effective rate = rate × (1 − reduction), 4 decimals;
amount = base × effective rate, 2 decimals; both ROUND_HALF_UP. Simples Nacional does not fill the groups before 2027.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from textwrap import shorten

from ..problems import Problem, _
from ..spec import IbsCbsResult, IbsCbsRule, Item, TaxContext
from ..tables import rows
from .base import HUNDRED, RATE_STEP, Amounts, Tax, base_of, in_force, missing_rule, percent, rate_problem

#: Treatments of a cClassTrib that this stage computes.
KNOWN = frozenset({"integral", "reduced", "zero"})
#: The rates of a rule, and the columns of ``ibs_cbs_rates.csv`` they default to.
RATE_FIELDS = ("ibs_uf_rate", "ibs_city_rate", "cbs_rate")
RATE_COLUMNS = ("ibs_uf", "ibs_city", "cbs")


def is_due(context: TaxContext) -> bool:
    """Whether the emitter's regime must fill the groups on the issue date."""
    row = _obligations().get(context.emitter_crt)
    return row is not None and row["required_from"] <= context.issue_date.isoformat()


@lru_cache(maxsize=1024)
def year_row(day: date) -> Mapping[str, str] | None:
    """The row of ``ibs_cbs_rates.csv`` in force on ``day``."""
    return next(in_force(rows("ibs_cbs_rates"), day), None)


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What keeps IBS and CBS from being computed right for ``item``."""
    rule, obligation = item.rules.ibs_cbs, _obligations().get(context.emitter_crt)
    if obligation is None or (rule is None and not is_due(context)):
        return
    path = f"{path}.rules.ibs_cbs"
    if not int(obligation["supported"]):
        if is_due(context):
            yield missing_rule("rule_missing_ibs_cbs_simples", path, since=obligation["required_from"])
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
    yield from _class_problems(context, rule, path)
    yield from _rate_problems(context, rule, path)


def compute(context: TaxContext, item: Item, so_far: Amounts) -> IbsCbsResult | None:
    """The IBSCBS group of ``item``, or ``None`` without a rule or when the emitter does not fill it."""
    rule, obligation = item.rules.ibs_cbs, _obligations().get(context.emitter_crt)
    if rule is None or obligation is None or not int(obligation["supported"]):
        return None
    ibs_reduction, cbs_reduction = _reductions(rule.cClassTrib)
    ibs_uf, ibs_city, cbs = _rates(rule, context.issue_date)
    base = base_of("ibs_cbs", context, so_far)
    ibs_uf_effective = _effective(ibs_uf, ibs_reduction)
    ibs_city_effective = _effective(ibs_city, ibs_reduction)
    cbs_effective = _effective(cbs, cbs_reduction)
    return IbsCbsResult(
        cst=rule.cst,
        cClassTrib=rule.cClassTrib,
        base=base,
        ibs_uf_rate=ibs_uf,
        ibs_uf_amount=percent(base, ibs_uf_effective),
        ibs_city_rate=ibs_city,
        ibs_city_amount=percent(base, ibs_city_effective),
        cbs_rate=cbs,
        cbs_amount=percent(base, cbs_effective),
        ibs_reduction=ibs_reduction,
        cbs_reduction=cbs_reduction,
        ibs_uf_effective=ibs_uf_effective,
        ibs_city_effective=ibs_city_effective,
        cbs_effective=cbs_effective,
    )


def amounts(result: IbsCbsResult | None) -> Amounts:
    if result is None:
        return {}
    return {
        "vBCIBSCBS": result.base,
        "vIBSUF": result.ibs_uf_amount,
        "vIBSMun": result.ibs_city_amount,
        "vIBS": result.ibs_amount,
        "vCBS": result.cbs_amount,
    }


TAX = Tax("ibs_cbs", problems, compute, amounts)


@cache
def _obligations() -> Mapping[str, Mapping[str, str]]:
    return {row["crt"]: row for row in rows("ibs_cbs_obligation")}


@cache
def _classes() -> Mapping[str, Mapping[str, str]]:
    return {row["cClassTrib"]: row for row in rows("ibs_cbs_classes")}


@cache
def _reductions(code: str) -> tuple[Decimal, Decimal]:
    row = _classes()[code]
    return Decimal(row["reduction_ibs"]), Decimal(row["reduction_cbs"])


def _rates(rule: IbsCbsRule, day: date) -> tuple[Decimal, ...]:
    own = (rule.ibs_uf_rate, rule.ibs_city_rate, rule.cbs_rate)
    year = _year_rates(day)
    if own == (None, None, None):
        return year
    return tuple(table if rate is None else rate for rate, table in zip(own, year, strict=True))


@lru_cache(maxsize=1024)
def _year_rates(day: date) -> tuple[Decimal, ...]:
    row = year_row(day)
    return tuple(Decimal(row[column]) for column in RATE_COLUMNS)


def _effective(rate: Decimal, reduction: Decimal) -> Decimal:
    if not reduction:
        return rate
    return (rate * (HUNDRED - reduction) / HUNDRED).quantize(RATE_STEP, ROUND_HALF_UP)


def _class_problems(context: TaxContext, rule: IbsCbsRule, path: str) -> Iterator[Problem]:
    row = _classes().get(rule.cClassTrib)
    params = {"code": rule.cClassTrib, "cst": rule.cst, "day": context.issue_date}
    path = f"{path}.cClassTrib"
    if row is None:
        yield Problem(
            "ibs_cbs_class_unknown",
            path,
            _("%(code)s is not a cClassTrib."),
            _("Choose a code of the official table."),
            params,
        )
        return
    if row["CST"] != rule.cst:
        yield Problem(
            "ibs_cbs_cst_mismatch",
            path,
            _("cClassTrib %(code)s belongs to CST %(official)s, not %(cst)s."),
            _("Its first three digits are its CST: change one of the two."),
            {**params, "official": row["CST"]},
        )
    if not any(in_force((row,), context.issue_date)):
        yield Problem(
            "ibs_cbs_class_expired",
            path,
            _("cClassTrib %(code)s is not in force on %(day)s."),
            _("Choose a code in force."),
            params,
        )
    if row["nfe"] != "1":
        yield Problem(
            "ibs_cbs_class_not_nfe",
            path,
            _("cClassTrib %(code)s is not for NF-e."),
            _("Choose a code for sales of goods."),
            params,
        )
    if row["treatment"] not in KNOWN:
        meaning = shorten(row["description"], 120, placeholder="…")
        yield missing_rule("rule_missing_ibs_cbs", path, code=rule.cClassTrib, meaning=meaning)


def _rate_problems(context: TaxContext, rule: IbsCbsRule, path: str) -> Iterator[Problem]:
    row = year_row(context.issue_date)
    if row is None:
        yield missing_rule("rule_missing_period", path, tax="IBS/CBS", day=context.issue_date)
        return
    if row["informative"] != "1":
        # Once due, IBS and CBS change vItem, the total and the journal: not a matter of rates alone.
        yield missing_rule("rule_missing_ibs_cbs_due", path, since=row["valid_from"])
        return
    for field, official in zip(RATE_FIELDS, _year_rates(context.issue_date), strict=True):
        own = getattr(rule, field)
        if own is None:
            continue
        if problem := rate_problem(own, f"{path}.{field}"):
            yield problem
        elif own != official:
            yield Problem(
                "ibs_cbs_rate",
                f"{path}.{field}",
                _("The rate of %(day)s is %(official)s %%, not %(rate)s %% (rejections 1026, 1036, 1037)."),
                _("Leave the rate empty: the official one is used."),
                {"day": context.issue_date, "official": official, "rate": own},
            )
