"""What no row of ``tables/recompute_fields.csv`` can read: values that a file tells by two elements, or not at all.

A factor of units is a quantity by another one. A price of a list, the price that PIS ST is charged on and the rate of
the import duty are told nowhere: they are taken from the amount that came of them, and the report says so
(``as_told``), since that amount agrees with itself.
"""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

from ..problems import Problem, _
from ..spec import (
    ONE,
    ZERO,
    ContributionStRule,
    IcmsRule,
    IcmsStRule,
    Importation,
    ImportDutyRule,
    IpiReturnRule,
    TaxRules,
)
from ..taxes.base import CENT, RATE_STEP, percent
from ..taxes.ibs_cbs_tables import RATE_FIELDS, find_class
from ..taxes.icms_checks import PARTS
from ..taxes.icms_fuel import SITUATIONS
from ..verify.reading import amount, child, text, where

HUNDRED = Decimal(100)
PRICE_STEP = Decimal("1e-10")
#: By tax: its group below imposto, and how it calls its quantity.
UNITS = {
    "ipi": ("IPI/*", "qUnid"),
    "pis": ("PIS/*", "qBCProd"),
    "cofins": ("COFINS/*", "qBCProd"),
    "pis_st": ("PISST", "qBCProd"),
    "cofins_st": ("COFINSST", "qBCProd"),
}
PRICE_LISTS = frozenset("12")  # modBC
MARGIN = "0"
CONSUMER_PRICES = frozenset("01235")  # modBCST
MAY_STATE_NONE = frozenset(("51", "90", "900"))


def complete(rules: TaxRules, det: etree._Element) -> tuple[TaxRules, list[Problem]]:
    """``rules`` with what rows cannot read, and what of it had to be taken as the file has it."""
    taken: list[Problem] = []
    icms, found = _icms(rules.icms, det)
    taken += found
    st, found = _icms_st(rules.icms_st, det)
    taken += found
    values = {name: _units(getattr(rules, name), det, *place) for name, place in UNITS.items()}
    for name, tax in (("pis_st", "PIS"), ("cofins_st", "COFINS")):
        if values[name] is not None:
            values[name], found = _price_of(values[name], det, f"{tax}ST")
            taken += found
    duty, found = _import_duty(det)
    taken += found
    reform = rules.ibs_cbs and replace(rules.ibs_cbs, **_own_rates(rules, det))
    if reform and reform.presumed and next(det.iter("{*}vCredPresCondSus"), None) is not None:
        reform = replace(reform, presumed=replace(reform.presumed, suspended=True))
    return (
        replace(rules, **values, icms=icms, icms_st=st, import_duty=duty, ipi_return=_ipi_return(det), ibs_cbs=reform),
        taken,
    )


def importation_of(det: etree._Element) -> Importation | None:
    """What customs says of the item: inputs, all of them. Whatever else the emitter states is in vOutro already."""
    duty = child(det, "imposto/II")
    if duty is None:
        return None
    amounts = (amount(duty, tag) or ZERO for tag in ("vBC", "vDespAdu", "vIOF"))
    value, expenses, iof = amounts
    return Importation(value, (), expenses, iof, taxes_in_other=False)


def _icms(rule: IcmsRule, det: etree._Element) -> tuple[IcmsRule, list[Problem]]:
    """modBC and what it asks for; a rate of zero where the situation states no tax of its own."""
    if rule.cst in SITUATIONS:
        return IcmsRule(cst=rule.cst), []
    if not rule.retained_fcp_rate:
        rule = replace(rule, **dict.fromkeys(PARTS["retained_fcp"]))
    group = child(det, "imposto/ICMS/*")
    base, mode = amount(group, "vBC") or ZERO, rule.base_mode or "3"
    if rule.rate is None and (rule.cst or rule.csosn) in MAY_STATE_NONE:
        rule = replace(rule, rate=ZERO)
    if not base or not rule.rate or rule.base_reduction >= HUNDRED:
        return replace(rule, base_mode="3", **({} if rule.rate else {"base_reduction": ZERO})), []
    if mode == MARGIN:
        margin = _own_margin(rule, det, base)
        return replace(rule, base_margin_rate=margin), [_as_told(group, "vBC")] if margin else []
    if mode in PRICE_LISTS:
        whole = base * HUNDRED / (HUNDRED - rule.base_reduction)
        return replace(rule, base_unit_price=_by_unit(whole, det)), [_as_told(group, "vBC")]
    return rule, []


def _own_margin(rule: IcmsRule, det: etree._Element, base: Decimal) -> Decimal:
    """The margin of modBC 0; zero unless the base exceeds the value of the operation, beside which many write it."""
    prod = child(det, "prod")
    terms = (amount(prod, tag) or ZERO for tag in ("vProd", "vFrete", "vSeg", "vOutro"))
    value = sum(terms, ZERO) - (amount(prod, "vDesc") or ZERO)
    with_ipi = value + (amount(det, "imposto/IPI/*/vIPI") or ZERO)
    kept = (HUNDRED - rule.base_reduction) / HUNDRED
    if value <= 0 or base <= with_ipi * kept + CENT or child(det, "imposto/II") is not None:
        return ZERO
    return (base / kept * HUNDRED / value - HUNDRED).quantize(RATE_STEP, ROUND_HALF_UP)


