"""What a simulation takes for granted of the reform, and an item's taxes as rows."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest
from fiscal import spec
from fiscal.tables import rows
from fiscal.taxes import engine
from fiscal.taxes.totals import sum_items
from fiscal.whatif import assumptions, lines
from hypothesis import given
from hypothesis import strategies as st

NORMAL = spec.TaxContext("SP", "3", "SP", True, False, date(2026, 11, 25))
RULES = spec.TaxRules(
    icms=spec.IcmsRule(cst="00"),
    pis=spec.ContributionRule("01", Decimal("1.65")),
    cofins=spec.ContributionRule("01", Decimal("7.6")),
    ipi=spec.IpiRule("50", Decimal("5")),
    ibs_cbs=spec.IbsCbsRule("000", "000001"),
)
ITEM = spec.Item("1", "Mesa", "94036000", "5102", "UN", Decimal(2), Decimal(250), RULES)
ASSUMED = assumptions.Assumptions(ibs_uf_rate=Decimal(10), ibs_city_rate=Decimal(2), cbs_rate=Decimal("8.7"))


def taxed(day, assumed=ASSUMED, rules=RULES):
    context = replace(NORMAL, issue_date=day)
    item = replace(ITEM, rules=assumed.applied(rules, day) if assumed else rules)
    return engine.compute_items(context, [item])[0]


def by_name(day, **changes):
    return {line.name: line for line in lines.lines_of(taxed(day, **changes), day)}


def test_today_nothing_is_assumed():
    day = NORMAL.issue_date
    assert ASSUMED.applied(RULES, day) == RULES
    assert list(ASSUMED.told(day)) == []
    assert list(assumptions.notices(day, Decimal(90))) == []


def test_the_rows_of_a_sale():
    found = by_name(NORMAL.issue_date)
    assert list(found) == ["IPI", "ICMS", "PIS", "COFINS", "IBS estadual", "CBS"]
    assert (found["IPI"].amount, found["IPI"].place) == (Decimal("25.00"), "on_top")
    assert (found["ICMS"].situation, found["ICMS"].base, found["ICMS"].rate) == (
        "CST 00",
        Decimal("500.00"),
        Decimal(18),
    )
    assert found["CBS"].place == "told"  # informative in 2026
    owed = lines.burden(list(found.values()))
    assert owed == sum(found[name].amount for name in ("IPI", "ICMS", "PIS", "COFINS"))
    totals = sum_items([taxed(NORMAL.issue_date)])
    assert lines.burden_rate(owed, totals) == (owed * 100 / Decimal(525)).quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    ("day", "gone", "assumed"),
    [
        (date(2027, 1, 1), {"pis", "cofins", "ipi"}, {"CBS"}),
        (date(2029, 1, 1), {"pis", "cofins", "ipi"}, {"IBS estadual", "IBS municipal", "CBS"}),
        (date(2033, 1, 1), {"pis", "cofins", "ipi", "icms"}, {"IBS estadual", "IBS municipal", "CBS"}),
    ],
)
def test_later_years(day, gone, assumed):
    """Every tax that ends is without amount, every rate that is not law is told as assumed, and the law's own stays."""
    found = by_name(day)
    for name in gone & {"pis", "cofins", "icms"}:
        assert found[name.upper()].amount == 0
    assert ("IPI" in found) == ("ipi" not in gone)
    told = list(ASSUMED.told(day))
    assert {each.params["tax"].lower() for each in told if each.code == "assumed_end"} == gone
    assert {each.params["tax"] for each in told if each.code == "assumed_rate"} == assumed
    assert found["CBS"].place == "on_top"
    assert found["IBS estadual"].rate == (Decimal(10) if "IBS estadual" in assumed else Decimal("0.05"))


def test_without_assumptions_the_engine_refuses():
    with pytest.raises(engine.FiscalError):
        taxed(date(2027, 1, 1), assumed=None)
    with pytest.raises(engine.FiscalError):  # a rate that nobody typed is not guessed
        taxed(date(2027, 1, 1), assumed=assumptions.Assumptions())


def test_the_transition_of_icms_is_told():
    """ADCT art. 128: nine tenths in 2029; the engine shows it in full, and says so."""
    [notice] = assumptions.notices(date(2029, 6, 1), Decimal("90.00"))
    assert (notice.params["share"], notice.params["due"]) == ("90", Decimal("81.00"))
    assert list(assumptions.notices(date(2033, 1, 1), Decimal(0))) == []


def test_a_rule_with_rates_of_its_own_keeps_them():
    own = replace(RULES, ibs_cbs=spec.IbsCbsRule("000", "000001", cbs_rate=Decimal(9)))
    assert ASSUMED.applied(own, date(2027, 1, 1)).ibs_cbs.cbs_rate == 9
    simples = replace(RULES, icms=spec.IcmsRule(csosn="102"), ibs_cbs=None)
    assert ASSUMED.applied(simples, date(2033, 1, 1)).icms == spec.IcmsRule(csosn="400")


def test_the_days_to_compare_with():
    days = assumptions.later_days(date(2026, 11, 25))
    assert days[:2] == (date(2027, 1, 1), date(2029, 1, 1))
    assert days[-1] == date(2033, 1, 1)
    assert assumptions.later_days(days[-1]) == ()


def test_the_table_of_rows_names_what_there_is():
    """Each row's tax is one of the engine's, and no tax of the engine is without a row."""
    taxes = {row["tax"] for row in rows("tax_lines")}
    assert taxes == set(spec.TAX_NAMES)
    assert {row["place"] for row in rows("tax_lines")} == {"inside", "on_top", "told", "reform"}
    names = [row["name"] for row in rows("tax_lines")]
    assert len(names) == len(set(names))
    assert taxes <= {field.name for field in fields(spec.TaxedItem)}


@given(price=st.decimals(min_value="0.01", max_value=99999, places=2), quantity=st.integers(1, 999))
def test_rows_on_top_make_the_total(price, quantity):
    """What the rows say is on top is what the document's total has beyond its goods."""
    for day in (NORMAL.issue_date, date(2027, 1, 1)):
        context = replace(NORMAL, issue_date=day)
        item = replace(ITEM, unit_price=price, quantity=Decimal(quantity), rules=ASSUMED.applied(RULES, day))
        [found] = engine.compute_items(context, [item])
        on_top = sum(line.amount for line in lines.lines_of(found, day) if line.place == "on_top")
        assert lines.paid_by_buyer(sum_items([found])) == found.gross + on_top
