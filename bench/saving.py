"""Saving and typing with the add-on, as ratios of the same without it: invoices and orders of 1, 50 and 500 lines.

Both are made in one process, each in a database of its own (the add-on's dependencies alone, and the add-on with a
company that issues NF-e), and take turns. The document without has l10n_br's own taxes ICMS, PIS, COFINS and IPI on
each line, that with has ours, which the core computes. Counted: queries, and CPU time of the thread (PostgreSQL's is
not in it), the least of all rounds: what else runs on the machine only adds to it. What a user does is measured: making
the document, changing a price on it, typing a price in its form (the two requests of the web client), and confirming
it. Each step begins as a transaction does: with nothing kept from the one before.
"""

import sys
from pathlib import Path
from time import thread_time_ns

ROOT = Path(__file__).resolve().parents[1]
WITHOUT, WITH = "faturamento_br_bench_without", "faturamento_br_bench_with"
#: Lines of a document, and rounds: long ones need fewer to be told apart from what else the machine does.
SIZES = {1: 9, 50: 6, 500: 2}
KINDS = {"invoice": ("account.move", "invoice_line_ids"), "order": ("sale.order", "order_line")}
#: At 50 lines; the others are shown.
MEASURED = 50
MOST_QUERIES, MOST_TIME = 1.5, 1.3


