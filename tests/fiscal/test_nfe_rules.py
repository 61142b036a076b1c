"""Every rejection that the simulator knows: found before a number is taken, never written, or why it cannot be known.

The simulator's rules are code of their own (``fiscal/simulator``), so each row of ``PREVENTED`` proves two things: the
invoice would be rejected with that cStat, and our own checks tell so at the field that is to be mended.
"""

import ast
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import nfe_samples as samples
import pytest
from fiscal import access_key
from fiscal.documents import nfe
from fiscal.problems import FiscalError
from fiscal.simulator import checks, reference
from fiscal.spec import (
    Bill,
    Card,
    CreditRule,
    ExportDetail,
    FreeZoneCreditRule,
    FreeZoneSaleRule,
    IbsCbsRule,
    IcmsRule,
    Instalment,
    Intermediary,
    IpiReturnRule,
    IpiRule,
    Payment,
    Place,
    PresumedCreditRule,
    TaxedInvoice,
    Vehicle,
)
from fiscal.taxes.engine import compute_item, tax_invoice
from fiscal.taxes.totals import sum_items
from nfe_samples import CONSUMER, ISSUED, NEIGHBOUR, NOW, SIMPLES, change

D = Decimal
RULES = Path(checks.__file__).parent
# Codes of the ICMS that look like a cStat and stand among the simulator's constants.
CSOSN = {"101", "102", "103", "201", "202", "203", "300", "400", "500", "900"}

MINAS = replace(samples.CUSTOMER.address)
SALVADOR = replace(MINAS, city_code="2927408", city="Salvador", uf="BA", zip="40020000")
DECEMBER = NOW + timedelta(days=22)
CURITIBA = replace(MINAS, city_code="4106902", city="Curitiba", uf="PR", zip="80010000")
BUYER = samples.FOREIGNER
LISBON = BUYER.address
# A sale abroad: the rules below spoil it one by one.
ABROAD = {name: getattr(samples.abroad(), name) for name in ("emitter", "recipient", "items", "export")}
INTERSTATE = {"recipient": samples.CUSTOMER, "items[0].cfop": "6102"}
CPF_EMITTER = {"emitter.tax_id": "52998224725", "series": 920}
CARRIER = {"transport.carrier": NEIGHBOUR, "transport.freight_mode": "0"}
DOCK = Place(NEIGHBOUR.address, "11444777000161", "Doca")
SUFRAMA = IcmsRule(cst="40", relief_reason="7", relief_method="base")
CREDIT = {"emitter.crt": "1", "items[0].rules": replace(SIMPLES, icms=IcmsRule(csosn="101", simples_credit_rate=D(1)))}


def bill(*dues, net="100", total=None, number="001", discount="0", original="100"):
    parts = [Instalment(f"{n:03d}", day, D(net) / len(dues)) for n, day in enumerate(dues, 1)]
    parts[0] = replace(parts[0], number=number, amount=D(total) if total else parts[0].amount)
    return {"bill": Bill("42", D(original), D(discount), D(net), tuple(parts))}


LATER, LATEST = date(2026, 12, 23), date(2027, 1, 22)

