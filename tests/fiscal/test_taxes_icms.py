"""ICMS of every situation: worked examples of others, what the layout allows, and what must hold for every rule."""

import csv
import importlib.util
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import icms_cases as cases
import nfe_samples as samples
import pki
import pytest
from fiscal.certificate import Certificate
from fiscal.documents import nfe
from fiscal.recompute import recompute_bytes
from fiscal.sign import sign
from fiscal.simulator import checks
from fiscal.spec import IcmsRule, IcmsStRule
from fiscal.tables import rows
from fiscal.taxes import engine, icms, icms_checks, icms_st
from fiscal.taxes.engine import tax_invoice
from fiscal.verify import verify_bytes
from lxml import etree
from taxes_cases import IN_DAS, INSIDE, NORMAL, SIMPLES, D, ipi, item

from dev.core_tests import sample

CASES = list(csv.DictReader((Path(__file__).parent / "golden/icms.csv").open(encoding="utf-8", newline="")))
BUYERS = {"resale": {}, "use": {"final_consumer": True}, "consumer": {"contributor": False, "final_consumer": True}}
XS = {"xs": "http://www.w3.org/2001/XMLSchema"}
FOLDER = Path(importlib.util.find_spec("nfelib").submodule_search_locations[0]) / "nfe/schemas/v4_0"
LAYOUT = etree.parse(FOLDER / "leiauteNFe_v4.00.xsd").find(".//xs:element[@name='ICMS']", XS)
SINGLE_PHASE = {"02", "15", "53", "61"}


def values(kind, text):
    """``rate=18 mode=6`` as the arguments of a rule of ``kind``."""
    types = {field.name: field.type for field in fields(kind)}
    given = dict(part.split("=") for part in text.split())
    convert = {str: str, bool: lambda value: value == "1"}
    return {name: convert.get(types[name], D)(value) for name, value in given.items()}


# --- Worked examples ---------------------------------------------------------------------------------------------


def example(case):
    """The context and the item of a row of the golden table."""
    context = replace(
        SIMPLES if case["crt"] == "1" else INSIDE,
        emitter_uf=case["from"],
        recipient_uf=case["to"],
        **BUYERS[case["buyer"]],
    )
    code = {"csosn" if len(case["situation"]) == 3 else "cst": case["situation"]}
    substitution = case["substitution"]
    return context, item(
        price=case["price"],
        rules=IN_DAS if case["crt"] == "1" else NORMAL,
        cfop="5403" if substitution else "5102",
        icms=IcmsRule(**code, **values(IcmsRule, case["own"])),
        icms_st=IcmsStRule(**values(IcmsStRule, substitution)) if substitution else None,
        ipi=ipi(case["ipi_rate"]) if case["ipi_rate"] else None,
        **{name: D(case[name] or "0") for name in ("discount", "freight", "insurance", "other")},
    )


@pytest.mark.parametrize("case", CASES, ids=lambda row: f"{row['situation']}-{row['price']}-{row['expected'][:25]}")
def test_worked_example(case):
    context, one = example(case)
    wrong = [p for tax in (icms.TAX, icms_st.TAX) for p in tax.problems(context, one, "items[0]")]
    assert [str(problem) for problem in wrong] == []
    line = engine.compute_item(context, one)
    found = cases.written(line)[1] | {"vNF": str(line.total)}
    for tag, expected in (part.split("=") for part in case["expected"].split()):
        if tag.startswith("mod"):
            assert found[tag] == expected
        else:
            assert abs(D(found[tag]) - D(expected)) <= D(case["tolerance"] or "0"), (tag, found)


def test_there_are_enough_examples_in_both_regimes():
    assert len(CASES) >= 50
    assert {case["situation"] for case in CASES} >= {"10", "20", "30", "40", "51", "60", "70", "90"}
    assert {case["situation"] for case in CASES} >= {"201", "202", "203", "500", "900"}
    assert all(case["source"] for case in CASES)


