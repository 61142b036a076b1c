"""Saving an invoice of 50 lines with the add-on, as a ratio of the same without it.

Both are made in one process, each in a database of its own (the add-on's dependencies alone, and the add-on with a
company that issues NF-e), and take turns. The invoice without has l10n_br's own taxes ICMS, PIS, COFINS and IPI on each
line, that with has ours, which the core computes. Counted: queries, and CPU time of the thread (PostgreSQL's is not in
it), the least of all rounds: what else runs on the machine only adds to it. Three things a user does are measured:
making the invoice, changing a price on it, and confirming it.
"""

import sys
from pathlib import Path
from time import thread_time_ns

ROOT = Path(__file__).resolve().parents[1]
WITHOUT, WITH = "faturamento_br_bench_without", "faturamento_br_bench_with"
LINES, ROUNDS = 50, 7
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
            [{"name": f"Produto {number}", "type": "consu"} for number in range(LINES)]
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

    def values(self):
        lines = [
            (0, 0, {"product_id": product.id, "quantity": 3, "price_unit": 10.37 + number})
            for number, product in enumerate(self.products)
        ]
        return {
            "move_type": "out_invoice",
            "partner_id": self.customer.id,
            "invoice_date": "2026-11-20",
            "company_id": self.company.id,
            "invoice_line_ids": lines,
        }

    def measure(self):
        """Queries and CPU milliseconds of each step, on what is rolled back afterwards."""
        self.env.invalidate_all()
        self.env["account.move"].search([], limit=1)
        found = {}
        with self.cursor.savepoint() as kept:
            move = self._step(found, "make", lambda: self.env["account.move"].create(self.values()))
            line = move.invoice_line_ids[7]
            change = {"invoice_line_ids": [(1, line.id, {"price_unit": 99.99})]}
            self._step(found, "change", lambda: move.write(change))
            self._step(found, "confirm", move.action_post)
            kept.rollback()
        return found

    def _step(self, found, name, action):
        queries, start = self.cursor.sql_log_count, thread_time_ns()
        result = action()
        self.env.flush_all()
        found[name] = self.cursor.sql_log_count - queries, (thread_time_ns() - start) / 1e6
        self.env.invalidate_all()
        return result


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


def main(_env, databases):
    """Inside Odoo: both sides take turns; a line for each step, with its ratios."""
    without, with_ = databases
    sides = {"without": Side(without, with_theirs), "with": Side(with_, with_ours)}
    measured = {name: [] for name in sides}
    for side in sides.values():
        side.measure()  # caches are filled before the clock counts
    for _round in range(ROUNDS):
        for name, side in sides.items():
            measured[name].append(side.measure())
    for step in ("make", "change", "confirm"):
        (q0, t0), (q1, t1) = (
            (rounds[-1][step][0], min(each[step][1] for each in rounds)) for rounds in measured.values()
        )
        told = q1 / q0 <= MOST_QUERIES and t1 / t0 <= MOST_TIME
        print(
            f"{step:>8}  queries {q1:4} / {q0:4} = {q1 / q0:4.2f}×   CPU {t1:7.1f} / {t0:7.1f} ms = {t1 / t0:4.2f}×"
            f"   targets {MOST_QUERIES}× and {MOST_TIME}×{'' if told else '   over'}",
            flush=True,
        )
    for side in sides.values():
        side.cursor.close()


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