#: cStat, what is changed in a right invoice, where the problem is told.
PREVENTED = [
    ("703", {"issued_at": NOW + timedelta(minutes=6)}, "issued_at"),
    ("228", {"issued_at": NOW - timedelta(days=31)}, "issued_at"),
    ("504", {"moved_at": NOW + timedelta(days=31)}, "moved_at"),
    ("505", {"moved_at": NOW - timedelta(days=31)}, "moved_at"),
    ("506", {"moved_at": ISSUED - timedelta(hours=1)}, "moved_at"),
    ("270", {"city_code": "3500000"}, "city_code"),
    ("271", {"city_code": "3106200"}, "city_code"),
    ("711", {"emission_type": "9"}, "emission_type"),
    ("254", {"purpose": "2"}, "references"),
    ("255", {"purpose": "2", "references": samples.delivered().references[:1] * 2}, "references"),
    ("321", {"purpose": "4"}, "references"),
    ("871", {"purpose": "4"}, "payments"),
    ("519", {"kind": "0"}, "items[0].cfop"),
    ("794", {"presence": "4"}, "presence"),
    ("864", {"presence": "5"}, "references"),
    ("244", {"series": 890}, "series"),
    ("503", {"series": 910}, "series"),
    ("556", {"contingency_at": ISSUED, "contingency_reason": "SEFAZ fora do ar"}, "contingency_at"),
    ("557", {"emission_type": "4"}, "contingency_at"),
    ("558", {"emission_type": "6", "contingency_at": NOW + timedelta(minutes=6)}, "contingency_at"),
    ("272", {"emitter.address.city_code": "3500000"}, "emitter.address.city_code"),
    ("273", {"emitter.address.city_code": "3106200"}, "emitter.address.city_code"),
    ("554", {"emitter.ie": "ISENTO"}, "emitter.ie"),
    ("229", {"emitter.ie": "000000000000"}, "emitter.ie"),
    ("209", {"emitter.ie": "110042490115"}, "emitter.ie"),
    ("208", {"recipient.tax_id": "11444777000162"}, "recipient.tax_id"),
    ("237", {"recipient.tax_id": "52998224724"}, "recipient.tax_id"),
    ("720", ABROAD | {"recipient": replace(BUYER, tax_id="11444777000161")}, "recipient.tax_id"),
    ("721", {"recipient": replace(CONSUMER, tax_id="", foreign_id="PT123456")}, "final_consumer"),
    ("925", {"recipient": replace(NEIGHBOUR, tax_id="", foreign_id="PT123456")}, "recipient.ie"),
    ("274", {"recipient.address.city_code": "3500000"}, "recipient.address.city_code"),
    ("275", {"recipient.address.city_code": "3106200"}, "recipient.address.city_code"),
    ("509", ABROAD | {"recipient.address.city_code": "3550308"}, "recipient.address.city_code"),
    ("926", ABROAD | {"recipient.address.country_code": "1058"}, "recipient.address.country_code"),
    ("790", ABROAD | {"recipient.ie_indicator": "1"}, "recipient.ie_indicator"),
    ("792", ABROAD | {"recipient.ie": "110042490114"}, "recipient.ie"),
    ("805", {"recipient.ie_indicator": "2", "recipient.ie": ""}, "recipient.ie_indicator"),
    ("696", {"recipient": CONSUMER}, "final_consumer"),
    ("728", {"recipient.ie": ""}, "recipient.ie"),
    ("210", {"recipient.ie": "110042490115"}, "recipient.ie"),
    ("512", {"pickup": replace(DOCK, tax_id="11444777000162")}, "pickup.tax_id"),
    ("540", {"pickup": replace(DOCK, tax_id="52998224724")}, "pickup.tax_id"),
    ("276", {"pickup": DOCK, "pickup.address.city_code": "3500000"}, "pickup.address.city_code"),
    ("277", {"pickup": DOCK, "pickup.address.city_code": "3106200"}, "pickup.address.city_code"),
    ("514", {"delivery": replace(DOCK, tax_id="11444777000162")}, "delivery.tax_id"),
    ("541", {"delivery": replace(DOCK, tax_id="52998224724")}, "delivery.tax_id"),
    ("278", {"delivery": DOCK, "delivery.address.city_code": "3500000"}, "delivery.address.city_code"),
    ("279", {"delivery": DOCK, "delivery.address.city_code": "3106200"}, "delivery.address.city_code"),
    ("323", {"authorized_readers": ("11222333000180",)}, "authorized_readers[0]"),
    ("324", {"authorized_readers": (NEIGHBOUR.tax_id,)}, "authorized_readers[0]"),
    ("325", {"authorized_readers": ("52998224724",)}, "authorized_readers[0]"),
    ("326", {"recipient": CONSUMER, "authorized_readers": (CONSUMER.tax_id,)}, "authorized_readers[0]"),
    ("611", {"items[0].gtin": "7891000315508"}, "items[0].gtin"),
    ("612", {"items[0].gtin": "7891000315507", "items[0].taxable_gtin": "96385075"}, "items[0].taxable_gtin"),
    ("886", {"items[0].taxable_gtin": "96385074"}, "items[0].gtin"),
    ("777", {"items[0].ncm": "73"}, "items[0].ncm"),
    ("471", {"items[0].ncm": "00"}, "items[0].ncm"),
    ("770", {"items[0].cfop": "5199"}, "items[0].cfop"),
    ("518", {"items[0].cfop": "1102"}, "items[0].cfop"),
    ("731", {"items[0].cfop": "7102"}, "items[0].cfop"),
    ("732", {"items[0].cfop": "6102"}, "items[0].cfop"),
    ("523", {"items[0].cfop": "6102"}, "items[0].cfop"),
    ("733", {"recipient": samples.CUSTOMER}, "items[0].cfop"),
    ("630", {"items[0].taxable_quantity": D("9e10")}, "items[0].taxable_quantity"),
    ("483", {"items[0].discount": D("10.56")}, "items[0].discount"),
    ("527", ABROAD | {"items[0].rules.icms": IcmsRule(cst="40")}, "items[0].rules.icms"),
    ("590", {"emitter.crt": "1"}, "items[0].rules.icms"),
    ("591", {"items[0].rules.icms": IcmsRule(csosn="102")}, "items[0].rules.icms"),
    ("508", {"recipient": CONSUMER, "items[0].rules.icms": IcmsRule(cst="50")}, "items[0].rules.icms"),
    (
        "529",
        INTERSTATE
        | {"recipient.address": CURITIBA, "recipient.ie_indicator": "2", "items[0].rules.icms": IcmsRule(cst="50")},
        "items[0].rules.icms",
    ),
    ("600", CREDIT | {"recipient": CONSUMER, "final_consumer": True}, "items[0].rules.icms"),
    ("663", INTERSTATE | {"items[0].origin": "1", "items[0].rules.icms.rate": D(12)}, "items[0].rules.icms.rate"),
    ("693", INTERSTATE | {"items[0].rules.icms.rate": D(18)}, "items[0].rules.icms.rate"),
    ("806", {"items[0].rules.icms": IcmsRule(cst="60")}, "items[0].cest"),
    ("625", {"items[0].rules.icms": SUFRAMA}, "recipient.suframa"),
    ("626", {"items[0].rules.icms": SUFRAMA}, "items[0].cfop"),
    (
        "694",
        INTERSTATE | {"recipient": replace(CONSUMER, address=MINAS), "final_consumer": True},
        "items[0].rules.difal",
    ),
    ("388", {"items[0].rules.ipi": IpiRule("52", cEnq="999")}, "items[0].rules.ipi.cEnq"),
    ("354", {"items[0].rules.ipi_return": IpiReturnRule(D(100), D(1))}, "items[0].rules.ipi_return"),
    ("868", INTERSTATE | {"transport.vehicle": Vehicle("ABC1D23")}, "transport.vehicle"),
    ("542", CARRIER | {"transport.carrier.tax_id": "11444777000162"}, "transport.carrier.tax_id"),
    ("543", CARRIER | {"transport.carrier.tax_id": "52998224724"}, "transport.carrier.tax_id"),
    ("559", CARRIER | {"transport.carrier.address.uf": ""}, "transport.carrier.address.uf"),
    ("544", CARRIER | {"transport.carrier.ie": "110042490115"}, "transport.carrier.ie"),
    ("901", bill(LATER, original="10", discount="20", net="-10"), "bill.net"),
    ("902", bill(LATER, discount="1"), "bill.net"),
    ("852", bill(LATER, number="002"), "bill.instalments[0].number"),
    ("900", bill(date(2026, 11, 22)), "bill.instalments[0].due"),
    ("850", bill(LATEST, LATER), "bill.instalments[1].due"),
    ("797", bill(date(2036, 11, 24)), "bill.instalments[0].due"),
    ("853", bill(date(2026, 11, 23)), "bill.instalments[0].due"),
    ("851", bill(LATER, LATEST, total="60"), "bill.instalments"),
    ("865", {"payments": (Payment("01", D("10.00")),)}, "payments"),
    ("866", {"payments": (Payment("01", D("11.00")),)}, "payments"),
    ("869", {"payments": (Payment("01", D("11.00")),), "change": D("0.40")}, "payments"),
    ("904", {"payments": (Payment("91", D("10.55")),)}, "payments[0].amount"),
    ("437", {"payments[0].card": Card(cnpj="11444777000162")}, "payments[0].card.cnpj"),
    ("439", {"presence": "5", "intermediary": Intermediary("11444777000161", "loja")}, "intermediary"),
    ("440", {"intermediary": Intermediary("11444777000162", "loja")}, "intermediary.cnpj"),
    ("355", ABROAD | {"export": None}, "export"),
    ("356", {"export": ABROAD["export"]}, "export"),
    ("972", {"emitter.address": CURITIBA, "technician": None}, "technician"),
    ("973", {"technician.cnpj": "11444777000162"}, "technician.cnpj"),
    ("1020", {"items[0].rules.ibs_cbs.cst": "999"}, "items[0].rules.ibs_cbs.cClassTrib"),
    ("1021", {"items[0].rules.ibs_cbs.cst": "620"}, "items[0].rules.ibs_cbs.cClassTrib"),
    ("1024", {"items[0].rules.ibs_cbs.cst": "200"}, "items[0].rules.ibs_cbs.cClassTrib"),
    ("1025", {"items[0].rules.ibs_cbs": IbsCbsRule("000", "000002")}, "items[0].rules.ibs_cbs.cClassTrib"),
    ("1026", {"items[0].rules.ibs_cbs.ibs_uf_rate": D(1)}, "items[0].rules.ibs_cbs.ibs_uf_rate"),
    ("1036", {"items[0].rules.ibs_cbs.ibs_city_rate": D(1)}, "items[0].rules.ibs_cbs.ibs_city_rate"),
    ("1037", {"items[0].rules.ibs_cbs.cbs_rate": D(1)}, "items[0].rules.ibs_cbs.cbs_rate"),
]
#: The rules of references, substitutes and debit or credit notes.
NFE, CTE = samples.delivered().references