# --- The layout --------------------------------------------------------------------------------------------------


def enumerated(group, tag):
    found = LAYOUT.iterfind(f".//xs:element[@name='{group}']//xs:element[@name='{tag}']//xs:enumeration", XS)
    return {value.get("value") for value in found}


def test_the_table_of_groups_is_the_layouts():
    table = icms_checks.groups()
    situations = {row["code"] for row in rows("tax_situations") if row["table"].startswith("icms")}
    assert set(table) == situations - SINGLE_PHASE
    tags = {"own": "modBC", "reduction": "pRedBC", "deferral": "pDif", "fcp": "pFCP", "relief": "motDesICMS"}
    tags |= {"st": "vBCST", "st_relief": "motDesICMSST", "effective": "vBCEfet", "retained": "vBCSTRet"}
    tags |= {"credit": "pCredSN"}
    for code, group in table.items():
        parts = {
            part
            for part, tag in tags.items()
            if LAYOUT.find(f".//xs:element[@name='{group.tag}']//xs:element[@name='{tag}']", XS) is not None
        }
        assert group.parts - {"share", "destination"} == parts, code
        assert group.reasons == enumerated(group.tag, "motDesICMS"), code
        assert group.st_reasons == enumerated(group.tag, "motDesICMSST"), code
        assert ("share" in group.parts) == (code in enumerated("ICMSPart", "CST"))


def sold(rule, substitution):
    """A right invoice with one item of these rules."""
    return cases.sold([(rule, substitution)], crt="1" if rule.csosn else "3")


@cache
def certificate(cnpj):
    return Certificate.load(pki.pfx(cnpj), pki.PASSWORD)


def judged(invoice):
    """The XML is right to the XSD, to the arithmetic of ``verify`` and to the simulator; the taxed invoice."""
    assert [str(p) for p in nfe.problems(invoice, samples.NOW)] == []
    taxed = tax_invoice(invoice)
    assert [str(p) for p in nfe.amount_problems(taxed)] == []
    built = nfe.build(taxed)
    assert [str(p) for p in verify_bytes(sign(built.element, certificate(invoice.emitter.tax_id)))] == []
    context = checks.Context(samples.NOW, built.access_key[:2])
    assert [r.cStat for r in checks.refusals(checks.Document(built.element[0]), context)] == []
    return taxed


@pytest.mark.parametrize(
    ("rule", "substitution"), sample(cases.NORMAL + cases.SIMPLES, one_in=4), ids=lambda rule: str(rule)[:40]
)
def test_every_situation_is_written_as_the_layout_allows(rule, substitution):
    taxed = judged(sold(rule, substitution))
    tag, found = cases.written(taxed.items[0])
    special = rule.share_rate is not None or rule.destination_st_base is not None
    assert special or tag == icms_checks.groups()[rule.cst or rule.csosn].tag
    assert ("vBCST" in found) == (substitution is not None)
    assert taxed.totals["vST"] == D(found.get("vICMSST", "0"))
    deducted = D(found.get("vICMSDeson", "0")) if rule.relief_deducts else 0
    on_top = D(found.get("vICMSST", "0")) + D(found.get("vFCPST", "0"))
    assert taxed.totals.invoice == taxed.totals["vProd"] + on_top - deducted


@pytest.mark.parametrize(("pairs", "crt"), [(cases.NORMAL, "3"), (cases.NORMAL, "2"), (cases.SIMPLES, "1")])
def test_all_situations_in_one_invoice(pairs, crt):
    judged(cases.sold(pairs, crt))


def test_every_situation_has_a_case():
    codes = {rule.cst or rule.csosn for rule, _st in cases.NORMAL + cases.SIMPLES}
    assert codes == set(icms_checks.groups())
    # Every value a rule can have is given by one of them, and every way to find a base.
    for kind, position in ((IcmsRule, 0), (IcmsStRule, 1)):
        given = [pair[position] for pair in cases.NORMAL + cases.SIMPLES if pair[position]]
        given += [cases.example_of_use] if kind is IcmsStRule else [cases.example_of_benefit]
        for field in fields(kind):
            assert any(getattr(one, field.name) != field.default for one in given), field.name


