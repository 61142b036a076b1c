"""“Why?” on an order's line, read at a desk and on a phone; and a tax that the accountant types by hand there."""

import pytest

from .screen import Screen
from .selling import HOTEL, TABLE

LINES = "div[name=order_line]"
ROW = f"{LINES} tr.o_data_row:nth-child(1)"
SECTION = ".modal .o_fbr_explanation section"


def order(screen: Screen) -> int:
    product = screen.find("product.product", "default_code", TABLE)
    line = {"product_id": product, "product_uom_qty": 2, "price_unit": 950.0}
    vals = {"partner_id": screen.find("res.partner", "vat", HOTEL), "order_line": [(0, 0, line)]}
    return screen.call("sale.order", "create", [vals])[0]


def ask(screen: Screen, sale: int) -> None:
    screen.open(f"sales/{sale}")
    screen.click(f"{ROW} button[name=action_fbr_why]")
    screen.wait(f"{SECTION}[data-tax=icms]")


@pytest.mark.prove
def test_why_these_taxes(user):
    seller, accountant = user("vendas"), user("contabilidade")
    sale = order(seller)
    ask(seller, sale)
    told = seller.text(f"{SECTION}[data-tax=icms]")
    assert "1.900,00 × 18 %" in told
    assert "342,00" in told
    seller.picture("why", docs="por-que")
    seller.click(f"{SECTION}[data-tax=icms] details summary")
    seller.one(f"{SECTION}[data-tax=pis]").scroll_into_view_if_needed()
    seller.picture("why-others")
    seller.page.set_viewport_size({"width": 390, "height": 844})
    seller.settle()
    wide = seller.page.evaluate(
        "() => { const d = document.querySelector('.modal-body'); return d.scrollWidth - d.clientWidth; }"
    )
    assert wide <= 0  # nothing is cut off on a phone, nor on paper of that width
    seller.picture("why-phone")
    seller.page.set_viewport_size({"width": 1366, "height": 768})
    assert not seller.count("button[name=action_fbr_type_taxes]")

    accountant.open(f"sales/{sale}")
    accountant.click(f"{ROW} button[name=action_fbr_type_taxes]")
    accountant.wait(".modal [name=tax_ids] tr.o_data_row")
    row = ".modal [name=tax_ids] tr.o_data_row:nth-child(1)"
    accountant.click(f"{row} td[name=rate]")
    accountant.fill("rate", "12", row)
    accountant.click(".modal [name=reason] textarea")  # leaves the row, as a person does
    accountant.settle()
    accountant.one(".modal [name=reason] textarea").fill("Regime especial nº 123/2026")
    accountant.picture("hand-taxes", docs="impostos-a-mao")
    accountant.press("action_apply")
    accountant.wait(f"{ROW} button.text-warning[name=action_fbr_why]")
    accountant.picture("order-by-hand")
    accountant.click(f"{ROW} button.text-warning[name=action_fbr_why]")
    told = accountant.text(f"{SECTION}[data-tax=icms]")
    assert "1.900,00 × 12 %" in told
    assert "Regime especial nº 123/2026" in told
    accountant.picture("why-by-hand")
