"""IBS, CBS and IS: rules that a class asks for, items without other taxes, rows of the golden tables."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

from fiscal.spec import (
    ContributionRule,
    CreditRule,
    FreeZoneCreditRule,
    Fuel,
    IbsCbsRule,
    IcmsRule,
    PresumedCreditRule,
    SinglePhaseRule,
)
from fiscal.tables import rows
from fiscal.taxes.ibs_cbs_single_phase import needed
from fiscal.taxes.ibs_cbs_tables import RATE_FIELDS, tax_class, year_rates
from taxes_cases import INSIDE, NORMAL, D, item

GOLDEN = Path(__file__).parent / "golden"
DAYS = (date(2026, 12, 31), date(2027, 1, 1), date(2029, 1, 1))
#: The goods alone: no tax in or out of the base.
BARE = replace(NORMAL, icms=IcmsRule(cst="41"), pis=ContributionRule("08"), cofins=ContributionRule("08"))
#: Rates that no act has set, for those who need some: IBS of the UF and of the city, CBS.
UNPUBLISHED = (D("1.2"), D("0.7"), D("8.7"))
DIESEL = Fuel("820101034", "OLEO DIESEL B S10 - COMUM", "SP")
CLASSES = tuple(row["cClassTrib"] for row in rows("ibs_cbs_classes") if row["nfe"] == "1")


def golden(name):
    with (GOLDEN / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def on(day, **values):
    return replace(INSIDE, issue_date=day, **values)


def fuel_of(code):
    """The fuel of an item whose class is of fuels."""
    return DIESEL if code.startswith("620") or code == "410013" else None


def goods(price, rule, **values):
    values = {"fuel": fuel_of(rule.cClassTrib)} | values
    return item(price=price, rules=replace(BARE, ibs_cbs=rule), **values)


def right_rule(code, day, **values):
    """A rule of class ``code`` with all that it asks for on ``day``."""
    found = tax_class(code)
    for name, official, unpublished in zip(RATE_FIELDS, year_rates(day), UNPUBLISHED, strict=True):
        if official is None or found.own_rates:
            values.setdefault(name, official if official is not None else unpublished)
    if found.regular:
        values["regular_class"] = "200032"
    if found.transfers or found.adjusts:
        values["credit"] = CreditRule(D("12.34"), D("56.78"), "2026-11" if found.adjusts else "")
    if found.reversal:
        values["reversal"] = CreditRule(D("1.23"), D("4.56"))
    if found.free_zone_credit:
        values["free_zone_credit"] = FreeZoneCreditRule("2026-11", "2", D("99.99"))
    if found.single_phase:
        asked = {name: D("2.5") for name in needed(found, day)}
        values["single_phase"] = SinglePhaseRule(**asked)
    return IbsCbsRule(found.cst, code, **values)


def presumed(day, code="05", **values):
    """A presumed credit with the percentages that ``day`` asks for."""
    row = next(row for row in rows("ibs_cbs_presumed_credits") if row["code"] == code)
    begun = [tax for tax in ("ibs", "cbs") if "" < row[f"{tax}_from"] <= day.isoformat()]
    rates = {f"{tax}_rate": D("7.5") for tax in begun}
    return PresumedCreditRule(code, **(rates | values))