def test_what_was_withheld_is_calculated_again_from_the_xml():
    """``make recompute`` reads these groups: what the margin, the rates and the rest give is what is written."""
    told = {"relief_reason", "base_mode"}  # how they were found is not in the XML
    pairs = [
        (rule, st)
        for rule, st in cases.NORMAL
        if not any(getattr(rule, name) != IcmsRule.__dataclass_fields__[name].default for name in told)
        and rule.rate != 0
        and (st is None or st.unit_price is None)
    ]
    assert len(pairs) > 15
    made = cases.sold(pairs)
    report = recompute_bytes(etree.tostring(nfe.build(tax_invoice(made)).element))
    assert [str(problem) for problem in report.differences + report.unjudged + report.wrong] == []
    assert report.judged == len(pairs)


# --- Details -----------------------------------------------------------------------------------------------------


def taxed(context=INSIDE, **values):
    return engine.compute_item(context, item(**values))


def test_bare_deferral_and_other_write_nothing():
    for cst in ("51", "90"):
        assert set(cases.written(taxed(icms=IcmsRule(cst=cst, rate=D(0))))[1]) == {"orig", "CST"}


def test_deferred_fund():
    rule = IcmsRule(cst="51", deferral_rate=D(40), fcp_rate=D(2), fcp_deferral_rate=D(50))
    _tag, found = cases.written(taxed(price="1000", icms=rule))
    assert [found[tag] for tag in ("vICMSOp", "vICMSDif", "vICMS")] == ["180.00", "72.00", "108.00"]
    assert [found[tag] for tag in ("vFCP", "vFCPDif", "vFCPEfet")] == ["20.00", "10.00", "10.00"]


def test_the_general_fund_of_a_state_is_not_passed_over_by_a_deferral():
    inside = replace(INSIDE, emitter_uf="RJ", recipient_uf="RJ")
    rule = IcmsRule(cst="51", deferral_rate=D(100))
    assert refused(inside, icms=rule) == {("icms_fcp_deferral_missing", "icms.fcp_deferral_rate")}
    assert refused(inside, icms=replace(rule, fcp_deferral_rate=D(100))) == set()
    assert refused(inside, icms=replace(rule, fcp_rate=D(0))) == set()


def test_goods_sold_to_manaus():
    """Convênio ICM 65/1988: exempt, and the tax that would be due (7 %) is taken off the price."""
    rule = IcmsRule(cst="40", relief_reason="7", relief_method="base", relief_deducts=True)
    rules = replace(samples.NORMAL, icms=rule)
    address = replace(samples.CUSTOMER.address, city_code="1302603", city="Manaus", uf="AM", zip="69005010")
    recipient = replace(samples.CUSTOMER, address=address, ie="041234567", suframa="200123456")
    made = samples.invoice(samples.item(100, rules, cfop="6109", unit_price=D(10)), recipient=recipient)
    result = tax_invoice(made)
    assert (result.items[0].icms.relief_amount, result.totals.invoice) == (D("70.00"), D("930.00"))
    told = {
        (p.code, p.path) for p in nfe.problems(replace(made, recipient=replace(recipient, suframa="")), samples.NOW)
    }
    assert ("suframa_missing", "recipient.suframa") in told
    elsewhere = replace(made, items=(replace(made.items[0], cfop="6102"),))
    assert ("suframa_cfop", "items[0].cfop") in {(p.code, p.path) for p in nfe.problems(elsewhere, samples.NOW)}


def test_a_relief_that_rounds_to_nothing_is_not_written():
    rule = IcmsRule(cst="40", **cases.RELIEF)
    assert "motDesICMS" not in cases.written(taxed(price="0.02", icms=rule))[1]


