"""Freight and discount shared among lines, to the cent."""

import pytest
from fiscal.taxes.sharing import share
from hypothesis import given
from hypothesis import strategies as st
from taxes_cases import D

AMOUNTS = st.decimals(0, 100000, places=2)
WEIGHTS = st.lists(st.decimals(0, 100000, places=2), min_size=1, max_size=30)


def cents(*values):
    return [D(value) for value in values]


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        ("10.00", ["1", "1", "1"], ["3.34", "3.33", "3.33"]),
        ("0.02", ["1", "1", "1"], ["0.01", "0.01", "0.00"]),
        ("100.00", ["50", "0", "150"], ["25.00", "0.00", "75.00"]),
        ("1.00", ["0", "0", "0"], ["0.34", "0.33", "0.33"]),
        ("0.00", ["5", "7"], ["0.00", "0.00"]),
        ("0.05", ["10", "20", "70"], ["0.01", "0.01", "0.03"]),
        ("7.77", ["3"], ["7.77"]),
    ],
)
def test_examples(amount, weights, shares):
    assert share(D(amount), cents(*weights)) == cents(*shares)


@given(AMOUNTS, WEIGHTS)
def test_shares_add_up_and_are_near_their_exact_value(amount, weights):
    shares = share(amount, weights)
    assert sum(shares) == amount
    assert all(part >= 0 and part == part.quantize(D("0.01")) for part in shares)
    if total := sum(weights):
        assert all(abs(p - amount * w / total) < D("0.01") for p, w in zip(shares, weights, strict=True))
        assert all(not p for p, w in zip(shares, weights, strict=True) if not w)


@given(WEIGHTS, st.decimals(0, 1, places=4))
def test_a_shared_discount_never_exceeds_a_line(weights, part):
    amount = (sum(weights) * part).quantize(D("0.01"), "ROUND_DOWN")
    if sum(weights):
        assert all(p <= w for p, w in zip(share(amount, weights), weights, strict=True))


@given(AMOUNTS, WEIGHTS)
def test_scale_of_weights_does_not_matter(amount, weights):
    assert share(amount, weights) == share(amount, [w * 7 for w in weights])


def test_no_lines():
    assert share(D("0.00"), []) == []


@pytest.mark.parametrize(("amount", "weights"), [("-1", ["1"]), ("1.001", ["1"]), ("1", ["2", "-1"]), ("1", [])])
def test_nonsense_is_refused(amount, weights):
    with pytest.raises(ValueError, match=r"share|weight"):
        share(D(amount), cents(*weights))
