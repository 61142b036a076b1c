"""ICMS of the emitter's own operation, and the general FCP inside the state (LC 87/1996, LC 123/2006).

* Base: vProd − vDesc + vFrete + vSeg + vOutro (LC 87/1996 art. 13 §1), plus IPI unless the buyer is a contributor who
  resells or industrializes (CF art. 155 §2 XI; LC 87/1996 art. 13 §2). ICMS is part of its own base, so of the price:
  nothing is added for it. CST 20 keeps base × (1 − pRedBC/100).
* Rate: the rule's, or the modal rate of the UF (without FCP), or between UFs 7 or 12 % (Resolução SF 22/1989; ES is a
  7 % destination) and 4 % for imported goods (Resolução SF 13/2012, origins 1, 2, 3, 8).
* A contributor of another state who consumes the goods owes the rate difference (CF art. 155 §2 VIII a; LC 87/1996
  art. 4 §2 I and art. 13 §§ 3 and 6): his base, not the emitter's, whose rate is the interstate one (§2 VII).
* To a non-contributor of another state the emitter owes DIFAL too: ``difal.py``.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache

from ..problems import Problem, _
from ..spec import ZERO, IcmsResult, IcmsRule, Item, TaxContext
from ..tables import rows
from .base import (
    HUNDRED,
    Amounts,
    Situation,
    Tax,
    base_of,
    in_force,
    is_interstate,
    is_partial,
    missing_rule,
    money,
    percent,
    rate_problem,
    situation_problem,
    situations,
)

#: Origins under the 4 % rate; 4, 6 and 7 are out (Resolução SF 13/2012 art. 1 §4; Ajuste SINIEF 20/2012).
IMPORTED = frozenset("1238")
ORIGINS = frozenset("012345678")
#: Regimes whose ICMS is in the DAS and whose code is a CSOSN. CRT 2 pays ICMS as any company (LC 123/2006 art. 20 §1).
CSOSN_REGIMES = frozenset("14")
REGIMES = frozenset("1234")
TAXED = frozenset({"taxed", "reduced"})


@lru_cache(maxsize=4096)
def internal_rate(uf: str, day: date) -> tuple[Decimal, Decimal] | None:
    """The modal ICMS rate of ``uf`` without FCP, and its general FCP, in force on ``day``; ``None`` when not known."""
    for row in in_force(rows("icms_internal"), day):
        if row["uf"] == uf and row["rate"]:
            return Decimal(row["rate"]), Decimal(row["fcp_rate"])
    return None


@lru_cache(maxsize=4096)
def interstate_rate(origin: str, destination: str, imported: bool, day: date) -> Decimal | None:
    """The ICMS rate from the UF ``origin`` to ``destination`` on ``day``; ``None`` when not known."""
    for row in in_force(_pairs().get((origin, destination), ()), day):
        return Decimal(row["rate_imported" if imported else "rate"])
    return None


def table_rate(context: TaxContext, item: Item) -> Decimal | None:
    """The rate of the official tables for ``item``: interstate, or the modal one inside the state."""
    if is_interstate(context):
        imported = item.origin in IMPORTED
        return interstate_rate(context.emitter_uf, context.recipient_uf, imported, context.issue_date)
    found = internal_rate(context.emitter_uf, context.issue_date)
    return found[0] if found else None


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What keeps ICMS from being computed right for ``item``."""
    if item.origin not in ORIGINS:
        yield Problem(
            "origin_unknown",
            f"{path}.origin",
            _("%(origin)s is not an origin of goods."),
            _("Choose the origin, 0 to 8."),
            {"origin": item.origin},
        )
    path = f"{path}.rules.icms"
    rule = item.rules.icms
    if problem := _regime_problem(context, rule, path):
        yield problem
        return
    table, code = _code(rule)
    if problem := situation_problem(table, code, path):
        yield problem
        return
    situation = situations(table)[code]
    yield from _recipient_problems(context, situation, code, path)
    yield from _rate_problems(context, item, situation, path)
    yield from _retained_problems(rule, situation, path)
    if situation.treatment == "credit" and not is_partial(rule.simples_credit_rate):
        yield Problem(
            "simples_credit_rate_missing",
            f"{path}.simples_credit_rate",
            _("CSOSN 101 gives an ICMS credit and needs its rate (pCredSN)."),
            _("Give the ICMS share of the effective rate of last month's bracket (LC 123/2006 art. 23), or use 102."),
        )


def compute(context: TaxContext, item: Item, so_far: Amounts) -> IcmsResult:
    """vBC, vICMS, vFCP and vCredICMSSN; each 2 decimals, ROUND_HALF_UP.

    vBC of CST 20 is rounded before the rate is applied, as the layout shows it. Exempt, suspended and retained
    situations have no amount; what was retained before stays in ``result.rule``.
    """
    rule = item.rules.icms
    table, code = _code(rule)
    treatment = situations(table)[code].treatment
    if treatment == "credit":
        credit = percent(base_of("icms", context, so_far), rule.simples_credit_rate)
        return IcmsResult(rule, simples_credit=credit)
    if treatment not in TAXED:
        return IcmsResult(rule)
    base = base_of("icms", context, so_far)
    if treatment == "reduced":
        base = money(base * (HUNDRED - rule.base_reduction) / HUNDRED)
    rate = table_rate(context, item) if rule.rate is None else rule.rate
    fcp_rate = _fcp_rate(context, rule)
    return IcmsResult(rule, base, rate, percent(base, rate), fcp_rate, percent(base, fcp_rate))


