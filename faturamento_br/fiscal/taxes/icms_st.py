"""ICMS by substitution: for the operations to come, or for the rate difference of goods the buyer himself uses.

* Who, and how much: LC 87/1996 arts. 6 to 10. vICMSST = vBCST × pICMSST − own ICMS, never negative (art. 8 §5;
  Convênio ICMS 142/2018, clause 13); rounded once. Rate and FCP are those of the destination.
* Base (LC 87/1996 art. 8 II; Convênio ICMS 142/2018 cl. 11): by margin (modBCST 4) the operation with freight,
  insurance, other charges and IPI, × (1 + MVA); by price (0, 1, 2, 3, 5; LC 87/1996 art. 8 §§ 2, 3 and 6) quantity ×
  the price to the consumer, per taxable unit. Which of them a UF wants when both exist (PMPF above or below the
  margin) is the rule's matter. pRedBCST reduces it.
* The unconditional discount is out of the base by margin, as the price is what was practised; UFs that keep it in, for
  want of proof that it is passed on to the consumer, get ``keeps_discount``.
* Adjusted margin: [(1 + MVA) × (1 − ALQ inter) / (1 − ALQ intra)] − 1, 2 decimals, as the UFs publish it; only between
  states, where the internal rate is the higher one, and never by a company of Simples (Convênio ICMS 35/2011;
  Convênio ICMS 142/2018 cl. 11). CRT 2 pays ICMS as any company and adjusts. "ALQ intra" is the internal rate with FCP,
  unless the rule gives the effective burden. A margin given as already adjusted is taken as it is.
* Simples (CSOSN 201 to 203) has no own ICMS on the document: what is deducted is the internal or interstate rate on the
  own operation (LC 123/2006 art. 13 §1 XIII a and §6 I; Resolução CGSN 140/2018 art. 28). ``deduction_rate`` says
  another rate for anybody, as where the own tax is partly deferred (PR, Boletim Informativo 12/2015).
* The own ICMS of an exempt operation (CST 30) is not deducted, unless the destination presumes its credit, as Amazonas
  does for goods nationalized in Manaus: ``deducts_relief``.
* FCP ST = vBCFCPST × pFCPST less the own vFCP of the document (ADCT art. 82 §1: an addition to ICMS, so by the same
  difference); a UF that wants it whole gets an own FCP of zero.
* Rate difference (Convênio ICMS 142/2018 cl. 12 and 14; LC 87/1996 art. 13 §1 II, IX and §§ 3, 6): modBCST 6 and, as
  the UF of destination reads it, a ``single`` base (value × the difference), a ``double`` one ((value − own ICMS) /
  (1 − internal rate)), or the difference ``inside`` its own base (value / (1 − difference)). No UF is assumed.
* vICMSSTDeson is what pRedBCST forgoes, where the rule gives its reason (NT 2020.005).
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from ..problems import Problem, _
from ..spec import NOTHING, ZERO, IcmsStResult, IcmsStRule, Item, TaxContext
from ..tables import rows
from . import icms
from .base import (
    CENT,
    HUNDRED,
    Amounts,
    Tax,
    base_of,
    each_time,
    is_end_use,
    is_interstate,
    missing_rule,
    money,
    percent,
    rate_problem,
    taxable_quantity,
)
from .icms_checks import code_of, groups, margin_problem, price_problem, unexpected
from .icms_rates import internal_rate, modal_problem, own_rate

#: Situations that say that the tax is withheld; 90 and 900 may.
DUE = frozenset({"10", "30", "70", "201", "202", "203"})
MARGIN, OPERATION_VALUE = "4", "6"  # modBCST
MODES = frozenset("0123456")
DIFFERENCES = frozenset({"single", "double", "inside"})
PERCENTAGES = ("base_reduction", "rate", "fcp_rate", "deduction_rate", "margin_internal_rate")


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What keeps the substitution from being computed right, or says that it is missing."""
    rule, st = item.rules.icms, item.rules.icms_st
    group = groups().get(code_of(rule))
    if group is None:
        return
    withheld_here = item.cfop in _cfops()
    if st is None:
        if code_of(rule) in DUE or (rule.share_rate is not None and "share" in group.parts):
            yield missing_rule("rule_missing_st", f"{path}.rules.icms", code=code_of(rule))
        elif withheld_here:
            yield missing_rule("rule_missing_st", f"{path}.cfop", code=f"CFOP {item.cfop}")
        return
    if rule.csosn and st.deduction_rate is None and (problem := modal_problem(context, item, f"{path}.rules.icms")):
        yield problem
    path = f"{path}.rules.icms_st"
    if "st" not in group.parts and rule.share_rate is None:
        yield unexpected(path)
        return
    for name in PERCENTAGES:
        value = getattr(st, name)
        if value is not None and (problem := rate_problem(value, f"{path}.{name}")):
            yield problem
    yield from _base_problems(context, item, st, path)
    yield from _rate_problems(context, st, path)
    yield from _use_problems(context, item, st, path)
    if st.relief_reason and st.relief_reason not in group.st_reasons:
        yield Problem(
            "icms_relief_reason",
            f"{path}.relief_reason",
            _("Reason %(reason)s (motDesICMSST) does not go with ICMS situation %(code)s."),
            _("It takes: %(allowed)s."),
            {
                "reason": st.relief_reason,
                "code": code_of(rule),
                "allowed": ", ".join(sorted(group.st_reasons, key=int)) or "-",
            },
        )


