"""Documents in the background: batches, several jobs side by side, an authorizer that is left alone when it fails."""

import os
import signal
from typing import Any

import pytest

from .world import AUTHORIZE, World, until

pytestmark = pytest.mark.usefixtures("calm", "impatient")

STATUS = "NFeStatusServico4"
LANES = ("cron_transmit", "cron_transmit_2", "cron_transmit_3", "cron_transmit_4")


def states(world: World, moves: list[int]) -> list[str]:
    return [world.document(move).state for move in moves]


def batch_of(world: World, move: int) -> dict[str, Any]:
    with world.env() as env:
        batch = env["account.move"].browse(move).fbr_document_id.batch_id
        [seen] = batch.read()
        return seen | {"told": batch.message_ids.mapped("body")}


def asked(world: World, service: str) -> int:
    [row] = world._rows("SELECT count(*) FROM received WHERE service = ?", service)
    return row[0]


# --- Batches --------------------------------------------------------------------------------------------------------


def test_a_batch_tells_how_it_ends(world: World) -> None:
    """More than a screenful is issued in the background; one that cannot be is told, and holds up no other."""
    moves = world.post_many(12)
    world.take_number(world.document(moves[3]).number)
    action = world.issue(*moves)
    assert action["tag"] == "display_notification"
    assert set(states(world, moves)) == {"draft"}, "nothing was done while the user waited"
    assert batch_of(world, moves[0])["waiting_count"] == 12
    world.run_transmit()
    assert states(world, moves) == ["authorized"] * 3 + ["rejected"] + ["authorized"] * 8
    batch = batch_of(world, moves[0])
    assert (batch["authorized_count"], batch["problem_count"], batch["percent"]) == (11, 1, 100.0)
    assert batch["finished_at"]
    assert any("11" in told for told in batch["told"])


@pytest.mark.prove
def test_a_batch_with_one_that_cannot_be_signed(world: World) -> None:
    """Its problems are on it, the others go out; mended, it is issued again."""
    moves = world.post_many(11)
    [bad, *good] = moves
    with world.env() as env:
        invoice = env["account.move"].browse(bad)
        own = invoice.invoice_line_ids.product_id.copy({"fbr_ncm": False})
        env.cr.execute(
            "UPDATE account_move_line SET product_id = %s WHERE move_id = %s AND product_id IS NOT NULL", [own.id, bad]
        )
        env.cr.commit()
    world.issue(*moves)
    world.run_transmit()
    assert (world.document(bad).state, set(states(world, good))) == ("draft", {"authorized"})
    assert any("NCM" in message for _code, message, _cure in world.document(bad).problems)
    assert batch_of(world, bad)["problem_count"] == 1


# --- Several jobs ---------------------------------------------------------------------------------------------------


def test_jobs_side_by_side_and_one_killed(world: World) -> None:
    """Four jobs share a batch; one dies in the middle: each document is authorized once."""
    moves = world.post_many(16)
    world.issue(*moves)
    world.fault("delay", AUTHORIZE, times=6, seconds=0.2)
    works = [lambda lane=lane: world.run_job(lane) for lane in LANES[1:]]
    victim = world.fork(world.run_job, LANES[0])
    until(lambda: any(state != "draft" for state in states(world, moves[::3])))
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()
    world.all_together(*works)
    world.settle(*moves)
    assert set(states(world, moves)) == {"authorized"}
    numbers = [row["number"] for row in world.authorised()]
    assert len(numbers) == len(set(numbers))
    world.run_transmit()
    assert batch_of(world, moves[0])["finished_at"]


# --- An authorizer that fails ---------------------------------------------------------------------------------------


def test_left_alone_after_failures(world: World, clock: Any) -> None:
    """Three failures in a row: the rest is not even tried, and says why; one question decides when it is over."""
    moves = world.post_many(8)
    world.fault("cstat", AUTHORIZE, times=None, cStat="108")
    before = asked(world, AUTHORIZE)
    world.issue(*moves)
    assert asked(world, AUTHORIZE) - before == 3
    assert set(states(world, moves)) == {"signed"}
    assert "108" in world.document(moves[-1]).said
    world.run_transmit()
    assert asked(world, AUTHORIZE) - before == 3, "it rests"

    world.fault("cstat", STATUS, times=None, cStat="108")
    world.hasten(*moves)
    questions = asked(world, STATUS)
    world.run_transmit()
    assert asked(world, STATUS) - questions == 1, "one question for all"
    assert asked(world, AUTHORIZE) - before == 3

    world.calm_faults()
    world.settle(*moves)
    assert set(states(world, moves)) == {"authorized"}
    with world.env() as env:
        assert not env["faturamento_br.authorizer.health"].search([("failures", ">", 0)])


@pytest.mark.prove
def test_nothing_to_do_costs_nothing(world: World) -> None:
    """A pass of the job with nothing due: the same few queries, however many documents there are."""
    moves = world.post_many(3)
    world.issue(*moves)
    counts = []
    for number in (0, 10):
        if number:
            more = world.post_many(number)
            world.issue(*more)
        world.run_transmit()
        with world.env() as env:
            document = env["faturamento_br.document"]
            start = env.cr.sql_log_count
            document._cron_transmit()
            counts.append(env.cr.sql_log_count - start)
    assert counts[0] == counts[1] <= 8, counts
