"""DIFAL: what a sale to a non-contributor of another UF owes to that UF (group ICMSUFDest).

CF art. 155 §2 VII and VIII b (EC 87/2015); LC 87/1996 art. 4 §2 II, art. 12 XVI, art. 13 X and §§ 3 and 7 (LC
190/2022); Convênio ICMS 236/2021; rules NA01-20 to NA17-10 (MOC 7.0, NT 2020.005).

* Amount: the tax at the destination's internal rate less the tax at the interstate rate, each rounded to 2 decimals
  (ROUND_HALF_UP; Convênio 236/2021 clause 2; rule NA15-10 takes a cent of difference), never below zero. Its share of
  the destination is 100 % since 2019 (``tables/difal_shares.csv``). FCP = vBCUFDest × pFCPUFDest, apart from the rate.
* Base: the value of the operation (``tax_bases.csv``, ``difal``), the same for both UFs: ``single``. ``double`` takes
  the origin's tax out and puts the destination's in: (V − V × pICMSInter) / (1 − pICMSUFDest − pFCPUFDest). Which one a
  UF wants is ``tables/difal_bases.csv``; where sources disagree it has none, and the rule must choose.
* A reduced base or an exemption of the destination is ``base_reduction`` (Convênio ICMS 153/2015; NA15-10, observation
  2). Whether one of the origin's counts in the difference too is not settled (Convênio 153/2015 clause 1 §§ 1 and 2):
  ``origin_benefit`` says it, and is asked where the own operation has CST 20.
* The internal rate is the goods' own. The modal one is used where the rule says ``modal``, and the result tells so.
* Owed by the emitter of CRT 2 and 3. Not by Simples: STF ADI 5464 and 5469 struck down the clause that charged it
  (Convênio ICMS 93/2015, 9th) and neither LC 190/2022 nor Convênio 236/2021 brought it back. Nor on exempt or untaxed
  goods (NA01-20, exception 10) and fuels that come from petroleum (exception 6), though Convênio 153/2015 clause 1 §2
  may be read otherwise. A contributor without IE (indIEDest 2) pays it himself.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache

from ..problems import Problem, _
from ..spec import NOTHING, ZERO, DifalResult, DifalRule, Item, TaxContext, TaxedItem
from ..tables import rows
from ..text import in_brl
from .base import (
    HUNDRED,
    Amounts,
    Tax,
    base_of,
    each_time,
    in_force,
    is_interstate,
    missing_rule,
    money,
    percent,
    rate_problem,
    situations,
)
from .icms import CSOSN_REGIMES, IMPORTED, internal_rate, interstate_rate

SINGLE, DOUBLE = "single", "double"
METHODS = frozenset((SINGLE, DOUBLE))
#: Treatments of the own operation that owe no difference.
UNTAXED = frozenset(("exempt", "single_phase"))
RATES = ("internal_rate", "fcp_rate", "base_reduction")


def is_due(context: TaxContext, item: Item) -> bool:
    """Whether the emitter owes the difference on ``item``."""
    if context.contributor or context.exempt_contributor or not is_interstate(context):
        return False
    if context.recipient_uf == "EX" or context.emitter_crt in CSOSN_REGIMES:
        return False
    if item.fuel is not None and item.fuel.anp_code not in _not_petroleum():
        return False
    situation = situations("icms_cst").get(item.rules.icms.cst)
    return situation is None or situation.treatment not in UNTAXED


@lru_cache(maxsize=1024)
def base_method(uf: str, day: date) -> str:
    """``single`` or ``double``, as ``uf`` wants it on ``day``; "" where that is not known."""
    return next((row["method"] for row in in_force(rows("difal_bases"), day) if row["uf"] == uf), "")


@lru_cache(maxsize=1024)
def share_rate(day: date) -> Decimal | None:
    """pICMSInterPart: the part of the difference that goes to the destination; ``None`` before 2016."""
    return next((Decimal(row["share"]) for row in in_force(rows("difal_shares"), day)), None)


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What keeps the difference from being computed right, where it is due."""
    if not is_due(context, item):
        return
    path, rule = f"{path}.rules.difal", item.rules.difal
    if rule is None:
        yield missing_rule("rule_missing_difal", path, origin=context.emitter_uf, destination=context.recipient_uf)
        return
    if share_rate(context.issue_date) is None or _interstate(context, item) is None:
        yield missing_rule("rule_missing_period", path, tax="DIFAL", day=context.issue_date)
    sound = True
    for name in RATES:
        value = getattr(rule, name)
        if value is not None and (problem := rate_problem(value, f"{path}.{name}")):
            sound = False
            yield problem
    yield from _rate_problems(context, rule, path)
    if sound:
        yield from _base_problems(context, item, path)


