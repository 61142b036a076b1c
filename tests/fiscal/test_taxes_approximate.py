"""Approximate taxes: amounts and words of real documents (golden/ibpt.csv), and the table of IBPT, right and wrong."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fiscal.problems import FiscalError
from fiscal.spec import ApproximateRule
from fiscal.taxes import approximate_table as tables
from fiscal.taxes import engine
from hypothesis import given
from hypothesis import strategies as st
from taxes_cases import INSIDE, NORMAL, D, invoice, item

HERE = Path(__file__).parent
CONSUMER = replace(INSIDE, contributor=False, final_consumer=True)
TABLE = (HERE / "data/ibpt.csv").read_bytes()
HEAD = TABLE.split(b"\n", 1)[0]
DAY = date(2026, 7, 1)
with (HERE / "golden/ibpt.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))


def taxed(*items, context=CONSUMER):
    return engine.tax_invoice(invoice(items, context))


def with_rates(rule, **values):
    return item(rules=replace(NORMAL, approximate=rule), **values)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_real_documents(case):
    rates = (D(case[f"{name}_rate"]) for name in ("federal", "state", "city"))
    made = taxed(with_rates(ApproximateRule(*rates, case["text"].partition("Fonte: ")[2]), price=case["value"]))
    line = made.items[0].approximate
    assert (line.federal_amount, line.state_amount, line.city_amount) == tuple(
        D(case[name]) for name in ("federal", "state", "city")
    )
    assert made.totals["vTotTrib"] == line.amount == D(case["total"])
    assert made.texts == (case["text"],)


def test_only_consumers_are_told():
    line = with_rates(ApproximateRule(D("13.45"), D(18)))
    made = taxed(line, context=INSIDE)
    assert made.items[0].approximate is None
    assert "vTotTrib" not in made.totals
    assert made.texts == ()


def test_several_items_and_tables():
    first, other = ApproximateRule(D(10), D(18), source="IBPT A"), ApproximateRule(D(10), D(7), D(1), "IBPT B")
    made = taxed(with_rates(first, price="12345.67", discount=D("0.67")), with_rates(other), with_rates(first), item())
    assert made.texts == (
        "Trib. aprox. R$ 1.254,50 Federal, R$ 2.247,10 Estadual e R$ 1,00 Municipal. Fonte: IBPT A; IBPT B",
    )
    assert made.totals["vTotTrib"] == D("3502.60")


def test_rates_that_are_none():
    rule = ApproximateRule(D(-1), D("NaN"), D("1.00001"))
    found = {problem.path for problem in engine.missing_rules(CONSUMER, [with_rates(rule)])}
    assert found == {f"items[0].rules.approximate.{name}_rate" for name in ("federal", "state", "city")}


# --- The table ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", ";\r\n"])
def test_a_table_however_it_was_saved(encoding, end):
    table = tables.parse(TABLE.decode().replace("\n", end).encode(encoding))
    goods = item(ncm="61091000")
    assert table.rule(goods, DAY) == ApproximateRule(
        D("13.45"), D("18.00"), D("0.00"), "IBPT/empresometro.com.br 26.1.L 42CA5A"
    )
    assert table.rule(replace(goods, origin="1"), DAY).federal_rate == D("18.61")
    assert table.rule(replace(goods, origin="3"), DAY).federal_rate == D("13.45")
    assert table.rule(goods, date(2026, 9, 1)).source.endswith("9D1F22")
    assert table.rule(item(ncm="19059090"), date(2026, 9, 1)).state_rate == D(18)
    assert table.rule(item(ncm="01039000"), DAY).federal_rate == D("4.20")


def test_an_ex_and_its_ncm():
    table, day = tables.parse(TABLE), date(2015, 2, 1)
    assert table.rule(item(ncm="39269090", tipi_exception="01"), day).federal_rate == D("13.45")
    assert table.rule(item(ncm="39269090", tipi_exception="07"), day).federal_rate == D("13.45")


@pytest.mark.parametrize(
    ("ncm", "day", "code"),
    [("99999999", DAY, "approximate_ncm"), ("61091000", date(2027, 1, 1), "approximate_expired")],
)
def test_what_the_table_does_not_know(ncm, day, code):
    with pytest.raises(FiscalError) as error:
        tables.parse(TABLE).rule(item(ncm=ncm), day)
    assert [problem.code for problem in error.value.problems] == [code]
    assert str(error.value)


RIGHT = "61091000;;0;x;1.00;2.00;3.00;0.00;01/01/2026;31/12/2026;A;B;IBPT"


@pytest.mark.parametrize(
    ("line", "where"),
    [
        (RIGHT.replace("61091000", "6109"), "lines[2].codigo"),
        (RIGHT.replace(";0;x", ";7;x"), "lines[2].tipo"),
        (RIGHT.replace(";;0", ";ex1;0"), "lines[2].ex"),
        (RIGHT.replace("3.00", "muito"), "lines[2].estadual"),
        (RIGHT.replace("3.00", "-3"), "lines[2].estadual"),
        (RIGHT.replace("1.00", "1000"), "lines[2].nacionalfederal"),
        (RIGHT.replace("01/01/2026", "2026-01-01"), "lines[2].vigenciainicio"),
        (RIGHT.replace("31/12/2026", "31/12/2025"), "lines[2].vigenciafim"),
        (RIGHT.replace(";IBPT", ""), "lines[2]"),
        (RIGHT + "\n" + RIGHT, "lines[3].codigo"),
        ("", ""),
    ],
)
def test_wrong_lines_are_told_by_their_place(line, where):
    with pytest.raises(FiscalError) as error:
        tables.parse(HEAD + b"\n" + line.encode())
    assert [problem.path for problem in error.value.problems] == [where]


def test_all_mistakes_at_once_and_another_file_at_all():
    with pytest.raises(FiscalError) as error:
        tables.parse(HEAD + b"\n" + RIGHT.replace("3.00", "x").replace("2.00", "y").encode() + b"\nx;;\n")
    assert len(error.value.problems) == 3
    endless = HEAD + b"\n" + b'"' + b"x" * 140_000
    with pytest.raises(FiscalError) as error:
        tables.parse(endless)
    assert [problem.code for problem in error.value.problems] == ["approximate_line"]
    for other in (b"", b"a;b\n1;2", b"\x00\xff\xfe", b"PK\x03\x04"):
        with pytest.raises(FiscalError) as error:
            tables.parse(other)
        assert [problem.code for problem in error.value.problems] == ["approximate_header"]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_problem(content):
    with pytest.raises(FiscalError):
        tables.parse(HEAD + b"\n" + content + b"\nx")
