"""The proofs of what follows an NF-e: procEventoNFe (an event and its registration) and ProcInutNFe (voided numbers).

As an NF-e's: the schema, the signature, who signed, and whether the authorizer's answer is about this very request.
"""

from typing import NamedTuple

from lxml import etree

from .. import schema
from ..problems import Problem, _
from . import signature
from .reading import child, local_name, text

# tpEvento -> the XSD of the signed event. Others are read, and their schema is not judged.
_EVENTS = {"110110": "CCe_v1.00.xsd", "110111": "eventoCancNFe_v1.00.xsd", "110140": "EPEC_v1.00.xsd"}
_REGISTERED = frozenset({"135", "136", "155"})
_VOIDED = frozenset({"102"})


class _Kind(NamedTuple):
    """The parts of a proof: request, what is signed in it, answer, what answers, and the fields that both state."""

    request: str
    signed: str
    answer: str
    told: str
    same: tuple[str, ...]
    right: frozenset[str]


_KINDS = {
    "procEventoNFe": _Kind(
        "evento", "infEvento", "retEvento", "infEvento", ("tpAmb", "chNFe", "tpEvento", "nSeqEvento"), _REGISTERED
    ),
    "ProcInutNFe": _Kind(
        "inutNFe",
        "infInut",
        "retInutNFe",
        "infInut",
        ("tpAmb", "ano", "CNPJ", "mod", "serie", "nNFIni", "nNFFin"),
        _VOIDED,
    ),
}
_KINDS["procInutNFe"] = _KINDS["ProcInutNFe"]  # so some write it
ROOTS = frozenset(_KINDS)


def verify(root: etree._Element) -> list[Problem]:
    """All that is wrong with the proof ``root``, one of :data:`ROOTS`."""
    kind = _KINDS[local_name(root)]
    request, answer = child(root, kind.request), child(root, kind.answer)
    signed = None if request is None else child(request, kind.signed)
    told = None if answer is None else child(answer, kind.told)
    missing = [name for name, part in ((kind.signed, signed), (kind.answer, told)) if part is None]
    if missing:
        message = _("The file is no whole proof: %(missing)s is missing.")
        return [Problem("proof_incomplete", "", message, params={"missing": ", ".join(missing)})]
    return [
        *_schema(kind, request, signed),
        *signature.verify(request, signed),
        *_signer(request, signed, kind),
        *_identifier(signed, kind),
        *_answer(signed, told, kind),
    ]


def _schema(kind: _Kind, request: etree._Element, signed: etree._Element) -> list[Problem]:
    name = _EVENTS.get(text(signed, "tpEvento")) if kind.request == "evento" else "inutNFe_v4.00.xsd"
    # A copy by itself: inside the proof it may lean on namespaces declared around it.
    return schema.validate(etree.fromstring(etree.tostring(request, with_tail=False)), name) if name else []


def _signer(request: etree._Element, signed: etree._Element, kind: _Kind) -> list[Problem]:
    """The certificate is of the company that makes the request: the first 8 characters of both CNPJs."""
    author, holder = text(signed, "CNPJ"), signature.holder(request)
    if not author or not holder or author[:8] == holder[:8]:
        return []
    message = _("The certificate belongs to %(holder)s, another company than the emitter %(emitter)s.")
    return [Problem("certificate_holder", kind.signed, message, params={"holder": holder, "emitter": author})]


def _identifier(signed: etree._Element, kind: _Kind) -> list[Problem]:
    """The Id repeats the fields: what is signed under one name must not say something else."""
    if kind.request == "evento":
        expected = f"ID{text(signed, 'tpEvento')}{text(signed, 'chNFe')}{text(signed, 'nSeqEvento').zfill(2)}"
    else:
        places = (("cUF", 2), ("ano", 2), ("CNPJ", 14), ("mod", 2), ("serie", 3), ("nNFIni", 9), ("nNFFin", 9))
        expected = "ID" + "".join(text(signed, tag).zfill(size) for tag, size in places)
    if signed.get("Id") == expected:
        return []
    message = _("The Id %(stated)s does not repeat the fields it stands for: %(expected)s.")
    params = {"stated": signed.get("Id") or "“”", "expected": expected}
    return [Problem("proof_id", f"{kind.signed}/@Id", message, params=params)]


def _answer(signed: etree._Element, told: etree._Element, kind: _Kind) -> list[Problem]:
    """Whether the answer is about this very request, and grants it."""
    path = f"{kind.answer}/{kind.told}"
    problems = []
    message = _("The answer is about something else: %(field)s is %(stated)s there, %(expected)s in the request.")
    for tag in kind.same:
        stated, expected = text(told, tag), text(signed, tag)
        numbers = stated.isdecimal() and expected.isdecimal() and tag not in {"chNFe", "CNPJ"}
        same = int(stated) == int(expected) if numbers else stated == expected
        if stated and not same:
            params = {"field": tag, "stated": stated, "expected": expected}
            problems.append(Problem("proof_answer", f"{path}/{tag}", message, params=params))
    if text(told, "cStat") not in kind.right:
        message = _("It was not granted: %(status)s %(reason)s.")
        params = {"status": text(told, "cStat"), "reason": text(told, "xMotivo")}
        problems.append(Problem("proof_cStat", f"{path}/cStat", message, params=params))
    elif not text(told, "nProt"):
        problems.append(Problem("proof_nProt", f"{path}/nProt", _("A registration has a protocol number.")))
    if not text(told, "chNFe") and kind.request == "evento":
        message = _("The answer does not say which document it is about.")
        problems.append(Problem("proof_chNFe", f"{path}/chNFe", message))
    return problems
