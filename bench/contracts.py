"""Recurring invoices, ours against the floors: ``python bench/contracts.py [SIZE…]``, also 10000.

Contracts of three lines with a tax of 5 % included, each of a customer of its own. Every run has a fresh copy of one
database and a process of its own; what it made is checked (so many invoices, lines and reais) before its figures count.

- *plain*: ``account.move.create`` of all values in one transaction, as a programmer would write it;
- *lean*: without the message that an invoice was created, and with what Odoo would search for each given in the values;
- *ours*: the job, from what is due to the committed rows of periods, in chunks of 100;
- *ours, one bad*: the same with a customer in every hundred who belongs to another company.
"""

import json
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "faturamento_br_bench_contracts"
SIZES = (100, 400, 1000)
ENGINES = ("plain", "lean", "ours", "ours, one bad")
PRICES = (100.0, 210.0, 42.0)
LEAN = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True, "mail_notrack": True}


def prepared(env, count):
    """The company, its product with a tax of 5 % included, and ``count`` customers."""
    company = env.ref("faturamento_br.demo_company")
    env = env(context={**env.context, "allowed_company_ids": company.ids, "lang": "pt_BR"})
    tax = {"name": "5 %", "amount": 5.0, "price_include_override": "tax_included", "company_id": company.id}
    tax["tax_group_id"] = env["account.tax.group"].search([("company_id", "=", company.id)], limit=1).id
    tax = env["account.tax"].create({**tax, "country_id": env.ref("base.br").id, "type_tax_use": "sale"})
    product = env["product.product"].create(
        {"name": "Mensalidade", "type": "service", "list_price": 100.0, "taxes_id": [(6, 0, tax.ids)]}
    )
    customers = env["res.partner"].create(
        [{"name": f"Cliente {number}", "country_id": env.ref("base.br").id} for number in range(count)]
    )
    return env, company, product, customers


def values(company, product, customer, lean):
    """An invoice as the floors make it."""
    ready = {"analytic_distribution": False} if lean else {}
    lines = [
        (0, 0, {"product_id": product.id, "price_unit": price, "quantity": 1.0, "name": "Mensalidade", **ready})
        for price in PRICES
    ]
    ready = {"fiscal_position_id": False} if lean else {}
    return {
        "move_type": "out_invoice",
        "company_id": company.id,
        "partner_id": customer.id,
        "invoice_date": date.today(),
        "invoice_line_ids": lines,
        **ready,
    }


def floor(env, company, product, customers, lean):
    """Plain or lean: one create, one commit."""
    moves = env["account.move"].with_context(**(LEAN if lean else {}))
    moves.create([values(company, product, customer, lean) for customer in customers])
    env.flush_all()
    env.cr.commit()


def contracts(env, company, product, customers):
    """Running contracts of these customers, due today."""
    line = [(0, 0, {"product_id": product.id, "price_unit": price, "name": "Mensalidade"}) for price in PRICES]
    made = env["faturamento_br.contract"].create(
        [
            {"company_id": company.id, "partner_id": one.id, "date_start": date.today(), "line_ids": line}
            for one in customers
        ]
    )
    made.action_start()
    env.cr.commit()
    return made


def peak():
    """The most memory this process had since its peak was forgotten, in MiB."""
    status = Path("/proc/self/status").read_text().split("VmHWM:")[1]
    return int(status.split()[0]) / 1024


def measured(env, job):
    """Seconds, of the processor too, queries and MiB over the start of ``job``."""
    env.cr.commit()
    env.invalidate_all()
    Path("/proc/self/clear_refs").write_text("5")
    memory, queries = peak(), env.cr.sql_log_count
    wall, processor = time.perf_counter(), time.process_time()
    job()
    return {
        "seconds": time.perf_counter() - wall,
        "cpu": time.process_time() - processor,
        "queries": env.cr.sql_log_count - queries,
        "memory": peak() - memory,
    }


def main(env, arguments):
    """Inside Odoo: one engine, once; its figures as JSON on the last line."""
    engine, count = arguments[0], int(arguments[1])
    env, company, product, customers = prepared(env, count + 1)
    warm, customers = customers[0], customers[1:]
    expected = count
    if engine.startswith("ours"):
        contracts(env, company, product, warm)._run()
        due = contracts(env, company, product, customers)
        if engine != "ours":
            bad = customers[50::100]
            env.cr.execute("UPDATE res_partner SET company_id = 1 WHERE id = ANY(%s)", [bad.ids])
            expected -= len(bad)
        figures = measured(env, due._run)
    else:
        floor(env, company, product, warm, engine == "lean")
        figures = measured(env, lambda: floor(env, company, product, customers, engine == "lean"))
    env.invalidate_all()
    moves = env["account.move"].search([("partner_id", "in", customers.ids)])
    got = (len(moves), len(moves.invoice_line_ids), round(sum(moves.mapped("amount_total")), 2))
    if got != (expected, expected * len(PRICES), round(expected * sum(PRICES), 2)):
        raise SystemExit(f"{engine}: not what was asked for: {got}")
    print(json.dumps(figures))


def told(engine, count, figures, lean):
    """One line of the table; speed also as a share of the lean floor's, by the processor."""
    share = f"{lean['cpu'] / figures['cpu']:5.2f} of lean" if lean else ""
    print(
        f"{engine:>22} {count:>6}  {count / figures['seconds']:6.1f}/s  "
        f"{1000 * figures['cpu'] / count:6.1f} ms CPU each  {figures['queries'] / count:5.1f} queries each  "
        f"+{figures['memory']:.0f} MiB  {share}",
        flush=True,
    )


def run(odoo, database, file, engine, count):
    """The figures of one engine in a process of its own."""
    command = [sys.executable, "-P", ROOT / "dev" / "in_odoo.py", database, file, engine, str(count)]
    done = subprocess.run(command, cwd=ROOT, env=odoo.environment, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(done.returncode)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from dev.odoo_runner import Odoo
    from dev.template import Templates

    odoo = Odoo.ensure("bench")
    templates = Templates(odoo)
    template = templates.demo_company()
    for size in map(int, sys.argv[1:] or SIZES):
        lean = None
        for engine in ENGINES:
            templates.copy(template, DATABASE)
            try:
                figures = run(odoo, DATABASE, __file__, engine, size)
            finally:
                templates.drop(DATABASE)
            lean = figures if engine == "lean" else lean
            told(engine, size, figures, lean)
