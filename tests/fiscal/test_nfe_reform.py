"""The groups of IBS, CBS and IS in the XML: for every cClassTrib of an NF-e and each form of the years to come, what
the official schema accepts, what ``fiscal.verify`` finds right, and nothing but what its indicators allow.
"""

from dataclasses import replace
from datetime import UTC, datetime, time

import nfe_samples as samples
import pytest
from fiscal import schema
from fiscal.documents import nfe
from fiscal.recompute import recompute_bytes
from fiscal.simulator import checks
from fiscal.spec import FreeZoneSaleRule, GovernmentPurchase, SelectiveRule, TaxedInvoice
from fiscal.taxes.engine import compute_item, missing_rules, tax_invoice
from fiscal.taxes.ibs_cbs_tables import tax_class
from fiscal.taxes.totals import sum_items
from fiscal.verify import items, totals
from lxml import etree
from reform_cases import BARE, CLASSES, DAYS, fuel_of, presumed, right_rule
from taxes_cases import D

NS = {"n": "http://www.portalfiscal.inf.br/nfe"}
#: cStats of what is no matter of these groups: the environment, the payment, the moment of the issue.
APART = {"228", "252", "703", "865", "866", "904"}
DAY_IDS = [str(day) for day in DAYS]


def built(*rules, day=DAYS[0], **changes):
    """The XML of an NF-e with an item for each of ``rules`` of IBS and CBS; also where a sale may not have it."""
    goods = [
        samples.item(n, replace(BARE, ibs_cbs=rule), quantity=D(3), fuel=fuel_of(rule.cClassTrib))
        for n, rule in enumerate(rules, 1)
    ]
    return built_of(goods, day, **changes)


def built_of(goods, day, **changes):
    issued = datetime.combine(day, time(12), UTC).astimezone(samples.BRASILIA)
    invoice = replace(samples.invoice(), items=tuple(goods), issued_at=issued, **changes)
    taxed = tuple(compute_item(invoice.tax_context, item) for item in invoice.items)
    element = nfe.build(TaxedInvoice(invoice, taxed, sum_items(taxed))).element
    return etree.fromstring(etree.tostring(element))


def wrong(root, day):
    """What the schema, the arithmetic of its own, and the simulator have against it."""
    infNFe = root.find("n:infNFe", NS)
    unsigned = schema.validate_unsigned(root)
    found = [str(problem) for problem in (*unsigned, *items.verify(root, infNFe), *totals.verify(root, infNFe))]
    now = datetime.combine(day, time(12), UTC)
    context = checks.Context(now, "35")
    return found + sorted({refusal.cStat for refusal in checks.refusals(checks.Document(infNFe), context)} - APART)


def group(root, path):
    return root.find(f"n:infNFe/n:det/n:imposto/n:IBSCBS/{'/'.join(f'n:{step}' for step in path.split('/'))}", NS)


@pytest.mark.parametrize("day", DAYS, ids=DAY_IDS)
@pytest.mark.parametrize("code", CLASSES)
def test_every_class_has_just_the_groups_of_its_indicators(code, day):
    root, found = built(right_rule(code, day), day=day), tax_class(code)
    assert wrong(root, day) == (["1202"] if found.note else [])  # a note of debit or credit has it, a sale has not
    indicators = {
        "gIBSCBS": found.taxed,
        "gIBSCBS/gIBSUF/gRed": found.taxed and found.reduces,
        "gIBSCBS/gIBSMun/gRed": found.taxed and found.reduces,
        "gIBSCBS/gCBS/gRed": found.taxed and found.reduces,
        "gIBSCBS/gIBSUF/gDif": found.taxed and found.defers,
        "gIBSCBS/gCBS/gDif": found.taxed and found.defers,
        "gIBSCBS/gTribRegular": found.regular,
        "gIBSCBSMono": found.single_phase,
        "gIBSCBSMono/*/gMonoPadrao": found.mono,
        "gIBSCBSMono/*/gMonoReten": found.mono_withheld,
        "gIBSCBSMono/*/gMonoRet": found.mono_retained,
        "gIBSCBSMono/*/gpBioDiferenca": found.mono_blend,
        "gTransfCred": found.transfers,
        "gAjusteCompet": found.adjusts,
        "gEstornoCred": found.reversal,
        "gCredPresIBSZFM": found.free_zone_credit,
    }
    for path, wanted in indicators.items():
        assert (group(root, path.replace("n:*", "*")) is not None) == wanted, path


