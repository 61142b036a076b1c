"""What the engine refuses, by name, and that it refuses nothing else."""

import re
from dataclasses import replace
from datetime import date

import pytest
from fiscal.problems import FiscalError
from fiscal.spec import ContributionRule, IbsCbsRule, IcmsRule
from fiscal.taxes import engine
from taxes_cases import IN_DAS, INSIDE, INTERSTATE, SIMPLES, D, invoice, ipi, item

CONSUMER = {"contributor": False, "final_consumer": True}


def found(context, *items):
    return {(problem.code, problem.path) for problem in engine.missing_rules(context, items)}


def refused(code, path, context=INSIDE, **values):
    """One item, refused for exactly this reason."""
    assert found(context, item(**values)) == {(code, path)}


def simples(csosn, **values):
    return item(rules=replace(IN_DAS, icms=IcmsRule(csosn=csosn, **values)))


# --- What passes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "one"),
    [
        (INSIDE, item()),
        (replace(INSIDE, **CONSUMER), item()),
        (INTERSTATE, item(cfop="6102")),
        # A contributor who consumes owes the difference himself (CF art. 155 §2 VIII a).
        (replace(INTERSTATE, final_consumer=True), item(cfop="6102")),
        # Immune and exempt goods owe no DIFAL (exceptions of rule NA01-20).
        (replace(INTERSTATE, **CONSUMER), item(cfop="6108", icms=IcmsRule(cst="41"))),
        (replace(INTERSTATE, **CONSUMER), item(cfop="6108", icms=IcmsRule(cst="40"))),
        (SIMPLES, simples("102")),
        (SIMPLES, simples("101", simples_credit_rate=D("1.25"))),
        # ADI 5464 and 5469: Simples owes no DIFAL; nor does MEI.
        (replace(SIMPLES, recipient_uf="MG", **CONSUMER), replace(simples("102"), cfop="6108")),
        (replace(SIMPLES, emitter_crt="4", recipient_uf="MG", **CONSUMER), replace(simples("102"), cfop="6108")),
        # Above the sublimit ICMS is that of any company, PIS and COFINS stay in the DAS.
        (replace(INSIDE, emitter_crt="2"), item(rules=replace(IN_DAS, icms=IcmsRule(cst="00")))),
        (INSIDE, item(ipi=ipi("0", "99"))),
        (INSIDE, item(icms=IcmsRule(cst="60", retained_base=D(9), retained_rate=D(18), retained_amount=D(1)))),
        (INSIDE, item(price="0")),
        (INSIDE, item(discount=D("100"))),
    ],
)
def test_passes(context, one):
    assert engine.missing_rules(context, [one]) == []
    assert engine.compute_items(context, [one])


# --- Law that has no rule yet ------------------------------------------------------------------------------------


@pytest.mark.parametrize("crt", ["2", "3"])
@pytest.mark.parametrize("cst", ["00", "20", "60"])
def test_difal_without_a_rule(crt, cst):
    context = replace(INTERSTATE, emitter_crt=crt, **CONSUMER)
    rule = IcmsRule(cst=cst, base_reduction=D(30) if cst == "20" else D(0))
    one = item(cfop="6108", icms=rule, pis=ContributionRule("49"), cofins=ContributionRule("49"))
    assert found(context, one) == {("rule_missing_difal", "items[0].rules.difal")}


@pytest.mark.parametrize("cst", ["10", "30", "70"])
def test_st(cst):
    rule = IcmsRule(cst=cst, base_reduction=D(10 if cst == "70" else 0))
    refused("rule_missing_st", "items[0].rules.icms", icms=rule)


@pytest.mark.parametrize("csosn", ["201", "202", "203"])
def test_st_of_simples(csosn):
    one = simples(csosn, simples_credit_rate=D(1 if csosn == "201" else 0))
    assert found(SIMPLES, one) == {("rule_missing_st", "items[0].rules.icms")}