def compute(context: TaxContext, item: Item, so_far: Amounts) -> DifalResult | None:
    """The group ICMSUFDest, or ``None`` where no difference is due; amounts with 2 decimals, ROUND_HALF_UP."""
    rule = item.rules.difal
    if rule is None or not is_due(context, item):
        return None
    internal, fund, interstate = _internal(context, rule), _fund(context, rule), _interstate(context, item)
    method = rule.base_method or base_method(context.recipient_uf, context.issue_date)
    value = base_of("difal", context, so_far)
    to_origin = percent(value, interstate)
    base = value
    if method == DOUBLE:
        base = money((value - to_origin) * HUNDRED / (HUNDRED - internal - fund))
    if rule.base_reduction:
        base = money(base * (HUNDRED - rule.base_reduction) / HUNDRED)
    if rule.origin_benefit:
        to_origin = percent(so_far.get("vBC", NOTHING), interstate)
    difference = max(percent(base, internal) - to_origin, NOTHING)
    share = share_rate(context.issue_date)
    amount = percent(difference, share)
    return DifalResult(
        base=base,
        internal_rate=internal,
        interstate_rate=interstate,
        share_rate=share,
        amount=amount,
        origin_amount=difference - amount,
        fcp_rate=fund,
        fcp_amount=percent(base, fund),
        rate_source="modal" if rule.internal_rate is None else "rule",
        base_method=method,
    )


def amounts(result: DifalResult | None) -> Amounts:
    if result is None:
        return {}
    return {
        "vICMSUFDest": result.amount,
        "vICMSUFRemet": result.origin_amount,
        "vFCPUFDest": result.fcp_amount,
    }


def texts(context: TaxContext, items: Sequence[TaxedItem]) -> Iterator[str]:
    """What the document must tell of the difference, where an item owes it (``tables/tax_texts.csv``)."""
    owing = [item for item in items if item.difal is not None]
    if not owing:
        return
    for row in in_force(rows("tax_texts"), context.issue_date):
        if row["code"] == "difal":
            tags = ("vICMSUFDest", "vFCPUFDest", "vICMSUFRemet")
            yield row["text"].format_map({tag: in_brl(sum(item.amounts[tag] for item in owing)) for tag in tags})


TAX = Tax("difal", problems, each_time(compute), amounts)


@cache
def _not_petroleum() -> frozenset[str]:
    """ANP codes of the fuels that do not come from petroleum (rules NA01-20, exception 6, and NA01-30)."""
    return frozenset(row["code"] for row in rows("anp_not_petroleum"))


def _interstate(context: TaxContext, item: Item) -> Decimal | None:
    return interstate_rate(context.emitter_uf, context.recipient_uf, item.origin in IMPORTED, context.issue_date)


def _internal(context: TaxContext, rule: DifalRule) -> Decimal | None:
    """pICMSUFDest: the rule's, or the modal one of the UF where the rule says so."""
    if rule.internal_rate is not None or not rule.modal:
        return rule.internal_rate
    found = internal_rate(context.recipient_uf, context.issue_date)
    return found[0] if found else None


def _fund(context: TaxContext, rule: DifalRule) -> Decimal | None:
    """pFCPUFDest: the rule's, or the general one of the UF."""
    if rule.fcp_rate is not None:
        return rule.fcp_rate
    found = internal_rate(context.recipient_uf, context.issue_date)
    return found[1] if found else None


def _rate_problems(context: TaxContext, rule: DifalRule, path: str) -> Iterator[Problem]:
    """No internal rate, two of them, or no FCP to be had."""
    params = {"uf": context.recipient_uf, "day": context.issue_date}
    if rule.internal_rate is not None and rule.modal:
        yield Problem(
            "difal_rate_twice",
            f"{path}.modal",
            _("The goods have their own internal rate in %(uf)s, and the rule says the modal one."),
            _("Clear one of the two."),
            params,
        )
    elif _internal(context, rule) is None:
        yield Problem(
            "difal_rate_missing",
            f"{path}.internal_rate",
            _("The internal ICMS rate of these goods in %(uf)s on %(day)s is not known."),
            _("Give it without FCP, from the law of the destination, or say that the modal rate applies."),
            params,
        )
    if _fund(context, rule) is None:
        yield Problem(
            "difal_fcp_missing",
            f"{path}.fcp_rate",
            _("Whether %(uf)s charged FCP on these goods on %(day)s is not known."),
            _("Give its rate, or zero where there is none."),
            params,
        )


def _base_problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """A base that nobody chose, or that cannot be."""
    rule, uf = item.rules.difal, context.recipient_uf
    method = rule.base_method or base_method(uf, context.issue_date)
    if method not in METHODS:
        yield Problem(
            "difal_base_missing",
            f"{path}.base_method",
            _("How %(uf)s makes the base of the rate difference is not confirmed."),
            _("Ask its tax office, and choose the single or the double base in the rule."),
            {"uf": uf},
        )
    if method == DOUBLE and rule.base_reduction:
        yield missing_rule("rule_missing_difal_reduced", f"{path}.base_reduction")
    inside = (_internal(context, rule) or ZERO) + (_fund(context, rule) or ZERO)
    if inside >= HUNDRED:
        yield Problem(
            "difal_rate_high",
            f"{path}.internal_rate",
            _("Internal rate and FCP add up to %(rate)s %%: less than 100 %% is possible."),
            _("Correct the rates."),
            {"rate": inside},
        )
    if rule.origin_benefit is None and item.rules.icms.base_reduction:
        yield Problem(
            "difal_origin_benefit",
            f"{path}.origin_benefit",
            _("The base of the own operation is reduced: whether %(uf)s lets that count is not said."),
            _("Say in the rule whether the origin's benefit counts in the rate difference (Convênio ICMS 153/2015)."),
            {"uf": uf},
        )
