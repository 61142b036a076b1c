"""Every mistake is found, at its path, with a cure; and all of them at once."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import nfe_samples as samples
import pytest
from fiscal.documents import nfe
from fiscal.documents.nfe.check_items import is_gtin
from fiscal.problems import _
from fiscal.spec import Bill, IcmsRule, Instalment, IpiRule, Payment, Transport, Volume
from fiscal.taxes.engine import tax_invoice

PLAIN = samples.invoice()
change = samples.change


def found(invoice):
    return [(problem.code, problem.path) for problem in nfe.problems(invoice, samples.NOW)]


def test_a_right_invoice_has_no_problem():
    assert found(PLAIN) == []


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("model", "65", "not_supported"),
        ("kind", "2", "invalid"),
        ("purpose", "5", "not_supported"),
        ("presence", "4", "invalid"),
        ("series", 890, "series_invalid"),
        ("series", -1, "series_invalid"),
        ("number", 0, "invalid"),
        ("number", 1_000_000_000, "invalid"),
        ("numeric_code", "1234567", "invalid"),
        ("numeric_code", "12345678", "numeric_code_forbidden"),
        ("numeric_code", "00000042", "numeric_code_forbidden"),
        ("nature", " ", "missing"),
        ("software", "", "missing"),
        ("city_code", "12", "invalid"),
        ("city_code", "3106200", "city_of_another_uf"),
        ("issued_at", samples.NOW + timedelta(minutes=6), "issue_date_future"),
        ("issued_at", samples.NOW - timedelta(days=31), "issue_date_old"),
        ("issued_at", samples.ISSUED.replace(tzinfo=None), "moment_invalid"),
        ("issued_at", samples.ISSUED.astimezone(timezone(timedelta(hours=-3, minutes=-30))), "moment_invalid"),
        ("moved_at", samples.ISSUED - timedelta(seconds=1), "moved_before_issue"),
        ("contingency_at", samples.ISSUED, "contingency_unexpected"),
        ("items", (), "items_count"),
        ("payments", (), "payments_count"),
        ("authorized_readers", ("11222333000180",), "invalid"),
        ("authorized_readers", ("11222333000181", "52998224725", "11222333000181"), "reader_repeated"),
        ("authorized_readers", (PLAIN.recipient.tax_id,), "reader_is_recipient"),
        ("emitter.tax_id", "11222333000180", "invalid"),
        ("emitter.name", "", "missing"),
        ("emitter.name", "X", "text_short"),
        ("emitter.ie", "", "missing"),
        ("emitter.ie", "110042490115", "ie_invalid"),
        ("emitter.ie", "ISENTO", "ie_invalid"),
        ("emitter.crt", "", "invalid"),
        ("emitter.cnae", "47", "invalid"),
        ("emitter.address.zip", "", "missing"),
        ("emitter.address.city_code", "3106200", "city_of_another_uf"),
        ("emitter.address.phone", "(11) 3333-4444", "invalid"),
        ("recipient.tax_id", "", "missing"),
        ("recipient.tax_id", "12345678901", "invalid"),
        ("recipient.name", "😀", "missing"),
        ("recipient.ie", "", "missing"),
        ("recipient.ie", "123", "ie_invalid"),
        ("recipient.ie_indicator", "3", "invalid"),
        ("recipient.email", "nobody", "email_invalid"),
        ("recipient.email", "a@example.com; b@example.com", "email_invalid"),
        ("recipient.suframa", "1", "invalid"),
        ("recipient.address.street", "", "missing"),
        ("recipient.address.number", "", "missing"),
        ("recipient.address.district", "", "missing"),
        ("recipient.address.city", "", "missing"),
        ("recipient.address.city_code", "", "missing"),
        ("recipient.address.zip", "01304-001", "invalid"),
        ("items[0].code", "", "missing"),
        ("items[0].description", "", "missing"),
        ("items[0].ncm", "", "missing"),
        ("items[0].ncm", "7318.15.00", "invalid"),
        ("items[0].cfop", "1102", "invalid"),
        ("items[0].cfop", "6102", "cfop_destination"),
        ("items[0].unit", "", "missing"),
        ("items[0].origin", "9", "invalid"),
        ("items[0].gtin", "7891000315508", "invalid"),
        ("items[0].cest", "123", "invalid"),
        ("items[0].order_line", "1a", "invalid"),
        ("items[0].quantity", Decimal(0), "number_zero"),
        ("items[0].quantity", Decimal("-1"), "number_negative"),
        ("items[0].quantity", Decimal("0.00001"), "number_decimals"),
        ("items[0].quantity", Decimal("NaN"), "number_invalid"),
        ("items[0].quantity", Decimal("1e11"), "number_large"),
        ("items[0].unit_price", Decimal("0.00000000001"), "number_decimals"),
        ("items[0].discount", Decimal("0.001"), "number_decimals"),
        ("items[0].rules.icms.benefit_code", "SP1", "invalid"),
        ("items[0].rules.icms.rate", Decimal("1000"), "number_large"),
        ("items[0].rules.ipi", IpiRule("50", cEnq="9"), "invalid"),
        ("payments[0].method", "88", "invalid"),
        ("payments[0].term", "2", "invalid"),
        ("payments[0].amount", Decimal(0), "number_zero"),
        ("payments[0]", Payment("90", Decimal(1)), "no_payment_with_amount"),
        ("payments[0]", Payment("99", Decimal(1)), "missing"),
        ("transport.freight_mode", "8", "invalid"),
        ("transport", Transport(volumes=(Volume(quantity=-1),)), "invalid"),
        ("transport", Transport(volumes=(Volume(net_weight=Decimal("0.0001")),)), "number_decimals"),
        ("transport", Transport(carrier=replace(samples.NEIGHBOUR, tax_id="1")), "invalid"),
        ("technician.cnpj", "", "missing"),
        ("technician.cnpj", "11444777000162", "invalid"),
        ("technician.contact", "", "missing"),
        ("technician.email", "", "missing"),
        ("technician.email", "a@b.c", "text_short"),
        ("technician.email", "suporte", "email_invalid"),
        ("technician.phone", "1", "invalid"),
        ("technician.csrt", "G8063", "csrt_missing"),
    ],
)
def test_each_mistake(path, value, code):
    codes = found(change(PLAIN, path, value))
    assert len(codes) == 1, codes
    assert codes[0][0] == code
    assert codes[0][1].startswith(path)


def test_a_message_and_a_cure_can_be_shown():
    wrong = change(change(PLAIN, "items[0].ncm", ""), "emitter.name", "X")
    shown = [str(problem) for problem in nfe.problems(wrong, samples.NOW)]
    assert shown == [
        "emitter.name: The name (xNome) “X” is too short: 2 characters are needed. Write it in full.",
        "items[0].ncm: The NCM (8 digits) is missing. Fill in the product's NCM; "
        "the accountant or the supplier's invoice has it.",
    ]
    assert _("name") == "name"


def test_all_at_once():
    wrong = PLAIN
    for path, value in (("nature", ""), ("emitter.crt", ""), ("items[0].ncm", ""), ("technician.phone", "")):
        wrong = change(wrong, path, value)
    assert [path for _code, path in found(wrong)] == ["nature", "emitter.crt", "items[0].ncm", "technician.phone"]


def test_a_non_contributor_is_a_final_consumer():
    assert found(replace(PLAIN, recipient=samples.CONSUMER)) == [("non_contributor_not_consumer", "final_consumer")]
    assert found(replace(PLAIN, recipient=samples.CONSUMER, final_consumer=True)) == []


def test_substituted_goods_need_a_cest():
    wrong = change(PLAIN, "items[0].rules.icms", samples.every_situation_of_crt_3().items[5].rules.icms)
    assert found(wrong) == [("cest_missing", "items[0].cest")]
    assert found(change(wrong, "items[0].cest", "1000100")) == []


def test_an_exempt_contributor_has_no_registration():
    exempt = change(PLAIN, "recipient.ie_indicator", "2")
    assert ("exempt_with_ie", "recipient.ie") in found(exempt)
    exempt = change(exempt, "recipient.ie", "ISENTO")
    assert found(exempt) == [("exempt_not_taken", "recipient.ie_indicator")]  # SP takes none (rejection 805)
    untaxed = change(exempt, "items[0].rules.icms", IcmsRule(cst="41"))
    assert found(untaxed) == []
    curitiba = replace(PLAIN.recipient.address, city_code="4106902", city="Curitiba", uf="PR", zip="80010000")
    assert found(change(change(exempt, "recipient.address", curitiba), "items[0].cfop", "6102")) == []


def test_a_foreigner_in_brazil():
    foreigner = replace(samples.CONSUMER, tax_id="", foreign_id="AB123456")
    assert found(replace(PLAIN, recipient=foreigner, final_consumer=True, presence="1")) == []
    assert found(replace(PLAIN, recipient=foreigner, final_consumer=True)) == [("foreigner_not_present", "presence")]
    assert "foreigner_not_consumer" in dict(found(replace(PLAIN, recipient=foreigner)))
    elsewhere = replace(foreigner, address=samples.CUSTOMER.address)
    assert "foreigner_interstate" in dict(found(replace(PLAIN, recipient=elsewhere, final_consumer=True)))
    assert "foreigner_with_ie" in dict(found(replace(PLAIN, recipient=replace(foreigner, ie="1"), final_consumer=True)))


def test_a_rural_producer_has_series_of_its_own():
    producer = change(PLAIN, "emitter.tax_id", "52998224725")
    assert found(producer) == [("series_invalid", "series")]
    assert found(replace(producer, series=920)) == []


def test_too_many_items():
    assert found(replace(PLAIN, items=PLAIN.items * 990)) == []
    assert found(replace(PLAIN, items=PLAIN.items * 991)) == [("items_count", "items")]


def test_contingency_needs_a_reason_and_a_date():
    assert found(replace(PLAIN, emission_type="6", contingency_reason="curta")) == [
        ("text_short", "contingency_reason"),
        ("missing", "contingency_at"),
    ]


def test_the_first_of_all_moments_is_a_problem_and_no_more():
    """Nothing is reckoned from a date of issue that lies at the edge of the calendar."""
    first = datetime.min.replace(tzinfo=samples.BRASILIA)
    began = {
        "contingency_at": samples.ISSUED,
        "contingency_reason": "SEFAZ fora do ar desde cedo",
        "emission_type": "6",
    }
    for edge in (first, datetime.max.replace(tzinfo=samples.BRASILIA)):
        assert ("moment_invalid", "issued_at") in found(replace(PLAIN, issued_at=edge, **began))


def bill(net="100", dues=("2026-12-23", "2027-01-22"), amounts=("60", "40"), numbers=("001", "002")):
    parts = zip(numbers, map(date.fromisoformat, dues), map(Decimal, amounts), strict=True)
    return Bill("42", Decimal("110"), Decimal("10"), Decimal(net), tuple(Instalment(*part) for part in parts))


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (bill(), []),
        (bill(net="99"), [("bill_net", "bill.net"), ("instalments_total", "bill.instalments")]),
        (bill(amounts=("60", "41")), [("instalments_total", "bill.instalments")]),
        (bill(amounts=("100", "0")), [("number_zero", "bill.instalments[1].amount")]),
        (bill(numbers=("001", "003")), [("instalment_number", "bill.instalments[1].number")]),
        (bill(dues=("2026-11-22", "2026-12-02")), [("instalment_due", "bill.instalments[0].due")]),
        (bill(dues=("2026-12-02", "2026-12-01")), [("instalment_due", "bill.instalments[1].due")]),
    ],
)
def test_bill(wrong, expected):
    assert found(replace(PLAIN, bill=wrong)) == expected


def test_the_payments_add_up_to_the_total():
    taxed = tax_invoice(replace(PLAIN, payments=(Payment("01", Decimal("10.00")),)))
    (problem,) = nfe.amount_problems(taxed)
    assert (problem.code, problem.path) == ("payments_total", "payments")
    assert "10.00" in str(problem)
    assert nfe.amount_problems(tax_invoice(replace(PLAIN, payments=(Payment("90", Decimal(0)),)))) == []


def test_now_is_now_when_it_is_not_given():
    fresh = replace(PLAIN, issued_at=datetime.now(samples.BRASILIA).replace(microsecond=0))
    assert nfe.problems(fresh) == []
    old = replace(PLAIN, issued_at=fresh.issued_at - timedelta(days=40))
    assert [problem.code for problem in nfe.problems(old)] == ["issue_date_old"]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("7891000315507", True),
        ("7891000315508", False),
        ("96385074", True),
        ("614141000036", True),
        ("17891000315504", True),
        ("SEM GTIN", False),
        ("789100031550", False),
        ("", False),
        ("٧٨٩١٠٠٠٣١٥٥٠٧", False),
    ],
)
def test_gtin(text, right):
    assert is_gtin(text) is right
