"""How many queries issuing takes: the same whatever was issued before; so many more for each document of a batch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .world import World

pytestmark = pytest.mark.usefixtures("calm")

PER_DOCUMENT = 60  # of a batch: signing, sending, and their four transactions
BY_THE_JOB = 15  # more than one alone, of each that a job issues: it is found, locked and told apart


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Counts the queries of all cursors of this process."""
    from odoo.sql_db import Cursor

    counted, execute = [0], Cursor.execute

    def count(cursor: Any, *arguments: Any, **options: Any) -> Any:
        counted[0] += 1
        return execute(cursor, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Cursor, "execute", count)
        yield counted


def queries(world: World, monkeypatch: pytest.MonkeyPatch, *moves: int) -> int:
    with counting(monkeypatch) as counted:
        world.issue(*moves)
    assert {world.document(move).state for move in moves} == {"authorized"}
    return counted[0]


def copies(world: World, how_many: int) -> None:
    """Authorized documents with all that hangs on them, as many as that, by SQL: it is their number that counts."""
    with world.env() as env:
        env.cr.execute("SELECT max(number) FROM faturamento_br_document")
        (last,) = env.cr.fetchone()
        for table, own in (("faturamento_br_document", "number"), ("faturamento_br_document_attempt", "sequence")):
            env.cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
            names = [name for (name,) in env.cr.fetchall() if name not in ("id", own)]
            columns = ", ".join(f'"{name}"' for name in names)
            env.cr.execute(
                f"INSERT INTO {table} ({columns}, {own}) SELECT {columns}, {last} + 100000 + n"
                f" FROM (SELECT * FROM {table} ORDER BY id LIMIT 1) one, generate_series(1, {how_many}) n"
            )
        env.cr.commit()


def test_the_same_with_ten_or_two_hundred_issued(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.issue(world.post())  # fills the caches
    few, many = world.post(), world.post()
    first = queries(world, monkeypatch, few)
    copies(world, 200)
    assert queries(world, monkeypatch, many) <= first


@pytest.mark.prove
def test_a_batch_grows_with_a_small_constant(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.issue(world.post())
    moves = world.post_many(51)
    one, ten, forty = moves[:1], moves[1:11], moves[11:]
    alone = queries(world, monkeypatch, *one)
    batch = queries(world, monkeypatch, *ten)
    each = (batch - alone) / 9
    print(f"queries: {alone} for one document, {each:.1f} for each more of a batch")
    assert each <= PER_DOCUMENT
    with counting(monkeypatch) as counted:
        world.issue(*forty)
        world.run_transmit()
    assert {world.document(move).state for move in forty} == {"authorized"}
    print(f"queries: {counted[0]} for forty, {counted[0] / 40:.1f} each, those that are too many at once by the job")
    assert counted[0] <= 40 * (alone + BY_THE_JOB)
