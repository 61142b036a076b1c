"""200,000 documents in the database: what an ordinary screen costs the server then, in milliseconds and queries.

The rows are made by SQL, not by issuing: two years of one company, an attempt each, most answered long ago.
"""

import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "faturamento_br_bench_many"
DOCUMENTS = 200_000
ROUNDS = 3
MOST = 0.3  # seconds on the server

DOCUMENT_ROWS = """
    INSERT INTO faturamento_br_document (company_id, model, environment, series, number, numeric_code, state,
                                         access_key, issued_at, issue_date, partner_id, amount_total)
    SELECT %(company)s, '55', 'simulator', 900, n, lpad(n::text, 8, '0'),
           CASE WHEN n %% 50 = 0 THEN 'cancelled' ELSE 'authorized' END,
           lpad(n::text, 44, '0'), now() - n * interval '5 minutes', (now() - n * interval '5 minutes')::date,
           (%(partners)s::int[])[1 + n %% %(partner_count)s], 100
      FROM generate_series(1, %(documents)s) n
"""
ATTEMPT_ROWS = """
    INSERT INTO faturamento_br_document_attempt (document_id, company_id, sequence, access_key, signed_xml,
                                                 answered_at, result, seconds)
    SELECT id, company_id, 1, access_key, repeat('x', 2000)::bytea, issued_at, 'authorized', 0.4
      FROM faturamento_br_document WHERE series = 900
"""


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
    env.cr.execute("ANALYZE faturamento_br_document")
    env.cr.execute("ANALYZE faturamento_br_document_attempt")
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
        "operations": env.ref("faturamento_br.demo_company")._fbr_figures,
    }


def main(env, arguments):
    """Inside Odoo: fill, and print a line for each screen."""
    fill(env)
    company = env.ref("faturamento_br.demo_company")
    env = env(user=env.ref("faturamento_br.demo_user_billing"), context={"allowed_company_ids": company.ids})
    slow = []
    for name, call in screens(env).items():
        call()  # what is loaded once
        seconds = []
        for _round in range(ROUNDS):
            env.invalidate_all()
            queries, start = env.cr.sql_log_count, time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
        least = min(seconds)
        print(f"{name:<20} {least * 1000:7.1f} ms  {env.cr.sql_log_count - queries:3} queries", flush=True)
        if least > MOST:
            slow.append(name)
    if slow:
        raise SystemExit(f"over {MOST * 1000:.0f} ms with {DOCUMENTS} documents: {', '.join(slow)}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    import subprocess

    from dev.odoo_runner import Odoo
    from dev.template import Templates

    odoo = Odoo.ensure("bench")
    templates = Templates(odoo)
    templates.copy(templates.demo_company(), DATABASE)
    try:
        command = [sys.executable, "-P", ROOT / "dev" / "in_odoo.py", DATABASE, __file__]
        status = subprocess.run(command, cwd=ROOT, env=odoo.environment).returncode
    finally:
        templates.drop(DATABASE)
    sys.exit(status)
