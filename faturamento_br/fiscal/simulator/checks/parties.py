"""Groups C to G: emitter, recipient, places of pick-up and delivery, who may fetch the XML."""

import re

from .. import reference
from ..registers import cnpj_ok, cpf_ok
from ..registrations import registration_ok
from .document import Rejection

ABROAD = "EX"
ABROAD_CITY = "9999999"
# Where SUFRAMA reaches: whole states, and two cities of Amapá (E18-30).
SUFRAMA_STATES = {"AC", "AM", "RO", "RR"}
SUFRAMA_CITIES = {"1600303", "1600600"}
FOREIGN_ID = re.compile(r"[0-9A-Za-z:.+\- /()]*")
BRAZIL = "1058"
UNTAXED = {"40", "41", "103", "300", "400"}


def _state_code(sigla):
    row = reference.uf_by_sigla().get(sigla)
    return row["cUF"] if row else ""


def _ids(node, path, cnpj_code, cpf_code):
    """The refusals of a party's CNPJ and CPF."""
    cnpj, cpf = node.text(f"{path}CNPJ"), node.text(f"{path}CPF")
    if cnpj and not cnpj_ok(cnpj):
        yield Rejection(cnpj_code)
    if cpf and not cpf_ok(cpf):
        yield Rejection(cpf_code)


def _city(code, sigla, unknown, elsewhere):
    """The refusals of a city that does not exist, or lies in another state than ``sigla``."""
    if sigla == ABROAD:
        return
    if code not in reference.cities():
        yield Rejection(unknown)
    if code[:2] != _state_code(sigla):
        yield Rejection(elsewhere)


def emitter(nfe, context):
    yield from _ids(nfe, "emit/", "207", "401")
    series = int(nfe.text("ide/serie"))
    if context.first and nfe.emitter[:8] != context.first.emitter[:8]:
        yield Rejection("560")
    if nfe.has("emit/CNPJ") and series > 909:
        yield Rejection("503")
    if nfe.has("emit/CPF") and not (890 <= series <= 899 or 910 <= series <= 969):
        yield Rejection("495")
    yield from _city(nfe.text("emit/enderEmit/cMun"), nfe.uf_from, "272", "273")
    if _state_code(nfe.uf_from) != (context.authorizer or nfe.text("ide/cUF")):
        yield Rejection("247")
    registration = nfe.text("emit/IE")
    if registration == "ISENTO":
        if not 890 <= series <= 919:
            yield Rejection("554")
    elif nfe.has("emit/IE"):
        if not registration.strip("0"):
            yield Rejection("229")
        if not registration_ok(registration, nfe.uf_from):
            yield Rejection("209")
    yield from substitute(nfe)
    by_tax_office = nfe.text("ide/procEmi") in {"1", "2"}
    if nfe.has("avulsa") and not by_tax_office:
        yield Rejection("403")
    if by_tax_office and not nfe.has("avulsa"):
        yield Rejection("369")


def substitute(nfe):
    """C18: the emitter's registration as substitute in the addressee's state."""
    number = nfe.text("emit/IEST")
    if not number:
        return
    if nfe.destination == "3":
        yield Rejection("347")
    vehicles = any(item.has("prod/veicProd") for item in nfe.items)
    if not vehicles and not registration_ok(number, nfe.uf_to):
        yield Rejection("211")
    if number in {nfe.text("emit/IE"), nfe.text("dest/IE")}:
        yield Rejection("363")
    if not nfe.has("emit/IE"):
        yield Rejection("158")


def recipient(nfe, _context):
    if not nfe.has("dest"):
        yield Rejection("719")
    yield from _ids(nfe, "dest/", "208", "237")
    foreign = nfe.has("dest/idEstrangeiro")
    if nfe.destination == "3" and not foreign:
        yield Rejection("720")
    if nfe.destination != "3" and foreign and nfe.text("ide/indFinal") != "1":
        yield Rejection("721")
    if foreign and nfe.has("dest/IE"):
        yield Rejection("925")
    if not FOREIGN_ID.fullmatch(nfe.text("dest/idEstrangeiro")):
        yield Rejection("372")
    if not nfe.has("dest/xNome"):
        yield Rejection("724")
    if nfe.text("ide/tpAmb") == "2" and nfe.text("dest/xNome") != reference.HOMOLOGATION_NAME:
        yield Rejection("598")
    if not nfe.has("dest/enderDest"):
        yield Rejection("726")


