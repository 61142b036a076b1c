"""Withholdings: published cases (golden/withholdings.csv), their floors and who is spared, and what the NF-e tells."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import nfe_samples as samples
import pytest
from fiscal.documents import nfe
from fiscal.problems import FiscalError
from fiscal.spec import Withholding
from fiscal.tables import rows
from fiscal.taxes import engine, withholding
from hypothesis import given
from hypothesis import strategies as st
from taxes_cases import INSIDE, D, invoice, item

TAXES = ("irrf", "pis", "cofins", "csll", "inss", "iss")
with (Path(__file__).parent / "golden/withholdings.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))


def taxed(*asked, price="1000", crt="3", day=INSIDE.issue_date):
    context = replace(INSIDE, emitter_crt=crt, issue_date=day)
    rules = (
        samples.SIMPLES
        if crt in "14"
        else item().rules
        if crt == "3"
        else replace(samples.SIMPLES, icms=item().rules.icms)
    )
    return engine.tax_invoice(invoice([item(price=price, rules=rules)], context, withholdings=asked))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_published_cases(case):
    rate = D(case["rate"]) if case["rate"] else None
    asked = Withholding(case["payer"], case["nature"], D(case["base"]), rate, bool(case["annex_four"]))
    made = taxed(asked, crt=case["crt"], day=date.fromisoformat(case["day"]))
    expected = {tax: D(case[tax]) for tax in TAXES if case[tax]}
    assert {each.tax: each.amount for each in made.withheld} == expected
    assert all(each.ground for each in made.withheld)
    assert made.receivable == made.totals.invoice - sum(expected.values())


def test_the_value_of_the_document_stays():
    plain, made = taxed(), taxed(Withholding("federal", "6147"))
    assert plain.totals == made.totals
    assert made.receivable == D("941.50")
    assert withholding.total(made.withheld) == D("58.50")


def test_what_is_waived_is_told():
    made = taxed(Withholding("private", "maintenance", D("100")))
    assert [(each.amount, each.waived_amount) for each in made.withheld] == [
        (D(0), D("0.65")),
        (D(0), D("3.00")),
        (D(0), D("1.00")),
    ]


def test_the_nfe_tells_federal_ones_and_never_a_zero():
    asked = (
        Withholding("federal", "6147"),
        Withholding("private", "labour", D("500")),
        Withholding("private", "iss", rate=D(5)),
    )
    goods = samples.item(1, unit_price=D(1000))
    built = nfe.build(engine.tax_invoice(samples.invoice(goods, withholdings=asked)))
    found = built.element.find(".//{*}retTrib")
    assert {node.tag.rpartition("}")[2]: node.text for node in found} == {
        "vRetPIS": "6.50",
        "vRetCOFINS": "30.00",
        "vRetCSLL": "10.00",
        "vBCIRRF": "1000.00",
        "vIRRF": "12.00",
        "vBCRetPrev": "500.00",
        "vRetPrev": "55.00",
    }
    small = samples.invoice(withholdings=(Withholding("federal", "6147"),))
    assert nfe.build(engine.tax_invoice(small)).element.find(".//{*}retTrib") is None
    assert nfe.problems(samples.invoice(goods, withholdings=asked), samples.NOW) == []


@pytest.mark.parametrize(
    ("asked", "day", "code", "path"),
    [
        (Withholding("private", "magic"), INSIDE.issue_date, "withholding_unknown", "nature"),
        (Withholding("federal", "professional"), INSIDE.issue_date, "withholding_unknown", "nature"),
        (Withholding("private", "labour", D("-1")), INSIDE.issue_date, "withholding_base", "base"),
        (Withholding("private", "labour", D("0.001")), INSIDE.issue_date, "withholding_base", "base"),
        (Withholding("private", "labour", rate=D(9)), INSIDE.issue_date, "withholding_rate_unexpected", "rate"),
        (Withholding("private", "iss"), INSIDE.issue_date, "withholding_rate_missing", "rate"),
        (Withholding("private", "iss", rate=D(101)), INSIDE.issue_date, "rate_invalid", "rate"),
        (Withholding("state", "6147"), date(2023, 6, 26), "rule_missing_period", "nature"),
        (Withholding("federal", "8767"), date(2027, 1, 1), "rule_missing_period", "nature"),
    ],
)
def test_refused_by_name(asked, day, code, path):
    found = list(withholding.problems(replace(INSIDE, issue_date=day), [asked]))
    assert {(problem.code, problem.path) for problem in found} == {(code, f"withholdings[0].{path}")}
    assert all(str(problem) for problem in found)


def test_an_invoice_is_refused_whole():
    with pytest.raises(FiscalError):
        taxed(Withholding("private", "magic"))


def test_codes_of_the_instruction_add_up():
    """The last column of Annex I of IN RFB 1.234/2012."""
    sums = {"6147": "5.85", "9060": "4.89", "8739": "1.24", "8767": "2.2", "6175": "7.05", "8850": "3.4"}
    sums |= {"8863": "4.65", "6188": "7.05", "6190": "9.45"}
    for code, total in sums.items():
        found = [row for row in rows("withholdings") if (row["payer"], row["nature"]) == ("federal", code)]
        assert sum(D(row["rate"]) for row in found) == D(total), code
    assert set(withholding.natures("federal", INSIDE.issue_date)) == {*sums, "labour", "labour_payroll", "iss"}


@given(
    st.decimals(0, 10**9, places=2),
    st.sampled_from(sorted({(row["payer"], row["nature"]) for row in rows("withholdings") if row["rate"]})),
    st.sampled_from("1234"),
)
def test_never_negative_never_more_than_the_base(base, kind, crt):
    made = taxed(Withholding(*kind, base), crt=crt)
    for each in made.withheld:
        assert 0 <= each.amount <= base
        assert not (each.amount and each.waived_amount)
    assert made.receivable + withholding.total(made.withheld) == made.totals.invoice
