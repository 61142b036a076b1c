"""Certainty before speed: whatever dies, hangs or lies on the way, a document ends authorized once, under one number.

Every test leaves its documents settled, for the next one shares the database.
"""

import base64
import os
import random
import re
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from dev.simulator import control

from .world import AUTHORIZE, QUERY, World, cnpj_of, long, until

pytestmark = pytest.mark.usefixtures("calm")


def authorized_once(world: World, *moves: int) -> None:
    """Each document is authorized, under the protocol the authorizer gave, and the authorizer has it once."""
    for move in moves:
        document = world.document(move)
        assert document.state == "authorized", (document.state, document.said)
        held = world.authorised(document.number)
        assert [row["access_key"] for row in held] == [document.access_key]
        assert document.protocolo == held[0]["protocolo"]
        assert [attempt.result for attempt in document.attempts] == ["authorized"]


def test_authorized_at_the_first_try(world: World) -> None:
    move = world.post()
    world.issue(move)
    authorized_once(world, move)
    document = world.document(move)
    assert world.move(move, "name").name == document.label
    assert (document.attempts[0].sendings, document.attempts[0].queries) == (1, 0)


# --- The answer is lost ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("how", ["lose_answer", *long("hang_answer", "cut")])
def test_accepted_but_the_answer_is_lost(world: World, how: str) -> None:
    """The key is queried at once: before the click returns, the document is authorized."""
    world.fault(how, AUTHORIZE)
    move = world.post()
    world.issue(move)
    authorized_once(world, move)
    attempt = world.document(move).attempts[0]
    assert (attempt.sendings, attempt.queries) == (1, 1)


@pytest.mark.usefixtures("impatient")
def test_accepted_and_no_query_gets_through(world: World) -> None:
    """While nothing is known the document waits; it is never sent a second time."""
    world.fault("lose_answer", AUTHORIZE)
    world.fault("html", QUERY)
    move = world.post()
    world.issue(move)
    for failure in ({}, {"kind": "soap_fault"}, {"kind": "cut"}, {"kind": "refuse"}, {"kind": "cstat", "cStat": "109"}):
        if failure:
            world.fault(**failure, service=QUERY)
            world.hasten(move)
            world.run_transmit()
        document = world.document(move)
        assert (document.state, document.attempts[0].sendings) == ("sending", 1), failure
        assert document.said
        assert document.next_try_at
    world.settle(move)
    authorized_once(world, move)
    assert len(world.received(world.document(move).access_key, AUTHORIZE)) == 1


@pytest.mark.parametrize("how", ["html", *long("soap_fault", "refuse")])
def test_an_answer_that_is_none(world: World, how: str) -> None:
    """Nothing was taken, but only the query knows: the very same bytes go again."""
    world.fault(how, AUTHORIZE)
    move = world.post()
    world.issue(move)
    before = world.document(move)
    assert before.state == "signed"
    world.settle(move)
    authorized_once(world, move)
    after = world.document(move)
    assert after.attempts[0].signed_xml == before.attempts[0].signed_xml
    assert after.attempts[0].sendings == 2


# --- Nobody is there ------------------------------------------------------------------------------------------------


def test_connection_refused(world: World) -> None:
    """SEFAZ down: nothing was sent, the document stays signed, and later the very same bytes go out."""
    running = control.running(world.state)
    supervisor = int((world.state / "owner").read_text())
    os.kill(supervisor, signal.SIGSTOP)  # so that it does not start another server at once
    try:
        os.kill(running.pid, signal.SIGKILL)
        move = world.post()
        world.issue(move)
        down = world.document(move)
        assert (down.state, [code for code, *_ in down.problems]) == ("signed", ["transport_refused"])
    finally:
        os.kill(supervisor, signal.SIGCONT)
    until(lambda: (found := control.running(world.state)) and found.pid != running.pid)
    world.settle(move)
    authorized_once(world, move)
    attempt = world.document(move).attempts[0]
    assert attempt.signed_xml == down.attempts[0].signed_xml
    request = world.received(down.access_key, AUTHORIZE)[0]["request"]
    assert base64.b64decode(attempt.signed_xml) in request


