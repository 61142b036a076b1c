"""The inner groups of UB, BB and W31: what a CST or cClassTrib asks for, and the amounts in them (NT 2025.002-RTC).

Single-phase taxation (UB84 to UB105) is not checked: its rules wait for tables that are not published.
"""

from decimal import Decimal

from .. import reference
from .document import ZERO, Rejection, cents, far

GROUP = "imposto/IBSCBS"
AMOUNTS = f"{GROUP}/gIBSCBS"
STEP = Decimal("0.0001")
FOUR_CENTS = Decimal("0.04")
# group, rate, cStat of: deferral asked for, refused, its amount; reduction refused; effective rate
SPHERES = (
    ("gIBSUF", "pIBSUF", "", "", "1031", "", "1035"),
    ("gIBSMun", "pIBSMun", "1044", "1083", "1045", "1007", "1047"),
    ("gCBS", "pCBS", "1061", "1090", "1062", "1028", "1064"),
)
# group, indicator of the CST, cStat when it is there and refused, and when it is not and asked for
SITUATION_GROUPS = (
    ("gIBSCBSMono", "gIBSCBSMono", "1151", ""),
    ("gTransfCred", "gTransfCred", "1131", "1132"),
    ("gAjusteCompet", "gAjusteCompet", "1169", "1170"),
    ("gCredPresIBSZFM", "gCredPresIBSZFM", "1134", "1135"),
)
REGULAR = (
    ("1040", "vTribRegIBSUF", "pAliqEfetRegIBSUF"),
    ("1051", "vTribRegIBSMun", "pAliqEfetRegIBSMun"),
    ("1068", "vTribRegCBS", "pAliqEfetRegCBS"),
)
TOTALS = (
    ("1077", "gIBS/gIBSUF/vDif", "gIBSUF/gDif/vDif"),
    ("1081", "gIBS/gIBSMun/vDif", "gIBSMun/gDif/vDif"),
    ("1088", "gCBS/vDif", "gCBS/gDif/vDif"),
    ("1089", "gCBS/vDevTrib", "gCBS/gDevTrib/vDevTrib"),
)
# tpEnteGov -> the rates that must be zero, 2027 to 2032 and from 2033 on (rule BB02-10)
OTHERS = {
    "1": (("pIBSUF", "pIBSMun"), ("pIBSUF", "pIBSMun")),
    "2": (("pIBSMun",), ("pIBSMun", "pCBS")),
    "3": (("pIBSMun",), ("pIBSMun", "pCBS")),
    "4": (("pIBSUF",), ("pIBSUF", "pCBS")),
}
EXPORTED_FUEL = "410013"
USED_GOODS = "prod/indBemMovelUsado"


def situation_groups(nfe, item, group):
    """UB13, UB14, UB112, UB116, UB120, UB131: the groups that CST and class ask for or refuse."""
    row = reference.ibs_cbs_situations().get(group.text("CST"))
    known = reference.ibs_cbs_classes().get(group.text("cClassTrib"))
    if row is None or known is None:
        return
    for tag, indicator, refused, asked in SITUATION_GROUPS:
        there = group.has(tag)
        if there and row[indicator] == "0":
            yield Rejection(refused, item.n)
        if not there and row[indicator] == "1" and asked:
            yield Rejection(asked, item.n)
    reversal = group.has("gEstornoCred")
    lost = nfe.text("ide/tpNFDebito") == "07"
    if reversal and known["gEstornoCred"] == "0" and not lost:
        yield Rejection("1172", item.n)
    if not reversal and (known["gEstornoCred"] == "1" or lost):
        yield Rejection("1173", item.n)
    if group.has("gCredPresOper") and known["gCredPresOper"] == "0" and not item.has(USED_GOODS):
        yield Rejection("1175", item.n)
    code = group.text("cClassTrib")
    if (code == EXPORTED_FUEL or code.startswith("620")) and not item.has("prod/comb"):
        yield Rejection("1106", item.n)
    kinds = [kind for kind in known["notas"].split() if kind != "-"]
    if kinds and nfe.text("ide/tpNFDebito") not in kinds and nfe.text("ide/tpNFCredito") not in kinds:
        yield Rejection("1202", item.n)


