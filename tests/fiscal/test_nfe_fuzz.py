"""Whatever invoice comes: problems, or XML that the official schema accepts. Never an exception, never both silent."""

import string
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache

import nfe_samples as samples
import pki
from fiscal.certificate import Certificate
from fiscal.documents import nfe
from fiscal.problems import FiscalError
from fiscal.sign import sign
from fiscal.spec import (
    Address,
    Bill,
    ContributionRule,
    Environment,
    IbsCbsRule,
    IcmsRule,
    Instalment,
    Invoice,
    IpiRule,
    Item,
    Party,
    Payment,
    TaxRules,
    Technician,
    Transport,
    Volume,
)
from fiscal.taxes.engine import tax_invoice
from fiscal.verify import verify_bytes
from hypothesis import event, given, settings
from hypothesis import strategies as st

texts = st.text(max_size=150) | st.text(string.ascii_letters + " áç&<>\"'", max_size=150)
digits = st.text("0123456789", max_size=15)
codes = st.sampled_from(["", "0", "1", "2", "9", "00", "01", "17", "90", "99", "55", "SP", "EX"]) | digits | texts
numbers = st.decimals() | st.decimals(0, 100_000, places=2) | st.decimals(0, 10, places=10)
amounts = st.just(Decimal(0)) | st.decimals(0, 10, places=2) | numbers
optional_numbers = st.none() | numbers
zones = st.timezones() | st.just(samples.BRASILIA) | st.just(timezone(timedelta(hours=5, minutes=30)))
moments = st.datetimes(timezones=st.none() | zones) | st.just(samples.ISSUED)
dates = st.dates() | st.dates(date(2026, 11, 23), date(2027, 11, 23))


addresses = st.builds(
    Address, street=texts, number=texts, district=texts, city_code=digits, city=texts, uf=codes, zip=codes, phone=codes
)
parties = st.builds(
    Party, name=texts, tax_id=codes, address=addresses, ie=codes, ie_indicator=codes, email=texts, im=texts, crt=codes
)
icms = st.builds(
    IcmsRule, cst=codes, csosn=codes, rate=optional_numbers, base_reduction=amounts, retained_base=optional_numbers
)
contributions = st.builds(ContributionRule, cst=codes, rate=amounts)
rules = st.builds(
    TaxRules,
    icms=icms,
    pis=contributions,
    cofins=contributions,
    ipi=st.none() | st.builds(IpiRule, cst=codes, rate=amounts),
    ibs_cbs=st.none() | st.builds(IbsCbsRule, cst=codes, cClassTrib=codes),
)
items = st.builds(
    Item,
    code=texts,
    description=texts,
    ncm=codes,
    cfop=codes,
    unit=texts,
    quantity=numbers,
    unit_price=numbers,
    rules=rules,
    gtin=codes,
    taxable_quantity=optional_numbers,
    discount=amounts,
    freight=amounts,
)
payments = st.builds(Payment, method=codes, amount=numbers, term=codes, description=texts)
bills = st.builds(
    Bill,
    number=texts,
    original=numbers,
    discount=amounts,
    net=numbers,
    instalments=st.lists(st.builds(Instalment, number=codes, due=dates, amount=numbers), max_size=2).map(tuple),
)
volumes = st.builds(
    Volume,
    quantity=st.none() | st.integers(),
    kind=texts,
    brand=texts,
    numbering=texts,
    net_weight=optional_numbers,
    gross_weight=optional_numbers,
)
transports = st.builds(
    Transport, freight_mode=codes, carrier=st.none() | parties, volumes=st.lists(volumes, max_size=2).map(tuple)
)
invoices = st.builds(
    Invoice,
    environment=st.sampled_from(Environment),
    series=st.integers(),
    number=st.integers(),
    numeric_code=codes,
    issued_at=moments,
    nature=texts,
    emitter=parties,
    recipient=parties,
    items=st.lists(items, max_size=2).map(tuple),
    payments=st.lists(payments, max_size=2).map(tuple),
    model=codes,
    presence=codes,
    emission_type=codes,
    moved_at=st.none() | moments,
    contingency_at=st.none() | moments,
    contingency_reason=texts,
    bill=st.none() | bills,
    transport=transports,
    info=texts,
    technician=st.none() | st.builds(Technician, cnpj=codes, contact=texts, email=texts, phone=codes),
)


@cache
def company_certificate(cnpj: str) -> Certificate:
    return Certificate.load(pki.pfx(cnpj), pki.PASSWORD)


def outcome(invoice: Invoice) -> list:
    """The problems of ``invoice``; where there are none its XML must be right."""
    if found := nfe.problems(invoice, samples.NOW):
        return found
    try:
        taxed = tax_invoice(invoice)
    except FiscalError as error:
        return list(error.problems)
    if found := nfe.amount_problems(taxed):
        return found
    signed = sign(nfe.build(taxed).element, company_certificate(invoice.emitter.tax_id))
    event("built")
    assert [str(problem) for problem in verify_bytes(signed)] == []  # the official XSD, and every sum
    return []


@settings(max_examples=150, deadline=None)
@given(invoices)
def test_any_invoice_at_all(invoice):
    for problem in outcome(invoice):
        assert problem.code
        assert str(problem)


# A right invoice in which a few values are anything: this reaches the builder, where the one above hardly does.
party_changes = st.fixed_dictionaries({}, optional={"name": texts, "trade_name": texts, "email": texts, "im": texts})
place_changes = st.fixed_dictionaries(
    {}, optional={"street": texts, "number": texts, "complement": texts, "district": texts, "phone": digits}
)
item_changes = st.fixed_dictionaries(
    {},
    optional={
        "code": texts,
        "description": texts,
        "unit": texts,
        "quantity": numbers | st.decimals(Decimal("0.0001"), 10**6, places=4),
        "unit_price": numbers | st.decimals(Decimal("1e-10"), 10**6, places=10),
        "taxable_unit": texts,
        "taxable_quantity": optional_numbers | st.decimals(Decimal("0.0001"), 10**6, places=4),
        "discount": amounts,
        "freight": amounts,
        "insurance": amounts,
        "other": amounts,
        "order_ref": texts,
        "order_line": digits,
        "info": texts,
        "rules": st.sampled_from([item.rules for item in samples.every_situation_of_crt_3().items]),
    },
)
invoice_changes = st.fixed_dictionaries(
    {},
    optional={
        "series": st.integers(0, 1000),
        "number": st.integers(0, 10**10),
        "nature": texts,
        "info": texts,
        "tax_office_info": texts,
        "presence": st.sampled_from("0123459"),
        "bill": bills,
        "transport": transports,
        "moved_at": moments,
        "issued_at": moments | st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 24), timezones=st.just(UTC)),
    },
)


@settings(max_examples=150, deadline=None)
@given(party_changes, place_changes, st.lists(item_changes, min_size=1, max_size=3), invoice_changes)
def test_an_almost_right_invoice(party, place, lines, changes):
    recipient = replace(samples.NEIGHBOUR, **party, address=replace(samples.NEIGHBOUR.address, **place))
    goods = tuple(samples.item(number, **line) for number, line in enumerate(lines, 1))
    unpaid = (Payment("90", Decimal(0)),)
    invoice = samples.invoice(*goods, payments=unpaid, **{"recipient": recipient, **changes})
    for problem in outcome(invoice):
        assert problem.code
        assert str(problem)


# Right values only, but the most awkward ones: these must all be built.
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
    rules=st.sampled_from([item.rules for item in samples.every_situation_of_crt_3().items]),
)


@settings(max_examples=150, deadline=None)
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
