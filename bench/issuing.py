"""Issuing in Odoo, against the simulator: documents a second, queries a document, ratios over what nobody can avoid.

Bare calls are the authorizer's own time for the same documents: its answer to each, as the exchange measured it. The
floor is that and the core's build, sign and validate; above it stand Odoo's transactions, which make each answer
certain. The documents are issued twice over: signed in one transaction and sent one by one, as after a click; and by
the background job, which signs and sends each by itself, with a fresh look at what others committed before each step.
"""

import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "faturamento_br_bench"
BATCHES = (10, 100)
IN_BACKGROUND = 60


@contextmanager
def counted(env):
    """Seconds and queries of a block, on every cursor of this process."""
    from odoo.sql_db import Cursor

    spent = {}
    execute, queries = Cursor.execute, 0

    def counting(self, query, params=None, log_exceptions=True):
        nonlocal queries
        queries += 1
        return execute(self, query, params, log_exceptions)

    Cursor.execute = counting
    start = time.perf_counter()
    try:
        yield spent
    finally:
        spent.update(seconds=time.perf_counter() - start, queries=queries)
        Cursor.execute = execute


def posted(env, count):
    """``count`` posted invoices with two items and a freight."""
    products = [env.ref(f"faturamento_br.demo_product_{name}").id for name in ("chair", "table", "freight")]
    lines = [(0, 0, {"product_id": product, "quantity": 2}) for product in products]
    customer = env.ref("faturamento_br.demo_customer_sp").id
    moves = env["account.move"].create(
        [{"move_type": "out_invoice", "partner_id": customer, "invoice_line_ids": lines} for _ in range(count)]
    )
    moves.action_post()
    env.cr.commit()
    return moves


def core_seconds(document):
    """The core's own time for this document: build, sign, validate."""
    from odoo.addons.faturamento_br.fiscal import schema, sign
    from odoo.addons.faturamento_br.fiscal.documents import document_type
    from odoo.addons.faturamento_br.fiscal.taxes import engine

    invoice, signer, _problems = document._check()
    start = time.perf_counter()
    signed = sign.sign(document_type("55").build(engine.tax_invoice(invoice)).element, signer)
    schema.validate(signed)
    return time.perf_counter() - start


def main(env, arguments):
    """Inside Odoo: issue batches and print a line for each."""
    from odoo.addons.faturamento_br.fiscal.authorizer import Authorizer

    env.ref("faturamento_br.demo_company")._fbr_use_simulator()
    env = env(user=env.ref("faturamento_br.demo_user_billing"))
    waited = []
    authorize = Authorizer.authorize

    def timed(self, *args, **kwargs):
        answer = authorize(self, *args, **kwargs)
        waited.append(answer.exchange.seconds)
        return answer

    Authorizer.authorize = timed
    posted(env, 1)._fbr_issue()  # everything is loaded and connected before the clock starts
    env.cr.commit()
    for count in BATCHES:
        moves = posted(env, count)
        env.invalidate_all()
        waited.clear()
        with counted(env) as signing:
            documents = moves._fbr_issue()
            env.cr.postcommit.clear()  # the job below sends all, none goes twice
            env.cr.commit()
        with counted(env) as sending:
            documents._transmit()
        spent = signing["seconds"] + sending["seconds"]
        queries = f"{signing['queries'] / count:.1f} to sign, {sending['queries'] / count:.1f} to send"
        tell(documents, spent, waited, queries)
    moves = posted(env, IN_BACKGROUND)
    moves.action_fbr_issue()
    env.cr.commit()
    documents = env(su=True)["faturamento_br.document"].search([("move_id", "in", moves.ids)])
    waited.clear()
    with counted(env) as issuing:
        documents.env["faturamento_br.document"]._cron_transmit()
    tell(documents, issuing["seconds"], waited, f"{issuing['queries'] / IN_BACKGROUND:.1f} in the job")


def tell(documents, seconds, waited, queries):
    """Print the line of what was issued."""
    documents.env.invalidate_all()
    if set(documents.mapped("state")) != {"authorized"}:
        raise SystemExit(f"not all were authorized: {documents.mapped('state')}")
    count, bare = len(documents), sum(waited)
    floor = bare + count * core_seconds(documents[0])
    print(
        f"{count:>5} documents  {count / seconds:5.1f} a second  {seconds / bare:5.2f}× bare calls  "
        f"{seconds / floor:5.2f}× the floor  queries a document: {queries}",
        flush=True,
    )


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    import subprocess

    from dev import simulator
    from dev.odoo_runner import Odoo
    from dev.template import Templates

    odoo = Odoo.ensure("bench")
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
