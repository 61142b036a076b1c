"""The EPEC of an NF-e: what the event says is read from the signed bytes of the document, so that both say the same.

NT 2012.003: dhEmi, tpNF, IE, dest with vNF, vICMS and vST; the NF-e that differs is refused (467).
"""

from datetime import datetime
from decimal import Decimal

from lxml import etree

from .. import soap
from ..answers import NAMESPACE, NFE, text
from .epec import Epec

#: What the DANFE says (MOC 7.0, Anexo III, EPEC).
DANFE_TEXT = "DANFE impresso em contingência - EPEC regularmente recebido pela Receita Federal do Brasil"
#: The addressee is known by one of these.
_TAX_IDS = ("CNPJ", "CPF")


def epec_of(signed: bytes, **values: object) -> Epec:
    """The EPEC of the signed NFe element ``signed``.

    :param values: what the document does not say: ``environment``, ``at``, ``tax_id`` and ``access_key`` of the event.
    :raises ValueError: ``signed`` is no NFe element with an addressee.
    """
    info = soap.parse(signed).find(f"{NFE}infNFe")
    dest = None if info is None else info.find(f"{NFE}dest")
    if info is None or dest is None:
        raise ValueError("An EPEC is of an NFe with an addressee.")
    ide, emit, totals = (info.find(f"{NFE}{step}") for step in ("ide", "emit", "total"))
    amounts = totals.find(f"{NFE}ICMSTot")
    return Epec(
        software=text(ide, "verProc"),
        issued_at=datetime.fromisoformat(text(ide, "dhEmi")),
        kind=text(ide, "tpNF"),
        ie=text(emit, "IE"),
        recipient_uf=text(dest.find(f"{NFE}enderDest"), "UF"),
        recipient_tax_id=next(filter(None, (text(dest, tag) for tag in _TAX_IDS)), ""),
        recipient_foreign_id=text(dest, "idEstrangeiro"),
        recipient_ie=text(dest, "IE"),
        total=Decimal(text(amounts, "vNF")),
        icms=Decimal(text(amounts, "vICMS")),
        icms_st=Decimal(text(amounts, "vST")),
        **values,
    )


def drawing(signed: bytes, protocol: str, at: datetime) -> str:
    """The XML that the DANFE of an EPEC is drawn from: the document, what the DANFE must say, the event's protocol.

    :param protocol: nProt of the event.
    :param at: when it was registered, aware.
    :raises ValueError: ``signed`` is no NFe element.
    """
    nfe = soap.parse(signed)
    info = nfe.find(f"{NFE}infNFe")
    if info is None:
        raise ValueError("A DANFE is of an NFe.")
    more = _child(info, "infAdic")
    words = _child(more, "infCpl")
    words.text = "; ".join(filter(None, (DANFE_TEXT, words.text)))
    proc = etree.Element(f"{NFE}nfeProc", nsmap={None: NAMESPACE}, versao="4.00")
    proc.append(nfe)
    told = etree.SubElement(etree.SubElement(proc, f"{NFE}protNFe", versao="4.00"), f"{NFE}infProt")
    for tag, value in (("dhRecbto", at.replace(microsecond=0).isoformat()), ("nProt", protocol)):
        etree.SubElement(told, f"{NFE}{tag}").text = value
    return etree.tostring(proc, encoding="unicode")


def _child(parent: etree._Element, tag: str) -> etree._Element:
    found = parent.find(f"{NFE}{tag}")
    return etree.SubElement(parent, f"{NFE}{tag}") if found is None else found
