"""Simples Nacional: published examples of effective rates and credits (golden/simples.csv), and what always holds."""

import csv
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from fiscal.problems import FiscalError
from fiscal.spec import IcmsRule
from fiscal.tables import rows
from fiscal.taxes import engine, simples
from hypothesis import given
from hypothesis import strategies as st
from taxes_cases import IN_DAS, SIMPLES, D, invoice, item

DAY = date(2026, 11, 23)
with (Path(__file__).parent / "golden/simples.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_published_cases(case):
    revenue, day = D(case["revenue_12"]), date.fromisoformat(case["day"])
    if case["month"]:
        before = [D(amount) for amount in case["months_before"].split()]
        assert simples.revenue_of_12_months(before, D(case["month"])) == revenue
    assert simples.effective_rate(case["annex"], revenue, day) == D(case["effective"])
    if case["credit"]:
        assert simples.credit_rate(case["annex"], revenue, day) == D(case["credit"])


def test_each_bracket_shares_its_whole_rate():
    for row in rows("simples"):
        assert sum(D(row[tax]) for tax in simples.SHARES if row[tax]) == 100, row


@pytest.mark.parametrize("annex", simples.ANNEXES)
def test_the_tax_does_not_jump_between_brackets(annex):
    """The deduction is what makes a bracket begin where the one before ends; the last ones are the law's own steps."""
    table = [row for row in rows("simples") if row["annex"] == annex]
    for low, high in list(pairwise(table))[:4]:
        end = D(low["revenue_to"])
        difference = end * D(low["rate"]) - end * D(high["rate"]) - (D(low["deduction"]) - D(high["deduction"])) * 100
        assert abs(difference) <= D(100), (low["bracket"], difference)


def test_the_13th_month_counts_the_last_twelve():
    before = [D(1000)] + [D(10)] * 12
    assert simples.revenue_of_12_months(before, D(5)) == 120


def test_credit_in_the_first_month_and_with_a_reduction_of_the_state():
    assert simples.credit_rate("1", None, DAY) == D("1.36")
    assert simples.credit_rate("2", None, DAY) == D("1.44")
    assert simples.credit_rate("1", D(150000), DAY, reduction=D(50)) == D("0.68")


@given(st.sampled_from(simples.ANNEXES), st.decimals(0, 4_800_000, places=2))
def test_never_negative_and_never_above_the_nominal_rate(annex, revenue):
    rate = simples.effective_rate(annex, revenue, DAY)
    assert 0 < rate <= 33
    parts = simples.shares(annex, revenue, DAY)
    assert all(part >= 0 for part in parts.values())
    assert abs(sum(parts.values()) - rate) <= D("0.0005")


@pytest.mark.parametrize(
    ("annex", "revenue", "day", "code"),
    [
        ("6", "1", DAY, "simples_annex"),
        ("3", "1", DAY, "simples_annex"),
        ("1", "4800000.01", DAY, "simples_revenue"),
        ("1", "-1", DAY, "simples_revenue"),
        ("1", "NaN", DAY, "simples_revenue"),
        ("1", "1", date(2027, 1, 1), "rule_missing_period"),
        ("1", "1", date(2017, 12, 31), "rule_missing_period"),
    ],
)
def test_refused_by_name(annex, revenue, day, code):
    with pytest.raises(FiscalError) as error:
        simples.credit_rate(annex, D(revenue), day)
    assert [problem.code for problem in error.value.problems] == [code]
    assert str(error.value)


def test_the_buyer_is_told_of_the_credit():
    rate = simples.credit_rate("1", D(300000), DAY)
    rules = IcmsRule(csosn="101", simples_credit_rate=rate)
    goods = [item(price="100", rules=IN_DAS, icms=rules), item(price="50", rules=IN_DAS, icms=rules)]
    taxed = engine.tax_invoice(invoice(goods, SIMPLES))
    # 1.8088 % of 100.00 and of 50.00, each rounded once.
    assert taxed.texts == (
        "PERMITE O APROVEITAMENTO DO CRÉDITO DE ICMS NO VALOR DE R$ 2,71; CORRESPONDENTE À ALÍQUOTA DE 1,8088%,"
        " NOS TERMOS DO ART. 23 DA LEI COMPLEMENTAR Nº 123, DE 2006.",
    )