def test_the_own_fund_is_deducted_from_that_of_the_substitution():
    inside = replace(INSIDE, emitter_uf="RJ", recipient_uf="RJ")
    rule = IcmsStRule(margin_rate=D(50))
    _tag, found = cases.written(taxed(inside, price="1000", icms=IcmsRule(cst="10"), icms_st=rule))
    # RJ: 20 % and FCP of 2 %, from the table.
    assert [found[tag] for tag in ("vICMS", "vFCP")] == ["200.00", "20.00"]
    assert [found[tag] for tag in ("vBCST", "vICMSST", "vFCPST")] == ["1500.00", "100.00", "10.00"]


@pytest.mark.parametrize(
    ("margin", "interstate", "internal", "expected"),
    [("40", "12", "18", "50.24"), ("45", "12", "18", "55.61"), ("40", "12", "12", "40"), ("40", "12", "7", "40")],
)
def test_adjusted_margin(margin, interstate, internal, expected):
    # 50.24 is what authorised NF-e of 2018 state (SP to MG), 55.61 Protocolo ICMS 28/2009's in an accountants' forum.
    assert icms_st.adjusted_margin(D(margin), D(interstate), D(internal)) == D(expected)


def test_simples_never_adjusts_its_margin_and_deducts_the_interstate_rate():
    rule = IcmsStRule(margin_rate=D(40), adjusts_margin=True, rate=D(18), fcp_rate=D(0))
    away = {"recipient_uf": "MG"}
    simples = taxed(replace(SIMPLES, **away), price="1000", rules=IN_DAS, icms=IcmsRule(csosn="202"), icms_st=rule)
    normal = taxed(replace(INSIDE, **away), price="1000", icms=IcmsRule(cst="10"), icms_st=rule)
    assert (simples.icms_st.margin_rate, simples.icms_st.amount) == (D(40), D("132.00"))
    assert (normal.icms_st.margin_rate, normal.icms_st.amount) == (D("50.24"), D("150.43"))
    burden = replace(rule, margin_internal_rate=D(12))
    assert taxed(replace(INSIDE, **away), icms=IcmsRule(cst="10"), icms_st=burden).icms_st.margin_rate == D(40)


def test_what_is_deducted_may_be_said():
    """PR, Boletim Informativo 12/2015: the own ICMS is partly deferred to 12 %, the ST counts the whole 18 %."""
    rule = replace(cases.MARGIN, margin_rate=D(40), deduction_rate=D(18))
    result = taxed(price="1000", icms=IcmsRule(cst="10", rate=D(12)), icms_st=rule)
    assert (result.icms.amount, result.icms_st.amount) == (D("120.00"), D("72.00"))


def test_the_discount_may_stay_in_the_base():
    rule = replace(cases.MARGIN, margin_rate=D(50))
    given = {"price": "100", "discount": D(10), "icms": IcmsRule(cst="10")}
    assert taxed(**given, icms_st=rule).icms_st.base == D("135.00")
    assert taxed(**given, icms_st=replace(rule, keeps_discount=True)).icms_st.base == D("150.00")


def test_a_list_counts_the_taxable_unit():
    rule = replace(cases.PRICE, unit_price=D("3.5"))
    result = taxed(
        quantity="2", price="100", taxable_unit="L", taxable_quantity=D(60), icms=IcmsRule(cst="10"), icms_st=rule
    )
    assert result.icms_st.base == D("210.00")


def test_goods_invoiced_straight_to_the_consumer():
    """Convênio ICMS 51/2000: pBCOp of the base is the maker's, the tax on the whole less his goes to UFST."""
    rule = IcmsRule(cst="10", rate=D(12), share_rate=D("55.28"), share_uf="MG")
    st = IcmsStRule(mode="6", rate=D(12), fcp_rate=D(0))
    _tag, found = cases.written(taxed(price="100000", icms=rule, icms_st=st))
    assert [found[tag] for tag in ("vBC", "vICMS", "vBCST", "vICMSST")] == [
        "55280.00",
        "6633.60",
        "100000.00",
        "5366.40",
    ]


