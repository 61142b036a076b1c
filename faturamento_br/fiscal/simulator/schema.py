"""The official XSDs, from the ``nfelib`` wheel, found without importing it."""

import importlib.util
import threading
from functools import cache
from pathlib import Path

from lxml import etree

PACKAGE = ("nfe", "schemas", "v4_0")
ROOTS = {
    "enviNFe": "enviNFe_v4.00.xsd",
    "retEnviNFe": "retEnviNFe_v4.00.xsd",
    "consReciNFe": "consReciNFe_v4.00.xsd",
    "retConsReciNFe": "retConsReciNFe_v4.00.xsd",
    "consStatServ": "consStatServ_v4.00.xsd",
    "retConsStatServ": "retConsStatServ_v4.00.xsd",
    "consSitNFe": "consSitNFe_v4.00.xsd",
    "retConsSitNFe": "retConsSitNFe_v4.00.xsd",
    "nfeProc": "procNFe_v4.00.xsd",
}
_validating = threading.Lock()


@cache
def folder():
    """Where the XSDs lie. Raises FileNotFoundError when nfelib is not installed."""
    spec = importlib.util.find_spec("nfelib")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("nfelib is not installed: it brings the official XSD files of the NF-e")
    return Path(next(iter(spec.submodule_search_locations))).joinpath(*PACKAGE)


@cache
def _load(root):
    return etree.XMLSchema(etree.parse(str(folder() / ROOTS[root])))


def errors(root, element):
    """What the XSD of ``root`` says against ``element``, as text; empty when it is valid."""
    with _validating:  # a schema object keeps the log of its last validation
        schema = _load(root)
        if schema.validate(element):
            return []
        return [f"linha {entry.line}: {entry.message}" for entry in schema.error_log]
