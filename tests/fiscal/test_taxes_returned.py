"""Returns: all of them together take back what was sold, to the cent, and each part is one that SEFAZ accepts."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import nfe_samples as samples
import pytest
from fiscal import returns
from fiscal.documents import nfe
from fiscal.spec import ContributionRule, HandTax, IcmsRule, Returned
from fiscal.taxes import by_hand, engine, returned
from fiscal.taxes.base import CENT, percent
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from taxes_cases import INSIDE, NORMAL, D, item

SALES = {
    "normal": samples.every_situation_of_crt_3,
    "simples": samples.every_situation_of_simples,
    "difal": samples.difference,
}
BACK = replace(INSIDE, entry=True, purpose="4")


@cache
def sale(name):
    """What was sold: the taxed invoice, and its items as they come back, by number."""
    taxed = engine.tax_invoice(SALES[name]())
    data = etree.tostring(nfe.build(taxed).element)
    said = replace(NORMAL, pis=ContributionRule("50"), cofins=ContributionRule("50"))
    found = {number: returns.taken_back(each, said, "1949") for number, each in returns.items_of(data).items()}
    return taxed, found


def context_of(taxed):
    return replace(taxed.invoice.tax_context, entry=True, purpose="4")


def back(whole, quantity, before="0", **charges):
    before = D(before)
    earlier = {name: getattr(whole, name) if before else D(0) for name in returned.CHARGES}
    return returned.part(Returned(whole, before, **earlier), D(quantity), charges)


def charges_of(whole):
    return {name: getattr(whole, name) for name in returned.CHARGES}


@pytest.mark.parametrize("name", SALES)
def test_all_of_it_at_once_is_what_was_sold(name):
    taxed, wholes = sale(name)
    assert wholes.keys() == set(range(1, len(taxed.items) + 1))
    context = context_of(taxed)
    for number, sold in enumerate(taxed.items, 1):
        whole = wholes[number]
        [result] = engine.compute_items(context, [back(whole, whole.quantity, **charges_of(whole))])
        assert result.amounts == sold.amounts
        assert (result.icms.base, result.icms.amount) == (sold.icms.base, sold.icms.amount)
        assert (whole.rules.icms.cst, whole.rules.icms.csosn) == (sold.item.rules.icms.cst, sold.item.rules.icms.csosn)
        assert whole.cfop[0] in "123"
        assert whole.rules.pis.cst in ("50", "98")


@st.composite
def parts(draw, name):
    """An item of ``name`` and a way to give it back piece by piece."""
    _taxed, wholes = sale(name)
    whole = wholes[draw(st.sampled_from(sorted(wholes)))]
    quantity = D(draw(st.integers(2, 100_000))) / 1000
    price = D(draw(st.integers(1, 10**9))) / 10**4
    gross = (quantity * price).quantize(CENT)
    whole = replace(
        whole,
        quantity=quantity,
        unit_price=price,
        discount=percent(gross, D(draw(st.integers(0, 99)))),
        freight=D(draw(st.integers(0, 9999))) / 100,
        taxable_quantity=quantity,
    )
    cuts = draw(st.sets(st.integers(1, int(quantity * 1000) - 1), max_size=4))
    edges = [D(0), *(D(cut) / 1000 for cut in sorted(cuts)), quantity]
    return whole, [(start, end - start) for start, end in pairwise(edges)]


@pytest.mark.parametrize("name", SALES)
@given(st.data())
def test_parts_add_up_to_the_whole(name, data):
    whole, pieces = data.draw(parts(name))
    context = context_of(sale(name)[0])
    if engine.missing_rules(context, [whole]):
        return  # an amount too large for this situation's base
    full = engine.compute_item(context, whole)
    sums, said = {}, {"base": 0, "amount": 0}
    for before, quantity in pieces:
        came = Returned(whole, before, freight=share(whole, before))
        one = returned.part(came, quantity, {"freight": returned.left(came, quantity, "freight")})
        assert list(returned.problems(one, "items[0]")) == []
        result = engine.compute_item(context, one)
        told = [problem.code for problem in engine.missing_rules(context, [one])]
        negative = {value for value in (result.icms.base, result.pis.base, *result.amounts.values()) if value < 0}
        assert negative <= {-CENT}
        assert not negative or "returned_too_small" in told or "discount_exceeds_gross" in told
        # DIFAL is the difference of two roundings: with half a per cent between the rates, a real is worth no cent.
        least = D("5.00") if whole.rules.difal else D("0.10")
        assert not told or (
            result.gross - one.discount < least and set(told) <= {"returned_too_small", "discount_exceeds_gross"}
        )
        for tag, value in result.amounts.items():
            sums[tag] = sums.get(tag, 0) + value
        for kind in said:
            said[kind] += getattr(result.icms, kind)
        assert abs(result.icms.amount - percent(result.icms.base, result.icms.rate)) <= CENT or whole.hand
        assert abs(result.gross - (one.quantity * one.unit_price).quantize(CENT)) <= CENT
    assert {tag: sums[tag] for tag in full.amounts} == dict(full.amounts)
    assert said == {"base": full.icms.base, "amount": full.icms.amount}


def share(whole, before):
    return returned.left(Returned(whole), before, "freight") if before else D(0)


def test_a_part_of_less_than_a_cent_is_refused_not_negative():
    """vProd, vDesc and vNF never outrun each other; the base of IBS and CBS, less three taxes, may by a cent."""
    whole = returns.taken_back(item("1.226", "0.8939"))
    for before in range(1225):
        one = back(whole, "0.001", D(before) / 1000)
        result = engine.compute_item(BACK, one)
        negative = {tag for tag, value in result.amounts.items() if value < 0}
        told = [problem.code for problem in engine.missing_rules(BACK, [one])]
        assert told == (["returned_too_small"] if negative else [])
        assert negative <= {"vBCIBSCBS"}


def test_never_more_than_was_sold():
    whole = returns.taken_back(item("10", "7.77", discount=D("3.33"), freight=D("4.00")))
    too_much = back(whole, "4", D("7"))
    [problem] = returned.problems(too_much, "items[0]")
    assert (problem.code, problem.path) == ("returned_too_much", "items[0].quantity")
    assert (problem.params["quantity"], problem.params["left"], problem.params["whole"]) == ("4", "3", "10")
    freight = returned.part(Returned(whole), D(5), {"freight": D("2.01")})
    [problem] = returned.problems(freight, "items[0]")
    assert (problem.code, problem.params["most"]) == ("returned_charge", D("2.00"))
    assert "returned_too_much" in {each.code for each in engine.missing_rules(BACK, [too_much])}


def test_amounts_typed_by_hand_come_back_in_proportion():
    hand = (HandTax("pis", amount=D("10.01")),)
    sold = item("3", "100", by_hand.apply(NORMAL, hand), hand=hand)
    whole = returns.taken_back(sold)
    assert [engine.compute_item(BACK, back(whole, 1, D(before))).pis.amount for before in range(3)] == [
        D("3.34"),
        D("3.33"),
        D("3.34"),
    ]


def test_what_was_retained_before_comes_back_in_proportion():
    retained = {"retained_base": D("100.00"), "retained_rate": D(18), "retained_amount": D("10.00")}
    whole = returns.taken_back(item("3", "50", icms=IcmsRule(cst="60", retained_substitute=D("8.00"), **retained)))
    pieces = [back(whole, 1, D(before)).rules.icms for before in range(3)]
    assert [each.retained_amount for each in pieces] == [D("3.33"), D("3.34"), D("3.33")]
    assert sum(each.retained_base for each in pieces) == D("100.00")
    assert {each.retained_rate for each in pieces} == {D(18)}


def test_what_cannot_be_is_told():
    whole = returns.taken_back(item("3", "50"))
    for wrong in (
        Returned(replace(whole, returned=Returned(whole))),
        Returned(whole, D("NaN")),
        Returned(whole, D(-1)),
    ):
        problems = returned.problems(replace(whole, returned=wrong), "items[0]")
        assert [each.code for each in problems] == ["returned_invalid"]
    assert returns.items_of(b"<nfeProc/>") == {}
