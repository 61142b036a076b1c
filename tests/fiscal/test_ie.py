"""Inscrição estadual, against the SINTEGRA sheets' own examples and numbers that companies publish.

``data/ie_examples.csv`` names the source of each number; none of them was computed by the code under test.
"""

import csv
from pathlib import Path

import pytest
from fiscal.ie import is_ie, normalize_ie, rules
from fiscal.tables import rows
from hypothesis import assume, given
from hypothesis import strategies as st

UFS = [row["uf"] for row in rows("uf")]
ALL_RULES = [(uf, index) for uf in UFS for index in range(len(rules(uf)))]
with (Path(__file__).parent / "data" / "ie_examples.csv").open(encoding="utf-8", newline="") as _file:
    EXAMPLES = [(row["uf"], row["ie"]) for row in csv.DictReader(_file)]


@pytest.mark.parametrize(("uf", "ie"), EXAMPLES)
def test_examples(uf, ie):
    assert is_ie(normalize_ie(ie), uf)


def test_every_uf_has_rules_and_examples():
    assert len(UFS) == 27
    assert all(rules(uf) for uf in UFS)
    assert {uf for uf, _ in EXAMPLES} == set(UFS)


# Goiás has numbers with two right digits, and the last digits of SP's rural producers are free.
CHECKED_AT_THE_END = [(uf, ie) for uf, ie in EXAMPLES if not (uf == "GO" and ie.startswith("1")) and ie[0] != "P"]


@pytest.mark.parametrize(("uf", "ie"), CHECKED_AT_THE_END)
def test_no_other_last_digit_will_do(uf, ie):
    bare = normalize_ie(ie)
    assert not any(is_ie(bare[:-1] + digit, uf) for digit in "0123456789" if digit != bare[-1])


@st.composite
def registrations(draw, uf, index):
    """A number of the right shape, whose check digits are then put right, the ones that others lean on first."""
    rule = rules(uf)[index]
    ie = draw(st.from_regex(rule.pattern, fullmatch=True))
    if rule.first:
        ie = str(draw(st.integers(int(rule.first), int(rule.last)))).zfill(len(rule.first)) + ie[len(rule.first) :]
    for check in rule.checks:
        ie = ie[: check.position] + str(rule.digit(ie, check)) + ie[check.position + 1 :]
    assume(ie.strip("0"))
    assume(rule.covers(ie))
    return ie


@pytest.mark.parametrize(("uf", "index"), ALL_RULES)
@given(data=st.data())
def test_generated_numbers_pass_and_no_other_check_digit_does(uf, index, data):
    rule = rules(uf)[index]
    ie = data.draw(registrations(uf, index))
    assert is_ie(ie, uf)
    check = data.draw(st.sampled_from(rule.checks))
    for digit in set("0123456789") - {ie[check.position]}:
        assert not rule.accepts(ie[: check.position] + digit + ie[check.position + 1 :])


@pytest.mark.parametrize(
    ("uf", "ie"),
    [
        ("AC", "0200482300112"),  # another prefix
        ("AP", "030170070"),  # 11 gives 1 in this range
        ("GO", "129876547"),
        ("MS", "292909575"),
        ("PA", "169999995"),
        ("RR", "250066281"),
        ("TO", "29040227836"),  # no such kind of taxpayer
        ("SP", "P111004243002"),  # the zero after P is fixed
        ("SP", "ISENTO"),
        ("SP", ""),
        ("SP", "000000000000"),
        ("SP", "110.042.490.114"),  # not normalised
        ("ES", "٩٩٩٩٩٩٩٩٠"),  # digits, but not ours
        ("EX", "110042490114"),
    ],
)
def test_refused(uf, ie):
    assert not is_ie(ie, uf)


def test_the_range_of_goias_in_which_official_sources_disagree_takes_both_digits():
    assert is_ie("101031051", "GO")
    assert is_ie("101031050", "GO")
    assert not is_ie("101031052", "GO")


def test_normalize():
    assert normalize_ie(" p-01100424.3/002 ") == "P011004243002"
    assert normalize_ie("isento") == "ISENTO"