# --- What is refused ---------------------------------------------------------------------------------------------


def refused(context=INSIDE, **values):
    """The codes and fields of what is wrong with the item."""
    found = engine.missing_rules(context, [item(**values)])
    return {(problem.code, problem.path.removeprefix("items[0].rules.")) for problem in found}


OWN = [
    (IcmsRule(cst="51"), ("icms_deferral_missing", "icms.deferral_rate")),
    (IcmsRule(cst="51", deferral_rate=D(101)), ("rate_invalid", "icms.deferral_rate")),
    (
        IcmsRule(cst="51", deferral_rate=D(10), fcp_rate=D(2)),
        ("icms_fcp_deferral_missing", "icms.fcp_deferral_rate"),
    ),
    (IcmsRule(cst="90"), ("icms_rate_unsaid", "icms.rate")),
    (IcmsRule(cst="70", base_reduction=D(5)), ("rule_missing_st", "icms")),
    (IcmsRule(cst="00", deferral_rate=D(5)), ("icms_value_unexpected", "icms.deferral_rate")),
    (IcmsRule(cst="00", **cases.RELIEF), ("icms_value_unexpected", "icms.relief_reason")),
    (IcmsRule(cst="00", effective_rate=D(18)), ("icms_value_unexpected", "icms.effective_rate")),
    (IcmsRule(cst="40", base_mode="1"), ("icms_value_unexpected", "icms.base_mode")),
    (IcmsRule(cst="00", base_margin_rate=D(5)), ("icms_value_unexpected", "icms.base_margin_rate")),
    (IcmsRule(cst="00", base_unit_price=D(5)), ("icms_value_unexpected", "icms.base_unit_price")),
    (IcmsRule(cst="00", base_mode="7"), ("icms_base_mode", "icms.base_mode")),
    (IcmsRule(cst="00", base_mode="0"), ("icms_margin_missing", "icms.base_margin_rate")),
    (IcmsRule(cst="00", base_mode="0", base_margin_rate=D(-1)), ("margin_invalid", "icms.base_margin_rate")),
    (IcmsRule(cst="00", base_mode="1"), ("icms_price_missing", "icms.base_unit_price")),
    (IcmsRule(cst="40", relief_method="base"), ("icms_relief_reason_missing", "icms.relief_reason")),
    (IcmsRule(cst="40", relief_reason="9"), ("icms_relief_method", "icms.relief_method")),
    (IcmsRule(cst="40", relief_reason="12", relief_method="base"), ("icms_relief_reason", "icms.relief_reason")),
    (
        IcmsRule(cst="40", relief_reason="9", relief_method="inside", relief_deducts=True),
        ("icms_relief_inside_deducts", "icms.relief_deducts"),
    ),
    (IcmsRule(cst="40", rate=D(0), **cases.RELIEF), ("icms_relief_rate", "icms.rate")),
    (IcmsRule(cst="60", retained_fcp_rate=D(2)), ("icms_retained_fcp_incomplete", "icms.retained_fcp_base")),
    (IcmsRule(cst="60", effective_reduction=D(2)), ("icms_effective_rate_missing", "icms.effective_rate")),
    (
        IcmsRule(cst="60", **cases.RETAINED, destination_st_base=D(2)),
        ("icms_retained_incomplete", "icms.retained_base"),
    ),
    (IcmsRule(cst="41", destination_st_amount=D(2)), ("icms_retained_incomplete", "icms.retained_base")),
    (IcmsRule(cst="20", base_reduction=D(5), share_uf="MG"), ("icms_share_incomplete", "icms.share_rate")),
]


@pytest.mark.parametrize(("rule", "told"), OWN, ids=lambda value: str(value)[:60])
def test_own_rules_that_cannot_be(rule, told):
    assert refused(icms=rule) == {told}


