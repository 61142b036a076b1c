"""Cancelling and correcting an authorized NF-e: with its books, through lost answers, races and crashes."""

import os
import signal
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree

from dev.simulator import control

from .world import World, long, until

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


@pytest.mark.prove
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


@pytest.mark.parametrize("kind", ["lose_answer", "hang", *long("cut", "refuse", "soap_fault")])
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


def test_a_letter_while_a_cancelling_is_on_its_way(world: World) -> None:
    """The second is told to wait, however long the authorizer takes; the document has one event."""
    move = authorized(world)
    world.fault("delay", EVENT, seconds=30)
    first = world.fork(cancel, world, move)
    until(lambda: any(event.state == "sending" for event in events_of(world, move)))
    with refused("a caminho da SEFAZ"):
        correct(world, move)
    first.join()
    world.calm_faults()
    settle(world, move)
    assert [(event.code, event.state) for event in events_of(world, move)] == [("110111", "registered")]


def test_cancel_against_letter(world: World) -> None:
    """Two users at the same moment: one is told why not, or the letter was registered before it was cancelled."""
    move = authorized(world)
    results = world.together(lambda: cancel(world, move), lambda: correct(world, move))
    said = [str(result) for result in results if isinstance(result, Exception)]
    assert all("UserError" in text for text in said), said
    settle(world, move)
    codes = [event.code for event in events_of(world, move)]
    assert codes in ([["110111"], ["110110"]] if said else [["110110", "110111"]])
    assert {event.state for event in events_of(world, move)} == {"registered"}


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


@pytest.mark.prove
def test_what_may_not_be_corrected_is_explained(world: World) -> None:
    """A letter about a price goes out only when who signs says that it does not do that."""
    move = authorized(world)
    text = "O valor do produto correto é R$ 100,00 e não o que constou"
    with refused("valor"):
        correct(world, move, text)
    assert not events_of(world, move)
    correct(world, move, text, confirmed=True)
    assert events_of(world, move)[0].state == "registered"


# --- Questions: the register of contributors -------------------------------------------------------------------------

HOTEL, HOTEL_IE = "12345678000195", "109009980010"


def look_up(world: World, customer: str = "demo_customer_sp", login: str = "faturamento", **changes: Any) -> Any:
    """What the dialog shows who presses "Ask the register" on a customer, and what it wrote if ``take`` is given."""
    take = changes.pop("take", None)

    def work(env: Any) -> SimpleNamespace:
        partner = env.ref(f"faturamento_br.{customer}").with_env(env)
        partner.write(changes)
        action = partner.action_fbr_ask_registry()
        lookup = env[action["res_model"]].browse(action["res_id"])
        lines = {line.field: (line.old, line.new, line.apply) for line in lookup.line_ids}
        if take is not None:
            for line in lookup.line_ids:
                line.apply = line.field in take
            lookup.action_apply()
        return SimpleNamespace(
            verdict=lookup.verdict,
            told=lookup.told,
            lines=lines,
            found=[(found.ie, found.is_active) for found in lookup.found_ids],
            chosen=lookup.found_id.ie,
            situation=partner.fbr_registry_situation,
            name=partner.name,
            street=partner.street_name,
        )

    return world.request(work, login)


def test_filled_from_the_register(world: World) -> None:
    """What differs is shown, the user picks; the name is never taken by itself, and nothing is written unasked."""
    control.register(world.state, {"uf": "SP", "ie": HOTEL_IE, "holder": HOTEL})
    control.describe(
        world.state, HOTEL, xNome="HOTEL JACARANDA SOCIEDADE ANONIMA", xLgr="AVENIDA EUROPA", nro="1200", cMun="3550308"
    )
    seen = look_up(world)
    assert (seen.verdict, seen.found, seen.situation) == ("found", [(HOTEL_IE, True)], "active")
    assert seen.lines["name"] == ("Hotel Jacarandá S.A.", "HOTEL JACARANDA SOCIEDADE ANONIMA", False)
    assert "l10n_br_ie_code" not in seen.lines
    assert "city_id" not in seen.lines
    assert look_up(world, take=()).street == seen.street
    taken = look_up(world, take=("street_name",))
    assert (taken.street, taken.name) == ("AVENIDA EUROPA", seen.name)
    with refused():
        look_up(world, login="vendas")


def test_an_inactive_customer_is_warned_of(world: World) -> None:
    """The invoice is warned of, not refused; another CNPJ or IE is another customer, of whom nothing is known."""
    control.register(world.state, {"uf": "SP", "ie": HOTEL_IE, "holder": HOTEL, "active": False})
    assert look_up(world).situation == "inactive"

    def notes(env: Any) -> list[str]:
        move = env["account.move"].browse(world.draft(env))
        problems, notes = move._fbr_preflight()
        assert problems == []
        return [note.problem.code for note in notes]

    assert world.request(notes) == ["registry_inactive"]
    nobody = look_up(world, "demo_customer_person", l10n_br_ie_code="110042490114")
    assert (nobody.verdict, nobody.situation) == ("nobody", "nobody")
    assert look_up(world, "demo_customer_person", l10n_br_ie_code=False, vat=HOTEL).situation == "inactive"


