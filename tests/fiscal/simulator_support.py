"""An NF-e made, mutated and signed by the tests' own hands, and a client that speaks to the simulator.

Nothing here comes from the add-on's builder or signer: what the simulator says of these documents is judged on its own.
"""

import base64
import hashlib
import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import pkcs12
from lxml import etree

SECONDS = 120  # the longest wait for anything, on a machine that has other work
NFE = "http://www.portalfiscal.inf.br/nfe"
DS = "http://www.w3.org/2000/09/xmldsig#"
WSDL = "http://www.portalfiscal.inf.br/nfe/wsdl"
ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
OPERATIONS = {
    "NFeStatusServico4": "nfeStatusServicoNF",
    "NFeAutorizacao4": "nfeAutorizacaoLote",
    "NFeRetAutorizacao4": "nfeRetAutorizacaoLote",
    "NFeConsultaProtocolo4": "nfeConsultaNF",
    "NFeRecepcaoEvento4": "nfeRecepcaoEvento",
    "NFeInutilizacao4": "nfeInutilizacaoNF",
    "CadConsultaCadastro4": "consultaCadastro",
}
HOMOLOGATION_NAME = "NF-E EMITIDA EM AMBIENTE DE HOMOLOGACAO - SEM VALOR FISCAL"
EMITTER = "11222333000181"
RECIPIENT = "12ABC34501DE35"
OTHER = "00000000000191"
IE = {"SP": "110042490114", "MG": "0623079040081", "RJ": "99999993", "PR": "1234567850", "SC": "251040852"}
CITY = {"SP": "3550308", "MG": "3106200", "RJ": "3304557", "PR": "4106902", "SC": "4205407"}
CUF = {"SP": "35", "MG": "31", "RJ": "33", "PR": "41", "SC": "42"}

