from base64 import b64decode, b64encode
from hashlib import sha1

import nfe_samples as samples
import pki
import pytest
import xmlsec
from fiscal import schema
from fiscal.certificate import load_cached
from fiscal.documents import nfe
from fiscal.sign import DSIG, sign
from fiscal.taxes.engine import tax_invoice
from fiscal.xml import parse
from lxml import etree


def certificate():
    return load_cached(pki.company_pfx(), pki.PASSWORD)


@pytest.fixture(scope="module")
def element():
    return nfe.build(tax_invoice(samples.everything())).element


@pytest.fixture(scope="module")
def signed(element):
    return sign(element, certificate())


@pytest.fixture(scope="module")
def prot_nfe(signed):
    """A protocol as an authorizer answers it, for this document."""
    root = parse(signed)
    digest = root.findtext(f".//{{{DSIG}}}DigestValue")
    key = root[0].get("Id")[3:]
    return (
        f'<protNFe xmlns="{nfe.NAMESPACE}" versao="4.00"><infProt><tpAmb>2</tpAmb><verAplic>T1</verAplic>'
        f"<chNFe>{key}</chNFe><dhRecbto>2026-11-23T10:31:00-03:00</dhRecbto><nProt>135260000000001</nProt>"
        f"<digVal>{digest}</digVal><cStat>100</cStat><xMotivo>Autorizado o uso da NF-e</xMotivo></infProt></protNFe>"
    ).encode()


def test_xmlsec1_accepts_it_in_place(signed, tmp_path):
    assert xmlsec.verify(signed, tmp_path)


def test_xmlsec1_refuses_one_changed_character(signed, tmp_path):
    assert not xmlsec.verify(signed.replace(b">Centro<", b">Centre<"), tmp_path)


def test_it_survives_the_batch(signed, tmp_path):
    batch = nfe.enviNFe(signed, 7)
    assert schema.validate(batch, "enviNFe_v4.00.xsd") == []
    assert signed in batch
    assert b"<idLote>7</idLote><indSinc>1</indSinc><NFe" in batch
    assert xmlsec.verify(batch, tmp_path)


def test_it_survives_the_protocol(signed, prot_nfe, tmp_path):
    proc = nfe.proc(signed, prot_nfe)
    assert schema.validate(proc, "procNFe_v4.00.xsd") == []
    assert signed in proc
    assert prot_nfe in proc
    assert xmlsec.verify(proc, tmp_path)


def test_declarations_are_left_out_of_the_protocol(signed, prot_nfe):
    declared = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    assert nfe.proc(declared + signed, declared + prot_nfe) == nfe.proc(signed, prot_nfe)


@pytest.mark.parametrize("wrong", [b"", b"<html/>", b"<n:protNFe/>"])
def test_what_is_not_a_protocol_is_refused(signed, wrong):
    with pytest.raises(ValueError, match="protNFe"):
        nfe.proc(signed, wrong)


def test_it_is_what_sefaz_asks_for(signed):
    signature = parse(signed)[-1]
    algorithms = [found.get("Algorithm") for found in signature.iter() if found.get("Algorithm")]
    c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
    assert algorithms == [c14n, f"{DSIG}rsa-sha1", f"{DSIG}enveloped-signature", c14n, f"{DSIG}sha1"]
    key_info = signature[-1]
    assert [etree.QName(found).localname for found in key_info.iter()] == ["KeyInfo", "X509Data", "X509Certificate"]
    assert b64decode(key_info[0][0].text) == certificate().der


def test_the_digest_is_that_of_the_canonical_infnfe(signed):
    """Computed the slow way: infNFe alone, as a document, canonicalized."""
    root = parse(signed)
    alone = etree.fromstring(etree.tostring(root[0], with_tail=False))
    digest = b64encode(sha1(etree.tostring(alone, method="c14n")).digest()).decode()
    assert root.findtext(f".//{{{DSIG}}}DigestValue") == digest


def test_the_bytes_are_canonical_and_the_element_is_untouched(element, signed):
    assert etree.tostring(parse(signed), method="c14n") == signed
    assert len(element) == 1


def test_the_signature_comes_after_infnfesupl(element, tmp_path):
    consumer = parse(etree.tostring(element))
    extra = etree.SubElement(consumer, f"{{{nfe.NAMESPACE}}}infNFeSupl")
    etree.SubElement(extra, f"{{{nfe.NAMESPACE}}}qrCode").text = "https://example.com/?p=1&q=2"
    signed = sign(consumer, certificate())
    assert [etree.QName(child).localname for child in parse(signed)] == ["infNFe", "infNFeSupl", "Signature"]
    assert xmlsec.verify(signed, tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        b'<NFe xmlns="urn:x"><infNFe/></NFe>',
        b'<n:NFe xmlns:n="urn:x"><n:infNFe Id="a"/></n:NFe>',
        b'<NFe xmlns="urn:x" xmlns:y="urn:y"><infNFe Id="a"/></NFe>',
        b'<NFe><infNFe Id="a"/></NFe>',
    ],
)
def test_what_would_not_verify_is_not_signed(wrong):
    with pytest.raises(ValueError, match="default namespace"):
        sign(etree.fromstring(wrong), certificate())