def sphere(nfe, item, amounts, names, row):
    """UB22 to UB28 and their like: deferral, reduction and effective rate of one tax."""
    tag, rate_tag, asked, refused, deferral_code, reduction_code, effective_code = names
    group, base = amounts.node(tag), amounts.number("vBC")
    deferral, reduction = group.node("gDif"), group.node("gRed")
    rate = reduction.number("pAliqEfet") if reduction else group.number(rate_tag)
    if not deferral and row["gDif"] == "1" and asked:
        yield Rejection(asked, item.n)
    if deferral and row["gDif"] == "0" and refused:
        yield Rejection(refused, item.n)
    if deferral and far(deferral.number("vDif"), cents(base * rate * deferral.number("pDif") / 10000)):
        yield Rejection(deferral_code, item.n)
    if reduction and row["gRed"] == "0" and reduction_code and not nfe.has("ide/gCompraGov"):
        yield Rejection(reduction_code, item.n)
    if reduction:
        expected = group.number(rate_tag) * (100 - reduction.number("pRedAliq")) / 100
        expected *= (100 - nfe.number("ide/gCompraGov/pRedutor")) / 100
        if far(reduction.number("pAliqEfet"), expected, STEP):
            yield Rejection(effective_code, item.n)


def returned(item, amounts):
    """UB24, UB43, UB62a, UB63: a return of tax (cashback) of the CBS only."""
    if amounts.has("gIBSUF/gDevTrib"):
        yield Rejection("1111", item.n)
    if amounts.has("gIBSMun/gDevTrib"):
        yield Rejection("1112", item.n)
    group = amounts.node("gCBS/gDevTrib")
    if group is None:
        return
    if not group.has("pDevTrib"):
        yield Rejection("1188", item.n)
    cbs = amounts.node("gCBS")
    rate = cbs.number("gRed/pAliqEfet") if cbs.has("gRed") else cbs.number("pCBS")
    if far(group.number("vDevTrib"), cents(amounts.number("vBC") * rate * group.number("pDevTrib") / 10000)):
        yield Rejection("1189", item.n)


def regular(item, amounts, known):
    """UB68 to UB72d: what would be due if the condition of the benefit were not met."""
    group = amounts.node("gTribRegular")
    if group is None:
        if known and known["gTribRegular"] == "1":
            yield Rejection("1065", item.n)
        return
    if known and known["gTribRegular"] == "0":
        yield Rejection("1114", item.n)
    if group.text("cClassTribReg") not in reference.ibs_cbs_classes():
        yield Rejection("1067", item.n)
    for code, amount, rate in REGULAR:
        if far(group.number(amount), cents(amounts.number("vBC") * group.number(rate) / 100)):
            yield Rejection(code, item.n)


def government(nfe, item, amounts):
    """UB82a: the tax before its rates change hands, in a government purchase and nowhere else."""
    group, bought = amounts.node("gTribCompraGov"), nfe.has("ide/gCompraGov")
    if bought and group is None:
        yield Rejection("1141", item.n)
    if group is None:
        return
    if not bought:
        yield Rejection("1144", item.n)
    told = sum(group.number(tag) for tag in ("vTribIBSUF", "vTribIBSMun", "vTribCBS"))
    due = sum(amounts.number(path) for path in ("gIBSUF/vIBSUF", "gIBSMun/vIBSMun", "gCBS/vCBS"))
    if far(told, due, FOUR_CENTS):
        yield Rejection("1142", item.n)


def items(nfe, _context):
    for item in nfe.items:
        group = item.node(GROUP)
        if group is None:
            continue
        yield from situation_groups(nfe, item, group)
        amounts = group.node("gIBSCBS")
        row = reference.ibs_cbs_situations().get(group.text("CST"))
        if amounts is None or row is None:
            continue
        if amounts.has("gCBS/gALCZFMCBS") and not nfe.has("emit/ISUFEmit"):
            yield Rejection("1190")
        for names in SPHERES:
            yield from sphere(nfe, item, amounts, names, row)
        yield from returned(item, amounts)
        yield from regular(item, amounts, reference.ibs_cbs_classes().get(group.text("cClassTrib")))
        yield from government(nfe, item, amounts)


def buyer(nfe, _context):
    """BB02: a government purchase leaves the rates of the other entities at zero, from 2027 on."""
    year = nfe.issued_at.year
    others = OTHERS.get(nfe.text("ide/gCompraGov/tpEnteGov"))
    if others is None or year < 2027:
        return
    tags = others[year >= 2033]
    paths = {"pIBSUF": "gIBSUF/pIBSUF", "pIBSMun": "gIBSMun/pIBSMun", "pCBS": "gCBS/pCBS"}
    if any(item.number(f"{AMOUNTS}/{paths[tag]}") for item in nfe.items for tag in tags):
        yield Rejection("1008")


def totals(nfe, _context):
    """W31 and W38 to W54: IS, deferred and returned."""
    selective = any(item.has("imposto/IS") for item in nfe.items)
    if nfe.has("total/ISTot") and not selective:
        yield Rejection("1073")
    if selective and not nfe.has("total/ISTot"):
        yield Rejection("1117")
    for code, total, path in TOTALS:
        expected = sum((item.number(f"{AMOUNTS}/{path}") for item in nfe.items), ZERO)
        if nfe.number(f"total/IBSCBSTot/{total}") != expected:
            yield Rejection(code)


GROUPS = (buyer, items, totals)
