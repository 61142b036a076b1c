"""Cancelling and correcting an authorized NF-e: with its books, through lost answers, races and crashes."""

import os
import signal
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree

from dev.simulator import control

from .world import World, until

pytestmark = pytest.mark.usefixtures("calm", "impatient")

EVENT, QUERY = "NFeRecepcaoEvento4", "NFeConsultaProtocolo4"
REASON = "O cliente desistiu antes da saída da mercadoria"
LETTER = "Onde se lê placa ABC1D32, leia-se placa ABC1D23 no transporte"
WIZARDS = {"cancel": "faturamento_br.cancel_document", "correct": "faturamento_br.correct_document"}


def refused(said: str | None = None) -> Any:
    """The user is told, not the program broken."""
    from odoo.exceptions import UserError

    return pytest.raises(UserError, match=said)


def authorized(world: World) -> int:
    move = world.post()
    world.issue(move)
    assert world.document(move).state == "authorized"
    return move


def press(world: World, what: str, move: int, login: str = "contabilidade", **values: Any) -> None:
    """Open the dialog from the invoice, fill it in and press its button; what is signed is sent by then."""

    def work(env: Any) -> None:
        action = getattr(env["account.move"].browse(move), f"action_fbr_{what}_document")()
        wizard = env[action["res_model"]].browse(action["res_id"])
        wizard.write({"notify_partner": False, **values})
        wizard.action_apply()

    world.request(work, login)


def cancel(world: World, move: int, **options: Any) -> None:
    press(world, "cancel", move, **{"reason": REASON, **options})


def correct(world: World, move: int, text: str = LETTER, **options: Any) -> None:
    press(world, "correct", move, text=text, **options)


def events_of(world: World, move: int) -> list[SimpleNamespace]:
    """The events of the invoice's documents, oldest first."""
    with world.env() as env:
        found = env["account.move"].browse(move).fbr_document_ids.event_ids.sorted("id")
        names = ("code", "state", "sequence", "cStat", "protocolo", "sendings", "signed_xml", "late")
        return [
            SimpleNamespace(
                **{name: event[name] for name in names},
                xml=event.xml_attachment_id.raw,
                pdf=event.pdf_attachment_id.raw,
            )
            for event in found
        ]


def settle(world: World, move: int) -> None:
    """Let the minutes pass until the events of the invoice are decided."""
    for _round in range(6):
        if all(event.state in ("registered", "rejected") for event in events_of(world, move)):
            return
        with world.env() as env:
            events = env["account.move"].browse(move).fbr_document_ids.event_ids.filtered("next_try_at")
            events.next_try_at = "2020-01-01 00:00:00"
            env["faturamento_br.authorizer.health"].search([("retry_at", "!=", False)]).retry_at = "2020-01-01 00:00:00"
            env.cr.commit()
        world.run_job("cron_events")


def states(world: World, move: int) -> tuple[str, str]:
    """The state of an invoice and of its document."""
    with world.env() as env:
        found = env["account.move"].browse(move)
        return found.state, found.fbr_document_ids.state


# --- Cancelling -----------------------------------------------------------------------------------------------------


def test_cancelled_with_its_books(world: World) -> None:
    """One act: event registered, document and invoice cancelled, file kept; the order may be invoiced anew."""
    move = authorized(world)
    cancel(world, move)
    [event] = events_of(world, move)
    assert (event.code, event.state, event.cStat) == ("110111", "registered", "135")
    assert states(world, move) == ("cancel", "cancelled")
    root = etree.fromstring(event.xml)
    assert etree.QName(root).localname == "procEventoNFe"
    assert root.findtext(".//{*}retEvento//{*}nProt") == event.protocolo
    assert root.findtext(".//{*}xJust") == REASON


def test_what_was_paid_stays_as_credit(world: World) -> None:
    """A paid invoice is cancelled; its payment is the customer's again."""
    move = authorized(world)

    def pay(env: Any) -> int:
        context = {"active_model": "account.move", "active_ids": [move]}
        wizard = env["account.payment.register"].with_context(**context).create({})
        return wizard._create_payments().id

    payment = world.request(pay, "contabilidade")
    cancel(world, move)
    assert states(world, move) == ("cancel", "cancelled")
    with world.env() as env:
        lines = env["account.payment"].browse(payment).move_id.line_ids
        owed = lines.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        assert owed
        assert not owed.reconciled