@pytest.mark.parametrize("cst", ["02", "15", "53", "61"])
def test_fuels_without_a_rule(cst):
    refused("rule_missing_monophasic", "items[0].rules.icms_fuel", icms=IcmsRule(cst=cst))


@pytest.mark.parametrize(
    ("cfop", "code"),
    [
        ("5401", "rule_missing_st"),
        ("5403", "rule_missing_st"),
        ("5152", "rule_missing_transfer"),
        ("5660", "rule_missing_fuel"),
        ("5933", "rule_missing_iss"),
        ("1202", "cfop_side"),
    ],
)
def test_cfops_without_a_rule(cfop, code):
    refused(code, "items[0].cfop", cfop=cfop)


def test_fcp_between_states():
    refused(
        "rule_missing_fcp_interstate",
        "items[0].rules.icms.fcp_rate",
        INTERSTATE,
        cfop="6102",
        icms=IcmsRule(cst="00", fcp_rate=D(2)),
    )


def test_situations_of_entries_in_an_exit():
    refused("situation_side", "items[0].rules.cofins.cst", cofins=ContributionRule("50"))
    refused("situation_side", "items[0].rules.ipi.cst", ipi=ipi("0", "49"))


def test_2027_is_refused_by_name():
    context = replace(INSIDE, issue_date=date(2027, 1, 1))
    given = IbsCbsRule("000", "000001", cbs_rate=D("8.7"))
    assert found(context, item(ibs_cbs=given, ipi=ipi())) == {
        ("rule_missing_period", "items[0].rules.pis"),
        ("rule_missing_period", "items[0].rules.cofins"),
        ("ipi_after_2026", "items[0].rules.ipi.reform"),
    }
    assert found(replace(context, emitter_crt="1"), simples("102")) == {
        ("rule_missing_ibs_cbs_simples", "emitter.regular_ibs_cbs")
    }


def test_notes_that_are_not_issued():
    codes = [p.code for p in engine.invoice_problems(invoice([item()], kind="0", purpose="5"))]
    assert codes[:2] == ["rule_missing_purpose", "cfop_side"]
    with pytest.raises(FiscalError):
        engine.tax_invoice(invoice([item()], purpose="6"))


# --- Mistakes of the input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "icms", "code", "field"),
    [
        (SIMPLES, IcmsRule(cst="00"), "icms_cst_in_simples", ".cst"),
        (INSIDE, IcmsRule(csosn="102"), "icms_csosn_outside_simples", ".csosn"),
        (replace(INSIDE, emitter_crt="2"), IcmsRule(csosn="102"), "icms_csosn_outside_simples", ".csosn"),
        (INSIDE, IcmsRule(), "icms_situation_missing", ""),
        (INSIDE, IcmsRule(cst="00", csosn="102"), "icms_situation_missing", ""),
        (INSIDE, IcmsRule(cst="99"), "situation_unknown", ""),
        (INSIDE, IcmsRule(cst="20"), "icms_reduction_missing", ".base_reduction"),
        (INSIDE, IcmsRule(cst="20", base_reduction=D(100)), "icms_reduction_missing", ".base_reduction"),
        (INSIDE, IcmsRule(cst="00", base_reduction=D(10)), "icms_value_unexpected", ".base_reduction"),
        (INSIDE, IcmsRule(cst="40", fcp_rate=D(2)), "icms_value_unexpected", ".fcp_rate"),
        (INSIDE, IcmsRule(cst="00", retained_base=D(2)), "icms_value_unexpected", ".retained_base"),
        (INSIDE, IcmsRule(cst="60", retained_base=D(2)), "icms_retained_incomplete", ".retained_base"),
        (INSIDE, IcmsRule(cst="60", retained_substitute=D(2)), "icms_retained_incomplete", ".retained_base"),
        (INSIDE, IcmsRule(cst="00", rate=D(0)), "icms_rate_zero", ".rate"),
        (INSIDE, IcmsRule(cst="00", rate=D("18.12345")), "rate_invalid", ".rate"),
        (INSIDE, IcmsRule(cst="00", rate=D(101)), "rate_invalid", ".rate"),
        (SIMPLES, IcmsRule(csosn="101"), "simples_credit_rate_missing", ".simples_credit_rate"),
        (replace(SIMPLES, emitter_crt="4"), IcmsRule(csosn="103"), "icms_csosn_mei", ".csosn"),
        (replace(INSIDE, **CONSUMER), IcmsRule(cst="50"), "icms_non_contributor", ""),
        (
            replace(SIMPLES, **CONSUMER),
            IcmsRule(csosn="101", simples_credit_rate=D(2)),
            "icms_non_contributor",
            "",
        ),
    ],
)
def test_icms_combinations(context, icms, code, field):
    rules = IN_DAS if context.emitter_crt in "124" else item().rules
    assert found(context, item(rules=replace(rules, icms=icms))) == {(code, f"items[0].rules.icms{field}")}


