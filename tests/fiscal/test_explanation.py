"""The words say what the engine computed: every formula of every tax is worked out again, from its own numbers."""

import json
from dataclasses import replace
from datetime import date

import icms_cases
import nfe_samples as samples
import nfe_samples_federal as federal_samples
import nfe_samples_reform as reform_samples
import pytest
import reform_cases
from fiscal.explanation import TAXES, explain, kept
from fiscal.explanation.bases import TERMS
from fiscal.explanation.rules import LABELS
from fiscal.explanation.words import Kind, worth
from fiscal.problems import Text
from fiscal.rules.book import Rulebook
from fiscal.rules.criteria import CRITERIA, Criteria, Facts
from fiscal.rules.explain import explain as why
from fiscal.rules.rule import CfopRule, Rule
from fiscal.spec import TAX_NAMES, ContributionStRule, DifalRule, IcmsRule, Importation, ImportDutyRule, IpiRule
from fiscal.tables import rows
from fiscal.taxes import engine
from hypothesis import given
from hypothesis import strategies as st
from taxes_cases import IN_DAS, INSIDE, NORMAL, SIMPLES, TODAY, D, ipi, item

CONSUMER = replace(INSIDE, recipient_uf="RJ", contributor=False, final_consumer=True)
MONEY = st.decimals(0, 5000, places=2)
RATE = st.decimals("0.01", "40", places=2)
INVOICES = (
    samples.every_situation_of_crt_3,
    samples.every_situation_of_simples,
    samples.everything,
    samples.difference,
    samples.fuels,
    samples.exported,
    federal_samples.imported,
    federal_samples.every_federal_situation,
    reform_samples.every_group_of_ibs_and_cbs,
    reform_samples.suspended,
)


def check(context, taxed):
    """Every formula gives its result, and every result with a layout tag is the engine's; returns the steps."""
    steps = explain(context, taxed)
    told = {tag: value for tag, value in taxed.amounts.items() if value}
    for step in steps:
        assert isinstance(step.title, Text)
        for line in step.lines:
            assert isinstance(line.text, Text), line
            line.text % line.params  # every placeholder has its value
            if line.figures:
                assert worth(line) == line.result.value, (step.tax, line)
            if line.tag in told and step.tax not in ("ipi", "pis", "cofins"):
                assert line.result.value == told[line.tag], (step.tax, line)
        if step.amount is not None and step.lines and step.tax not in ("ibs_cbs", "approximate"):
            ended = [line.result.value for line in step.lines if line.result and line.result.kind is Kind.MONEY]
            assert step.amount in ended or not step.amount, step
    return steps


def step_of(steps, tax):
    return next(step for step in steps if step.tax == tax)


def shown(step):
    return [(str(line.text), line.result and line.result.value) for line in step.lines]


@pytest.mark.parametrize("made", INVOICES, ids=lambda made: made.__name__)
def test_every_situation_of_the_layout(made):
    invoice = made()
    for taxed in engine.tax_invoice(invoice).items:
        steps = check(invoice.tax_context, taxed)
        used = {name for name in TAX_NAMES if getattr(taxed, name) is not None}
        assert steps[0].tax == "cfop"
        assert {step.tax for step in steps} == used | {"cfop", "total"}
        assert step_of(steps, "total").amount == taxed.total


@st.composite
def goods(draw, pairs, rules):
    icms, substitution = draw(st.sampled_from(pairs))
    if icms.rate is None:
        icms = replace(icms, rate=draw(st.none() | RATE))
    if icms.base_reduction:
        icms = replace(icms, base_reduction=draw(st.decimals("0.0001", "99.9999", places=4)))
    if substitution is not None:
        substitution = replace(
            substitution,
            rate=draw(st.none() | RATE),
            keeps_discount=draw(st.booleans()),
            deduction_rate=draw(st.none() | RATE),
        )
    price = draw(st.decimals("0.01", 9999, places=2))
    return item(
        draw(st.sampled_from(["1", "3", "0.3333"])),
        price,
        rules,
        cfop="5403" if substitution else "5102",
        icms=icms,
        icms_st=substitution,
        ipi=draw(st.none() | st.just(ipi("9.75"))) if rules is NORMAL else None,
        discount=draw(st.just(D(0)) | st.decimals(0, price / 4, places=2)),
        freight=draw(MONEY),
        insurance=draw(MONEY),
        other=draw(MONEY),
    )


