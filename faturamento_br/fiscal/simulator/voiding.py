"""NFeInutilizacao4 (MOC 7.0 Visão Geral, 5.3). Only rules whose code and condition are certain are here."""

from dataclasses import replace

from . import answers, authority, message, reference, signature
from .answers import NFE
from .registers import cnpj_ok

OFFICE_SERIES = 890  # from here on series are the tax office's, and of emitters with a CPF


def receive(sefaz, request, entry):
    """A request to void a range of numbers, judged and answered."""
    element = message.read(request.data, "inutNFe", message.MESSAGE)
    info = element.find(f"{{{NFE}}}infInut")
    asked = {child.tag.removeprefix(f"{{{NFE}}}"): child.text or "" for child in info}
    moment = request.moment
    code = _form(asked, request) or _signature(sefaz, element, info, asked["CNPJ"]) or _emitter(sefaz, asked)
    number = ""
    if not code:
        series_of = (asked["mod"], asked["cUF"], asked["CNPJ"], int(asked["serie"]))
        code, row = sefaz.store.registers.void(*series_of, int(asked["nNFIni"]), int(asked["nNFFin"]))
        if not code:
            code, number = "102", f"1{asked['cUF']}{moment:%y}{7_000_000_000 + row:010}"
    motive = reference.motive(code)
    result = answers.voiding(request.state, moment, code, motive, asked, number)
    span = f"{asked['serie']}/{asked['nNFIni']}-{asked['nNFFin']}"
    return result, replace(entry, emitter=asked["CNPJ"], cStat=code, xMotivo=motive, detail=f"números {span}")


def _form(asked, request):
    year, first, last = 2000 + int(asked["ano"]), int(asked["nNFIni"]), int(asked["nNFFin"])
    rules = (
        (asked["tpAmb"] != "2", "252"),
        (bool(request.cUF) and asked["cUF"] != request.cUF, "250"),
        (not cnpj_ok(asked["CNPJ"]), "207"),
        (year > request.moment.year, "453"),
        (year < 2006, "454"),
        (int(asked["serie"]) >= OFFICE_SERIES, "266"),
        (first > last, "224"),
    )
    return next((code for wrong, code in rules if wrong), "")


def _signature(sefaz, element, info, emitter):
    return signature.defect(element, info, sefaz.root, authority.revoked(sefaz.state_dir), emitter) or ""


def _emitter(sefaz, asked):
    lines = sefaz.store.registers.by_holder(reference.ufs()[asked["cUF"]]["uf"], asked["CNPJ"])
    return "203" if lines and not any(line.may_issue and line.active for line in lines) else ""
