"""``make chaos``: thousands of things go wrong while invoices are issued, and each ends authorized once.

Workers run the add-on's own jobs, as Odoo's do. A share of all requests meets a fault of a kind the simulator knows,
and workers are killed (SIGKILL) at random moments. When nothing is left that may be done now, time passes (the rests of
the authorizer, the waits between queries, the hour of an improper use): in the database, for no clock of ours waits.

At the end the books are opened: Odoo's documents against the simulator's register, byte for byte, the numbers against
each other, the totals against the journal. The seed tells the dice; the last line is ``N documents, L lost, T twice``.
"""

import argparse
import random
import sys
import time
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lxml import etree

from dev.simulator import control

from .world import AUTHORIZE, World

LANES = ("cron_transmit", "cron_transmit_2", "cron_transmit_3", "cron_transmit_4")
#: Each kind of fault, with what makes it short; a client here waits a second for its answer.
FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("refuse", {}),
    ("delay", {"seconds": 0.3}),
    ("hang", {"seconds": 2}),
    ("cut", {}),
    ("lose_answer", {}),
    ("hang_answer", {"seconds": 2}),
    ("cstat", {"cStat": "108"}),
    ("cstat", {"cStat": "109"}),
    ("cstat", {"cStat": "656"}),
    ("html", {}),
    ("soap_fault", {}),
)
CHUNK = 50  # invoices made in one transaction
WAVES = 400  # after so many rests what is not authorized is lost
PATIENCE = 1  # seconds, for an answer
#: The moments by which Odoo knows what is due; they all move when time passes.
MOMENTS = {
    "faturamento_br_document": ("next_try_at",),
    "faturamento_br_document_attempt": ("sent_at", "answered_at"),
    "faturamento_br_authorizer_health": ("retry_at", "failing_since", "answered_at"),
}


@dataclass
class Told:
    """What the books say in the end.

    :param wrong: everything that is not as it must be, a line each; empty when all is well.
    """

    documents: int
    lost: int
    twice: int
    kills: int
    faults: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.documents} documents, {self.lost} lost, {self.twice} twice"


class Chaos:
    """One run, on a world of its own.

    :param faults: the share of requests that meet a fault, 0 to 1.
    """

    def __init__(self, world: World, documents: int, workers: int, kills: int, faults: float, seed: int):
        self.world, self.documents, self.workers, self.share = world, documents, workers, faults
        self.dice = random.Random(seed)
        self.kills = sorted(self.dice.randrange(documents) for _kill in range(kills))
        self.killed = 0
        self.met: Counter = Counter()
        self.moves: list[int] = []
        self.next_fault = 0

    def run(self, say: Callable[[str], None] = lambda _line: None) -> Told:
        impatient()
        for begin in range(0, self.documents, CHUNK):
            moves = self.world.post_many(min(CHUNK, self.documents - begin))
            self.world.issue(*moves)
            self.moves += moves
        say(f"{len(self.moves)} invoices are waiting.")
        self.next_fault = self.requests() + self.gap()
        for wave in range(1, WAVES + 1):
            self.wave()
            left = len(self.unsettled())
            say(f"Wave {wave}: {left} left, {self.killed} workers killed, {sum(self.met.values())} faults met.")
            if not left:
                break
            self.let_time_pass()
        self.world.calm_faults()
        return self.told()

    # --- While it goes on -----------------------------------------------------------------------------------------

    def wave(self) -> None:
        """Let the workers work, faults and deaths among them, until none finds anything to do now."""
        alive = [self.worker(place) for place in range(self.workers)]
        while alive:
            time.sleep(0.02)
            self.place_fault()
            if self.kills and len(self.world.authorised()) >= self.kills[0]:
                time.sleep(self.dice.uniform(0, 0.2))
                victim = self.dice.randrange(len(alive))
                if alive[victim].is_alive():
                    alive[victim].kill()
                    alive[victim].join()
                    self.kills.pop(0)
                    self.killed += 1
                    alive[victim] = self.worker(victim)
            alive = [process for process in alive if process.is_alive()]

    def worker(self, place: int) -> Any:
        return self.world.fork(self.work, LANES[place % len(LANES)])

    def work(self, lane: str) -> None:
        """Run a job again while it gets on: Odoo ends it after ten seconds, and goes on with it later."""
        left = -1
        while left not in (0, before := self.world.due()):
            with self.world.env() as env:
                run_as_scheduled(env.ref(f"faturamento_br.{lane}"))
            left, before = before, self.world.due()
            if left == before:
                return

    def place_fault(self) -> None:
        """Have the next request meet a fault, when the dice say so."""
        if self.share and self.requests() >= self.next_fault:
            kind, options = self.dice.choice(FAULTS)
            with suppress(control.SimulatorError):  # it is closing a connection just now: the next time, then
                self.world.fault(kind, **options)
                self.met[options.get("cStat", kind)] += 1
            self.next_fault = self.requests() + self.gap()

    def gap(self) -> int:
        """Requests until the next fault, so that they meet one as often as wanted."""
        return max(1, round(self.dice.expovariate(self.share))) if self.share else 0

    def requests(self) -> int:
        return self.world._rows("SELECT count(*) AS so_many FROM received")[0]["so_many"]

    def unsettled(self) -> list[int]:
        with self.world.env() as env:
            documents = env["account.move"].browse(self.moves).fbr_document_ids
            return documents.filtered(lambda document: document.state != "authorized").ids

    def let_time_pass(self) -> None:
        """Until the first of those that wait may go on."""
        with self.world.env() as env:
            now = env["faturamento_br.document"]._fields["next_try_at"].now()
            documents = env["faturamento_br.document"].browse(self.unsettled())
            healths = env["faturamento_br.authorizer.health"].search([("retry_at", "!=", False)])
            moments = [*filter(None, documents.mapped("next_try_at")), *healths.mapped("retry_at")]
            later = [moment for moment in moments if moment > now]
            passed = (min(later) - now if later else timedelta(0)) + timedelta(minutes=1)
            for table, columns in MOMENTS.items():
                moved = ", ".join(f"{column} = {column} - %(passed)s" for column in columns)
                env.cr.execute(f"UPDATE {table} SET {moved}", {"passed": passed})
            env.invalidate_all()
            for document in documents.filtered("queried_at"):
                document.queried_at = [
                    (datetime.fromisoformat(moment) - passed).isoformat() for moment in document.queried_at
                ]
            env.cr.commit()
        self.world.calm_faults()  # the simulator's hour passes, too

    # --- When all is done -----------------------------------------------------------------------------------------

    def told(self) -> Told:
        """Open the books of both sides."""
        held = defaultdict(list)
        for row in self.world.authorised():
            held[row["number"]].append(row)
        told = Told(len(self.moves), 0, 0, self.killed, self.met)
        with self.world.env() as env:
            moves = env["account.move"].browse(self.moves)
            for move in moves:
                self.compare(move, held, told)
            self.compare_numbers(moves, told)
            self.compare_totals(moves, held, told)
        return told

    def compare(self, move: Any, held: dict[int, list[Any]], told: Told) -> None:
        """One invoice: the simulator has one document of it, with our bytes and our protocol."""
        rows = [row for document in move.fbr_document_ids for row in held[document.number]]
        document = move.fbr_document_id
        told.lost += document.state != "authorized" or not rows
        told.twice += len(rows) > 1
        for row in rows:
            signed = b64decode(document.attempt_ids[:1].signed_xml)
            ours = (document.access_key, document.protocolo, canonical(signed))
            if ours != (row["access_key"], row["protocolo"], canonical(row["xml"])):
                told.wrong.append(f"{document.display_name}: not what the authorizer has")
            if not any(signed in sent["request"] for sent in self.world.received(row["access_key"], AUTHORIZE)):
                told.wrong.append(f"{document.display_name}: not the bytes that were sent")
            if row["prot"].encode() not in document.xml_attachment_id.raw:
                told.wrong.append(f"{document.display_name}: its nfeProc lacks the authorizer's protocol")

    def compare_numbers(self, moves: Any, told: Told) -> None:
        numbers = sorted(moves.fbr_document_ids.mapped("number"))
        if numbers != list(range(numbers[0], numbers[0] + self.documents)):
            told.wrong.append("the numbers have a hole, or one is there twice")

    def compare_totals(self, moves: Any, held: dict[int, list[Any]], told: Told) -> None:
        """vNF of what was authorised against what the journal says customers owe."""
        path = "string(//*[local-name()='ICMSTot']/*[local-name()='vNF'])"
        documents = moves.fbr_document_ids
        issued = sum(
            Decimal(etree.fromstring(bytes(row["xml"])).xpath(path))
            for document in documents
            for row in held[document.number]
        )
        lines = moves.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        booked = sum(Decimal(f"{line.balance:.2f}") for line in lines)
        if issued != booked:
            told.wrong.append(f"the authorizer has documents of {issued}, the journal of {booked}")


