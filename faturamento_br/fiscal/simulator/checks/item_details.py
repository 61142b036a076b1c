"""More of groups I to UA, item by item: what a code asks for beside it, and amounts within one tax.

They are judged after the rules of ``items``, though some stand among them in the manual.
"""

from datetime import date

from .. import reference
from ..registers import cnpj_ok, key_digit
from .document import Rejection, cents, far

# What takes back a sale to who is no contributor, beside the CFOPs of returns.
TO_CONSUMERS = {"1949", "2949"}
NO_IMPORT_DECLARATION = {"3201", "3202", "3503", "3553"}
NO_IMPORT_TAXES = NO_IMPORT_DECLARATION | {"3211"}
DRAWBACK = {"7127", "7211"}
INDIRECT_EXPORT = {"3503", "7501"}
CONSUMED_ABROAD = "6667"
FREE_ZONE_REASON = "7"
# N28-20: the CFOPs of what is sold to Manaus and the free trade areas without ICMS.
FREE_ZONE_CFOPS = {
    *{"1203", "1204", "1208", "1209", "2203", "2204", "2208", "2209"},
    *{"5109", "5110", "5120", "5151", "5152", "5651", "5652", "5654", "5655", "5658", "5659", "5910"},
    *{"6109", "6110", "6120", "6122", "6123", "6151", "6152", "6651", "6652", "6654", "6655", "6658", "6659"},
    *{"6905", "6910", "6923"},
}


def product(nfe, item, now):
    for tag, code in (("cEAN", "883"), ("cEANTrib", "888")):
        if item.has(f"prod/{tag}") and not item.text(f"prod/{tag}"):
            yield Rejection(code, item.n)
    if item.text("prod/indEscala") == "N" and not item.has("prod/CNPJFab"):
        yield Rejection("879", item.n)
    if item.has("prod/CNPJFab") and not cnpj_ok(item.text("prod/CNPJFab")):
        yield Rejection("489", item.n)
    if nfe.destination == "2" and nfe.text("dest/idEstrangeiro") and item.cfop != CONSUMED_ABROAD:
        yield Rejection("771")
    for batch in item.nodes("prod/rastro"):
        made, good_until = (date.fromisoformat(batch.text(tag)) for tag in ("dFab", "dVal"))
        if made > now.date():
            yield Rejection("877", item.n)
        if good_until < made:
            yield Rejection("870", item.n)
    if item.has("prod/med") and not item.has("prod/rastro"):
        yield Rejection("873", item.n)


def operation(nfe, item, _now):
    imported = item.cfop[:1] == "3"
    if imported and item.cfop not in NO_IMPORT_DECLARATION and not item.has("prod/DI"):
        yield Rejection("525", item.n)
    if imported and item.cfop not in NO_IMPORT_TAXES and not item.has("imposto/IPI"):
        yield Rejection("597")
    if imported and item.cfop not in NO_IMPORT_TAXES and not item.has("imposto/II"):
        yield Rejection("599", item.n)
    other = item.cfop in TO_CONSUMERS and nfe.text("dest/indIEDest") == "9"
    if nfe.purpose == "4" and item.cfop not in reference.return_cfops() and not other:
        yield Rejection("327", item.n)
    if nfe.purpose in {"1", "3"} and item.cfop in reference.return_cfops():
        yield Rejection("328", item.n)
    if nfe.destination != "3" and item.has("prod/detExport"):
        yield Rejection("336", item.n)
    if item.cfop in DRAWBACK and not item.text("prod/detExport/nDraw"):
        yield Rejection("338")
    if item.has("impostoDevol") and nfe.purpose != "4":
        yield Rejection("354")


def indirect_export(nfe, item, _now):
    """I52 to I55: goods that somebody else sold to be exported."""
    if item.cfop in INDIRECT_EXPORT and not item.has("prod/detExport/exportInd"):
        yield Rejection("340")
    referred = {node.element.text for node in nfe.nodes("ide/NFref/refNFe")}
    told = list(item.nodes("prod/detExport/exportInd"))
    keys = [each.text("chNFe") for each in told]
    for key in keys:
        if key_digit(key[:43]) != key[43]:
            yield Rejection("342")
        if key[20:22] != "55":
            yield Rejection("343")
        if key not in referred:
            yield Rejection("345")
    if len(set(keys)) < len(keys):
        yield Rejection("344")
    if told and sum(each.number("qExport") for each in told) != item.number("prod/qCom"):
        yield Rejection("346")


def deferral(_nfe, item, _now):
    """N16a to N17: CST 51; an absent field counts as zero."""
    icms = item.icms
    if icms.text("CST") != "51":
        return
    gross, deferred, due = (icms.number(tag) for tag in ("vICMSOp", "vICMSDif", "vICMS"))
    if far(gross, cents(icms.number("vBC") * icms.number("pICMS") / 100)):
        yield Rejection("351", item.n)
    if far(deferred, cents(gross * icms.number("pDif") / 100)):
        yield Rejection("352", item.n)
    if (icms.has("vICMSDif") or icms.has("vICMS")) and far(due, gross - deferred):
        yield Rejection("353", item.n)


def icms(nfe, item, _now):
    group = item.icms
    if group.has("pFCP") and not group.number("pFCP"):
        yield Rejection("880", item.n)
    if any(group.has(tag) and not group.number(tag) for tag in ("pFCPST", "pFCPSTRet")):
        yield Rejection("881", item.n)
    reason = group.text("motDesICMS")
    if reason == FREE_ZONE_REASON and not nfe.has("dest/ISUF") and item.cfop[:1] not in "12":
        yield Rejection("625", item.n)
    if reason == FREE_ZONE_REASON and item.cfop not in FREE_ZONE_CFOPS:
        yield Rejection("626", item.n)
    if reason and not group.number("vICMSDeson"):
        yield Rejection("627", item.n)


def details(nfe, context):
    for check in (product, operation, indirect_export, deferral, icms):
        for item in nfe.items:
            yield from check(nfe, item, context.now)


GROUPS = (details,)
