"""The accountant's tax simulator on the screen: typed, compared, explained, and nothing made of it."""

from .screen import Screen
from .selling import CHAIR

SIMULATOR = "action-faturamento_br.tax_simulation_action"
RESULT = ".o_field_widget[name=result]"
MADE = ("sale.order", "account.move", "faturamento_br.document", "product.product", "res.partner")


def counts(screen: Screen) -> list[int]:
    return [screen.call(model, "search_count", []) for model in MADE]


def test_simulate_and_compare(user):
    """An accountant sees each tax and why, then the years of the reform beside today, and on a phone too."""
    accountant = user("contabilidade")
    before = counts(user("faturamento"))
    accountant.open(SIMULATOR)
    accountant.wait(".o_form_view [name=line_ids]")
    accountant.click("[name=line_ids] .o_data_row td[name=product_id]")
    accountant.choose("product_id", CHAIR, within="[name=line_ids]")
    accountant.leave()
    accountant.wait(f"{RESULT} td:has-text('ICMS')")
    first = accountant.text(RESULT)
    assert "CST 00" in first
    assert "CFOP" in first
    accountant.picture("simulation", docs="simulador")
    accountant.click(f"{RESULT} tr:has(td:text-is('ICMS')) + tr summary")
    accountant.wait(f"{RESULT} details[open] .o_fbr_explanation")
    accountant.one(f"{RESULT} details[open]").scroll_into_view_if_needed()
    accountant.picture("simulation-why", docs="simulador-por-que")

    accountant.press("action_fbr_later_years")
    accountant.wait(".alert-danger:has-text('2027')")
    simulation = accountant.record_id()
    columns = accountant.read("faturamento_br.tax_simulation", simulation, "column_ids")
    rates = {"assumed_ibs_uf": 10.0, "assumed_ibs_city": 3.7, "assumed_cbs": 8.8}
    accountant.call("faturamento_br.tax_simulation.column", "write", columns, rates)
    accountant.open(f"{SIMULATOR}/{simulation}")
    accountant.wait(f"{RESULT} .alert-warning:has-text('8,8')")
    accountant.wait_gone(".alert-danger")
    assert accountant.count(f"{RESULT} table.table-hover > thead th") == 6
    accountant.one(f"{RESULT} table.table-hover > thead").evaluate("head => head.scrollIntoView()")
    accountant.picture("simulation-years", docs="simulador-anos")
    accountant.page.set_viewport_size({"width": 390, "height": 844})
    accountant.one(f"{RESULT} table.table-hover > thead").evaluate("head => head.scrollIntoView()")
    accountant.picture("simulation-phone")
    wide = accountant.page.evaluate(
        "() => { const d = document.querySelector('.o_form_view .o_content'); return d.scrollWidth - d.clientWidth; }"
    )
    assert wide <= 0  # the table scrolls by itself; Odoo's menu bar takes its time to fold
    accountant.page.set_viewport_size({"width": 1366, "height": 768})
    assert counts(user("faturamento")) == before