def with_digit(key43):
    return key43 + access_key.check_digit(key43)


def referring(key, model="55"):
    return {"references": (with_digit(key[:20] + model + key[22:43]),)}


BOUGHT = ExportDetail(key=NFE, quantity=D(1))
INDIRECT = ABROAD | {"items[0].cfop": "7501", "items[0].exports": (BOUGHT,), "references": (NFE,)}
OWN = "35261111222333000181550010000000421807162530"  # the right invoice's own key
PREVENTED += [
    ("547", {"references": (NFE[:-1] + "9",)}, "references[0]"),
    ("522", referring("99" + NFE[2:]), "references[0]"),
    ("524", referring(NFE[:4] + "13" + NFE[6:]), "references[0]"),
    ("552", referring(NFE[:6] + "11222333000182" + NFE[20:]), "references[0]"),
    ("679", referring(NFE, "66"), "references[0]"),
    ("683", referring(NFE[:25] + "0" * 9 + NFE[34:]), "references[0]"),
    ("680", {"references": (NFE, NFE)}, "references[1]"),
    ("316", {"references": (OWN,)}, "references[0]"),
    ("701", {"items[0].cfop": "5929"}, "items[0].cfop"),
    ("328", {"items[0].cfop": "5202"}, "items[0].cfop"),
    ("327", {"purpose": "4"}, "items[0].cfop"),
    ("338", ABROAD | {"items[0].cfop": "7127"}, "items[0].exports"),
    ("340", INDIRECT | {"items[0].exports": ()}, "items[0].exports"),
    ("342", INDIRECT | {"items[0].exports[0].key": NFE[:-1] + "0"}, "items[0].exports[0].key"),
    ("343", INDIRECT | {"items[0].exports[0].key": CTE}, "items[0].exports[0].key"),
    ("344", INDIRECT | {"items[0].exports": (BOUGHT, BOUGHT)}, "items[0].exports"),
    ("345", INDIRECT | {"references": (CTE,)}, "items[0].exports[0].key"),
    ("346", INDIRECT | {"items[0].exports[0].quantity": D(2)}, "items[0].exports"),
    ("336", {"items[0].exports": (ExportDetail("20260001234"),)}, "items[0].exports"),
    ("525", {"items[0].cfop": "3102"}, "items[0].cfop"),
    ("597", {"items[0].cfop": "3102"}, "items[0].cfop"),
    ("599", {"items[0].cfop": "3102"}, "items[0].cfop"),
    ("269", referring(NFE[:6] + "11444777000161" + NFE[20:]) | {"purpose": "2"}, "references"),
    ("678", referring("31" + NFE[2:]) | {"purpose": "2"}, "references"),
    ("495", {"emitter.tax_id": "52998224725"}, "series"),
    ("569", {"emission_type": "6", "contingency_at": ISSUED - timedelta(days=31)}, "contingency_at"),
    ("211", INTERSTATE | {"emitter.iest": "0623079040163"}, "emitter.iest"),
    ("347", ABROAD | {"emitter.iest": "0623079040162"}, "emitter.iest"),
    ("363", INTERSTATE | {"emitter.iest": samples.CUSTOMER.ie}, "emitter.iest"),
    ("251", {"recipient.suframa": "200123456"}, "recipient.suframa"),
    ("372", ABROAD | {"recipient.foreign_id": "PT#12345"}, "recipient.foreign_id"),
    ("510", ABROAD | {"recipient.address.country_code": "1058"}, "recipient.address.country_code"),
    ("513", {"pickup": replace(DOCK, address=replace(LISBON, city_code="3550308"))}, "pickup.address.city_code"),
    ("515", {"delivery": replace(DOCK, address=replace(LISBON, city_code="3550308"))}, "delivery.address.city_code"),
    ("971", {"delivery": replace(DOCK, ie="110042490115")}, "delivery.ie"),
    ("771", INTERSTATE | {"recipient": replace(BUYER, address=MINAS), "final_consumer": True}, "recipient.foreign_id"),
    ("879", {"items[0].cest": "1000100", "items[0].relevant_scale": False}, "items[0].maker_cnpj"),
    ("489", {"items[0].cest": "1000100", "items[0].maker_cnpj": "11222333000182"}, "items[0].maker_cnpj"),
    ("436", {"payments[0].method": "88"}, "payments[0].method"),
    ("392", {"payments[0].card": Card(integrated=True)}, "payments[0].card"),
    ("486", {"emitter.address": SALVADOR}, "authorized_readers"),
    ("975", {"emitter.address": CURITIBA}, "technician.csrt"),
    ("1003", referring(NFE, "65") | {"purpose": "5"}, "purpose"),
    ("1009", {"purpose": "6"}, "purpose"),
    ("1161", {"purpose": "5"}, "purpose"),
    ("1162", {"purpose": "6", "kind": "0"}, "purpose"),
    ("1164", {"purpose": "5"}, "purpose"),
    ("1030", {"items[0].rules.ibs_cbs.cst": "510"}, "items[0].rules.ibs_cbs.cClassTrib"),
    ("1032", {"items[0].rules.ibs_cbs.cClassTrib": "200034"}, "items[0].rules.ibs_cbs.cClassTrib"),
]


