"""A customer who is late and wants more, and the yearly adjustment of twenty contracts, on the screen."""

from datetime import date, timedelta

from .screen import Screen
from .selling import HOTEL

ROWS = ".o_data_row"
COUNT = 20
PERCENT = 0.5


def months_ago(count: int) -> date:
    """The first day of the month ``count`` months before this one."""
    month = date.today().year * 12 + date.today().month - 1 - count
    return date(month // 12, month % 12 + 1, 1)


def assembly(screen: Screen) -> int:
    return screen.find("product.product", "name", "Montagem no local")


def owe(screen: Screen, customer: int, amount: float, days: int) -> None:
    """A posted invoice that is so many days overdue."""
    due = date.today() - timedelta(days=days)
    values = {
        "move_type": "out_invoice",
        "partner_id": customer,
        "invoice_date": str(due - timedelta(days=10)),
        "invoice_payment_term_id": False,
        "invoice_date_due": str(due),
        "invoice_line_ids": [(0, 0, {"product_id": assembly(screen), "price_unit": amount})],
    }
    screen.call("account.move", "action_post", screen.call("account.move", "create", [values]))


def contracts(screen: Screen, customer: int, count: int, **values: object) -> list[int]:
    """Running contracts of a service."""
    line = (0, 0, {"product_id": assembly(screen), "price_unit": 1000.0})
    one = {"partner_id": customer, "date_start": str(months_ago(12)), "line_ids": [line], **values}
    made = screen.call("faturamento_br.contract", "create", [one] * count)
    screen.call("faturamento_br.contract", "action_start", made)
    return made


def test_a_late_customer_is_told_of_on_the_order_and_has_a_card(user):
    administrator, screen = user("admin"), user("faturamento")
    customer = screen.find("res.partner", "vat", HOTEL)
    owe(screen, customer, 2500.0, 40)
    contracts(screen, customer, 1, term_count=12, billed_elsewhere=str(date.today()))
    company = administrator.find("res.company", "name", "Marcenaria Ipê Ltda")
    administrator.call("res.company", "write", [company], {"fbr_block_sales": True})
    line = (0, 0, {"product_id": assembly(screen), "price_unit": 100.0})
    [order] = screen.call("sale.order", "create", [{"partner_id": customer, "order_line": [line]}])
    screen.open(f"sales/{order}")
    screen.wait("[name=fbr_overdue]")
    screen.picture("order-overdue")
    screen.press("action_confirm")
    screen.wait(".modal:has-text('R$')")
    screen.picture("order-blocked")
    screen.click(".modal-footer button")
    screen.click("[name=fbr_overdue] button[name=action_view_fbr_situation]")
    screen.wait("[name=fbr_live_contract_ids] .o_data_row")
    screen.picture("customer-situation", docs="situacao-financeira")
    screen.press("action_view_fbr_overdue")
    screen.wait(f".o_list_view {ROWS}")
    screen.picture("customer-overdue")
    administrator.call("res.company", "write", [company], {"fbr_block_sales": False})
    assert screen.read("sale.order", order, "state") == "draft"


def test_twenty_contracts_are_adjusted_in_one_act(user):
    screen = user("contabilidade")
    customer = screen.find("res.partner", "vat", HOTEL)
    values = [
        {"index": "IPCA", "month": str(months_ago(back)), "percent": PERCENT, "source": "IBGE"} for back in range(1, 14)
    ]
    screen.call("faturamento_br.index_value", "create", values)
    made = contracts(screen, customer, COUNT, adjust_index="IPCA")
    screen.open("index-values")
    screen.wait(f"{ROWS}:has-text('IBGE')")
    screen.picture("index-values")
    screen.open("adjustments-of-the-month")
    screen.wait(f"{ROWS}:has-text('IPCA')")
    screen.wait_count(f"{ROWS}", COUNT)
    screen.picture("adjustments", docs="reajustes-do-mes")
    screen.one("thead .o_list_record_selector input").check()
    screen.press("action_approve")
    screen.wait(".o_data_row .text-bg-success")
    screen.picture("adjustments-approved")
    lines = screen.call("faturamento_br.adjustment_line", "search_read", [("adjustment_id.contract_id", "in", made)])
    prices = {line["price_after"] for line in lines}
    assert len(lines) == COUNT
    assert prices == {round(1000 * round(1.005 ** len(lines[0]["months"]), 6), 2)}
    screen.open(f"price-adjustments/{lines[0]['adjustment_id'][0]}")
    screen.wait("[name=line_ids] .o_data_row")
    screen.picture("adjustment-form")
