"""Goods made ready for the NF-e: looked up by words, many at once, from the list of those that are not."""

import pytest

LIST = "products-nfe"
DIALOG = ".modal .modal-footer .btn-primary"


def test_fill_in_many_at_once(user):
    screen = user("contabilidade")
    names = [f"Banqueta {wood}" for wood in ("de cedro", "de imbuia", "de jatobá")]
    category = screen.call("product.category", "create", [{"name": "Vernizes", "fbr_ncm": "32081010"}])[0]
    stools = screen.call("product.template", "create", [{"name": name, "type": "consu"} for name in names])
    varnish = {"name": "Verniz marítimo", "type": "consu", "categ_id": category, "barcode": "7891000315508"}
    [varnish] = screen.call("product.template", "create", [varnish])

    screen.open(LIST)
    screen.wait(f".o_data_row:has-text('{names[0]}')")
    assert not screen.count(".o_data_row:has-text('Verniz')"), "its category has the NCM"
    screen.tick_rows(names)
    screen.click(f".o_data_row:has-text('{names[0]}') td[name=fbr_ncm_id]")
    screen.picture("goods-list")
    entry = ".o_selected_row td[name=fbr_ncm_id] input, td[name=fbr_ncm_id] input"
    screen.suggest(entry, "cadeiras madeira", "9401.69.00")
    screen.picture("goods-list-words", docs="produtos-nfe")
    screen.one(".o-autocomplete--dropdown-item:has-text('9401.69.00')").click()
    screen.wait(DIALOG)
    screen.picture("goods-list-confirm")
    screen.click(DIALOG)
    screen.wait_gone(".modal")
    screen.settle()
    filled = screen.call("product.template", "read", stools, ["fbr_ncm"])
    assert [product["fbr_ncm"] for product in filled] == ["94016900"] * 3

    screen.open(f"{LIST}/{varnish}")
    screen.tab("fbr_nfe")
    screen.picture("goods-form", docs="produto-nfe")
    screen.click("[name=fbr_cest_id] input")
    screen.take("[name=fbr_cest_id] input", "24.001.00", "24.001.00")
    screen.save()
    assert screen.read("product.template", varnish, "fbr_cest") == "2400100"
    screen.open(f"action-product.product_category_action_form/{category}")
    screen.picture("goods-category")


@pytest.mark.prove
def test_tables(user):
    screen = user("contabilidade")
    screen.open("ncm")
    screen.search("cadeira madeira")
    screen.wait(".o_data_row:has-text('9401.69.00')")
    screen.picture("ncm", docs="tabela-ncm", height=480)
    screen.click(".o_data_row:has-text('9401.69.00') td[name=display_name]")
    screen.wait(".o_form_view")
    screen.picture("ncm-form")
    for table in ("cest", "cfop", "cst", "cbenef"):
        screen.open(table)
        screen.picture(f"table-{table}")
    phone = user("contabilidade", phone=True)
    phone.open(LIST)
    phone.picture("goods-phone")
