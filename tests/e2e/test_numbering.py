"""Numbers and dates: no gap, no number twice, whoever races; a mended rejection keeps its number in any month."""

import base64
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from .world import AUTHORIZE, World

pytestmark = pytest.mark.usefixtures("calm")

BRASILIA = ZoneInfo("America/Sao_Paulo")
NFE = "{http://www.portalfiscal.inf.br/nfe}"


def text_of(signed: bytes, path: str) -> str:
    """A field of a signed NF-e: ``ide/dhEmi``."""
    return etree.fromstring(base64.b64decode(signed)).findtext(
        "/".join(NFE + tag for tag in ["infNFe", *path.split("/")])
    )


# --- Races ----------------------------------------------------------------------------------------------------------


def issued_once(world: World, move: int) -> None:
    """One document, one attempt, and the authorizer was asked once and authorized once."""
    document = world.document(move)
    assert document.state == "authorized", document.said
    assert len(document.attempts) == 1
    assert len(world.authorised(document.number)) == 1
    assert len(world.received(document.access_key, AUTHORIZE)) == 1
    with world.env() as env:
        assert len(env["account.move"].browse(move).fbr_document_ids) == 1


def test_twenty_users_press_the_button_at_once(world: World) -> None:
    """One document, one authorisation; each of the others sees that it is done, or is told plainly to look again."""

    def hire(env: Any) -> list[str]:
        logins = []
        for role in ("faturamento", "contabilidade"):
            [values] = env["res.users"].search([("login", "=", role)]).copy_data({"email": False})
            names = [f"{role} {number}" for number in range(10)]
            env["res.users"].create([{**values, "name": name, "login": name} for name in names])
            logins += names
        return logins

    move, logins = world.post(), world.request(hire, "admin")
    results = world.together(*(partial(world.issue, move, login=login) for login in logins))
    said = [str(result) for result in results if isinstance(result, Exception)]
    assert len(said) < 20
    assert all("UserError" in reason and "outra pessoa está emitindo" in reason for reason in said), said
    assert all(result["tag"] == "soft_reload" for result in results if not isinstance(result, Exception))
    issued_once(world, move)


def test_workers_post_at_the_same_time(world: World) -> None:
    """Five invoices each: consecutive numbers, none lost, none twice, and nobody loses a race."""
    before = world.document(world.post()).number

    def post_many() -> list[int]:
        return [world.post() for _ in range(5)]

    moves = [move for posted in world.all_together(post_many, post_many) for move in posted]
    assert len(set(moves)) == 10
    with world.env() as env:
        documents = env["account.move"].browse(moves).fbr_document_ids
        assert sorted(documents.mapped("number")) == list(range(before + 1, before + 11))
        assert all(document.move_id.name == document.display_name for document in documents)


def test_a_posting_that_fails_takes_no_number(world: World) -> None:
    before = world.document(world.post()).number

    def post_and_fail(env) -> None:
        world.draft(env, ("demo_product_chair",))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        world.request(post_and_fail, posted=True)
    assert world.document(world.post()).number == before + 1


# --- Rejected, mended -----------------------------------------------------------------------------------------------


def reject(world: World, move: int, clock) -> None:
    """Have it rejected: 703, issued an hour ahead of SEFAZ's clock. Afterwards the clock is right again."""
    right = datetime.now(UTC)
    clock.tick(timedelta(hours=1))
    world.issue(move)
    clock.move_to(right)
    assert (world.document(move).state, world.document(move).cStat) == ("rejected", "703")


def test_mended_and_issued_again(world: World, clock) -> None:
    """The customer's address mended: the same number and key, a new attempt beside the old one, whose bytes stay."""
    move = world.post()
    reject(world, move, clock)
    first = world.document(move)

    def mend(env) -> None:
        env.ref("faturamento_br.demo_customer_sp").street = "Avenida Brasil 1300"

    world.request(mend)
    world.issue(move)
    document = world.document(move)
    assert (document.state, document.number) == ("authorized", first.number)
    assert [attempt.result for attempt in document.attempts] == ["rejected", "authorized"]
    assert document.attempts[0].signed_xml == first.attempts[0].signed_xml
    numbers = [text_of(attempt.signed_xml, "dest/enderDest/nro") for attempt in document.attempts]
    assert numbers == ["1200", "1300"]
    assert document.attempts[0].access_key == document.attempts[1].access_key


def test_mended_after_the_invoice_was_changed(world: World, clock) -> None:
    """A rejected invoice may go back to draft, change and be confirmed: it keeps its name and number."""
    move = world.post()
    reject(world, move, clock)
    first, name = world.document(move), world.move(move, "name").name

    def change(env) -> None:
        invoice = env["account.move"].browse(move)
        invoice.button_draft()
        invoice.invoice_line_ids.quantity = 5
        invoice.action_post()

    world.request(change)
    assert (world.move(move, "name").name, world.document(move).number) == (name, first.number)
    world.issue(move)
    document = world.document(move)
    assert (document.state, document.number) == ("authorized", first.number)
    assert text_of(document.attempts[-1].signed_xml, "total/ICMSTot/vNF") == f"{document.amount_total:.2f}"