@pytest.mark.prove
def test_several_registrations(world: World) -> None:
    """The one that is written here is taken; else the one that is active; else the user chooses."""
    rows = [{"uf": "SP", "ie": ie, "holder": HOTEL} for ie in (HOTEL_IE, "110042490114")]
    control.register(world.state, *rows)
    assert look_up(world).chosen == HOTEL_IE
    unknown = look_up(world, l10n_br_ie_code=False)
    assert (unknown.chosen, len(unknown.found), unknown.lines) == (False, 2, {})
    control.register(world.state, {**rows[1], "active": False})
    filled = look_up(world, take=("l10n_br_ie_code",))
    assert (filled.chosen, filled.situation) == (HOTEL_IE, "active")


def test_the_register_is_not_asked_or_does_not_answer(world: World) -> None:
    """A UF without the service is named; no answer proves nothing; after 656 nobody asks for an hour."""

    def to_rio(env: Any) -> None:
        rio = env.ref("base.state_br_rj")
        city = env["res.city"].search([("state_id", "=", rio.id)], limit=1)
        place = {"city_id": city.id, "city": city.name, "state_id": rio.id, "l10n_br_ie_code": False}
        env["res.partner"].create({"name": "Rio", "vat": "11444777000161", **place}).action_fbr_ask_registry()

    with refused("RJ"):
        world.request(to_rio)
    world.fault("soap_fault", "CadConsultaCadastro4")
    assert look_up(world).verdict is False
    world.fault("cstat", "CadConsultaCadastro4", cStat="656")
    assert look_up(world).verdict == "wait"
    with refused():
        look_up(world)


# --- Questions: by the key -------------------------------------------------------------------------------------------


def ask(world: World, key: str = "", move: int = 0, login: str = "faturamento") -> SimpleNamespace:
    """What the dialog tells about a document, or about a key that was typed."""

    def work(env: Any) -> SimpleNamespace:
        if move:
            action = env["account.move"].browse(move).fbr_document_ids.action_ask_sefaz()
        else:
            action = env["faturamento_br.key_lookup"].create({"access_key": key}).action_ask()
        lookup = env[action["res_model"]].browse(action["res_id"])
        return SimpleNamespace(agrees=lookup.agrees, differences=lookup.differences or "", answer=lookup.answer)

    return world.request(work, login, lang="en_US")


def test_asked_again_by_the_key(world: World) -> None:
    """Agreement is told; a cancellation and an event made elsewhere are, with what to do; limits hold."""
    move = authorized(world)
    assert ask(world, move=move) == SimpleNamespace(agrees=True, differences="", answer="100 Autorizado o uso da NF-e")
    cancel(world, move)
    assert ask(world, move=move).agrees
    with world.env() as env:  # as if another system had cancelled it
        document = env["account.move"].browse(move).fbr_document_ids
        env.cr.execute("UPDATE faturamento_br_event SET state = 'rejected' WHERE document_id = %s", [document.id])
        env.cr.execute("UPDATE faturamento_br_document SET state = 'authorized' WHERE id = %s", [document.id])
        env.cr.commit()
    seen = ask(world, move=move)
    assert not seen.agrees
    assert "it was cancelled elsewhere" in seen.differences
    assert "110111, number 1" in seen.differences
    key = world.document(move).access_key
    for _time in range(7):
        assert ask(world, key=key).differences == seen.differences
    with refused("10"):
        ask(world, key=key)
    with refused():
        ask(world, move=move, login="vendas")


def test_a_key_that_is_not_ours(world: World) -> None:
    """A typed key: with a wrong digit, of another company, of ours but unknown to SEFAZ."""
    from odoo.addons.faturamento_br.fiscal import access_key

    parts = {"model": "55", "series": 7, "number": 123, "emission_type": "1", "numeric_code": "83746152"}
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    theirs = access_key.build(cUF="35", issued_at=moment, tax_id="11444777000161", **parts)
    ours = access_key.build(cUF="35", issued_at=moment, tax_id=world.cnpj, **parts)
    for key, said in ((theirs[:-1] + str((int(theirs[-1]) + 1) % 10), "access key"), (theirs, "11444777000161")):
        with refused(said):
            ask(world, key=key)
    unknown = ask(world, key=ours)
    assert (unknown.agrees, unknown.differences, unknown.answer[:3]) == (False, "", "217")
