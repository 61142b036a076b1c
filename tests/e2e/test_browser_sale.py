"""The main job in a real browser, by the people who do it: from the quotation to the payment."""

from playwright.sync_api import expect

from .selling import document_of

LINES = "div[name=order_line]"


def test_from_quotation_to_payment(user):
    order = sell(user("vendas"))
    clerk = user("faturamento")
    move = bill(clerk, order)
    issue(clerk, move)
    assert open_danfe(clerk, move).startswith(b"%PDF-")
    pay(clerk, move)
    clerk.open(f"sales/{order}")
    clerk.picture("order-with-document")
    clerk.press("action_view_fbr_documents")
    clerk.wait(".o_form_view [name=access_key]")


def sell(seller):
    """A salesperson makes a quotation and confirms it; returns the order's id."""
    seller.open("sales/new")
    seller.choose("partner_id", "Hotel Jacarandá")
    for product, quantity in {"Mesa de jantar": "2", "Cadeira de ipê": "16", "Frete": "1"}.items():
        row = seller.add_row(LINES, "product_template_id")
        seller.choose("product_template_id", product, row)
        seller.fill("product_uom_qty", quantity, row)
    seller.save()
    expect(seller.page.locator(f"{LINES} tr.o_data_row")).to_have_count(3)
    seller.wait_count(f"{LINES} tr.o_data_row:nth-child(3) [name=tax_ids] .o_tag", 0)  # a freight is no item
    assert not seller.count("[name=fbr_alerts] .alert")  # nothing is missing
    seller.picture("quotation")
    seller.tab("fbr_nfe")  # a freight line makes it CIF: there is something to say of the load
    seller.fill("fbr_volume_count", "3")
    seller.fill("fbr_volume_kind", "Caixas")
    seller.save()
    seller.picture("quotation-nfe", docs="aba-nfe")
    seller.one("[name=fbr_reader_ids]").scroll_into_view_if_needed()
    seller.picture("quotation-nfe-texts")
    seller.press("action_confirm")
    seller.wait(".o_statusbar_status [data-value=sale].o_arrow_button_current")
    return seller.record_id()


def bill(clerk, order):
    """The billing clerk makes the order's invoice and confirms it; returns its id."""
    clerk.open(f"sales/{order}")
    clerk.click("button[id=create_invoice], button[name$='action_view_sale_advance_payment_inv']")
    clerk.wait(".modal")
    clerk.click(".modal button[name=create_invoices]")
    clerk.wait("button[name=action_post]")
    clerk.picture("invoice-draft")
    clerk.tab("fbr_nfe")
    assert "Caixas" in clerk.one("[name=fbr_volume_kind] input").input_value()
    clerk.picture("invoice-draft-nfe")
    clerk.press("action_post")
    clerk.wait("button[name=action_fbr_issue]")
    clerk.picture("invoice-confirmed")
    return clerk.record_id()


def issue(clerk, move):
    """One press; the answer of the authorizer is on the screen when it returns."""
    clerk.press("action_fbr_issue")
    clerk.wait("button[name=action_fbr_open_danfe]")
    assert not clerk.count("button[name=action_fbr_issue]")
    document = document_of(clerk, move)
    assert (document["state"], document["cStat"]) == ("authorized", "100")
    assert clerk.read("account.move", move, "name") == document["display_name"]
    clerk.picture("invoice-authorized", docs="fatura-autorizada")


def open_danfe(clerk, move):
    """The DANFE in a tab of its own; returns its bytes."""
    clerk.until(lambda: document_of(clerk, move)["danfe_attachment_id"])
    with clerk.page.expect_popup() as popup:
        clerk.press("action_fbr_open_danfe")
    with popup.value as tab:
        clerk.until(lambda: "/web/content/" in tab.url)
        return clerk.page.request.get(tab.url).body()


def pay(clerk, move):
    clerk.press("action_register_payment")
    clerk.wait(".modal")
    clerk.picture("payment")
    clerk.click(".modal button[name=action_create_payments]")
    clerk.wait_gone(".modal")
    clerk.until(lambda: clerk.read("account.move", move, "payment_state") in ("paid", "in_payment"))
    clerk.picture("invoice-paid")
