"""Groups H to U: each item's product, operation code and classic taxes."""

from decimal import Decimal

from .. import reference
from ..registers import gtin_ok
from .document import Rejection, cents, far

NO_GTIN = {"", "SEM GTIN"}
CALCULATED = {"00", "10", "20", "70"}
IMPORTED = {"1", "2", "3", "8"}
SUBSTITUTED = {"10", "30", "60", "70", "201", "202", "203", "500"}
CONSUMER_CSOSN = {"102", "103", "300", "400", "500"}
REPAIR_CFOPS = {"5912", "5913", "5915", "5916", "6915", "6916"}
IPI_RANGES = {"02": (301, 399), "52": (301, 399), "04": (1, 99), "54": (1, 99), "05": (101, 199), "55": (101, 199)}
UNTAXED = {"40", "41", "103", "300", "400"}
SIMPLES = {"1", "4"}
SINGLE_PHASE = {"02", "15", "53", "61"}  # fuels have no CSOSN (N12-20, NT 2023.001)
# The authorizers judge the rate difference since this day.
DIFFERENCE_JUDGED_FROM = "2021-10-04"


def _percent(base, rate):
    return cents(base * rate / 100)


def identity(nfe, item, place):
    if item.n != place:
        yield Rejection("927")
    gtin, unit = item.text("prod/cEAN"), item.text("prod/cEANTrib")
    if gtin not in NO_GTIN and not gtin_ok(gtin):
        yield Rejection("611", item.n)
    ncm, service = item.text("prod/NCM"), item.has("imposto/ISSQN")
    if len(ncm) != 8 and ncm != "00":
        yield Rejection("777", item.n)
    if len(ncm) == 8 and ncm not in reference.ncms():
        yield Rejection("778", item.n)
    if ncm == "00" and nfe.purpose != "3" and not service:
        yield Rejection("471", item.n)
    yield from operation(nfe, item)
    yield from amounts(nfe, item)
    if unit not in NO_GTIN and not gtin_ok(unit):
        yield Rejection("612", item.n)
    if gtin not in NO_GTIN and unit in NO_GTIN:
        yield Rejection("885", item.n)
    if gtin in NO_GTIN and unit not in NO_GTIN:
        yield Rejection("886", item.n)


def operation(nfe, item):
    cfop, first, consumed = item.cfop, item.cfop[:1], item.text("prod/comb/UFCons")
    if cfop not in reference.cfops():
        yield Rejection("770", item.n)
    if nfe.is_exit and first in "123":
        yield Rejection("518")
    if not nfe.is_exit and first in "567":
        yield Rejection("519")
    if first in "37" and nfe.destination != "3" and consumed != "EX":
        yield Rejection("731")
    if first in "26" and nfe.destination != "2":
        yield Rejection("732")
    if first in "15" and nfe.destination != "1":
        yield Rejection("733")
    at_counter = nfe.text("ide/indPres") == "1" and nfe.text("transp/modFrete") == "9"
    contributor = nfe.text("dest/indIEDest") == "1"
    same_state, consumed_here = nfe.uf_from == nfe.uf_to, consumed == nfe.uf_from
    if nfe.destination == "1" and not same_state and contributor and not (consumed_here or at_counter):
        yield Rejection("521")
    other = nfe.party_id("dest") != nfe.emitter
    if first in "26" and same_state and other and (consumed_here or not consumed):
        yield Rejection("523", item.n)


def amounts(nfe, item):
    gross = item.number("prod/vProd")
    if nfe.purpose == "1":
        if far(gross, cents(item.number("prod/qCom") * item.number("prod/vUnCom"))):
            yield Rejection("629", item.n)
        if far(gross, cents(item.number("prod/qTrib") * item.number("prod/vUnTrib"))):
            yield Rejection("630", item.n)
    if item.number("prod/vDesc") > gross:
        yield Rejection("483", item.n)


def icms_situation(nfe, item):
    cst, csosn = item.icms.text("CST"), item.icms.text("CSOSN")
    simples = nfe.text("emit/CRT") in SIMPLES
    if item.cfop[:1] == "7" and nfe.purpose != "4" and cst != "41" and csosn != "300":
        yield Rejection("527")
    if cst and simples and cst not in SINGLE_PHASE:
        yield Rejection("590")
    indicator = nfe.text("dest/indIEDest")
    if nfe.is_exit and item.is_sale and nfe.purpose != "4":
        if indicator == "9" and (cst in {"30", "50", "70", "90"} or (cst == "51" and nfe.destination != "1")):
            yield Rejection("508", item.n)
        if indicator == "2" and (cst == "50" or (cst == "51" and nfe.destination != "1")):
            yield Rejection("529", item.n)
    if csosn and not simples:
        yield Rejection("591")
    for_consumers = not csosn or csosn in CONSUMER_CSOSN or item.cfop in REPAIR_CFOPS
    if indicator == "9" and nfe.is_exit and not for_consumers:
        yield Rejection("600", item.n)