@given(goods(icms_cases.NORMAL, NORMAL), st.booleans())
def test_icms_of_any_sale(one, consumes):
    check(replace(INSIDE, final_consumer=consumes), engine.compute_item(replace(INSIDE, final_consumer=consumes), one))


@given(goods(icms_cases.SIMPLES, IN_DAS))
def test_icms_of_any_sale_of_simples(one):
    check(SIMPLES, engine.compute_item(SIMPLES, one))


@given(goods([pair for pair in icms_cases.NORMAL if pair[1] is not None], NORMAL), st.sampled_from("01"), RATE)
def test_substitution_between_states(one, origin, margin):
    context = replace(INSIDE, recipient_uf="MG")
    st_rule = one.rules.icms_st
    if st_rule.mode == "4":
        st_rule = replace(st_rule, adjusts_margin=True, margin_rate=margin)
    icms = replace(one.rules.icms, rate=None if one.rules.icms.rate is None else one.rules.icms.rate, fcp_rate=None)
    one = replace(one, cfop="6403", origin=origin, rules=replace(one.rules, icms=icms, icms_st=st_rule))
    check(context, engine.compute_item(context, one))


@given(st.sampled_from(["single", "double", "inside"]), MONEY, MONEY)
def test_rate_difference_withheld(difference, price, freight):
    context = replace(INSIDE, recipient_uf="MG", final_consumer=True)
    rule = replace(icms_cases.example_of_use, difference=difference, adjusts_margin=False, margin_internal_rate=None)
    one = item("1", price, cfop="6403", icms=IcmsRule(cst="10"), icms_st=rule, freight=freight)
    check(context, engine.compute_item(context, one))


@given(
    st.sampled_from(["single", "double"]),
    st.just(D(0)) | st.decimals("0.01", 60, places=2),
    st.none() | RATE,
    MONEY,
    MONEY,
    st.sampled_from("01"),
    st.booleans(),
)
def test_the_rate_difference_of_a_consumer(method, reduction, internal, price, freight, origin, benefit):
    rule = DifalRule(
        internal, internal is None, None if internal is None else D(2), base_method=method, origin_benefit=benefit
    )
    if method == "single":
        rule = replace(rule, base_reduction=reduction)
    icms = IcmsRule(cst="20", base_reduction=D("33.33"))
    one = item("1", price, cfop="6108", difal=rule, icms=icms, freight=freight, origin=origin, ipi=ipi("5"))
    for day in (TODAY, date(2018, 6, 1)):
        context = replace(CONSUMER, issue_date=day)
        if not engine.missing_rules(context, [one]):  # the tables have no modal rate of 2018
            check(context, engine.compute_item(context, one))


@given(MONEY, MONEY, RATE, RATE, st.just(D(0)) | st.decimals(1, 60, places=2))
def test_an_import(value, expenses, duty, icms, reduction):
    context = replace(INSIDE, recipient_uf="EX", contributor=False, entry=True)
    own = IcmsRule(cst="20" if reduction else "00", rate=icms, base_reduction=reduction)
    rules = replace(
        federal_samples.IMPORTED, icms=own, ipi=IpiRule("00", D("6.5")), import_duty=ImportDutyRule(duty), ibs_cbs=None
    )
    one = item("1", value, rules, cfop="3102", importation=Importation(value, (), expenses))
    check(context, engine.compute_item(context, one))


@given(MONEY, RATE, st.decimals("0.0001", 99, places=4), st.booleans())
def test_by_unit_and_by_substitution(price, rate, unit, retail):
    price_given = unit if retail else None
    rule = ContributionStRule(rate, base_rate=D("291.69"), retail_unit_value=price_given)
    by_unit = ContributionStRule(unit_value=unit)
    one = item("7.5", price, pis_st=rule, cofins_st=by_unit, ipi=IpiRule("50", unit_value=unit))
    check(INSIDE, engine.compute_item(INSIDE, one))


@pytest.mark.parametrize("code", reform_cases.CLASSES)
def test_every_class_of_the_reform(code):
    for day in reform_cases.DAYS:
        context = reform_cases.on(day)
        one = reform_cases.goods("333.33", reform_cases.right_rule(code, day))
        check(context, engine.compute_item(context, one))


