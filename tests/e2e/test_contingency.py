"""Contingency: offered when SEFAZ fails, entered by a click or by rule, left by itself; one live NF-e a sale."""

import os
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from dev.simulator import control

from .conftest import picture
from .screen import Screen
from .world import AUTHORIZE, QUERY, World

pytestmark = pytest.mark.usefixtures("impatient")

STATUS = "NFeStatusServico4"


@pytest.fixture(autouse=True)
def normal(world: World) -> Iterator[None]:
    """All is as it was: no fault, no open contingency, nothing that waits."""
    yield
    world.calm()
    with world.env() as env:
        env["faturamento_br.contingency"].search([]).state = "ended"
        env["faturamento_br.document"].search([("next_try_at", "!=", False)]).next_try_at = False
        env["faturamento_br.document"].search([("superseded_by_id", "!=", False)]).superseded_by_id = False
        env.ref("faturamento_br.demo_company").fbr_contingency_rule = "offer"
        env.cr.commit()


def uf_fails(world: World, service: str = AUTHORIZE) -> None:
    """The state's own authorizer is out of order: for ``service``, and when it is asked for its status."""
    for each in (service, STATUS):
        world.fault("cstat", each, times=None, cStat="108", authorizer="UF")


def svc_works(world: World, works: bool = True) -> None:
    control.enable_svc(world.state, "SP", works)


def fail(world: World) -> list[int]:
    """Four sales while the state's authorizer fails: three were tried, the last was only signed; the offer stands."""
    uf_fails(world)
    moves = world.post_many(4)
    world.issue(*moves)
    assert {world.document(move).state for move in moves} == {"signed"}
    return moves


def period(world: World) -> SimpleNamespace:
    """The last contingency, as others see it."""
    with world.env() as env:
        found = env["faturamento_br.contingency"].search([], limit=1)
        names = ("id", "state", "emission_type", "failures", "failing_since", "reason", "svc_answer", "by_rule")
        return SimpleNamespace(**{name: found[name] for name in names}, user=found.user_id.login)


def press(world: World, button: str, login: str = "faturamento") -> Any:
    return world.request(lambda env: getattr(env["faturamento_br.contingency"].search([], limit=1), button)(), login)


def documents(world: World, move: int) -> list[SimpleNamespace]:
    """All documents of a sale, the oldest first."""
    with world.env() as env:
        names = ("id", "number", "state", "emission_type", "access_key", "next_try_at")
        return [
            SimpleNamespace(**{name: one[name] for name in names}, by=one.superseded_by_id.number)
            for one in env["account.move"].browse(move).fbr_document_ids.sorted("id")
        ]


def time_goes_by(world: World) -> None:
    """The next tries of all that waits come now, the jobs run."""
    with world.env() as env:
        for model in ("document", "event", "voiding"):
            env[f"faturamento_br.{model}"].search([("next_try_at", "!=", False)]).next_try_at = "2020-01-01 00:00:00"
        env["faturamento_br.authorizer.health"].search([("retry_at", "!=", False)]).retry_at = "2020-01-01 00:00:00"
        env["faturamento_br.contingency"].search([]).svc_asked_at = False
        env.cr.commit()
    world.run_job("cron_contingency")
    world.run_transmit()
    world.run_job("cron_contingency")
    world.run_job("cron_events")
    world.run_job("cron_void")


def one_live(world: World, *moves: int) -> None:
    """Of each sale the authorizer holds exactly one NF-e that is not cancelled, and it is the invoice's."""
    held = {row["access_key"]: row["cStat"] for row in world.authorised()}
    for move in moves:
        every = documents(world, move)
        live = [one for one in every if held.get(one.access_key) == "100"]
        assert [one.id for one in live] == [world.document(move).id], every
        assert live[0].state == "authorized"
        assert all(one.state in ("cancelled", "voided") for one in every if one.id != live[0].id), every
        assert world.move(move, "name").name == world.document(move).label


def test_the_whole_way(world: World) -> None:
    """UF down, offered with figures, one click, the SVC authorizes; UF back, left by itself, all numbers explained."""
    moves = fail(world)
    offer = period(world)
    assert (offer.state, offer.failures) == ("offered", 3)
    svc_works(world)
    press(world, "action_enter_svc")
    entered = period(world)
    assert (entered.state, entered.emission_type, entered.user) == ("active", "6", "faturamento")
    world.run_transmit()
    new = [world.document(move) for move in moves]
    assert [one.state for one in new] == ["authorized"] * 4
    assert all(one.access_key[34] == "6" for one in new)
    # Three were handed to the network: they keep their number; the fourth is signed again under its own.
    assert [len(documents(world, move)) for move in moves] == [2, 2, 2, 1]
    assert [len(one.attempts) for one in new] == [1, 1, 1, 2]
    later = world.post()
    world.issue(later)
    assert world.document(later).access_key[34] == "6"
    time_goes_by(world)
    assert period(world).state == "active", "the state's authorizer does not work yet"
    assert {one.state for move in moves for one in documents(world, move)} == {"authorized", "signed"}

    world.calm_faults()
    time_goes_by(world)
    assert period(world).state == "ended"
    time_goes_by(world)
    one_live(world, *moves, later)
    last = world.post()
    world.issue(last)
    assert world.document(last).access_key[34] == "1"
    with world.env() as env:
        series = env["faturamento_br.series"].search([("environment", "=", "simulator")])
        series._find_gaps()
        assert not series.gap_ids


