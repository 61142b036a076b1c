"""The run of contracts in real processes: two at once, and one killed in the middle; each period is billed once."""

import os
import signal
from datetime import date
from typing import Any

from .world import World, until

CONTRACTS = 60


def make(env: Any) -> None:
    line = {"product_id": env.ref("faturamento_br.demo_product_assembly").id, "price_unit": 100.0}
    values = {
        "partner_id": env.ref("faturamento_br.demo_customer_sp").id,
        "date_start": date.today().replace(day=1),
        "line_ids": [(0, 0, line), (0, 0, line)],
    }
    env["faturamento_br.contract"].create([values] * CONTRACTS).action_start()


def billed(world: World) -> int:
    with world.env() as env:
        return env["faturamento_br.contract.period"].search_count([])


def run_small_chunks(world: World) -> None:
    from odoo.addons.faturamento_br.models import contract_run

    contract_run.CHUNK = 5
    with world.env() as env:  # Odoo itself would run a job only once at a time
        env["faturamento_br.contract"]._cron_bill()


def test_two_workers_and_one_killed(world: World) -> None:
    world.request(make)
    victim = world.fork(run_small_chunks, world)
    until(lambda: billed(world))
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()
    works = [lambda: run_small_chunks(world)] * 2
    world.all_together(*works)
    run_small_chunks(world)
    with world.env() as env:
        contracts = env["faturamento_br.contract"].search([])
        assert len(contracts) == CONTRACTS
        assert not contracts.filtered("parked")
        assert {contract.invoice_count for contract in contracts} == {1}
        assert env["faturamento_br.contract.period"].search_count([]) == CONTRACTS * 2
        assert sum(contracts.period_ids.move_id.mapped("amount_untaxed")) == CONTRACTS * 200.0
