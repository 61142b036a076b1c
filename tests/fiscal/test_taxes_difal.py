"""The rate difference of EC 87/2015: worked examples of others, what is refused, and what must hold for every sale."""

import csv
import importlib.util
from dataclasses import replace
from datetime import date
from pathlib import Path

import nfe_samples as samples
import pki
import pytest
from fiscal.certificate import Certificate
from fiscal.documents import nfe
from fiscal.recompute import recompute_bytes
from fiscal.sign import sign
from fiscal.simulator import checks
from fiscal.spec import ContributionRule, DifalRule, IcmsRule
from fiscal.taxes import base, difal, engine
from fiscal.taxes.totals import sum_items
from fiscal.verify import verify_bytes
from hypothesis import given
from hypothesis import strategies as st
from taxes_cases import INSIDE, NORMAL, SIMPLES, D, invoice, ipi, item

CASES = list(csv.DictReader((Path(__file__).parent / "golden/difal.csv").open(encoding="utf-8", newline="")))
CONSUMER = replace(INSIDE, recipient_uf="RJ", contributor=False, final_consumer=True)
OWED = {"vICMSUFDest", "vICMSUFRemet", "vFCPUFDest"}


def number(text):
    return D(text or "0")


def found(context, *items):
    return {(problem.code, problem.path) for problem in engine.missing_rules(context, items)}


def sale(rule=None, **values):
    return item(cfop="6108", difal=rule, **values)


def told(rule=None, uf="RJ", day=CONSUMER.issue_date, **values):
    """The codes and fields of what is wrong with a sale from SP to ``uf``."""
    path = "items[0].rules.difal"
    wrong = found(replace(CONSUMER, recipient_uf=uf, issue_date=day), sale(rule, **values))
    return {(code, where.removeprefix(path)) for code, where in wrong}


# --- Worked examples ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda row: f"{row['origin_uf']}-{row['destination_uf']}-{row['difal']}")
def test_worked_example(case):
    assert case["source"]
    context = replace(
        CONSUMER,
        emitter_uf=case["origin_uf"],
        recipient_uf=case["destination_uf"],
        emitter_crt=case["regime"],
        issue_date=date.fromisoformat(case["date"]),
    )
    own = number(case["internal_rate"]) if case["internal_rate"] != "modal" else None
    rule = DifalRule(
        internal_rate=own,
        modal=own is None,
        fcp_rate=D(case["fcp_rate"]) if case["fcp_rate"] else None,
        base_method=case["method"],
        base_reduction=number(case["reduction"]),
        origin_benefit=True if case["origin_benefit"] == "yes" else None,
    )
    value = number(case["value"])
    one = sale(
        rule,
        price=case["value"],
        freight=number(case["freight"]),
        icms=IcmsRule(cst=case["cst"], base_reduction=number(case["own_reduction"])),
        ipi=ipi(number(case["ipi"]) * 100 // value) if case["ipi"] else None,
        origin=case["goods_origin"],
        ibs_cbs=None,
        pis=ContributionRule("49"),
        cofins=ContributionRule("49"),
    )
    wrong = {problem.code for problem in difal.problems(context, one, "items[0]")}
    result = engine.compute_item(context, one).difal
    assert wrong == set()
    assert (result.base, result.share_rate) == (D(case["base"]), D(case["share"]))
    assert (result.amount, result.origin_amount) == (D(case["difal"]), D(case["to_origin"]))
    assert result.fcp_amount == D(case["fcp"])
    assert (result.rate_source == "modal") == (case["internal_rate"] == "modal")


def test_an_authorised_note_comes_out_the_same():
    """Each item and the totals of a note of 2021; its PIS and COFINS predate tema 69 as a habit."""
    folder = Path(importlib.util.find_spec("nfelib").submodule_search_locations[0]) / "nfe/samples/v4_0/leiauteNFe"
    report = recompute_bytes((folder / "42211275277525000178550030000276771368212013-procNFe.xml").read_bytes())
    assert (report.judged, report.unjudged) == (4, [])
    assert [problem for problem in report.differences if "UFDest" in problem.path or "UFRemet" in problem.path] == []


def test_there_are_enough_examples():
    assert len(CASES) >= 20
    assert {row["regime"] for row in CASES} == {"2", "3"}
    assert {row["method"] for row in CASES} == {"", "single", "double"}


# --- Who owes it -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "cst"),
    [
        (replace(CONSUMER, recipient_uf="SP"), "00"),
        (replace(CONSUMER, contributor=True), "00"),  # he pays it himself: CF art. 155 §2 VIII a
        (replace(CONSUMER, exempt_contributor=True), "00"),  # indIEDest 2: NA01-30
        (CONSUMER, "40"),
        (CONSUMER, "41"),
    ],
)
def test_not_owed(context, cst):
    one = sale(DifalRule(internal_rate=D(18)), icms=IcmsRule(cst=cst))
    assert list(difal.problems(context, one, "items[0]")) == []
    result = engine.compute_item(context, one)
    assert result.difal is None
    assert not OWED & set(result.amounts)


