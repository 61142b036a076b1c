"""What the groups of IBSCBS beside the rates ask for: regular taxation, presumed credit, reversal, notes, ZFM."""

import re
from collections.abc import Iterator
from decimal import Decimal

from ..problems import Problem, _
from ..spec import CreditRule, IbsCbsRule, Item, TaxContext
from .base import rate_problem
from .ibs_cbs_tables import PresumedCredit, TaxClass, find_class, presumed_credit

#: competApur: year and month, from 2025 on (type TCompetApur).
PERIOD = re.compile("20(2[5-9]|[3-9][0-9])-(0[1-9]|1[0-2])", re.ASCII)
SUFRAMA_PROCESS = re.compile("[!-ÿ][ -ÿ]{6,10}[!-ÿ]")
#: NCMs whose CBS is never zero inside a free zone (rule UB66a-20; LC 214/2025 art. 441).
NOT_IN_FREE_ZONE = ("93", "24", "2203", "2204", "2205", "2206", "2207", "2208", "8703", "33")
PERFUMES_ALLOWED = ("3303", "3304", "3305", "3306", "3307")
USED_GOODS = "04"
EXPORTED_FUEL = "410013"
LIMIT = Decimal("1E13")


def group_problems(context: TaxContext, item: Item, found: TaxClass, path: str) -> Iterator[Problem]:
    """Groups the class asks for and the rule lacks, and those the rule has and the class refuses."""
    rule = item.rules.ibs_cbs
    yield from _regular_problems(context, rule, found, path)
    yield from _presumed_problems(context, item, found, path)
    yield from _credit_problems(rule, found, path)
    if rule.cbs_return_rate and (not found.taxed or found.defers):
        yield _unexpected(rule, f"{path}.cbs_return_rate", "gDevTrib")
    if rule.free_zone:
        yield from _free_zone_problems(item, found, path)
    if item.fuel is None and (found.single_phase or found.code == EXPORTED_FUEL):
        yield Problem(
            "ibs_cbs_fuel_missing",
            path.replace(".rules.ibs_cbs", ".fuel"),
            _("cClassTrib %(code)s is of fuels, and the item does not say which fuel it is (rejection 1106)."),
            _("Fill in the product's ANP code, or choose another cClassTrib."),
            {"code": found.code},
        )


def _regular_problems(context: TaxContext, rule: IbsCbsRule, found: TaxClass, path: str) -> Iterator[Problem]:
    """gTribRegular (rejections 1065, 1067, 1114)."""
    path = f"{path}.regular_class"
    if not found.regular:
        if rule.regular_class:
            yield _unexpected(rule, path, "gTribRegular")
        return
    regular = find_class(rule.regular_class)
    if regular is None or not regular.taxed or regular.regular or regular.own_rates:
        yield Problem(
            "ibs_cbs_regular_class",
            path,
            _("cClassTrib %(code)s tells what would be due without the benefit: “%(regular)s” is no class for that."),
            _("Give the cClassTrib the goods would have, 000001 for most of them (rejections 1065 and 1067)."),
            {"code": rule.cClassTrib, "regular": rule.regular_class},
        )


def _presumed_problems(context: TaxContext, item: Item, found: TaxClass, path: str) -> Iterator[Problem]:
    """gCredPresOper (rejections 1050, 1053 to 1056, 1058, 1060, 1107, 1124, 1175)."""
    rule = item.rules.ibs_cbs
    given, path = rule.presumed, f"{path}.presumed"
    if given is None:
        return
    if not found.presumed and not (item.used and given.code == USED_GOODS):
        yield _unexpected(rule, path, "gCredPresOper")
    credit = presumed_credit(given.code)
    if credit is None or not credit.nfe:
        yield Problem(
            "presumed_credit_unknown",
            f"{path}.code",
            _("%(code)s is no presumed credit of an NF-e (cCredPres)."),
            _("Choose a code of the official table."),
            {"code": given.code},
        )
        return
    if not credit.in_document:
        yield Problem(
            "presumed_credit_event",
            f"{path}.code",
            _("Presumed credit %(code)s is taken by an event of the buyer, not on the document: %(meaning)s."),
            _("Clear it in the tax rule."),
            {"code": given.code, "meaning": credit.description},
        )
    if given.suspended and given.code != USED_GOODS:
        yield _unexpected(rule, f"{path}.suspended", "vCredPresCondSus")
    if given.base is not None and not _is_money(given.base):
        yield _not_money(given.base, f"{path}.base")
    yield from _presumed_rates(context, rule, credit, path)


def _presumed_rates(context: TaxContext, rule: IbsCbsRule, credit: PresumedCredit, path: str) -> Iterator[Problem]:
    """Each of IBS and CBS has its presumed credit from its own day on, and not before."""
    today = context.issue_date.isoformat()
    for name, since in (("ibs_rate", credit.ibs_from), ("cbs_rate", credit.cbs_from)):
        rate, here = getattr(rule.presumed, name), f"{path}.{name}"
        if rate is not None and (problem := rate_problem(rate, here)):
            yield problem
        elif since and since <= today:
            if rate is None:
                yield Problem(
                    "presumed_credit_rate_missing",
                    here,
                    _("Presumed credit %(code)s needs its percentage."),
                    _("Give the percentage of the law or of the act that sets it: %(meaning)s."),
                    {"code": rule.presumed.code, "meaning": credit.description},
                )
        elif rate is not None:
            yield _unexpected(rule, here, "gIBSCredPres" if name == "ibs_rate" else "gCBSCredPres")


