"""Documents for the tests of ``fiscal.verify``: hand-written, then signed with a throwaway key."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pki
from fiscal.certificate import Certificate
from fiscal.sign import sign
from lxml import etree

DATA = Path(__file__).parent / "data"
NFE = "http://www.portalfiscal.inf.br/nfe"
NS = {"n": NFE, "d": "http://www.w3.org/2000/09/xmldsig#"}
AUTHORISED = (DATA / "nfe_authorised_2017.xml").read_bytes()  # nfelib's repository (MIT): SEFAZ-PR, homologação


@cache
def certificate() -> Certificate:
    return Certificate.load(pki.pfx("11222333000181"), pki.PASSWORD)


def unsigned() -> etree._Element:
    """The hand-written document, which has nearly every group that the layout gives amounts to."""
    return etree.fromstring(
        (DATA / "verify_unsigned.xml").read_bytes(), etree.XMLParser(remove_blank_text=True, remove_comments=True)
    )


def signed(change: Callable[[etree._Element], None] = lambda nfe: None) -> bytes:
    """The document, changed, then signed: whoever signs can write what he likes."""
    nfe = unsigned()
    change(nfe)
    return sign(nfe, certificate())


def setting(path: str, value: str, position: int = 0) -> Callable[[etree._Element], None]:
    """A change: the text at an XPath (prefix ``n``)."""

    def change(nfe: etree._Element) -> None:
        nfe.xpath(path, namespaces=NS)[position].text = value

    return change


def with_protocol(nfe: bytes, **fields: str) -> bytes:
    """An nfeProc of ``nfe`` as an authorizer would answer, with some fields changed."""
    root = etree.fromstring(nfe)
    values = {
        "tpAmb": "2",
        "verAplic": "TESTE",
        "chNFe": root.find("n:infNFe", NS).get("Id")[3:],
        "dhRecbto": "2026-11-23T10:30:05-03:00",
        "nProt": "135260000000001",
        "digVal": root.findtext(".//d:DigestValue", namespaces=NS),
        "cStat": "100",
        "xMotivo": "Autorizado o uso da NF-e",
    } | fields
    inside = "".join(f"<{tag}>{value}</{tag}>" for tag, value in values.items())
    protocol = f'<protNFe versao="4.00"><infProt>{inside}</infProt></protNFe>'
    return f'<nfeProc xmlns="{NFE}" versao="4.00">'.encode() + nfe + protocol.encode() + b"</nfeProc>"
