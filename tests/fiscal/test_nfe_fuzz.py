"""Whatever invoice comes: problems, or XML that the official schema accepts. Never an exception, never both silent."""

import re
import string
from dataclasses import replace
from decimal import Decimal
from functools import cache

import icms_cases
import nfe_samples as samples
import pki
from fiscal.certificate import Certificate
from fiscal.documents import nfe
from fiscal.problems import FiscalError
from fiscal.sign import sign
from fiscal.simulator import checks
from fiscal.spec import Invoice, Payment
from fiscal.taxes.engine import tax_invoice
from fiscal.verify import verify_bytes
from hypothesis import event, example, given
from hypothesis import strategies as st
from nfe_samples_reform import every_group_of_ibs_and_cbs, suspended
from nfe_strategies import anything, spoiled

# What only the moment decides: production's own environment, and a contingency that is not in force.
OF_THE_MOMENT = {"252", "570"}
# The table of NCMs is Odoo's, where the accountant may add one that is younger than this release.
OF_ODOO = {"778"}


@cache
def company_certificate(cnpj: str) -> Certificate:
    return Certificate.load(pki.pfx(cnpj), pki.PASSWORD)


def outcome(invoice: Invoice) -> list:
    """The problems of ``invoice``; where there are none its XML must be right, to the schema and to the simulator."""
    found = nfe.problems(invoice, samples.NOW)
    taxed = None
    try:
        taxed = tax_invoice(invoice)
    except FiscalError as error:
        found += error.problems
    if taxed:
        found += nfe.amount_problems(taxed)  # also beside other problems: a user sees all at once
    if found:
        return found
    built = nfe.build(taxed)
    signed = sign(built.element, company_certificate(invoice.emitter.tax_id))
    event("built")
    assert [str(problem) for problem in verify_bytes(signed)] == []  # the official XSD, and every sum
    context = checks.Context(samples.NOW, built.access_key[:2])
    refused = {refusal.cStat for refusal in checks.refusals(checks.Document(built.element[0]), context)}
    assert refused <= OF_THE_MOMENT | OF_ODOO
    return []


def judged(invoice: Invoice) -> None:
    """Every problem can be shown, and its path leads into the invoice."""
    for problem in outcome(invoice):
        assert problem.code
        assert str(problem)
        assert leads(invoice, problem.path), problem


def leads(invoice: Invoice, path: str) -> bool:
    """Whether ``path`` begins at something of the invoice; amounts are the engine's (``totals.icms``)."""
    value = invoice
    for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
        if not hasattr(value, name):
            return value is not invoice or name == "totals"
        value = getattr(value, name)
        if index:
            value = value[int(index)]
    return True


@given(anything(Invoice))
def test_any_invoice_at_all(invoice):
    judged(invoice)


# One invoice with every part of ICMS that a company of the normal regime has, and one of Simples.
EVERY_ICMS = [icms_cases.sold(icms_cases.NORMAL), icms_cases.sold(icms_cases.SIMPLES, crt="1")]
REFORM = [every_group_of_ibs_and_cbs(), suspended()]
RIGHT = [*(make() for make in samples.GOLDEN.values()), samples.abroad(), *EVERY_ICMS, *REFORM]


@given(st.sampled_from(REFORM))
def test_right_invoices_of_the_reform_are_built(right):
    assert outcome(right) == []


@given(spoiled(RIGHT, Invoice))
def test_a_right_invoice_with_something_spoiled(invoice):
    judged(invoice)


# Right values only, but the most awkward ones: these must all be built.
texts = st.text(max_size=150) | st.text(string.ascii_letters + " áç&<>\"'", max_size=150)
long_texts = texts.map(lambda text: f"Ab {text}")
right_items = st.builds(
    samples.item,
    number=st.integers(1, 9),
    code=long_texts,
    description=long_texts,
    unit=long_texts,
    quantity=st.decimals(1, 10**6, places=4),
    unit_price=st.decimals("0.02", 10**4, places=10),
    taxable_quantity=st.none() | st.decimals(1, 10**6, places=4),
    discount=st.decimals(0, "0.01", places=2),
    freight=st.decimals(0, 10**6, places=2),
    other=st.decimals(0, 10**6, places=2),
    gtin=st.sampled_from(["", "7891000315507", "96385074"]),
    cest=st.just("1000100"),
    order_ref=texts,
    info=texts,
    rules=st.sampled_from([item.rules for item in samples.every_situation_of_crt_3().items + EVERY_ICMS[0].items]),
)


@given(
    st.lists(right_items, min_size=1, max_size=4),
    st.sampled_from([samples.EMITTER, replace(samples.EMITTER, tax_id="12ABC34501DE35")]),
    long_texts,
    texts,
    st.integers(0, 889),
    st.integers(1, 999_999_999),
)
def test_a_right_invoice_is_built(goods, emitter, name, info, series, number):
    recipient = replace(samples.NEIGHBOUR, name=name, trade_name=info)
    numbered = {"series": series, "number": number, "numeric_code": "10000001" if number != 10000001 else "10000002"}
    assert outcome(samples.invoice(*goods, emitter=emitter, recipient=recipient, info=info, **numbered)) == []


@given(st.lists(st.decimals("0.01", 500, places=2), min_size=1, max_size=4), st.decimals(0, 50, places=2))
@example([Decimal("10.55")], Decimal(0))
def test_several_payments_and_their_change(parts, change):
    """Payments that give the total and the change are right; a cent more or less is a problem."""
    goods = samples.item(1, quantity=Decimal(1), unit_price=sum(parts, Decimal(0)))
    methods = ("01", "03", "15", "17")
    paid = [Payment(method, part) for method, part in zip(methods, parts, strict=False)]
    paid[0] = replace(paid[0], amount=paid[0].amount + change)
    made = samples.invoice(goods, payments=tuple(paid), change=change)
    assert outcome(made) == []
    wrong = replace(made, change=change + Decimal("0.01"))
    assert [problem.code for problem in outcome(wrong)] == ["payments_total"]
