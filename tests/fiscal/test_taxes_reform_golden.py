"""IBS, CBS and IS as others compute them: each row of golden/ibs_cbs*.csv names its source, and leaves out what it
does not say. Most are the published expectations of the calculator of Receita Federal (Serpro), whose 2027 CBS of
8.40 % is its assumption: here the rule gives it.
"""

from dataclasses import replace
from datetime import date

import pytest
from fiscal.spec import GovernmentPurchase, IbsCbsRule, IcmsRule, SelectiveRule, SinglePhaseRule
from fiscal.taxes import engine
from fiscal.taxes.ibs_cbs_tables import tax_class
from reform_cases import golden, goods, on
from taxes_cases import D

#: Columns of the table: where the result has them.
EXPECTED = {
    "vBC": "base",
    "pIBSUF": "ibs_uf_rate",
    "pRedAliqIBS": "ibs_reduction",
    "pAliqEfetIBSUF": "ibs_uf_effective",
    "vDifIBSUF": "ibs_uf_deferred",
    "vIBSUF": "ibs_uf_amount",
    "pIBSMun": "ibs_city_rate",
    "pAliqEfetIBSMun": "ibs_city_effective",
    "vDifIBSMun": "ibs_city_deferred",
    "vIBSMun": "ibs_city_amount",
    "pCBS": "cbs_rate",
    "pRedAliqCBS": "cbs_reduction",
    "pAliqEfetCBS": "cbs_effective",
    "vDifCBS": "cbs_deferred",
    "vCBS": "cbs_amount",
}
SHARES = {
    "regular": {"AliqEfetRegIBSUF": "ibs_uf", "AliqEfetRegIBSMun": "ibs_city", "AliqEfetRegCBS": "cbs"},
    "government": {"AliqIBSUF": "ibs_uf", "AliqIBSMun": "ibs_city", "AliqCBS": "cbs"},
}
ROWS = golden("ibs_cbs")
MONO = golden("ibs_cbs_single_phase")


def number(text):
    return D(text) if text else None


def case_of(row, **context):
    """The context and the item of a row."""
    government = GovernmentPurchase(row["tpEnteGov"], "1", D(row["pRedutor"])) if row["tpEnteGov"] else None
    given = number(row["pCBS_given"])
    own = {}
    if tax_class(row["cClassTrib"]).own_rates:
        own = {"ibs_uf_rate": D(0), "ibs_city_rate": D(0)}
        given = D(0)
    rule = IbsCbsRule(row["CST"], row["cClassTrib"], cbs_rate=given, regular_class=row["cClassTribReg"], **own)
    one = goods(row["vProd"], rule)
    rules = one.rules
    if row["pIS"]:
        selective = SelectiveRule("000", "000001", D(row["pIS"]), number(row["adRemIS"]))
        rules = replace(rules, selective=selective)
    if row["pICMS"]:
        rules = replace(rules, icms=IcmsRule(cst="20", rate=D(row["pICMS"]), base_reduction=D(row["pRedBC"])))
    return on(date.fromisoformat(row["date"]), government=government, **context), replace(one, rules=rules)


def compare(row, result):
    found = result.ibs_cbs
    assert result.amounts.get("vIS", 0) == (number(row["vIS"]) or 0)
    assert found.taxed or not row["vBC"]
    for column, name in EXPECTED.items():
        if row[column]:
            assert getattr(found, name) == D(row[column]), column
    for group, columns in SHARES.items():
        for column, name in columns.items():
            amount = f"v{column.replace('AliqEfet', 'Trib').replace('Aliq', 'Trib')}"
            if row[f"p{column}"]:
                shares = getattr(found, group)
                assert getattr(shares, f"{name}_effective") == D(row[f"p{column}"]), column
                assert getattr(shares, f"{name}_amount") == D(row[amount]), amount


@pytest.mark.parametrize("row", ROWS, ids=[row["case"] for row in ROWS])
def test_as_published(row):
    context, one = case_of(row)
    compare(row, engine.compute_item(context, one))


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["date"] >= "2027" and not row["pICMS"]], ids=lambda row: row["case"]
)
def test_simples_with_the_option_for_the_regular_regime_pays_the_same(row):
    context, one = case_of(row, emitter_crt="1", regular_ibs_cbs=True)
    in_das = replace(one, rules=replace(one.rules, icms=IcmsRule(csosn="400")))
    compare(row, engine.compute_item(context, in_das))


@pytest.mark.parametrize("row", MONO, ids=[row["case"] for row in MONO])
def test_single_phase_as_published(row):
    names = {
        "base": "vBCMono",
        "quantity": "qBCMono",
        "ibs_uf_rate": "pAliqMonoUF",
        "ibs_city_rate": "pAliqMonoMun",
        "ibs_rate": "adRemIBS",
        "cbs_rate": "rateCBS",
        "withheld_base": "vBCMonoReten",
        "withheld_quantity": "qBCMonoReten",
        "ibs_withheld_rate": "rateIBSReten",
        "cbs_withheld_rate": "rateCBSReten",
        "ibs_retained": "vIBSMonoRet",
        "cbs_retained": "vCBSMonoRet",
    }
    single = SinglePhaseRule(**{name: number(row[column]) for name, column in names.items()})
    one = goods("1000", IbsCbsRule("620", row["cClassTrib"], single_phase=single))
    context = on(date.fromisoformat(row["date"]))
    assert engine.missing_rules(context, [one]) == []
    amounts = engine.compute_item(context, one).amounts
    for tag in ("vIBSMono", "vCBSMono", "vIBSMonoReten", "vCBSMonoReten", "vTotIBSMonoItem", "vTotCBSMonoItem"):
        assert amounts[tag] == D(row[tag] or 0), tag
    assert amounts["vIBSMonoRet"] == D(row["vIBSMonoRet"] or 0)


def test_there_are_cases_and_each_names_its_source():
    assert len(ROWS) >= 150
    assert len(MONO) >= 7
    assert all(row["source"] for row in ROWS + MONO)
    assert len({row["cClassTrib"] for row in ROWS}) >= 80
