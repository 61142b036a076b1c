"""Goods sold come back, on the screen: by our NF-e of entry, or by the customer's own, whose key is kept."""

import pytest

from dev.simulator import control

from .screen import Screen
from .selling import CHAIR, HOTEL, TABLE, document_of, invoice
from .test_browser_shipments import key_of

PERSON = "52998224725"
INVOICES = "action-account.action_move_out_invoice_type"
CREDIT_NOTES = "action-account.action_move_out_refund_type"
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
