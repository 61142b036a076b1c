import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nfe_samples as samples
import pki
import pytest
from fiscal import schema
from fiscal.certificate import load_cached
from fiscal.documents import nfe
from fiscal.problems import FiscalError
from fiscal.sign import sign
from fiscal.taxes.engine import tax_invoice


@pytest.fixture(scope="module")
def signed():
    invoice = samples.invoice(samples.item(1), samples.item(2))
    return sign(nfe.build(tax_invoice(invoice)).element, load_cached(pki.company_pfx(), pki.PASSWORD))


def problem(xml):
    (found,) = schema.validate(xml)
    assert found.code == "xsd"
    return found


def test_a_right_document_has_no_problem(signed):
    assert schema.validate(signed) == []


def test_a_wrong_form_names_the_field_and_the_item(signed):
    before, after = signed.rsplit(b"<NCM>73181500</NCM>", 1)
    found = problem(before + b"<NCM>7318150</NCM>" + after)
    assert found.path == "infNFe/det[2]/prod/NCM"
    assert "Código NCM (8 posições) (NCM): “7318150” does not have the required form." in str(found)


def test_a_missing_child(signed):
    found = problem(signed.replace(b"<vTroco>", b"").replace(b"<indTot>1</indTot></prod>", b"</prod>", 1))
    assert found.path == "infNFe/det[1]/prod"
    assert "indTot" in str(found)
    assert "is missing" in str(found)


def test_a_missing_tag_before_another(signed):
    found = problem(signed.replace(b"<xBairro>Centro</xBairro>", b"", 1))
    assert found.path == "infNFe/emit/enderEmit/cMun"
    assert "xBairro (Bairro) was expected" in str(found)


def test_a_value_outside_its_list(signed):
    found = problem(signed.replace(b"<CRT>3</CRT>", b"<CRT>7</CRT>"))
    assert found.path == "infNFe/emit/CRT"
    assert "“7” is not one of the allowed values" in str(found)


def test_a_text_too_long(signed):
    found = problem(signed.replace(b"<natOp>", b"<natOp>" + b"x" * 60))
    assert (found.path, "too long" in str(found)) == ("infNFe/ide/natOp", True)


def test_a_missing_attribute(signed):
    found = problem(signed.replace(b' versao="4.00"', b"", 1))
    assert "attribute" in str(found)


def test_all_at_once(signed):
    wrong = signed.replace(b"<CRT>3</CRT>", b"<CRT>7</CRT>").replace(b"<CFOP>5102<", b"<CFOP>x<")
    paths = [found.path for found in schema.validate(wrong)]
    assert paths == ["infNFe/emit/CRT", "infNFe/det[1]/prod/CFOP", "infNFe/det[2]/prod/CFOP"]


def test_other_documents_and_no_document():
    assert "infNFe" not in problem(b"<html><body/></html>").path
    assert "not well-formed" in str(problem(b"<NFe>"))
    assert schema.validate(b"") != []


def test_an_unknown_schema_is_named():
    with pytest.raises(FiscalError, match=r"nothing\.xsd"):
        schema.validate(b"<a/>", "nothing.xsd")


def test_entities_are_not_resolved(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    xml = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]><NFe>&e;</NFe>'.encode()
    assert "SECRET" not in "".join(map(str, schema.validate(xml)))


def test_threads_do_not_mix_their_errors(signed):
    wrong = [signed.replace(b"<CRT>3</CRT>", b"<CRT>%d</CRT>" % number) for number in (5, 6, 7, 8)]
    with ThreadPoolExecutor(8) as pool:
        for number, found in zip((5, 6, 7, 8) * 20, pool.map(problem, wrong * 20), strict=True):
            assert found.params["value"] == str(number)


def test_the_xsds_are_found_without_importing_nfelib():
    code = "import sys; from fiscal import schema; schema.find('nfe_v4.00.xsd'); sys.exit('nfelib' in sys.modules)"
    path = Path(schema.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], cwd=path, check=True)