def reform(code, cClassTrib, field="cClassTrib", cst=None, **values):
    """A rejection of a rule of IBS and CBS, told at one of its fields."""
    rule = IbsCbsRule(cst or cClassTrib[:3], cClassTrib, **values)
    return (code, {"items[0].rules.ibs_cbs": rule}, f"items[0].rules.ibs_cbs.{field}")


CREDIT_NOTE = CreditRule(D(1), D(2))
PREVENTED += [
    reform("1007", "200034", cst="000"),
    reform("1028", "200034", cst="000"),
    reform("1029", "510001", cst="000"),
    reform("1083", "510001", cst="000"),
    reform("1090", "510001", cst="000"),
    reform("1044", "000001", cst="510"),
    reform("1061", "000001", cst="510"),
    reform("1132", "800001", "credit"),
    reform("1170", "811001", "credit"),
    reform("1169", "410004", "credit", credit=CREDIT_NOTE),
    reform("1134", "000001", "free_zone_credit", free_zone_credit=FreeZoneCreditRule("2026-11", "1", D(1))),
    reform("1135", "810001", "free_zone_credit"),
    reform("1151", "620003", cst="410"),
    reform("1172", "000001", "reversal", reversal=CREDIT_NOTE),
    reform("1173", "200054", "reversal"),
    reform("1175", "000001", "presumed", presumed=PresumedCreditRule("05", cbs_rate=D(7))),
    (
        "1190",
        {"items[0].rules.ibs_cbs": IbsCbsRule("000", "000001", free_zone=FreeZoneSaleRule("1"))},
        "emitter.suframa",
    ),
    ("1106", {"items[0].rules.ibs_cbs": IbsCbsRule("410", "410013")}, "items[0].fuel"),
    reform("1202", "410030", reversal=CREDIT_NOTE),
]

