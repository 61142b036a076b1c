"""200,000 documents in the database: what an ordinary screen costs the server then, in milliseconds and queries.

The rows are made by SQL, not by issuing: two years of one company, an attempt each, most answered long ago. One
month of them has files: the XML of a document that was really issued, for the month's ZIP. The last column says how
often one of the large tables was read as a whole.
"""

import sys
import time
from pathlib import Path

from dateutil.relativedelta import relativedelta
from odoo import fields

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "faturamento_br_bench_many"
DOCUMENTS = 200_000
ROUNDS = 3
MOST = 0.3  # seconds on the server
MOST_OF_ALL = 1.0  # to group all of them
JOBS = ("cron_transmit", "cron_danfe", "cron_events", "cron_void")  # those that run all day
LARGE = ("document", "document_attempt", "kept_file")

DOCUMENT_ROWS = """
    INSERT INTO faturamento_br_document (company_id, model, environment, series, number, numeric_code, state,
                                         access_key, issued_at, issue_date, partner_id, amount_total, emission_type,
                                         create_date)
    SELECT %(company)s, '55', 'simulator', 900, n, lpad(n::text, 8, '0'),
           CASE WHEN n %% 50 = 0 THEN 'cancelled' ELSE 'authorized' END,
           lpad(n::text, 44, '0'), now() - n * interval '5 minutes', (now() - n * interval '5 minutes')::date,
           (%(partners)s::int[])[1 + n %% %(partner_count)s], 100, '1', now() - n * interval '5 minutes'
      FROM generate_series(1, %(documents)s) n
"""
ATTEMPT_ROWS = """
    INSERT INTO faturamento_br_document_attempt (document_id, company_id, sequence, access_key, signed_xml,
                                                 answered_at, result, seconds)
    SELECT id, company_id, 1, access_key, repeat('x', 2000)::bytea, issued_at, 'authorized', 0.4
      FROM faturamento_br_document WHERE series = 900
"""
# Each document of a month gets the files of the one that was issued: rows of its own, the same bytes in the store.
ATTACHMENT_ROWS = """
    INSERT INTO ir_attachment (name, res_model, res_id, company_id, type, store_fname, checksum, file_size, mimetype)
    SELECT d.id || '.xml', 'faturamento_br.document', d.id, d.company_id, 'binary',
           a.store_fname, a.checksum, a.file_size, a.mimetype
      FROM faturamento_br_document d, ir_attachment a
     WHERE d.series = 900 AND a.id = %(attachment)s AND d.issue_date >= %(first)s AND d.issue_date < %(after)s
 RETURNING id, res_id
"""
KEPT_ROWS = """
    INSERT INTO faturamento_br_kept_file (company_id, document_id, kind, name, attachment_id, sha256, size, kept_at,
                                          keep_until, state, checked_at)
    SELECT a.company_id, a.res_id, 'authorized', a.name, a.id, k.sha256, k.size, now(), k.keep_until, 'ok', now()
      FROM ir_attachment a, faturamento_br_kept_file k
     WHERE a.res_model = 'faturamento_br.document' AND a.name = a.res_id || '.xml' AND k.id = %(kept)s
"""
SCANS = """
    SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname = ANY(%s)
"""


def issued(env):
    """A document issued with the simulator; its kept nfeProc."""
    env.ref("faturamento_br.demo_company")._fbr_use_simulator()
    clerk = env(user=env.ref("faturamento_br.demo_user_billing"))
    product = clerk.ref("faturamento_br.demo_product_chair").id
    move = clerk["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": clerk.ref("faturamento_br.demo_customer_sp").id,
            "invoice_line_ids": [(0, 0, {"product_id": product, "quantity": 2})],
        }
    )
    move.action_post()
    move._fbr_issue()
    env.cr.commit()
    env.invalidate_all()
    return env["faturamento_br.kept_file"].search([("kind", "=", "authorized")], limit=1)


def give_files(env, month):
    """Files for the documents of ``month``; returns how many."""
    kept = issued(env)
    values = {
        "kept": kept.id,
        "attachment": kept.attachment_id.id,
        "first": month,
        "after": month + relativedelta(months=1),
    }
    env.cr.execute(ATTACHMENT_ROWS, values)
    count = env.cr.rowcount
    env.cr.execute(KEPT_ROWS, values)
    env.cr.commit()
    return count


