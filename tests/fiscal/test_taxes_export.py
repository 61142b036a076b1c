"""What leaves the country bears no tax: the codes of the law, and what charges one all the same is refused."""

import csv
from dataclasses import replace
from pathlib import Path

import nfe_samples as samples
import pki
import pytest
from fiscal.certificate import Certificate
from fiscal.documents import nfe
from fiscal.sign import sign
from fiscal.simulator import checks
from fiscal.spec import ContributionRule, IbsCbsRule, IcmsRule, IpiRule
from fiscal.taxes import engine, export
from fiscal.verify import verify_bytes
from taxes_cases import INSIDE, D, invoice, ipi, item

CASES = list(csv.DictReader((Path(__file__).parent / "golden/exports.csv").open(encoding="utf-8", newline="")))
ABROAD = replace(INSIDE, recipient_uf="EX", contributor=False, final_consumer=True)


def goods(case):
    code = case["icms"]
    rate = D("7.6") if case["pis"] == "01" else D(0)
    return item(
        cfop=case["cfop"],
        icms=IcmsRule(csosn=code) if len(code) == 3 else IcmsRule(cst=code),
        ipi=ipi("10" if case["ipi_cst"] == "50" else "0", case["ipi_cst"]) if case["ipi_cst"] else None,
        pis=ContributionRule(case["pis"], rate),
        cofins=ContributionRule(case["pis"], rate),
        ibs_cbs=IbsCbsRule(case["ibs_cbs"][:3], case["ibs_cbs"]) if case["ibs_cbs"] else None,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda row: "-".join(list(row.values())[:7]))
def test_law_of_exports(case):
    assert case["source"]
    context = replace(ABROAD if case["cfop"][0] == "7" else INSIDE, emitter_crt=case["regime"])
    one = goods(case)
    assert {problem.code for problem in export.problems(context, one, "items[0]")} == set(case["refused"].split())
    told = {problem.code for problem in engine.missing_rules(context, [one])}
    assert set(case["refused"].split()) == {code for code in told if code.startswith("export_")}
    if not case["refused"]:
        assert told == set()
        result = engine.compute_item(context, one)
        taxes = ("vICMS", "vFCP", "vIPI", "vPIS", "vCOFINS")
        assert [result.amounts.get(tag, 0) for tag in taxes] == [0] * len(taxes)
        assert result.total == D("100.00")


def test_there_are_enough_cases():
    assert len(CASES) >= 4
    assert {row["regime"] for row in CASES} == {"1", "2", "3"}


def test_the_document_tells_the_legal_ground():
    simples = replace(ABROAD, emitter_crt="1")
    sold = goods(CASES[1])
    (text,) = engine.tax_invoice(invoice([sold], simples)).texts
    assert "LC 87/1996 art. 3º II" in text
    (text,) = engine.tax_invoice(invoice([replace(sold, cfop="5502")], replace(INSIDE, emitter_crt="1"))).texts
    assert "fim específico de exportação" in text


def test_a_company_of_the_normal_regime_exports():
    """With every tax of CRT 3 told as not charged: right to the XSD, to ``verify`` and to the simulator."""
    goods = samples.item(
        1,
        replace(
            samples.NORMAL,
            icms=IcmsRule(cst="41"),
            ipi=IpiRule("54", cEnq="002"),
            pis=ContributionRule("08"),
            cofins=ContributionRule("08"),
            ibs_cbs=IbsCbsRule("410", "410004"),
        ),
        cfop="7101",
    )
    made = samples.abroad(goods, emitter=samples.EMITTER)
    assert nfe.problems(made, samples.NOW) == []
    taxed = engine.tax_invoice(made)
    assert nfe.amount_problems(taxed) == []
    built = nfe.build(taxed)
    signed = sign(built.element, Certificate.load(pki.pfx(made.emitter.tax_id), pki.PASSWORD))
    assert [str(problem) for problem in verify_bytes(signed)] == []
    context = checks.Context(samples.NOW, built.access_key[:2])
    assert list(checks.refusals(checks.Document(built.element[0]), context)) == []


def test_goods_that_come_in_are_no_export():
    assert list(export.problems(ABROAD, item(cfop="3102"), "items[0]")) == []