class Side:
    """One of the two databases: a company, a customer, and products with their taxes."""

    def __init__(self, database, prepare):
        from odoo import SUPERUSER_ID, api
        from odoo.modules.registry import Registry

        self.cursor = Registry(database).cursor()
        env = api.Environment(self.cursor, SUPERUSER_ID, {})
        self.company = env["res.company"].create(
            {
                "name": "Bench",
                "country_id": env.ref("base.br").id,
                "state_id": env.ref("base.state_br_sp").id,
                "vat": "11222333000181",
            }
        )
        env.user.company_ids += self.company
        env["account.chart.template"].try_loading("br", self.company, install_demo=False)
        self.env = env(context={"allowed_company_ids": self.company.ids, "tracking_disable": False})
        self.products = self.env["product.product"].create(
            [{"name": f"Produto {number}", "type": "consu"} for number in range(max(SIZES))]
        )
        self.customer = self.env["res.partner"].create(
            {
                "name": "Cliente",
                "is_company": True,
                "country_id": env.ref("base.br").id,
                "state_id": env.ref("base.state_br_sp").id,
                "vat": "12345678000195",
            }
        )
        prepare(self)
        self.env.flush_all()

    def values(self, kind, size):
        quantity = "quantity" if kind == "invoice" else "product_uom_qty"
        lines = [
            (0, 0, {"product_id": product.id, quantity: 3, "price_unit": 10.37 + number})
            for number, product in enumerate(self.products[:size])
        ]
        head = {"partner_id": self.customer.id, "company_id": self.company.id, KINDS[kind][1]: lines}
        return head | ({"move_type": "out_invoice", "invoice_date": "2026-11-20"} if kind == "invoice" else {})

    def measure(self, kind, size):
        """Queries and CPU milliseconds of each step, on what is rolled back afterwards."""
        from odoo.tests import Form

        model, lines = KINDS[kind]
        found = {}
        with self.cursor.savepoint() as kept:
            self._begin()
            document = self._step(found, "make", lambda: self.env[model].create(self.values(kind, size)))
            change = {lines: [(1, document[lines][size // 2].id, {"price_unit": 99.99})]}
            self._begin()
            self._step(found, "change", lambda: document.write(change))
            form = Form(document)
            self._step(found, "type", lambda: type_price(getattr(form, lines), size // 2))
            self._begin()
            self._step(found, "confirm", document.action_post if kind == "invoice" else document.action_confirm)
            kept.rollback()
        return found

    def _begin(self):
        """As in a transaction of its own: no record is read yet, nothing is kept."""
        self.env.invalidate_all()
        self.cursor.cache.clear()
        self.env["account.move"].search([], limit=1)

    def _step(self, found, name, action):
        queries, start = self.cursor.sql_log_count, thread_time_ns()
        result = action()
        self.env.flush_all()
        found[name] = self.cursor.sql_log_count - queries, (thread_time_ns() - start) / 1e6
        return result


def type_price(lines, index):
    """Type a price into a line of a form: the line's own request to the server, and the document's."""
    with lines.edit(index) as line:
        line.price_unit = 77.77


def with_theirs(side):
    """l10n_br's taxes of a sale of goods, as its own chart has them."""
    Tax = side.env["account.tax"]
    domain = [("type_tax_use", "=", "sale"), ("company_id", "=", side.company.id)]
    taxes = Tax.search(domain).filtered(
        lambda tax: tax.tax_group_id.name.split()[0] in ("ICMS", "PIS", "COFINS", "IPI")
    )
    by_kind = {tax.tax_group_id.name.split()[0]: tax for tax in taxes}
    if len(by_kind) < 4:
        raise SystemExit(f"not all four taxes are there: {list(by_kind)}")
    side.products.taxes_id = Tax.browse([tax.id for tax in by_kind.values()])


def with_ours(side):
    """A company that issues NF-e, and products that have IPI."""
    side.company.partner_id.l10n_br_ie_code = "110042490114"
    side.customer.l10n_br_ie_code = "110042490114"
    side.products.write({"fbr_ncm": "94016100", "fbr_ipi_cst": "50", "fbr_ipi_rate": 5.0, "taxes_id": [(5, 0, 0)]})
    side.company.fbr_nfe_enabled = True
    side.company.env["faturamento_br.tax_rule"]._fbr_keep_modal_rate(side.company)  # as its accountant has answered


def main(_env, databases):
    """Inside Odoo: both sides take turns; a line for each step, with its ratios."""
    without, with_ = databases
    sides = {"without": Side(without, with_theirs), "with": Side(with_, with_ours)}
    for kind in KINDS:
        for size, rounds in SIZES.items():
            for side in sides.values():
                side.measure(kind, min(size, MEASURED))  # caches are filled before the clock counts
            measured = {name: [] for name in sides}
            for _round in range(rounds):
                for name, side in sides.items():
                    measured[name].append(side.measure(kind, size))
            print(f"{kind} of {size} lines")
            report(measured, size)
    for side in sides.values():
        side.cursor.close()


def report(measured, size):
    """A line for each step of ``{side: [{step: (queries, milliseconds)}]}``."""
    for step in ("make", "change", "type", "confirm"):
        (q0, t0), (q1, t1) = (
            (rounds[-1][step][0], min(each[step][1] for each in rounds)) for rounds in measured.values()
        )
        told = f"   targets {MOST_QUERIES}× and {MOST_TIME}×" if size == MEASURED else ""
        if told and (q1 / max(q0, 1) > MOST_QUERIES or t1 / t0 > MOST_TIME):
            told += "   over"
        print(
            f"{step:>8}  queries {q1:4} / {q0:4} = {q1 / max(q0, 1):4.2f}×"
            f"   CPU {t1:7.1f} / {t0:7.1f} ms = {t1 / t0:4.2f}×{told}",
            flush=True,
        )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    import subprocess

    from dev.odoo_runner import Odoo
    from dev.template import Templates

    odoo = Odoo.ensure("bench")
    templates = Templates(odoo)
    try:
        templates.copy(templates.dependencies(), WITHOUT)
        templates.copy(templates.addon(), WITH)
        command = [sys.executable, "-P", ROOT / "dev" / "in_odoo.py", WITH, __file__, WITHOUT, WITH]
        status = subprocess.run(command, cwd=ROOT, env=odoo.environment).returncode
    finally:
        templates.drop(WITHOUT)
        templates.drop(WITH)
    sys.exit(status)
