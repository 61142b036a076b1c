"""What a cold reader found: races and doubts that need real commits to show."""

import base64
from datetime import timedelta

import pytest

from .world import AUTHORIZE, World

pytestmark = pytest.mark.usefixtures("calm")


@pytest.mark.usefixtures("impatient")
def test_a_slow_authorizer_is_not_one_that_never_got_it(world: World, clock) -> None:
    """Time-out, the query says 217 because the message is still being processed: its bytes must not be built anew.

    The authorizer takes them a moment later, under the key that other bytes would have too.
    """
    from odoo.exceptions import UserError

    world.fault("delay", AUTHORIZE, seconds=4)
    move = world.post()
    world.issue(move)
    doubtful = world.document(move)
    assert (doubtful.state, doubtful.cStat, doubtful.attempts[0].queries) == ("signed", "217", 1)
    with pytest.raises(UserError):
        world.request(lambda env: env["account.move"].browse(move).button_draft())
    world.settle(move)
    settled = world.document(move)
    assert (settled.state, len(settled.attempts)) == ("authorized", 1)
    assert settled.attempts[0].signed_xml == doubtful.attempts[0].signed_xml


def test_what_never_arrived_may_be_taken_back_in_time(world: World, clock) -> None:
    """217 long after the sending is a proof."""
    world.fault("refuse", AUTHORIZE)
    move = world.post()
    world.issue(move)
    assert world.document(move).state == "signed"
    clock.tick(timedelta(minutes=10))
    world.request(lambda env: env["account.move"].browse(move).button_draft())
    assert world.document(move).state == "draft"


@pytest.mark.parametrize("presses", ["button_draft", "action_fbr_issue"])
def test_issuing_while_another_resets_to_draft(world: World, presses: str) -> None:
    """Whoever commits last has seen the other: there is no draft invoice under a document that is sent."""
    from odoo.exceptions import UserError
    from psycopg2.errors import SerializationFailure

    move = world.post()
    with world.env("faturamento") as late:
        invoice = late["account.move"].browse(move)
        assert (invoice.state, invoice.fbr_document_id.state) == ("posted", "draft")
        other = {"button_draft": "action_fbr_issue", "action_fbr_issue": "button_draft"}[presses]
        world.request(lambda env: getattr(env["account.move"].browse(move), other)())
        with pytest.raises((SerializationFailure, UserError)):
            getattr(invoice, presses)()
        late.cr.rollback()
    expected = {"button_draft": ("posted", "authorized"), "action_fbr_issue": ("draft", "draft")}
    assert (world.move(move, "state").state, world.document(move).state) == expected[presses]


@pytest.mark.usefixtures("impatient")
def test_the_answer_to_a_query_is_kept(world: World) -> None:
    """It is all that proves the authorization when the first answer was lost."""
    world.fault("lose_answer", AUTHORIZE)
    move = world.post()
    world.issue(move)
    with world.env() as env:
        document = env["account.move"].browse(move).fbr_document_id
        assert document.state == "authorized"
        assert document.protocolo.encode() in base64.b64decode(document.attempt_ids.response)


def test_a_danfe_that_cannot_be_drawn_holds_up_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from odoo.addons.faturamento_br.models import document_files

    bad, good = world.post(), world.post()
    world.issue(bad, good)
    draw, key = document_files.Danfe, world.document(bad).access_key

    def draw_most(xml: str):
        if key in xml:
            raise ValueError("cannot be drawn")
        return draw(xml=xml)

    monkeypatch.setattr(document_files, "Danfe", draw_most)
    world.run_job("cron_danfe")
    with world.env() as env:
        drawn = env["account.move"].browse([bad, good]).fbr_document_ids.filtered("danfe_attachment_id").move_id
        assert drawn.ids == [good]
    monkeypatch.undo()
    world.run_job("cron_danfe")
    with world.env() as env:
        assert all(env["account.move"].browse([bad, good]).fbr_document_ids.mapped("danfe_attachment_id"))
