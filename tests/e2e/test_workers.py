"""Odoo as in production: several workers, one process for jobs, one for live messages; beside them the simulator."""

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dev import simulator as simulator_process
from dev.odoo_runner import Odoo
from dev.simulator import control
from dev.template import Templates

from .conftest import Server, answers, free_port, put_off_jobs
from .http_client import Visitor
from .world import until

SECONDS = 120  # the longest wait, on a machine that has other work


@pytest.fixture
def workers(odoo: Odoo, templates: Templates, copy_database: Callable[[str], str], serve: Callable[..., Server]) -> Any:
    """A server with two workers on the demo company; its database's name and the port for live messages too."""
    database, live = copy_database(templates.demo_company()), free_port()
    put_off_jobs(database)
    server = serve(database, "--workers=2", "--max-cron-threads=1", f"--gevent-port={live}", "--log-level=info")
    yield server, database, live
    simulator_process.stop(odoo.data_dir / "faturamento_br" / "simulator")


def test_issued_by_workers(odoo: Odoo, workers: Any) -> None:
    """A worker starts the simulator, which outlives it; others issue; the jobs' process draws the DANFE."""
    server, database, live = workers
    administrator = Visitor(server.url).log_in(database, "admin")
    [settings] = administrator.call("res.config.settings", "create", [{}])
    administrator.call("res.config.settings", "action_fbr_use_simulator", [settings])
    running = control.running(odoo.data_dir / "faturamento_br" / "simulator")
    assert running
    workers_before = http_workers(server)
    assert len(workers_before) == 2
    assert os.getsid(running.pid) != os.getsid(server.process.pid)

    clerk = Visitor(server.url).log_in(database, "faturamento")
    assert issued(clerk) == ("authorized", "100")

    for pid in workers_before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(set(http_workers(server)) - workers_before) == 2, SECONDS)
    assert control.running(odoo.data_dir / "faturamento_br" / "simulator").pid == running.pid
    assert issued(clerk) == ("authorized", "100")

    until(lambda: not clerk.call("faturamento_br.document", "search", [("danfe_attachment_id", "=", False)]), SECONDS)
    assert answers(f"http://127.0.0.1:{live}/web/login"), "the process for live messages"


def http_workers(server: Server) -> set[int]:
    """The processes that answer requests, as the server's log names them."""
    said = server.log.read_text(errors="replace")
    started = {int(pid) for pid in re.findall(r"Worker WorkerHTTP \((\d+)\) alive", said)}
    return {pid for pid in started if Path("/proc", str(pid)).exists()}


def issued(clerk: Visitor) -> tuple[str, str]:
    """A new invoice, confirmed and issued: its document's state and cStat."""
    [customer] = clerk.call("res.partner", "search", [("vat", "=", "12345678000195")])
    [chair] = clerk.call("product.product", "search", [("default_code", "=", "CAD-IPE")])
    values = {
        "move_type": "out_invoice",
        "partner_id": customer,
        "invoice_line_ids": [(0, 0, {"product_id": chair, "quantity": 1})],
    }
    moves = clerk.call("account.move", "create", [values])
    clerk.call("account.move", "action_post", moves)
    clerk.call("account.move", "action_fbr_issue", moves)
    [found] = clerk.call("faturamento_br.document", "search_read", [("move_id", "in", moves)], ["state", "cStat"])
    return found["state"], found["cStat"]
