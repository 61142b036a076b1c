"""What was withheld before, by unit of stock and for an item; and what is told of an ICMS rule when it is saved."""

from dataclasses import fields, replace

import icms_cases
import pytest
from fiscal.spec import ZERO, IcmsRule
from fiscal.taxes import retained
from fiscal.taxes.icms_checks import value_problems
from hypothesis import given
from hypothesis import strategies as st
from taxes_cases import D

UNIT = retained.RetainedUnit(
    base=D("13.123456789"),
    rate=D(20),
    substitute=D("0.9"),
    amount=D("1.444444"),
    fcp_base=D(13),
    fcp_rate=D(2),
    fcp_amount=D("0.26"),
)
PASSED_ON = replace(UNIT, destination_base=D("13.5"), destination_amount=D("1.62"))
RULES = replace(icms_cases.samples.NORMAL, icms=IcmsRule(cst="60", effective_rate=D(18)))


def applied(unit, quantity, **rule):
    return retained.apply(replace(RULES, icms=replace(RULES.icms, **rule)), unit, quantity).icms


@given(st.decimals("0.0001", "99999", places=4))
def test_the_amounts_of_an_item_are_its_units_rounded_once(quantity):
    found = applied(UNIT, quantity)
    assert found.retained_base == round_half_up(UNIT.base * quantity)
    assert found.retained_amount == round_half_up(UNIT.amount * quantity)
    assert (found.retained_rate, found.retained_fcp_rate) == (UNIT.rate, UNIT.fcp_rate)
    assert found.effective_rate == D(18)
    assert found.destination_st_base is None
    assert not list(value_problems(found, ""))


def round_half_up(value):
    cents, rest = divmod(value * 100, 1)
    return (cents + (rest >= D("0.5"))) / 100


def test_only_situations_that_tell_it_get_it():
    codes = {pair[0].cst or pair[0].csosn: pair[0] for pair in icms_cases.NORMAL + icms_cases.SIMPLES}
    got = {code for code, rule in codes.items() if retained.apply(replace(RULES, icms=rule), UNIT, D(2)).icms != rule}
    assert got == {"60", "500"}
    passed = applied(PASSED_ON, D(2), cst="41", effective_rate=None)
    assert (passed.destination_st_base, passed.destination_st_amount) == (D("27.00"), D("3.24"))
    assert passed.retained_base == D("26.25")
    assert applied(PASSED_ON, D(2), cst="41") == replace(passed, effective_rate=D(18))
    assert retained.apply(RULES, None, D(2)) is RULES


def test_a_zero_that_was_said_is_told_and_what_was_not_said_is_not():
    """Goods bought from a substitute who owed nothing: base and rate, with an amount of zero."""
    found = applied(retained.RetainedUnit(base=D(10), rate=D(18), amount=ZERO), D(3))
    assert (found.retained_amount, found.retained_substitute, found.retained_fcp_base) == (ZERO, None, None)
    assert not list(value_problems(found, ""))


@pytest.mark.parametrize("rule", [pair[0] for pair in icms_cases.NORMAL + icms_cases.SIMPLES])
def test_what_can_be_billed_can_be_saved(rule):
    assert list(value_problems(rule, "")) == []


@pytest.mark.parametrize("code", ["00", "10", "20", "30", "40", "41", "50", "60", "70", "102", "202", "500"])
def test_a_value_of_another_situation_is_told_when_saved(code):
    """Each value of :class:`IcmsRule` that a situation's group has no place for."""
    rule = IcmsRule(**{"csosn" if len(code) == 3 else "cst": code})
    allowed = icms_cases.uses(code)
    values = {"relief_reason": "9", "deferral_rate": D(10), "effective_rate": D(18), "retained_base": ZERO}
    for name, value in values.items():
        told = [each.code for each in value_problems(replace(rule, **{name: value}), "")]
        assert ("icms_value_unexpected" in told) == (name not in allowed), name


def test_the_unit_has_all_that_the_rule_has():
    names = {field.name for field in fields(IcmsRule)}
    wanted = {name for name in names if name.startswith(("retained_", "destination_st_"))}
    given_ = {f"retained_{field.name}" for field in fields(retained.RetainedUnit)}
    assert {name.replace("retained_destination_", "destination_st_") for name in given_} == wanted
