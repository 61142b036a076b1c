"""What must hold for ICMS whatever the rule: nothing negative, sums that add up, lines that may be split."""

from dataclasses import replace
from decimal import Decimal

import icms_cases as cases
import pytest
from fiscal.spec import IcmsStRule
from fiscal.taxes import engine
from fiscal.taxes.icms_st import adjusted_margin
from fiscal.taxes.totals import sum_items
from hypothesis import given
from hypothesis import strategies as st
from taxes_cases import IN_DAS, INSIDE, NORMAL, SIMPLES, D, ipi, item

MONEY = st.decimals(0, 5000, places=2)
RATE = st.decimals("0.01", "40", places=2)
REDUCTION = st.just(D(0)) | st.decimals(0, "99.9999", places=4)
#: Each amount is rounded once, so two halves of a line are a cent off at most; twice that where one rounded amount is
#: taken from another: what is deferred, exempted, or withheld less the own tax.
CENT, CENTS = D("0.01"), D("0.02")
DERIVED = frozenset({"icms.relief_amount"})
NORMAL_RULES = [pair for pair in cases.NORMAL if pair[0].base_mode == "3" and pair[0].cst != "41"]


@st.composite
def substitutions(draw, rule):
    """Any right substitution in the place of ``rule``."""
    if rule is None:
        return None
    values = {"rate": draw(RATE), "fcp_rate": draw(st.sampled_from([D(0), D(2)]))}
    values |= {"base_reduction": draw(REDUCTION), "keeps_discount": draw(st.booleans())}
    values["deduction_rate"] = draw(st.none() | RATE)
    mode = draw(st.sampled_from("046"))
    if mode == "4":
        values["margin_rate"] = draw(st.decimals(0, 300, places=2))
    elif mode == "0":
        values["unit_price"] = draw(st.decimals("0.01", 500, places=4))
    return IcmsStRule(mode=mode, **values)


@st.composite
def goods(draw, pairs, rules):
    icms, substitution = draw(st.sampled_from(pairs))
    if icms.rate is None:
        icms = replace(icms, rate=draw(RATE))
    if icms.base_reduction:
        icms = replace(icms, base_reduction=draw(st.decimals("0.0001", "99.9999", places=4)))
    price = draw(st.decimals(0, 9999, places=2))
    return item(
        price=price * 2,
        rules=rules,
        cfop="5403" if substitution else "5102",
        icms=icms,
        icms_st=draw(substitutions(substitution)),
        ipi=draw(st.none() | st.just(ipi("9.75"))) if rules is NORMAL else None,
        discount=min(price, draw(MONEY)) * 2,
        freight=draw(MONEY) * 2,
        insurance=draw(MONEY) * 2,
        other=draw(MONEY) * 2,
    )


normal_goods, simples_goods = goods(NORMAL_RULES, NORMAL), goods(cases.SIMPLES, IN_DAS)
sales = st.tuples(st.just(INSIDE), st.lists(normal_goods, min_size=1, max_size=4)) | st.tuples(
    st.just(SIMPLES), st.lists(simples_goods, min_size=1, max_size=4)
)


def amounts(line):
    """Every amount of ICMS of a line, by its field."""
    found = {f"icms.{name}": value for name, value in vars(line.icms).items() if isinstance(value, Decimal)}
    if line.icms_st:
        found |= {f"st.{name}": value for name, value in vars(line.icms_st).items() if isinstance(value, Decimal)}
    return found


@given(sales)
def test_nothing_is_negative_and_the_totals_add_up(sale):
    context, items = sale
    lines = engine.compute_items(context, items)
    for line in lines:
        for name, value in amounts(line).items():
            assert value >= 0, name
            assert not value.is_signed(), name
            assert name.endswith(("rate", "reduction")) or value == value.quantize(CENT), name
        icms = line.icms
        assert icms.amount + icms.deferred_amount == (icms.operation_amount if icms.rate else 0)
        assert icms.fcp_due_amount + icms.fcp_deferred_amount == icms.fcp_amount
        assert line.total >= 0
    totals = sum_items(lines)
    assert totals["vBC"] == sum(line.icms.base for line in lines)
    assert totals["vICMS"] == sum(line.icms.amount for line in lines)
    assert totals["vICMSDeson"] == sum(line.icms.relief_amount for line in lines)
    withheld = [line.icms_st for line in lines if line.icms_st]
    assert totals["vBCST"] == sum(st.base for st in withheld)
    on_top = sum(st.amount + st.fcp_amount for st in withheld)
    assert totals["vST"] + totals["vFCPST"] == on_top
    parts = totals["vProd"] - totals["vDesc"] + totals["vFrete"] + totals["vSeg"] + totals["vOutro"] + totals["vIPI"]
    assert totals.invoice == parts + on_top - totals["vICMSDesonDeduz"]


@given(sales, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter(sale, random):
    context, items = sale
    shuffled = random.sample(items, len(items))
    assert sum_items(engine.compute_items(context, shuffled)) == sum_items(engine.compute_items(context, items))


@given(sales)
def test_a_line_may_be_split_in_two(sale):
    context, (one, *_others) = sale
    half = replace(
        one,
        quantity=D("0.5"),
        **{name: getattr(one, name) / 2 for name in ("discount", "freight", "insurance", "other")},
    )
    (whole,), parts = engine.compute_items(context, [one]), engine.compute_items(context, [half, half])
    together = [amounts(part) for part in parts]
    for name, value in amounts(whole).items():
        if not name.endswith(("rate", "reduction")):
            once = name.startswith("icms.") and name not in DERIVED and whole.icms.rule.deferral_rate is None
            near = CENT if once else CENTS
            assert abs(sum(part[name] for part in together) - value) <= near, name


@given(sales)
def test_a_discount_of_nothing_is_no_discount(sale):
    context, (one, *_others) = sale
    without = replace(one, discount=D(0))
    (given_zero,) = engine.compute_items(context, [replace(one, discount=D("0.00"))])
    (nothing,) = engine.compute_items(context, [without])
    assert amounts(given_zero) == amounts(nothing)


@given(st.decimals(0, 300, places=2), RATE, RATE)
def test_an_adjusted_margin_gives_the_price_inside_the_state(margin, interstate, internal):
    """Net of ICMS, goods of another state cost what those of the destination do: that is what the formula is for."""
    adjusted = adjusted_margin(margin, interstate, internal)
    if internal <= interstate:
        assert adjusted == margin
        return
    assert adjusted >= margin
    inside = (100 + margin) / (100 - internal)
    assert (100 + adjusted) / (100 - interstate) == pytest.approx(inside, abs=D("0.0002"))
