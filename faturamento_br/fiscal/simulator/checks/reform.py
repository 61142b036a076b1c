"""Groups UB and W34 to W56: IBS and CBS (NT 2025.002-RTC).

A missing group is no refusal: rule 1115 is suspended since 2026-07-31. What is filled is checked.
"""

from decimal import Decimal

from .. import reference
from .document import ZERO, Rejection, cents, far

# group, its rate, its amount; cStat of: rate, reduction missing, reduction wrong, amount
SPHERES = (
    ("gIBSUF", "pIBSUF", "vIBSUF", "1026", "1033", "1034", "1041"),
    ("gIBSMun", "pIBSMun", "vIBSMun", "1036", "1074", "1046", "1052"),
    ("gCBS", "pCBS", "vCBS", "1037", "1079", "1063", "1069"),
)
# cStat, total, item's path under gIBSCBS
TOTALS = (
    ("1076", "vBCIBSCBS", "vBC"),
    ("1080", "gIBS/gIBSUF/vIBSUF", "gIBSUF/vIBSUF"),
    ("1084", "gIBS/gIBSMun/vIBSMun", "gIBSMun/vIBSMun"),
    ("1085", "gIBS/vIBS", "vIBS"),
    ("1091", "gCBS/vCBS", "gCBS/vCBS"),
)
GROUP = "imposto/IBSCBS"
AMOUNTS = f"{GROUP}/gIBSCBS"
#: cCredPres whose credit vIBS loses (indDeduzCredPres 1 in their table).
DEDUCTED = {"04", "07", "11"}
IBS_CREDIT = "gCredPresOper/gIBSCredPres/vCredPres"
FREE_ZONE_CREDIT = 2029  # the first year of credit notes of kind 02


def situation(item, group, issued):
    """UB13 and UB14: the situation and its class, by the official tables."""
    cst, tax_class = group.text("CST"), group.text("cClassTrib")
    row = reference.ibs_cbs_situations().get(cst)
    if row is None:
        yield Rejection("1020", item.n)
        return
    if group.has("gIBSCBS") and row["gIBSCBS"] == "0":
        yield Rejection("1021", item.n)
    if not group.has("gIBSCBS") and row["gIBSCBS"] == "1":
        yield Rejection("1022", item.n)
    known = reference.ibs_cbs_classes().get(tax_class)
    if known is None or not known["de"] <= issued <= (known["ate"] or "9999"):
        yield Rejection("1023", item.n)
    elif known["cst"] != cst:
        yield Rejection("1024", item.n)
    elif known["nfe"] == "0":
        yield Rejection("1025", item.n)


def purpose(nfe, _context):
    """B25: debit and credit notes (finNFe 6 and 5) against their kinds."""
    debit, credit = nfe.has("ide/tpNFDebito"), nfe.text("ide/tpNFCredito")
    if nfe.purpose == "5" and nfe.is_exit:
        yield Rejection("1161")
    if nfe.purpose == "6" and not nfe.is_exit:
        yield Rejection("1162")
    if debit and nfe.purpose != "6":
        yield Rejection("1139")
    if not debit and nfe.purpose == "6":
        yield Rejection("1009")
    if credit and nfe.purpose != "5":
        yield Rejection("1163")
    if not credit and nfe.purpose == "5":
        yield Rejection("1164")
    if credit == "02" and nfe.issued_at.year < FREE_ZONE_CREDIT:
        yield Rejection("1145")
    allowed = {"55", "65"} if credit == "03" else {"55"}
    models = {node.text("refNFe")[20:22] for node in nfe.nodes("ide/NFref")} - {""}
    if nfe.purpose == "5" and models - allowed:
        yield Rejection("1003")


def asked_rate(nfe, amounts, tax_class, names, official):
    """The rate to be informed, or ``None`` where no rule says which.

    UB18-10, UB37-10 and UB56-10: that of the year, zero where the class has regular taxation, and zero for the CBS
    inside a free zone. In a government purchase of 2027 on, BB02-10 asks for others.
    """
    if nfe.has("ide/gCompraGov") and nfe.issued_at.year > 2026:
        return None
    if tax_class and tax_class["gTribRegular"] == "1":
        return ZERO
    if names[0] == "gCBS" and amounts.has("gCBS/gALCZFMCBS"):
        return ZERO
    return official[names[1]]


def groups_of_state(nfe, item, amounts, row):
    """UB22 and UB26: deferral and reduction of the state's IBS, by what the situation allows."""
    deferral, reduction = amounts.has("gIBSUF/gDif"), amounts.has("gIBSUF/gRed")
    if deferral and row["gDif"] == "0":
        yield Rejection("1029", item.n)
    if not deferral and row["gDif"] == "1":
        yield Rejection("1030", item.n)
    if reduction and row["gRed"] == "0" and not nfe.has("ide/gCompraGov"):
        yield Rejection("1032", item.n)


def sphere(item, amounts, names, official, reduced, tax_class):
    """One tax of an item: its rate, its reduction, its amount."""
    group_name, rate_tag, amount_tag, rate_code, missing_code, reduction_code, amount_code = names
    group = amounts.node(group_name)
    if official is not None and group.number(rate_tag) != official:
        yield Rejection(rate_code, item.n)
    reduction = group.node("gRed")
    if reduced and reduction is None:
        yield Rejection(missing_code, item.n)
    column = "pRedCBS" if group_name == "gCBS" else "pRedIBS"
    if reduction and reduced and tax_class and reduction.number("pRedAliq") != Decimal(tax_class[column] or 0):
        yield Rejection(reduction_code, item.n)
    rate = reduction.number("pAliqEfet") if reduction else group.number(rate_tag)
    expected = cents(amounts.number("vBC") * rate / 100)
    expected -= group.number("gDif/vDif") + group.number("gDevTrib/vDevTrib")
    if far(group.number(amount_tag), expected):
        yield Rejection(amount_code, item.n)


def items(nfe, _context):
    official = reference.ibs_cbs_rates(nfe.issued_at.year)
    for item in nfe.items:
        group = item.node(GROUP)
        if group is None:
            continue
        yield from situation(item, group, nfe.text("ide/dhEmi")[:10])
        amounts = group.node("gIBSCBS")
        if amounts is None:
            continue
        row = reference.ibs_cbs_situations().get(group.text("CST"))
        if row is None:
            continue
        yield from groups_of_state(nfe, item, amounts, row)
        reduced = row["gRed"] == "1"
        tax_class = reference.ibs_cbs_classes().get(group.text("cClassTrib"))
        for names in SPHERES:
            rate = asked_rate(nfe, amounts, tax_class, names, official)
            yield from sphere(item, amounts, names, rate, reduced, tax_class)
        deducted = group.number(IBS_CREDIT) if group.text("gCredPresOper/cCredPres") in DEDUCTED else ZERO
        if amounts.number("vIBS") != amounts.number("gIBSUF/vIBSUF") + amounts.number("gIBSMun/vIBSMun") - deducted:
            yield Rejection("1150", item.n)


def totals(nfe, _context):
    informed = nfe.has("total/IBSCBSTot")
    if informed and not any(item.has(GROUP) for item in nfe.items):
        yield Rejection("1118")
    if not informed:
        if any(item.has(AMOUNTS) for item in nfe.items):
            yield Rejection("1119")
        return
    for code, total, path in TOTALS:
        expected = sum((item.number(f"{AMOUNTS}/{path}") for item in nfe.items), ZERO)
        if nfe.number(f"total/IBSCBSTot/{total}") != expected:
            yield Rejection(code)


GROUPS = (purpose, items, totals)
