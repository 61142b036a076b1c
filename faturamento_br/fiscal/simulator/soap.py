"""SOAP 1.2 as the NF-e's web services speak it: document/literal, one nfeDadosMsg in, one nfeResultMsg out.

The payload is cut out of the message as bytes, never through a parsed tree: what was signed is judged as it came.
"""

import re
from xml.sax.saxutils import escape

from lxml import etree

ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
WSDL = "http://www.portalfiscal.inf.br/nfe/wsdl/"
CONTENT_TYPE = "application/soap+xml; charset=utf-8"
OPERATIONS = {
    "NFeStatusServico4": "nfeStatusServicoNF",
    "NFeAutorizacao4": "nfeAutorizacaoLote",
    "NFeRetAutorizacao4": "nfeRetAutorizacaoLote",
    "NFeConsultaProtocolo4": "nfeConsultaNF",
    "NFeRecepcaoEvento4": "nfeRecepcaoEvento",
    "NFeInutilizacao4": "nfeInutilizacaoNF",
    "CadConsultaCadastro4": "consultaCadastro",
}
_PAYLOAD = re.compile(rb"<((?:[\w.-]+:)?)nfeDadosMsg(?:\s[^>]*)?>(.*)</\1nfeDadosMsg\s*>", re.DOTALL)
_ACTION = re.compile(r'action="?([^";]+)"?')


class SoapError(Exception):
    """A message that is not one of ours: answered with a SOAP fault, HTTP 500."""

    def __init__(self, reason, code="Sender"):
        super().__init__(reason)
        self.reason = reason
        self.code = code


def parser():
    """No entities, no network, no huge trees: what comes in is not to be trusted."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def payload(body, content_type, service):
    """The bytes inside nfeDadosMsg. Raises :class:`SoapError` when the envelope is not SOAP 1.2 for ``service``."""
    if content_type.partition(";")[0].strip().lower() != "application/soap+xml":
        raise SoapError(f"Content-Type {content_type or 'ausente'}: SOAP 1.2 pede application/soap+xml")
    action = _ACTION.search(content_type)
    if action and action[1] != f"{WSDL}{service}/{OPERATIONS[service]}":
        raise SoapError(f"action desconhecida neste serviço: {action[1]}")
    found = _PAYLOAD.search(body)
    # The envelope is read with its payload taken out: the payload's own mistakes are SEFAZ's to judge, not SOAP's.
    shell = body[: found.start(2)] + body[found.end(2) :] if found else body
    try:
        envelope = etree.fromstring(shell, parser())
    except etree.XMLSyntaxError as error:
        raise SoapError(f"envelope mal formado: {error}") from error
    if envelope.getroottree().docinfo.doctype:
        raise SoapError("DTD não é permitido")
    if envelope.tag != f"{{{ENVELOPE}}}Envelope":
        raise SoapError("o envelope não é SOAP 1.2", "VersionMismatch")
    message = envelope.find(f"{{{ENVELOPE}}}Body/{{{WSDL}{service}}}nfeDadosMsg")
    if message is None or not found:
        raise SoapError(f"o corpo não traz nfeDadosMsg do serviço {service}")
    return found[2]


def response(service, result):
    """The envelope around ``result`` (the ret* element, as text)."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{ENVELOPE}"><soap:Body>'
        f'<nfeResultMsg xmlns="{WSDL}{service}">{result}</nfeResultMsg></soap:Body></soap:Envelope>'
    ).encode()


def fault(problem):
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{ENVELOPE}"><soap:Body><soap:Fault>'
        f"<soap:Code><soap:Value>soap:{problem.code}</soap:Value></soap:Code>"
        f'<soap:Reason><soap:Text xml:lang="pt-BR">{escape(problem.reason)}</soap:Text></soap:Reason>'
        f"</soap:Fault></soap:Body></soap:Envelope>"
    ).encode()
