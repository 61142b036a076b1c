"""Several invoices at once, and Odoo's own Send."""

import pytest

from .selling import CHAIR, TABLE, document_of, invoice


def test_five_from_the_invoice_list(user):
    clerk = user("faturamento")
    moves = [invoice(clerk, CHAIR) for _ in range(5)]
    names = [clerk.read("account.move", move, "name") for move in moves]
    clerk.open("customer-invoices")
    clerk.tick_rows(names)
    clerk.picture("invoice-list-selected", docs="faturas-em-lote")
    clerk.press("action_fbr_issue")
    for name in names:
        clerk.wait(f"tr.o_data_row:has-text('{name}') [name=fbr_document_state] .text-bg-success")
    clerk.picture("invoice-list-authorized")
    assert {document_of(clerk, move)["state"] for move in moves} == {"authorized"}


@pytest.mark.prove
def test_batch_from_the_documents(user):
    clerk = user("faturamento")
    names = [clerk.read("account.move", invoice(clerk, TABLE), "name") for _ in range(3)]
    clerk.open("action-faturamento_br.document_action")
    clerk.tick_rows(names)
    clerk.press("action_issue")
    for name in names:
        clerk.wait(f"tr.o_data_row:has-text('{name}') [name=state] .text-bg-success")


def send(clerk, move, issue, **pictures):
    """Send an invoice from Odoo's dialog, with or without its NF-e."""
    clerk.open(f"customer-invoices/{move}")
    clerk.press("action_invoice_sent")
    box = clerk.wait(".modal [name=extra_edi_checkboxes] input[type=checkbox]")
    assert box.is_checked()
    box.set_checked(issue)
    clerk.picture("send", **pictures)
    clerk.click(".modal button[name=action_send_and_print]")
    clerk.wait_gone(".modal")


def test_send_issues_and_mails(user):
    clerk = user("faturamento")
    move = invoice(clerk, CHAIR)
    send(clerk, move, issue=True, docs="enviar")
    clerk.wait("button[name=action_fbr_open_danfe]")
    assert document_of(clerk, move)["state"] == "authorized"
    # The mail leaves by itself when XML and DANFE exist.
    clerk.until(lambda: clerk.read("account.move", move, "is_move_sent"))


@pytest.mark.prove
def test_send_without_issuing(user):
    clerk = user("faturamento")
    move = invoice(clerk, CHAIR)
    send(clerk, move, issue=False)
    clerk.until(lambda: clerk.read("account.move", move, "is_move_sent"))
    assert document_of(clerk, move)["state"] == "draft"
    clerk.wait("button[name=action_fbr_issue]")
