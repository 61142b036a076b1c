"""``make demo``: a fresh database, the main job on real objects, a table of what was done, then Odoo itself."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from . import console, simulator, system_tools
from .odoo_runner import Odoo
from .paths import VAR, cache
from .template import Templates

DATABASE = "faturamento_br_demo"
LOGINS = "faturamento / faturamento (billing), vendas / vendas (sales), admin / admin (administrator)"
FIRST_PORT = 8069
PORTS_TRIED = 100
LAST_SECONDS = 5


def run(arguments: list[str]) -> int:
    """demo   the demo; SERVE=0 in the environment stops after the table, HOST=0.0.0.0 serves other machines too"""
    system_tools.ensure("pdf printer")
    with alone():
        odoo = Odoo.ensure("demo")
        templates = Templates(odoo)
        template = templates.demo_company()
        port = free_port()
        results = fresh_folder(VAR / "demo")
        state = odoo.data_dir / "faturamento_br" / "simulator"
        simulator.forget(state)  # it remembers the numbers of the last demo, and this one starts at 1 again
        try:
            with console.step("Creating the demo database"):
                templates.copy(template, DATABASE)
            summary = main_job(odoo, results, f"http://localhost:{port}")
            print_table(summary)
            # This very process was begun by `make`, before it went on inside the environment it made.
            print(f"  Ready after {time.time() - psutil.Process().create_time():.0f} s.", flush=True)
            if os.environ.get("SERVE", "1") != "0":
                serve(odoo, port)
        finally:
            simulator.stop(state)
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """Only one demo at a time: a second one would take the database away from the first."""
    with (cache() / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise console.Failure(
                "the demo cannot start",
                "another `make demo` of this user is running",
                "stop it with Ctrl-C in its terminal, then run the command again",
            ) from busy
        yield


def free_port() -> int:
    """The first free port from 8069 on."""
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port left a moment ago is free
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
        if port != FIRST_PORT:
            print(f"  Port {FIRST_PORT} is taken; using {port}.")
        return port
    raise console.Failure(
        "Odoo cannot be served",
        f"ports {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} are all taken",
        "stop a program that uses one of them, then run the command again",
    )


def fresh_folder(folder: Path) -> Path:
    """An empty folder: results of an earlier run must not look like this one's."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def main_job(odoo: Odoo, results: Path, url: str) -> dict[str, Any]:
    """Run demo_job.py; returns its summary."""
    file = results / "summary.json"

    def doing() -> str:
        return json.loads(file.read_text()).get("running", "") if file.exists() else ""

    job = Path(__file__).with_name("demo_job.py")
    odoo.script("Running the main job", DATABASE, job, str(results), url, detail=doing)
    return json.loads(file.read_text())


def print_table(summary: dict[str, Any]) -> None:
    rows = [(row["step"], row["document"], f"{row['seconds']:.2f}") for row in summary["steps"]]
    rows.append(("total", "", f"{sum(row['seconds'] for row in summary['steps']):.2f}"))
    widths = [max(len(row[column]) for row in [("step", "document", "seconds"), *rows]) for column in range(3)]

    def line(cells: tuple[str, str, str]) -> str:
        return f"  {cells[0]:<{widths[0]}}  {cells[1]:<{widths[1]}}  {cells[2]:>{widths[2]}}"

    print(f"\n{line(('step', 'document', 'seconds'))}\n  {'-' * (sum(widths) + 4)}")
    print("\n".join(map(line, rows)))
    print("\n  Worth opening:")
    for name, address in summary["addresses"].items():
        print(f"    {name:<10} {address}")
    print(f"  Login: {LOGINS}\n  Results: {VAR / 'demo'}")


def serve(odoo: Odoo, port: int) -> None:
    """Serve until Ctrl-C."""
    host = os.environ.get("HOST", "127.0.0.1")
    print(f"  Serving Odoo on port {port}; Ctrl-C ends it.\n", flush=True)
    with odoo.serve(DATABASE, port, f"--http-interface={host}", "--log-level=warn") as server:
        try:
            status = server.wait()
        except KeyboardInterrupt:
            end(server)
            return
    raise console.Failure(
        "Odoo stopped by itself", f"its exit status is {status}", "read the lines above, then run the command again"
    )


def end(server: subprocess.Popen) -> None:
    """Let Odoo end: a Ctrl-C at the terminal has reached it too, a signal to this process alone has not."""
    try:
        server.wait(LAST_SECONDS)
    except subprocess.TimeoutExpired:
        server.terminate()
        server.wait()