def run_as_scheduled(job: Any) -> None:
    """Run a job of Odoo as its scheduler does, which leaves one alone that died three times in a row for a while."""
    if acquired := job._acquire_one_job(job.env.cr, job.id, include_not_ready=True):
        job._process_job(job.env.cr, acquired)


def canonical(xml: bytes) -> bytes:
    """What the signature holds together: the register keeps the document as it stood inside its envelope."""
    return etree.tostring(etree.fromstring(xml), method="c14n", exclusive=True)


def impatient() -> None:
    """Wait a second for an answer, not sixty: the same time-out, sooner."""
    from odoo.addons.faturamento_br.fiscal.authorizer import Authorizer
    from odoo.addons.faturamento_br.fiscal.transport import Timeout

    Authorizer.__init__.__kwdefaults__["timeout"] = Timeout(5, PATIENCE)


def main(arguments: list[str]) -> int:
    """Run it on a database and a simulator of its own; 1 when anything is lost, twice or wrong."""
    from dev import simulator
    from dev.odoo_runner import Odoo
    from dev.template import Templates

    parser = argparse.ArgumentParser(prog="chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--faults", type=float, default=0.2, help="share of the requests, 0 to 1")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked = parser.parse_args(arguments)
    odoo, database = Odoo.ensure("chaos"), "faturamento_br_chaos"
    templates = Templates(odoo)
    state = odoo.data_dir / "faturamento_br" / "simulator"
    simulator.forget(state)
    templates.copy(templates.demo_company(), database)
    print(f"Seed {asked.seed}", flush=True)
    start = time.monotonic()
    world = World(odoo, database)
    try:
        told = Chaos(**vars(asked), world=world).run(lambda line: print(line, flush=True))
    finally:
        world.let_go()
        simulator.stop(state)
        templates.drop(database)
    for line in told.wrong:
        print(line)
    met = ", ".join(f"{kind} {count}" for kind, count in sorted(told.faults.items()))
    print(f"{time.monotonic() - start:.0f} s, {told.kills} workers killed, faults: {met or 'none'}")
    print(told)
    return 1 if told.lost or told.twice or told.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