def test_a_rate_above_the_interstate_one():
    for origin, rate in (("0", "12.01"), ("1", "4.01")):
        one = item(cfop="6102", origin=origin, icms=IcmsRule(cst="00", rate=D(rate)))
        assert found(INTERSTATE, one) == {("icms_rate_interstate", "items[0].rules.icms.rate")}


def test_a_rate_no_table_has_must_be_given():
    context = replace(INSIDE, emitter_uf="AL", recipient_uf="AL", issue_date=date(2025, 12, 31))
    assert found(context, item()) == {("icms_rate_unknown", "items[0].rules.icms.rate")}
    assert found(context, item(icms=IcmsRule(cst="00", rate=D(19), fcp_rate=D(1)))) == set()


def test_a_rate_before_the_table_begins():
    context = replace(INSIDE, issue_date=date(2025, 12, 31))
    assert found(context, item()) == {("icms_rate_unknown", "items[0].rules.icms.rate")}


def test_federal_taxes_of_simples_are_in_the_das():
    one = item(
        rules=replace(IN_DAS, pis=ContributionRule("01", D("0.65")), cofins=ContributionRule("99", D(3)), ipi=ipi())
    )
    assert found(SIMPLES, one) == {
        ("contribution_taxed_in_simples", "items[0].rules.pis.rate"),
        ("contribution_taxed_in_simples", "items[0].rules.cofins.rate"),
        ("ipi_taxed_in_simples", "items[0].rules.ipi.rate"),
    }


def test_rates_and_situations_that_contradict_each_other():
    refused("contribution_rate_missing", "items[0].rules.pis.rate", pis=ContributionRule("01"))
    refused("contribution_rate_unexpected", "items[0].rules.cofins.rate", cofins=ContributionRule("06", D(3)))
    refused("ipi_rate_missing", "items[0].rules.ipi.rate", ipi=ipi("0"))
    refused("ipi_rate_unexpected", "items[0].rules.ipi.rate", ipi=ipi("5", "53"))


@pytest.mark.parametrize(
    ("rule", "code", "field"),
    [
        (None, "ibs_cbs_missing", ""),
        (IbsCbsRule("000", "999999"), "ibs_cbs_class_unknown", ".cClassTrib"),
        (IbsCbsRule("200", "000001"), "ibs_cbs_cst_mismatch", ".cClassTrib"),
        (IbsCbsRule("200", "200028"), "ibs_cbs_class_not_nfe", ".cClassTrib"),
        (IbsCbsRule("000", "000001", cbs_rate=D(-1)), "rate_invalid", ".cbs_rate"),
    ],
)
def test_ibs_cbs_mistakes(rule, code, field):
    refused(code, f"items[0].rules.ibs_cbs{field}", ibs_cbs=rule)


def test_a_class_not_yet_in_force():
    context = replace(INSIDE, issue_date=date(2025, 6, 1))
    one = item(icms=IcmsRule(cst="00", rate=D(18)), ibs_cbs=IbsCbsRule("200", "200053"))
    assert found(context, one) == {("ibs_cbs_class_expired", "items[0].rules.ibs_cbs.cClassTrib")}


