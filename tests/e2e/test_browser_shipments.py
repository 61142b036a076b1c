"""Goods go out for demonstration and come back, on the screen: by who sells, who bills, and who keeps the books."""

import pytest

from .selling import CHAIR, HOTEL

SHIPMENTS = "action-faturamento_br.shipment_action"
OUT = "action-faturamento_br.shipment_line_action"
LINES = "div[name=line_ids]"
MODEL = "faturamento_br.shipment"


@pytest.mark.prove
def test_demonstration_out_and_back(user):
    seller, clerk = user("vendas"), user("faturamento")
    seller.open(SHIPMENTS)
    seller.picture("shipments-empty")
    shipment = prepare(seller)
    clerk.open(f"{SHIPMENTS}/{shipment}")
    clerk.press("action_confirm")
    clerk.wait("button[name=action_fbr_issue]")
    clerk.picture("shipment-confirmed")
    clerk.press("action_fbr_issue")
    clerk.wait("button[name=action_return]")
    assert clerk.read(MODEL, shipment, "fbr_document_state") == "authorized"
    clerk.picture("shipment-issued", docs="remessa")
    clerk.press("action_send")
    clerk.wait(".modal .o_attachment, .modal [name=attachment_ids]")
    clerk.picture("shipment-mail")
    clerk.click(".modal .btn-close")
    clerk.wait_gone(".modal")

    clerk.press("action_return")
    clerk.wait("[name=partner_key] input")
    clerk.picture("shipment-return-draft")
    back = clerk.record_id()
    assert clerk.read(MODEL, back, "origin_id")[0] == shipment
    [line] = clerk.read(MODEL, back, "line_ids")
    clerk.call("faturamento_br.shipment.line", "write", [line], {"quantity": 1})
    clerk.open(f"{SHIPMENTS}/{back}")
    clerk.fill("partner_key", key_of(HOTEL))
    clerk.press("action_confirm")
    clerk.wait(".o_statusbar_status [data-value=issued].o_arrow_button_current")
    clerk.picture("shipment-returned")

    clerk.open(OUT)
    clerk.wait(".o_list_view .o_data_row")
    clerk.picture("shipments-out", docs="em-poder-de-terceiros", height=420)
    clerk.switch("pivot")
    clerk.picture("shipments-out-pivot")
    clerk.open(SHIPMENTS)
    clerk.wait(".o_list_view .o_data_row")
    clerk.picture("shipments-list")
    for view in ("kanban", "graph", "activity"):
        clerk.switch(view)
        clerk.picture(f"shipments-{view}")
    phone = user("faturamento", phone=True)
    phone.open(f"{SHIPMENTS}/{shipment}")
    phone.picture("shipment-phone")


def prepare(seller):
    """A salesperson fills in what leaves, why and with whom; returns its id."""
    product = seller.find("product.product", "default_code", CHAIR)
    seller.open(f"{SHIPMENTS}/new")
    seller.choose("partner_id", "Hotel Jacarandá")
    seller.choose("fbr_operation_id", "Remessa para demonstração")
    row = seller.add_row(LINES, "product_id")
    seller.choose("product_id", "Cadeira de ipê", row)
    seller.fill("quantity", "2", row)
    seller.save()
    seller.picture("shipment-draft")
    seller.tab("fbr_nfe")
    seller.picture("shipment-nfe")
    shipment = seller.record_id()
    [line] = seller.read(MODEL, shipment, "line_ids")
    assert seller.read("faturamento_br.shipment.line", line, "product_id")[0] == product
    return shipment


def key_of(tax_id):
    """The access key of an NF-e of who has ``tax_id``."""
    key = f"352611{tax_id}55001000000321183746152"
    weights = [2, 3, 4, 5, 6, 7, 8, 9] * 6
    remainder = sum(int(digit) * weight for digit, weight in zip(reversed(key), weights, strict=False)) % 11
    return key + str(0 if remainder < 2 else 11 - remainder)
