"""Purchases that go back: what the supplier charged, in pieces, by who pays IPI and who does not, in every regime."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import nfe_samples as samples
import pytest
from fiscal import purchase_returns, schema
from fiscal.documents import nfe
from fiscal.spec import ContributionRule, IcmsRule, IcmsStRule, IpiRule, Returned
from fiscal.taxes import engine, returned
from fiscal.taxes.base import CENT
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from taxes_cases import IN_DAS, NORMAL, D

SALES = {"normal": samples.every_situation_of_crt_3, "simples": samples.every_situation_of_simples}
BUYERS = [(crt, pays) for crt in "123" for pays in (False, True)]


@cache
def purchase(name):
    sold = SALES[name]()
    items = sold.items
    if name == "normal":
        worth = (samples.item(90, replace(NORMAL, ipi=IpiRule("50", D("9.75")))), samples.item(91, ST_AND_IPI))
        items = (*items, *worth)
    taxed = engine.tax_invoice(replace(sold, items=items, payments=(samples.invoice().payments[0],)))
    found, problems = purchase_returns.purchase_of(etree.tostring(nfe.build(taxed).element))
    assert problems == []
    return taxed, found


UNTAXED = replace(NORMAL, pis=ContributionRule("49"), cofins=ContributionRule("49"))
ST_AND_IPI = replace(
    NORMAL,
    icms=IcmsRule(cst="10", rate=D(18)),
    icms_st=IcmsStRule(margin_rate=D(40), rate=D(18)),
    ipi=IpiRule("50", D(5)),
)


def whole(name, number, crt, pays_ipi, said=None):
    _taxed, found = purchase(name)
    given = (found.items[number], found.ipi[number], said or (IN_DAS if crt == "1" else UNTAXED), "5202")
    return purchase_returns.sent_back(*given, crt=crt, pays_ipi=pays_ipi)


def context_of(name, crt):
    taxed, _found = purchase(name)
    return replace(taxed.invoice.tax_context, emitter_crt=crt, purpose="4")


def charges_of(item):
    return {name: getattr(item, name) for name in returned.CHARGES}


@pytest.mark.parametrize(("crt", "pays_ipi"), BUYERS)
@pytest.mark.parametrize("name", SALES)
def test_all_of_a_purchase_goes_back_for_what_was_paid(name, crt, pays_ipi):
    taxed, found = purchase(name)
    context, told = context_of(name, crt), []
    assert found.items.keys() == set(range(1, len(taxed.items) + 1))
    for number, sold in enumerate(taxed.items, 1):
        item = whole(name, number, crt, pays_ipi)
        back = returned.part(Returned(item), item.quantity, charges_of(item))
        assert list(map(str, engine.missing_rules(context, [back]))) == []
        result = engine.compute_item(context, back)
        own, ipi = sold.item.rules.icms, sold.ipi.amount if sold.ipi else 0
        if own.cst and (crt != "1" or own.rate):
            assert (result.icms.base, result.icms.rate) == (sold.icms.base, sold.icms.rate), own
        assert result.total == sold.total or own.relief_deducts, own
        assert result.pis.amount == result.cofins.amount == 0
        assert bool(result.ipi_return) == (bool(ipi) and not (pays_ipi and crt == "3"))
        assert not (ipi and result.ipi and result.ipi_return)
        told.append(back)
    sale = taxed.invoice
    emitter = replace(sale.emitter, crt=crt)
    issued = replace(sale, emitter=emitter, purpose="4", references=(found.key,), nature="Devolução de compra")
    issued = replace(issued, items=tuple(told), payments=(replace(sale.payments[0], method="90", amount=D(0)),))
    assert schema.validate_unsigned(nfe.build(engine.tax_invoice(issued)).element) == []


@pytest.mark.parametrize(("crt", "pays_ipi"), [("1", False), ("3", True), ("3", False)])
@given(st.data())
def test_pieces_add_up_and_none_is_negative(crt, pays_ipi, data):
    _taxed, found = purchase("normal")
    item = whole("normal", data.draw(st.sampled_from(sorted(found.items))), crt, pays_ipi)
    context = context_of("normal", crt)
    quantity = D(data.draw(st.integers(2, 10_000))) / 1000
    item = replace(item, quantity=quantity, taxable_quantity=quantity, discount=D(0))
    cuts = data.draw(st.sets(st.integers(1, int(quantity * 1000) - 1), max_size=4))
    edges = [D(0), *(D(cut) / 1000 for cut in sorted(cuts)), quantity]
    sums = {}
    for before, after in pairwise(edges):
        one = returned.part(Returned(item, before), after - before, {})
        result = engine.compute_item(context, one)
        if back := result.ipi_return:
            assert back.amount >= 0
            assert back.share_rate == one.rules.ipi_return.share_rate <= 100
            sums["pDevol"] = sums.get("pDevol", 0) + back.share_rate
        for tag, value in result.amounts.items():
            sums[tag] = sums.get(tag, 0) + value
    whole_of_it = replace(item, **dict.fromkeys(returned.CHARGES, D(0)))
    full = engine.compute_item(context, whole_of_it)
    assert {tag: sums[tag] for tag in full.amounts} == dict(full.amounts)
    if full.ipi_return:
        assert sums["pDevol"] == 100


def test_situations_and_cfop_of_who_returns():
    taxed, found = purchase("normal")
    places = {(sold.item.rules.icms.cst): number for number, sold in enumerate(taxed.items, 1)}
    st_paid = whole("normal", places["60"], "1", False)
    assert (st_paid.rules.icms.csosn, st_paid.cfop) == ("500", "5411")
    highlighted = whole("normal", places["00"], "1", False)
    assert (highlighted.rules.icms.csosn, highlighted.cfop) == ("900", "5202")
    substituted = whole("normal", places["10"], "3", True)
    assert (substituted.rules.icms.cst, substituted.cfop) == ("10", "5411")
    exempt = whole("normal", places["40"], "1", False)
    assert exempt.rules.icms.csosn == "102"
    of_simples = whole("simples", 1, "3", True)
    assert (of_simples.rules.icms.cst, of_simples.rules.icms.rate) == ("90", 0)
    assert {highlighted.rules.pis.cst, highlighted.rules.cofins.cst} == {"49"}
    said = replace(NORMAL, pis=ContributionRule("49"), cofins=ContributionRule("99"))
    assert whole("normal", 1, "3", True, said).rules.cofins.cst == "99"
    assert found.ipi[len(taxed.items) - 1] > CENT
    imported = purchase_returns.sent_back(
        replace(found.items[1], origin="1"), D(0), None, "6202", crt="3", pays_ipi=False
    )
    assert (imported.origin, imported.rules.pis.cst) == ("2", "49")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.4", "not_xml"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><NFe>&x;</NFe>', "doctype"),
        (b"<nfeProc/>", "not_a_purchase"),
        (b'<NFe xmlns="http://www.portalfiscal.inf.br/nfe"><infNFe Id="NFe1"/></NFe>', "not_a_purchase"),
    ],
)
def test_what_is_no_purchase_is_told(data, code):
    found, problems = purchase_returns.purchase_of(data)
    assert found is None
    assert code in {problem.code for problem in problems}
    assert all(problem.message for problem in problems)
