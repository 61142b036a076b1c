"""What is wrong is told at once, with the way to mend it; the number stays."""

import pytest

from .selling import CHAIR, HOTEL, document_of, invoice

NO_SUCH_NCM = "94999999"  # added by hand to our table as if it were new: SEFAZ does not know it
NCM = "94016900"
PROBLEMS = ".modal .o_data_row"
ALERT = "#alerts .alert-danger"


def product(screen, code, **values):
    """A product of the accountant's making, beside those of the demo; the company makes it, so IPI is said."""
    values = {"name": f"Banco {code}", "default_code": code, "type": "consu", "list_price": 310.0, **values}
    values |= {"fbr_ipi_cst": "50", "fbr_ipi_rate": 3.25}
    return screen.call("product.product", "create", [values])[0]


def meaning(screen, code):
    """What the dictionary says of a code, in the demo users' language."""
    [row] = screen.call("faturamento_br.rejection", "read", [code], ["meaning"], context={"lang": "pt_BR"})
    return row["meaning"]


def test_rejected_then_mended(user):
    accountant, clerk = user("contabilidade"), user("faturamento")
    accountant.call("faturamento_br.ncm", "create", [{"code": NO_SUCH_NCM, "name": "De resolução que não saiu"}])
    stool = product(accountant, "BANCO-R", fbr_ncm=NO_SUCH_NCM)
    move = invoice(clerk, "BANCO-R")
    clerk.open(f"customer-invoices/{move}")
    clerk.press("action_fbr_issue")
    clerk.wait(ALERT)
    rejected = document_of(clerk, move)
    assert (rejected["state"], rejected["cStat"]) == ("rejected", "778")
    said = clerk.text(ALERT)
    assert meaning(clerk, 778) in said
    assert "778 Rejeição: Informado NCM inexistente [nItem: 1]" in said
    assert clerk.count(f"{ALERT} a:has-text('Banco BANCO-R')")
    clerk.picture("invoice-rejected", docs="fatura-rejeitada")

    accountant.open(f"customer-invoices/{move}")
    accountant.click(f"{ALERT} a:has-text('Banco BANCO-R: NCM')")
    accountant.wait(".o_form_view [name=default_code]")
    assert accountant.record_id() == stool
    accountant.tab("fbr_nfe")
    accountant.choose("fbr_ncm_id", "9401.69.00")
    accountant.save()
    accountant.picture("product")

    clerk.press("action_fbr_issue")
    clerk.wait("button[name=action_fbr_open_danfe]")
    assert not clerk.count(ALERT)
    mended = document_of(clerk, move)
    assert (mended["state"], mended["number"]) == ("authorized", rejected["number"])
    assert len(mended["attempt_ids"]) == 2
    clerk.press("action_view_fbr_documents")
    clerk.tab("attempts")
    clerk.picture("document-attempts")


@pytest.mark.prove
def test_who_sells_learns_what_is_missing(user):
    accountant, seller = user("contabilidade"), user("vendas")
    stool = product(accountant, "BANCO-Q")
    order = seller.call(
        "sale.order",
        "create",
        [
            {
                "partner_id": seller.find("res.partner", "vat", HOTEL),
                "order_line": [(0, 0, {"product_id": stool, "product_uom_qty": 2})],
            }
        ],
    )[0]
    seller.open(f"sales/{order}")
    assert "Banco BANCO-Q" in seller.text("[name=fbr_alerts] .alert-warning")
    seller.picture("quotation-missing", docs="orcamento-pendencias", height=480)
    seller.click("[name=fbr_alerts] .alert-warning a")
    seller.wait(".o_form_view [name=default_code]")
    seller.picture("quotation-missing-product")


@pytest.mark.prove
def test_confirming_names_what_is_missing(user):
    accountant, clerk = user("contabilidade"), user("faturamento")
    product(accountant, "BANCO-S")
    move = invoice(clerk, "BANCO-S", post=False)
    clerk.open(f"customer-invoices/{move}")
    clerk.press("action_post")
    assert "Banco BANCO-S" in clerk.text(".modal .modal-body")
    clerk.picture("invoice-not-confirmed")
    clerk.click(".modal-footer button")
    assert clerk.read("account.move", move, "state") == "draft"