def icms_amounts(nfe, item):
    icms = item.icms
    cst, rate = icms.text("CST"), icms.number("pICMS")
    imported = icms.text("orig") in IMPORTED
    interstate = nfe.destination == "2" and nfe.is_exit
    if interstate and imported and cst in CALCULATED | {"90"} and rate > 4 and nfe.purpose != "4" and item.is_sale:
        yield Rejection("663", item.n)
    national_sale = nfe.purpose == "1" and not imported and item.is_sale and not _elsewhere(nfe)
    if interstate and national_sale and rate > reference.interstate_rate(nfe.uf_from, nfe.uf_to):
        yield Rejection("693", item.n)
    if cst in CALCULATED and nfe.purpose == "1" and far(icms.number("vICMS"), _percent(icms.number("vBC"), rate)):
        yield Rejection("528", item.n)
    if icms.has("vFCP") and nfe.purpose == "1" and cst in CALCULATED | {"51", "90"}:
        base = icms.number("vBC" if cst == "00" else "vBCFCP")
        if far(icms.number("vFCP"), _percent(base, icms.number("pFCP"))):
            yield Rejection("860", item.n)
    if _to_consumer_elsewhere(nfe) and icms.has("vFCP"):
        yield Rejection("876", item.n)
    situation = cst or icms.text("CSOSN")
    retained = situation in {"90", "900"} and icms.number("vICMSST")
    if (situation in SUBSTITUTED or retained) and not item.has("prod/CEST") and not item.has("imposto/ICMS/ICMSPart"):
        yield Rejection("806", item.n)


def _elsewhere(nfe):
    """Exceptions 5 and 6 of N16-20: goods delivered or picked up in another state."""
    delivery, pick_up = nfe.text("entrega/UF"), nfe.text("retirada/UF")
    return (delivery and delivery != nfe.uf_from) or (pick_up and pick_up != nfe.uf_to)


def _to_consumer_elsewhere(nfe):
    return (
        nfe.destination == "2" and nfe.text("ide/indFinal") == "1" and nfe.text("dest/indIEDest") == "9" and nfe.is_exit
    )


def icms_of_destination(nfe, item):
    group = item.node("imposto/ICMSUFDest")
    if group is None:
        situation = item.icms.text("CST") or item.icms.text("CSOSN")
        exempt = (
            situation in UNTAXED
            or nfe.text("emit/CRT") in SIMPLES
            or nfe.purpose in {"2", "3", "4"}
            or nfe.text("entrega/UF") == nfe.uf_from
            or item.has("prod/comb")
        )
        if _to_consumer_elsewhere(nfe) and item.is_sale and not exempt:
            yield Rejection("694", item.n)
        return
    if not _to_consumer_elsewhere(nfe) and nfe.text("entrega/UF") in {"", nfe.uf_from} and nfe.is_exit:
        yield Rejection("695", item.n)
    rate, imported = group.number("pICMSInter"), item.icms.text("orig") in IMPORTED
    if (rate == 4) != imported:
        yield Rejection("697", item.n)
    normal_sale = nfe.is_exit and nfe.purpose == "1" and item.is_sale and _to_consumer_elsewhere(nfe)
    official = reference.interstate_rate(nfe.uf_from, nfe.uf_to) if normal_sale else rate
    if rate != official and not imported and not _elsewhere(nfe):
        yield Rejection("698", item.n)
    if normal_sale and group.number("pICMSInterPart") != Decimal(100):
        yield Rejection("699", item.n)
    fund = _percent(group.number("vBCFCPUFDest"), group.number("pFCPUFDest"))
    if far(group.number("vFCPUFDest"), fund):
        yield Rejection("793", item.n)
    if item.icms.text("CST") == "00" and nfe.is_exit and nfe.text("ide/dhEmi") >= DIFFERENCE_JUDGED_FROM:
        yield from _difference(item, group)


def _difference(item, group):
    """NA15-10 and NA17-10 (NT 2020.005): the tax of the destination less the interstate one, and its two shares."""
    to_destination = _percent(group.number("vBCUFDest"), group.number("pICMSUFDest"))
    difference = to_destination - _percent(item.icms.number("vBC"), group.number("pICMSInter"))
    share = _percent(difference, group.number("pICMSInterPart"))
    if far(group.number("vICMSUFDest"), max(share, 0)):
        yield Rejection("815", item.n)
    if far(group.number("vICMSUFRemet"), max(difference - group.number("vICMSUFDest"), 0)):
        yield Rejection("816", item.n)


def other_taxes(_nfe, item):
    situation = item.text("imposto/IPI/IPINT/CST")
    if situation in IPI_RANGES:
        low, high = IPI_RANGES[situation]
        frame = item.text("imposto/IPI/cEnq")
        if not frame.isdigit() or not low <= int(frame) <= high:
            yield Rejection("388", item.n)
    if not item.has("imposto/PIS"):
        yield Rejection("745")
    if not item.has("imposto/COFINS"):
        yield Rejection("748")


def products(nfe, _context):
    for place, item in enumerate(nfe.items, start=1):
        yield from identity(nfe, item, place)


def classic_taxes(nfe, _context):
    for check in (icms_situation, icms_amounts, icms_of_destination, other_taxes):
        for item in nfe.items:
            yield from check(nfe, item)


GROUPS = (products, classic_taxes)