#: The same, where not even an access key or an amount can be made: there is no XML to be rejected.
UNBUILDABLE = [
    ("897", {"numeric_code": "00000042"}, "numeric_code"),
    ("450", {"model": "57"}, "model"),
    ("207", {"emitter.tax_id": "11222333000182"}, "emitter.tax_id"),
    ("401", CPF_EMITTER | {"emitter.tax_id": "52998224724"}, "emitter.tax_id"),
    ("1023", {"items[0].rules.ibs_cbs.cClassTrib": "999999"}, "items[0].rules.ibs_cbs.cClassTrib"),
    reform("1065", "550001", "regular_class"),
    reform("1067", "550001", "regular_class", regular_class="999999"),
]

#: What the builder cannot write, whatever the invoice says. test_nfe_fuzz.py looks for the contrary.
NEVER_WRITTEN = {
    "key and check digit are made from the fields": ["502", "253", "226", "247"],
    "constants: tpImp 1, no avulsa, no ISSQN, PIS and COFINS in each item, items numbered as they stand": [
        *("710", "403", "745", "748", "927", "719", "724", "726", "598", "905"),
    ],
    "idDest follows the states": ["727", "772", "773", "521"],
    "procEmi 0: the taxpayer's own software": ["369", "370", "451"],
    "xPag beside 99 alone, and always; SEM GTIN where there is none; no FCP of zero": [
        *("441", "442", "883", "888", "880", "881"),
    ],
    "groups of other operations: DI, medicines, lots, returns, notes of debit": [
        *("870", "873", "877", "288", "393"),
        *("1139", "1145", "1163", "158"),
    ],
    "no ISSQN": ["364", "365", "366", "367", "368", "605", "606", "607", "608", "609"],
    "indIntermed follows indPres and infIntermed": ["434", "435", "438"],
    "cPais 1058 in Brazil; IE is left out beside indIEDest 2": ["511", "791"],
    "cEANTrib is cEAN unless it is given": ["885"],
    "an exempted ICMS that rounds to nothing is not written": ["627"],
    "amounts are computed, totals are sums": [
        *(
            "351",
            "352",
            "353",
            "629",
            "528",
            "860",
            "876",
            "564",
            "610",
            "685",
            "1022",
            "1033",
            "1074",
            "1079",
            "1034",
            "1046",
            "1063",
        ),
        *("1041", "1052", "1069", "1150", "1118", "1119"),
        *("531", "532", "795", "861", "533", "534", "862", "859", "535", "536", "537", "601", "538", "863", "602"),
        *("603", "604", "1076", "1080", "1084", "1085", "1091"),
    ],
    "groups of IBS and CBS that the cClassTrib does not ask for; gDevTrib of the IBS": [
        *("1111", "1112", "1114", "1131", "1188"),
    ],
    "gTribCompraGov beside gCompraGov, rates as art. 473 divides them": ["1008", "1141", "1142", "1144"],
    "IBS, CBS and IS are computed, their totals are sums": [
        *("1031", "1035", "1040", "1045", "1047", "1051", "1062", "1064", "1068", "1189"),
        *("1073", "1117", "1077", "1081", "1088", "1089"),
    ],
    "ICMSUFDest where it is owed and nowhere else, with the rates of the tables": ["695", "697", "698", "699"],
    "the rate difference is computed, its totals are sums": ["793", "815", "816", "798", "799", "800"],
}
#: What cannot be known before it is sent.
UNKNOWABLE = {
    "the authorizer's environment and whether its contingency is in force": ["252", "570", "713"],
    "whether the NCM exists: the table is Odoo's, where one younger than this release may be added": ["778"],
    "the states' registers of emitters": ["163", "203", "230", "231", "301", "481", "622"],
    "the states' registers of recipients": ["232", "233", "234", "302", "303", "305", "306", "624"],
    "the security codes (CSRT) that the tax office gave the software's maker": ["976", "977", "978"],
    "which documents share the lot": ["476", "560"],
    "what the authorizer holds of this number": ["204", "206", "218", "539", "635"],
}