@pytest.mark.parametrize("crt", ["1", "4"])
def test_simples_owes_none(crt):
    context = replace(CONSUMER, emitter_crt=crt)
    one = sale(DifalRule(modal=True), rules=samples.SIMPLES)
    assert engine.missing_rules(context, [one]) == []
    assert engine.compute_item(context, one).difal is None
    assert SIMPLES.emitter_crt == "1"


@pytest.mark.parametrize("cst", ["00", "20", "60"])
def test_owed_on_whatever_is_taxed(cst):
    icms = IcmsRule(cst=cst, base_reduction=D(30) if cst == "20" else D(0))
    rule = DifalRule(internal_rate=D(20), origin_benefit=False)
    one = sale(rule, price="1000", icms=icms)
    assert found(CONSUMER, one) == set()
    # The origin's reduction does not make the difference larger: 1,000 × (20 - 12) %.
    assert engine.compute_item(CONSUMER, one).difal.amount == D("80.00")


# --- What is refused ---------------------------------------------------------------------------------------------


def test_what_is_missing_is_named():
    assert told() == {("rule_missing_difal", "")}
    assert told(DifalRule()) == {("difal_rate_missing", ".internal_rate")}
    assert told(DifalRule(internal_rate=D(18), modal=True)) == {("difal_rate_twice", ".modal")}
    assert told(DifalRule(modal=True), uf="AL", day=date(2025, 12, 31)) == {
        ("difal_rate_missing", ".internal_rate"),
        ("difal_fcp_missing", ".fcp_rate"),
        ("difal_base_missing", ".base_method"),
    }
    assert told(DifalRule(internal_rate=D(18)), uf="MG") == {("difal_base_missing", ".base_method")}
    assert told(DifalRule(internal_rate=D(18), base_method="inside")) == {("difal_base_missing", ".base_method")}
    reduced = DifalRule(internal_rate=D(18), base_method="double", base_reduction=D(10))
    assert told(reduced) == {("rule_missing_difal_reduced", ".base_reduction")}
    assert told(DifalRule(internal_rate=D(99), fcp_rate=D(1))) == {("difal_rate_high", ".internal_rate")}
    own = IcmsRule(cst="20", base_reduction=D(30))
    assert told(DifalRule(internal_rate=D(18)), icms=own) == {("difal_origin_benefit", ".origin_benefit")}
    wrong = DifalRule(internal_rate=D("NaN"), fcp_rate=D(101), base_reduction=D(-1))
    assert told(wrong) == {("rate_invalid", f".{name}") for name in difal.RATES}


def test_before_2016_there_was_none():
    context = replace(CONSUMER, issue_date=date(2015, 12, 31))
    codes = {code for code, _path in found(context, sale(DifalRule(internal_rate=D(18), fcp_rate=D(0))))}
    assert "rule_missing_period" in codes


def test_a_rate_before_the_table_begins():
    context = replace(CONSUMER, issue_date=date(2025, 12, 31))
    assert ("difal_rate_missing", "items[0].rules.difal.internal_rate") in found(context, sale(DifalRule(modal=True)))


# --- Beside the other taxes --------------------------------------------------------------------------------------


def test_it_leaves_the_bases_of_the_contributions_and_of_the_reform():
    # STJ REsp 2.128.785, Parecer PGFN SEI 71/2025; NT 2025.002-RTC. The FCP stays in PIS and COFINS.
    result = engine.compute_item(CONSUMER, sale(DifalRule(modal=True), price="1000"))
    assert (result.difal.amount, result.difal.fcp_amount) == (D("80.00"), D("20.00"))
    assert result.pis.base == D(1000) - 120 - 80
    assert result.ibs_cbs.base == D(1000) - 120 - 80 - 20 - result.pis.amount - result.cofins.amount
    assert result.total == D("1000.00")


def test_pis_before_the_parecer():
    context = replace(CONSUMER, issue_date=date(2025, 1, 28))
    rule = DifalRule(internal_rate=D(20), fcp_rate=D(0))
    assert engine.compute_item(context, sale(rule, price="1000", ibs_cbs=None)).pis.base == D("880.00")


