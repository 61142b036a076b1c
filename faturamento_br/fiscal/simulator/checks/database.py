"""What the tax office's own registers say: groups 1, 2, 3, 5 and 7 of MOC 7.0 Anexo I (NT 2018.001, NT 2021.002).

Denial ended with NT 2024.001: 301, 302 and 303 are rejections.
"""

import base64
import hashlib

from .document import Rejection

PERSON = 11  # a CPF's length


def emitter(nfe, context):
    """1C17: the emitter's IE, whose it is, and whether it may issue."""
    registers, uf, number, holder = context.registers, nfe.uf_from, nfe.text("emit/IE"), nfe.emitter
    own = registers.by_holder(uf, holder)
    if number in {"", "ISENTO"}:
        if number == "" and any(line.active for line in own):
            yield Rejection("163")
        return
    lines = registers.by_ie(uf, number)
    if not lines:
        if own or registers.is_closed(uf):
            yield Rejection("230")
        return
    line = next((line for line in lines if line.holder == holder), None)
    if line is None:
        yield Rejection("622" if len(holder) == PERSON else "231")
        return
    if not (line.may_issue and line.active):
        yield Rejection("203")
    if line.situation != "regular":
        yield Rejection("301")


def document(nfe, context):
    """2B08 and 3B08: the number, once authorised, waiting in a lot, or voided."""
    held = context.registers.authorised(nfe.identity)
    if held and held.access_key != nfe.key:
        yield Rejection("539", key=held.access_key)
    if held and held.cancelled:
        yield Rejection("218")
    if held:
        yield Rejection("204")
    if context.registers.waiting(nfe.identity, context.lot):
        yield Rejection("635")
    if context.registers.is_voided(nfe.identity):
        yield Rejection("206")


def recipient(nfe, context):
    """5E17: the addressee's IE and situation, by the register of its state."""
    registers, uf, number, holder = context.registers, nfe.uf_to, nfe.text("dest/IE"), nfe.party_id("dest")
    if uf in {"", "EX"} or not holder:
        return
    own = registers.by_holder(uf, holder)
    if number:
        lines = registers.by_ie(uf, number)
        if not lines:
            if own or registers.is_closed(uf):
                yield Rejection("233")
            return
        line = next((line for line in lines if line.holder == holder), None)
        if line is None:
            yield Rejection("624" if len(holder) == PERSON else "234")
            return
        yield from _standing(line, "302")
        if not line.active:
            yield Rejection("306")
        return
    if len(holder) == PERSON:
        return
    if any(line.active and line.ie_required for line in own):
        yield Rejection("232")
    for line in own:
        yield from _standing(line, "303")


def _standing(line, forbidden):
    if line.situation == "vedado":
        yield Rejection(forbidden)
    if line.situation == "bloqueado":
        yield Rejection("305")


def regime(nfe, context):
    """7C21: the emitter's CRT against the register."""
    lines = context.registers.by_holder(nfe.uf_from, nfe.emitter)
    if any(line.crt and line.crt != nfe.text("emit/CRT") for line in lines):
        yield Rejection("481")


def code_hash(code, key):
    """hashCSRT (NT 2018.005, 2.3): the SHA-1 of the code and the access key, in base64."""
    return base64.b64encode(hashlib.sha1((code + key).encode(), usedforsecurity=False).digest()).decode()


def technician(nfe, context):
    """7ZD08 and 7ZD09: the technician's security code, where the register has his (NT 2018.005)."""
    group = nfe.node("infRespTec")
    if group is None or not group.has("idCSRT"):
        return
    known = context.registers.codes(nfe.uf_from, group.text("CNPJ"))
    if not known:
        return
    code, revoked = known.get(group.text("idCSRT"), ("", False))
    if not code:
        yield Rejection("976")
    if revoked:
        yield Rejection("977")
    if group.text("hashCSRT") != code_hash(code, nfe.key):
        yield Rejection("978")


GROUPS = (emitter, document, recipient, regime, technician)
