"""The engine's arithmetic: worked examples, and what must hold for every invoice."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP

import pytest
from fiscal.problems import FiscalError
from fiscal.spec import ContributionRule, IbsCbsRule, IcmsRule
from fiscal.taxes import base, engine
from fiscal.taxes.totals import sum_items
from hypothesis import given
from hypothesis import strategies as st
from taxes_cases import IN_DAS, INSIDE, INTERSTATE, SIMPLES, D, invoice, ipi, item


def taxed(one, context=INSIDE):
    (result,) = engine.compute_items(context, [one])
    return result


# --- Worked examples ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gross", "freight", "discount", "rate", "base_ipi", "amount"),
    [
        # A commentary on the public exam CEV/URCA 2019: 5,000 of goods + 300 of freight at 10 %.
        ("5000", "300", "0", "10", "5300.00", "530.00"),
        # Oracle Fusion's documentation on tax charges in Brazil: 2,800 + 60 of freight - 20 of discount at 18 %.
        ("2800", "60", "20", "18", "2840.00", "511.20"),
        # STF RE 567.935 and Resolução do Senado 1/2017: the unconditional discount is out.
        ("1000", "0", "100", "10", "900.00", "90.00"),
    ],
)
def test_ipi_base(gross, freight, discount, rate, base_ipi, amount):
    result = taxed(item(price=gross, freight=D(freight), discount=D(discount), ipi=ipi(rate)))
    assert (result.ipi.base, result.ipi.amount) == (D(base_ipi), D(amount))


def test_a_real_sale_of_2026():
    """The figures of an NF-e issued in RS to a contributor in MT in 2026 (fertilizer, 40 t at 4,228, origin 5).

    It defers what it reduces (cClassTrib 515001); 200038 has the same reduction and charges what that one defers.
    """
    context = replace(INTERSTATE, emitter_uf="RS", recipient_uf="MT")
    one = item(
        "40",
        "4228",
        cfop="6101",
        origin="5",
        icms=IcmsRule(cst="20", base_reduction=D("42.86")),
        pis=ContributionRule("06"),
        cofins=ContributionRule("06"),
        ipi=ipi("0", "53"),
        ibs_cbs=IbsCbsRule("200", "200038"),
    )
    result = taxed(one, context)
    assert (result.gross, result.total) == (D("169120.00"), D("169120.00"))
    assert (result.icms.base, result.icms.rate, result.icms.amount) == (D("96635.17"), D(7), D("6764.46"))
    group = result.ibs_cbs
    assert (group.base, group.ibs_uf_effective, group.cbs_effective) == (D("162355.54"), D("0.0400"), D("0.3600"))
    assert (group.ibs_uf_amount, group.ibs_city_amount, group.cbs_amount) == (D("64.94"), D("0.00"), D("584.48"))


def test_ibs_cbs_base_of_a_published_example():
    # A software house's help page: 1,000 + freight 50 + other 20 - discount 100 - ICMS 90 + IS 30 = 910.
    parts = {"vProd": 1000, "vFrete": 50, "vOutro": 20, "vDesc": 100, "vICMS": 90, "vIS": 30, "vIPI": 77}
    assert base.base_of("ibs_cbs", INSIDE, {tag: D(value) for tag, value in parts.items()}) == D("910.00")


@pytest.mark.parametrize(
    ("base_ibs_cbs", "code", "effective", "ibs", "cbs"),
    [
        # IBSCBS groups as others published them in 2026. A full reduction gives zero, not no group.
        ("483.84", "000001", ("0.1000", "0.9000"), "0.48", "4.35"),
        ("172032.89", "000001", ("0.1000", "0.9000"), "172.03", "1548.30"),
        ("427.34", "200034", ("0.0400", "0.3600"), "0.17", "1.54"),
        ("3000.00", "200038", ("0.0400", "0.3600"), "1.20", "10.80"),
        ("100.00", "200003", ("0.0000", "0.0000"), "0.00", "0.00"),
        ("1000.00", "200047", ("0.0600", "0.5400"), "0.60", "5.40"),
    ],
)
def test_ibs_cbs_groups(base_ibs_cbs, code, effective, ibs, cbs):
    one = item(
        price=base_ibs_cbs,
        icms=IcmsRule(cst="40"),
        pis=ContributionRule("06"),
        cofins=ContributionRule("06"),
        ibs_cbs=IbsCbsRule(code[:3], code),
    )
    group = taxed(one).ibs_cbs
    assert group.base == D(base_ibs_cbs)
    assert (group.ibs_uf_effective, group.cbs_effective) == tuple(map(D, effective))
    assert (group.ibs_uf_amount, group.cbs_amount, group.ibs_amount) == (D(ibs), D(cbs), D(ibs))
    assert (group.ibs_city_rate, group.ibs_city_amount) == (D(0), D("0.00"))


def test_a_whole_sale_inside_the_state():
    # SP, 18 %: base 1,000 - 50 + 30 + 5 + 15 = 1,000 and IPI out, for the buyer resells.
    one = item(
        "10", "100", discount=D(50), freight=D(30), insurance=D(5), other=D(15), ipi=ipi("5"), icms=IcmsRule(cst="00")
    )
    result = taxed(one)
    assert (result.gross, result.net, result.total) == (D("1000.00"), D("1000.00"), D("1050.00"))
    assert (result.ipi.base, result.ipi.amount) == (D("1000.00"), D("50.00"))
    assert (result.icms.base, result.icms.rate, result.icms.amount) == (D("1000.00"), D(18), D("180.00"))
    # Tema 69: 1,000 - 180.
    assert (result.pis.base, result.pis.amount) == (D("820.00"), D("13.53"))
    assert (result.cofins.base, result.cofins.amount) == (D("820.00"), D("62.32"))
    # 1,000 - 180 - 13.53 - 62.32; IPI never.
    assert (result.ibs_cbs.base, result.ibs_cbs.ibs_uf_amount) == (D("744.15"), D("0.74"))
    assert result.ibs_cbs.cbs_amount == D("6.70")


@pytest.mark.parametrize(
    ("contributor", "final_consumer", "base_icms"),
    [(True, False, "1000.00"), (True, True, "1100.00"), (False, True, "1100.00"), (False, False, "1100.00")],
)
def test_ipi_is_in_the_icms_base_unless_the_buyer_resells(contributor, final_consumer, base_icms):
    context = replace(INSIDE, contributor=contributor, final_consumer=final_consumer)
    assert taxed(item(price="1000", ipi=ipi("10")), context).icms.base == D(base_icms)


@pytest.mark.parametrize(
    ("origin_uf", "destination", "origin", "rate"),
    [
        ("SP", "MG", "0", "12"),
        ("SP", "BA", "0", "7"),
        ("SP", "ES", "0", "7"),  # ES is in the Southeast, but among the 7 % destinations
        ("ES", "BA", "0", "12"),
        ("ES", "SP", "0", "12"),
        ("BA", "SP", "0", "12"),
        ("SP", "BA", "1", "4"),
        ("SP", "MG", "2", "4"),
        ("BA", "SP", "3", "4"),
        ("SP", "MG", "8", "4"),
        ("SP", "MG", "4", "12"),
        ("SP", "MG", "5", "12"),
        ("SP", "BA", "6", "7"),
        ("SP", "MG", "7", "12"),
    ],
)
def test_interstate_rates(origin_uf, destination, origin, rate):
    context = replace(INTERSTATE, emitter_uf=origin_uf, recipient_uf=destination)
    assert taxed(item(cfop="6102", origin=origin), context).icms.rate == D(rate)


@pytest.mark.parametrize(
    ("uf", "rate", "fcp"), [("RJ", "20", "2"), ("SE", "19", "1"), ("SP", "18", "0"), ("ES", "17", "0")]
)
def test_general_fcp_is_apart_from_the_modal_rate(uf, rate, fcp):
    icms = taxed(item(price="1000"), replace(INSIDE, emitter_uf=uf, recipient_uf=uf)).icms
    assert (icms.rate, icms.fcp_rate) == (D(rate), D(fcp))
    assert (icms.amount, icms.fcp_amount) == (D(rate) * 10, D(fcp) * 10)


def test_fcp_stays_in_the_base_of_pis_and_leaves_that_of_ibs():
    # Solução de Consulta Cosit 61/2024; NT 2025.002-RTC.
    result = taxed(item(price="1000"), replace(INSIDE, emitter_uf="RJ", recipient_uf="RJ"))
    assert (result.icms.amount, result.icms.fcp_amount) == (D("200.00"), D("20.00"))
    assert result.pis.base == D("800.00")
    assert result.ibs_cbs.base == D("1000") - 200 - 20 - result.pis.amount - result.cofins.amount


def test_no_fcp_between_states():
    icms = taxed(item(cfop="6102"), replace(INTERSTATE, emitter_uf="RJ", recipient_uf="SP")).icms
    assert (icms.rate, icms.fcp_rate, icms.fcp_amount) == (D(12), D(0), D(0))


def test_the_rule_wins_over_the_tables():
    rule = IcmsRule(cst="00", rate=D("7"), fcp_rate=D(0))
    icms = taxed(item(price="1000", icms=rule), replace(INSIDE, emitter_uf="RJ", recipient_uf="RJ")).icms
    assert (icms.amount, icms.fcp_amount) == (D("70.00"), D(0))


def test_reduced_base_is_rounded_before_the_rate():
    # vBC = 100.01 × 66.67 % = 66.676667; the layout shows 66.68, and SEFAZ multiplies what it sees.
    icms = taxed(item(price="100.01", icms=IcmsRule(cst="20", base_reduction=D("33.33")))).icms
    assert (icms.base, icms.amount) == (D("66.68"), D("12.00"))


@pytest.mark.parametrize("cst", ["40", "41", "50", "60"])
def test_situations_without_amount(cst):
    result = taxed(item(icms=IcmsRule(cst=cst)))
    assert (result.icms.base, result.icms.amount, result.icms.fcp_amount) == (D(0), D(0), D(0))
    assert result.pis.base == D("100.00")


def test_retained_amounts_pass_through_and_count_nowhere():
    rule = IcmsRule(
        cst="60",
        retained_base=D("150"),
        retained_rate=D("18"),
        retained_substitute=D("18"),
        retained_amount=D("9"),
    )
    result = taxed(item(icms=rule))
    assert result.icms.rule is rule
    assert sum_items([result])["vICMS"] == D(0)
    assert sum_items([result]).invoice == D("100.00")


def test_simples_credit():
    rule = IcmsRule(csosn="101", simples_credit_rate=D("2.4199"))
    result = taxed(item("1", "84.90", rules=replace(IN_DAS, icms=rule)), SIMPLES)
    assert (result.icms.simples_credit, result.icms.amount, result.total) == (D("2.05"), D(0), D("84.90"))


@pytest.mark.parametrize("csosn", ["102", "103", "300", "400", "500"])
def test_simples_without_amount(csosn):
    result = taxed(item(rules=replace(IN_DAS, icms=IcmsRule(csosn=csosn))), SIMPLES)
    assert (result.icms.base, result.icms.amount, result.pis.amount, result.cofins.amount) == (0, 0, 0, 0)


def test_simples_does_not_fill_ibs_cbs_before_2027():
    result = taxed(item(rules=replace(IN_DAS, ibs_cbs=IbsCbsRule("000", "000001"))), SIMPLES)
    assert result.ibs_cbs is None
    assert "vBCIBSCBS" not in sum_items([result])


def test_before_2026_ibs_cbs_is_optional():
    context = replace(INSIDE, issue_date=date(2025, 12, 31))
    assert taxed(item(ibs_cbs=None, icms=IcmsRule(cst="00", rate=D(18))), context).ibs_cbs is None


def test_half_a_cent_goes_up():
    assert base.gross_value(item("0.5", "0.01")) == D("0.01")
    assert base.gross_value(item("1.005", "1")) == D("1.01")
    assert base.percent(D("0.50"), D("1")) == D("0.01")


# --- What holds for every invoice --------------------------------------------------------------------------------

MONEY = st.decimals(0, 5000, places=2)
ICMS = st.one_of(
    st.just(IcmsRule(cst="00")),
    st.builds(IcmsRule, cst=st.just("20"), base_reduction=st.decimals("0.0001", "99.9999", places=4)),
    st.sampled_from([IcmsRule(cst=cst) for cst in ("40", "41", "60")]),
)
IPI = st.one_of(st.none(), st.builds(ipi, st.decimals("0.01", "100", places=2)), st.just(ipi("0", "53")))
IBS_CBS = st.sampled_from([IbsCbsRule("000", "000001"), IbsCbsRule("200", "200034"), IbsCbsRule("200", "200003")])
CONTEXTS = st.sampled_from(
    [
        INSIDE,
        replace(INSIDE, final_consumer=True, contributor=False),
        replace(INSIDE, emitter_uf="RJ", recipient_uf="RJ"),
        INTERSTATE,
        replace(INTERSTATE, recipient_uf="ES", final_consumer=True),
    ]
)


@st.composite
def sales(draw):
    context = draw(CONTEXTS)
    cfop = "6102" if base.is_interstate(context) else "5102"
    items = []
    for _number in range(draw(st.integers(1, 6))):
        quantity = draw(st.decimals("0.001", "9999", places=3))
        price = draw(st.decimals("0", "9999", places=10))
        gross = (quantity * price).quantize(D("0.01"), ROUND_HALF_UP)
        items.append(
            item(
                quantity,
                price,
                cfop=cfop,
                icms=draw(ICMS),
                ipi=draw(IPI),
                ibs_cbs=draw(IBS_CBS),
                origin=draw(st.sampled_from("0123")),
                discount=min(gross, draw(MONEY)),
                freight=draw(MONEY),
                insurance=draw(MONEY),
                other=draw(MONEY),
            )
        )
    return context, items


def amounts(result):
    groups = (result.icms, result.pis, result.cofins, result.ibs_cbs, *([result.ipi] if result.ipi else []))
    return [value for group in groups for value in vars(group).values() if isinstance(value, D)]


@given(sales())
def test_every_sale(sale):
    context, items = sale
    result = engine.tax_invoice(invoice(items, context))
    totals = result.totals
    assert engine.tax_invoice(invoice(items, context)) == result
    for one in result.items:
        assert min(amounts(one)) >= 0
        assert one.icms.amount <= one.icms.base
        assert abs(one.pis.amount - one.pis.base * one.pis.rate / 100) <= D("0.005")
        for value in (one.gross, one.icms.base, one.icms.amount, one.pis.amount, one.cofins.amount, one.ibs_cbs.base):
            assert value == value.quantize(D("0.01"))
    assert totals.invoice == sum(one.total for one in result.items)
    on_top = ("vFrete", "vSeg", "vOutro", "vIPI")
    assert totals.invoice == totals["vProd"] - totals["vDesc"] + sum(totals[tag] for tag in on_top)
    sums = {
        "vBC": [one.icms.base for one in result.items],
        "vICMS": [one.icms.amount for one in result.items],
        "vFCP": [one.icms.fcp_amount for one in result.items],
        "vIPI": [one.ipi.amount if one.ipi else D(0) for one in result.items],
        "vPIS": [one.pis.amount for one in result.items],
        "vCOFINS": [one.cofins.amount for one in result.items],
        "vBCIBSCBS": [one.ibs_cbs.base for one in result.items],
        "vIBSUF": [one.ibs_cbs.ibs_uf_amount for one in result.items],
        "vCBS": [one.ibs_cbs.cbs_amount for one in result.items],
    }
    assert {name: totals[name] for name in sums} == {name: sum(values) for name, values in sums.items()}


@given(sales(), st.randoms(use_true_random=False))
def test_items_do_not_depend_on_each_other(sale, random):
    context, items = sale
    shuffled = list(items)
    random.shuffle(shuffled)
    assert sum_items(engine.compute_items(context, shuffled)) == sum_items(engine.compute_items(context, items))
    assert engine.compute_items(context, items[:1])[0] == engine.compute_items(context, items)[0]


def test_nothing_is_computed_while_something_is_wrong():
    with pytest.raises(FiscalError) as caught:
        engine.compute_items(INSIDE, [item(), item(icms=IcmsRule(cst="10")), item(cfop="6102")])
    assert {problem.code for problem in caught.value.problems} == {"rule_missing_st", "cfop_destination"}