def sale(day, *goods, **changes):
    """An NF-e that the engine finds right, and whose XML is right to the schema, the arithmetic and the simulator."""
    issued = datetime.combine(day, time(12), UTC).astimezone(samples.BRASILIA)
    context = replace(samples.invoice(), issued_at=issued, **changes).tax_context
    assert [str(problem) for problem in missing_rules(context, goods)] == []
    root = built_of(goods, day, **changes)
    assert wrong(root, day) == []
    return root


def one(day, code="000001", **values):
    rules = replace(BARE, ibs_cbs=right_rule(code, day, **values))
    return samples.item(1, rules, quantity=D(3), unit_price=D("33.33"), fuel=fuel_of(code))


def text(root, path):
    return root.findtext(f".//{'/'.join(f'n:{step}' for step in path.split('/'))}", namespaces=NS)


@pytest.mark.parametrize("code", ["000001", "200032", "200047", "410004", "510001", "515001"])
@pytest.mark.parametrize("entity", "123456")
@pytest.mark.parametrize(("day", "reducer"), [(DAYS[0], "0"), (DAYS[1], "12.34"), (DAYS[2], "7")])
def test_government_purchases(code, entity, day, reducer):
    purchase = GovernmentPurchase(entity, "1", D(reducer))
    root = sale(day, one(day, code), government=purchase)
    assert text(root, "gCompraGov/tpEnteGov") == entity
    assert (group(root, "gIBSCBS/gTribCompraGov") is not None) == (code != "410004")


def test_a_supply_paid_before_refers_to_the_payment():
    purchase = GovernmentPurchase("4", "3", references=(samples.delivered().references[0],))
    root = sale(DAYS[0], one(DAYS[0]), government=purchase, advances=purchase.references)
    assert text(root, "gCompraGov/refDFeAnt") == text(root, "gPagAntecipado/refNFe") == purchase.references[0]


@pytest.mark.parametrize("day", DAYS[1:], ids=DAY_IDS[1:])
@pytest.mark.parametrize(("code", "credit"), [("000003", "05"), ("000004", "06"), ("410014", "11"), ("000001", "04")])
def test_presumed_credits(code, credit, day):
    rates = {"ibs_rate": D("0.02")} if credit in ("04", "11") else {}
    goods = replace(one(day, code, presumed=presumed(day, credit, **rates)), used=credit == "04")
    root = sale(day, goods)
    assert text(root, "gCredPresOper/cCredPres") == credit
    if credit == "04":  # vIBS loses the credit (rule UB54a-10); vIBSUF and vIBSMun do not
        whole = D(text(root, "gIBSCBS/gIBSUF/vIBSUF")) + D(text(root, "gIBSCBS/gIBSMun/vIBSMun"))
        assert D(text(root, "gIBSCBS/vIBS")) == whole - D(text(root, "gIBSCredPres/vCredPres"))


@pytest.mark.parametrize(("day", "ibs", "cbs"), [(DAYS[1], "", "5.00"), (DAYS[2].replace(year=2033), "1.00", "5.00")])
def test_a_presumed_credit_under_a_condition(day, ibs, cbs):
    given = presumed(day, "04", base=D(100), ibs_rate=D("0.01") if not ibs else D(1), cbs_rate=D(5), suspended=True)
    root = sale(day, replace(one(day, presumed=given), used=True))
    assert (text(root, "gIBSCredPres/vCredPresCondSus") or "", text(root, "gCBSCredPres/vCredPresCondSus")) == (
        ibs,
        cbs,
    )
    assert (text(root, "gIBSCredPres/vCredPres") is None) == bool(ibs)
    assert text(root, "IBSCBSTot/gCBS/vCredPresCondSus") == cbs


def test_a_presumed_credit_that_exceeds_the_tax_is_told():
    goods = replace(one(DAYS[1], presumed=presumed(DAYS[1], "04", ibs_rate=D(5))), used=True)
    issued = datetime.combine(DAYS[1], time(12), UTC).astimezone(samples.BRASILIA)
    invoice = replace(samples.invoice(), items=(goods,), issued_at=issued)
    assert "items[0].rules.ibs_cbs.presumed" in {p.path for p in nfe.amount_problems(tax_invoice(invoice))}


def test_cbs_at_zero_inside_a_free_zone():
    rule = {"free_zone": FreeZoneSaleRule("2", "12345678")}
    root = sale(DAYS[1], one(DAYS[1], **rule), emitter=replace(samples.EMITTER, suframa="200123456"))
    assert text(root, "emit/ISUFEmit") == "200123456"
    assert (text(root, "gCBS/pCBS"), text(root, "gCBS/vCBS")) == ("0.0000", "0.00")
    assert (text(root, "gALCZFMCBS/pAliqEfetRegCBS"), text(root, "gALCZFMCBS/vTribRegCBS")) == ("8.7000", "8.70")


