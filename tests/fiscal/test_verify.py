"""``fiscal.verify`` on documents that are right, and on ones with a lie in them, signed by the liar."""

import re
import time
from importlib.util import find_spec
from pathlib import Path

import nfe_samples
import pki
import pytest
from fiscal.access_key import check_digit
from fiscal.certificate import Certificate
from fiscal.documents import nfe
from fiscal.sign import sign
from fiscal.taxes.engine import tax_invoice
from fiscal.verify import verify_bytes
from lxml import etree
from verify_samples import AUTHORISED, NFE, NS, setting, signed, unsigned, with_protocol

from dev.core_tests import sample

SAMPLES = Path(find_spec("nfelib").submodule_search_locations[0]) / "nfe" / "samples" / "v4_0"
# nfelib's samples of 2018 are real documents with their parties replaced: nothing but the signature is broken.
REAL = sorted((SAMPLES / "leiauteNFe").glob("35180834128745000152*-nfe.xml"))
# Amounts that nothing else in a document determines, or that no rule of SEFAZ compares.
UNDETERMINED = {
    "vUnTrib", "qTrib", "pMVAST", "pRedBC", "pICMSST", "vBCFCPST", "pFCPST", "pDevol",
    "vBCUFDest", "pICMSUFDest", "pICMSInter", "pICMSInterPart",
}  # fmt: skip

# What is multiplied by a rate of zero.
TIMES_ZERO = ("gIBSMun/gRed/pRedAliq", "PISOutr/vBC", "COFINSOutr/vBC")


def codes(data: bytes) -> set[str]:
    return {problem.code for problem in verify_bytes(data)}


def test_a_document_that_sefaz_authorised():
    assert verify_bytes(AUTHORISED) == []


def test_the_document_written_by_hand():
    assert verify_bytes(signed()) == []
    assert verify_bytes(with_protocol(signed())) == []


@pytest.mark.parametrize(
    "make",
    [
        nfe_samples.every_situation_of_crt_3,
        nfe_samples.every_situation_of_simples,
        nfe_samples.everything,
        nfe_samples.contingency,
    ],
)
def test_what_our_own_builder_writes(make):
    """Builder and verifier share no arithmetic: one calculates, the other has a table of what must hold."""
    invoice = make()
    own = Certificate.load(pki.pfx(invoice.emitter.tax_id), pki.PASSWORD)
    assert verify_bytes(sign(nfe.build(tax_invoice(invoice)).element, own)) == []


def test_several_documents_in_a_batch():
    batch = f'<enviNFe xmlns="{NFE}" versao="4.00"><idLote>1</idLote><indSinc>1</indSinc>'.encode()
    assert verify_bytes(batch + signed() + b"</enviNFe>") == []
    wrong = signed(setting("//n:ICMSTot/n:vNF", "1.00"))
    assert "vNF" in codes(batch + signed() + wrong + b"</enviNFe>")


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem[-12:])
def test_amounts_of_real_documents(path):
    found = codes(path.read_bytes())
    assert found == {"digest", "signature_value", "certificate_holder"}


def test_there_are_real_documents():
    assert len(REAL) >= 10


def test_an_official_sample_with_invented_amounts_is_told_so():
    found = codes((SAMPLES / "leiauteNFe" / "nfe_reforma_tributaria.xml").read_bytes())
    assert {"product", "total", "vNF", "vNFTot", "digest", "key_year_month", "key_holder"} <= found


def numbers() -> list[str]:
    """The path of every amount in the hand-written document."""
    nfe = unsigned()
    tree = nfe.getroottree()
    leaves = nfe.xpath("//n:det//*[not(*)] | //n:total//*[not(*)] | //n:cobr//n:vLiq | //n:vDup", namespaces=NS)
    amounts = [e for e in leaves if re.fullmatch(r"(v|p|q|adRem)[A-Z]\w*", etree.QName(e).localname)]
    paths = [tree.getelementpath(e) for e in amounts if etree.QName(e).localname not in UNDETERMINED]
    return [path for path in paths if not path.replace(f"{{{NFE}}}", "").endswith(TIMES_ZERO)]


@pytest.mark.parametrize("path", sample(numbers(), one_in=4), ids=lambda path: path.replace(f"{{{NFE}}}", ""))
def test_a_wrong_digit_in_any_amount_is_found(path):
    def change(nfe):
        element = nfe.find(path)
        element.text = str(int(element.text[0]) % 9 + 1) + element.text[1:]

    assert codes(signed(change)) & {"product", "total", "vNF", "vNFTot", "vItem", "bill"}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("cUF", "41", "key_cUF"),
        ("cNF", "10203041", "key_numeric_code"),
        ("mod", "65", "key_model"),
        ("serie", "2", "key_series"),
        ("nNF", "2", "key_number"),
        ("dhEmi", "2026-12-01T00:30:00-03:00", "key_year_month"),
        ("tpEmis", "2", "key_emission_type"),
        ("cDV", "1", "key_cDV"),
        ("cUF", "41", "emitter_uf"),
    ],
)
def test_a_key_that_says_something_else(field, value, code):
    assert code in codes(signed(setting(f"//n:ide/n:{field}", value)))


def test_a_key_of_another_emitter():
    assert "key_holder" in codes(signed(setting("//n:emit/n:CNPJ", "11444777000161")))


def test_a_wrong_check_digit():
    def change(nfe):
        nfe[0].set("Id", nfe[0].get("Id")[:-1] + "1")
        setting("//n:ide/n:cDV", "1")(nfe)

    assert codes(signed(change)) == {"key_digit"}


def test_something_that_is_no_key():
    assert "key_shape" in codes(signed(lambda nfe: nfe[0].set("Id", "NFe123")))