def test_the_document_tells_the_amounts():
    items = [sale(DifalRule(modal=True), price="50000"), sale(DifalRule(modal=True), price="10.01")]
    (text,) = engine.tax_invoice(invoice(items, CONSUMER)).texts
    expected = "DIFAL da UF destino R$ 4.000,80 + FCP R$ 1.000,20; DIFAL da UF Origem R$ 0,00."
    assert text == f"Valores totais do ICMS Interestadual: {expected}"
    assert engine.tax_invoice(invoice([item()])).texts == ()


# --- In the XML --------------------------------------------------------------------------------------------------

CARIOCA = samples.difference().recipient


def document(*rules):
    goods = (samples.item(n, replace(NORMAL, difal=rule), cfop="6108") for n, rule in enumerate(rules, 1))
    return samples.invoice(*goods, recipient=CARIOCA, final_consumer=True, info="Pedido 7")


@pytest.mark.parametrize(
    ("rule", "fund"),
    [
        (DifalRule(modal=True), True),
        (DifalRule(internal_rate=D(20), fcp_rate=D(0)), False),
        (DifalRule(internal_rate=D("12.5"), fcp_rate=D("1.25"), base_method="double"), True),
        (DifalRule(internal_rate=D(20), base_reduction=D(100)), True),
    ],
)
def test_the_group_is_right(rule, fund):
    made = document(rule, rule)
    assert nfe.problems(made, samples.NOW) == []
    taxed = engine.tax_invoice(made)
    assert nfe.amount_problems(taxed) == []
    built = nfe.build(taxed)
    group = built.element.find(".//{*}ICMSUFDest")
    tags = [child.tag.rpartition("}")[2] for child in group]
    assert ("pFCPUFDest" in tags, "vFCPUFDest" in tags, "vBCFCPUFDest" in tags) == (fund,) * 3
    signed = sign(built.element, Certificate.load(pki.pfx(made.emitter.tax_id), pki.PASSWORD))
    assert [str(problem) for problem in verify_bytes(signed)] == []  # the official XSD, and every sum
    context = checks.Context(samples.NOW, built.access_key[:2])
    assert list(checks.refusals(checks.Document(built.element[0]), context)) == []
    info = built.element.findtext(".//{*}infCpl")
    assert info.startswith("Valores totais do ICMS Interestadual: DIFAL da UF destino R$ ")
    assert info.endswith(" Pedido 7")


# --- What holds for every sale -----------------------------------------------------------------------------------

RATES = st.decimals(0, 40, places=2)
RULES = st.builds(
    DifalRule,
    internal_rate=RATES,
    fcp_rate=st.decimals(0, 4, places=2),
    base_method=st.sampled_from(["single", "double"]),
    origin_benefit=st.booleans(),
)
MONEY = st.decimals(0, 5000, places=2)


@given(RULES, MONEY, MONEY, st.sampled_from(["00", "20", "60"]), st.sampled_from("01"))
def test_every_sale(rule, price, freight, cst, origin):
    icms = IcmsRule(cst=cst, base_reduction=D("33.33") if cst == "20" else D(0))
    one = sale(rule, price=str(price), freight=freight, icms=icms, origin=origin)
    assert found(CONSUMER, one) == set()
    result = engine.compute_item(CONSUMER, one)
    own = result.difal
    for value in (own.base, own.amount, own.origin_amount, own.fcp_amount):
        assert value >= 0
        assert value == base.money(value)
    assert own.origin_amount == 0
    assert own.amount <= own.base
    assert result.total == sum_items([engine.compute_item(CONSUMER, replace(one, rules=NORMAL))]).invoice
    assert result == engine.compute_item(CONSUMER, replace(one, discount=D("0.00")))
    if own.base_method == "single" and own.amount and cst == "00":
        # Both UFs together have what the internal rate gives.
        assert own.amount + base.percent(own.base, own.interstate_rate) == base.percent(own.base, own.internal_rate)


@given(RULES, st.decimals(1, 5000, places=2), st.integers(1, 99))
def test_splitting_a_line_changes_at_most_a_cent(rule, price, part):
    """Of what both UFs have: the difference alone is that of two roundings."""
    rule = replace(rule, base_method="single")
    first = base.money(price * part / 100)
    whole, *parts = (
        engine.compute_item(CONSUMER, sale(rule, price=str(value))) for value in (price, first, price - first)
    )
    assert sum(each.difal.base for each in parts) == whole.difal.base
    assert abs(sum(each.difal.fcp_amount for each in parts) - whole.difal.fcp_amount) <= D("0.01")
    both, split = both_states(whole), sum(map(both_states, parts))
    assert abs(split - both) <= D("0.01")


def both_states(taxed):
    return taxed.icms.amount + taxed.difal.amount
