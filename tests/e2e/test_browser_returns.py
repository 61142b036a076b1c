"""Goods sold come back, on the screen: by our NF-e of entry, or by the customer's own, whose key is kept."""

from pathlib import Path

import pytest
from lxml import etree

from dev.simulator import control

from .screen import Screen
from .selling import CHAIR, HOTEL, TABLE, document_of, invoice
from .test_browser_shipments import key_of

PERSON = "52998224725"
INVOICES = "action-account.action_move_out_invoice_type"
CREDIT_NOTES = "action-account.action_move_out_refund_type"
SUPPLIERS_CREDIT_NOTES = "action-account.action_move_in_refund_type"
LINES = "div[name=invoice_line_ids]"
MOVE = "account.move"


def sold(screen: Screen, *codes: str, customer: str) -> int:
    """An invoice whose NF-e is authorized."""
    move = invoice(screen, *codes, customer=customer)
    screen.call(MOVE, "action_fbr_issue", [move])
    screen.until(lambda: document_of(screen, move)["state"] == "authorized")
    return move


def give_back(screen: Screen, move: int) -> int:
    """Odoo's own credit note of the invoice, as somebody makes it; its id."""
    screen.open(f"{INVOICES}/{move}")
    screen.press("action_reverse")
    screen.wait(".modal button[name=refund_moves]")
    screen.press("refund_moves")
    screen.wait_gone(".modal")
    screen.wait(".o_form_view .alert-info")
    screen.settle()
    return screen.record_id()


def test_a_consumer_gives_back_a_part(user):
    clerk = user("faturamento")
    move = sold(clerk, CHAIR, TABLE, customer=PERSON)
    back = give_back(clerk, move)
    assert clerk.read(MOVE, back, "reversed_entry_id")[0] == move
    clerk.picture("return-draft")
    assert document_of(clerk, move)["display_name"] in clerk.text(".o_form_view .alert-info")  # what it refers to
    clerk.click(f"{LINES} tr.o_data_row:nth-child(2) button[name=delete]")
    clerk.wait_count(f"{LINES} tr.o_data_row", 1)
    clerk.tab("fbr_nfe")
    clerk.picture("return-nfe")
    clerk.press("action_post")
    clerk.wait("button[name=action_fbr_issue]")
    assert len(clerk.read(MOVE, back, "invoice_line_ids")) == 1
    clerk.press("action_fbr_issue")
    clerk.wait("button[name=action_fbr_open_danfe]")
    assert document_of(clerk, back)["state"] == "authorized"
    clerk.picture("return-issued", docs="devolucao")
    clerk.tab("fbr_nfe")
    clerk.picture("return-issued-nfe")


@pytest.mark.prove
def test_a_contributor_gives_back_by_their_own(user):
    clerk = user("faturamento")
    back = give_back(clerk, sold(clerk, CHAIR, customer=HOTEL))
    assert "Hotel Jacarandá" in clerk.text(".o_form_view .alert-info")
    clerk.tab("fbr_nfe")
    clerk.fill("fbr_partner_key", key_of(HOTEL))
    clerk.save()
    clerk.picture("return-key", docs="devolucao-contribuinte")
    clerk.press("action_post")
    clerk.wait("button[name=button_draft]")
    assert clerk.read(MOVE, back, "state") == "posted"
    assert clerk.read(MOVE, back, "fbr_document_ids") == []
    clerk.open(CREDIT_NOTES)
    clerk.wait(".o_list_view .o_data_row")
    clerk.picture("returns-list")


@pytest.mark.prove
def test_offered_where_it_cannot_be_cancelled(user, odoo):
    """SEFAZ refuses to cancel what a CT-e was issued for: the same dialog opens the return."""
    accountant = user("contabilidade")
    move = sold(accountant, CHAIR, TABLE, customer=PERSON)
    state = odoo.data_dir / "faturamento_br" / "simulator"
    control.mark_document(state, document_of(accountant, move)["access_key"], "cte")
    accountant.open(f"{INVOICES}/{move}")
    accountant.press("action_fbr_cancel_document")
    accountant.wait(".modal [name=reason] input")
    accountant.fill("reason", "O cliente desistiu depois da saída da mercadoria", ".modal")
    accountant.press("action_apply")
    accountant.wait_gone(".modal")
    document = document_of(accountant, move)["id"]
    event = [("document_id", "=", document), ("state", "=", "rejected")]
    accountant.until(lambda: accountant.call("faturamento_br.event", "search_count", event))
    accountant.open(f"{INVOICES}/{move}")
    accountant.press("action_fbr_cancel_document")
    accountant.wait(".modal button[name=action_return]")
    accountant.picture("cancel-or-return", docs="devolver-em-vez-de-cancelar")
    accountant.press("action_return")
    accountant.wait_gone(".modal")
    accountant.wait(".o_form_view .alert-info")
    assert accountant.read(MOVE, accountant.record_id(), "reversed_entry_id")[0] == move


def bought(screen: Screen, folder: Path) -> Path:
    """The XML by which the hotel sold a table to the company: the company's to the hotel, its parties exchanged."""
    document = document_of(screen, sold(screen, TABLE, customer=HOTEL))
    [file] = screen.call("faturamento_br.document", "read", [document["id"]], ["xml_attachment_id"])
    [attachment] = screen.call("ir.attachment", "read", [file["xml_attachment_id"][0]], ["raw"])
    root = etree.fromstring(attachment["raw"].encode())
    emitter, recipient = root.find(".//{*}emit/{*}CNPJ"), root.find(".//{*}dest/{*}CNPJ")
    emitter.text, recipient.text = recipient.text, emitter.text
    root.find(".//{*}infNFe").set("Id", f"NFe{key_of(HOTEL)}")
    path = folder / "fornecedor.xml"
    path.write_bytes(etree.tostring(root))
    return path


def test_purchased_goods_go_back(user, tmp_path):
    clerk = user("faturamento")
    xml = bought(clerk, tmp_path)
    line = {"product_id": clerk.find("product.product", "default_code", TABLE), "quantity": 1}
    values = {"move_type": "in_refund", "partner_id": clerk.find("res.partner", "vat", HOTEL)}
    [back] = clerk.call(MOVE, "create", [{**values, "invoice_line_ids": [(0, 0, line)]}])
    clerk.open(f"{SUPPLIERS_CREDIT_NOTES}/{back}")
    clerk.press("action_fbr_return_purchase")
    clerk.wait(".modal [name=file]")
    clerk.page.locator(".modal input[type=file]").set_input_files(xml)
    clerk.wait(".modal [name=line_ids] tr.o_data_row")
    clerk.picture("purchase-return", docs="devolucao-de-compra")
    clerk.press("action_apply")
    clerk.wait_gone(".modal")
    clerk.wait(".o_form_view .nav-link[name=fbr_nfe]")
    clerk.tab("fbr_nfe")
    clerk.picture("purchase-return-nfe")
    clerk.press("action_post")
    clerk.wait("button[name=action_fbr_issue]")
    clerk.press("action_fbr_issue")
    clerk.wait("button[name=action_fbr_open_danfe]")
    document = document_of(clerk, back)
    assert document["state"] == "authorized", document
    assert clerk.read(MOVE, back, "fbr_purchase_id")
    clerk.picture("purchase-return-issued")
