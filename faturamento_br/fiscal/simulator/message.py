"""The form of a message's data area (MOC Visão Geral, groups B and D), before anything in it is believed."""

import re
from dataclasses import dataclass

from lxml import etree

from . import schema
from .soap import parser

NFE = "http://www.portalfiscal.inf.br/nfe"
DS = "http://www.w3.org/2000/09/xmldsig#"
MAX_BYTES = 500 * 1024  # B01
VERSION = "4.00"
_ENCODING = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([\w-]+)[\"']")
_BETWEEN_TAGS = re.compile(rb">\s+<")
_PREFIXED = re.compile(rb"<[A-Za-z_][\w.-]*:|\sxmlns:")


@dataclass(frozen=True)
class Codes:
    """The cStat of each defect: the authorisation service has its own."""

    schema: str
    no_root: str
    no_version: str


LOT = Codes(schema="225", no_root="565", no_version="568")
MESSAGE = Codes(schema="215", no_root="516", no_version="517")


class FormError(Exception):
    """The data area is refused as a whole, with this cStat; ``detail`` is for the page, not for the sender."""

    def __init__(self, cStat, detail=""):
        super().__init__(cStat, detail)
        self.cStat = cStat
        self.detail = detail


def read(data, root, codes, layout=VERSION):
    """The data area as an element ``root``, valid by its XSD. Raises :class:`FormError` at its first defect."""
    if len(data) > MAX_BYTES:
        raise FormError("214", f"{len(data)} bytes")
    element = _parse(data)
    version = element.get("versao")
    if element.tag == f"{{{NFE}}}{root}" and version not in {None, layout}:
        raise FormError("239", f"versao={version}")
    problems = schema.errors(root, element)
    if problems:
        if etree.QName(element).localname != root:
            raise FormError(codes.no_root, element.tag)
        if version is None:
            raise FormError(codes.no_version)
        raise FormError(codes.schema, "; ".join(problems)[:2000])
    _check_namespaces(element)
    if data != data.strip() or _BETWEEN_TAGS.search(data):
        raise FormError("588")
    if _PREFIXED.search(data):
        raise FormError("404", _PREFIXED.search(data)[0].decode())
    return element


def _parse(data):
    declared = _ENCODING.match(data)
    if declared and declared[1].lower() != b"utf-8":
        raise FormError("402", declared[1].decode())
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormError("402", str(error)) from error
    try:
        element = etree.fromstring(data.strip(), parser())
    except etree.XMLSyntaxError as error:
        # A prefix declared outside the data area (on the envelope, say) is not defined inside it.
        raise FormError("404" if "Namespace prefix" in str(error) else "243", str(error)) from error
    if element.getroottree().docinfo.doctype:
        raise FormError("243", "DTD")
    return element


def _check_namespaces(element):
    used = {uri for node in element.iter("*") for uri in node.nsmap.values()}
    if used - {NFE, DS}:
        raise FormError("587", ", ".join(sorted(used - {NFE, DS})))
