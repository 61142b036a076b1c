"""The run of contracts in real processes: two at once, killed at any moment; each period is billed once."""

import os
import random
import signal
import time
from datetime import date
from typing import Any

import pytest

from .world import World, until

LINES = 2


def make(env: Any, number: int) -> list[int]:
    line = {"product_id": env.ref("faturamento_br.demo_product_assembly").id, "price_unit": 100.0}
    values = {
        "partner_id": env.ref("faturamento_br.demo_customer_sp").id,
        "date_start": date.today().replace(day=1),
        "line_ids": [(0, 0, line)] * LINES,
    }
    contracts = env["faturamento_br.contract"].create([values] * number)
    contracts.action_start()
    return contracts.ids


def billed(world: World, contracts: list[int]) -> int:
    with world.env() as env:
        return env["faturamento_br.contract.period"].search_count([("contract_id", "in", contracts)])


def run_in_chunks(world: World, size: int) -> None:
    from odoo.addons.faturamento_br.models import contract_run

    contract_run.CHUNK = size
    with world.env() as env:  # Odoo itself would run a job only once at a time
        env["faturamento_br.contract"]._cron_bill()


def check(world: World, contracts: list[int]) -> None:
    """Each period once, none lost, and no invoice that no period knows."""
    with world.env() as env:
        made = env["faturamento_br.contract"].browse(contracts)
        assert not made.filtered("parked")
        assert {contract.invoice_count for contract in made} == {1}
        assert len(made.period_ids) == len(contracts) * LINES
        moves = env["account.move"].search([("invoice_origin", "in", made.mapped("name"))])
        assert moves == made.period_ids.move_id
        assert sum(moves.mapped("amount_untaxed")) == len(contracts) * LINES * 100.0


def test_two_workers_and_one_killed(world: World) -> None:
    contracts = world.request(lambda env: make(env, 60))
    victim = world.fork(run_in_chunks, world, 5)
    until(lambda: billed(world, contracts))
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()
    works = [lambda: run_in_chunks(world, 5)] * 2
    world.all_together(*works)
    run_in_chunks(world, 5)
    check(world, contracts)


@pytest.mark.prove
def test_a_thousand_contracts_and_twenty_kills(world: World) -> None:
    """Two workers at once, one of them killed at a random moment and followed by another, twenty times."""
    seed = int(os.environ.get("FATURAMENTO_BR_SEED", time.time_ns()))
    print(f"seed {seed}")
    dice = random.Random(seed)
    contracts = world.request(lambda env: make(env, 1000))
    workers = [world.fork(run_in_chunks, world, 25) for _ in range(2)]
    before, moments = 0, []
    for _kill in range(20):
        until(lambda seen=before: billed(world, contracts) > seen)
        time.sleep(dice.uniform(0, 1.5))
        victim = dice.randrange(2)
        os.kill(workers[victim].pid, signal.SIGKILL)
        workers[victim].join()
        now = billed(world, contracts)
        assert now >= before, "what was committed stays"
        moments.append(now)
        before = now
        workers[victim] = world.fork(run_in_chunks, world, 25)
    print(f"periods billed at each kill: {moments}")
    for worker in workers:
        worker.join()
    run_in_chunks(world, 25)
    check(world, contracts)