BASE = """<infNFe versao="4.00" Id="" xmlns="{ns}"><ide><cUF>35</cUF><cNF>87654321</cNF>
<natOp>VENDA</natOp><mod>55</mod><serie>1</serie><nNF>1</nNF><dhEmi>{now}</dhEmi><tpNF>1</tpNF>
<idDest>1</idDest><cMunFG>3550308</cMunFG><tpImp>1</tpImp><tpEmis>1</tpEmis><cDV>0</cDV><tpAmb>2</tpAmb>
<finNFe>1</finNFe><indFinal>0</indFinal><indPres>9</indPres><indIntermed>0</indIntermed><procEmi>0</procEmi>
<verProc>teste</verProc></ide>
<emit><CNPJ>{emitter}</CNPJ><xNome>EMPRESA DE TESTE LTDA</xNome><enderEmit><xLgr>RUA UM</xLgr><nro>1</nro>
<xBairro>CENTRO</xBairro><cMun>3550308</cMun><xMun>SAO PAULO</xMun><UF>SP</UF><CEP>01001000</CEP></enderEmit>
<IE>110042490114</IE><CRT>3</CRT></emit>
<dest><CNPJ>{recipient}</CNPJ><xNome>{name}</xNome><enderDest><xLgr>RUA DOIS</xLgr><nro>2</nro>
<xBairro>CENTRO</xBairro><cMun>3550308</cMun><xMun>SAO PAULO</xMun><UF>SP</UF><CEP>01001000</CEP>
<cPais>1058</cPais></enderDest><indIEDest>1</indIEDest><IE>110042490114</IE></dest>
<det nItem="1"><prod><cProd>A1</cProd><cEAN>SEM GTIN</cEAN><xProd>PRODUTO A</xProd><NCM>84713012</NCM>
<CFOP>5102</CFOP><uCom>UN</uCom><qCom>3.0000</qCom><vUnCom>33.3333333333</vUnCom><vProd>100.00</vProd>
<cEANTrib>SEM GTIN</cEANTrib><uTrib>UN</uTrib><qTrib>3.0000</qTrib><vUnTrib>33.3333333333</vUnTrib>
<vFrete>5.00</vFrete><vSeg>1.00</vSeg><vDesc>10.00</vDesc><vOutro>2.00</vOutro><indTot>1</indTot></prod>
<imposto><ICMS><ICMS00><orig>0</orig><CST>00</CST><modBC>3</modBC><vBC>98.00</vBC><pICMS>18.0000</pICMS>
<vICMS>17.64</vICMS></ICMS00></ICMS>
<IPI><cEnq>999</cEnq><IPITrib><CST>50</CST><vBC>98.00</vBC><pIPI>5.0000</pIPI><vIPI>4.90</vIPI></IPITrib></IPI>
<PIS><PISAliq><CST>01</CST><vBC>80.36</vBC><pPIS>1.6500</pPIS><vPIS>1.33</vPIS></PISAliq></PIS>
<COFINS><COFINSAliq><CST>01</CST><vBC>80.36</vBC><pCOFINS>7.6000</pCOFINS><vCOFINS>6.11</vCOFINS></COFINSAliq>
</COFINS>
<IBSCBS><CST>000</CST><cClassTrib>000001</cClassTrib><gIBSCBS><vBC>72.92</vBC>
<gIBSUF><pIBSUF>0.1000</pIBSUF><vIBSUF>0.07</vIBSUF></gIBSUF>
<gIBSMun><pIBSMun>0.0000</pIBSMun><vIBSMun>0.00</vIBSMun></gIBSMun><vIBS>0.07</vIBS>
<gCBS><pCBS>0.9000</pCBS><vCBS>0.66</vCBS></gCBS></gIBSCBS></IBSCBS></imposto></det>
<det nItem="2"><prod><cProd>B2</cProd><cEAN>7891000315507</cEAN><xProd>PRODUTO B</xProd><NCM>94036000</NCM>
<CFOP>5101</CFOP><uCom>UN</uCom><qCom>1.0000</qCom><vUnCom>50.0000000000</vUnCom><vProd>50.00</vProd>
<cEANTrib>7891000315507</cEANTrib><uTrib>UN</uTrib><qTrib>1.0000</qTrib><vUnTrib>50.0000000000</vUnTrib>
<indTot>1</indTot></prod>
<imposto><ICMS><ICMS20><orig>0</orig><CST>20</CST><modBC>3</modBC><pRedBC>50.0000</pRedBC><vBC>25.00</vBC>
<pICMS>12.0000</pICMS><vICMS>3.00</vICMS></ICMS20></ICMS>
<PIS><PISNT><CST>06</CST></PISNT></PIS><COFINS><COFINSNT><CST>06</CST></COFINSNT></COFINS></imposto></det>
<total><ICMSTot><vBC>123.00</vBC><vICMS>20.64</vICMS><vICMSDeson>0.00</vICMSDeson><vFCP>0.00</vFCP>
<vBCST>0.00</vBCST><vST>0.00</vST><vFCPST>0.00</vFCPST><vFCPSTRet>0.00</vFCPSTRet><vProd>150.00</vProd>
<vFrete>5.00</vFrete><vSeg>1.00</vSeg><vDesc>10.00</vDesc><vII>0.00</vII><vIPI>4.90</vIPI>
<vIPIDevol>0.00</vIPIDevol><vPIS>1.33</vPIS><vCOFINS>6.11</vCOFINS><vOutro>2.00</vOutro><vNF>152.90</vNF></ICMSTot>
<IBSCBSTot><vBCIBSCBS>72.92</vBCIBSCBS><gIBS><gIBSUF><vDif>0.00</vDif><vDevTrib>0.00</vDevTrib>
<vIBSUF>0.07</vIBSUF></gIBSUF><gIBSMun><vDif>0.00</vDif><vDevTrib>0.00</vDevTrib><vIBSMun>0.00</vIBSMun></gIBSMun>
<vIBS>0.07</vIBS><vCredPres>0.00</vCredPres><vCredPresCondSus>0.00</vCredPresCondSus></gIBS>
<gCBS><vDif>0.00</vDif><vDevTrib>0.00</vDevTrib><vCBS>0.66</vCBS><vCredPres>0.00</vCredPres>
<vCredPresCondSus>0.00</vCredPresCondSus></gCBS></IBSCBSTot></total>
<transp><modFrete>0</modFrete></transp>
<cobr><fat><nFat>1</nFat><vOrig>152.90</vOrig><vDesc>0.00</vDesc><vLiq>152.90</vLiq></fat>
<dup><nDup>001</nDup><dVenc>{due}</dVenc><vDup>100.00</vDup></dup>
<dup><nDup>002</nDup><dVenc>{later}</dVenc><vDup>52.90</vDup></dup></cobr>
<pag><detPag><indPag>1</indPag><tPag>15</tPag><vPag>152.90</vPag></detPag></pag></infNFe>"""