# --- Dates ----------------------------------------------------------------------------------------------------------


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=BRASILIA).astimezone(UTC)


def test_mended_next_month(world: World, clock) -> None:
    """An invoice of the last day of a month, rejected, mended in the next one: key and books change month together."""
    today = datetime.now(BRASILIA)
    last_day = today.date().replace(day=1) - timedelta(days=1)
    clock.move_to(noon(last_day))
    move = world.post()
    world.registered(may_issue=False)
    world.issue(move)
    world.registered(may_issue=True)
    before, posted = world.document(move), world.move(move, "name", "date", "invoice_date")
    assert (before.state, before.cStat) == ("rejected", "203")
    assert (posted.date, posted.invoice_date) == (last_day, last_day)
    assert before.access_key[2:6] == f"{last_day:%y%m}"

    clock.move_to(today.astimezone(UTC))
    world.issue(move)
    after, moved = world.document(move), world.move(move, "name", "date", "invoice_date", "state")
    assert (after.state, after.number, moved.name) == ("authorized", before.number, posted.name), after.said
    assert (moved.date, moved.invoice_date, moved.state) == (today.date(), today.date(), "posted")
    assert after.access_key[2:6] == f"{today:%y%m}"
    assert after.issue_date == today.date()
    assert [attempt.access_key for attempt in after.attempts] == [before.access_key, after.access_key]
    assert after.attempts[0].signed_xml == before.attempts[0].signed_xml


def test_a_paid_invoice_mended_next_month_stays_paid(world: World, clock) -> None:
    today = datetime.now(BRASILIA)
    last_day = today.date().replace(day=1) - timedelta(days=1)
    clock.move_to(noon(last_day))
    move = world.post()

    def pay(env) -> None:
        register = env["account.payment.register"].with_context(active_model="account.move", active_ids=[move])
        register.create({})._create_payments()

    world.request(pay, "contabilidade")
    paid = world.move(move, "payment_state", "amount_residual")
    assert paid.payment_state in ("paid", "in_payment")
    clock.move_to(today.astimezone(UTC))
    world.issue(move)
    assert world.document(move).state == "authorized", world.document(move).said
    after = world.move(move, "payment_state", "amount_residual", "date")
    assert (after.payment_state, after.amount_residual, after.date) == (paid.payment_state, 0, today.date())


def test_an_earlier_day_of_this_month(world: World, clock) -> None:
    """dhEmi is the last second of the invoice's day."""
    day = (datetime.now(BRASILIA).date().replace(day=1) - timedelta(days=1)).replace(day=10)
    clock.move_to(noon(day + timedelta(days=5)))
    move = world.post(invoice_date=day)
    world.issue(move)
    document = world.document(move)
    assert text_of(document.attempts[0].signed_xml, "ide/dhEmi") == f"{day}T23:59:59-03:00"
    assert document.issue_date == day == world.move(move, "date").date


def test_a_day_in_the_future(world: World) -> None:
    """Refused by name, before anything is built."""
    move = world.post(invoice_date=datetime.now(BRASILIA).date() + timedelta(days=1))
    world.issue(move)
    document = world.document(move)
    assert (document.state, document.attempts) == ("draft", [])
    assert document.problems


# --- Environments ---------------------------------------------------------------------------------------------------


@pytest.fixture
def far_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Homologação is where nobody listens: no test speaks to SEFAZ."""
    from odoo.addons.faturamento_br.fiscal import endpoints

    monkeypatch.setattr(endpoints, "url", lambda *_: "https://127.0.0.1:1/nobody")
    yield
    world.request(lambda env: env.ref("faturamento_br.demo_company")._fbr_use_simulator(), "admin")


@pytest.mark.usefixtures("far_away")
def test_posted_in_one_environment_and_issued_in_another(world: World) -> None:
    """A new document and number there; the old one, bytes and all, stays as it is and is sent nowhere."""
    from odoo.addons.faturamento_br.tests.certificates import PASSWORD, make_pfx

    drafted, signed = world.post(), world.post()
    world.sign(signed)
    before = {move: world.document(move) for move in (drafted, signed)}

    def move_to_homologation(env) -> None:
        company = env.ref("faturamento_br.demo_company")
        upload = {"pfx_upload": make_pfx(world.cnpj), "password_upload": PASSWORD, "company_id": company.id}
        env["faturamento_br.certificate"].create(upload)
        company._fbr_use_homologation()

    world.request(move_to_homologation, "admin")
    world.issue(drafted)
    document = world.document(drafted)
    assert (document.environment, document.number, document.state) == ("homologation", 1, "signed"), document.said
    assert world.move(drafted, "name").name == document.label
    world.hasten(signed)
    world.run_transmit()
    for move in before:
        with world.env() as env:
            old = env["faturamento_br.document"].browse(before[move].id)
            expected = (before[move].state, before[move].number, "simulator")
            assert (old.state, old.number, old.environment) == expected
            assert not old.attempt_ids.filtered("sendings")
    assert world.document(signed).said
