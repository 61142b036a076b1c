"""Verification of NF-e files, anybody's: ``python -m fiscal.verify a.xml b.xml``.

It judges a file by itself, with code of its own beside the official XSDs: schema, key, signature, arithmetic of the
items, totals and protocol; of an event or of voided numbers schema, signature and answer. It trusts nothing in it,
fetches nothing and raises nothing because of what a file holds. What it cannot know offline it does not judge: whether
the authorizer has the document, and whether the certificate was issued by ICP-Brasil (its validity today says nothing:
a document outlives its certificate).
"""

from lxml import etree

from .. import schema
from ..problems import Problem, _
from . import items, key, proof, protocol, signature, totals
from .reading import NFE, children, local_name, read, where

_SCHEMAS = {"NFe": "nfe_v4.00.xsd", "nfeProc": "procNFe_v4.00.xsd", "enviNFe": "enviNFe_v4.00.xsd"}
_VERSION = "4.00"
_MOST_ITEMS = 990

__all__ = ["verify_bytes"]


def verify_bytes(data: bytes) -> list[Problem]:
    """All that is wrong with the file ``data``: an NFe, an nfeProc or an enviNFe, or the proof of an event or of voided
    numbers (procEventoNFe, ProcInutNFe); an empty list when nothing is.

    :raises FiscalError: the official XSDs are not installed (package nfelib).
    """
    root, problems = read(data)
    if root is None:
        return problems
    kind = local_name(root)
    if root.tag == f"{{{NFE}}}{kind}" and kind in proof.ROOTS:
        return proof.verify(root)
    if root.tag != f"{{{NFE}}}{kind}" or kind not in _SCHEMAS:
        message = _("This is not an NF-e: its root element is %(name)s (namespace “%(namespace)s”).")
        cure = _("NFe, nfeProc or enviNFe of %(expected)s is expected.")
        params = {"name": kind, "namespace": etree.QName(root).namespace or "", "expected": NFE}
        return [Problem("not_nfe", "", message, cure, params)]
    old = [inf for inf in root.iter(f"{{{NFE}}}infNFe") if inf.get("versao") != _VERSION]
    if old:
        message = _("Layout %(version)s is not verified here, only %(known)s.")
        params = {"version": old[0].get("versao") or "?", "known": _VERSION}
        return [Problem("version_unknown", "infNFe/@versao", message, params=params)]
    problems = schema.validate(root, _SCHEMAS[kind])
    for nfe in [root] if kind == "NFe" else children(root, "NFe"):
        problems += _verify_nfe(nfe)
    if kind == "nfeProc":
        problems += protocol.verify(root)
    return problems


def _verify_nfe(nfe: etree._Element) -> list[Problem]:
    infNFe = nfe.find(f"{{{NFE}}}infNFe")
    if infNFe is None:
        return [Problem("infNFe_missing", where(nfe), _("There is no infNFe in this NFe."))]
    count = len(children(infNFe, "det"))
    if count > _MOST_ITEMS:
        message = _(
            "The document has %(count)s items, more than the %(most)s that an NF-e may have; none was verified."
        )
        return [Problem("too_many_items", "infNFe", message, params={"count": count, "most": _MOST_ITEMS})]
    checks = (key.verify, signature.verify, items.verify, totals.verify)
    return [problem for check in checks for problem in check(nfe, infNFe)]
