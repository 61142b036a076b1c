"""Documents a second through OCA's queue, with 1, 2 and 4 workers, when the authorizer answers after 300 ms.

Odoo serves with so many processes, the queue's runner hands out so many jobs at a time, and the clock runs from the
moment the jobs are there until the last answer is. What one process can reach at most is told beside it: it waits for
each answer, 1 / 0.3 s.
"""

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORKERS = (1, 2, 4)
DOCUMENTS = 60
SECONDS = 0.3  # until the authorizer answers
PATIENCE = 600
DATABASE = "faturamento_br_bench_machines"


def measure(world, workers):
    """Issue a batch with so many workers; documents a second."""
    from e2e.conftest import free_port, serving
    from e2e.world import until

    from dev import queue_addon
    from dev.paths import log_file

    moves = world.post_many(DOCUMENTS)
    world.odoo.environment["ODOO_QUEUE_JOB_CHANNELS"] = f"root:{workers}"
    # One more process than jobs: the runner's calls must find a free one to be accepted.
    options = (queue_addon.SERVER_WIDE, f"--workers={workers + 1}", f"--gevent-port={free_port()}", "--log-level=info")
    log = log_file(f"bench-machines-{workers}")
    with serving(world.odoo, world.database, log, *options):
        until(lambda: "queue job runner ready" in log.read_text(errors="replace"), PATIENCE)
        issue_one(world)  # the processes are warm, and connected
        start = time.monotonic()
        before = len(world.authorised())
        world.issue(*moves)
        put = time.monotonic() - start
        until(lambda: len(world.authorised()) - before == DOCUMENTS, PATIENCE)
        return DOCUMENTS / (time.monotonic() - start), put


def issue_one(world):
    from e2e.world import until

    moves = world.post_many(11)  # more than a click sends by itself
    before = len(world.authorised())
    world.issue(*moves)
    until(lambda: len(world.authorised()) - before == len(moves), PATIENCE)


def main():
    """Make the database, and print a line for each number of workers."""
    from e2e.world import AUTHORIZE, World

    from dev import queue_addon
    from dev.odoo_runner import Odoo
    from dev.simulator import control
    from dev.template import Templates

    odoo = queue_addon.ensure(Odoo.ensure("bench-machines"))
    os.environ.update(odoo.environment)
    templates = Templates(odoo)
    templates.copy(queue_addon.template(odoo), DATABASE)
    world = World(odoo, DATABASE)
    try:
        world.fault("delay", AUTHORIZE, times=None, seconds=SECONDS)
        for workers in WORKERS:
            speed, put = measure(world, workers)
            most = workers / SECONDS
            print(
                f"{workers} workers  {speed:5.2f} documents a second  of {most:5.2f} at most: {speed / most:4.0%}  "
                f"{DOCUMENTS} documents put into the queue in {put:.2f} s",
                flush=True,
            )
    finally:
        world.let_go()
        control.stop(world.state)
        templates.drop(DATABASE)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    main()