@pytest.mark.parametrize("login", ["faturamento", "vendas"])
def test_needs_the_right(world: World, login: str) -> None:
    move = authorized(world)
    with refused():
        cancel(world, move, login=login)
    assert states(world, move) == ("posted", "authorized")
    assert not events_of(world, move)


def test_refused_before_sending(world: World) -> None:
    """A reason that says nothing, closed books: told at once, nothing is sent."""
    move = authorized(world)
    with refused("15"):
        cancel(world, move, reason="engano")
    with world.env() as env:
        company = env.ref("faturamento_br.demo_company")
        company.sale_lock_date = env["account.move"].browse(move).date
        env.cr.commit()
    try:
        with refused():
            cancel(world, move)
    finally:
        with world.env() as env:
            env.ref("faturamento_br.demo_company").sale_lock_date = False
            env.cr.commit()
    assert not events_of(world, move)
    assert states(world, move) == ("posted", "authorized")


def test_out_of_time(world: World, clock: Any) -> None:
    """After the state's last moment the dialog says what to do instead, and nothing is sent."""
    move = authorized(world)
    clock.tick(timedelta(hours=481))
    with refused("cancel"):
        cancel(world, move)
    assert not events_of(world, move)


def test_refused_by_the_authorizer(world: World) -> None:
    """A CT-e was issued for it: document and invoice stay as they were, and it is told why."""
    move = authorized(world)
    control.mark_document(world.state, world.document(move).access_key, "cte")
    cancel(world, move)
    [event] = events_of(world, move)
    assert (event.state, event.cStat) == ("rejected", "690")
    assert states(world, move) == ("posted", "authorized")
    cancel(world, move)  # another event may be made: the former was not registered
    assert [event.state for event in events_of(world, move)] == ["rejected", "rejected"]


# --- Lost answers, crashes, races ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lose_answer", "cut", "hang", "refuse", "soap_fault"])
def test_registered_once_whatever_fails(world: World, kind: str) -> None:
    """The answer is lost before or after it was registered: the key is queried, the same bytes go again if need be."""
    move = authorized(world)
    world.fault(kind, EVENT)
    cancel(world, move)
    signed = events_of(world, move)[0].signed_xml
    settle(world, move)
    [event] = events_of(world, move)
    assert (event.state, event.signed_xml) == ("registered", signed)
    assert states(world, move) == ("cancel", "cancelled")
    key = world.document(move).access_key
    assert len(world._rows("SELECT * FROM event WHERE access_key = ? AND code = '110111'", key)) == 1


def test_killed_while_it_is_sent(world: World) -> None:
    """The process dies with the request on its way: the job finishes it."""
    move = authorized(world)
    world.fault("delay", EVENT, seconds=30)
    victim = world.fork(cancel, world, move)
    until(lambda: any(event.state == "sending" for event in events_of(world, move)))
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()
    world.calm_faults()
    settle(world, move)
    assert states(world, move) == ("cancel", "cancelled")


def test_cancel_against_letter(world: World) -> None:
    """Two users at the same moment: one of them is told to wait, and the document has one event."""
    move = authorized(world)
    world.fault("delay", EVENT, seconds=1)
    results = world.together(lambda: cancel(world, move), lambda: correct(world, move))
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 1, results
    settle(world, move)
    assert [event.state for event in events_of(world, move)] == ["registered"]


# --- Letters of correction ------------------------------------------------------------------------------------------


def test_letters_follow_each_other(world: World) -> None:
    """Each has the next sequence, its file and its print; the dialog of the second begins with the first's text."""
    move = authorized(world)
    correct(world, move)
    correct(world, move, LETTER + "; volumes: 3 caixas")
    first, second = events_of(world, move)
    assert [event.sequence for event in (first, second)] == [1, 2]
    assert {event.state for event in (first, second)} == {"registered"}
    assert second.pdf.startswith(b"%PDF-")
    assert states(world, move) == ("posted", "authorized")

    def begins(env: Any) -> str:
        action = env["account.move"].browse(move).action_fbr_correct_document()
        return env[action["res_model"]].browse(action["res_id"]).text

    assert world.request(begins, "contabilidade") == LETTER + "; volumes: 3 caixas"


def test_what_may_not_be_corrected_is_explained(world: World) -> None:
    """A letter about a price goes out only when who signs says that it does not do that."""
    move = authorized(world)
    text = "O valor do produto correto é R$ 100,00 e não o que constou"
    with refused("valor"):
        correct(world, move, text)
    assert not events_of(world, move)
    correct(world, move, text, confirmed=True)
    assert events_of(world, move)[0].state == "registered"