@pytest.mark.parametrize(
    ("cStat", "minutes"), [("108", 5), pytest.param("109", 5, marks=pytest.mark.prove), ("656", 60)]
)
def test_told_to_wait(world: World, clock, cStat: str, minutes: int) -> None:
    world.fault("cstat", AUTHORIZE, cStat=cStat)
    move = world.post()
    world.issue(move)
    waiting = world.document(move)
    assert (waiting.state, waiting.cStat) == ("signed", cStat)
    clock.tick(timedelta(minutes=minutes - 1))
    world.run_transmit()
    if cStat == "656":
        world.issue(move)  # the impatient do not break the block either
    assert world.document(move).attempts[0].sendings == 1
    clock.tick(timedelta(minutes=3))
    world.run_transmit()
    authorized_once(world, move)
    assert world.document(move).attempts[0].signed_xml == waiting.attempts[0].signed_xml


def test_a_query_told_to_wait_an_hour(world: World, clock) -> None:
    """656 to a query: nothing more for an hour."""
    world.fault("lose_answer", AUTHORIZE)
    world.fault("cstat", QUERY, cStat="656")
    move = world.post()
    world.issue(move)
    waiting = world.document(move)
    assert (waiting.state, waiting.cStat) == ("sending", "656")
    clock.tick(timedelta(minutes=59))
    world.run_transmit()
    assert world.document(move).attempts[0].queries == 1, waiting
    clock.tick(timedelta(minutes=3))
    world.run_transmit()
    authorized_once(world, move)


# --- Limits of use --------------------------------------------------------------------------------------------------


def times_in_hours(world: World, clock, move: int, hours: int, service: str) -> list[float]:
    """Let hours pass, somebody pressing the button all the while; the minutes at which ``service`` was asked."""
    from odoo.exceptions import UserError

    key, asked = world.document(move).access_key, []
    for minute in range(0, hours * 60, 5):
        before = len(world.received(key, service))
        world.run_transmit()
        with suppress(UserError):
            world.request(lambda env: env["account.move"].browse(move).fbr_document_id.action_query())
        asked += [minute] * (len(world.received(key, service)) - before)
        clock.tick(timedelta(minutes=5))
    return asked


def most_in_an_hour(minutes: list[float]) -> int:
    return max(sum(start <= minute < start + 60 for minute in minutes) for start in minutes)


@pytest.mark.prove
def test_at_most_ten_queries_an_hour(world: World, clock) -> None:
    """The key is not queried more often than SEFAZ allows, however long there is no answer, whoever asks."""
    world.fault("lose_answer", AUTHORIZE)
    world.fault("cstat", QUERY, times=None, cStat="108")
    move = world.post()
    world.issue(move)
    asked = [0, *times_in_hours(world, clock, move, 4, QUERY)]
    assert most_in_an_hour(asked) <= 10
    assert len(asked) >= 10
    world.calm()
    clock.tick(timedelta(hours=2))
    world.settle(move)
    authorized_once(world, move)


@pytest.mark.prove
def test_never_arriving_does_not_turn_into_a_storm(world: World, clock) -> None:
    """Each sending fails half-way and each query says that nothing came: limited as well, and the bytes stay."""
    world.fault("refuse", AUTHORIZE, times=None)
    move = world.post()
    world.issue(move)
    signed = world.document(move).attempts[0].signed_xml
    asked = times_in_hours(world, clock, move, 2, QUERY)
    assert most_in_an_hour(asked) <= 10
    assert world.document(move).attempts[0].sendings <= 22
    world.calm()
    clock.tick(timedelta(hours=2))
    world.settle(move)
    authorized_once(world, move)
    assert world.document(move).attempts[0].signed_xml == signed


# --- Duplicates -----------------------------------------------------------------------------------------------------


def send_behind_its_back(world: World, move: int) -> None:
    """Have the authorizer get the signed bytes without the document knowing: a backup restored, a message repeated."""
    signed, document = world.document(move).attempts[-1].signed_xml, world.document(move)
    with world.env() as env:
        authorizer = env.ref("faturamento_br.demo_company")._fbr_authorizer()
        outcome, _exchange = authorizer.authorize(base64.b64decode(signed), document.access_key, lot=1)
    assert outcome.cStat == "100"


def test_duplicate_of_itself(world: World) -> None:
    """204: the authorizer has these bytes already, so they are authorized, under its protocol."""
    move = world.post()
    world.sign(move)
    send_behind_its_back(world, move)
    world.settle(move)
    authorized_once(world, move)
    answers = [row["cStat"] for row in world.received(world.document(move).access_key, AUTHORIZE)]
    assert answers == ["100", "204"]


def test_number_used_by_another_system(world: World) -> None:
    """539 is a rejection in words that say what to do; the number is lost, so the invoice takes the next one."""
    move = world.post()
    number = world.document(move).number
    world.take_number(number)
    world.issue(move)
    lost = world.document(move)
    assert (lost.state, lost.cStat, lost.problems[0][0]) == ("rejected", "539", "number_taken")
    assert str(number) in lost.said
    world.issue(move)
    authorized_once(world, move)
    assert world.document(move).number == number + 1
    assert world.move(move, "name").name == world.document(move).label


