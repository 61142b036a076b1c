"""Foreign trade on the screen: the bill of a supplier abroad to its entry NF-e, and where a sale leaves the country."""

from datetime import date

from .selling import CHAIR

SHIPMENT = "faturamento_br.shipment"


def test_an_import_from_the_vendor_bill(user):
    clerk = user("faturamento")
    supplier = foreigner(clerk)
    product = clerk.find("product.product", "default_code", CHAIR)
    line = {"product_id": product, "quantity": 10, "price_unit": 500.0, "tax_ids": [[6, 0, []]]}
    values = {"move_type": "in_invoice", "partner_id": supplier, "invoice_date": str(date.today())}
    values |= {"l10n_latam_document_number": "1234", "invoice_line_ids": [[0, 0, line]]}
    bill = clerk.call("account.move", "create", [values])[0]
    clerk.call("account.move", "action_post", [bill])
    clerk.open(f"action-account.action_move_in_invoice_type/{bill}")
    clerk.press("action_fbr_import")
    clerk.wait("div[name=line_ids] .o_data_row")
    shipment = clerk.record_id()
    declared = {
        "di_registered_on": str(date.today()),
        "di_cleared_on": str(date.today()),
        "di_place": "Porto de Santos",
    }
    [state] = clerk.call("res.country.state", "search", [["country_id.code", "=", "BR"], ["code", "=", "SP"]])
    lines = clerk.read(SHIPMENT, shipment, "line_ids")
    clerk.call(SHIPMENT, "write", [shipment], {**declared, "di_state_id": state, "di_expenses": 154.23})
    clerk.call("faturamento_br.shipment.line", "write", lines, {"ii_rate": 16, "import_ipi_rate": 10, "di_addition": 1})
    clerk.open(f"action-faturamento_br.shipment_action/{shipment}")
    clerk.picture("import-goods", docs="importacao-mercadorias")
    clerk.tab("import")
    clerk.fill("di_number", "2612345678")
    clerk.save()
    clerk.picture("import-declaration", docs="importacao")
    clerk.press("action_confirm")
    clerk.wait("button[name=action_fbr_issue]")
    clerk.press("action_fbr_issue")
    clerk.wait("button[name=action_open_import_entry]")
    assert clerk.read(SHIPMENT, shipment, "fbr_document_state") == "authorized"
    clerk.press("action_open_import_entry")
    clerk.wait("div[name=line_ids] .o_data_row")
    clerk.picture("import-taxes", docs="importacao-impostos")


def test_a_sale_abroad_says_where_it_leaves(user):
    seller = user("vendas")
    customer = foreigner(user("faturamento"), "Muebles del Norte")
    product = seller.find("product.product", "default_code", CHAIR)
    line = {"product_id": product, "product_uom_qty": 2, "price_unit": 100.0}
    order = seller.call("sale.order", "create", [{"partner_id": customer, "order_line": [[0, 0, line]]}])[0]
    seller.open(f"action-sale.action_quotations_with_onboarding/{order}")
    seller.tab("fbr_nfe")
    seller.choose("fbr_exit_state_id", "São Paulo")
    seller.fill("fbr_exit_place", "Porto de Santos")
    seller.save()
    seller.picture("export-order", docs="exportacao")
    assert seller.read("sale.order", order, "fbr_exit_place") == "Porto de Santos"


def foreigner(screen, name="Muebles del Sur"):
    [country] = screen.call("res.country", "search", [["code", "=", "UY"]])
    address = {"street_name": "Rambla", "street_number": "100", "street2": "Centro", "city": "Montevideo"}
    values = {"name": name, "is_company": True, "country_id": country, "vat": "219999830019", **address}
    return screen.call("res.partner", "create", [values])[0]
