"""What is shipped, for every regime, pair of UFs and kind of buyer: each sale is computed, or refused by name."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from fiscal import operations
from fiscal.rules.book import Rulebook
from fiscal.rules.choice import choose, missing
from fiscal.rules.criteria import Criteria, Facts
from fiscal.rules.rule import INTERNAL, CfopRule, InternalRateRule, Rule
from fiscal.spec import ContributionRule, DifalRule, IbsCbsRule, IcmsRule, TaxContext
from fiscal.tables import rows
from fiscal.taxes import asked, engine
from hypothesis import given
from hypothesis import strategies as st
from taxes_cases import D, item

DAY = date(2026, 11, 23)
UFS = tuple(row["uf"] for row in rows("uf"))
#: What may be asked of each regime: nothing of Simples and the MEI, the ICMS rates of the others.
ASKED = {
    "1": set(),
    "4": set(),
    "2": {"icms_rate_unconfirmed", "rule_missing_difal", "difal_base_missing"},
    "3": {"icms_rate_unconfirmed", "rule_missing_difal", "difal_base_missing"},
}
#: contributor, exempt from registration, final consumer
BUYERS = ((True, False, False), (True, False, True), (False, True, True), (False, False, True))


def shipped(crt):
    """The rules of a resale, as a new company of that regime has them: the same situations, read from what it reads."""
    resale = next(operation for operation in operations.shipped(crt) if operation.key == "resale")
    for said in resale.rules(crt):
        buyer = {"any": "", "no": "9"}[said.contributor]
        when = Criteria(operation="sale/1/", scope=said.scope, contributor=buyer)
        taxed = said.contribution_taxed
        yield Rule("cfop", when, CfopRule(said.cfop))
        if not said.contribution:
            continue
        yield Rule("icms", when, IcmsRule(cst=said.cst, csosn=said.csosn))
        yield Rule("pis", when, ContributionRule(said.contribution, D("1.65") if taxed else D(0)))
        yield Rule("cofins", when, ContributionRule(said.contribution, D("7.6") if taxed else D(0)))
        if said.ibs_cbs_class:
            yield Rule("ibs_cbs", when, IbsCbsRule(said.ibs_cbs_class[:3], said.ibs_cbs_class))


def sale(book, crt, origin, destination, buyer, day=DAY):
    """The context and item of a sale, or what keeps it from having any."""
    contributor, exempt, consumer = buyer
    context = TaxContext(origin, crt, destination, contributor, consumer, day, exempt_contributor=exempt)
    facts = Facts(
        day,
        operation="sale/1/",
        ncm="94016100",
        destination=destination,
        origin=origin,
        regime=crt,
        contributor="1" if contributor else "9",
        final_consumer=str(int(consumer)),
        goods_origin="0",
    )
    assert not list(missing(book, facts, "items[0]"))
    choice = choose(book, facts)
    return context, item(rules=choice.rules, cfop=choice.cfop, ncm="94016100", price="1000")


@pytest.mark.parametrize("crt", "1234")
def test_every_pair_of_states_and_kind_of_buyer(crt):
    """2,916 sales a regime: computed with the tax of the law, or refused by the name of what is asked."""
    book = Rulebook(shipped(crt))
    for origin, destination, buyer in product(UFS, UFS, BUYERS):
        context, goods = sale(book, crt, origin, destination, buyer)
        told = {problem.code for problem in engine.missing_rules(context, [goods])}
        assert told <= ASKED[crt], (origin, destination, buyer)
        if crt in "23" and origin == destination:
            assert told == {"icms_rate_unconfirmed"}  # never the modal rate by itself
        elif crt in "23" and buyer[:2] == (False, False):
            assert "rule_missing_difal" in told
        else:
            assert not told
            taxed = engine.compute_item(context, goods)
            assert (taxed.icms.amount > 0) == (crt in "23")
            assert taxed.difal is None


@pytest.mark.parametrize("crt", "23")
def test_once_it_is_answered_only_unconfirmed_bases_stay(crt):
    """Inside every state, and to consumers of every other, with the modal rate that somebody said is right."""
    answers = [
        Rule(INTERNAL, Criteria(scope="inside"), InternalRateRule(modal=True)),
        Rule("difal", Criteria(scope="interstate"), DifalRule(modal=True)),
    ]
    book = Rulebook([*shipped(crt), *answers])
    unsure = {row["uf"] for row in rows("difal_bases") if not row["method"]}
    for origin, destination, buyer in product(UFS, UFS, BUYERS):
        context, goods = sale(book, crt, origin, destination, buyer)
        told = {problem.code for problem in engine.missing_rules(context, [goods])}
        owed = origin != destination and buyer[:2] == (False, False)
        assert told == ({"difal_base_missing"} if owed and destination in unsure else set())
        if not told:
            taxed = engine.compute_item(context, goods)
            assert taxed.icms.amount > 0
            assert (taxed.difal is not None) == owed


@given(
    situation=st.sampled_from(("00", "10", "20", "40", "41", "50", "51", "60", "70", "90")),
    own=st.none() | st.decimals("1", "40", places=2),
    ncm=st.sampled_from(("", "94", "9401", "94016100")),
    of_situation=st.sampled_from(("", "94", "940161")),
    rate=st.decimals("1", "40", places=2),
)
def test_the_more_specific_rate_holds(situation, own, ncm, of_situation, rate):
    """And a situation without a rate of its own has the goods', whichever rule is more specific."""
    icms = Rule("icms", Criteria(operation="sale/1/", ncm=of_situation), IcmsRule(cst=situation, rate=own))
    internal = Rule(INTERNAL, Criteria(ncm=ncm), InternalRateRule(rate=rate))
    others = [rule for rule in shipped("3") if rule.subject not in ("icms", INTERNAL)]
    facts = Facts(DAY, operation="sale/1/", ncm="94016100", destination="SP", origin="SP", regime="3")
    found = choose(Rulebook([icms, internal, *others]), facts).icms
    rated = situation in ("00", "10", "20", "51", "70")
    wins = rated and (own is None or len(ncm) > len(of_situation))
    assert found.rate == (rate if wins else own)
    assert found.modal is False
    away = choose(Rulebook([icms, internal, *others]), replace(facts, destination="RJ"))
    assert away.icms.rate == own