@pytest.mark.parametrize(
    ("context", "cfop"), [(INSIDE, "6102"), (INSIDE, "7102"), (INSIDE, ""), (INTERSTATE, "5102"), (INTERSTATE, "7102")]
)
def test_cfop_and_destination(context, cfop):
    refused("cfop_destination", "items[0].cfop", context, cfop=cfop)


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "1.00001"}, "quantity"),
        ({"quantity": "1E40"}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "99999999999", "price": "99999999999"}, "quantity"),
        ({"price": "-1"}, "unit_price"),
        ({"price": "Infinity"}, "unit_price"),
        ({"price": "1.00000000001"}, "unit_price"),
        ({"discount": D("0.001")}, "discount"),
        ({"discount": D("-1")}, "discount"),
        ({"freight": D("-0.01")}, "freight"),
        ({"insurance": D("0.005")}, "insurance"),
        ({"other": D("-5")}, "other"),
    ],
)
def test_numbers_the_layout_cannot_hold(values, path):
    refused("number_invalid", f"items[0].{path}", **values)


def test_discount_above_the_line():
    refused("discount_exceeds_gross", "items[0].discount", discount=D("100.01"))


def test_unknown_uf_regime_and_origin():
    assert ("uf_unknown", "recipient.address.uf") in found(replace(INSIDE, recipient_uf="XX"), item())
    assert ("crt_unknown", "emitter.crt") in found(replace(INSIDE, emitter_crt=""), item())
    refused("origin_unknown", "items[0].origin", origin="9")


# --- How it is told ----------------------------------------------------------------------------------------------


def test_all_problems_at_once_each_with_its_item():
    items = [item(), item(icms=IcmsRule(cst="10")), item(icms=IcmsRule(cst="10")), item(cfop="6102", origin="x")]
    assert found(INSIDE, *items) == {
        ("rule_missing_st", "items[1].rules.icms"),
        ("rule_missing_st", "items[2].rules.icms"),
        ("cfop_destination", "items[3].cfop"),
        ("origin_unknown", "items[3].origin"),
    }


def test_items_of_the_same_rules_are_told_apart_by_their_origin():
    # 12 % is right for national goods between SP and MG, and too much for imported ones.
    first = item(cfop="6102", icms=IcmsRule(cst="00", rate=D(12)))
    assert found(INTERSTATE, first, replace(first, origin="1"), first) == {
        ("icms_rate_interstate", "items[1].rules.icms.rate")
    }


def test_every_text_can_be_shown():
    """Placeholders and parameters fit, message and cure are there, for each problem these tests can provoke."""
    wrong = [
        item(icms=IcmsRule(cst=cst, fcp_rate=D(2), base_reduction=D(100), rate=D(99)), ibs_cbs=ibs, cfop=cfop, origin=o)
        for cst in ("00", "20", "10", "51", "90", "02", "60", "77", "")
        for ibs in (None, IbsCbsRule("410", "410001"), IbsCbsRule("200", "000001"), IbsCbsRule("000", "9"))
        for cfop, o in (("5401", "0"), ("6656", "9"), ("1202", "1"))
    ]
    wrong += [item("0", "-1", discount=D(9), ipi=ipi("5", "53"), pis=ContributionRule("50"))]
    contexts = [INSIDE, SIMPLES, replace(INTERSTATE, **CONSUMER), replace(INSIDE, recipient_uf="EX", emitter_crt="4")]
    contexts += [replace(c, issue_date=date(2027, 1, 1)) for c in contexts]
    problems = [problem for context in contexts for problem in engine.missing_rules(context, wrong)]
    assert len({problem.code for problem in problems}) > 20
    for problem in problems:
        assert problem.message
        assert problem.cure
        assert not re.search(r"%\(|%%", str(problem))