@pytest.mark.prove
def test_an_svc_that_is_not_enabled(world: World) -> None:
    """114: it is not used, and the offer says so."""
    move = world.post()
    uf_fails(world)
    for _try in range(3):
        world.issue(move)
        world.hasten(move)
        world.run_transmit()
    press(world, "action_enter_svc")
    seen = period(world)
    assert seen.state == "offered"
    assert "114" in seen.svc_answer
    assert world.document(move).access_key[34] == "1"
    press(world, "action_decline")
    world.hasten(move)
    world.run_transmit()
    assert period(world).state == "withdrawn", "turned down, it is not offered again for the same failure"
    world.calm_faults()
    world.settle(move)
    one_live(world, move)


def test_by_rule(world: World) -> None:
    """Entered by itself when the company's minutes are over, and withdrawn when SEFAZ was faster."""
    with world.env() as env:
        env.ref("faturamento_br.demo_company").write({"fbr_contingency_rule": "auto", "fbr_contingency_minutes": 10})
        env.cr.commit()
    svc_works(world)
    [*moves] = fail(world)
    world.run_job("cron_contingency")
    assert period(world).state == "offered"
    with world.env() as env:
        env["faturamento_br.contingency"].search([], limit=1).failing_since -= timedelta(minutes=11)
        env.cr.commit()
    world.run_job("cron_contingency")
    seen = period(world)
    assert (seen.state, seen.by_rule, seen.user) == ("active", True, False)
    world.run_transmit()
    assert {world.document(move).state for move in moves} == {"authorized"}


# --- What was sent before -------------------------------------------------------------------------------------------


def lost_then_svc(world: World, kind: str) -> int:
    """A sale whose answer was lost on the way (or that never arrived), then issued by the SVC."""
    world.fault(kind, AUTHORIZE, authorizer="UF")
    uf_fails(world, QUERY)
    move = world.post()
    world.issue(move)
    for _try in range(3):
        world.hasten(move)
        world.run_transmit()
    svc_works(world)
    press(world, "action_enter_svc")
    world.run_transmit()
    old, new = documents(world, move)
    assert (old.state, old.emission_type, old.by) == ("sending", "1", new.number)
    assert (new.state, new.emission_type) == ("authorized", "6")
    assert world.document(move).id == new.id
    return move


def test_a_lost_answer_that_turns_out_authorized(world: World) -> None:
    """The old one is found authorized and cancelled; the sale keeps its new number, and its books."""
    move = lost_then_svc(world, "lose_answer")
    assert len(world.authorised()) >= 2, "both are live, until the state's authorizer can be asked"
    world.calm_faults()
    time_goes_by(world)
    time_goes_by(world)
    old, _new = documents(world, move)
    assert old.state == "cancelled"
    assert world.move(move, "state").state == "posted"
    one_live(world, move)


@pytest.mark.prove
def test_one_that_never_arrived(world: World, clock: Any) -> None:
    """Not found, and for long enough: its number is voided, not before."""
    move = lost_then_svc(world, "refuse")
    world.calm_faults()
    time_goes_by(world)
    assert documents(world, move)[0].state == "sending", "it may still arrive"
    clock.tick(timedelta(minutes=6))
    time_goes_by(world)
    time_goes_by(world)
    assert documents(world, move)[0].state == "voided"
    one_live(world, move)


@pytest.mark.prove
def test_found_before_the_other_was_sent(world: World) -> None:
    """Killed between the two: the old one is authorized and nobody sent the new one, so the old one stands."""
    world.fault("lose_answer", AUTHORIZE, authorizer="UF")
    uf_fails(world, QUERY)
    world.fault("cstat", AUTHORIZE, times=None, cStat="108", authorizer="SVC")
    move = world.post()
    world.issue(move)
    for _try in range(3):
        world.hasten(move)
        world.run_transmit()
    svc_works(world)
    press(world, "action_enter_svc")
    process = world.fork(die_in, world, "_send", world.run_transmit)
    process.join()
    assert process.exitcode == -9
    old, new = documents(world, move)
    assert (old.state, new.state) == ("sending", "signed")
    with pytest.raises(Exception, match=world_label(old)):
        world.request(lambda env: env["account.move"].browse(move).button_draft())
    world.calm_faults()
    press(world, "action_leave")
    # The state's authorizer is asked first; what was only signed would go out by itself otherwise.
    with world.env() as env:
        env["faturamento_br.document"].browse(new.id).next_try_at = False
        env.cr.commit()
    world.hasten(move)
    world.run_transmit()
    time_goes_by(world)
    old, new = documents(world, move)
    assert (old.state, old.by, new.by) == ("authorized", 0, old.number)
    time_goes_by(world)
    one_live(world, move)