def fill(env):
    """The rows, with PostgreSQL's statistics of them."""
    company = env.ref("faturamento_br.demo_company")
    partners = env["res.partner"].create([{"name": f"Cliente {number}"} for number in range(500)])
    env.flush_all()
    values = {
        "company": company.id,
        "partners": partners.ids,
        "partner_count": len(partners),
        "documents": DOCUMENTS,
    }
    env.cr.execute(DOCUMENT_ROWS, values)
    env.cr.execute(ATTEMPT_ROWS)
    env.cr.commit()
    for table in LARGE:
        env.cr.execute(f"ANALYZE faturamento_br_{table}")
    env.cr.commit()


def screens(env):
    """What is measured: a name and a call."""
    documents = env["faturamento_br.document"]
    shown = {"display_name": {}, "partner_id": {"fields": {"display_name": {}}}, "state": {}, "amount_total": {}}
    one = documents.search([("number", "=", 777), ("series", "=", 900)])

    def listed(*domain):
        return lambda: documents.web_search_read(list(domain), shown, limit=80, count_limit=10001)

    def grouped(field):
        return lambda: documents.formatted_read_group([], [field], ["__count", "amount_total:sum"])

    return {
        "list": listed(),
        "search by key": listed(("access_key", "=", one.access_key)),
        "search by customer": listed(("partner_id", "=", one.partner_id.id)),
        "search by number": listed(("number", "=", 777)),
        "group by month": grouped("issue_date:month"),
        "group by state": grouped("state"),
        "form": lambda: one.web_read({**shown, "attempt_ids": {"fields": {"result": {}}}}),
        "customer's portal": lambda: documents.search_count([("partner_id", "=", one.partner_id.id)], limit=1),
        "orders' counts": lambda: env["sale.order"].search([], limit=80).mapped("fbr_document_count"),
        "operations": env.ref("faturamento_br.demo_company")._fbr_figures,
    }


def scans(env):
    """How often the large tables were read as a whole so far, in this database."""
    env.cr.execute("SELECT pg_stat_force_next_flush()")
    env.cr.commit()
    env.cr.execute("SELECT pg_stat_clear_snapshot()")
    env.cr.execute(SCANS, [[f"faturamento_br_{name}" for name in LARGE]])
    return env.cr.fetchone()[0]


def measured(env, name, call, rounds=ROUNDS):
    """Print what a call costs; the least of its times, in seconds."""
    call()  # what is loaded once
    seconds, before = [], scans(env)
    for _round in range(rounds):
        env.invalidate_all()
        queries, start = env.cr.sql_log_count, time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
        queries = env.cr.sql_log_count - queries
    whole = (scans(env) - before) / rounds
    least = min(seconds)
    print(f"{name:<20} {least * 1000:7.1f} ms  {queries:3} queries  {whole:3.0f} whole reads", flush=True)
    return least


def run_job(env, name):
    """A pass of a job, with its own cursor's commits, as the scheduler calls it."""
    env.ref(f"faturamento_br.{name}").ir_actions_server_id.run()


def main(env, arguments):
    """Inside Odoo: fill, and print a line for each screen."""
    fill(env)
    company = env.ref("faturamento_br.demo_company")
    clerk = env(user=env.ref("faturamento_br.demo_user_billing"), context={"allowed_company_ids": company.ids})
    slow = []
    for name, call in screens(clerk).items():
        if measured(clerk, name, call) > (MOST_OF_ALL if name.startswith("group") else MOST):
            slow.append(name)
    slow += [name for name in JOBS if measured(env, name, lambda job=name: run_job(env, job)) > MOST]
    month = (fields.Date.today() - relativedelta(months=2)).replace(day=1)
    count = give_files(env, month)
    start = time.perf_counter()
    export = env["faturamento_br.export"]._export(company, month, "simulator")
    seconds = time.perf_counter() - start
    print(
        f"the month's ZIP: {export.documents} documents, {count} files, {export.size / 2**20:.1f} MB, {seconds:.1f} s"
    )
    if slow:
        raise SystemExit(f"too slow with {DOCUMENTS} documents: {', '.join(slow)}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    import subprocess

    from dev import simulator
    from dev.odoo_runner import Odoo
    from dev.template import Templates

    odoo = Odoo.ensure("bench-many")
    templates = Templates(odoo)
    state = odoo.data_dir / "faturamento_br" / "simulator"
    simulator.forget(state)
    templates.copy(templates.demo_company(), DATABASE)
    try:
        command = [sys.executable, "-P", ROOT / "dev" / "in_odoo.py", DATABASE, __file__]
        status = subprocess.run(command, cwd=ROOT, env=odoo.environment).returncode
    finally:
        simulator.stop(state)
        templates.drop(DATABASE)
    sys.exit(status)