def codes_of_the_simulator() -> set[str]:
    """Every cStat that the simulator's checks may answer: what is written in their source."""
    found = set()
    for file in RULES.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Rejection":
                constants = (each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant))
                found |= {value for value in constants if str(value).isdigit()}
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) in (3, 4):
                known = node.value.isdigit() and node.value in reference.cstat()
                found |= {node.value} if known and node.value not in CSOSN else set()
    return found


def changed(changes):
    made = samples.invoice()
    for path, value in changes.items():
        made = change(made, path, value)
    return made


def told(invoice, now=NOW):
    """The paths of everything that our own checks find."""
    found = nfe.problems(invoice, now)
    try:
        found += nfe.amount_problems(tax_invoice(invoice))
    except FiscalError as error:
        found += error.problems
    return {problem.path for problem in found}


def rejections(invoice, now=NOW):
    """What the simulator would answer, one after the other, were the invoice built and sent all the same."""
    items = tuple(compute_item(invoice.tax_context, item) for item in invoice.items)
    built = nfe.build(TaxedInvoice(invoice, items, sum_items(items)))
    context = checks.Context(now, built.access_key[:2])
    return (refusal.cStat for refusal in checks.refusals(checks.Document(built.element[0]), context))


@pytest.mark.parametrize(("code", "changes", "path"), PREVENTED, ids=[row[0] for row in PREVENTED])
def test_a_rejection_is_told_beforehand(code, changes, path):
    invoice = changed(changes)
    assert code in rejections(invoice)
    assert any(where.startswith(path) for where in told(invoice)), told(invoice)


