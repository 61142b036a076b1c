"""The authorizer's protocol against the document that it came with."""

from lxml import etree

from ..problems import Problem, _
from .reading import NFE, child, text
from .signature import digest_value

# 100 authorised, 150 authorised late, 120 authorised with an alert (NT 2026.002).
AUTHORISED = ("100", "120", "150")
_PATH = "protNFe/infProt"


def verify(nfeProc: etree._Element) -> list[Problem]:
    """Whether protNFe authorises this very document: key, digest, status, environment."""
    nfe = nfeProc.find(f"{{{NFE}}}NFe")
    infNFe = None if nfe is None else child(nfe, "infNFe")
    infProt = child(nfeProc, _PATH)
    if infNFe is None or infProt is None:
        return []  # the schema says so
    key = (infNFe.get("Id") or "").removeprefix("NFe")
    problems = []
    for field, expected in (("chNFe", key), ("tpAmb", text(infNFe, "ide/tpAmb")), ("digVal", digest_value(nfe))):
        stated = text(infProt, field)
        if expected and stated != expected:
            message = _("The protocol is of another document: it says %(stated)s, the document %(expected)s.")
            params = {"stated": stated or "nothing", "expected": expected}
            problems.append(Problem(f"protocol_{field}", f"{_PATH}/{field}", message, params=params))
    status = text(infProt, "cStat")
    if status not in AUTHORISED:
        message = _("The document is not authorised: %(status)s %(reason)s.")
        params = {"status": status, "reason": text(infProt, "xMotivo")}
        problems.append(Problem("protocol_cStat", f"{_PATH}/cStat", message, params=params))
    elif not text(infProt, "nProt"):
        problems.append(Problem("protocol_nProt", f"{_PATH}/nProt", _("An authorisation has a protocol number.")))
    return problems
