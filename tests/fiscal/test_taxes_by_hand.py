"""Taxes typed by hand: judged as rules are, and what is typed is what base, total and explanation say."""

from dataclasses import replace

import pytest
from fiscal.explanation import explain
from fiscal.explanation.words import worth
from fiscal.spec import HandTax, IcmsRule, IcmsStRule
from fiscal.taxes import by_hand, engine
from hypothesis import given
from hypothesis import strategies as st
from taxes_cases import IN_DAS, INSIDE, NORMAL, SIMPLES, D, ipi, item

SUBSTITUTED = replace(NORMAL, icms=IcmsRule(cst="10"), icms_st=IcmsStRule(margin_rate=D(40), rate=D(18), fcp_rate=D(0)))


def typed(*hand, rules=NORMAL, price="1000", **values):
    """An item with these taxes by hand, as whoever reads records makes it."""
    return item("1", price, by_hand.apply(rules, hand), hand=hand, **values)


def told(*hand, context=INSIDE, **values):
    return {problem.code for problem in engine.missing_rules(context, [typed(*hand, **values)])}


def computed(*hand, context=INSIDE, **values):
    one = typed(*hand, **values)
    [result] = engine.compute_items(context, [one])
    for step in explain(context, result):
        for line in step.lines:
            assert not line.figures or worth(line) == line.result.value, line
    return result


def test_a_reduction_and_a_rate():
    result = computed(HandTax("icms", "20", D("33.33"), D(12)))
    assert (result.icms.base, result.icms.rate, result.icms.amount) == (D("666.70"), D(12), D("80.00"))
    assert result.pis.base == D("920.00")  # what comes after reads what was typed


def test_nothing_typed_changes_nothing():
    plain = engine.compute_item(INSIDE, item("1", "1000"))
    assert computed(HandTax("icms")).amounts == plain.amounts
    assert by_hand.apply(NORMAL, ()) is NORMAL


def test_an_exempt_situation_keeps_no_rate():
    rules = replace(NORMAL, icms=IcmsRule(cst="20", base_reduction=D(30), fcp_rate=D(2), rate=D(17)))
    result = computed(HandTax("icms", "40"), rules=rules)
    assert (result.icms.base, result.icms.amount, result.icms.rule) == (0, 0, IcmsRule(cst="40"))


def test_a_situation_without_substitution_has_none():
    result = computed(HandTax("icms", "00"), rules=SUBSTITUTED, cfop="5102")
    assert result.icms_st is None
    assert told(HandTax("icms", "10")) == {"rule_missing_st"}  # nor is one made up


def test_the_substitution_by_hand():
    result = computed(HandTax("icms_st", rate=D(20), base_reduction=D(10)), rules=SUBSTITUTED, cfop="5403")
    assert (result.icms_st.base, result.icms_st.amount) == (D("1260.00"), D("72.00"))
    result = computed(HandTax("icms_st", amount=D("70.01")), rules=SUBSTITUTED, cfop="5403")
    assert result.total == D("1070.01")


def test_ipi_pis_and_cofins():
    hand = (HandTax("ipi", "50", rate=D(5)), HandTax("pis", "06"), HandTax("cofins", rate=D(3)))
    result = computed(*hand)
    assert (result.ipi.amount, result.total) == (D("50.00"), D("1050.00"))
    assert (result.pis.cst, result.pis.rate, result.pis.amount) == ("06", 0, 0)
    assert result.cofins.amount == D("24.60")


def test_an_amount_is_what_all_that_follows_reads():
    result = computed(HandTax("icms", amount=D("180.01")), HandTax("ipi", amount=D("49.99")), ipi=ipi("5"))
    assert result.amounts["vICMS"] == D("180.01")
    assert result.pis.base == D("819.99")
    assert result.total == D("1049.99")
    [line] = [line for line in explain(INSIDE, result)[1].lines if line.tag == "vICMS"]
    assert (line.result.value, line.figures) == (D("180.01"), ())
    assert "by hand" in line.text


@pytest.mark.parametrize(
    ("hand", "values", "code"),
    [
        (HandTax("icms", rate=D(101)), {}, "rate_invalid"),
        (HandTax("icms", rate=D("-1")), {}, "rate_invalid"),
        (HandTax("icms", "20", D(120)), {}, "rate_invalid"),
        (HandTax("icms", "99"), {}, "situation_unknown"),
        (HandTax("icms", "102"), {}, "icms_csosn_outside_simples"),
        (HandTax("icms", "00"), {"context": SIMPLES, "rules": IN_DAS}, "icms_cst_in_simples"),
        (HandTax("icms", base_reduction=D(10)), {}, "icms_value_unexpected"),
        (HandTax("pis", rate=D("1.65")), {"context": SIMPLES, "rules": IN_DAS}, "contribution_taxed_in_simples"),
        (HandTax("pis", "77"), {}, "situation_unknown"),
        (HandTax("ipi", rate=D(5)), {}, "hand_tax_absent"),
        (HandTax("icms_st", rate=D(5)), {}, "hand_tax_absent"),
        (HandTax("difal", rate=D(5)), {}, "hand_tax_unknown"),
        (HandTax("icms", amount=D("180.02")), {}, "hand_amount_far"),
        (HandTax("icms", amount=D("-1")), {}, "hand_amount_invalid"),
        (HandTax("cofins", amount=D("1.234")), {}, "hand_amount_invalid"),
        (HandTax("cofins", amount=D("NaN")), {}, "hand_amount_invalid"),
        (HandTax("cofins", amount=D("820.01")), {}, "hand_amount_exceeds_base"),
        (HandTax("icms", "40", amount=D(1)), {}, "hand_amount_untaxed"),
        (HandTax("icms", amount=D(1)), {"icms_rule": IcmsRule(cst="51", deferral_rate=D(50))}, "hand_amount_deferred"),
    ],
)
def test_refused_by_name(hand, values, code):
    if rule := values.pop("icms_rule", None):
        values["rules"] = replace(NORMAL, icms=rule)
    assert code in told(hand, **values)


def test_the_same_tax_twice():
    assert "hand_tax_unknown" in told(HandTax("pis"), HandTax("pis", "06"))


amounts = st.none() | st.decimals(0, 2000, places=2)
percentages = st.none() | st.decimals(0, 120, places=2)


@given(
    st.sampled_from(["", "00", "20", "40", "51", "90"]),
    percentages,
    percentages,
    amounts,
    amounts,
    st.decimals("0.01", 5000, places=2),
)
def test_whatever_is_typed_is_refused_or_adds_up(situation, reduction, rate, own, contribution, price):
    hand = (HandTax("icms", situation, reduction, rate, own), HandTax("pis", amount=contribution))
    one = typed(*hand, price=price)
    if engine.missing_rules(INSIDE, [one]):
        return
    result = computed(*hand, price=price)
    assert result.icms.amount == (own if own is not None else result.icms.amount)
    assert result.amounts["vPIS"] == (contribution if contribution is not None else result.pis.amount)
    assert result.total == price  # both are inside the price
    assert result.icms.amount <= result.icms.base