def _icms_st(rule: IcmsStRule | None, det: etree._Element) -> tuple[IcmsStRule | None, list[Problem]]:
    """modBCST and the price it asks for; no substitution where all of it is zero."""
    if rule is None:
        return None, []
    group = child(det, "imposto/ICMS/*")
    base = amount(group, "vBCST") or ZERO
    if not any(amount(group, tag) for tag in ("vBCST", "pICMSST", "vICMSST")):
        return None, []
    if rule.mode in CONSUMER_PRICES and base and rule.base_reduction < HUNDRED:
        whole = base * HUNDRED / (HUNDRED - rule.base_reduction)
        return replace(rule, unit_price=_by_unit(whole, det), margin_rate=None), [_as_told(group, "vBCST")]
    return rule, []


def _units(rule, det: etree._Element, place: str, tag: str):
    """The factor between the taxable unit and the unit of the tax, where a quantity of the latter is told."""
    if rule is None or rule.unit_value is None:
        return rule
    measured, sold = amount(det, f"imposto/{place}/{tag}"), _sold(det)
    if not measured or not sold or measured == sold:
        return rule
    factor = (measured / sold).quantize(RATE_STEP, ROUND_HALF_UP)
    if (factor * sold).quantize(RATE_STEP, ROUND_HALF_UP) != measured:
        factor = measured / sold  # which the engine refuses: no factor gives this quantity
    return replace(rule, unit_factor=factor or ONE)


def _price_of(rule: ContributionStRule, det: etree._Element, tag: str) -> tuple[ContributionStRule, list[Problem]]:
    """The price of the substitution, where its base is not the value of the item."""
    group = child(det, f"imposto/{tag}")
    base, prod = amount(group, "vBC") or ZERO, child(det, "prod")
    value = (amount(prod, "vProd") or ZERO) - (amount(prod, "vDesc") or ZERO)
    if not base or base == value or not _sold(det):
        return rule, []
    if base == (amount(prod, "vProd") or ZERO):
        return rule, []
    # A price has 4 decimals and a percentage of it 4 more: the price in round numbers, the rest in the percentage.
    price = (base / _sold(det)).quantize(RATE_STEP, ROUND_HALF_UP)
    share = (base * HUNDRED / (price * _sold(det))).quantize(RATE_STEP, ROUND_HALF_UP) if price else HUNDRED
    return replace(rule, retail_unit_value=price or None, base_rate=share), [_as_told(group, "vBC")]


def _import_duty(det: etree._Element) -> tuple[ImportDutyRule | None, list[Problem]]:
    """The rate of the TEC, which no element tells: the shortest one that gives the duty."""
    duty = child(det, "imposto/II")
    if duty is None:
        return None, []
    value, owed = amount(duty, "vBC") or ZERO, amount(duty, "vII") or ZERO
    if not owed or not value:
        return ImportDutyRule(), []
    for decimals in range(5):
        rate = round(owed * HUNDRED / value, decimals)
        if percent(value, rate) == owed:
            break
    return ImportDutyRule(rate), [_as_told(duty, "vII")]


def _ipi_return(det: etree._Element) -> IpiReturnRule | None:
    """impostoDevol: the IPI of another document, so both of its values are given."""
    share = amount(det, "impostoDevol/pDevol")
    if share is None:
        return None
    return IpiReturnRule(share, amount(det, "impostoDevol/IPI/vIPIDevol") or ZERO)


def _own_rates(rules: TaxRules, det: etree._Element) -> dict[str, Decimal]:
    """Rates of IBS and CBS of a class that has its own; those of the others are the year's."""
    found = find_class(rules.ibs_cbs.cClassTrib)
    if found is None or not found.own_rates:
        return {}
    group = "imposto/IBSCBS/gIBSCBS"
    paths = (f"{group}/gIBSUF/pIBSUF", f"{group}/gIBSMun/pIBSMun", f"{group}/gCBS/pCBS")
    return {
        name: rate for name, path in zip(RATE_FIELDS, paths, strict=True) if (rate := amount(det, path)) is not None
    }


def _sold(det: etree._Element) -> Decimal:
    return amount(det, "prod/qTrib") or amount(det, "prod/qCom") or ZERO


def _by_unit(whole: Decimal, det: etree._Element) -> Decimal | None:
    sold = _sold(det)
    return (whole / sold).quantize(PRICE_STEP, ROUND_HALF_UP) if sold else None


def _as_told(group: etree._Element, tag: str) -> Problem:
    message = _("It comes from a price or a rate that no element tells, and was taken as it stands: %(amount)s.")
    return Problem("as_told", f"{where(group)}/{tag}", message, params={"amount": text(group, tag)})
