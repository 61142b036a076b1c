"""IBS, CBS and IS: what is refused by name, who fills the groups since when, and properties of the arithmetic."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from fiscal.spec import (
    CreditRule,
    FreeZoneCreditRule,
    FreeZoneSaleRule,
    GovernmentPurchase,
    IbsCbsRule,
    IcmsRule,
    IcmsStRule,
    PresumedCreditRule,
    SelectiveRule,
    SinglePhaseRule,
)
from fiscal.tables import rows
from fiscal.taxes import engine
from fiscal.taxes.ibs_cbs_tables import tax_class
from fiscal.taxes.selective import problems as selective_problems
from fiscal.taxes.totals import sum_items
from hypothesis import given
from hypothesis import strategies as st
from reform_cases import BARE, CLASSES, DAYS, goods, on, presumed, right_rule
from taxes_cases import IN_DAS, D, item

LAST, FIRST, LATER = DAYS
INTEGRAL = IbsCbsRule("000", "000001")
PATH = "items[0].rules.ibs_cbs"


def found(day, rule, context=None, **values):
    one = goods("100", rule, **values)
    return {(problem.code, problem.path) for problem in engine.missing_rules(context or on(day), [one])}


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("code", CLASSES)
def test_a_rule_with_all_its_class_asks_for_is_right(code, day):
    assert found(day, right_rule(code, day)) == (
        {("ibs_cbs_class_note", f"{PATH}.cClassTrib")} if tax_class(code).note else set()
    )


def test_what_no_act_has_published_is_asked_by_name():
    assert found(FIRST, INTEGRAL) == {("ibs_cbs_rate_unknown", f"{PATH}.cbs_rate")}
    assert found(FIRST, replace(INTEGRAL, cbs_rate=D("8.7"))) == set()
    assert found(LATER, INTEGRAL) == {
        ("ibs_cbs_rate_unknown", f"{PATH}.{name}") for name in ("ibs_uf_rate", "ibs_city_rate", "cbs_rate")
    }
    # Immune goods have no rate, so none is asked.
    assert found(LATER, IbsCbsRule("410", "410008")) == set()
    # The tables contradict each other: who uses it says the rates.
    assert found(LAST, IbsCbsRule("830", "830001")) == {
        ("ibs_cbs_rate_unknown", f"{PATH}.{name}") for name in ("ibs_uf_rate", "ibs_city_rate", "cbs_rate")
    }


def test_the_rates_of_2027_that_the_law_fixes_are_not_to_be_changed():
    given = replace(INTEGRAL, ibs_uf_rate=D("0.1"), cbs_rate=D("8.7"))
    assert found(FIRST, given) == {("ibs_cbs_rate", f"{PATH}.ibs_uf_rate")}


def test_simples_fills_the_groups_by_its_option_only_and_not_before_2027():
    for crt in "124":
        rules = {"icms": IcmsRule(cst="41")} if crt == "2" else {"icms": IcmsRule(csosn="400")}
        one = item(rules=replace(IN_DAS, ibs_cbs=replace(INTEGRAL, cbs_rate=D("8.7")), **rules))
        codes = [p.code for p in engine.missing_rules(on(FIRST, emitter_crt=crt), [one])]
        assert codes == ["rule_missing_ibs_cbs_simples"]
        opted = on(FIRST, emitter_crt=crt, regular_ibs_cbs=True)
        assert engine.missing_rules(opted, [one]) == []
        assert engine.compute_item(opted, one).ibs_cbs.cbs_amount == D("8.70")
        assert engine.compute_item(replace(opted, issue_date=LAST), one).ibs_cbs is None
        bare = replace(one, rules=replace(one.rules, ibs_cbs=None))
        assert [p.code for p in engine.missing_rules(opted, [bare])] == ["ibs_cbs_missing"]


@pytest.mark.parametrize(
    ("rule", "code", "field"),
    [
        (IbsCbsRule("550", "550001"), "ibs_cbs_regular_class", "regular_class"),
        (IbsCbsRule("550", "550001", regular_class="999999"), "ibs_cbs_regular_class", "regular_class"),
        (IbsCbsRule("550", "550001", regular_class="410004"), "ibs_cbs_regular_class", "regular_class"),
        (IbsCbsRule("550", "550001", regular_class="550002"), "ibs_cbs_regular_class", "regular_class"),
        (replace(INTEGRAL, regular_class="000001"), "ibs_cbs_group_unexpected", "regular_class"),
        (replace(INTEGRAL, presumed=PresumedCreditRule("05")), "ibs_cbs_group_unexpected", "presumed"),
        (IbsCbsRule("000", "000003", presumed=PresumedCreditRule("99")), "presumed_credit_unknown", "presumed.code"),
        (IbsCbsRule("000", "000003", presumed=PresumedCreditRule("02")), "presumed_credit_unknown", "presumed.code"),
        (IbsCbsRule("410", "410014", presumed=PresumedCreditRule("01")), "presumed_credit_event", "presumed.code"),
        (
            IbsCbsRule("000", "000003", presumed=PresumedCreditRule("05", cbs_rate=D(7))),
            "ibs_cbs_group_unexpected",
            "presumed.cbs_rate",  # from 2027 on
        ),
        (
            IbsCbsRule("000", "000003", presumed=PresumedCreditRule("05", base=D("1.234"))),
            "amount_invalid",
            "presumed.base",
        ),
        (
            IbsCbsRule("000", "000003", presumed=PresumedCreditRule("05", suspended=True)),
            "ibs_cbs_group_unexpected",
            "presumed.suspended",
        ),
        (replace(INTEGRAL, credit=CreditRule(D(1), D(1))), "ibs_cbs_group_unexpected", "credit"),
        (replace(INTEGRAL, reversal=CreditRule(D(1), D(1))), "ibs_cbs_group_unexpected", "reversal"),
        (IbsCbsRule("200", "200054"), "ibs_cbs_group_missing", "reversal"),
        (IbsCbsRule("200", "200054", reversal=CreditRule(D(0), D(0))), "ibs_cbs_credit_zero", "reversal"),
        (IbsCbsRule("200", "200054", reversal=CreditRule(D(-1), D(1))), "amount_invalid", "reversal.ibs"),
        (IbsCbsRule("200", "200054", reversal=CreditRule(D(1), D(1), "2026-11")), "period_invalid", "reversal.period"),
        (
            replace(INTEGRAL, free_zone_credit=FreeZoneCreditRule("2026-11", "1", D(1))),
            "ibs_cbs_group_unexpected",
            "free_zone_credit",
        ),
        (replace(INTEGRAL, free_zone=FreeZoneSaleRule("3")), "invalid", "free_zone.kind"),
        (replace(INTEGRAL, free_zone=FreeZoneSaleRule("2")), "ibs_cbs_group_missing", "free_zone.process"),
        (replace(INTEGRAL, free_zone=FreeZoneSaleRule("2", "1")), "invalid", "free_zone.process"),
        (replace(INTEGRAL, deferral_rate=D(101)), "rate_invalid", "deferral_rate"),
        (IbsCbsRule("510", "510001", cbs_return_rate=D(1)), "ibs_cbs_group_unexpected", "cbs_return_rate"),
        (IbsCbsRule("620", "620007", single_phase=SinglePhaseRule(base=D(1))), "single_phase_value_unexpected", ""),
        (
            IbsCbsRule("620", "620006", single_phase=SinglePhaseRule(ibs_retained=D(1))),
            "single_phase_value_missing",
            "",
        ),
    ],
)
def test_groups_that_contradict_the_class(rule, code, field):
    answers = found(LAST, rule)
    assert [got for got, path in answers] == [code]
    assert all(path.startswith(f"{PATH}.{field}") for _code, path in answers)


def test_tobacco_has_its_cbs_inside_a_free_zone():
    rule = replace(INTEGRAL, free_zone=FreeZoneSaleRule("1"))
    assert found(LAST, rule, ncm="24022000") == {("ibs_cbs_group_unexpected", f"{PATH}.free_zone")}
    assert found(LAST, rule, ncm="33030010") == found(LAST, rule) == set()


def test_a_class_of_fuels_needs_the_fuel():
    for code in ("410013", "620006"):
        assert ("ibs_cbs_fuel_missing", "items[0].fuel") in found(LAST, right_rule(code, LAST), fuel=None)


def test_single_phase_values_are_asked_one_by_one():
    names = {p.params["field"] for p in engine.missing_rules(on(FIRST), [goods("1", IbsCbsRule("620", "620002"))])}
    assert names == {
        *("base", "ibs_uf_rate", "ibs_city_rate", "cbs_rate"),
        *("withheld_base", "withheld_quantity", "ibs_withheld_rate", "cbs_withheld_rate"),
    }


@pytest.mark.parametrize(
    ("purchase", "field"),
    [
        (GovernmentPurchase("7", "1"), "entity"),
        (GovernmentPurchase("1", "2"), "operation"),
        (GovernmentPurchase("1", "1", D(5)), "rate_reduction"),  # there is no reducer in 2026
    ],
)
def test_government_purchases_that_are_wrong(purchase, field):
    context = on(LAST, government=purchase)
    assert found(LAST, INTEGRAL, context) == {("government_invalid", f"government.{field}")}


def test_a_suspension_in_a_government_purchase_has_no_rule():
    context = on(LAST, government=GovernmentPurchase("1", "1"))
    assert found(LAST, right_rule("550001", LAST), context) == {
        ("rule_missing_government_regular", f"{PATH}.cClassTrib")
    }


def selective(day, rule, **values):
    one = item(rules=replace(BARE, ibs_cbs=right_rule("000001", day), selective=rule), **values)
    return {(p.code, p.path.removeprefix("items[0].rules.selective")) for p in engine.missing_rules(on(day), [one])}


def test_is_begins_in_2027_and_its_rates_are_asked():
    assert selective(LAST, SelectiveRule("000", "000001", D(1))) == {("selective_too_early", "")}
    assert selective(FIRST, SelectiveRule("000", "000001")) == {("selective_rate_missing", ".rate")}
    assert selective(FIRST, SelectiveRule("0", "000001", D(1))) == {("selective_code_invalid", ".cst")}
    assert selective(FIRST, SelectiveRule("000", "1", D(101))) == {
        *(("selective_code_invalid", ".cClassTribIS"), ("rate_invalid", ".rate")),
    }
    assert selective(FIRST, SelectiveRule("000", "000001", specific_rate=D("0.00001"))) == {
        ("selective_value_invalid", ".specific_rate")
    }
    assert selective(FIRST, SelectiveRule("000", "000001", D(0), D("1.5"))) == set()


def test_is_and_icms_are_each_in_doubt_of_the_other():
    taxed = item(
        rules=replace(
            BARE,
            icms=IcmsRule(cst="00"),
            ibs_cbs=right_rule("000001", FIRST),
            selective=SelectiveRule("000", "000001", D(1)),
        )
    )
    assert [p.code for p in engine.missing_rules(on(FIRST), [taxed])] == ["rule_missing_selective_icms"]
    substitution = replace(taxed.rules, icms=IcmsRule(csosn="202"), icms_st=IcmsStRule())
    codes = {p.code for p in selective_problems(on(FIRST), replace(taxed, rules=substitution), "items[0]")}
    assert codes == {"rule_missing_selective_icms"}


def test_is_by_unit_counts_the_taxable_unit():
    rule = SelectiveRule("000", "000001", D(0), D("2.5"))
    one = item("2", "10", replace(BARE, selective=rule), taxable_unit="L", taxable_quantity=D("24"))
    assert engine.compute_item(on(FIRST), one).selective.amount == D("60.00")


# --- Properties -------------------------------------------------------------------------------------------------

money = st.decimals("0.01", 10**6, places=2)
percentages = st.decimals(0, 30, places=4)
PLAIN = tuple(code for code in CLASSES if not tax_class(code).note and not tax_class(code).own_rates)
days = st.sampled_from(DAYS)


@st.composite
def taxed(draw, day=None):
    """A context and an item of any class of an NF-e, with any rates where the law leaves them open."""
    day = day or draw(days)
    code = draw(st.sampled_from(PLAIN))
    rates = {"cbs_rate": draw(percentages)} if day.year >= 2027 else {}
    if day.year >= 2029:
        rates |= {"ibs_uf_rate": draw(percentages), "ibs_city_rate": draw(percentages)}
    rule = right_rule(code, day, deferral_rate=draw(st.decimals(0, 100, places=4)), **rates)
    if tax_class(code).taxed and not tax_class(code).defers:
        rule = replace(rule, cbs_return_rate=draw(st.decimals(0, 100, places=4)))
    price = draw(money)
    one = goods(price, rule, discount=draw(st.decimals(0, price, places=2)), freight=draw(money), other=draw(money))
    buyer = None
    if day.year >= 2027 and not tax_class(code).regular:
        reducer = draw(st.decimals(0, 100, places=4))
        buyer = draw(
            st.none() | st.builds(GovernmentPurchase, st.sampled_from("123456"), st.just("1"), st.just(reducer))
        )
    return on(day, government=buyer), one


@given(taxed())
def test_never_negative_and_adding_up(case):
    context, one = case
    assert engine.missing_rules(context, [one]) == []
    result = engine.compute_item(context, one)
    assert all(value >= 0 and value == value.quantize(D("0.01")) for value in result.amounts.values())
    found = result.ibs_cbs
    if found.taxed:
        assert result.amounts["vIBS"] == found.ibs_uf_amount + found.ibs_city_amount
        if found.government:
            shares = found.government
            told = shares.ibs_uf_amount + shares.ibs_city_amount + shares.cbs_amount
            assert told == found.ibs_amount + found.cbs_amount
    on_top = (
        0
        if context.issue_date < FIRST
        else sum(result.amounts.get(tag, 0) for tag in ("vIBS", "vCBS", "vTotIBSMonoItem", "vTotCBSMonoItem"))
    )
    assert result.amounts["vNFTot"] == result.amounts["vNF"] + on_top


@given(st.lists(taxed(FIRST).map(lambda case: case[1]), min_size=1, max_size=5), st.randoms())
def test_totals_are_sums_in_any_order(items, random):
    context = on(FIRST)
    results = [engine.compute_item(context, one) for one in items]
    shuffled = results[:]
    random.shuffle(shuffled)
    totals, again = sum_items(results), sum_items(shuffled)
    assert dict(totals.amounts) == dict(again.amounts)
    assert totals["vCBS"] == sum(result.ibs_cbs.cbs_amount for result in results)


@given(money, money, st.sampled_from(["000001", "200032", "200047", "510001", "515001"]), days)
def test_splitting_a_line_changes_at_most_a_cent_each(one, other, code, day):
    rule = right_rule(code, day)
    parts = [engine.compute_item(on(day), goods(price, rule)).amounts for price in (one, other)]
    whole = engine.compute_item(on(day), goods(one + other, rule)).amounts
    for tag in ("vIBSUF", "vIBSMun", "vCBS", "gCBS/vDif"):
        assert abs(parts[0].get(tag, 0) + parts[1].get(tag, 0) - whole.get(tag, 0)) <= D("0.01")


@given(money, percentages, st.decimals(0, 100, places=4))
def test_a_return_and_what_is_left_are_the_whole(price, rate, part):
    rule = replace(INTEGRAL, cbs_rate=rate)
    whole = engine.compute_item(on(FIRST), goods(price, rule)).ibs_cbs.cbs_amount
    result = engine.compute_item(on(FIRST), goods(price, replace(rule, cbs_return_rate=part))).ibs_cbs
    assert result.cbs_amount + result.cbs_returned == whole


# --- Tables -----------------------------------------------------------------------------------------------------


def test_the_tables_of_the_reform_are_whole():
    codes = [row["code"] for row in rows("ibs_cbs_presumed_credits")]
    assert codes == [f"{number:02d}" for number in range(1, 14)]
    assert {row["crt"] for row in rows("ibs_cbs_obligation")} == set("1234")
    for table in ("ibs_cbs_rates", "ibs_cbs_government", "ibs_cbs_obligation", "ibs_cbs_presumed_credits"):
        assert all(row["source"] for row in rows(table))
    spans = [(row["valid_from"], row["valid_to"]) for row in rows("ibs_cbs_government")]
    for (_begin, end), (after, _end) in pairwise(spans):
        assert date.fromisoformat(end) < date.fromisoformat(after)


def test_a_presumed_credit_asks_for_its_percentage_from_its_day_on():
    rule = replace(right_rule("000003", FIRST), presumed=PresumedCreditRule("05"))
    assert found(FIRST, rule) == {("presumed_credit_rate_missing", f"{PATH}.presumed.cbs_rate")}
    assert found(FIRST, replace(rule, presumed=presumed(FIRST))) == set()
