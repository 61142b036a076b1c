"""Single-phase ICMS on fuels: worked examples of others, what is refused, and the groups of the layout."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import nfe_samples as samples
import pki
import pytest
from fiscal.certificate import Certificate
from fiscal.documents import nfe
from fiscal.sign import sign
from fiscal.simulator import checks
from fiscal.spec import ContributionRule, DifalRule, Fuel, FuelOrigin, IcmsFuelRule, IcmsRule
from fiscal.taxes import base, engine, icms_fuel
from fiscal.verify import verify_bytes
from hypothesis import given
from hypothesis import strategies as st
from nfe_samples import change
from taxes_cases import IN_DAS, INSIDE, NORMAL, D, item

CASES = list(csv.DictReader((Path(__file__).parent / "golden/fuels.csv").open(encoding="utf-8", newline="")))
DIESEL = Fuel("820101034", "OLEO DIESEL B S10 - COMUM", "SP")
DUE = IcmsFuelRule("diesel")
PATH = "items[0].rules.icms_fuel"


def decimal(text):
    return D(text) if text else None


def fuel(cst, rule=DUE, quantity="1000", **values):
    given = {"cfop": "5656", "unit": "L", "price": "5", "fuel": DIESEL, "ncm": "27101921", **values}
    return item(quantity, icms=IcmsRule(cst=cst), icms_fuel=rule, **given)


def replace_icms(one, rule):
    return replace(one, rules=replace(one.rules, icms=rule))


def told(cst, rule=DUE, context=INSIDE, **values):
    found = engine.missing_rules(context, [fuel(cst, rule, **values)])
    return {(problem.code, problem.path.removeprefix(PATH)) for problem in found}


# --- Worked examples ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda row: f"{row['cst']}-{row['fuel']}-{row['quantity']}-{row['date']}")
def test_worked_example(case):
    assert case["source"]
    context = replace(INSIDE, emitter_crt=case["regime"], issue_date=date.fromisoformat(case["date"]))
    rule = IcmsFuelRule(
        fuel=case["fuel"],
        ad_rem_rate=decimal(case["ad_rem"]),
        taxed_quantity=D(case["quantity"]),
        deferral_rate=decimal(case["deferral"]),
        ad_rem_reduction=D(case["reduction"] or "0"),
        reduction_reason="9" if case["reduction"] else "",
        retention_fuel=case["retention_fuel"],
        retention_ad_rem_rate=decimal(case["retention_ad_rem"]),
        retention_quantity=decimal(case["retention_quantity"]),
        retention_rate=D(case["retention_rate"] or "100"),
    )
    rules = replace(NORMAL if case["regime"] == "3" else IN_DAS, ibs_cbs=None)
    one = fuel(case["cst"], rule, rules=rules, pis=ContributionRule("04"), cofins=ContributionRule("04"))
    assert list(icms_fuel.problems(context, one, "items[0]")) == []
    result = engine.compute_item(context, one)
    own = result.amounts.get("vICMSMono")
    before = result.amounts.get("vICMSMonoRet")
    assert (own, before) == (decimal(case["own"]), decimal(case["before"]))
    assert result.icms_fuel.deferred_amount == D(case["deferred"] or "0")
    assert result.amounts.get("vICMSMonoReten", D(0)) == D(case["withheld"] or "0")
    # Only what is withheld is on top of the price (rule W16-10).
    assert result.total == D("5000.00") + D(case["withheld"] or "0")


def test_there_are_enough_examples():
    assert len(CASES) >= 6
    assert {row["cst"] for row in CASES} == icms_fuel.SITUATIONS
    assert {row["regime"] for row in CASES} == {"1", "3"}


def test_it_leaves_the_base_of_the_reform():
    result = engine.compute_item(INSIDE, fuel("02", pis=ContributionRule("04"), cofins=ContributionRule("04")))
    assert (result.icms.amount, result.icms.fcp_amount, result.amounts["vICMSMono"]) == (0, 0, D("1170.00"))
    assert result.ibs_cbs.base == D("5000.00") - D("1170.00")


@pytest.mark.parametrize(("code", "owed"), [("820101034", False), ("810101001", True)])
def test_only_fuels_from_plants_owe_the_rate_difference(code, owed):
    context = replace(INSIDE, recipient_uf="RJ", contributor=False, final_consumer=True)
    rule = DifalRule(modal=True)
    ethanol = replace(DIESEL, anp_code=code)
    taxed = fuel("00", None, cfop="6656", fuel=ethanol, difal=rule)
    assert engine.missing_rules(context, [taxed]) == []
    assert (engine.compute_item(context, taxed).difal is not None) == owed
    assert engine.compute_item(context, fuel("61", cfop="6656", fuel=ethanol, difal=rule)).difal is None


# --- What is refused ---------------------------------------------------------------------------------------------


def test_what_is_missing_is_named():
    assert told("02", None) == {("rule_missing_monophasic", "")}
    assert told("00") == {("icms_fuel_unexpected", "")}
    other = IcmsRule(cst="02", rate=D(18))
    wrong = {problem.path for problem in engine.missing_rules(INSIDE, [replace_icms(fuel("02"), other)])}
    assert wrong == {"items[0].rules.icms"}
    assert told("02", IcmsFuelRule()) == {("icms_fuel_unknown", ".fuel")}
    assert told("02", IcmsFuelRule("coal")) == {("icms_fuel_unknown", ".fuel")}
    assert told("53") == {("icms_fuel_deferral_missing", ".deferral_rate")}
    assert told("53", replace(DUE, deferral_rate=D(101))) == {("rate_invalid", ".deferral_rate")}
    assert told("02", replace(DUE, deferral_rate=D(10))) == {("icms_fuel_unexpected", ".deferral_rate")}
    assert told("02", replace(DUE, retention_quantity=D(1))) == {("icms_fuel_unexpected", ".retention_quantity")}
    assert told("02", replace(DUE, ad_rem_reduction=D(10))) == {("icms_fuel_unexpected", ".ad_rem_reduction")}
    assert told("15") == {
        ("icms_fuel_unknown", ".retention_fuel"),
        ("icms_fuel_retention_missing", ".retention_quantity"),
    }
    withheld = replace(DUE, retention_fuel="biodiesel", retention_quantity=D(140))
    assert told("15", withheld) == set()
    assert told("15", replace(withheld, ad_rem_reduction=D(10))) == {("icms_fuel_reduction", ".ad_rem_reduction")}
    assert told("15", replace(withheld, ad_rem_reduction=D("1.001"), reduction_reason="1")) == {
        ("icms_fuel_reduction", ".ad_rem_reduction")
    }
    assert told("15", replace(withheld, retention_rate=D("NaN"))) == {("rate_invalid", ".retention_rate")}
    for wrong in ("0", "-1", "1000", "1.12345", "NaN"):
        assert told("02", replace(DUE, ad_rem_rate=D(wrong))) == {("icms_fuel_rate_invalid", ".ad_rem_rate")}
        if wrong != "1000":
            assert told("02", replace(DUE, taxed_quantity=D(wrong))) == {("icms_fuel_quantity", ".taxed_quantity")}


@pytest.mark.parametrize(("day", "known"), [("2023-04-30", 0), ("2023-05-01", 1), ("2026-12-31", 1), ("2027-01-01", 0)])
def test_the_rate_of_another_year_is_not_used(day, known):
    context = replace(INSIDE, issue_date=date.fromisoformat(day))
    codes = [problem.code for problem in icms_fuel.problems(context, fuel("02"), "items[0]")]
    assert codes == ([] if known else ["icms_fuel_rate_missing"])
    given = replace(DUE, ad_rem_rate=D("1.25"))
    assert list(icms_fuel.problems(context, fuel("02", given), "items[0]")) == []


@pytest.mark.parametrize(
    ("cfop", "code"), [("5658", "rule_missing_transfer"), ("5660", "rule_missing_fuel"), ("5652", ""), ("5667", "")]
)
def test_cfops_of_fuels(cfop, code):
    assert {each for each, _path in told("02", cfop=cfop)} == ({code} if code else set())


# --- In the XML --------------------------------------------------------------------------------------------------

RULES = {
    "02": DUE,
    "15": replace(DUE, taxed_quantity=D(860), retention_fuel="biodiesel", retention_quantity=D(140)),
    "53": replace(DUE, deferral_rate=D(100)),
    "61": DUE,
}


def document(cst, rule, told_fuel=DIESEL, **values):
    rules = replace(NORMAL, icms=IcmsRule(cst=cst), icms_fuel=rule)
    given = {"cfop": "5652", "unit": "L", "quantity": D(1000), "ncm": "27101921", "fuel": told_fuel, **values}
    return samples.invoice(samples.item(1, rules, **given))


@pytest.mark.parametrize(
    ("cst", "rule", "told_fuel"),
    [
        *((cst, rule, DIESEL) for cst, rule in RULES.items()),
        ("15", replace(RULES["15"], ad_rem_reduction=D("10.5"), reduction_reason="1"), DIESEL),
        ("15", replace(RULES["15"], retention_rate=D("33.33")), replace(DIESEL, bio_rate=D(14))),
        ("53", replace(DUE, deferral_rate=D("33.3333")), replace(DIESEL, codif="123", ambient_quantity=D("999.5"))),
        (
            "61",
            IcmsFuelRule(ad_rem_rate=D("1.47"), taxed_quantity=D("13.125")),
            Fuel(
                "210203001",
                "GLP",
                "SP",
                D(60),
                D("30.5"),
                D("9.5"),
                D("4.20"),
                origins=(FuelOrigin("SP", D(70)), FuelOrigin("RJ", D(30), True)),
            ),
        ),
    ],
)
def test_the_groups_are_right(cst, rule, told_fuel):
    made = document(cst, rule, told_fuel)
    assert nfe.problems(made, samples.NOW) == []
    taxed = engine.tax_invoice(made)
    assert nfe.amount_problems(taxed) == []
    built = nfe.build(taxed)
    signed = sign(built.element, Certificate.load(pki.pfx(made.emitter.tax_id), pki.PASSWORD))
    assert [str(problem) for problem in verify_bytes(signed)] == []  # the official XSD, and every sum
    context = checks.Context(samples.NOW, built.access_key[:2])
    assert list(checks.refusals(checks.Document(built.element[0]), context)) == []
    group = built.element.find(".//{*}ICMS")[0]
    assert group.tag.rpartition("}")[2] == f"ICMS{cst}"
    total = built.element.find(".//{*}ICMSTot")
    names = {child.tag.rpartition("}")[2] for child in total}
    expected = {"61": {"qBCMonoRet", "vICMSMonoRet"}, "15": {"qBCMono", "vICMSMono", "qBCMonoReten", "vICMSMonoReten"}}
    assert {name for name in names if "Mono" in name} == expected.get(cst, {"qBCMono", "vICMSMono"})


def test_a_station_of_simples_sells_with_cst_61():
    rules = replace(samples.SIMPLES, icms=IcmsRule(cst="61"), icms_fuel=DUE)
    one = samples.item(1, rules, cfop="5656", unit="L", quantity=D(40), ncm="27101921", fuel=DIESEL)
    made = samples.invoice(one, emitter=replace(samples.EMITTER, crt="1"))
    assert nfe.problems(made, samples.NOW) == []
    built = nfe.build(engine.tax_invoice(made))
    context = checks.Context(samples.NOW, built.access_key[:2])
    assert list(checks.refusals(checks.Document(built.element[0]), context)) == []


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("fuel", None, "fuel_missing"),
        ("fuel.anp_code", "8201", "invalid"),
        ("fuel.anp_description", "x", "text_short"),
        ("fuel.uf", "XX", "invalid"),
        ("fuel.codif", "A1", "invalid"),
        ("fuel.start_value", D("1.001"), "number_decimals"),
        ("fuel.ambient_quantity", D(0), "number_zero"),
        ("fuel.bio_rate", D(0), "number_zero"),
        ("fuel.bio_rate", D("100.01"), "invalid"),
        ("fuel.petroleum_rate", D(100), "fuel_gas_unexpected"),
        ("fuel.anp_code", "210203001", "fuel_gas_total"),
        ("fuel.origins", (FuelOrigin("SP", D(99)),), "fuel_origins_total"),
        ("fuel.origins", (FuelOrigin("EX", D(100)),), "invalid"),
        ("fuel.origins", (FuelOrigin("SP", D("NaN")),), "number_invalid"),
        ("fuel.origins", (FuelOrigin("SP", D(1)),) * 31, "fuel_origins_count"),
        ("unit", "UN", "fuel_unit"),
        ("cfop", "5102", ""),
    ],
)
def test_what_a_fuel_must_tell(path, value, code):
    spoiled = change(document("61", DUE), f"items[0].{path}", value)
    codes = {problem.code for problem in nfe.problems(spoiled, samples.NOW)}
    assert (code in codes) if code else (codes == set())


def test_a_lubricant_tells_its_code_too():
    made = document("00", None, None, cfop="5655")
    assert [problem.code for problem in nfe.problems(made, samples.NOW)] == ["fuel_missing"]
    assert nfe.problems(change(made, "items[0].fuel", replace(DIESEL, anp_code="610101009")), samples.NOW) == []


# --- What holds for every fuel -----------------------------------------------------------------------------------

QUANTITY = st.decimals("0.0001", 99999, places=4)
AD_REM = st.decimals("0.0001", 9, places=4)


@given(QUANTITY, AD_REM, st.decimals(0, 100, places=4), st.sampled_from(sorted(icms_fuel.SITUATIONS)))
def test_every_fuel(quantity, rate, share, cst):
    rule = IcmsFuelRule(ad_rem_rate=rate, taxed_quantity=quantity)
    if cst == "53":
        rule = replace(rule, deferral_rate=share)
    if cst == "15":
        rule = replace(rule, retention_ad_rem_rate=rate, retention_quantity=quantity, retention_rate=share)
    one = fuel(cst, rule)
    assert engine.missing_rules(INSIDE, [one]) == []
    result = engine.compute_item(INSIDE, one)
    own = result.icms_fuel
    for value in (own.amount, own.operation_amount, own.deferred_amount, own.retention_amount):
        assert value >= 0
        assert value == base.money(value)
    assert own.amount + own.deferred_amount == base.money(quantity * rate)
    assert result.total == D("5000.00") + own.retention_amount
    assert result.icms.amount == 0
