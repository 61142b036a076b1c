"""What is checked of the values of an ICMS rule: those its situation uses are there and right, no others are given.

``tables/icms_groups.csv`` is the layout's: which parts the group of a situation has (proved against the XSD by tests).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from ..problems import Problem, _
from ..spec import ZERO, IcmsRule, Item, TaxContext
from ..tables import rows
from . import icms_relief
from .base import Situation, is_import, is_interstate, is_partial, missing_rule, rate_problem, situations
from .icms_rates import modal_problem, own_fcp_rate, own_rate, table_rate

#: The values of a rule, by the part of the group that they fill.
PARTS: Mapping[str, tuple[str, ...]] = {
    "own": ("base_margin_rate", "base_unit_price"),
    "fcp": ("fcp_rate",),
    "reduction": ("base_reduction",),
    "deferral": ("deferral_rate", "fcp_deferral_rate", "reduction_benefit_code"),
    "relief": ("relief_reason", "relief_method", "relief_deducts"),
    "retained": ("retained_base", "retained_rate", "retained_substitute", "retained_amount"),
    "retained_fcp": ("retained_fcp_base", "retained_fcp_rate", "retained_fcp_amount"),
    "effective": ("effective_rate", "effective_reduction"),
    "destination": ("destination_st_base", "destination_st_amount"),
    "share": ("share_rate", "share_uf"),
}
#: Amounts of these parts say something even when they are zero.
STATED = frozenset({"retained", "retained_fcp", "destination"})
PERCENTAGES = (
    *("rate", "base_reduction", "fcp_rate", "deferral_rate", "fcp_deferral_rate", "retained_rate"),
    *("retained_fcp_rate", "effective_rate", "effective_reduction", "share_rate"),
)
BASE_MODES = frozenset("0123")
MARGIN_LIMIT = Decimal(1000)
#: Stands for the rate that the tables will give, where only the other values are judged.
SOME_RATE = Decimal(1)
#: Simples withholds from what it would owe: a reduction of that is not written (group N10b).
DEDUCTED_ONLY = frozenset({"201", "202", "203"})


@dataclass(frozen=True)
class Group:
    """How a situation is written: its group, the parts it has, the reasons of relief it takes."""

    tag: str
    parts: frozenset[str]
    reasons: frozenset[str]
    st_reasons: frozenset[str]


@cache
def groups() -> Mapping[str, Group]:
    """The situations of ``tables/icms_groups.csv``, by CST or CSOSN."""
    return {
        row["code"]: Group(row["group"], *(frozenset(row[name].split()) for name in ("parts", "reasons", "st_reasons")))
        for row in rows("icms_groups")
    }


def code_of(rule: IcmsRule) -> str:
    """The CST or CSOSN of ``rule``."""
    return rule.csosn or rule.cst


def is_taxed(rule: IcmsRule, treatment: str) -> bool:
    """Whether the own operation has a base, a rate and an amount; a rate of zero says that "other" has none."""
    return treatment in ("taxed", "reduced") or (treatment in ("deferred", "other") and not states_none(rule))


def states_none(rule: IcmsRule) -> bool:
    """The rule says with a rate of zero that the document states no ICMS of its own (CST 51 and 90, CSOSN 900)."""
    return rule.rate is not None and not rule.rate


def problems(context: TaxContext, item: Item, situation: Situation, path: str) -> Iterator[Problem]:
    """Everything wrong with the values of the ICMS rule of ``item``; ``path`` leads to the rule."""
    rule = item.rules.icms
    group = groups().get(code_of(rule))
    if group is None:  # single-phase situations have values of their own
        return
    taxed = is_taxed(rule, situation.treatment)
    parts = _parts(rule, group, taxed)
    yield from _unexpected(rule, parts, path)
    for name in PERCENTAGES:
        value = getattr(rule, name)
        if value is not None and (problem := rate_problem(value, f"{path}.{name}")):
            yield problem
    if taxed:
        yield from _taxed_problems(context, item, situation, path)
    if taxed and "deferral" in parts:
        yield from _deferral_problems(context, item, situation, path)
    if "relief" in parts:
        if rule.relief_reason and not taxed and (problem := modal_problem(context, item, path)):
            yield problem
        yield from icms_relief.problems(rule, group.reasons, own_rate(context, item), path)
    if parts & {"retained", "destination"}:
        yield from _retained_problems(rule, path)
    if "effective" in parts:
        yield from _effective_problems(rule, path)
    if "share" in parts:
        yield from _share_problems(rule, path)
    yield from _credit_problems(rule, group, situation, path)


def value_problems(rule: IcmsRule, path: str) -> Iterator[Problem]:
    """What is wrong with the values of ``rule`` whoever sells to whom: told when it is saved, not when it is used.

    A rate that is lacking is not: the tables or the internal rate may have it, and the document asks otherwise.
    """
    table = situations("icms_csosn" if rule.csosn else "icms_cst")
    group, situation = groups().get(code_of(rule)), table.get(code_of(rule))
    if group is None or situation is None:
        return
    taxed = is_taxed(rule, situation.treatment)
    parts = _parts(rule, group, taxed)
    yield from _unexpected(rule, parts, path)
    if taxed:
        yield from _base_problems(rule, situation, path)
        if "deferral" in parts and situation.treatment == "deferred" and not rule.deferral_rate:
            yield _deferral_missing(path)
    if "relief" in parts:
        yield from icms_relief.problems(rule, group.reasons, rule.rate or SOME_RATE, path)
    if "effective" in parts:
        yield from _effective_problems(rule, path)
    if "share" in parts:
        yield from _share_problems(rule, path)
    yield from _credit_problems(rule, group, situation, path)


def unexpected(path: str) -> Problem:
    """A value that the situation does not use."""
    return Problem(
        "icms_value_unexpected",
        path,
        _("The ICMS rule has a value that its situation does not use."),
        _("Clear it, or choose the situation it belongs to."),
    )


def margin_problem(value: Decimal, path: str) -> Problem | None:
    """A margin that the layout cannot hold: it must be 0 to 999.9999 with at most 4 decimals."""
    if value.is_finite() and ZERO <= value < MARGIN_LIMIT and value == round(value, 4):
        return None
    return Problem(
        "margin_invalid",
        path,
        _("%(rate)s is not a valid margin."),
        _("Give a percentage from 0 to 999.9999 with at most 4 decimals."),
        {"rate": value},
    )


def price_problem(value: Decimal | None, path: str) -> Problem | None:
    """A price per unit that is missing or cannot be used: above zero, 10 decimals, 11 digits before them."""
    if value is not None and value.is_finite() and ZERO < value < Decimal("1E11") and value == round(value, 10):
        return None
    return Problem(
        "icms_price_missing",
        path,
        _("The price per unit of the tax office's list is missing or not valid."),
        _("Give the price that the state publishes for these goods, per taxable unit."),
    )


def _parts(rule: IcmsRule, group: Group, taxed: bool) -> frozenset[str]:
    parts = group.parts
    if not taxed:
        parts -= {"own", "fcp", "reduction", "deferral"}
    if rule.share_rate is not None:
        parts -= {"relief", "deferral"}
    if "retained" in parts or ("destination" in parts and rule.destination_st_base is not None):
        parts |= {"retained", "retained_fcp"}
    if code_of(rule) in DEDUCTED_ONLY:
        parts |= {"reduction"}
    return parts


def _unexpected(rule: IcmsRule, parts: frozenset[str], path: str) -> Iterator[Problem]:
    for part, names in PARTS.items():
        if part in parts:
            continue
        for name in names:
            value = getattr(rule, name)
            if value is not None and (value or (part in STATED and isinstance(value, Decimal))):
                yield unexpected(f"{path}.{name}")
                break
    if rule.base_mode != "3" and "own" not in parts:
        yield unexpected(f"{path}.base_mode")


def _taxed_problems(context: TaxContext, item: Item, situation: Situation, path: str) -> Iterator[Problem]:
    rule = item.rules.icms
    if situation.treatment == "other" and rule.rate is None:
        yield _rate_unsaid(rule, path)
        return
    if rule.fcp_rate and is_interstate(context):
        yield missing_rule("rule_missing_fcp_interstate", f"{path}.fcp_rate")
    if context.recipient_uf != "EX" or is_import(context):
        yield from _rate_problems(context, item, path)
    yield from _base_problems(rule, situation, path)


def _base_problems(rule: IcmsRule, situation: Situation, path: str) -> Iterator[Problem]:
    """How the base is found and reduced."""
    if situation.treatment == "reduced" and not is_partial(rule.base_reduction):
        yield Problem(
            "icms_reduction_missing",
            f"{path}.base_reduction",
            _("CST %(code)s needs a base reduction above 0 and below 100 per cent."),
            _("Give the reduction, or use CST 00 or 10 (none), or 40 or 30 (all)."),
            {"code": rule.cst},
        )
    elif rule.base_reduction and not is_partial(rule.base_reduction):
        yield unexpected(f"{path}.base_reduction")
    if rule.base_mode not in BASE_MODES:
        yield Problem(
            "icms_base_mode",
            f"{path}.base_mode",
            _("%(mode)s is not a way to find the base of ICMS (modBC)."),
            _("Choose 0 margin, 1 price list, 2 maximum price or 3 value of the operation."),
            {"mode": rule.base_mode},
        )
    elif rule.base_mode == "0":
        if rule.base_margin_rate is None:
            yield Problem(
                "icms_margin_missing",
                f"{path}.base_margin_rate",
                _("The base of ICMS by margin (modBC 0) needs the margin."),
                _("Give the percentage, or use the value of the operation (modBC 3)."),
            )
        elif problem := margin_problem(rule.base_margin_rate, f"{path}.base_margin_rate"):
            yield problem
    elif rule.base_mode in "12" and (problem := price_problem(rule.base_unit_price, f"{path}.base_unit_price")):
        yield problem
    if rule.base_mode != "0" and rule.base_margin_rate is not None:
        yield unexpected(f"{path}.base_margin_rate")
    if rule.base_mode not in ("1", "2") and rule.base_unit_price is not None:
        yield unexpected(f"{path}.base_unit_price")


def _rate_unsaid(rule: IcmsRule, path: str) -> Problem:
    return Problem(
        "icms_rate_unsaid",
        f"{path}.rate",
        _("ICMS situation %(code)s does not say by itself whether tax is due, nor at which rate."),
        _("Give the rate in the tax rule; zero when the document states no ICMS of its own."),
        {"code": code_of(rule)},
    )


def _rate_problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """No rate to be had, a rate of zero, or one above the interstate rate (rejections 663 and 693)."""
    rate, official = item.rules.icms.rate, table_rate(context, item)
    params = {"origin": context.emitter_uf, "destination": context.recipient_uf, "day": context.issue_date}
    if problem := modal_problem(context, item, path):
        yield problem
    if rate is None and official is None:
        yield Problem(
            "icms_rate_unknown",
            f"{path}.rate",
            _("No ICMS rate is known from %(origin)s to %(destination)s on %(day)s."),
            _("Give the rate in the tax rule."),
            params,
        )
    elif rate is not None and not rate:
        yield Problem(
            "icms_rate_zero",
            f"{path}.rate",
            _("A taxed ICMS situation needs a rate above zero."),
            _("Leave the rate empty to use the official table, or use CST 40 or 41."),
        )
    elif rate is not None and is_interstate(context) and official is not None and rate.is_finite() and rate > official:
        yield Problem(
            "icms_rate_interstate",
            f"{path}.rate",
            _("%(rate)s %% is above the interstate rate from %(origin)s to %(destination)s, %(official)s %%."),
            _("Leave the rate empty for sales to other states."),
            {**params, "rate": rate, "official": official},
        )


def _deferral_problems(context: TaxContext, item: Item, situation: Situation, path: str) -> Iterator[Problem]:
    """CST 51 says how much is deferred, and who defers says how much of the FCP, when there is one."""
    rule = item.rules.icms
    if situation.treatment == "deferred" and not rule.deferral_rate:
        yield _deferral_missing(path)
    if rule.deferral_rate and own_fcp_rate(context, item) and rule.fcp_deferral_rate is None:
        yield Problem(
            "icms_fcp_deferral_missing",
            f"{path}.fcp_deferral_rate",
            _("The FCP of a deferred operation needs its own percentage of deferral."),
            _("Give it; zero when the FCP is due now."),
        )


def _deferral_missing(path: str) -> Problem:
    return Problem(
        "icms_deferral_missing",
        f"{path}.deferral_rate",
        _("CST 51 needs the percentage that is deferred."),
        _("Give it: 100 when all is deferred. Without any deferral the situation is 00 or 20."),
    )


def _retained_problems(rule: IcmsRule, path: str) -> Iterator[Problem]:
    """Base, rate and amount retained go together or not at all (groups N08, N10b and N10g); so do those of the FCP.

    vICMSSubstituto may lack; the group ICMSST may do without pST, but needs both amounts of both UFs.
    """
    together = (rule.retained_base, rule.retained_rate, rule.retained_amount)
    given = sum(value is not None for value in together)
    passed_on = sum(value is not None for value in (rule.destination_st_base, rule.destination_st_amount))
    whole = (0, len(together)) if not passed_on else (len(together), len(together) - (rule.retained_rate is None))
    if given not in whole or passed_on == 1 or (not given and rule.retained_substitute is not None):
        yield Problem(
            "icms_retained_incomplete",
            f"{path}.retained_base",
            _("The ICMS retained before is incomplete."),
            _("Give its base, its rate and the amount retained, or none of them."),
        )
    fund = (rule.retained_fcp_base, rule.retained_fcp_rate, rule.retained_fcp_amount)
    if any(value is not None for value in fund) and (None in fund or not rule.retained_fcp_rate):
        yield Problem(
            "icms_retained_fcp_incomplete",
            f"{path}.retained_fcp_base",
            _("The FCP retained before is incomplete, or its rate is zero (rejection 881)."),
            _("Give its base, its rate and the amount retained, or none of them."),
        )


def _effective_problems(rule: IcmsRule, path: str) -> Iterator[Problem]:
    if rule.effective_reduction and rule.effective_rate is None:
        yield Problem(
            "icms_effective_rate_missing",
            f"{path}.effective_rate",
            _("The effective ICMS (pRedBCEfet) needs its rate (pICMSEfet)."),
            _("Give the internal rate of the goods, FCP included, or clear the reduction."),
        )


def _share_problems(rule: IcmsRule, path: str) -> Iterator[Problem]:
    if rule.share_rate is None and not rule.share_uf:
        return
    if rule.share_rate and rule.share_uf in _ufs():
        return
    yield Problem(
        "icms_share_incomplete",
        f"{path}.share_rate",
        _("The ICMS shared between two states (group ICMSPart) is incomplete."),
        _("Give the percentage of the own base (pBCOp) and the state of the substitution (UFST), or neither."),
    )


@cache
def _ufs() -> frozenset[str]:
    return frozenset(row["uf"] for row in rows("uf"))


def _credit_problems(rule: IcmsRule, group: Group, situation: Situation, path: str) -> Iterator[Problem]:
    wanted = situation.treatment == "credit" or ("credit" in group.parts and rule.simples_credit_rate)
    if wanted and not is_partial(rule.simples_credit_rate):
        yield Problem(
            "simples_credit_rate_missing",
            f"{path}.simples_credit_rate",
            _("CSOSN %(code)s gives an ICMS credit and needs its rate (pCredSN)."),
            _("Give the ICMS share of the effective rate of last month's bracket (LC 123/2006 art. 23), or use 102."),
            {"code": rule.csosn},
        )
