"""The fiscal check-up on the screen: three products mended, one in its cell, two together."""

import pytest

from .test_browser_goods import DIALOG

LIST = "checkup-products"
NAMES = [f"Luminária {name}" for name in ("de mesa", "de piso", "de teto")]
LAMP = "9405.49.00"


def choose_ncm(screen, text, code):
    """Type in the cell of the row being edited, and take what the table offers."""
    screen.take(".o_selected_row td[name=ncm_id] input, td[name=ncm_id] input", text, code)


def without_ncm(screen, products):
    domain = [("product_tmpl_id", "in", products), ("check_code", "=", "ncm_missing")]
    return screen.call("faturamento_br.checkup_finding", "search_count", domain)


@pytest.mark.prove
def test_mended_in_place_and_together(user):
    screen = user("contabilidade")
    products = screen.call("product.template", "create", [{"name": name, "type": "consu"} for name in NAMES])
    screen.open(LIST)
    screen.wait(f".o_data_row:has-text('{NAMES[0]}')")
    screen.picture("checkup", docs="revisao-fiscal")

    screen.click(f".o_data_row:has-text('{NAMES[0]}') td[name=ncm_id]")
    choose_ncm(screen, LAMP, LAMP)
    screen.one(".o_searchview_input").click()  # leaving the row saves it
    screen.until(lambda: screen.read("product.template", products[0], "fbr_ncm") == LAMP.replace(".", ""))
    screen.wait(f".o_data_row.text-success:has-text('{NAMES[0]}')")
    screen.picture("checkup-mended")

    screen.tick_rows(NAMES[1:])
    screen.wait(".o_control_panel button:has-text('NF-e')")
    screen.click(".o_control_panel button:has-text('NF-e')")
    screen.wait(".modal [name=ncm_id] input")
    screen.take(".modal [name=ncm_id] input", LAMP, LAMP)
    screen.picture("checkup-fill")
    screen.click(DIALOG)
    screen.wait_gone(".modal")
    screen.settle()
    filled = screen.call("product.template", "read", products, ["fbr_ncm"])
    assert {product["fbr_ncm"] for product in filled} == {LAMP.replace(".", "")}
    screen.click(".o_control_panel button[name=action_check]")
    screen.until(lambda: not without_ncm(screen, products))
    screen.wait_gone(".o_data_row.text-success")
    for part in ("checkup-customers", "checkup-rules"):
        screen.open(part)
        screen.wait(".o_list_view, .o_view_nocontent")
        screen.picture(part)