# --- Taken back while it is on its way -------------------------------------------------------------------------------


PLAIN = re.compile("outra pessoa está|a fatura não pode mais ser alterada|confirme a fatura primeiro")


def to_draft(world: World, move: int) -> None:
    """Press *Reset to draft*."""
    world.request(lambda env: env["account.move"].browse(move).button_draft())


def test_reset_to_draft_while_it_is_sent(world: World) -> None:
    """Refused in plain words: the document is authorized once, and the invoice stays what it says."""
    from odoo.exceptions import UserError

    move = world.post()
    world.fault("delay", AUTHORIZE, seconds=4)
    worker = world.fork(world.issue, move)
    until(lambda: world.document(move).state == "sending")
    with pytest.raises(UserError, match="a fatura não pode mais ser alterada"):
        to_draft(world, move)
    assert world.document(move).state == "sending", "it was not taken back in time"
    worker.join()
    authorized_once(world, move)
    assert world.move(move, "state").state == "posted"


@pytest.mark.prove
def test_reset_to_draft_at_the_moment_it_is_issued(world: World) -> None:
    """Whoever comes first: authorized and posted, or nothing sent and a draft, which can be issued afterwards."""
    for move in world.post_many(4):
        results = world.together(lambda move=move: world.issue(move), lambda move=move: to_draft(world, move))
        refused = [str(result) for result in results if isinstance(result, Exception)]
        assert len(refused) < 2, refused
        assert all("UserError" in said and PLAIN.search(said) for said in refused), refused
        if world.move(move, "state").state == "draft":
            assert not world.authorised(world.document(move).number)
            world.request(lambda env, move=move: env["account.move"].browse(move).action_post())
            world.issue(move)
        authorized_once(world, move)
        assert world.move(move, "state").state == "posted"


# --- The process is killed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "sendings"), [("hang_answer", 1), ("hang", 2)])
def test_killed_while_waiting_for_the_answer(world: World, how: str, sendings: int) -> None:
    """Killed after the authorizer got it (took it, or not): the job queries first, and sends only what never came."""
    move = world.post()
    world.fault(how, AUTHORIZE, seconds=60)
    worker = world.fork(world.issue, move)
    until(lambda: not world.faults() and (how == "hang" or world.authorised(world.document(move).number)))
    worker.kill()
    worker.join()
    died = world.document(move)
    assert (died.state, len(died.attempts)) == ("sending", 1)
    world.run_transmit()
    assert world.document(move).state == "sending", "its own time has not come"
    world.settle(move)
    authorized_once(world, move)
    after = world.document(move).attempts[0]
    assert (after.signed_xml, after.sendings) == (died.attempts[0].signed_xml, sendings)
    assert after.queries >= (how == "hang_answer")


def test_killed_after_signing(world: World) -> None:
    """Killed between the commit and the first byte: the job sends what was signed."""
    move = world.post()
    world.sign(move)
    died = world.document(move)
    assert (died.state, died.attempts[0].sendings) == ("signed", 0)
    world.settle(move)
    authorized_once(world, move)
    assert world.document(move).attempts[0].signed_xml == died.attempts[0].signed_xml


def test_killed_in_the_middle_of_a_batch(world: World) -> None:
    moves = world.post_many(10)
    before = len(world.authorised())
    worker = world.fork(world.issue, *moves)
    until(lambda: len(world.authorised()) >= before + 4)
    worker.kill()
    worker.join()
    assert {world.document(move).state for move in moves} & {"signed", "sending"}, "killed too late"
    world.settle(*moves)
    authorized_once(world, *moves)
    numbers = [world.document(move).number for move in moves]
    assert numbers == list(range(numbers[0], numbers[0] + 10))


def kill_at_random_moments(world: World, rounds: int, documents: int, seed: int) -> dict[str, int]:
    """Issue batches in processes that are killed at random moments; how many were found in which state."""
    dice = random.Random(seed)
    found: dict[str, int] = {}
    for _round in range(rounds):
        moves = world.post_many(documents)
        started = time.monotonic()
        worker = world.fork(world.issue, *moves)
        time.sleep(dice.uniform(0, 0.25 * documents))
        worker.kill()
        worker.join()
        assert time.monotonic() - started < 60
        for move in moves:
            state = world.document(move).state
            found[state] = found.get(state, 0) + 1
            if state == "draft":  # killed before the commit: as if nobody had pressed the button
                assert not world.document(move).attempts
                world.issue(move)
        world.settle(*moves)
        authorized_once(world, *moves)
    numbers = [row["number"] for row in world.authorised()]
    assert len(numbers) == len(set(numbers))
    return found


