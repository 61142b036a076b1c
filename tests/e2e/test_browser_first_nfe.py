"""From an empty database to the first NF-e: an administrator and the checklist, then a billing user and the tour."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from dev import postgres
from dev import simulator as simulator_process
from dev.odoo_runner import Odoo
from dev.paths import log_file
from dev.template import Templates

from .conftest import PHONE, Server, log_into, picture, serving
from .screen import Screen
from .selling import document_of

BILLER = "bianca"
PASSWORD = "notas-fiscais-2026"
LINE = ".o_fbr_checklist_line[data-key={}]"
COMPANY = {
    "name": "Marcenaria Jequitibá Ltda",
    "vat": "11.222.333/0001-81",
    "l10n_br_ie_code": "110.042.490.114",
    "zip": "04101300",
    "street_name": "Rua das Figueiras",
    "street_number": "500",
    "street2": "Vila Mariana",
    "phone": "+55 11 3333-4444",
    "email": "faturamento@jequitiba.example.com",
}
CUSTOMER = {"street_name": "Avenida Brasil", "street_number": "1200", "street2": "Jardim América"}


@pytest.fixture
def server(odoo: Odoo, template_db: str) -> Iterator[Server]:
    """A new database as a Brazilian's browser meets it, in Portuguese, and a data folder of its own.

    The simulator of the other tests already knows a number 1 of this CNPJ.
    """
    own, database = replace(odoo, purpose=f"first-{os.getpid()}"), f"fbr_e2e_first_{os.getpid()}"
    templates = Templates(own)
    try:
        templates.copy(template_db, database)
        with postgres.connection(database) as cursor:
            cursor.execute(
                "UPDATE res_partner SET lang = 'pt_BR', tz = 'America/Sao_Paulo'"
                " WHERE id IN (SELECT partner_id FROM res_users)"
            )
        with serving(own, database, log_file("first-nfe"), "--max-cron-threads=1") as started:
            yield started
    finally:
        simulator_process.stop(own.data_dir / "faturamento_br" / "simulator")
        templates.drop(database)
        shutil.rmtree(own.data_dir, ignore_errors=True)
        own.config.unlink(missing_ok=True)


class Clicks(Screen):
    """A screen that counts what its user presses."""

    pressed = 0

    def mend(self, key: str) -> None:
        """Press the button of a line of the checklist, and wait for its dialog."""
        self.pressed += 1
        self.click(f"{LINE.format(key)} button")
        self.wait(".modal .o_form_view")

    def finish(self, selector: str) -> None:
        """Press the button that ends a dialog."""
        self.pressed += 1
        self.click(f".modal {selector}")
        self.wait_gone(".modal")

    def missing(self) -> set[str]:
        self.settle()
        lines = self.page.locator(".o_fbr_checklist_line[data-state=missing]").all()
        return {line.get_attribute("data-key") for line in lines}


def test_from_an_empty_database_to_the_first_nfe(server: Server, browser: Callable[..., Any], chromium: Any) -> None:
    administrator = Clicks(browser(server, "admin", "admin"), server.url, picture)
    bring_to_green(administrator)
    assert administrator.pressed <= 8, "an administrator's way got longer"
    administrator.call("res.users", "create", [biller(administrator)])
    answer_once(administrator)
    follow_the_tour(Screen(browser(server, BILLER, PASSWORD), server.url, picture))
    sell_to_a_consumer_elsewhere(administrator)
    administrator.open("primeira-nfe")
    assert not administrator.missing()
    administrator.picture("checklist-all-done")
    look_at_settings(administrator)
    found_one_of_simples(administrator)
    page = chromium.new_context(**PHONE).new_page()
    log_into(page, server, "admin", "admin")
    phone = Screen(page, server.url, picture)
    phone.open("primeira-nfe")
    phone.wait(LINE.format("first"))
    phone.picture("phone-checklist")
    page.context.close()
    for screen in (administrator, phone):
        assert not screen.take_script_errors()


def bring_to_green(screen: Clicks) -> None:
    """The administrator mends what is red: the company in one dialog, then a product and a customer."""
    screen.open("primeira-nfe")
    assert {"company", "tax_id", "ie", "address", "certificate", "operation"} <= screen.missing()
    screen.picture("checklist-empty")
    screen.mend("company")
    for field, value in COMPANY.items():
        screen.fill(field, value, ".modal")
    screen.settle()
    assert "São Paulo" in screen.one(".modal [name=city_id] input").input_value()  # from the CEP
    screen.picture("company-setup", docs="dados-da-empresa")
    with screen.page.expect_navigation():
        screen.click(".modal button[name=action_apply] >> visible=true")
        screen.pressed += 1
    screen.wait(LINE.format("product"))
    assert screen.missing() == {"product", "customer", "first"}
    screen.picture("checklist-company-ready", docs="primeira-nfe")
    make_product(screen)
    make_customer(screen)
    assert screen.missing() == {"first"}
    screen.picture("checklist-ready")


def make_product(screen: Clicks) -> None:
    screen.mend("product")
    screen.fill("name", "Cadeira de jequitibá", ".modal")
    screen.fill("list_price", "480,00", ".modal")
    screen.choose("fbr_ncm_id", "9401.69.00", ".modal")
    screen.picture("first-product")
    screen.finish(".o_form_button_save")
    screen.wait(f"{LINE.format('product')}[data-state=done]")


def make_customer(screen: Clicks) -> None:
    screen.mend("customer")
    screen.one(".modal [name=name] input, .modal [name=name] textarea").fill("Hotel Jacarandá S.A.")
    screen.fill("vat", "12.345.678/0001-95", ".modal")
    for field, value in CUSTOMER.items():
        screen.fill(field, value, ".modal")
    screen.choose("city_id", "Campinas", ".modal")
    screen.fill("zip", "13010-000", ".modal")
    screen.picture("first-customer")
    screen.finish(".o_form_button_save")
    screen.wait(f"{LINE.format('customer')}[data-state=done]")


def quotation(screen: Screen, customer: int, company: int) -> int:
    """A quotation of a chair; nothing of taxes is said."""
    product = screen.call("product.product", "search", [("name", "=", "Cadeira de jequitibá")])[0]
    lines = [(0, 0, {"product_id": product, "product_uom_qty": 1, "price_unit": 1000.0})]
    values = {"partner_id": customer, "company_id": company, "order_line": lines}
    return screen.call("sale.order", "create", [values], context={"allowed_company_ids": [company]})[0]


def answer(screen: Screen, name: str) -> None:
    """Press the button of the alert, say that the state's modal rate is the goods', and keep it."""
    screen.wait(".alert-warning .oi-arrow-right")
    screen.click(".alert-warning .oi-arrow-right")
    screen.wait(".modal .o_form_view")
    screen.one(".modal [name=mode] input[data-value=modal]").check()
    screen.settle()
    screen.one(".modal [name=applies_to] input[data-value=all]").check()
    screen.settle()
    screen.picture(name, docs=name)
    screen.click(".modal button[name=action_apply]")
    screen.wait_gone(".modal")
    screen.wait_gone(".alert-warning .oi-arrow-right")


def answer_once(screen: Screen) -> None:
    """In the normal regime the rate of the goods in the state is asked, on the first quotation that needs it."""
    customer = screen.find("res.partner", "vat", "12345678000195")
    screen.open(f"action-sale.action_quotations/{quotation(screen, customer, 1)}")
    answer(screen, "resposta-icms")


def consumer_elsewhere(screen: Screen) -> int:
    """A person in Rio de Janeiro."""
    [rio] = screen.call("res.city", "search", [("fbr_ibge_code", "=", "3304557")])
    person = {
        "name": "Carolina de Assis",
        "vat": "529.982.247-25",
        "is_company": False,
        "city_id": rio,
        "street_name": "Rua do Catete",
        "street_number": "153",
        "street2": "Catete",
        "zip": "22220-000",
        "country_id": screen.call("ir.model.data", "check_object_reference", "base", "br")[1],
        "state_id": screen.read("res.city", rio, "state_id")[0],
        "company_id": False,
    }
    return screen.call("res.partner", "create", [person])[0]


def sell(screen: Screen, order: int) -> etree._Element:
    """Confirm the quotation that is on the screen, invoice and issue it; gives the item of its NF-e."""
    context = {"active_model": "sale.order", "active_ids": [order], "active_id": order}
    screen.call("sale.order", "action_confirm", [order])
    wizard = screen.call("sale.advance.payment.inv", "create", [{}], context=context)
    screen.call("sale.advance.payment.inv", "create_invoices", wizard, context=context)
    [move] = screen.read("sale.order", order, "invoice_ids")
    screen.open(f"action-account.action_move_out_invoice_type/{move}")
    screen.press("action_post")
    screen.wait("button[name=action_fbr_issue]")
    screen.press("action_fbr_issue")
    screen.wait("button[name=action_fbr_open_danfe]")
    document = document_of(screen, move)
    assert (document["state"], document["cStat"]) == ("authorized", "100")
    [file] = screen.call("faturamento_br.document", "read", [document["id"]], ["xml_attachment_id"])
    [attachment] = screen.call("ir.attachment", "read", [file["xml_attachment_id"][0]], ["raw"])
    return etree.fromstring(attachment["raw"].encode()).find(".//{*}det")


def sell_to_a_consumer_elsewhere(screen: Screen) -> None:
    """Normal regime: DIFAL is asked once, and the NF-e has it: 1,000 x (20 - 12) %, and 2 % of FCP in Rio."""
    order = quotation(screen, consumer_elsewhere(screen), 1)
    screen.open(f"action-sale.action_quotations/{order}")
    answer(screen, "resposta-difal")
    item = sell(screen, order)
    group = item.find(".//{*}ICMSUFDest")
    assert [group.findtext(f"{{*}}{tag}") for tag in ("pICMSInter", "pICMSUFDest", "vICMSUFDest", "vFCPUFDest")] == [
        *("12.00", "20.0000", "80.00", "20.00")
    ]
    assert item.findtext(".//{*}ICMS00/{*}vICMS") == "120.00"


def found_one_of_simples(screen: Clicks) -> None:
    """Another company, of the Simples: three questions, and a sale to the same consumer has no rate and no DIFAL."""
    company = screen.call("res.company", "create", [{"name": "Empório"}])[0]
    screen.page.context.add_cookies([{"name": "cids", "value": str(company), "url": screen.url}])
    screen.page.goto(f"{screen.url}/odoo/primeira-nfe")
    screen.wait(LINE.format("company"))
    screen.mend("company")
    for field, value in {**COMPANY, "name": "Empório Cerrado Ltda", "vat": "11.444.777/0001-61"}.items():
        screen.fill(field, value, ".modal")
    screen.pick("fbr_crt", "1 - Simples Nacional", ".modal")
    screen.picture("setup-simples", docs="tres-perguntas")
    with screen.page.expect_navigation():
        screen.click(".modal button[name=action_apply] >> visible=true")
    screen.wait(LINE.format("product"))
    customer = screen.find("res.partner", "vat", "52998224725")
    order = quotation(screen, customer, company)
    screen.open(f"action-sale.action_quotations/{order}")
    assert not screen.count(".alert-warning")
    item = sell(screen, order)
    assert item.find(".//{*}ICMSUFDest") is None
    assert item.findtext(".//{*}ICMSSN102/{*}CSOSN") == "102"
    screen.picture("first-sale-simples")


def biller(screen: Screen) -> dict[str, Any]:
    """A user who only makes invoices."""
    groups = [
        screen.call("ir.model.data", "check_object_reference", module, name)[1]
        for module, name in (("base", "group_user"), ("account", "group_account_invoice"))
    ]
    return {
        "name": "Bianca Faturista",
        "login": BILLER,
        "password": PASSWORD,
        "email": "bianca@example.com",
        "lang": "pt_BR",
        "tz": "America/Sao_Paulo",
        "group_ids": [(6, 0, groups)],
    }


def follow_the_tour(screen: Screen) -> None:
    """The empty list of documents offers the tour; its pointer shows, and each of its steps leads to the next."""
    screen.open("action-faturamento_br.document_action")
    screen.picture("documents-empty")
    with screen.page.expect_popup() as popup:
        screen.click(".o_nocontent_help a[href*='tour=']")
    screen = Screen(popup.value, screen.url, picture)
    screen.wait(".o_tour_pointer")
    screen.wait(".o_list_button_add")
    screen.one(".o_list_button_add").hover()
    screen.picture("tour-begins", docs="roteiro")
    said: list[str] = []
    screen.page.on("console", lambda message: said.append(message.text))
    screen.page.evaluate("() => { odoo.startTour('faturamento_br_first_nfe', {mode: 'auto', redirect: false}) }")
    screen.until(lambda: any("succeeded" in text or "FAILED" in text for text in said))
    screen.picture("tour-stopped")
    assert any("succeeded" in text for text in said), "\n".join(said)[-3000:]
    screen.wait("button[name=action_fbr_open_danfe]")
    screen.picture("tour-ends")
    document = document_of(screen, screen.record_id())
    assert (document["state"], document["cStat"], document["number"]) == ("authorized", "100", 1)
    assert not screen.take_script_errors()


def look_at_settings(screen: Screen) -> None:
    """The banner of the settings, and the test of the connection from there."""
    screen.open("settings#invoicing")
    screen.click(".settings_tab [data-key=account]")
    screen.one("#fbr_checklist").evaluate("setting => setting.scrollIntoView()")
    screen.picture("settings-checklist")
    screen.press("action_fbr_test_connection")
    screen.wait(".modal .alert-success")
    screen.picture("connection-up", docs="conexao")
    screen.one(".modal [name=environment] input[data-value=homologation]").check()
    screen.click(".modal button[name=action_test]")
    screen.wait(".modal .alert-danger")
    screen.picture("connection-failed")