def local_now():
    return datetime.now(timezone(timedelta(hours=-3))).replace(microsecond=0)


def plain(xml):
    """Without the line breaks the template has for its reader."""
    return re.sub(r">\s+<", "><", xml)


class Nfe:
    """An infNFe that can be changed by path, then closed (key) and signed."""

    def __init__(self, number=1, issued=None, emitter=EMITTER):
        issued = issued or local_now()
        text = BASE.format(
            ns=NFE,
            now=issued.isoformat(),
            emitter=emitter,
            recipient=RECIPIENT,
            name=HOMOLOGATION_NAME,
            due=(issued + timedelta(days=30)).date(),
            later=(issued + timedelta(days=60)).date(),
        )
        self.info = etree.fromstring(plain(text))
        self.set("ide/nNF", str(number))

    def find(self, path):
        return self.info.find("/".join(f"{{{NFE}}}{step}" for step in path.split("/")))

    def set(self, path, text):
        self.find(path).text = text
        return self

    def add(self, path, xml, before=None):
        """Put the piece ``xml`` inside ``path`` ("" for infNFe), before the child named ``before``."""
        parent = self.find(path) if path else self.info
        piece = etree.fromstring(f'<x xmlns="{NFE}">{plain(xml)}</x>')
        place = len(parent) if before is None else parent.index(parent.find(f"{{{NFE}}}{before}"))
        for offset, child in enumerate(list(piece)):
            parent.insert(place + offset, child)
        return self

    def remove(self, path):
        element = self.find(path)
        element.getparent().remove(element)
        return self

    def swap(self, path, xml):
        """The element at ``path`` gives way to the piece ``xml``."""
        element = self.find(path)
        parent, place = element.getparent(), element.getparent().index(element)
        parent.remove(element)
        for offset, child in enumerate(list(etree.fromstring(f'<x xmlns="{NFE}">{plain(xml)}</x>'))):
            parent.insert(place + offset, child)
        return self

    def text(self, path):
        found = self.find(path)
        return "" if found is None else found.text or ""

    def composed(self):
        issued, emitter = self.text("ide/dhEmi"), self.text("emit/CNPJ") or self.text("emit/CPF")
        return (
            self.text("ide/cUF") + issued[2:4] + issued[5:7] + emitter.zfill(14) + self.text("ide/mod")
            + self.text("ide/serie").zfill(3) + self.text("ide/nNF").zfill(9) + self.text("ide/tpEmis")
            + self.text("ide/cNF")
        )  # fmt: skip

    def close(self):
        """Give it the key its fields make."""
        first = self.composed()
        total = sum((ord(c) - 48) * w for c, w in zip(reversed(first), [*range(2, 10)] * 6, strict=False))
        self.set("ide/cDV", str(0 if total % 11 < 2 else 11 - total % 11))
        self.info.set("Id", "NFe" + first + self.text("ide/cDV"))
        return self

    @property
    def key(self):
        return self.info.get("Id")[3:]

    def money(self, path):
        return Decimal(self.text(path))