def test_rates_of_simples_substitutes_are_asked_too():
    """What a substitute of Simples deducts is the own tax at the goods' rate (CSOSN 201 to 203)."""
    rule = Rule("icms", Criteria(), IcmsRule(csosn="202"))
    others = [rule for rule in shipped("1") if rule.subject != "icms"]
    facts = Facts(DAY, operation="sale/1/", ncm="94016100", destination="SP", origin="SP", regime="1")
    assert choose(Rulebook([rule, *others]), facts).icms.modal is False
    said = Rule(INTERNAL, Criteria(), InternalRateRule(modal=True))
    assert choose(Rulebook([rule, said, *others]), facts).icms.modal is True


@pytest.mark.parametrize(
    ("ncm", "day", "kind"),
    [
        ("33049910", DAY, "single_phase"),
        ("22021000", DAY, "single_phase"),
        ("10063021", DAY, "zero"),
        ("94016100", DAY, None),
        ("33049910", date(2027, 1, 1), None),  # they end with 2026
    ],
)
def test_special_lists_of_pis_and_cofins(ncm, day, kind):
    found = asked.contribution_list(ncm, day)
    assert (found and found.kind) == kind


def test_who_makes_or_imports_owes_ipi():
    assert asked.owes_ipi("5101", "0")
    assert asked.owes_ipi("6401", "0")
    assert asked.owes_ipi("5102", "1")
    assert not asked.owes_ipi("5102", "2")
    assert not asked.owes_ipi("5102", "0")
    known = {row["cfop"] for row in rows("cfop")}
    assert all(row["cfop"] in known and row["source"] for row in rows("ipi_cfops"))
