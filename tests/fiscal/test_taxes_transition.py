"""What the Constitution ends, by the day: PIS and COFINS by themselves, IPI of goods of which somebody has said so."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from fiscal.spec import ContributionRule, IcmsRule, IpiRule, TaxRules
from fiscal.taxes import transition

LAST, FIRST = date(2026, 12, 31), date(2027, 1, 1)
RULES = TaxRules(
    icms=IcmsRule(cst="00"),
    pis=ContributionRule("01", Decimal("1.65")),
    cofins=ContributionRule("03", unit_value=Decimal("0.5")),
    ipi=IpiRule("50", Decimal(5)),
)


def test_nothing_ends_in_2026():
    assert transition.settled(RULES, LAST, ipi_ends=True) is RULES


@pytest.mark.parametrize(("entry", "cst"), [(False, "08"), (True, "74")])
def test_pis_and_cofins_end_with_2026(entry, cst):
    settled = transition.settled(RULES, FIRST, entry=entry)
    assert (settled.pis, settled.cofins) == (ContributionRule(cst), ContributionRule(cst))
    assert settled.ipi is RULES.ipi  # nobody has said that it ends


def test_ipi_ends_where_it_was_said():
    assert transition.settled(RULES, FIRST, ipi_ends=True).ipi == IpiRule("51")
    assert transition.settled(RULES, FIRST, entry=True, ipi_ends=True).ipi == IpiRule("01")


def test_what_is_not_charged_stays_as_it_is():
    """A company of Simples goes on with its 49, and an exempt sale with its code."""
    rules = replace(RULES, pis=ContributionRule("49"), cofins=ContributionRule("07"), ipi=IpiRule("52", cEnq="301"))
    assert transition.settled(rules, FIRST, ipi_ends=True) is rules


def test_each_end_has_its_source():
    assert all(step.source for step in transition.shares(FIRST).values())
    assert {name for name, step in transition.shares(FIRST).items() if not step.share} == {"pis", "cofins", "ipi"}