def _credit_problems(rule: IbsCbsRule, found: TaxClass, path: str) -> Iterator[Problem]:
    """gTransfCred, gAjusteCompet, gEstornoCred, gCredPresIBSZFM (rejections 1129 to 1135, 1169 to 1174)."""
    tag = "gTransfCred" if found.transfers else "gAjusteCompet"
    wanted = found.transfers or found.adjusts
    yield from _stated(rule, rule.credit, wanted, tag, f"{path}.credit")
    yield from _stated(rule, rule.reversal, found.reversal, "gEstornoCred", f"{path}.reversal")
    for given, dated, here in ((rule.credit, found.adjusts, "credit"), (rule.reversal, False, "reversal")):
        if given and not (PERIOD.fullmatch(given.period) if dated else not given.period):
            yield _period_problem(given.period, f"{path}.{here}.period")
    zone = rule.free_zone_credit
    if bool(zone) != found.free_zone_credit:
        here = f"{path}.free_zone_credit"
        yield _unexpected(rule, here, "gCredPresIBSZFM") if zone else _asked(rule, here, "gCredPresIBSZFM")
    elif zone:
        if not PERIOD.fullmatch(zone.period):
            yield _period_problem(zone.period, f"{path}.free_zone_credit.period")
        if zone.kind not in frozenset("01234"):
            yield _invalid(zone.kind, f"{path}.free_zone_credit.kind", "tpCredPresIBSZFM")
        if not _is_money(zone.amount):
            yield _not_money(zone.amount, f"{path}.free_zone_credit.amount")


def _stated(rule: IbsCbsRule, given: CreditRule | None, wanted: bool, tag: str, path: str) -> Iterator[Problem]:
    if bool(given) != wanted:
        yield _unexpected(rule, path, tag) if given else _asked(rule, path, tag)
    elif given:
        wrong = [name for name in ("ibs", "cbs") if not _is_money(getattr(given, name))]
        for name in wrong:
            yield _not_money(getattr(given, name), f"{path}.{name}")
        if not wrong and not (given.ibs or given.cbs):
            yield Problem(
                "ibs_cbs_credit_zero",
                path,
                _("The group %(group)s states neither IBS nor CBS (rejections 1129, 1171, 1174)."),
                _("Give the amount of one of them."),
                {"group": tag},
            )


def _free_zone_problems(item: Item, found: TaxClass, path: str) -> Iterator[Problem]:
    """gALCZFMCBS (rejections 1191 and 1192); that both are in one zone is for who makes the rule apply."""
    given, path = item.rules.ibs_cbs.free_zone, f"{path}.free_zone"
    excluded = item.ncm.startswith(NOT_IN_FREE_ZONE) and not item.ncm.startswith(PERFUMES_ALLOWED)
    if not found.taxed or found.regular or excluded:
        yield _unexpected(item.rules.ibs_cbs, path, "gALCZFMCBS")
    if given.kind not in ("1", "2"):
        yield _invalid(given.kind, f"{path}.kind", "tpALCZFMCBS")
    if given.process and not SUFRAMA_PROCESS.fullmatch(given.process):
        yield _invalid(given.process, f"{path}.process", "nProcSuframa")
    if given.kind == "2" and not given.process.strip("0"):
        yield _asked(item.rules.ibs_cbs, f"{path}.process", "nProcSuframa")


def _is_money(value: Decimal) -> bool:
    return value.is_finite() and 0 <= value < LIMIT and value == value.quantize(Decimal("0.01"))


def _unexpected(rule: IbsCbsRule, path: str, group: str) -> Problem:
    return Problem(
        "ibs_cbs_group_unexpected",
        path,
        _("cClassTrib %(code)s does not admit %(group)s."),
        _("Clear it in the tax rule, or choose the cClassTrib it belongs to."),
        {"code": rule.cClassTrib, "group": group},
    )


def _asked(rule: IbsCbsRule, path: str, group: str) -> Problem:
    return Problem(
        "ibs_cbs_group_missing",
        path,
        _("cClassTrib %(code)s asks for %(group)s."),
        _("Fill it in in the tax rule, or choose another cClassTrib."),
        {"code": rule.cClassTrib, "group": group},
    )


def _invalid(value: str, path: str, tag: str) -> Problem:
    message, cure = _("“%(value)s” is not a valid %(what)s."), _("Correct it.")
    return Problem("invalid", path, message, cure, {"value": value, "what": tag})


def _period_problem(value: str, path: str) -> Problem:
    message = _("“%(value)s” is not the period of assessment this group needs.")
    cure = _("Give year and month as in 2027-01 for an adjustment or a ZFM credit, nothing for the others.")
    return Problem("period_invalid", path, message, cure, {"value": value})


def _not_money(value: Decimal, path: str) -> Problem:
    message = _("%(value)s is not an amount in BRL.")
    return Problem("amount_invalid", path, message, _("Give at most 2 decimals, not negative."), {"value": value})