@pytest.mark.prove
def test_killed_at_random_moments(world: World) -> None:
    kill_at_random_moments(world, rounds=3, documents=3, seed=1)


@pytest.mark.prove
def test_killed_at_random_moments_many_times(world: World) -> None:
    found = kill_at_random_moments(world, rounds=60, documents=5, seed=random.randrange(10**6))
    print(f"killed with documents in: {found}")
    assert len(found) >= 3, f"too tame: {found}"


# --- Certificates ---------------------------------------------------------------------------------------------------


@pytest.fixture
def own_certificate(world: World):
    """Give the company its good certificate back afterwards."""
    yield
    world.request(lambda env: setattr(env.ref("faturamento_br.demo_company"), "vat", world.cnpj), "admin")
    world.request(lambda env: world.give_certificate(env.ref("faturamento_br.demo_company").sudo()), "admin")


def refused_before_anything_is_built(world: World, move: int, code: str) -> None:
    world.issue(move)
    document = world.document(move)
    assert (document.state, document.attempts) == ("draft", [])
    assert code in [found for found, *_ in document.problems]


@pytest.mark.usefixtures("own_certificate")
def test_certificate_expired(world: World, clock) -> None:
    validity = {"not_before": datetime.now(UTC) - timedelta(hours=23, minutes=58), "days": 1}
    world.request(
        lambda env: world.give_certificate(env.ref("faturamento_br.demo_company").sudo(), **validity), "admin"
    )
    move = world.post()
    clock.tick(timedelta(minutes=3))
    refused_before_anything_is_built(world, move, "certificate")


@pytest.mark.usefixtures("own_certificate")
def test_certificate_of_another_company(world: World) -> None:
    """Of another root CNPJ: refused when uploaded, and when the company's CNPJ changes afterwards."""
    from odoo.exceptions import UserError

    other = cnpj_of(world.root + 1_000_000)
    with pytest.raises(UserError, match="CNPJ"):
        world.request(lambda env: world.give_certificate(env.ref("faturamento_br.demo_company").sudo(), other), "admin")
    move = world.post()
    world.request(lambda env: setattr(env.ref("faturamento_br.demo_company"), "vat", other), "admin")
    refused_before_anything_is_built(world, move, "certificate")


@pytest.mark.prove
@pytest.mark.usefixtures("own_certificate")
def test_certificate_of_another_establishment(world: World) -> None:
    """Of the same root CNPJ: it signs for all establishments of the company (MOC, rejection 213)."""
    another = cnpj_of(world.root, 2)
    world.request(lambda env: world.give_certificate(env.ref("faturamento_br.demo_company").sudo(), another), "admin")
    move = world.post()
    world.issue(move)
    authorized_once(world, move)


def certificate_in(signed: bytes) -> str:
    """The certificate in a signature, as base64 without blanks."""
    found = etree.fromstring(base64.b64decode(signed)).findtext(".//{*}X509Certificate")
    return "".join(found.split())


@pytest.mark.prove
def test_certificate_replaced_in_the_middle_of_a_batch(world: World) -> None:
    """Two jobs are at it: each document is signed by the certificate in use at that moment, and authorized once."""

    def in_use(env: Any) -> str:
        company = env.ref("faturamento_br.demo_company").sudo()
        return base64.b64encode(company._fbr_load_certificate().der).decode()

    def replace(env: Any) -> str:
        world.give_certificate(env.ref("faturamento_br.demo_company").sudo())
        return in_use(env)

    moves, old, before = world.post_many(12), world.request(in_use, "admin"), len(world.authorised())
    world.issue(*moves)
    world.fault("delay", AUTHORIZE, times=None, seconds=0.4)
    jobs = [world.fork(world.run_job, lane) for lane in ("cron_transmit", "cron_transmit_2")]
    until(lambda: len(world.authorised()) >= before + 3)
    new = world.request(replace, "admin")
    for job in jobs:
        job.join()
        assert job.exitcode == 0
    world.calm_faults()
    world.settle(*moves)
    authorized_once(world, *moves)
    assert len(world.authorised()) == before + 12
    signed_by = {certificate_in(world.document(move).attempts[0].signed_xml) for move in moves}
    assert signed_by == {old, new}
    assert old != new
