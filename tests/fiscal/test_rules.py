"""Which rule holds: against the definition, for random rules and facts; ties, mistakes, spreadsheets."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from fiscal.rules import check, sheet
from fiscal.rules.book import Rulebook
from fiscal.rules.choice import choose, missing
from fiscal.rules.criteria import CRITERIA, PATHS, Criteria, Facts
from fiscal.rules.explain import explain
from fiscal.rules.rule import SUBJECTS, CfopRule, Rule
from fiscal.spec import ContributionRule, IcmsRule, IcmsStRule, IpiRule
from hypothesis import given
from hypothesis import strategies as st

D = Decimal
DAY = date(2026, 11, 23)
SALE = Facts(
    DAY,
    operation="sale/12/",
    product="P1",
    customer="C1",
    ncm="73181500",
    cest="1006200",
    category="1/4/",
    destination="RJ",
    origin="SP",
    contributor="1",
    final_consumer="0",
    regime="3",
    goods_origin="0",
)


def icms(when=None, rate=None, **more):
    return Rule("icms", when or Criteria(), IcmsRule(cst="00", rate=rate and D(rate)), **more)


# --- The winner ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ({"ncm": "7318", "operation": "sale/"}, {"operation": "sale/12/"}),
        ({"operation": "sale/12/"}, {"operation": "sale/"}),
        ({"destination": "RJ"}, {"operation": "sale/12/"}),
        ({"operation": "sale/"}, {"scope": "interstate"}),
        ({"product": "P1"}, {"customer": "C1"}),
        ({"customer": "C1"}, {"ncm": "73181500"}),
        ({"ncm": "7318"}, {"ncm": "73"}),
        ({"ncm": "73"}, {"cest": "1006200"}),
        ({"cest": "1006200"}, {"category": "1/4/"}),
        ({"category": "1/4/"}, {"category": "1/"}),
        ({"category": "1/"}, {"destination": "RJ"}),
        ({"destination": "RJ"}, {"scope": "interstate"}),
        ({"ncm": "73", "destination": "RJ"}, {"ncm": "73"}),
        ({"goods_origin": "0"}, {}),
    ],
)
def test_the_more_specific_rule_wins(stronger, weaker):
    rules = [icms(Criteria(**weaker), "1"), icms(Criteria(**stronger), "2")]
    for order in (rules, rules[::-1]):
        assert Rulebook(order).find("icms", SALE).what.rate == 2


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_is_asked(name):
    value = getattr(SALE, name)
    book = Rulebook([icms(Criteria(**{name: value}))])
    assert book.find("icms", SALE)
    fact = {"origin": "BA"} if name == "scope" else {name: "7/" if name in PATHS else ""}
    other = replace(SALE, **fact) if name != "scope" else replace(SALE, destination="SP")
    assert book.find("icms", other) is None


def test_a_rate_that_changes_on_new_years_day():
    rules = [
        icms(Criteria(valid_to=date(2026, 12, 31)), "18"),
        icms(Criteria(valid_from=date(2027, 1, 1)), "19"),
    ]
    assert not check.problems(rules)
    book = Rulebook(rules)
    found = [book.find("icms", replace(SALE, day=day)).what.rate for day in (date(2026, 12, 31), date(2027, 1, 1))]
    assert found == [18, 19]


def test_no_rule_is_no_rule():
    assert Rulebook([icms(Criteria(valid_to=DAY - timedelta(1)))]).find("icms", SALE) is None
    assert Rulebook([]).find("icms", SALE) is None


SOME = {
    "operation": ["sale/", "sale/12/", "return/"],
    "product": ["P1", "P2"],
    "customer": ["C1"],
    "ncm": ["73", "7318", "73181500", "84"],
    "cest": ["1006200"],
    "category": ["1/", "1/4/", "2/"],
    "destination": ["RJ", "SP", "EX"],
    "origin": ["SP"],
    "scope": ["inside", "interstate", "abroad"],
    "contributor": ["1", "9"],
    "final_consumer": ["0", "1"],
    "regime": ["1", "3"],
    "goods_origin": ["0", "1"],
}
DAYS = st.dates(date(2026, 11, 20), date(2026, 11, 26))
PERIOD = st.tuples(st.none() | DAYS, st.none() | DAYS)


@st.composite
def criteria(draw):
    valid_from, valid_to = draw(PERIOD)
    names = draw(st.lists(st.sampled_from(CRITERIA), max_size=4, unique=True))
    return Criteria(valid_from, valid_to, **{name: draw(st.sampled_from(SOME[name])) for name in names})


RULES = st.lists(st.builds(Rule, st.just("icms"), criteria(), st.just(IcmsRule(cst="00"))), max_size=30)
FACTS = st.builds(
    Facts,
    DAYS,
    **{
        name: st.sampled_from([*values, ""])
        for name, values in {
            **SOME,
            "ncm": ["73181500", "84713012"],
            "category": ["1/4/9/", "2/"],
            "operation": ["sale/12/", "sale/3/", "return/4/"],
        }.items()
        if name != "scope"
    },
)


def fits(rule, facts):
    """The definition, without an index."""
    when = rule.when
    begin, end = when.valid_from or date.min, when.valid_to or date.max
    asked = {name: getattr(when, name) for name in CRITERIA if getattr(when, name)}
    prefixes = {"ncm", "category", "operation"}
    return begin <= facts.day <= end and all(
        getattr(facts, name).startswith(value) if name in prefixes else getattr(facts, name) == value
        for name, value in asked.items()
    )


@given(RULES, FACTS)
def test_the_index_finds_what_the_definition_says(rules, facts):
    fitting = [rule for rule in rules if fits(rule, facts)]
    found = Rulebook(rules).find("icms", facts)
    assert (found is None) == (not fitting)
    if found:
        assert found in fitting
        assert found.when.weight == max(rule.when.weight for rule in fitting)


@given(RULES, FACTS)
def test_without_ties_the_order_of_rules_means_nothing(rules, facts):
    tied = {id(rule) for pair in Rulebook(rules).ties() for rule in pair}
    sound = [rule for rule in rules if id(rule) not in tied]
    assert Rulebook(sound).find("icms", facts) == Rulebook(sound[::-1]).find("icms", facts)


def test_a_lookup_asks_once_for_each_shape_however_many_rules_there_are():
    book = Rulebook([icms(Criteria(ncm=f"{n:08d}")) for n in range(3000)] + [icms(Criteria(destination="RJ"))])
    assert len(book.shapes["icms"]) == 2
    assert book.find("icms", replace(SALE, ncm="00002999")).when.ncm == "00002999"


# --- Why ----------------------------------------------------------------------------------------------------------


def test_why_names_the_losers_and_what_they_lack():
    rules = [
        icms(Criteria(ncm="7318"), ref="winner"),
        icms(Criteria(ncm="73"), ref="less specific"),
        icms(Criteria(ncm="7318", destination="SP"), ref="elsewhere"),
        icms(Criteria(ncm="7318", valid_to=date(2025, 12, 31)), ref="ended"),
        icms(Criteria(ncm="84", destination="SP"), ref="far"),
        Rule("ipi", Criteria(), IpiRule("50"), ref="another tax"),
    ]
    told = explain(Rulebook(rules), "icms", SALE)
    assert told.winner.ref == "winner"
    assert [(loser.rule.ref, loser.unmet) for loser in told.losers] == [
        ("less specific", ()),
        ("elsewhere", ("destination",)),
        ("ended", ("dates",)),
        ("far", ("ncm", "destination")),
    ]


# --- Put together -------------------------------------------------------------------------------------------------

COMPLETE = [
    Rule("cfop", Criteria(), CfopRule("6102")),
    icms(text="Base reduzida conforme o Convênio 52/91"),
    Rule("pis", Criteria(), ContributionRule("01", D("1.65"))),
    Rule("cofins", Criteria(), ContributionRule("01", D("7.6")), text="Base reduzida conforme o Convênio 52/91"),
]


def test_the_rules_of_an_item():
    book = Rulebook(COMPLETE)
    chosen = choose(book, SALE)
    assert not list(missing(book, SALE, "items[0]"))
    assert (chosen.cfop, chosen.rules.icms.cst, chosen.rules.pis.rate, chosen.rules.ipi) == (
        "6102",
        "00",
        D("1.65"),
        None,
    )
    assert chosen.texts == ("Base reduzida conforme o Convênio 52/91",)


@pytest.mark.parametrize("subject", ["cfop", "icms", "pis", "cofins"])
def test_what_has_no_rule_is_refused_by_name(subject):
    book = Rulebook(rule for rule in COMPLETE if rule.subject != subject)
    [problem] = missing(book, SALE, "items[0]")
    assert problem.code == f"rule_missing_for_{subject}"
    assert "73181500" in str(problem)


# --- Mistakes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        (icms(Criteria(date(2026, 2, 1), date(2026, 1, 1))), "when.valid_to"),
        (icms(Criteria(ncm="7a")), "when.ncm"),
        (icms(Criteria(ncm="7")), "when.ncm"),
        (icms(Criteria(cest="12")), "when.cest"),
        (icms(Criteria(destination="XX")), "when.destination"),
        (icms(Criteria(origin="EX")), "when.origin"),
        (icms(Criteria(scope="near")), "when.scope"),
        (icms(Criteria(scope="inside", origin="SP", destination="RJ")), "when.scope"),
        (icms(Criteria(scope="interstate", destination="EX")), "when.scope"),
        (icms(Criteria(contributor="3")), "when.contributor"),
        (icms(Criteria(regime="1")), "when.regime"),
        (icms(rate="100.01"), "what.rate"),
        (icms(rate="-1"), "what.rate"),
        (Rule("icms", Criteria(), IcmsRule(cst="99")), "what.cst"),
        (Rule("icms", Criteria(), IcmsRule()), "what.cst"),
        (Rule("icms", Criteria(), IcmsRule(cst="00", csosn="102")), "what.cst"),
        (Rule("icms", Criteria(), IcmsRule(cst="60", retained_base=D("-1"))), "what.retained_base"),
        (Rule("pis", Criteria(), ContributionRule("10")), "what.cst"),
        (Rule("cfop", Criteria(), CfopRule("5999")), "what.code"),
    ],
)
def test_a_wrong_rule_is_told(rule, path):
    [problem] = check.problems([rule])
    assert problem.path == f"rules[0].{path}"
    assert str(problem)


def test_a_margin_may_be_above_the_price():
    rule = Rule("icms_st", Criteria(ncm="3304"), IcmsStRule(margin_rate=D("177.19")))
    assert not check.problems([rule])
    assert check.problems([replace(rule, what=replace(rule.what, margin_rate=D("-1")))])


def test_all_at_once():
    found = check.problems([icms(Criteria(ncm="x", origin="??"), rate="200"), icms(Criteria(cest="1"))])
    assert {problem.path for problem in found} == {
        "rules[0].when.ncm",
        "rules[0].when.origin",
        "rules[0].what.rate",
        "rules[1].when.cest",
    }


def test_overlapping_dates_are_a_tie():
    first = icms(Criteria(date(2026, 1, 1), date(2026, 6, 30), ncm="73"), ref="first half")
    second = icms(Criteria(date(2026, 6, 30), ncm="73"), ref="second half")
    [problem] = check.problems([first, second])
    assert problem.code == "rules_tie"
    assert "first half" in str(problem)
    assert "second half" in str(problem)
    assert not check.problems([first, replace(second, when=replace(second.when, valid_from=date(2026, 7, 1)))])
    assert not check.problems([first, replace(second, when=replace(second.when, destination="RJ"))])


def test_rivals_are_told_by_name():
    first, second = icms(Criteria(ncm="73"), ref="1"), icms(Criteria(ncm="73"), ref="2")
    book = Rulebook([first, second, icms(Criteria(ncm="74"), ref="3")])
    assert [rule.ref for rule in book.rivals(first)] == ["2"]
    assert [rule.ref for rule in book.rivals(replace(first, when=Criteria(ncm="74")))] == ["3"]
    assert not list(book.rivals(icms(Criteria(ncm="75"), ref="4")))


# --- Spreadsheet --------------------------------------------------------------------------------------------------


@given(RULES)
def test_what_is_written_is_read_back(rules):
    assert sheet.read(list(sheet.write(rules))) == (rules, [])


def test_every_subject_can_be_written_and_read():
    assert not check.problems(COMPLETE)
    assert sheet.read(list(sheet.write(COMPLETE))) == (COMPLETE, [])
    assert set(sheet.VALUES) == set(SUBJECTS)


def test_brazilian_decimals_and_dates():
    line = {"subject": "icms", "cst": "00", "rate": "18,5", "valid_from": "01/12/2026", "ncm": " 7318 "}
    [rule], found = sheet.read([line])
    assert not found
    assert (rule.what.rate, rule.when.valid_from, rule.when.ncm) == (D("18.5"), date(2026, 12, 1), "7318")


def test_every_mistake_of_a_spreadsheet_is_told_with_its_line():
    lines = [
        {"subject": "icms", "cst": "00", "rate": "abc"},
        {"subject": "icms", "cst": "00"},
        {"subject": "nothing"},
        {"subject": "pis", "rate": "1.65"},
        {"subject": "ipi", "cst": "50", "valid_from": "31/02/2026"},
        {"subject": "cfop", "code": "5102", "cst": "00"},
        {"subject": "icms", "cst": "00", "colour": "red"},
        {"subject": "", "cst": ""},
    ]
    rules, found = sheet.read(lines)
    assert [rule.what.cst for rule in rules] == ["00"]
    assert [(problem.path, problem.code) for problem in found] == [
        ("lines[0].rate", "sheet_number"),
        ("lines[2].subject", "sheet_subject"),
        ("lines[3].cst", "sheet_value_missing"),
        ("lines[4].valid_from", "sheet_date"),
        ("lines[5].cst", "sheet_value_unexpected"),
        ("lines[6].colour", "sheet_column"),
    ]
    assert all(str(problem) for problem in found)
