"""ICMS of the emitter's own operation, and the general FCP inside the state (LC 87/1996, LC 123/2006).

* Base: vProd − vDesc + vFrete + vSeg + vOutro (LC 87/1996 art. 13 §1), plus IPI unless the buyer is a contributor who
  resells or industrializes (CF art. 155 §2 XI; LC 87/1996 art. 13 §2). ICMS is part of its own base, so of the price:
  nothing is added for it. modBC 0 adds a margin; 1 and 2 take quantity × the price of the state's list instead.
  A reduction keeps base × (1 − pRedBC/100); in the group ICMSPart the own base is pBCOp of it (Convênio ICMS 51/2000).
* Rate: the rule's, or the modal rate of the UF (without FCP), or between UFs 7 or 12 % (Resolução SF 22/1989; ES is a
  7 % destination) and 4 % for imported goods (Resolução SF 13/2012, origins 1, 2, 3, 8).
* CST 51: vICMSOp = vBC × pICMS, vICMSDif = vICMSOp × pDif, vICMS = vICMSOp − vICMSDif (rules N16a-10, N16b-10 and
  N17-10, rejections 351 to 353); the same for the FCP with its own percentage (NT 2020.005). UFs that want none of it
  in the document get a rate of zero.
* CST 90 and CSOSN 900 say nothing by themselves: the rule gives the rate, zero when no own ICMS is stated.
* CST 60 and CSOSN 500 carry what was retained before, and the effective ICMS (base × pICMSEfet, FCP in the rate) where
  the UF wants it; nothing of it is due.
* An import: on customs value, duty, IPI, PIS, COFINS and customs expenses, "por dentro" (LC 87/1996 art. 13 V and §1
  I): their sum / (1 − rate). With a reduced base the tax that is part of it is the reduced one; UFs that divide by
  the full rate differ. The rate is that of the importer's UF.
* A contributor of another state who consumes the goods owes the rate difference (CF art. 155 §2 VIII a; LC 87/1996
  art. 4 §2 I and art. 13 §§ 3 and 6): his base, not the emitter's, whose rate is the interstate one (§2 VII).
* To a non-contributor of another state the emitter owes DIFAL too: ``difal.py``.
"""

from collections.abc import Iterator
from decimal import Decimal

from ..problems import Problem, _
from ..spec import ZERO, IcmsResult, IcmsRule, Item, TaxContext
from . import icms_checks, icms_fuel
from .base import (
    HUNDRED,
    Amounts,
    Compute,
    Situation,
    Tax,
    always,
    base_of,
    base_sum,
    each_time,
    gross_up,
    is_import,
    is_sale,
    money,
    percent,
    situation_problem,
    situations,
    taxable_quantity,
)
from .icms_rates import (  # noqa: F401 (given on)
    IMPORTED,
    internal_rate,
    interstate_rate,
    own_fcp_rate,
    own_rate,
    table_rate,
)
from .icms_relief import relief

ORIGINS = frozenset("012345678")
#: Regimes whose ICMS is in the DAS and whose code is a CSOSN. CRT 2 pays ICMS as any company (LC 123/2006 art. 20 §1).
CSOSN_REGIMES = frozenset("14")
REGIMES = frozenset("1234")
#: Treatments that charge ICMS or pass it on as a credit.
CHARGED = frozenset(("taxed", "reduced", "credit", "deferred", "other", "single_phase"))
#: Exits whose CSOSN is not judged by who receives (rejection 600, exception).
REPAIR_CFOPS = frozenset(["5912", "5913", "5915", "5916", "6915", "6916"])
#: The situations that give the credit of Simples.
CREDITED = frozenset({"101", "201", "900"})


def is_charged(rule: IcmsRule) -> bool:
    """Whether ICMS of the own operation may be due under ``rule``, or is passed on as a credit."""
    found = situations("icms_csosn" if rule.csosn else "icms_cst").get(rule.csosn or rule.cst)
    return found is None or (found.treatment in CHARGED and not icms_checks.states_none(rule))


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
    yield from _recipient_problems(context, item, situation, code, path)
    yield from icms_checks.problems(context, item, situation, path)


def prepare(context: TaxContext, item: Item) -> Compute:
    """vBC, vICMS, vFCP and their kin; each 2 decimals, ROUND_HALF_UP.

    A base is rounded before the rate is applied, as the layout shows it. Exempt, suspended and retained situations
    have no amount; what was retained before stays in ``result.rule``.
    """
    rule = item.rules.icms
    table, code = _code(rule)
    treatment = situations(table)[code].treatment
    if icms_checks.is_taxed(rule, treatment):
        return _prepare_taxed(context, item, code)
    if treatment == "retained" and rule.effective_rate is not None:
        return each_time(_effective)(context, item)
    if rule.relief_reason:
        return each_time(_relieved)(context, item)
    if code in CREDITED:
        return each_time(_credited)(context, item)
    return always(IcmsResult(rule))


def amounts(result: IcmsResult) -> Amounts:
    given = {"vBC": result.base, "vICMS": result.amount, "vFCP": result.fcp_amount}
    if result.relief_amount:
        given["vICMSDeson"] = result.relief_amount
        if result.rule.relief_deducts:
            given["vICMSDesonDeduz"] = result.relief_amount
    if result.rule.retained_fcp_amount is not None:
        given["vFCPSTRet"] = result.rule.retained_fcp_amount
    return given