def recipient_place(nfe, _context):
    city, country = nfe.text("dest/enderDest/cMun"), nfe.text("dest/enderDest/cPais").lstrip("0")
    yield from _city(city, nfe.uf_to, "274", "275")
    if nfe.uf_to == ABROAD and city != ABROAD_CITY:
        yield Rejection("509")
    if nfe.destination == "3" and nfe.uf_to != ABROAD:
        yield Rejection("727")
    yield from _destination(nfe)
    if nfe.destination == "3" and country in {"", BRAZIL}:
        yield Rejection("510")
    if nfe.destination != "3" and country not in {"", BRAZIL} and not nfe.text("dest/idEstrangeiro"):
        yield Rejection("511")
    if nfe.uf_to == ABROAD and country == BRAZIL:
        yield Rejection("926")


def _destination(nfe):
    """E12-30 to E12-60: idDest against the states, goods picked up or delivered elsewhere considered."""
    start, end = (nfe.uf_from, nfe.uf_to) if nfe.is_exit else (nfe.uf_to, nfe.uf_from)
    leaves, arrives = nfe.text("retirada/UF") or start, nfe.text("entrega/UF") or end
    consumed = {item.text("prod/comb/UFCons") for item in nfe.items} - {""}
    other = nfe.party_id("dest") != nfe.emitter
    if nfe.destination == "2" and start == end and leaves == arrives and other and not consumed - {nfe.uf_from}:
        yield Rejection("772")
    checked = nfe.text("ide/indFinal") != "1" and nfe.uf_from not in consumed
    if nfe.destination == "1" and start != end and leaves != arrives and checked:
        yield Rejection("773")


def recipient_registration(nfe, _context):
    indicator, number = nfe.text("dest/indIEDest"), nfe.text("dest/IE")
    if nfe.destination == "3" and indicator != "9":
        yield Rejection("790")
    if indicator == "2" and nfe.destination in {"1", "2"} and not _takes_exempt(nfe):
        yield Rejection("805")
    if indicator == "9" and nfe.text("ide/indFinal") != "1" and nfe.is_exit and nfe.destination != "3":
        yield Rejection("696")
    if indicator == "1" and not number:
        yield Rejection("728")
    if indicator == "2" and number:
        yield Rejection("791")
    if number and nfe.uf_to == ABROAD:
        yield Rejection("792")
    if number and not registration_ok(number, nfe.uf_to):
        yield Rejection("210")
    suframa = nfe.uf_to in SUFRAMA_STATES or nfe.text("dest/enderDest/cMun") in SUFRAMA_CITIES
    if nfe.has("dest/ISUF") and not suframa:
        yield Rejection("251")


def _takes_exempt(nfe):
    """Whether a contributor exempt from registration may be in that state (E16a-30 and its exceptions)."""
    row = reference.uf_by_sigla().get(nfe.uf_to)
    if not row or row["aceita_isento"] == "1":
        return True
    if any(item.icms.has("vICMSST") or item.icms.has("vICMSSTRet") for item in nfe.items):
        return True
    return all((item.icms.text("CST") or item.icms.text("CSOSN")) in UNTAXED for item in nfe.items)


def places(nfe, _context):
    for name, cnpj_code, cpf_code, abroad, unknown, elsewhere in (
        ("retirada", "512", "540", "513", "276", "277"),
        ("entrega", "514", "541", "515", "278", "279"),
    ):
        place = nfe.node(name)
        if place:
            yield from _ids(place, "", cnpj_code, cpf_code)
            if place.text("UF") == ABROAD and place.text("cMun") != ABROAD_CITY:
                yield Rejection(abroad)
            yield from _city(place.text("cMun"), place.text("UF"), unknown, elsewhere)
            if place.has("IE") and not registration_ok(place.text("IE"), place.text("UF")):
                yield Rejection("971")


def readers(nfe, _context):
    for reader in nfe.nodes("autXML"):
        yield from _ids(reader, "", "323", "325")
        if reader.party_id() == nfe.party_id("dest"):
            yield Rejection("324" if reader.has("CNPJ") else "326")


GROUPS = (emitter, recipient, recipient_place, recipient_registration, places, readers)
