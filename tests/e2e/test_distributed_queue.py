"""``faturamento_br_queue``: two Odoo servers share the documents of one database; one dies, the other goes on."""

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from dev import queue_addon
from dev.odoo_runner import Odoo
from dev.paths import log_file
from dev.simulator import control
from dev.template import Templates

from .conftest import serving
from .world import AUTHORIZE, World, until

pytestmark = pytest.mark.prove  # it fetches OCA's queue and makes a template of its own

DOCUMENTS = 24
SECONDS = 300  # the runner looks for dead jobs once a minute
# The channel's capacity must be of the whole cluster: only one runner at a time hands out jobs.
CAPACITY = "root:2"
COMPANY = "faturamento_br.demo_company"


@pytest.fixture(scope="module")
def queued(odoo: Odoo) -> Iterator[World]:
    """A world whose database has the add-on for the queue."""
    beside = queue_addon.ensure(replace(odoo, purpose=f"{odoo.purpose}-queue"))
    template = queue_addon.template(beside)
    templates = Templates(beside)
    name = f"fbr_e2e_queue_{os.getpid()}"
    templates.copy(template, name)
    made = World(beside, name)
    yield made
    made.let_go()
    control.stop(made.state)
    templates.drop(name)
    shutil.rmtree(beside.data_dir, ignore_errors=True)
    beside.config.unlink(missing_ok=True)


def server(world: World, name: str) -> Any:
    """A server with two threads' worth of jobs, and no ordinary job: what the queue does it does alone."""
    return serving(world.odoo, world.database, log_file(f"queue-{name}"), queue_addon.SERVER_WIDE, "--log-level=info")


def batch_of(world: World, moves: list[int]) -> dict[str, Any]:
    with world.env() as env:
        [batch] = env["account.move"].browse(moves).fbr_document_ids.batch_id.read()
        return batch


def test_a_second_runner_takes_over(queued: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = queued
    monkeypatch.setitem(world.odoo.environment, "ODOO_QUEUE_JOB_CHANNELS", CAPACITY)
    moves = world.post_many(DOCUMENTS)
    world.fault("delay", AUTHORIZE, times=None, seconds=0.5)
    with server(world, "first") as first:
        until(lambda: "queue job runner ready" in first.log.read_text(errors="replace"), SECONDS)
        with server(world, "second") as second:
            world.issue(*moves)
            with world.env() as env:
                made = env["queue.job"].search([])
                assert set(made.mapped("channel")) == {f"root.faturamento_br.SP.company_{env.ref(COMPANY).id}"}
                assert sorted(made.mapped("priority")) == [10, 11, 12, 13, 14], "a later turn for each few"
                assert not env["ir.cron.trigger"].search([("cron_id.name", "like", "send and query")])
            until(lambda: len(world.authorised()) >= 3, SECONDS)
            first.process.send_signal(signal.SIGKILL)
            first.process.wait()
            assert len(world.authorised()) < DOCUMENTS - 5, "it died too late to prove anything"
            world.calm_faults()
            until(lambda: batch_of(world, moves)["finished_at"], SECONDS)
            assert "queue job runner ready" in second.log.read_text(errors="replace")

    numbers = [row["number"] for row in world.authorised()]
    assert len(numbers) == len(set(numbers)) == DOCUMENTS
    assert {world.document(move).state for move in moves} == {"authorized"}
    batch = batch_of(world, moves)
    assert (batch["authorized_count"], batch["problem_count"]) == (DOCUMENTS, 0)