TAX = Tax("icms", problems, prepare, amounts)


def own_value(context: TaxContext, item: Item, so_far: Amounts) -> Decimal:
    """The base of the own operation before its reduction, not rounded."""
    rule = item.rules.icms
    if rule.base_mode in ("1", "2"):
        value = rule.base_unit_price * taxable_quantity(item)
    else:
        value = base_of("icms", context, so_far)
        if rule.base_mode == "0":
            value *= 1 + rule.base_margin_rate / HUNDRED
        if is_import(context):
            inside = own_rate(context, item) + _fcp_rate(context, item)
            value = gross_up(value, inside * _kept(rule.base_reduction))
    return value if rule.share_rate is None else value * rule.share_rate / HUNDRED


def _prepare_taxed(context: TaxContext, item: Item, code: str) -> Compute:
    rule, rate, fcp_rate = item.rules.icms, own_rate(context, item), _fcp_rate(context, item)
    kept, operation = _kept(rule.base_reduction), base_sum("icms", context)
    is_plain = rule.base_mode == "3" and rule.share_rate is None and not is_import(context)
    pattern = IcmsResult(rule, rate=rate, fcp_rate=fcp_rate)

    def compute(item: Item, so_far: Amounts) -> IcmsResult:
        value = operation(so_far) if is_plain else own_value(context, item, so_far)
        base = money(value * kept)
        whole, fund = percent(base, rate), percent(base, fcp_rate)
        deferred = fund_deferred = ZERO
        if rule.deferral_rate is not None:
            deferred = percent(whole, rule.deferral_rate)
            fund_deferred = percent(fund, rule.fcp_deferral_rate or ZERO)
        return pattern.but(
            base=base,
            amount=whole - deferred,
            fcp_amount=fund,
            simples_credit=_credit(context, item, so_far) if code in CREDITED else ZERO,
            operation_amount=whole,
            deferred_amount=deferred,
            fcp_deferred_amount=fund_deferred,
            fcp_due_amount=fund - fund_deferred,
            relief_amount=relief(rule, value, rate, whole),
        )

    return compute


def _effective(context: TaxContext, item: Item, so_far: Amounts) -> IcmsResult:
    rule = item.rules.icms
    base = money(base_of("icms", context, so_far) * _kept(rule.effective_reduction))
    return IcmsResult(rule, effective_base=base, effective_amount=percent(base, rule.effective_rate))


def _relieved(context: TaxContext, item: Item, so_far: Amounts) -> IcmsResult:
    rule, value = item.rules.icms, base_of("icms", context, so_far)
    return IcmsResult(rule, relief_amount=relief(rule, value, own_rate(context, item), ZERO))


def _credited(context: TaxContext, item: Item, so_far: Amounts) -> IcmsResult:
    return IcmsResult(item.rules.icms, simples_credit=_credit(context, item, so_far))


def _credit(context: TaxContext, item: Item, so_far: Amounts) -> Decimal:
    """vCredICMSSN, which the buyer may take (LC 123/2006 art. 23 §1)."""
    return percent(base_of("icms", context, so_far), item.rules.icms.simples_credit_rate)


def _kept(reduction: Decimal) -> Decimal:
    return (HUNDRED - reduction) / HUNDRED


def _code(rule: IcmsRule) -> tuple[str, str]:
    return ("icms_csosn", rule.csosn) if rule.csosn else ("icms_cst", rule.cst)


def _fcp_rate(context: TaxContext, item: Item) -> Decimal:
    """pFCP of the own operation; Simples has none: its groups have no place for one."""
    group = icms_checks.groups().get(icms_checks.code_of(item.rules.icms))
    return own_fcp_rate(context, item) if group and "fcp" in group.parts else ZERO


def _regime_problem(context: TaxContext, rule: IcmsRule, path: str) -> Problem | None:
    """CRT 1 and 4 write a CSOSN, CRT 2 and 3 a CST (rejections 590 and 591); fuels have no CSOSN (NT 2023.001)."""
    if bool(rule.cst) == bool(rule.csosn):
        return Problem(
            "icms_situation_missing",
            path,
            _("The ICMS rule needs a CST or a CSOSN, and not both."),
            _("Companies of Simples Nacional use a CSOSN, all others a CST."),
        )
    simples = context.emitter_crt in CSOSN_REGIMES
    if simples and rule.cst and rule.cst not in icms_fuel.SITUATIONS:
        return Problem(
            "icms_cst_in_simples",
            f"{path}.cst",
            _("A company with CRT %(crt)s cannot use CST %(cst)s."),
            _("Use a CSOSN (101 to 900)."),
            {"crt": context.emitter_crt, "cst": rule.cst},
        )
    if not simples and rule.csosn:
        return Problem(
            "icms_csosn_outside_simples",
            f"{path}.csosn",
            _("A company with CRT %(crt)s cannot use CSOSN %(csosn)s."),
            _("Use a CST (00 to 90)."),
            {"crt": context.emitter_crt, "csosn": rule.csosn},
        )
    return None


def _recipient_problems(
    context: TaxContext, item: Item, situation: Situation, code: str, path: str
) -> Iterator[Problem]:
    """Situations the recipient or the regime does not admit (rejections 508, 600; rule N12a-80)."""
    judged = item.cfop not in REPAIR_CFOPS if item.rules.icms.csosn else is_sale(item) and context.purpose != "4"
    if judged and not (context.contributor or context.entry or situation.non_contributor):
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