@pytest.mark.prove
def test_problems_before_sending(user):
    """Product and customer lost data after the invoice was confirmed: all is listed, each line leads to its record."""
    accountant, clerk = user("contabilidade"), user("faturamento")
    bench = product(accountant, "BANCO-T", fbr_ncm=NCM)
    hotel = accountant.find("res.partner", "vat", HOTEL)
    other = {"name": "Pousada Ingá", "vat": "11444777000161", "l10n_br_ie_code": "110042490114"}  # no IE of another
    [customer] = accountant.call("res.partner", "copy", [hotel], other)
    move = invoice(clerk, "BANCO-T", CHAIR, partner_id=customer)
    accountant.call("product.product", "write", [bench], {"fbr_ncm": False})
    accountant.call("res.partner", "write", [customer], {"street2": False})

    clerk.open(f"customer-invoices/{move}")
    clerk.press("action_fbr_issue")
    clerk.wait(PROBLEMS)
    assert clerk.count(PROBLEMS) == clerk.count(f"{PROBLEMS} button[name=action_open]") == 2
    clerk.picture("problems", docs="pendencias")

    clerk.click(f"{PROBLEMS}:has-text('Banco') button[name=action_open]")
    clerk.wait(".o_form_view [name=default_code]")
    accountant.call("product.product", "write", [bench], {"fbr_ncm": NCM})
    clerk.open(f"customer-invoices/{move}")
    clerk.picture("invoice-problems")
    clerk.click(f"{ALERT} a:has-text('Pousada')")
    clerk.wait(".o_form_view [name=street2]")
    clerk.one("[name=street2] input, input[name=street2], #street2_0").fill("Centro")
    clerk.picture("customer", docs="cliente")
    clerk.save()
    clerk.open(f"customer-invoices/{move}")
    clerk.press("action_fbr_issue")
    clerk.wait("button[name=action_fbr_open_danfe]")
    assert document_of(clerk, move)["state"] == "authorized"


@pytest.mark.prove
def test_rejected_among_others(user):
    """Issued together: what SEFAZ refused is one list, found again in the menu; the code is in the dictionary."""
    accountant, clerk = user("contabilidade"), user("faturamento")
    accountant.call("faturamento_br.ncm", "create", [{"code": "94999998", "name": "De outra resolução que não saiu"}])
    product(accountant, "BANCO-U", fbr_ncm="94999998")
    moves = [invoice(clerk, *codes) for codes in ((CHAIR,), (CHAIR, "BANCO-U"), (CHAIR,))]
    clerk.open("customer-invoices")
    clerk.tick_rows([clerk.read("account.move", move, "name") for move in moves])
    clerk.press("action_fbr_issue")
    clerk.wait(PROBLEMS)
    assert clerk.count(PROBLEMS) == 1
    rejected = document_of(clerk, moves[1])
    told = (rejected["display_name"], meaning(clerk, 778), "Banco BANCO-U: NCM")
    assert [words for words in told if words not in clerk.text(PROBLEMS)] == []
    clerk.picture("problems-of-several", docs="rejeicoes-em-lote")
    assert [document_of(clerk, move)["state"] for move in moves] == ["authorized", "rejected", "authorized"]

    clerk.open("action-faturamento_br.document_problem_action")
    clerk.wait(f".o_data_row:has-text('{rejected['display_name']}') button[name=action_open]")
    clerk.picture("to-mend")
    clerk.open("action-faturamento_br.rejection_action")
    clerk.wait(".o_data_row")
    clerk.picture("rejections")
    clerk.search("ncm inexistente")
    clerk.wait(".o_data_row:has-text('778')")
    clerk.settle()
    clerk.picture("rejections-found", docs="dicionario", height=420)
    clerk.click(".o_data_row td[name=code]")
    clerk.wait(".o_form_view [name=cure]")
    clerk.picture("rejection")
