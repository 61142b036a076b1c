"""The official XSDs, from the ``nfelib`` wheel, found without importing it."""

import importlib.util
import threading
from functools import cache
from pathlib import Path

from lxml import etree

NFE_FOLDER = "nfe/schemas/v4_0"
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
    "inutNFe": "inutNFe_v4.00.xsd",
    "retInutNFe": "retInutNFe_v4.00.xsd",
    "ProcInutNFe": "procInutNFe_v4.00.xsd",
}
# The events' layouts have folders of their own: any event, then each type's own schema and its answer's.
EVENTS = {
    "envEvento": "nfe_evento_generico/schemas/v1_0/envEvento_v1.00.xsd",
    "eventoCancNFe": "nfe_evento_cancel/schemas/v1_0/eventoCancNFe_v1.00.xsd",
    "eventoCCe": "nfe_evento_cce/schemas/v1_0/CCe_v1.00.xsd",
    "eventoEPEC": "nfe_epec/schemas/v1_0/EPEC_v1.00.xsd",
    "retEnvEventoCancNFe": "nfe_evento_cancel/schemas/v1_0/retEnvEventoCancNFe_v1.00.xsd",
    "retEnvCCe": "nfe_evento_cce/schemas/v1_0/retEnvCCe_v1.00.xsd",
    "retEnvEPEC": "nfe_epec/schemas/v1_0/retEnvEPEC_v1.00.xsd",
    "procEventoCancNFe": "nfe_evento_cancel/schemas/v1_0/procEventoCancNFe_v1.00.xsd",
    "procCCeNFe": "nfe_evento_cce/schemas/v1_0/procCCeNFe_v1.00.xsd",
}
# What nfelib does not bring lies beside the package.
OWN = Path(__file__).parents[1] / "xsd"
BESIDE = {"ConsCad": "consCad_v2.00.xsd", "retConsCad": "retConsCad_v2.00.xsd"}
_validating = threading.Lock()


@cache
def folder():
    """Where the XSDs lie. Raises FileNotFoundError when nfelib is not installed."""
    spec = importlib.util.find_spec("nfelib")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("nfelib is not installed: it brings the official XSD files of the NF-e")
    return Path(next(iter(spec.submodule_search_locations)))


@cache
def _load(root):
    of_nfelib = EVENTS.get(root) or f"{NFE_FOLDER}/{ROOTS.get(root)}"
    path = OWN / BESIDE[root] if root in BESIDE else folder() / of_nfelib
    return etree.XMLSchema(etree.parse(str(path)))


def errors(root, element):
    """What the XSD of ``root`` says against ``element``, as text; empty when it is valid."""
    with _validating:  # a schema object keeps the log of its last validation
        schema = _load(root)
        if schema.validate(element):
            return []
        return [f"linha {entry.line}: {entry.message}" for entry in schema.error_log]
