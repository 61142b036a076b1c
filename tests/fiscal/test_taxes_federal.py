"""IPI, PIS, COFINS and imports: real and published cases (golden/*.csv), every situation in the XML, invariants."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import nfe_samples as samples
import pytest
from fiscal.documents import nfe
from fiscal.spec import (
    ContributionRule,
    ContributionStRule,
    IcmsRule,
    Importation,
    ImportDutyRule,
    IpiReturnRule,
    IpiRule,
)
from fiscal.taxes import engine, ipi_return
from fiscal.taxes.totals import sum_items
from fiscal.verify import verify_bytes
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from nfe_samples_federal import IMPORTED, imported
from taxes_cases import IN_DAS, INSIDE, NORMAL, D, item

IMPORT = replace(INSIDE, recipient_uf="EX", contributor=False, final_consumer=True, entry=True)
DECLARATIONS = imported().items[0].importation.declarations


def golden(name):
    with (Path(__file__).parent / f"golden/{name}.csv").open(encoding="utf-8", newline="") as file:
        return [pytest.param(case, id=case["case"]) for case in csv.DictReader(file)]


def number(text):
    return D(text or "0")


def optional(text):
    return D(text) if text else None


def amounts_are(case, result, *tags):
    wrong = {tag: result.amounts.get(tag) for tag in tags if case[tag] and result.amounts.get(tag) != D(case[tag])}
    assert not wrong


@pytest.mark.parametrize("case", golden("ipi"))
def test_ipi(case):
    final = case["final"] == "1"
    context = replace(INSIDE, emitter_crt=case["crt"], emitter_uf=case["origin"], final_consumer=final)
    context = replace(context, recipient_uf=case["destination"])
    factor = number(case["unit_factor"]) or D(1)
    rule = IpiRule(case["cst"], number(case["rate"]), unit_value=optional(case["unit_value"]), unit_factor=factor)
    rules = replace(IN_DAS if case["crt"] == "1" else NORMAL, ipi=rule)
    values = {"discount": number(case["discount"]), "freight": number(case["freight"])}
    cfop = "5101" if case["origin"] == case["destination"] else "6101"
    one = item(case["quantity"], case["price"], rules, cfop=cfop, **values)
    assert engine.missing_rules(context, [one]) == []
    result = engine.compute_item(context, one)
    amounts_are(case, result, "vIPI", "vNF")
    assert not case["base_icms"] or result.icms.base == D(case["base_icms"])


@pytest.mark.parametrize("case", golden("contributions"))
def test_contributions(case):
    context = replace(INSIDE, emitter_crt=case["crt"], issue_date=date.fromisoformat(case["day"]))
    cst = case["cst"]
    icms = IcmsRule(cst="00", rate=number(case["icms_rate"]), fcp_rate=number(case["fcp_rate"]))
    rules = replace(
        NORMAL,
        icms=IcmsRule(csosn="102") if case["crt"] == "1" else icms,
        pis=ContributionRule(cst, number(case["pis_rate"]), optional(case["pis_unit"])),
        cofins=ContributionRule(cst, number(case["cofins_rate"]), optional(case["cofins_unit"])),
        ibs_cbs=None,
    )
    one = item(case["quantity"], case["price"], rules, discount=number(case["discount"]))
    told = [
        problem
        for tax in (engine.pis_cofins.PIS, engine.pis_cofins.COFINS)
        for problem in tax.problems(context, one, "")
    ]
    assert told == []
    result = engine.compute_item(context, one)
    amounts_are(case, result, "vPIS", "vCOFINS")
    assert (result.pis.base, result.cofins.base) == (D(case["base"]), D(case["base"]))


@pytest.mark.parametrize("case", golden("imports"))
def test_imports(case):
    context = replace(
        IMPORT, emitter_uf=case["uf"], emitter_crt=case["crt"], issue_date=date.fromisoformat(case["day"])
    )
    situation = {"csosn" if len(case["icms"]) == 3 else "cst": case["icms"]}
    rules = replace(
        IMPORTED,
        icms=IcmsRule(**situation, rate=D(case["icms_rate"]), base_reduction=number(case["reduction"])),
        ipi=IpiRule("00", D(case["ipi_rate"])),
        pis=ContributionRule("50", D(case["pis_rate"])),
        cofins=ContributionRule("50", D(case["cofins_rate"])),
        import_duty=ImportDutyRule(D(case["ii_rate"])),
        ibs_cbs=None,
    )
    value = D(case["customs_value"])
    customs = Importation(value, DECLARATIONS, D(case["expenses"]))
    one = item("1", value, rules, cfop="3102", origin="1", importation=customs)
    told = engine.missing_rules(context, [one])
    assert [problem for problem in told if "ibs_cbs" not in problem.path] == []
    result = engine.compute_item(context, one)
    amounts_are(case, result, "vII", "vIPI", "vPIS", "vCOFINS", "vBC", "vICMS", "vNF")


# --- Returns -----------------------------------------------------------------------------------------------------


def test_the_ipi_of_a_return():
    """The example of TOTVS (TDN 396362395): R$ 497,00 with IPI of 49,70 goes back whole, total 546,70."""
    rule = ipi_return.share_of(D("49.70"), D(1), D(1))
    assert rule == IpiReturnRule(D(100), D("49.70"))
    result = engine.compute_item(INSIDE, item("1", "497", replace(NORMAL, ipi_return=rule)))
    assert (result.amounts["vIPIDevol"], result.total, result.icms.base) == (D("49.70"), D("546.70"), D("497.00"))
    used = engine.compute_item(replace(INSIDE, final_consumer=True), item("1", "497", replace(NORMAL, ipi_return=rule)))
    assert used.icms.base == D("546.70")


def test_a_third_of_a_line_goes_back():
    assert ipi_return.share_of(D("10.00"), D(3), D(1)) == IpiReturnRule(D("33.33"), D("3.33"))
    for wrong in (D(0), D(4)):
        with pytest.raises(ValueError, match="returned"):
            ipi_return.share_of(D(1), D(3), wrong)


def test_returned_ipi_in_the_xml_and_only_in_returns():
    goods = samples.item(1, replace(NORMAL, ipi_return=IpiReturnRule(D("33.33"), D("3.33"))))
    sale = samples.invoice(goods)
    assert "ipi_return_purpose" in {problem.code for problem in nfe.problems(sale, samples.NOW)}
    back = nfe.build(engine.tax_invoice(sale)).element.find(".//{*}impostoDevol")
    assert [node.text for node in back.iter() if node.text] == ["33.33", "3.33"]


# --- Substitution ------------------------------------------------------------------------------------------------


def test_cigarettes_by_the_retail_price():
    """Lei 10.865/2004 art. 29 and Lei 12.024/2009 art. 5: 3.42 and 2.9169 times the retail price."""
    pis = ContributionStRule(D("0.65"), base_rate=D("342"), retail_unit_value=D(10))
    cofins = ContributionStRule(D(3), base_rate=D("291.69"), retail_unit_value=D(10))
    result = engine.compute_item(INSIDE, item("2", "5", replace(NORMAL, pis_st=pis, cofins_st=cofins)))
    assert (result.pis_st.base, result.pis_st.amount) == (D("68.40"), D("0.44"))
    assert (result.cofins_st.base, result.cofins_st.amount) == (D("58.34"), D("1.75"))
    assert result.total == D("12.19")
    told = replace(pis, adds=False)
    assert engine.compute_item(INSIDE, item("2", "5", replace(NORMAL, pis_st=told))).total == D(10)


# --- Every situation in the XML ----------------------------------------------------------------------------------

FRAMES = {"02": "301", "04": "001", "05": "101", "52": "301", "54": "001", "55": "101"}
ENTRIES = [*range(50, 57), *range(60, 68), *range(70, 76), 98, 99]
BASE_AND_RATE = {True: ["vBC", "p", "v"], False: []}


def fields(made, path):
    """The tags of the first group at ``path``, and the findings of the official schema and arithmetic."""
    built = nfe.build(engine.tax_invoice(made))
    told = [str(p) for p in verify_bytes(etree.tostring(built.element)) if "ignature" not in str(p)]
    group = built.element.find(f".//{{*}}{path.replace('/', '/{*}')}")
    return [node.tag.rpartition("}")[2] for node in group], told


def entry_with(**rules):
    made = imported()
    return replace(made, items=(replace(made.items[0], rules=replace(IMPORTED, **rules)),))


@pytest.mark.parametrize("cst", ["00", "01", "02", "03", "04", "05", "49"])
def test_ipi_of_entries(cst):
    taxed = cst in ("00", "49")
    rule = IpiRule(cst, D(10) if taxed else D(0), FRAMES.get(cst, "999"))
    tags, told = fields(entry_with(ipi=rule), f"IPI/{'IPITrib' if taxed else 'IPINT'}")
    assert tags == (["CST", "vBC", "pIPI", "vIPI"] if taxed else ["CST"])
    assert told == []
    assert nfe.problems(entry_with(ipi=rule), samples.NOW) == []


@pytest.mark.parametrize("cst", [str(code) for code in ENTRIES])
@pytest.mark.parametrize("by_unit", [False, True])
def test_contributions_of_entries(cst, by_unit):
    rule = ContributionRule(cst, unit_value=D("1.5")) if by_unit else ContributionRule(cst, D("2.1"))
    tags, told = fields(entry_with(pis=rule, cofins=rule), "COFINS/COFINSOutr")
    assert tags == ["CST", *(["qBCProd", "vAliqProd"] if by_unit else ["vBC", "pCOFINS"]), "vCOFINS"]
    assert told == []


@pytest.mark.parametrize(
    ("cst", "group", "tags"),
    [
        ("01", "PISAliq", ["CST", "vBC", "pPIS", "vPIS"]),
        ("02", "PISAliq", ["CST", "vBC", "pPIS", "vPIS"]),
        ("03", "PISQtde", ["CST", "qBCProd", "vAliqProd", "vPIS"]),
        *((cst, "PISNT", ["CST"]) for cst in ("04", "05", "06", "07", "08", "09")),
        ("49", "PISOutr", ["CST", "vBC", "pPIS", "vPIS"]),
    ],
)
def test_contributions_of_exits(cst, group, tags):
    rate = D("1.65") if cst in ("01", "02") else D(0)
    rule = ContributionRule(cst, rate, D("0.5") if cst == "03" else None)
    made = samples.invoice(samples.item(1, replace(NORMAL, pis=rule)))
    assert fields(made, f"PIS/{group}") == (tags, [])


# --- What is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "values", "code"),
    [
        (INSIDE, {"pis": ContributionRule("03")}, "contribution_unit_value_missing"),
        (INSIDE, {"pis": ContributionRule("01", D(1), D(1))}, "rate_beside_unit_value"),
        (INSIDE, {"pis": ContributionRule("06", unit_value=D(0))}, "contribution_rate_unexpected"),
        (INSIDE, {"pis": ContributionRule("49", unit_factor=D(2))}, "unit_value_missing"),
        (INSIDE, {"pis": ContributionRule("49", unit_value=D("0.00001"))}, "unit_value_invalid"),
        (INSIDE, {"ipi": IpiRule("50", unit_value=D(1), unit_factor=D(0))}, "unit_factor_invalid"),
        (INSIDE, {"ipi": IpiRule("01")}, "situation_side"),
        (INSIDE, {"pis_st": ContributionStRule()}, "contribution_st_rate_missing"),
        (INSIDE, {"pis_st": ContributionStRule(D(1), base_rate=D(0))}, "contribution_st_base_invalid"),
        (INSIDE, {"pis_st": ContributionStRule(D(1), retail_unit_value=D(0))}, "contribution_st_price_invalid"),
        (INSIDE, {"import_duty": ImportDutyRule()}, "import_unexpected"),
        (INSIDE, {"ipi_return": IpiReturnRule(D(101), D(0))}, "ipi_return_invalid"),
        (IMPORT, {"import_duty": None}, "import_duty_missing"),
        (IMPORT, {"ipi": None}, "import_ipi_missing"),
        (IMPORT, {"ipi": IpiRule("50", D(5))}, "situation_side"),
        (IMPORT, {"icms": IcmsRule(cst="00", rate=D(99), fcp_rate=D(1))}, "import_icms_rate"),
        (IMPORT, {"importation": None}, "importation_missing"),
        (IMPORT, {"importation": Importation(D("-1"), DECLARATIONS)}, "importation_amount_invalid"),
        (IMPORT, {"cfop": "5102"}, "cfop_destination"),
        (IMPORT, {"cfop": "7102"}, "cfop_side"),
        (IMPORT, {"cfop": "3211"}, "rule_missing_entry"),
        (IMPORT, {"cfop": "3652"}, "rule_missing_fuel_import"),
        (replace(INSIDE, issue_date=date(2027, 1, 1)), {"pis_st": ContributionStRule(D(1))}, "rule_missing_period"),
    ],
)
def test_refused_by_name(context, values, code):
    customs = Importation(D(100), DECLARATIONS) if context is IMPORT else None
    start = {"importation": customs, "cfop": "3102" if context is IMPORT else "5102"}
    rules = replace(IMPORTED if context is IMPORT else NORMAL, **{k: v for k, v in values.items() if k not in start})
    one = item("1", "100", rules, **{**start, **{k: v for k, v in values.items() if k in start}})
    found = engine.missing_rules(context, [one])
    assert code in {problem.code for problem in found}
    assert all(str(problem) for problem in found)


# --- What always holds -------------------------------------------------------------------------------------------

prices = st.decimals("0.01", 100_000, places=2)
rates = st.decimals(0, 30, places=2)


@given(prices, st.integers(1, 50), st.decimals("0.0001", 99, places=4), rates)
def test_splitting_a_line_changes_a_cent_at_most(price, count, unit_value, rate):
    by_unit = ContributionRule("03", unit_value=unit_value)
    rules = replace(NORMAL, ipi=IpiRule("99", rate), pis=by_unit, cofins=by_unit)
    whole = engine.compute_item(INSIDE, item(str(count * 2), price, rules))
    half = engine.compute_item(INSIDE, item(str(count), price, rules))
    for tag in ("vIPI", "vPIS", "vCOFINS"):
        assert abs(whole.amounts[tag] - 2 * half.amounts[tag]) <= D("0.01")
        assert whole.amounts[tag] >= 0


@given(prices, prices, rates, rates, rates)
def test_an_import_adds_up(value, expenses, duty, ipi, icms):
    rules = replace(
        IMPORTED, icms=IcmsRule(cst="00", rate=icms + 1), ipi=IpiRule("00", ipi), import_duty=ImportDutyRule(duty)
    )
    customs = Importation(value, DECLARATIONS, expenses)
    line = engine.compute_item(IMPORT, item("1", value, rules, cfop="3102", importation=customs))
    a = line.amounts
    parts = value + a["vII"] + a["vIPI"] + a["vPIS"] + a["vCOFINS"] + expenses
    assert abs(a["vBC"] - a["vICMS"] - parts) <= D("0.02")  # por dentro: the base less its own tax is the sum
    assert line.total == parts + a["vICMS"]
    assert sum_items([line, line])["vII"] == 2 * a["vII"]
