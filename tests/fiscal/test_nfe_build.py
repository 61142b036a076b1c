"""What the builder writes. The golden files are rewritten by ``GOLDEN_UPDATE=1 pytest``: read the difference."""

import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import nfe_samples as samples
import pki
import pytest
import xmlsec
from fiscal import access_key, schema
from fiscal.certificate import load_cached
from fiscal.documents import document_type, nfe
from fiscal.problems import FiscalError
from fiscal.sign import sign
from fiscal.simulator import checks, registrations
from fiscal.spec import Environment, IcmsRule
from fiscal.taxes.engine import tax_invoice
from fiscal.verify import verify_bytes
from lxml import etree

GOLDEN = Path(__file__).parent / "golden"
NS = {"n": nfe.NAMESPACE}


def build(invoice):
    assert nfe.problems(invoice, samples.NOW) == []
    taxed = tax_invoice(invoice)
    assert nfe.amount_problems(taxed) == []
    return nfe.build(taxed)


def text(built, path):
    """The texts at ``path``, tags without prefix."""
    steps = "/".join(f"n:{step}" for step in path.split("/"))
    return [found.text for found in built.element.iterfind(f".//{steps}", NS)]


@pytest.mark.parametrize("name", samples.GOLDEN)
def test_golden(name):
    element = build(samples.GOLDEN[name]()).element
    etree.indent(element)
    written = etree.tostring(element, encoding="unicode") + "\n"
    file = GOLDEN / f"nfe_{name}.xml"
    if os.environ.get("GOLDEN_UPDATE"):
        file.write_text(written, encoding="utf-8")
    assert written == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", samples.GOLDEN)
def test_the_official_schema_and_xmlsec1_accept_it(name, tmp_path):
    invoice = samples.GOLDEN[name]()
    certificate = load_cached(pki.pfx(invoice.emitter.tax_id), pki.PASSWORD)
    signed = sign(build(invoice).element, certificate)
    assert schema.validate(signed) == []
    assert verify_bytes(signed) == []  # arithmetic, key and signature, by code that the builder does not share
    assert xmlsec.verify(signed, tmp_path)


@pytest.mark.parametrize("name", samples.GOLDEN)
def test_the_simulators_rules_accept_it(name):
    """But for what only the moment decides: a production document, and an SVC that is not active."""
    built = build(samples.GOLDEN[name]())
    context = checks.Context(samples.NOW, built.access_key[:2])
    refused = [refusal.cStat for refusal in checks.refusals(checks.Document(built.element[0]), context)]
    assert refused == {"everything": ["252"], "contingency": ["570"]}.get(name, [])


def test_the_key_is_that_of_the_document():
    built = build(samples.invoice())
    assert access_key.is_valid(built.access_key)
    assert built.element[0].get("Id") == f"NFe{built.access_key}"
    assert text(built, "ide/cDV") == [built.access_key[-1]]


@pytest.mark.parametrize("environment", [Environment.SIMULATOR, Environment.HOMOLOGATION])
def test_outside_production_the_recipient_has_the_official_name(environment):
    built = build(samples.invoice(environment=environment))
    assert text(built, "dest/xNome") == ["NF-E EMITIDA EM AMBIENTE DE HOMOLOGACAO - SEM VALOR FISCAL"]
    assert text(built, "ide/tpAmb") == ["2"]
    assert text(built, "prod/xProd") == ["Parafuso sextavado nº 1"]  # the fixed xProd is model 65's


def test_in_production_the_recipient_has_its_own_name():
    built = build(samples.invoice(environment=Environment.PRODUCTION))
    assert text(built, "dest/xNome") == ["Construtora Horizonte S/A"]
    assert text(built, "ide/tpAmb") == ["1"]


def test_a_cut_text_is_told():
    built = build(samples.invoice(samples.item(description="Parafuso " * 20)))
    (written,) = text(built, "prod/xProd")
    assert len(written) <= 120
    assert [(change.code, change.path) for change in built.cut] == [("text_cut", "items[0].description")]


def test_the_total_is_the_sum_of_what_is_written():
    """vNF by the formula of the MOC (W16-10), from the XML's own numbers."""
    built = build(samples.everything())

    def total(tag):
        return sum((Decimal(value) for value in text(built, f"total/ICMSTot/{tag}")), Decimal())

    plus = sum(total(tag) for tag in ("vProd", "vST", "vFCPST", "vFrete", "vSeg", "vOutro", "vII", "vIPI"))
    assert total("vNF") == plus - total("vDesc") - total("vICMSDeson")
    assert text(built, "total/vNFTot") == text(built, "ICMSTot/vNF")
    assert sum(map(Decimal, text(built, "det/vItem"))) == total("vNF")
    assert sum(map(Decimal, text(built, "prod/vProd"))) == total("vProd")
    assert sum(map(Decimal, text(built, "detPag/vPag"))) == total("vNF")
    assert sum(map(Decimal, text(built, "dup/vDup"))) == Decimal(text(built, "fat/vLiq")[0])


def test_without_ibs_and_cbs_their_totals_are_not_written():
    built = build(samples.every_situation_of_simples())
    assert text(built, "total/IBSCBSTot") == text(built, "total/vNFTot") == text(built, "det/vItem") == []


def test_only_cards_and_dynamic_pix_have_the_card_group():
    value = samples.total(samples.invoice())
    for method, cards in (("03", 1), ("17", 1), ("15", 0), ("01", 0)):
        built = build(samples.invoice(payments=(replace(samples.invoice().payments[0], method=method, amount=value),)))
        assert len(text(built, "detPag/card")) == cards


def test_the_taxable_unit_keeps_the_amount():
    built = build(samples.everything())
    quantity, price, gross = (Decimal(text(built, f"prod/{tag}")[0]) for tag in ("qTrib", "vUnTrib", "vProd"))
    assert text(built, "prod/uTrib")[0] == "KG"
    assert abs(quantity * price - gross) < Decimal("0.01")


def test_nothing_but_the_default_namespace_and_no_blank_text():
    element = build(samples.everything()).element
    assert {tuple(child.nsmap.items()) for child in element.iter()} == {((None, nfe.NAMESPACE),)}
    assert all(child.text.strip() for child in element.iter() if len(child) == 0)
    assert all(child.text is None for child in element.iter() if len(child))


def test_a_situation_of_a_later_stage_is_a_problem():
    taxed = tax_invoice(samples.invoice())
    line = taxed.items[0]
    icms = replace(line.icms, rule=IcmsRule(cst="99"))
    found = nfe.amount_problems(replace(taxed, items=(replace(line, icms=icms),)))
    assert [(problem.code, problem.path) for problem in found] == [("situation_unsupported", "items[0].rules.icms")]


def test_the_registry_knows_the_model():
    assert document_type("55").build is nfe.build
    with pytest.raises(FiscalError):
        document_type("99")


def test_a_rural_producer_of_sp_is_written_in_digits():
    """IE P0… of SINTEGRA's sheet: the register keeps the P, which TIeDest does not take; the simulator knows both."""
    producer = samples.change(samples.invoice(), "recipient.ie", "P011004243002")
    built = build(samples.change(producer, "recipient.ie_indicator", "1"))
    assert text(built, "dest/IE") == ["011004243002"]
    assert registrations.registration_ok("011004243002", "SP")
    assert not registrations.registration_ok("011004244002", "SP")
