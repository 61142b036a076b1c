"""After the authorisation, on the screen: a letter of correction, a cancellation, a batch, a hole in the numbering."""

import pytest

from dev.simulator import control

from .screen import Screen
from .selling import CHAIR, HOTEL, TABLE, document_of, invoice

MOVE = "account.move"
INVOICES = "action-account.action_move_out_invoice_type"
LETTER = "Transporte: a placa do veículo é ABC1D23 em lugar de ABC1D32"


def issued(screen: Screen, *codes: str) -> int:
    move = invoice(screen, *codes)
    screen.call(MOVE, "action_fbr_issue", [move])
    screen.until(lambda: document_of(screen, move)["state"] == "authorized")
    return move


def test_corrected_then_cancelled(user):
    """The accountant corrects by a CC-e, then cancels the sale with its books; who only bills has no such button."""
    accountant = user("contabilidade")
    move = issued(accountant, CHAIR, TABLE)
    accountant.open(f"{INVOICES}/{move}")
    accountant.press("action_fbr_correct_document")
    accountant.wait(".modal [name=text] textarea")
    accountant.one(".modal [name=text] textarea").fill("O valor da mercadoria está errado na nota fiscal")
    accountant.leave()
    accountant.wait(".modal [name=confirmed]")
    accountant.picture("letter-doubts")
    accountant.one(".modal [name=text] textarea").fill(LETTER)
    accountant.leave()
    accountant.wait_gone(".modal [name=confirmed]")
    accountant.picture("letter", docs="carta-de-correcao")
    accountant.press("action_apply")
    accountant.wait_gone(".modal")
    document = document_of(accountant, move)["id"]
    accountant.until(lambda: accountant.read("faturamento_br.document", document, "correction_count") == 1)
    clerk = user("faturamento")
    clerk.open(f"{INVOICES}/{move}")
    clerk.wait("button[name=action_fbr_open_danfe]")
    assert not clerk.count("button[name=action_fbr_cancel_document]")

    accountant.open(f"{INVOICES}/{move}")
    accountant.press("action_fbr_cancel_document")
    accountant.wait(".modal [name=reason] input")
    accountant.fill("reason", "O cliente desistiu antes da saída da mercadoria", ".modal")
    accountant.picture("cancel", docs="cancelar")
    accountant.press("action_apply")
    accountant.wait_gone(".modal")
    accountant.until(lambda: document_of(accountant, move)["state"] == "cancelled")
    accountant.until(lambda: accountant.read(MOVE, move, "state") == "cancel")
    accountant.open(f"action-faturamento_br.document_action/{document}")
    accountant.tab("events")
    accountant.picture("document-events", docs="eventos")
    accountant.open("action-faturamento_br.event_action")
    accountant.wait(".o_list_view .o_data_row")
    accountant.picture("events")
    accountant.click(".o_data_row td[name=code]")
    accountant.wait(".o_form_view [name=protocolo]")
    accountant.picture("event")


@pytest.mark.prove
def test_a_batch_and_its_progress(user):
    """Twelve at once go to the background; the batch says what came of them."""
    clerk = user("faturamento")
    moves = [invoice(clerk, CHAIR) for _ in range(12)]
    clerk.open("customer-invoices")
    clerk.tick_rows([clerk.read(MOVE, move, "name") for move in moves])
    clerk.press("action_fbr_issue")
    clerk.wait(".o_notification")
    clerk.until(lambda: {document_of(clerk, move)["state"] for move in moves} == {"authorized"})
    [batch] = clerk.call("faturamento_br.batch", "search", [("document_ids.move_id", "in", moves)])
    clerk.until(lambda: clerk.read("faturamento_br.batch", batch, "finished_at"))
    clerk.open(f"action-faturamento_br.batch_action/{batch}")
    clerk.wait(".o_form_view [name=percent]")
    clerk.picture("batch", docs="lote")
    clerk.open("nfe-sending")
    clerk.picture("sending-nothing")


def test_a_hole_is_voided(user):
    """Numbers that were skipped are listed with their reason, and voided from there."""
    accountant = user("contabilidade")
    number = document_of(accountant, issued(accountant, CHAIR))["number"]
    found = accountant.call("faturamento_br.series", "search_read", [], ["next_number"])
    [series] = [row["id"] for row in found if row["next_number"] == number + 1]
    accountant.call("faturamento_br.series", "write", [series], {"next_number": number + 3})
    issued(accountant, CHAIR)
    accountant.call("faturamento_br.series", "action_find_gaps", [series])
    accountant.open("action-faturamento_br.number_gap_action")
    row = f".o_data_row:has(td[name=first]:text-is('{number + 1}'))"
    accountant.wait(row)
    accountant.picture("gaps", docs="buracos")
    accountant.one(f"{row} .o_list_record_selector input").check()
    accountant.press("action_void")
    accountant.wait(".modal [name=requests]")
    accountant.picture("void")
    accountant.press("action_apply")
    accountant.wait_gone(".modal")
    accountant.open("action-faturamento_br.voiding_action")
    accountant.wait(".o_data_row .text-bg-success")
    accountant.picture("voidings", docs="inutilizados")


def test_a_customer_is_looked_up(user, odoo):
    """The register's values beside ours: what is ticked is written, with the situation and its date on the customer."""
    clerk = user("faturamento")
    state, partner = odoo.data_dir / "faturamento_br" / "simulator", clerk.find("res.partner", "vat", HOTEL)
    ie = clerk.read("res.partner", partner, "l10n_br_ie_code")
    control.register(state, {"uf": "SP", "ie": ie, "holder": HOTEL})
    control.describe(state, HOTEL, xNome="HOTEL JACARANDA SA", xLgr="AVENIDA EUROPA", nro="1200", CEP="01449000")
    clerk.open(f"action-base.action_partner_form/{partner}")
    clerk.press("action_fbr_ask_registry")
    clerk.wait(".modal .alert-success")
    clerk.picture("registry", docs="consultar-cadastro")
    clerk.press("action_apply")
    clerk.wait_gone(".modal")
    clerk.wait("[name=fbr_registry_situation] .text-bg-success")
    clerk.picture("registry-customer")
    assert clerk.read("res.partner", partner, "street_name") == "AVENIDA EUROPA"
    assert clerk.read("res.partner", partner, "name") == "Hotel Jacarandá S.A."
    clerk.open("action-faturamento_br.question_action")
    clerk.wait(".o_list_view .o_data_row")
    clerk.picture("questions")
