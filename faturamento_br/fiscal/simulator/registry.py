"""CadConsultaCadastro4, layout 2.00 (MOC 7.0 Visão Geral, 5.7): what the simulator's registers know of a contributor.

It knows whom the registers were told of (``control.register``), with the name and address told by ``control.describe``.
"""

from dataclasses import replace

from . import answers, message, reference
from .answers import NFE
from .registers import cnpj_ok, cpf_ok

VERSION = "2.00"
NOBODY = {"CNPJ": "259", "IE": "261", "CPF": "264"}


def receive(sefaz, request, entry):
    """A question to the register, answered."""
    element = message.read(request.data, "ConsCad", message.MESSAGE, VERSION)
    asked = {child.tag.removeprefix(f"{{{NFE}}}"): child.text or "" for child in element.find(f"{{{NFE}}}infCons")}
    kind = next(kind for kind in NOBODY if kind in asked)
    registers, uf, value = sefaz.store.registers, asked["UF"], asked[kind]
    rules = (
        (bool(request.cUF) and reference.uf_by_sigla().get(uf, {}).get("cUF") != request.cUF, "265"),
        (kind == "CNPJ" and not cnpj_ok(value), "258"),
        (kind == "CPF" and not cpf_ok(value), "263"),
    )
    code, found = next((code for wrong, code in rules if wrong), ""), []
    if not code:
        found = registers.by_ie(uf, value) if kind == "IE" else registers.by_holder(uf, value)
        code = NOBODY[kind] if not found else "111" if len(found) == 1 else "112"
    motive = reference.motive(code)
    content = "".join(answers.contributor(line, registers.described(line.holder)) for line in found)
    result = answers.registry(request.state, request.moment, code, motive, (uf, kind, value), content)
    return result, replace(entry, emitter=value, cStat=code, xMotivo=motive, detail=f"{kind} {value}")


def bare(cUF, moment, cStat, xMotivo):
    """A refusal before it is known who is asked about: the layout wants a CNPJ, so zeros stand there."""
    return answers.registry(cUF, moment, cStat, xMotivo, (reference.ufs()[cUF]["uf"], "CNPJ", "0" * 14))
