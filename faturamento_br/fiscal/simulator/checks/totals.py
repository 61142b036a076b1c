"""Group W: totals against the items. Sums are exact; vNF has the tolerance of note *3 (R$ 0.50)."""

from decimal import Decimal

from .document import ZERO, Rejection, far

VNF_TOLERANCE = Decimal("0.50")
WITHOUT_ICMS = {"40", "41", "50"}

# cStat, total (under ICMSTot), where each item has it. "icms:" is the chosen ICMS group.
BEFORE_GOODS = (
    ("531", "vBC", "icms:vBC"),
    ("532", "vICMS", "icms:vICMS"),
    ("795", "vICMSDeson", "icms:vICMSDeson"),
    ("861", "vFCP", "icms:vFCP"),
    ("798", "vFCPUFDest", "imposto/ICMSUFDest/vFCPUFDest"),
    ("799", "vICMSUFDest", "imposto/ICMSUFDest/vICMSUFDest"),
    ("800", "vICMSUFRemet", "imposto/ICMSUFDest/vICMSUFRemet"),
    ("533", "vBCST", "icms:vBCST"),
    ("534", "vST", "icms:vICMSST"),
    ("862", "vFCPST", "icms:vFCPST"),
    ("859", "vFCPSTRet", "icms:vFCPSTRet"),
)
AFTER_GOODS = (
    ("535", "vFrete", "prod/vFrete"),
    ("536", "vSeg", "prod/vSeg"),
    ("537", "vDesc", "prod/vDesc"),
    ("601", "vII", "imposto/II/vII"),
    ("538", "vIPI", "imposto/IPI/IPITrib/vIPI"),
    ("863", "vIPIDevol", "impostoDevol/IPI/vIPIDevol"),
    ("602", "vPIS", "tax:PIS"),
    ("603", "vCOFINS", "tax:COFINS"),
    ("604", "vOutro", "prod/vOutro"),
)
# cStat, total (under ISSQNtot), where each item subject to ISSQN has it.
SERVICES = (
    ("605", "vServ", "prod/vProd"),
    ("606", "vBC", "imposto/ISSQN/vBC"),
    ("607", "vISS", "imposto/ISSQN/vISSQN"),
    ("608", "vPIS", "tax:PIS"),
    ("609", "vCOFINS", "tax:COFINS"),
    ("364", "vDeducao", "imposto/ISSQN/vDeducao"),
    ("365", "vOutro", "imposto/ISSQN/vOutro"),
    ("366", "vDescIncond", "imposto/ISSQN/vDescIncond"),
    ("367", "vDescCond", "imposto/ISSQN/vDescCond"),
    ("368", "vISSRet", "imposto/ISSQN/vISSRet"),
)
ADDED = ("vProd", "vST", "vFCPST", "vICMSMonoReten", "vFrete", "vSeg", "vOutro", "vII", "vIPI", "vIPIDevol")


def _amount(item, where):
    kind, _colon, name = where.partition(":")
    if kind == "icms":
        if name == "vICMS" and item.icms.text("CST") in WITHOUT_ICMS:
            return ZERO
        return item.icms.number(name)
    if kind == "tax":
        return ZERO if item.has("imposto/ISSQN") else item.tax(name).number(f"v{name}")
    return item.number(where)


def _sums(nfe, table):
    for code, total, where in table:
        if nfe.number(f"total/ICMSTot/{total}") != sum((_amount(item, where) for item in nfe.items), ZERO):
            yield Rejection(code)


def _goods(nfe):
    counted = (item for item in nfe.items if item.text("prod/indTot") == "1" and not item.has("imposto/ISSQN"))
    return sum((item.number("prod/vProd") for item in counted), ZERO)


def _substituted(item):
    """NT 2020.005: PIS and COFINS by substitution are part of vNF where the item says so."""
    for tax in ("PIS", "COFINS"):
        if item.text(f"imposto/{tax}ST/indSoma{tax}ST") == "1":
            yield item.number(f"imposto/{tax}ST/v{tax}")


def _invoice(nfe):
    """What vNF adds up to (W16-10), the exempted ICMS not taken off."""
    added = sum((nfe.number(f"total/ICMSTot/{tag}") for tag in ADDED), ZERO)
    added += sum((value for item in nfe.items for value in _substituted(item)), ZERO)
    return added + nfe.number("total/ISSQNtot/vServ") - nfe.number("total/ICMSTot/vDesc")


def totals(nfe, _context):
    yield from _sums(nfe, BEFORE_GOODS)
    if nfe.number("total/ICMSTot/vProd") != _goods(nfe):
        yield Rejection("564")
    yield from _sums(nfe, AFTER_GOODS)
    informed, expected = nfe.number("total/ICMSTot/vNF"), _invoice(nfe)
    exempted = nfe.number("total/ICMSTot/vICMSDeson")
    imported = any(item.cfop[:1] == "3" for item in nfe.items)
    # Exception 3: the exempted ICMS may be taken off or not; some items may say that theirs is (indDeduzDeson).
    told = sum((item.icms.number("vICMSDeson") for item in nfe.items if item.icms.text("indDeduzDeson") == "1"), ZERO)
    if not imported and all(far(informed, expected - off, VNF_TOLERANCE) for off in (ZERO, exempted, told)):
        yield Rejection("610")
    approximate = sum((item.number("imposto/vTotTrib") for item in nfe.items), ZERO)
    if nfe.number("total/ICMSTot/vTotTrib") != approximate:
        yield Rejection("685")


def services(nfe, _context):
    """Group W01: the items subject to ISSQN have totals of their own."""
    charged = [item for item in nfe.items if item.has("imposto/ISSQN")]
    for code, total, where in SERVICES:
        kind, _colon, name = where.partition(":")
        values = (item.tax(name).number(f"v{name}") if kind == "tax" else item.number(where) for item in charged)
        if nfe.number(f"total/ISSQNtot/{total}") != sum(values, ZERO):
            yield Rejection(code)


GROUPS = (totals, services)
