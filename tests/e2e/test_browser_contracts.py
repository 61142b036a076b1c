"""Recurring billing on the screen: from the quotation to three invoices, a change in mid-month, a parked contract."""

from datetime import date, datetime, time, timedelta

import pytest
from freezegun import freeze_time

from .selling import CHAIR, HOTEL, document_of

CONTRACT, CONTRACTS = "faturamento_br.contract", "action-faturamento_br.contract_action"
LINES = "div[name=order_line]"
DECIDED = ".o_statusbar_buttons"


@pytest.fixture
def job(shop, open_env):
    """``job(day)`` is the background's run at noon of that day; ``job()`` the one of now."""
    database = shop.process.args[shop.process.args.index("-d") + 1]

    def run(day=None):
        noon = datetime.combine(day or date.today(), time(15))
        with open_env(database) as env, freeze_time(noon, ignore=["_pytest"]):
            running = env[CONTRACT].search([("state", "=", "running")])
            env.add_to_compute(running._fields["next_bill_on"], running)  # as on that day, which is in the past
            env[CONTRACT]._cron_bill()
            env.cr.commit()

    return run


def first_of_month(back):
    """The first day of the month so many before this one."""
    day = date.today().replace(day=1)
    for _month in range(back):
        day = (day - timedelta(1)).replace(day=1)
    return day


def product(screen, name, **values):
    """A product that recurs every month."""
    recurs = {"fbr_recurring": True, "fbr_interval_count": 1, "fbr_interval_unit": "month"}
    return screen.call("product.product", "create", [{"name": name, **recurs, **values}])[0]


def test_from_quotation_to_three_invoices(user, job):
    """Goods every month: the order invoices what is sold once, the contract the rest, each with its NF-e."""
    accountant = user("contabilidade")
    chair = accountant.find("product.product", "default_code", CHAIR)
    ncm = accountant.read("product.product", chair, "fbr_ncm_id")[0]
    kit = product(accountant, "Cadeira de reposição", type="consu", list_price=400.0, fbr_ncm_id=ncm, fbr_ipi_cst="53")
    template = accountant.read("product.product", kit, "product_tmpl_id")[0]
    accountant.open(f"action-sale.product_template_action/{template}")
    accountant.wait("[name=fbr_interval_unit]")
    accountant.picture("product-recurring", docs="produto-recorrente")
    contract = quote(user("vendas"))
    for back in (2, 1):
        job(first_of_month(back))
    clerk = user("faturamento")
    clerk.open(f"{CONTRACTS}/{contract}")
    assert clerk.read(CONTRACT, contract, "invoice_count") == 2
    clerk.press("action_bill_now")
    clerk.wait("button[name=action_post]")
    move = clerk.record_id()
    clerk.press("action_post")
    clerk.press("action_fbr_issue")
    clerk.wait("button[name=action_fbr_open_danfe]")
    assert document_of(clerk, move)["cStat"] == "100"
    clerk.picture("contract-invoice", docs="contrato-fatura")
    clerk.open(f"{CONTRACTS}/{contract}")
    clerk.tab("periods")
    clerk.wait_count("[name=period_ids] tr.o_data_row", 3)
    clerk.picture("contract-three-months", docs="contrato-periodos")
    clerk.press("action_view_invoices")
    clerk.wait(".o_list_view")
    clerk.wait_count(".o_list_view tr.o_data_row", 3)


def quote(seller):
    """A quotation with what recurs and what is sold once, confirmed; returns its contract's id."""
    seller.open("sales/new")
    seller.choose("partner_id", "Hotel Jacarandá")
    for name in ("Cadeira de reposição", "Cadeira de ipê"):
        row = seller.add_row(LINES, "product_template_id")
        seller.choose("product_template_id", name, row)
    seller.fill("fbr_contract_start", f"{first_of_month(2):%d/%m/%Y}")
    seller.save()
    seller.picture("quotation-recurring", docs="cotacao-recorrente")
    seller.press("action_confirm")
    seller.wait(".o_statusbar_status [data-value=sale].o_arrow_button_current")
    seller.press("action_view_fbr_contracts")
    seller.wait("[name=date_start]")
    seller.tab("preview")
    seller.picture("contract-from-order", docs="contrato-do-pedido")
    [contract] = seller.call(CONTRACT, "search", [("sale_order_id.partner_id.vat", "=", HOTEL)])
    return contract


def service_contract(screen, **values):
    """A running contract of a monthly service, since the first of this month."""
    assembly = screen.find("product.product", "default_code", "MONT")
    line = {"product_id": assembly, "price_unit": 100.0, "name": "Manutenção {period}"}
    values = {"partner_id": screen.find("res.partner", "vat", HOTEL), "line_ids": [(0, 0, line)], **values}
    [contract] = screen.call(CONTRACT, "create", [{"date_start": str(first_of_month(0)), **values}])
    screen.call(CONTRACT, "action_start", [contract])
    return contract


def test_upgrade_in_mid_month(user):
    """Dearer from today on: the preview says by the day what the next invoice will say."""
    clerk = user("faturamento")
    contract = service_contract(clerk)
    clerk.call(CONTRACT, "action_bill_now", [contract])
    clerk.open(f"{CONTRACTS}/{contract}")
    clerk.click(f"{DECIDED} button[data-hotkey=c]")
    clerk.wait(".modal [name=when]")
    clerk.one(".modal [name=when] input[data-value=now]").check()
    clerk.fill("price_unit", "150", ".modal")
    clerk.leave()
    clerk.wait(".modal [name=preview] .badge")
    clerk.fill("why", "Mais duas visitas por mês", ".modal")
    clerk.leave()
    clerk.picture("contract-upgrade", docs="contrato-alteracao")
    told = clerk.text(".modal [name=preview] tbody tr .text-end")
    clerk.press("action_change")
    clerk.wait_gone(".modal")
    clerk.press("action_bill_now")
    clerk.wait("button[name=action_post]")
    total = clerk.read("account.move", clerk.record_id(), "amount_untaxed")
    assert f"{total:.2f}".replace(".", ",") in told
    clerk.picture("contract-correction")


def test_parked_contract_is_mended(user, job):
    """A note with a word that nobody knows: the reason is on the screen, and trying again bills it."""
    clerk = user("faturamento")
    contract = service_contract(clerk)
    clerk.call(CONTRACT, "write", [contract], {"note": "Mensalidade de {mes}"})
    job()
    wizard = clerk.call("faturamento_br.contract.forecast.wizard", "create", [{"day": str(date.today())}])
    clerk.call("faturamento_br.contract.forecast.wizard", "action_show", wizard)
    clerk.open("action-faturamento_br.contract_forecast_action")
    clerk.wait(".o_list_view .o_group_header")
    clerk.picture("contract-forecast", docs="contratos-o-que-seria-faturado")
    clerk.open(f"{CONTRACTS}/{contract}")
    clerk.wait(".alert-danger [name=parked_reason]")
    clerk.picture("contract-parked", docs="contrato-retido")
    clerk.tab("billing")
    clerk.one("[name=note] textarea").fill("Mensalidade de {month}")
    clerk.save()
    clerk.press("action_retry")
    clerk.wait("button[name=action_post]")
    assert clerk.read(CONTRACT, contract, "parked") is False