def amounts(result: IcmsResult) -> Amounts:
    return {"vBC": result.base, "vICMS": result.amount, "vFCP": result.fcp_amount}


TAX = Tax("icms", problems, compute, amounts)


def _code(rule: IcmsRule) -> tuple[str, str]:
    return ("icms_csosn", rule.csosn) if rule.csosn else ("icms_cst", rule.cst)


def _fcp_rate(context: TaxContext, rule: IcmsRule) -> Decimal:
    """pFCP of the own operation: the rule's, or the general one of the UF; none between states."""
    if is_interstate(context):
        return ZERO
    if rule.fcp_rate is not None:
        return rule.fcp_rate
    found = internal_rate(context.emitter_uf, context.issue_date)
    return found[1] if found else ZERO


@cache
def _pairs() -> dict[tuple[str, str], list[dict[str, str]]]:
    pairs: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows("icms_interstate"):
        pairs.setdefault((row["origin"], row["destination"]), []).append(row)
    return pairs


def _regime_problem(context: TaxContext, rule: IcmsRule, path: str) -> Problem | None:
    """CRT 1 and 4 write a CSOSN, CRT 2 and 3 a CST (rejections 590 and 591)."""
    if bool(rule.cst) == bool(rule.csosn):
        return Problem(
            "icms_situation_missing",
            path,
            _("The ICMS rule needs a CST or a CSOSN, and not both."),
            _("Companies of Simples Nacional use a CSOSN, all others a CST."),
        )
    simples = context.emitter_crt in CSOSN_REGIMES
    if simples and rule.cst:
        return Problem(
            "icms_cst_in_simples",
            f"{path}.cst",
            _("A company with CRT %(crt)s cannot use CST %(cst)s."),
            _("Use a CSOSN (101, 102, 103, 300, 400, 500)."),
            {"crt": context.emitter_crt, "cst": rule.cst},
        )
    if not simples and rule.csosn:
        return Problem(
            "icms_csosn_outside_simples",
            f"{path}.csosn",
            _("A company with CRT %(crt)s cannot use CSOSN %(csosn)s."),
            _("Use a CST (00, 20, 40, 41, 50, 60)."),
            {"crt": context.emitter_crt, "csosn": rule.csosn},
        )
    return None


def _recipient_problems(context: TaxContext, situation: Situation, code: str, path: str) -> Iterator[Problem]:
    """Situations the recipient or the regime does not admit (rejections 508, 600; rule N12a-80)."""
    if not context.contributor and not situation.non_contributor:
        yield Problem(
            "icms_non_contributor",
            path,
            _("ICMS situation %(code)s cannot be used for a recipient who is not a contributor."),
            _("Choose another situation, or register the recipient's IE."),
            {"code": code},
        )
    if context.emitter_crt == "4" and not situation.mei:
        yield Problem(
            "icms_csosn_mei",
            f"{path}.csosn",
            _("A MEI (CRT 4) cannot use CSOSN %(code)s."),
            _("Use 102, 300 or 400."),
            {"code": code},
        )


def _rate_problems(context: TaxContext, item: Item, situation: Situation, path: str) -> Iterator[Problem]:
    rule = item.rules.icms
    if situation.treatment not in TAXED:
        if rule.fcp_rate:
            yield _unexpected(f"{path}.fcp_rate")
        if rule.base_reduction:
            yield _unexpected(f"{path}.base_reduction")
        return
    for name in ("rate", "base_reduction", "fcp_rate"):
        value = getattr(rule, name)
        if value is not None and (problem := rate_problem(value, f"{path}.{name}")):
            yield problem
    if situation.treatment == "reduced" and not is_partial(rule.base_reduction):
        yield Problem(
            "icms_reduction_missing",
            f"{path}.base_reduction",
            _("CST 20 needs a base reduction above 0 and below 100 per cent."),
            _("Give the reduction, or use CST 00 (none) or 40 (all)."),
        )
    if situation.treatment == "taxed" and rule.base_reduction:
        yield _unexpected(f"{path}.base_reduction")
    if rule.fcp_rate and is_interstate(context):
        yield missing_rule("rule_missing_fcp_interstate", f"{path}.fcp_rate")
    if context.recipient_uf != "EX":
        yield from _rate_value_problems(context, item, path)


def _rate_value_problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """No rate to be had, a rate of zero, or one above the interstate rate (rejections 663 and 693)."""
    rate, official = item.rules.icms.rate, table_rate(context, item)
    params = {"origin": context.emitter_uf, "destination": context.recipient_uf, "day": context.issue_date}
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


def _retained_problems(rule: IcmsRule, situation: Situation, path: str) -> Iterator[Problem]:
    """vBCSTRet, pST and vICMSSTRet go together or not at all; vICMSSubstituto may lack (groups N08 and N10g)."""
    together = (rule.retained_base, rule.retained_rate, rule.retained_amount)
    given = sum(value is not None for value in together)
    if (given or rule.retained_substitute is not None) and situation.treatment != "retained":
        yield _unexpected(f"{path}.retained_base")
    elif given not in (0, len(together)) or (not given and rule.retained_substitute is not None):
        yield Problem(
            "icms_retained_incomplete",
            f"{path}.retained_base",
            _("The ICMS retained before is incomplete."),
            _("Give its base, its rate and the amount retained, or none of them."),
        )


def _unexpected(path: str) -> Problem:
    return Problem(
        "icms_value_unexpected",
        path,
        _("The ICMS rule has a value that its situation does not use."),
        _("Clear it, or choose the situation it belongs to."),
    )