def compute(context: TaxContext, item: Item, so_far: Amounts) -> IcmsStResult | None:
    """vBCST, vICMSST, vFCPST and vICMSSTDeson; each 2 decimals, ROUND_HALF_UP, none negative."""
    st = item.rules.icms_st
    if st is None:
        return None
    rate, fcp_rate = _rates(context, st)
    own = deduction(context, item, so_far)
    margin, whole = _whole_base(context, item, so_far, own, rate + fcp_rate)
    base = money(whole * (HUNDRED - st.base_reduction) / HUNDRED)
    if st.difference == "inside":
        amount = percent(base, difference_rate(context, item, rate))
    else:
        amount = _left(base * rate / HUNDRED, own)
    relief = _left(_left(whole * rate / HUNDRED, own), amount) if st.relief_reason else ZERO
    return IcmsStResult(
        rule=st,
        base=base,
        rate=rate,
        amount=amount,
        margin_rate=margin,
        fcp_base=base if fcp_rate else ZERO,
        fcp_rate=fcp_rate,
        fcp_amount=_left(base * fcp_rate / HUNDRED, so_far.get("vFCP", ZERO)) if fcp_rate else ZERO,
        relief_amount=relief,
    )


def amounts(result: IcmsStResult | None) -> Amounts:
    if result is None:
        return {}
    return {"vBCST": result.base, "vST": result.amount, "vFCPST": result.fcp_amount}


TAX = Tax("icms_st", problems, each_time(compute), amounts)


def adjusted_margin(margin: Decimal, interstate: Decimal, internal: Decimal) -> Decimal:
    """The margin that gives goods of another state the price they would have inside; percentages, 2 decimals."""
    if internal <= interstate:
        return margin
    ratio = (HUNDRED + margin) * (HUNDRED - interstate) / (HUNDRED - internal) - HUNDRED
    return ratio.quantize(CENT, ROUND_HALF_UP)


def _whole_base(
    context: TaxContext, item: Item, so_far: Amounts, own: Decimal, internal: Decimal
) -> tuple[Decimal, Decimal]:
    """pMVAST (zero where none is used) and the base before its reduction, not rounded."""
    st = item.rules.icms_st
    value = base_of("icms_st", context, so_far)
    if st.keeps_discount:
        value += item.discount
    if st.difference == "double":
        return ZERO, max(value - own, ZERO) / (1 - internal / HUNDRED)
    if st.difference == "inside":
        return ZERO, value / (1 - (internal - operation_rate(context, item)) / HUNDRED)
    if st.mode == MARGIN:
        margin = _margin(context, item, internal)
        return margin, value * (HUNDRED + margin) / HUNDRED
    if st.mode == OPERATION_VALUE:
        return ZERO, value
    return ZERO, st.unit_price * taxable_quantity(item)


def _margin(context: TaxContext, item: Item, internal: Decimal) -> Decimal:
    st = item.rules.icms_st
    if not st.adjusts_margin or not is_interstate(context) or context.emitter_crt in icms.CSOSN_REGIMES:
        return st.margin_rate
    if st.margin_internal_rate is not None:
        internal = st.margin_internal_rate
    return adjusted_margin(st.margin_rate, own_rate(context, item), internal)


def deduction(context: TaxContext, item: Item, so_far: Amounts) -> Decimal:
    """The own ICMS that is deducted, in BRL."""
    rule, st = item.rules.icms, item.rules.icms_st
    rate = st.deduction_rate
    if rate is None and rule.csosn and not so_far.get("vICMS"):
        rate = operation_rate(context, item)
    if rate is not None:
        kept = (HUNDRED - rule.base_reduction) / HUNDRED
        return percent(money(icms.own_value(context, item, so_far) * kept), rate)
    relief = so_far.get("vICMSDeson", ZERO) if st.deducts_relief else ZERO
    return so_far.get("vICMS", ZERO) + relief


def operation_rate(context: TaxContext, item: Item) -> Decimal:
    """The rate of the own operation, though a rule of Simples says with zero that none is stated."""
    return own_rate(context, item) or icms.table_rate(context, item) or ZERO


def difference_rate(context: TaxContext, item: Item, rate: Decimal) -> Decimal:
    """Internal ``rate`` less the one of the own operation, in per cent, never negative."""
    return max(rate - operation_rate(context, item), ZERO)