class Signer:
    """An A1 certificate, opened."""

    def __init__(self, pfx, password):
        self.key, self.certificate, _chain = pkcs12.load_key_and_certificates(pfx, password.encode())

    def sign(self, nfe, reference=None):
        """The NFe element as text, with its enveloped signature."""
        return self.enclose("NFe", "", etree.tostring(nfe.info).decode(), reference or nfe.info.get("Id"))

    def enclose(self, root, attributes, info, reference):
        """The element ``root`` around the piece ``info``, with the signature of that (C14N 1.0, RSA-SHA1)."""
        canonical = etree.tostring(etree.fromstring(info), method="c14n")
        digest = base64.b64encode(hashlib.sha1(canonical).digest()).decode()
        c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
        signed = (
            f'<SignedInfo xmlns="{DS}"><CanonicalizationMethod Algorithm="{c14n}"></CanonicalizationMethod>'
            f'<SignatureMethod Algorithm="{DS}rsa-sha1"></SignatureMethod>'
            f'<Reference URI="#{reference}"><Transforms>'
            f'<Transform Algorithm="{DS}enveloped-signature"></Transform>'
            f'<Transform Algorithm="{c14n}"></Transform></Transforms>'
            f'<DigestMethod Algorithm="{DS}sha1"></DigestMethod><DigestValue>{digest}</DigestValue></Reference>'
            f"</SignedInfo>"
        )
        value = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA1())
        certificate = base64.b64encode(self.certificate.public_bytes(serialization.Encoding.DER)).decode()
        return (
            f'<{root} xmlns="{NFE}"{attributes}>{info.replace(f" xmlns={chr(34)}{NFE}{chr(34)}", "", 1)}'
            f'<Signature xmlns="{DS}">'
            f"{signed.replace(f' xmlns={chr(34)}{DS}{chr(34)}', '', 1)}"
            f"<SignatureValue>{base64.b64encode(value).decode()}</SignatureValue>"
            f"<KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></Signature></{root}>"
        )


def lot(*documents, synchronous="1"):
    inside = "".join(documents)
    return f'<enviNFe xmlns="{NFE}" versao="4.00"><idLote>1</idLote><indSinc>{synchronous}</indSinc>{inside}</enviNFe>'


def status_message(cUF="35", environment="2"):
    return (
        f'<consStatServ xmlns="{NFE}" versao="4.00"><tpAmb>{environment}</tpAmb><cUF>{cUF}</cUF>'
        f"<xServ>STATUS</xServ></consStatServ>"
    )


def query_message(key, environment="2"):
    return (
        f'<consSitNFe xmlns="{NFE}" versao="4.00"><tpAmb>{environment}</tpAmb><xServ>CONSULTAR</xServ>'
        f"<chNFe>{key}</chNFe></consSitNFe>"
    )


def envelope(service, message):
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap12:Envelope xmlns:soap12="{ENVELOPE}"><soap12:Body>'
        f'<nfeDadosMsg xmlns="{WSDL}/{service}">{message}</nfeDadosMsg></soap12:Body></soap12:Envelope>'
    ).encode()


def content_type(service):
    return f'application/soap+xml; charset=utf-8; action="{WSDL}/{service}/{OPERATIONS[service]}"'


def result_of(xml, root):
    """The ret* element inside an answer."""
    return etree.fromstring(xml).find(f".//{{{NFE}}}{root}")


def field(element, path):
    return element.findtext("/".join(f"{{{NFE}}}{step}" for step in path.split("/")))


class Client:
    """A sender over HTTPS with mutual TLS; one connection kept alive."""

    def __init__(self, found, pem=None):
        self.found = found
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = found.ca_pem_path
        self.session.cert = pem

    def post(self, service, message, uf="", timeout=SECONDS):
        url = self.found.service_url(service, uf)
        body = envelope(service, message)
        return self.session.post(url, data=body, headers={"Content-Type": content_type(service)}, timeout=timeout)

    def authorise(self, signed, timeout=SECONDS):
        answer = self.post("NFeAutorizacao4", lot(signed), timeout=timeout)
        return result_of(answer.content, "retEnviNFe")

    def query(self, key):
        return result_of(self.post("NFeConsultaProtocolo4", query_message(key)).content, "retConsSitNFe")

    def status(self):
        return result_of(self.post("NFeStatusServico4", status_message()).content, "retConsStatServ")


def write_pem(folder, signer):
    """The certificate and key in one file, as requests wants them; written once, whole, for its many readers."""
    path = folder / f"{signer.certificate.serial_number:x}.pem"
    if not path.exists():
        content = signer.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ) + signer.certificate.public_bytes(serialization.Encoding.PEM)
        path.with_suffix(".new").write_bytes(content)
        path.with_suffix(".new").replace(path)
    return str(path)