@pytest.mark.parametrize(("code", "changes", "path"), UNBUILDABLE, ids=[row[0] for row in UNBUILDABLE])
def test_what_cannot_even_be_built_is_told(code, changes, path):
    invoice = changed(changes)
    assert any(where.startswith(path) for where in told(invoice)), told(invoice)
    with pytest.raises((FiscalError, KeyError)):
        rejections(invoice)


def test_consumers_receipts_are_not_referred_to_from_14_december_on():
    receipt = {"items[0].cfop": "5929"} | referring(NFE, "65")
    assert told(changed(receipt)) == set()
    assert list(rejections(changed(receipt))) == []
    late = changed(receipt | {"issued_at": DECEMBER})
    assert told(late, DECEMBER) == {"references[0]"}
    assert {"375", "679"} <= set(rejections(late, DECEMBER))


def test_every_rejection_of_the_simulator_has_its_place():
    """A new rule of the simulator needs a problem of ours, or a reason why there is none."""
    listed = ["375", *(code for code, _changes, _path in PREVENTED + UNBUILDABLE)]
    for reasons in (NEVER_WRITTEN, UNKNOWABLE):
        listed += [code for codes in reasons.values() for code in codes]
    assert len(listed) == len(set(listed)), sorted(code for code in listed if listed.count(code) > 1)
    known = codes_of_the_simulator()
    assert len(known) > 150
    assert known - set(listed) == set()
    assert set(listed) - known == set()


def test_the_right_invoice_is_told_nothing():
    assert told(changed({})) == set()
    assert list(rejections(changed({}))) == []
    assert told(changed(ABROAD)) == set()
    assert list(rejections(changed(ABROAD))) == []
