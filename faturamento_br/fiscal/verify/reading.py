"""Reading a file that may be hostile, and finding one's way in it."""

import re
from decimal import Decimal
from functools import cache

from lxml import etree

from ..problems import Problem, _

NFE = "http://www.portalfiscal.inf.br/nfe"
LIMIT = 16 * 2**20  # bytes; an authorizer takes 500 KB (MOC 7.0, 4.1.2)
ZERO = Decimal("0")
# An NF-e's elements have two at most; telling thousands of wrong ones apart would take hours.
_MOST_ATTRIBUTES = 50

_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?", re.ASCII)


def read(data: bytes) -> tuple[etree._Element | None, list[Problem]]:
    """The root element of ``data``, or None and why. No entity is resolved and nothing is fetched or left out."""
    if len(data) > LIMIT:
        message = _("The file is too large for an NF-e: %(size)s bytes, at most %(limit)s are read.")
        return None, [Problem("too_large", "", message, params={"size": len(data), "limit": LIMIT})]
    if not data.strip():
        return None, [Problem("empty", "", _("The file is empty."))]
    # A parser of its own for each file: it keeps the log of its errors. Comments are no part of what is signed.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return None, [Problem("not_xml", "", _("This is not well-formed XML: %(why)s."), params={"why": str(error)})]
    if root.getroottree().docinfo.internalDTD is not None:
        message = _("The file has a DOCTYPE, which an NF-e never has; it was not read further.")
        return None, [Problem("doctype", "", message)]
    crowded = next((element for element in root.iter("*") if len(element.attrib) > _MOST_ATTRIBUTES), None)
    if crowded is not None:
        message = _("This is not an NF-e: an element has %(count)s attributes.")
        return None, [Problem("attributes", "", message, params={"count": len(crowded.attrib)})]
    return root, []


@cache
def _steps(path: str) -> tuple[str, ...]:
    """The names of ``path``, each in the NF-e's namespace."""
    return tuple(step if step == "*" else f"{{{NFE}}}{step}" for step in path.split("/"))


def _first(element: etree._Element, steps: tuple[str, ...], at: int = 0) -> etree._Element | None:
    """The first element at the steps from ``at`` on; what ``find`` does, several times as fast."""
    for found in element.iterchildren(steps[at]):
        if at + 1 < len(steps):
            found = _first(found, steps, at + 1)
        if found is not None:
            return found
    return None


def local_name(element: etree._Element) -> str:
    return etree.QName(element).localname


def children(element: etree._Element, path: str) -> list[etree._Element]:
    """The elements at ``path``; names are those of the NF-e's namespace."""
    return element.findall("/".join(_steps(path)))


def child(element: etree._Element, path: str) -> etree._Element | None:
    return _first(element, _steps(path))


def text(element: etree._Element, path: str) -> str:
    """The text at ``path``, or "" when there is none."""
    found = _first(element, _steps(path))
    return "" if found is None else found.text or ""


def amount(element: etree._Element, path: str) -> Decimal | None:
    """The number at ``path``; None when there is none, or no number (which the schema tells)."""
    written = text(element, path)
    return Decimal(written) if _AMOUNT.fullmatch(written) else None


def whole(element: etree._Element, path: str) -> int | None:
    """The whole number of up to 9 digits at ``path``; None when there is none (which the schema tells)."""
    written = text(element, path)
    return int(written) if _WHOLE.fullmatch(written) else None


def where(element: etree._Element) -> str:
    """The path of ``element`` from its infNFe (or from the root's child) down: ``infNFe/det[2]/prod/vProd``."""
    steps: list[str] = []
    while element is not None:
        parent = element.getparent()
        twins = [] if parent is None else parent.findall(element.tag)
        name = local_name(element)
        steps.insert(0, f"{name}[{twins.index(element) + 1}]" if len(twins) > 1 else name)
        if name == "infNFe":
            break
        element = parent
    return "/".join(steps)
