"""Validation against the official XSDs, offline, all errors at once, in words.

The XSDs come with the nfelib wheel; its files are found without importing it (the import costs 0.4 s and 20 MiB).
"""

import re
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from lxml import etree

from .problems import FiscalError, Problem, _
from .tables import rows
from .xml import parse

_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*?) \)")
_ATTRIBUTE = re.compile(r"attribute '([^']*)'")
_DETAIL = re.compile(r"\{[^}]*\}|^Element '[^']*'(?:, attribute '[^']*')?: ")
# One schema object keeps one error log, so its threads take turns: 0.1 ms for one item, 7 ms for 200.
_lock = Lock()
_OWN = Path(__file__).parent / "xsd"  # official ones that nfelib does not bring


def validate(xml: bytes | etree._Element, schema: str = "nfe_v4.00.xsd") -> list[Problem]:
    """What the official XSD named ``schema`` refuses in ``xml``; an empty list when it accepts it.

    Each problem has the code ``xsd`` and the path of the element in the document (``infNFe/det[2]/prod/NCM``).

    :raises FiscalError: there is no such XSD.
    """
    compiled = _compiled(schema)
    try:
        root = parse(xml) if isinstance(xml, bytes) else xml
    except etree.XMLSyntaxError as error:
        message = _("This is not well-formed XML: %(detail)s.")
        return [Problem("xsd", "", message, params={"detail": str(error)})]
    with _lock:
        if compiled.validate(root):
            return []
        errors = list(compiled.error_log)
    found: dict[str, Problem] = {}
    for error in errors:
        # A wrong value comes twice: the facet, which says why, then its type, which does not.
        problem = _translate(error, root)
        found.setdefault(problem.path, problem)
    return list(found.values())


def validate_unsigned(xml: etree._Element, schema: str = "nfe_v4.00.xsd") -> list[Problem]:
    """What the XSD refuses in a document that is not signed yet, beside that it is not.

    :raises FiscalError: there is no such XSD.
    """
    return [problem for problem in validate(xml, schema) if problem.path != etree.QName(xml).localname]


def find(name: str) -> Path:
    """The path of an official XSD.

    :raises FiscalError: nfelib is not installed, or has no such file.
    """
    own = _OWN / name
    if own.exists():
        return own
    spec = find_spec("nfelib")
    for folder in spec.submodule_search_locations if spec else ():
        # Several packages carry their own copy of the basic schemas: the NF-e's own comes first.
        found = sorted(Path(folder).glob(f"*/schemas/*/{name}"), key=lambda path: (path.parts[-4] != "nfe", path))
        if found:
            return found[0]
    message = _("The official schema %(name)s is not installed.")
    cure = _("Install the Python package nfelib, version 3.2.0 or newer.")
    raise FiscalError([Problem("schema_missing", "", message, cure, {"name": name})])


@cache
def _compiled(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(find(name)), etree.XMLParser(no_network=True)))


@cache
def _labels() -> dict[str, str]:
    return {row["path"]: row["label"] for row in rows("nfe_labels")}


def label(path: str) -> str:
    """What the layout calls the element at ``path`` (``infNFe/det[2]/prod/NCM``); its tag where it calls it nothing."""
    bare = re.sub(r"\[\d+\]", "", path)
    return _labels().get(f"NFe/{bare}") or bare.rpartition("/")[2]


def _translate(error: etree._LogEntry, root: etree._Element) -> Problem:
    element = _element(error, root)
    attribute = _ATTRIBUTE.search(error.message)
    path = _path(element) + (f"/@{attribute[1]}" if attribute else "")
    value = (element.get(attribute[1]) if attribute else element.text) or ""
    expected = ", ".join(_DETAIL.sub("", name) for name in _expected(error.message, element, path))
    describe = _BY_TYPE.get(error.type_name, _describe_other)
    message, cure = describe(error.message)
    params = {
        "label": label(path),
        "tag": path.rpartition("/")[2],
        "value": value,
        "expected": expected,
        "detail": _DETAIL.sub("", error.message),
    }
    return Problem("xsd", path, message, cure, params)


def _element(error: etree._LogEntry, root: etree._Element) -> etree._Element:
    """The element an error is about; its XPath has stars for tags with a namespace."""
    found = root.getroottree().xpath(error.path) if error.path else []
    return found[0] if found else root


def _path(element: etree._Element) -> str:
    """Tags from the root's child down, with a number where a tag repeats; what wraps an infNFe is left out."""
    steps: list[str] = []
    while element is not None:
        tag = etree.QName(element).localname
        parent = element.getparent()
        twins = [] if parent is None else parent.findall(element.tag)
        steps.insert(0, f"{tag}[{twins.index(element) + 1}]" if len(twins) > 1 else tag)
        if tag == "infNFe":
            break
        element = parent
    return "/".join(steps)


def _expected(message: str, element: etree._Element, path: str) -> list[str]:
    """The tags the schema wanted, each with its label."""
    found = _EXPECTED.search(message)
    parent = path if message.find("Missing child") >= 0 else path.rpartition("/")[0]
    names = [_DETAIL.sub("", name.strip()) for name in found[1].split(",")] if found else []
    labels = ((name, label(f"{parent}/{name}")) for name in names)
    return [name if text == name else f"{name} ({text})" for name, text in labels]


def _describe_content(message: str) -> tuple[str, str]:
    if "Missing child" in message:
        return _("%(label)s (%(tag)s) is incomplete: %(expected)s is missing."), _("Fill in what is missing.")
    if "Expected is" in message:
        return _("%(label)s (%(tag)s) stands where %(expected)s was expected."), _("Fill in what is missing before it.")
    return _("%(label)s (%(tag)s) is not expected here."), _("Remove it.")


def _describe_pattern(message: str) -> tuple[str, str]:
    return _("%(label)s (%(tag)s): “%(value)s” does not have the required form."), _("Correct the value.")


def _describe_choice(message: str) -> tuple[str, str]:
    return _("%(label)s (%(tag)s): “%(value)s” is not one of the allowed values."), _("Choose an allowed value.")


def _describe_length(message: str) -> tuple[str, str]:
    return _("%(label)s (%(tag)s): “%(value)s” is too short or too long."), _("Write a text of the required length.")


def _describe_attribute(message: str) -> tuple[str, str]:
    return _("%(label)s (%(tag)s): a required attribute is missing."), ""


def _describe_other(message: str) -> tuple[str, str]:
    return _("%(label)s (%(tag)s): %(detail)s"), ""


_BY_TYPE: dict[str, Callable[[str], tuple[str, str]]] = {
    "SCHEMAV_ELEMENT_CONTENT": _describe_content,
    "SCHEMAV_CVC_PATTERN_VALID": _describe_pattern,
    "SCHEMAV_CVC_ENUMERATION_VALID": _describe_choice,
    "SCHEMAV_CVC_LENGTH_VALID": _describe_length,
    "SCHEMAV_CVC_MINLENGTH_VALID": _describe_length,
    "SCHEMAV_CVC_MAXLENGTH_VALID": _describe_length,
    "SCHEMAV_CVC_COMPLEX_TYPE_4": _describe_attribute,
}
