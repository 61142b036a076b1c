"""A pro-forma, on the screen: issued from a draft, sent, accepted and paid on the customer's phone, and invoiced."""

import pytest

from .conftest import DESK, PHONE, log_into, picture
from .http_client import Visitor
from .screen import Screen
from .selling import CHAIR, TABLE, invoice

MOVE = "account.move"
PERSON = "52998224725"


@pytest.fixture
def paid_online(templates, copy_database, serve):
    """A shop of its own, with Odoo's demo payment provider; its journal is the company's bank."""
    database = copy_database(templates.demo_company())
    server = serve(database)
    admin = Visitor(server.url).log_in(database, "admin")
    [module] = admin.call("ir.module.module", "search", [("name", "=", "payment_demo")])
    admin.call("ir.module.module", "button_immediate_install", [module])
    [company] = admin.call("res.company", "search", [("partner_id.country_id.code", "=", "BR")], limit=1)
    [bank] = admin.call("account.journal", "search", [("type", "=", "bank"), ("company_id", "=", company)], limit=1)
    [shared] = admin.call("payment.provider", "search", [("code", "=", "demo")], limit=1)
    values = {"company_id": company, "state": "test", "is_published": True}
    [provider] = admin.call("payment.provider", "search", [("code", "=", "demo"), ("company_id", "=", company)]) or [
        admin.call("payment.provider", "copy", [shared], values)[0]
    ]
    admin.call("payment.provider", "write", [provider], {**values, "journal_id": bank})
    return server


@pytest.mark.prove
def test_accepted_and_paid_on_the_phone(paid_online, chromium):
    clerk = Screen(chromium.new_context(**DESK).new_page(), paid_online.url, picture)
    log_into(clerk.page, paid_online, "faturamento", "faturamento")
    move = invoice(clerk, CHAIR, TABLE, customer=PERSON, post=False)
    clerk.open(f"action-account.action_move_out_invoice_type/{move}")
    clerk.press("action_fbr_proforma_issue")
    clerk.wait("button[name=action_fbr_proforma_versions]")
    number = clerk.read(MOVE, move, "fbr_proforma_number")
    clerk.picture("proforma-issued", docs="proforma")
    clerk.press("action_fbr_proforma_send")
    clerk.wait(".modal .o_mail_composer_form_view, .modal .o_form_view")
    clerk.picture("proforma-send", docs="proforma-enviar")
    clerk.press("action_send_mail")
    clerk.wait_gone(".modal")

    place = clerk.call(MOVE, "action_fbr_proforma_preview", [move])["url"]
    phone = chromium.new_context(**PHONE).new_page()
    phone.goto(paid_online.url + place)
    customer = Screen(phone, paid_online.url, picture)
    customer.wait("#fbr_accept")
    assert number in customer.text("#fbr_proforma")
    customer.picture("proforma-phone", docs="proforma-celular")
    customer.one("#fbr_accept").click()
    customer.wait(".alert-success")
    assert clerk.read(MOVE, move, "fbr_proforma_state") == "accepted"
    customer.wait("input[name=customer_input]").fill("4111 1111 1111 1111")
    phone.screenshot(path=picture("proforma-phone-pay"), full_page=True)
    customer.wait("button[name=o_payment_submit_button]:not([disabled])").click()
    clerk.until(lambda: clerk.read(MOVE, move, "state") == "posted")
    customer.wait("#fbr_proforma .text-bg-success")
    phone.screenshot(path=picture("proforma-phone-paid"), full_page=True)

    assert clerk.read(MOVE, move, "fbr_proforma_state") == "converted"
    assert clerk.read(MOVE, move, "payment_state") in ("in_payment", "paid")
    clerk.open(f"action-account.action_move_out_invoice_type/{move}")
    clerk.picture("proforma-invoiced")
    assert not clerk.count(".modal")  # nothing that the customer did is out of the clerk's sight
    assert not clerk.take_script_errors()
    clerk.page.context.close()
    phone.context.close()