def test_a_price_as_a_person_would_write_it():
    taxed = engine.compute_item(INSIDE, item("1", "950", freight=D(50), icms=IcmsRule(cst="00", rate=D(18))))
    icms = step_of(explain(INSIDE, taxed), "icms")
    value = icms.lines[0]
    assert [(str(f.label), f.value, f.sign) for f in value.figures] == [("goods", D(950), "+"), ("freight", D(50), "+")]
    assert value.result.value == D(1000)
    [due] = [line for line in icms.lines if line.tag == "vICMS"]
    assert [(f.value, f.kind) for f in due.figures] == [(D(1000), Kind.MONEY), (D(18), Kind.PERCENT)]
    assert due.result.value == D(180)
    assert icms.situation == "00"
    assert icms.sources == ("LC 87/1996, arts. 12 e 13",)


def test_where_a_rate_comes_from():
    def rate(context, **values):
        taxed = engine.compute_item(context, item(**values))
        [line] = [each for each in step_of(explain(context, taxed), "icms").lines if each.tag == "pICMS"]
        return line.text % line.params, line.result.value

    assert rate(INSIDE, icms=IcmsRule(cst="00", rate=D(12))) == ("Rate, from the rule", D(12))
    assert "general one of SP in force since" in rate(INSIDE)[0]
    between = replace(INSIDE, recipient_uf="BA")
    assert rate(between) == (
        "Rate from SP to BA (Resolução SF 22/1989), in force since 2013-01-01",
        D(7),
    )
    assert "13/2012" in rate(between, origin="1")[0]


def test_the_rule_that_won_and_what_the_others_lack():
    def rule(ref, source="", **when):
        return Rule("cfop", Criteria(**when), CfopRule("5102"), source, ref=ref)

    book = Rulebook(
        [
            rule("general"),
            rule("screws", "Protocolo 1/2020", ncm="7318"),
            rule("wood", ncm="44", destination="RJ"),
            rule("old", ncm="73181500", valid_to=date(2020, 1, 1)),
        ]
    )
    facts = Facts(TODAY, ncm="73181500", origin="SP", destination="SP")
    taxed = engine.compute_item(INSIDE, item())
    cfop = explain(INSIDE, taxed, {"cfop": why(book, "cfop", facts)})[0]
    assert (cfop.rule.ref, cfop.rule.source) == ("screws", "Protocolo 1/2020")
    assert [(each.name, each.value) for each in cfop.rule.conditions] == [("ncm", "7318")]
    assert cfop.sources[0] == "Protocolo 1/2020"
    lost = {loser.ref: {each.name for each in loser.unmet} for loser in cfop.losers}
    assert lost == {"general": set(), "old": {"valid_to"}, "wood": {"ncm", "destination"}}


def test_what_no_rule_decided_says_so():
    taxed = engine.compute_item(INSIDE, item())
    origin = explain(INSIDE, taxed)[1].lines[:1]
    step = step_of(explain(INSIDE, taxed, origins={"icms": origin}), "icms")
    assert step.origin == origin
    assert step.rule is None


def test_everything_has_its_words():
    """A new tax, criterion or term of a base must be told before it can be used."""

    assert set(TAXES) == set(TAX_NAMES)
    assert set(LABELS) == set(CRITERIA)
    told_here = {"vNF", *TAX_NAMES}
    assert {row["term"] for row in rows("tax_bases") if row["tax"] in told_here} <= set(TERMS)
    assert {row["tax"] for row in rows("explanation_sources")} == {*TAX_NAMES, "cfop", "total"}


@pytest.mark.parametrize("made", INVOICES, ids=lambda made: made.__name__)
def test_kept_as_json_and_read_again(made):
    invoice = made()
    book = Rulebook([Rule("cfop", Criteria(ncm="73", valid_from=TODAY), CfopRule("5102"), ref="1")])
    rules = {"cfop": why(book, "cfop", Facts(TODAY, ncm="73181500"))}
    for taxed in engine.tax_invoice(invoice).items:
        steps = explain(invoice.tax_context, taxed, rules)
        again = kept.load(json.loads(json.dumps(kept.dump(steps))))
        assert again == steps
        assert all(isinstance(step.title, Text) and check_types(step) for step in again)


def check_types(step):
    """Texts are still marked, and formulas still give what they give."""
    return all(isinstance(line.text, Text) and (not line.figures or worth(line) >= 0) for line in step.lines)
