"""The check-up: each check has data that it tells and data that it does not."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from fiscal.checkup.checks import CHECKS, judge
from fiscal.checkup.facts import Customer, Goods, Sale, World
from fiscal.problems import Problem
from fiscal.rules.book import Rulebook
from fiscal.rules.criteria import Criteria
from fiscal.rules.rule import INTERNAL, CfopRule, InternalRateRule, Rule
from fiscal.spec import ContributionRule, IbsCbsRule, IcmsRule, IcmsStRule

D = Decimal
DAY = date(2026, 11, 25)
CHAIR = Goods("chair", ncm="94016100", category="1/4/", unit="UN")
TYRE = Goods("tyre", ncm="40111000", category="1/5/", cest_of_ncm=("1600100",), unit="UN")
NCMS = {"94016100": (None, None), "40111000": (None, None), "94030000": (None, DAY - timedelta(1))}


def icms(cst="00", ref="", **when):
    return Rule("icms", Criteria(**when), IcmsRule(cst=cst), ref=ref or str(when))


CESTS = {"1600100": (None, None)}

GENERAL = [
    *(
        Rule("cfop", Criteria(scope=scope), CfopRule(code), ref=scope)
        for scope, code in (("inside", "5102"), ("interstate", "6102"))
    ),
    icms(ref="general"),
    Rule(INTERNAL, Criteria(), InternalRateRule(modal=True), ref="general"),
    Rule("pis", Criteria(), ContributionRule("01", D("1.65")), ref="general"),
    Rule("cofins", Criteria(), ContributionRule("01", D("7.6")), ref="general"),
    Rule("ibs_cbs", Criteria(), IbsCbsRule("000", "000001"), ref="general"),
]


def world(*goods, rules=(), sales=(), **more):
    book = Rulebook([*GENERAL, *rules])
    return World(DAY, "SP", "3", book, ("sale/12/", "sale/13/"), goods or (CHAIR,), sales, NCMS, CESTS, **more)


def sold(goods=CHAIR, customer="C1", documents=(1, 2), **facts):
    return Sale(replace(world().usual_facts(goods), **facts), goods.ref, customer, frozenset(documents))


def codes(found):
    return [finding.check.code for finding in found]


def told(*args, customers=(), **more):
    return codes(judge(world(*args, **more), customers))


def test_what_is_in_order_is_not_told():
    assert (
        told(
            sales=[sold(), sold(destination="RJ", documents=[3])],
            customers=(Customer("C1", "SP", ie="110042490114", ie_indicator="1"),),
        )
        == []
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ncm": ""}, "ncm_missing"),
        ({"ncm": "9401"}, "ncm_form"),
        ({"ncm": "94019999"}, "ncm_not_in_force"),
        ({"ncm": "94030000"}, "ncm_not_in_force"),
        ({"cest_of_ncm": ("2806400",)}, "cest_possible"),
        ({"cest_of_ncm": ("2806400",), "cest": "1600100"}, "cest_wrong"),
        ({"lacks_factor": True, "taxable_unit": "KG"}, "factor"),
        ({"mistyped_barcode": True}, "gtin"),
    ],
)
def test_a_product(change, code):
    [found] = judge(world(replace(CHAIR, **change), sales=[sold()]))
    assert (found.check.code, found.ref, found.documents) == (code, "chair", {1, 2})
    assert str(found.problem)


def test_an_ncm_that_ends():
    ending = replace(world(), ncms={"94016100": (None, DAY + timedelta(30))})
    assert codes(judge(ending)) == ["ncm_ending"]
    assert codes(judge(replace(ending, day=DAY + timedelta(31)))) == ["ncm_not_in_force"]
    begins = replace(world(), ncms={"94016100": (DAY + timedelta(30), None)})
    assert codes(judge(begins)) == ["ncm_not_in_force"]


def test_substitution_demands_the_cest():
    assert told(TYRE) == ["cest_possible"]
    rule = icms("60", ncm="4011")
    assert told(TYRE, rules=[rule]) == ["cest_demanded"]
    assert told(replace(TYRE, cest="1600100"), rules=[rule]) == []
    assert told(CHAIR, rules=[icms("60", ncm="94", ref="st")]) == ["cest_demanded"]
    every = icms("60", operation="sale/13/")
    assert told(CHAIR, rules=[every]) == [], "an operation of its own demands nothing of what it never sold"
    assert told(CHAIR, rules=[every], sales=[sold(operation="sale/13/")]) == ["cest_demanded"]


def test_what_crosses_a_border():
    imported = replace(CHAIR, origin="5")
    assert told(imported, sales=[sold(imported)]) == []
    assert told(imported, sales=[sold(imported, destination="RJ")]) == ["fci"]
    abroad = [Rule("cfop", Criteria(scope="abroad"), CfopRule("7102"), ref="abroad")]
    by_weight = replace(CHAIR, export_unit="KG")
    found = told(
        by_weight, rules=abroad, sales=[sold(by_weight, destination="EX", contributor="9", final_consumer="1")]
    )
    assert "taxable_unit" in found
    assert "taxable_unit" not in told(by_weight, sales=[sold(by_weight)])


def test_goods_of_one_ncm_are_taxed_alike():
    stool = replace(CHAIR, ref="stool")
    own = icms("40", product="stool")
    assert told(CHAIR, stool, rules=[own]) == ["fallback"]
    assert told(CHAIR, stool, rules=[icms("40", ncm="9401")]) == []
    assert codes(judge(world(CHAIR, stool, rules=[own]), partly=True)) == []


@pytest.mark.parametrize(
    ("change", "uses", "code"),
    [
        ({"ie_indicator": "1"}, "0", "contributor_without_ie"),
        ({"ie_indicator": "9"}, "0", "reseller_without_registration"),
        ({"ie_indicator": "1", "ie": "110042490114"}, "01", "consumer_and_reseller"),
        ({"city": "Campinas", "city_uf": "SP", "uf": "RJ"}, "", "place"),
        ({"city": "Campinas", "zip_city": "Santos"}, "", "place"),
        ({"problems": (Problem("x", "recipient.address.street", "no"),), "lacks": "street"}, "", "not_ready"),
        ({"problems": (Problem("x", "recipient.suframa", "no"),), "lacks": "SUFRAMA"}, "", "suframa"),
        ({"problems": (Problem("x", "recipient.ie", "no"),), "ie": "1", "lacks": "IE"}, "", "ie_wrong"),
    ],
)
def test_a_customer(change, uses, code):
    sales = [sold(final_consumer=use, documents=[number]) for number, use in enumerate(uses)]
    found = [
        each for each in judge(world(sales=sales), (Customer("C1", **{"uf": "SP", **change}),)) if each.ref == "C1"
    ]
    assert codes(found) == [code]
    assert len(found[0].documents) == len(uses)


def test_suframa_that_ended():
    customer = Customer("C1", "AM", suframa="123456789", suframa_until=DAY)
    assert told(customers=(customer,)) == []
    assert told(customers=(replace(customer, suframa_until=DAY - timedelta(1)),)) == ["suframa_ended"]


def test_a_sale_without_a_rule_is_told_with_its_documents():
    sale = sold(destination="EX", documents=[7], contributor="9", final_consumer="1")
    [found] = judge(world(sales=[sale, sold()]))
    assert (found.check.code, found.ref, found.documents) == ("without_rule", "sale/12/", {7})
    assert "CFOP" in str(found.problem)


def test_a_rate_that_would_be_asked_for():
    """DIFAL to a consumer in Rio: no rule says the rate."""
    sales = [sold(destination="RJ", contributor="9", final_consumer="1", documents=[5])]
    [found] = judge(world(sales=sales))
    assert (found.check.code, found.ref, found.documents) == ("asked", "sale/12/", {5})
    assert "RJ" in str(found.problem)


def test_the_rate_inside_the_state_is_asked_for():
    book = Rulebook([rule for rule in GENERAL if rule.subject != INTERNAL])
    assert codes(judge(replace(world(sales=[sold()]), book=book))) == ["asked"]


def test_substitution_that_ends_and_nothing_follows():
    st = IcmsStRule(margin_rate=D(50), rate=D(18))
    rule = Rule("icms_st", Criteria(ncm="9401", valid_to=DAY + timedelta(10)), st, ref="old")
    cest = replace(CHAIR, cest="1600100")
    assert told(cest, rules=[rule]) == ["ends_soon"]
    follows = replace(rule, when=Criteria(ncm="9401", valid_from=DAY + timedelta(11)), ref="new")
    assert told(cest, rules=[rule, follows]) == []
    assert told(cest, rules=[replace(rule, when=Criteria(ncm="9401", valid_to=DAY + timedelta(90)))]) == []


def test_rules_for_nothing():
    assert told(rules=[icms("40", ncm="40")]) == ["no_goods"]
    assert told(rules=[icms("40", ncm="9403")]) == ["ncm_ended", "no_goods"]
    assert told(rules=[icms("40", ncm="40", valid_to=DAY - timedelta(1))]) == [], "what ended is history"


def test_a_rule_that_never_decides():
    """Each operation has a row of its own for these goods, so the one for all sales has nothing left."""
    every = icms("40", ncm="9401", ref="every")
    rows = [icms("41", ncm="9401", operation=path, ref=path) for path in ("sale/12/", "sale/13/")]
    found = list(judge(world(rules=[every, *rows])))
    assert [(each.check.code, each.ref) for each in found] == [("never_wins", "every")]
    assert told(rules=[every, rows[0]]) == []
    assert told(rules=[every, *(replace(row, when=replace(row.when, destination="RJ")) for row in rows)]) == []
    here = icms("40", scope="abroad", destination="SP", ref="nowhere")
    assert told(rules=[here]) == ["never_wins"]


@pytest.mark.parametrize("rule", [("000", "200001"), ("000", "999999"), ("000", "000002")])
def test_the_class_of_a_rule(rule):
    assert told(rules=[Rule("ibs_cbs", Criteria(ncm="94"), IbsCbsRule(*rule), ref="x")]) == ["tax_class"]


def test_every_check_is_proven_here():
    proven = {
        *("ncm_missing", "ncm_form", "ncm_not_in_force", "ncm_ending", "cest_demanded", "cest_possible", "cest_wrong"),
        *("fci", "taxable_unit", "factor", "gtin", "fallback", "not_ready", "contributor_without_ie", "ie_wrong"),
        *(
            "suframa",
            "suframa_ended",
            "place",
            "reseller_without_registration",
            "consumer_and_reseller",
            "asked",
            "without_rule",
        ),
        *("tax_class", "ends_soon", "ncm_ended", "no_goods", "never_wins"),
    }
    assert {check.code for check in CHECKS} == proven