def world_label(document: SimpleNamespace) -> str:
    return f"{document.number:09d}"


def die_in(world: World, method: str, work: Any) -> None:
    """In a process of its own: die at the start of ``method`` of a document."""
    with world.env() as env:
        setattr(type(env["faturamento_br.document"]), method, lambda *_: os.kill(os.getpid(), 9))
    work()


def test_two_at_the_same_moment(world: World) -> None:
    """Two people enter, two jobs switch: one contingency, one new number a sale."""
    moves = fail(world)
    svc_works(world)
    world.together(lambda: press(world, "action_enter_svc"), lambda: press(world, "action_enter_svc"))
    assert period(world).state == "active"
    world.all_together(*[lambda lane=lane: world.run_job(lane) for lane in ("cron_transmit", "cron_transmit_2")])
    world.run_transmit()
    assert [len(documents(world, move)) for move in moves] == [2, 2, 2, 1]
    world.calm_faults()
    for _round in range(3):
        time_goes_by(world)
    one_live(world, *moves)


# --- EPEC -------------------------------------------------------------------------------------------------------------


def test_by_epec(world: World, clock: Any) -> None:
    """No SVC either: the EPEC is registered (its first answer lost), the NF-e follows under the same key."""
    moves = fail(world)
    with pytest.raises(Exception, match="SVC"):
        press(world, "action_enter_epec")
    press(world, "action_enter_svc")
    press(world, "action_enter_epec")
    world.fault("lose_answer", "NFeRecepcaoEvento4", authorizer="AN")
    world.run_transmit()
    world.hasten(*moves)
    world.run_transmit()
    news = [world.document(move) for move in moves]
    assert [one.state for one in news] == ["epec"] * 4, [one.said for one in news]
    assert all(one.access_key[34] == "4" for one in news)
    world.run_job("cron_contingency")
    with world.env() as env:
        found = env["faturamento_br.document"].browse([one.id for one in news])
        assert [len(one.event_ids) for one in found] == [1] * 4
        assert all(one.epec_due_at - one.issued_at == timedelta(hours=168) for one in found)
        assert found[0].danfe_attachment_id.raw.startswith(b"%PDF")
        assert not found.xml_attachment_id
    for name in ("button_draft", "action_fbr_cancel_document"):
        with pytest.raises(Exception, match=r"(?i)epec"):
            world.request(lambda env, name=name: getattr(env["account.move"].browse(moves[0]), name)(), "contabilidade")
    clock.tick(timedelta(hours=121))
    world.run_job("cron_contingency")
    with world.env() as env:
        assert env["faturamento_br.document"].browse(news[0].id).activity_ids
    world.calm_faults()
    for _round in range(3):
        time_goes_by(world)
    after = [world.document(move) for move in moves]
    assert [one.access_key for one in after] == [one.access_key for one in news]
    one_live(world, *moves)
    with world.env() as env:
        found = env["faturamento_br.document"].browse([one.id for one in news])
        assert all(one.xml_attachment_id for one in found)
        assert not found.activity_ids


# --- On the screen ----------------------------------------------------------------------------------------------------


@pytest.mark.prove
def test_on_the_screen(world: World, serve: Any, browser: Any) -> None:
    """The offer with its figures where NF-e wait, one click, and how it is told until it ends."""
    moves = fail(world)
    svc_works(world)
    server = serve(world.database)
    clerk = Screen(browser(server, "faturamento", "faturamento"), server.url, picture)
    clerk.open("nfe-sending")
    clerk.picture("contingency-sending")
    clerk.press("action_open_contingency")
    clerk.wait("button[name=action_enter_svc]")
    clerk.picture("contingency-offered", docs="contingencia-oferecida", height=510)
    clerk.open("nfe-operations")
    clerk.wait(".o_fbr_contingency")
    clerk.picture("contingency-operations")
    clerk.open("nfe-contingency")
    clerk.click("tr.o_data_row:first-child [name=authorizer]")
    clerk.press("action_enter_svc")
    clerk.wait("button[name=action_leave]")
    clerk.picture("contingency-active")
    assert period(world).state == "active"
    world.run_transmit()
    clerk.open("action-faturamento_br.document_action")
    clerk.picture("contingency-documents")
    old, new = documents(world, moves[0])
    clerk.open(f"action-faturamento_br.document_action/{new.id}")
    clerk.wait("[name=emission_type]")
    clerk.picture("contingency-document")
    clerk.open(f"action-faturamento_br.document_action/{old.id}")
    clerk.wait("[name=superseded_by_id]")
    clerk.picture("contingency-replaced")