ST = [
    (IcmsStRule(), ("icms_st_margin_missing", "icms_st.margin_rate")),
    (IcmsStRule(margin_rate=D(1000)), ("margin_invalid", "icms_st.margin_rate")),
    (IcmsStRule(mode="9"), ("icms_st_mode", "icms_st.mode")),
    (IcmsStRule(mode="5"), ("icms_price_missing", "icms_st.unit_price")),
    (IcmsStRule(mode="5", unit_price=D(1), margin_rate=D(4)), ("icms_value_unexpected", "icms_st.margin_rate")),
    (replace(cases.MARGIN, unit_price=D(4)), ("icms_value_unexpected", "icms_st.unit_price")),
    (replace(cases.MARGIN, rate=D(0)), ("icms_st_rate", "icms_st.rate")),
    (replace(cases.MARGIN, rate=D(99), fcp_rate=D(2)), ("icms_st_rate", "icms_st.rate")),
    (replace(cases.MARGIN, rate=D(101)), ("rate_invalid", "icms_st.rate")),
    (replace(cases.MARGIN, relief_reason="1"), ("icms_relief_reason", "icms_st.relief_reason")),
    (replace(cases.MARGIN, difference="single"), ("icms_st_difference", "icms_st.difference")),
    (replace(cases.MARGIN, deducts_relief=True), ("icms_value_unexpected", "icms_st.deducts_relief")),
]


@pytest.mark.parametrize(("rule", "told"), ST, ids=lambda value: str(value)[:60])
def test_substitutions_that_cannot_be(rule, told):
    assert told in refused(icms=IcmsRule(cst="10"), icms_st=rule)


def test_substitution_where_there_is_none():
    assert refused(icms=IcmsRule(cst="00"), icms_st=cases.MARGIN) == {("icms_value_unexpected", "icms_st")}
    assert refused(cfop="5403") == {("rule_missing_st", "items[0].cfop")}


def test_the_buyers_own_use_has_no_later_operations():
    own_use = replace(INSIDE, final_consumer=True)
    assert refused(own_use, icms=IcmsRule(cst="10"), icms_st=cases.MARGIN) == {("icms_st_end_use", "icms_st")}
    away = replace(own_use, recipient_uf="MG")
    difference = IcmsStRule(mode="6", difference="double", rate=D(18), fcp_rate=D(0))
    assert refused(away, cfop="6403", icms=IcmsRule(cst="10"), icms_st=difference) == set()


def test_a_destination_without_a_known_rate_is_named():
    away = replace(INSIDE, recipient_uf="AL", issue_date=date(2025, 12, 31))
    rule = IcmsStRule(margin_rate=D(40))
    told = refused(away, cfop="6403", icms=IcmsRule(cst="10"), icms_st=rule)
    assert told == {("icms_st_rate_unknown", "icms_st.rate")}
    given = replace(rule, rate=D(19), fcp_rate=D(1))
    assert refused(away, cfop="6403", icms=IcmsRule(cst="10"), icms_st=given) == set()


def test_goods_under_substitution_need_their_cest():
    for rule, substitution in cases.NORMAL + cases.SIMPLES:
        code = rule.cst or rule.csosn
        made = sold(rule, substitution)
        told = {p.code for p in nfe.problems(replace(made, items=(replace(made.items[0], cest=""),)), samples.NOW)}
        named = code in {"10", "30", "60", "70", "201", "202", "203", "500"} or substitution is not None
        assert ("cest_missing" in told) == (named and rule.share_rate is None), rule


def test_no_amount_is_negative():
    cheap = replace(cases.PRICE, unit_price=D("0.01"))
    result = taxed(icms=IcmsRule(cst="10"), icms_st=replace(cheap, fcp_rate=D(2)))
    assert all(value >= 0 for value in vars(result.icms_st).values() if isinstance(value, Decimal))
    assert result.icms_st.amount == 0