@pytest.mark.parametrize(
    ("ours", "theirs", "right"),
    [("1302603", "1301902", True), ("1400100", "1400159", True), ("1302603", "1304062", False), ("", "", False)],
)
def test_a_free_zone_is_one_and_the_same(ours, theirs, right):
    goods = one(DAYS[0], free_zone=FreeZoneSaleRule("1"))
    parties = {
        name: replace(party, address=replace(party.address, city_code=code or party.address.city_code))
        for name, party, code in (("emitter", samples.EMITTER, ours), ("recipient", samples.NEIGHBOUR, theirs))
    }
    found = nfe.problems(replace(samples.invoice(), items=(goods,), **parties), samples.NOW)
    assert ("free_zone_other" not in {problem.code for problem in found}) == right


def test_a_return_of_cbs_and_a_donation():
    root = sale(DAYS[1], one(DAYS[1], cbs_return_rate=D(100), donation=True))
    assert (text(root, "gDevTrib/vDevTrib"), text(root, "gCBS/vCBS"), text(root, "IBSCBS/indDoacao")) == (
        *("8.70", "0.00"),
        "1",
    )
    assert text(root, "IBSCBSTot/gCBS/vDevTrib") == "8.70"


def test_a_deferral_of_a_part():
    root = sale(DAYS[1], one(DAYS[1], "510001", deferral_rate=D(40)))
    assert (text(root, "gCBS/gDif/vDif"), text(root, "gCBS/vCBS")) == ("3.48", "5.22")


@pytest.mark.parametrize("specific", [None, D("21.3")])
def test_is_in_the_base_in_its_totals_and_in_the_document(specific):
    goods = one(DAYS[1])
    rules = replace(goods.rules, selective=SelectiveRule("000", "000001", D(13), specific))
    root = sale(DAYS[1], replace(goods, rules=rules))
    selective = D("13.00") + (3 * specific if specific else 0)
    assert D(text(root, "IS/vIS")) == D(text(root, "ISTot/vIS")) == selective
    assert D(text(root, "gIBSCBS/vBC")) == D("99.99") + selective
    taxes = D(text(root, "gIBSCBS/vIBS")) + D(text(root, "gIBSCBS/gCBS/vCBS"))
    assert D(text(root, "total/vNFTot")) == D("99.99") + selective + taxes == D(text(root, "det/vItem"))
    assert text(root, "ICMSTot/vNF") == "99.99"


def test_everything_in_one_document():
    day = DAYS[1]
    codes = ("000001", "200032", "410004", "510001", "515001", "550001", "200022", "200054", "620002", "620003")
    goods = [replace(one(day, code), code=code) for code in codes]
    root = sale(day, *goods)
    assert text(root, "gMono/vIBSMono") == "0.12"
    assert text(root, "IBSCBSTot/gEstornoCred/vIBSEstCred") == "1.23"


def test_the_same_sale_on_the_last_day_of_2026_and_on_the_first_of_2027():
    """The golden pair: informative at 0.1 and 0.9 %, then due and on top at 0.05, 0.05 and what the Senate sets."""
    before, after = (sale(day, one(day)) for day in DAYS[:2])
    said = ("gIBSUF/pIBSUF", "gIBSUF/vIBSUF", "gIBSMun/vIBSMun", "gIBSCBS/vIBS", "gCBS/pCBS", "gCBS/vCBS")
    said += ("det/vItem", "ICMSTot/vNF", "total/vNFTot")
    assert [text(before, path) for path in said] == [
        *("0.1000", "0.10", "0.00", "0.10", "0.9000", "0.90"),
        *("99.99", "99.99", "99.99"),
    ]
    assert [text(after, path) for path in said] == [
        *("0.0500", "0.05", "0.05", "0.10", "8.7000", "8.70"),
        *("108.79", "99.99", "108.79"),
    ]


@pytest.mark.parametrize("code", ["000001", "200047", "200022", "200054", "410004", "510001", "515001", "550001"])
def test_a_document_with_these_groups_is_calculated_again(code):
    """``make recompute`` reads them back: the same amounts come out."""
    issued = datetime.combine(DAYS[0], time(12), UTC).astimezone(samples.BRASILIA)
    goods = one(DAYS[0], code, donation=True)
    report = recompute_bytes(etree.tostring(built_of([goods], issued.date())))
    assert (report.judged, [str(problem) for problem in (*report.differences, *report.unjudged)]) == (1, [])