def rekeyed(**ide: str):
    """A change of ide that the key follows."""

    def change(nfe):
        for tag, value in ide.items():
            setting(f"//n:ide/n:{tag}", value)(nfe)
        key = nfe[0].get("Id")[3:]
        parts = {"mod": (20, 22, 2), "nNF": (25, 34, 9), "cNF": (35, 43, 8)}
        for tag, (start, end, length) in parts.items():
            key = key[:start] + (ide[tag].zfill(length) if tag in ide else key[start:end]) + key[end:]
        key = key[:43] + check_digit(key[:43])
        nfe[0].set("Id", f"NFe{key}")
        setting("//n:ide/n:cDV", key[43])(nfe)

    return change


def test_codes_that_are_forbidden():
    assert codes(signed(rekeyed(cNF="12345678"))) == {"cnf_forbidden"}
    assert codes(signed(rekeyed(nNF="10203040"))) == {"cnf_forbidden"}
    assert codes(signed(rekeyed(nNF="10203041"))) == set()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("chNFe", "35261112ABC34501DE35550010000000011123456793", "protocol_chNFe"),
        ("digVal", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "protocol_digVal"),
        ("tpAmb", "1", "protocol_tpAmb"),
        ("cStat", "204", "protocol_cStat"),
        ("cStat", "302", "protocol_cStat"),
    ],
)
def test_a_protocol_of_something_else(field, value, code):
    assert codes(with_protocol(signed(), **{field: value})) == {code}


def test_an_authorisation_without_its_number():
    assert codes(with_protocol(signed()).replace(b"<nProt>135260000000001</nProt>", b"")) == {"protocol_nProt"}


@pytest.mark.parametrize("status", ["100", "120", "150"])
def test_statuses_that_authorise(status):
    assert verify_bytes(with_protocol(signed(), cStat=status)) == []


def test_exempted_icms_comes_off_the_value_as_the_item_says():
    said_no = setting("//n:indDeduzDeson", "0")
    assert codes(signed(said_no)) == {"vNF", "vItem"}

    def silent(nfe):
        told = nfe.xpath("//n:indDeduzDeson", namespaces=NS)[0]
        told.getparent().remove(told)

    assert verify_bytes(signed(silent)) == []


def test_contributions_by_substitution_count_only_when_told():
    assert {"vNF", "vItem"} <= codes(signed(setting("//n:indSomaPISST", "0")))


def test_an_item_outside_the_total_is_not_summed():
    assert {"total", "vItem"} <= codes(signed(setting("//n:indTot", "1", position=4)))


def test_complements_have_amounts_without_factors():
    change = setting("//n:det/n:prod/n:qCom", "9.0000")
    assert codes(signed(change)) == {"product"}

    def complement(nfe):
        change(nfe)
        setting("//n:ide/n:finNFe", "2")(nfe)

    assert verify_bytes(signed(complement)) == []


def test_ibs_and_cbs_are_added_to_vNFTot_from_2027_on():
    def next_year(nfe):
        setting("//n:ide/n:dhEmi", "2027-01-02T10:00:00-03:00")(nfe)
        nfe[0].set("Id", nfe[0].get("Id").replace("NFe352611", "NFe352701"))
        rekeyed()(nfe)

    def added(nfe):
        next_year(nfe)
        setting("//n:vNFTot", "2461.02")(nfe)

    assert codes(signed(next_year)) == {"vNFTot"}
    assert verify_bytes(signed(added)) == []


def test_an_nfce_carries_its_key_in_the_qr_code_and_is_paid_whole():
    def nfce(nfe, key=None):
        rekeyed(mod="65")(nfe)
        supplement = etree.SubElement(nfe, f"{{{NFE}}}infNFeSupl")
        key = key or nfe[0].get("Id")[3:]
        etree.SubElement(supplement, f"{{{NFE}}}qrCode").text = f"https://www.fazenda.example.gov.br/qrcode?p={key}|3|2"
        etree.SubElement(supplement, f"{{{NFE}}}urlChave").text = "https://www.fazenda.example.gov.br/consulta"

    assert verify_bytes(signed(nfce)) == []
    assert codes(signed(lambda nfe: nfce(nfe, "35" * 22))) == {"qr_code_key"}

    def unpaid(nfe):
        nfce(nfe)
        setting("//n:vPag", "1.00")(nfe)

    assert codes(signed(unpaid)) == {"payments"}


def test_change_given():
    def change(nfe):
        setting("//n:vPag", "2500.00")(nfe)
        etree.SubElement(nfe.find(".//n:pag", NS), f"{{{NFE}}}vTroco").text = "42.49"

    assert codes(signed(change)) == {"change"}


def test_problems_name_their_place_and_what_would_be_right():
    problems = verify_bytes(signed(setting("//n:det[2]/n:prod/n:vProd", "501.00")))
    lines = [str(problem) for problem in problems]
    assert "infNFe/det[2]/prod/vProd: 501.00 is stated, but qCom × vUnCom gives 500." in lines
    assert "infNFe/total/ICMSTot/vProd: 2006.67 is stated, but its parts give 2007.67." in lines


def test_two_hundred_items_take_well_under_a_second():
    def many(nfe):
        item = nfe.findall(".//n:det", NS)[1]
        for number in range(10, 201):
            twin = etree.fromstring(etree.tostring(item))
            twin.set("nItem", str(number))
            nfe.find(".//n:total", NS).addprevious(twin)

    data = signed(many)
    verify_bytes(AUTHORISED)  # the XSD is compiled once a process
    start = time.process_time()  # other work on the machine does not count
    problems = verify_bytes(data)
    assert time.process_time() - start < 0.5
    assert {problem.code for problem in problems} == {"total", "vNFTot"}