def _left(due: Decimal, deducted: Decimal) -> Decimal:
    """``due`` less what is deducted, rounded once, never negative."""
    left = money(due - deducted)
    return left if left > 0 else NOTHING


def _rates(context: TaxContext, st: IcmsStRule) -> tuple[Decimal, Decimal]:
    rate, fcp_rate = internal_rate(context.recipient_uf, context.issue_date) or (ZERO, ZERO)
    return (rate if st.rate is None else st.rate), (fcp_rate if st.fcp_rate is None else st.fcp_rate)


def _base_problems(context: TaxContext, item: Item, st: IcmsStRule, path: str) -> Iterator[Problem]:
    if st.mode not in MODES:
        yield Problem(
            "icms_st_mode",
            f"{path}.mode",
            _("%(mode)s is not a way to find the base of ICMS ST (modBCST)."),
            _("Choose 0 suggested price, 1 to 3 lists, 4 margin, 5 price list or 6 value of the operation."),
            {"mode": st.mode},
        )
    elif st.mode == MARGIN:
        if st.margin_rate is None:
            yield Problem(
                "icms_st_margin_missing",
                f"{path}.margin_rate",
                _("The margin (MVA) of ST in %(destination)s is not known for NCM %(ncm)s, CEST %(cest)s."),
                _("Give it in the tax rule: the Convênio, the Protocolo or the destination's own list has it by CEST."),
                {"destination": context.recipient_uf, "ncm": item.ncm, "cest": item.cest or "-"},
            )
        elif problem := margin_problem(st.margin_rate, f"{path}.margin_rate"):
            yield problem
    elif st.mode != OPERATION_VALUE and (problem := price_problem(st.unit_price, f"{path}.unit_price")):
        yield problem
    if st.mode != MARGIN and (st.margin_rate or st.adjusts_margin):
        yield unexpected(f"{path}.margin_rate")
    if st.mode in (MARGIN, OPERATION_VALUE) and st.unit_price is not None:
        yield unexpected(f"{path}.unit_price")


def _rate_problems(context: TaxContext, st: IcmsStRule, path: str) -> Iterator[Problem]:
    """The rate of the destination: known, above zero, and below 100 with the FCP (some bases divide by the rest)."""
    known = internal_rate(context.recipient_uf, context.issue_date)
    if (st.rate is None or st.fcp_rate is None) and known is None:
        yield Problem(
            "icms_st_rate_unknown",
            f"{path}.rate" if st.rate is None else f"{path}.fcp_rate",
            _("The internal ICMS rate or the FCP of %(destination)s on %(day)s is not known."),
            _("Give the rate and the FCP of the goods in the tax rule (zero where there is no FCP)."),
            {"destination": context.recipient_uf, "day": context.issue_date},
        )
        return
    rate, fcp_rate = _rates(context, st)
    whole = (rate, fcp_rate, *(() if st.margin_internal_rate is None else (st.margin_internal_rate,)))
    if not all(value.is_finite() for value in whole):
        return  # told as an invalid rate
    if not rate or rate + fcp_rate >= HUNDRED or (st.margin_internal_rate or ZERO) >= HUNDRED:
        yield Problem(
            "icms_st_rate",
            f"{path}.rate",
            _("ICMS ST cannot be computed with a rate of %(rate)s %% and an FCP of %(fcp)s %%."),
            _("Give the internal rate of the goods in the state of destination, below 100 with its FCP."),
            {"rate": rate, "fcp": fcp_rate},
        )


def _use_problems(context: TaxContext, item: Item, st: IcmsStRule, path: str) -> Iterator[Problem]:
    """Goods for the buyer's own use have no operations to come: only the rate difference, and only between states."""
    if st.difference:
        right = st.difference in DIFFERENCES and st.mode == OPERATION_VALUE and not st.base_reduction
        if not right or not is_interstate(context) or not (context.contributor and context.final_consumer):
            yield Problem(
                "icms_st_difference",
                f"{path}.difference",
                _("This is no rate difference owed by substitution for the buyer's own use."),
                _(
                    "It is for contributors of other states who consume the goods: modBCST 6, without reduction, "
                    "with a single, a double or an inside base, as the state of destination says."
                ),
            )
    elif is_end_use(context) and item.rules.icms.share_rate is None:
        yield Problem(
            "icms_st_end_use",
            path,
            _("The buyer uses the goods himself, so there are no later operations to withhold ICMS for."),
            _("Use a situation without ST; between states say how the rate difference is found, if it is withheld."),
        )
    if st.deducts_relief and not item.rules.icms.relief_reason:
        yield unexpected(f"{path}.deducts_relief")


@cache
def _cfops() -> frozenset[str]:
    """The CFOPs that say that the emitter withholds the tax."""
    return frozenset(row["cfop"] for row in rows("icms_st_cfops"))
