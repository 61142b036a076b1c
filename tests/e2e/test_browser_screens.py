"""Every screen of the add-on, opened by those who use it, on the desk and on the phone; each leaves its picture."""

import pytest

from .conftest import DESK, picture
from .screen import SECONDS
from .selling import CHAIR, TABLE, document_of, invoice

DOCUMENTS = "action-faturamento_br.document_action"


@pytest.fixture(scope="module")
def made():
    return []


@pytest.fixture
def documents(user, made):
    """Invoices with an authorized and an unissued document, so that no screen is empty; made once."""
    if not made:
        clerk = user("faturamento")
        issued = invoice(clerk, CHAIR, TABLE)
        clerk.call("account.move", "action_fbr_issue", [issued])
        clerk.until(lambda: document_of(clerk, issued)["danfe_attachment_id"])
        made.extend([issued, invoice(clerk, TABLE)])
    return made


def test_log_in(shop, chromium):
    """By the form, to the web client's first screen."""
    page = chromium.new_context(**DESK).new_page()
    page.goto(f"{shop.url}/web/login")
    page.fill("input[name=login]", "contabilidade")
    page.fill("input[name=password]", "contabilidade")
    page.click("form.oe_login_form button[type=submit]")
    page.wait_for_selector(".o_web_client .o_main_navbar", timeout=SECONDS * 1000)
    page.screenshot(path=picture("web-client"))
    assert page.evaluate("odoo.info.server_version").startswith("19.0")
    page.context.close()


def test_documents(user, documents):
    screen = user("contabilidade")
    screen.open(DOCUMENTS)
    screen.wait(".o_list_view .o_data_row")
    screen.picture("documents-list", docs="documentos", height=480)
    for view in ("kanban", "graph", "pivot"):
        screen.switch(view)
        screen.picture(f"documents-{view}")
    screen.switch("list")
    screen.click(".o_searchview_dropdown_toggler")
    screen.wait(".o_filter_menu")
    screen.picture("documents-search")
    screen.settle()
    screen.one(".o_group_by_menu .o_menu_item:not(.o_accordion_toggle)").click()
    screen.wait(".o_group_header")
    screen.page.keyboard.press("Escape")
    screen.picture("documents-grouped")


def test_document(user, documents):
    screen = user("contabilidade")
    screen.open(f"{DOCUMENTS}/{document_of(screen, documents[0])['id']}")
    screen.wait("button[name=action_open_danfe]")
    screen.picture("document", docs="documento")
    for tab in ("parties", "attempts"):
        screen.tab(tab)
        screen.picture(f"document-{tab}")
    screen.click("[name=attempt_ids] .o_data_row td[name=result]")
    screen.wait(".modal .o_form_view")
    screen.picture("document-attempt")


def test_lists(user, documents):
    screen = user("contabilidade")
    for name, docs in (("series", "series"), ("operation", ""), ("certificate", ""), ("audit_entry", "auditoria")):
        screen.open(f"action-faturamento_br.{name}_action")
        screen.wait(".o_list_view .o_data_row")
        screen.picture(f"{name}-list", docs=docs, height=240)
    assert "127.0.0.1" in screen.text(".o_list_view tbody"), "the audit trail says from where"
    screen.click(".o_data_row td[name=record_name]")
    screen.wait(".o_form_view [name=ip_address]")
    screen.picture("audit-entry")


def test_operation_and_its_rules(user):
    screen = user("contabilidade")
    screen.open("action-faturamento_br.operation_action")
    screen.click(".o_data_row td[name=name]")
    screen.wait("[name=rule_ids] .o_data_row")
    screen.picture("operation", docs="operacao")


def test_products(user):
    screen = user("contabilidade")
    for name, code in {"product-goods": CHAIR, "product-charge": "FRETE"}.items():
        screen.open(f"products/{screen.find('product.template', 'default_code', code)}")
        screen.tab("fbr_nfe")
        screen.picture(name, docs="produto" if code == CHAIR else "")


@pytest.mark.prove
def test_settings_certificate_and_production(user):
    screen = user("admin")
    screen.open("settings#invoicing")
    screen.wait(".app_settings_block")
    screen.click(".settings_tab [data-key=account]")
    screen.one("#fbr_nfe").evaluate("setting => setting.scrollIntoView()")
    screen.picture("settings", docs="configuracoes")
    screen.press("action_fbr_switch_production_on")
    screen.wait(".modal .o_form_view")
    screen.picture("production")
    screen.click(".modal .btn-close, .modal [special=cancel]")
    screen.wait_gone(".modal")
    screen.press("action_fbr_upload_certificate")
    screen.wait(".modal .o_form_view [name=pfx_upload]")
    screen.picture("certificate-upload", docs="certificado")
    screen.click(".modal .btn-close")
    screen.wait_gone(".modal")
    screen.press("action_fbr_test_connection")
    screen.wait(".modal .alert-success")
    screen.picture("settings-connection", docs="conexao")


@pytest.mark.prove
def test_company_and_certificate(user):
    screen = user("admin")
    company = screen.find("res.company", "vat", "11222333000181")
    screen.open(f"companies/{company}")
    screen.wait(".o_form_view [name=vat]")
    screen.picture("company")
    screen.open("action-faturamento_br.certificate_action")
    screen.click(".o_data_row td[name=name]")
    screen.wait(".o_form_view [name=fingerprint]")
    screen.picture("certificate")


def test_on_the_phone(user, documents):
    screen = user("faturamento", phone=True)
    screen.open(f"customer-invoices/{documents[0]}")
    screen.wait(".o_form_view")
    screen.picture("phone-invoice", docs="celular")
    screen.open(DOCUMENTS)
    screen.wait(".o_kanban_record:not(.o_kanban_ghost)")
    screen.picture("phone-documents")
    screen.click(".o_kanban_record:not(.o_kanban_ghost)")
    screen.wait(".o_form_view")
    screen.picture("phone-document")
