"""What Send does, single and in batch; invoices of services, and mixed ones."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from .test_numbering import noon
from .world import AUTHORIZE, World

pytestmark = pytest.mark.usefixtures("calm")

GOODS, SERVICE = "demo_product_chair", "demo_product_assembly"


def mails(world: World, move: int) -> list[SimpleNamespace]:
    """The mails to the customer about an invoice, with the names of their files."""
    with world.env() as env:
        found = env["mail.mail"].sudo().search([("model", "=", "account.move"), ("res_id", "=", move)])
        return [
            SimpleNamespace(to=mail.recipient_ids.mapped("email"), files=sorted(mail.attachment_ids.mapped("name")))
            for mail in found
        ]


def send(world: World, *moves: int) -> None:
    """The Send dialog with what it proposes, for one invoice or many."""

    def press(env: Any) -> None:
        name, value = ("wizard", {"move_id": moves[0]}) if len(moves) == 1 else ("batch.wizard", {})
        wizard = env[f"account.move.send.{name}"].with_context(active_model="account.move", active_ids=list(moves))
        wizard.create({**value}).action_send_and_print()

    world.request(press)


def alerts(world: World, move: int) -> str:
    """What the dialog says before anybody presses Send."""

    def look(env: Any) -> str:
        wizard = env["account.move.send.wizard"].create({"move_id": move})
        return " ".join(str(alert["message"]) for alert in (wizard.alerts or {}).values())

    return world.request(look, lang="en_US")


def paper_files(world: World, move: int) -> list[str]:
    key = world.document(move).access_key
    return sorted([f"NFe{key}.xml", f"DANFE-{key}.pdf"])


# --- Send -----------------------------------------------------------------------------------------------------------


def test_send_issues_and_the_mail_follows_the_files(world: World) -> None:
    """Send signs and sends the NF-e; the mail is made when XML and DANFE exist, with both, once."""
    move = world.post()
    send(world, move)
    assert world.document(move).state == "authorized"
    assert not mails(world, move), "before the DANFE there is nothing to mail"
    world.run_job("cron_danfe")
    [mail] = mails(world, move)
    assert (mail.to, mail.files) == (["compras@jacaranda.example.com"], paper_files(world, move))
    assert world.move(move, "is_move_sent").is_move_sent
    world.run_job("cron_danfe")
    assert len(mails(world, move)) == 1


@pytest.mark.prove
def test_send_after_the_authorisation(world: World) -> None:
    move = world.post()
    world.issue(move)
    world.run_job("cron_danfe")
    send(world, move)
    [mail] = mails(world, move)
    assert mail.files == paper_files(world, move)


def test_send_while_the_authorizer_is_down(world: World) -> None:
    """The mail waits for as long as the document does."""
    world.fault("cstat", AUTHORIZE, cStat="108")
    move = world.post()
    send(world, move)
    world.run_job("cron_danfe")
    assert (world.document(move).state, mails(world, move)) == ("signed", [])
    world.settle(move)
    world.run_job("cron_danfe")
    assert len(mails(world, move)) == 1


def test_a_rejected_one_sends_nothing(world: World) -> None:
    move = world.post()
    world.take_number(world.document(move).number)
    send(world, move)
    world.run_job("cron_danfe")
    assert (world.document(move).state, mails(world, move)) == ("rejected", [])
    assert not world.move(move, "is_move_sent").is_move_sent


@pytest.mark.prove
def test_a_batch(world: World) -> None:
    """Three of goods, one rejected among them, and one of services: each gets what is its own."""
    goods = world.post_many(3)
    service = world.post(products=(SERVICE,))
    world.take_number(world.document(goods[1]).number)
    send(world, *goods, service)
    world.run_job("account.ir_cron_account_move_send")
    assert [world.document(move).state for move in goods] == ["authorized", "rejected", "authorized"]
    world.run_job("cron_danfe")
    assert [len(mails(world, move)) for move in (*goods, service)] == [1, 0, 1, 1]
    assert mails(world, goods[0])[0].files == paper_files(world, goods[0])


def lock_until(world: World, day: Any) -> None:
    """Close the books of sales up to a day."""
    world.request(lambda env: env.ref("faturamento_br.demo_company").write({"sale_lock_date": day}), "")


@pytest.mark.prove
def test_one_that_cannot_be_issued_does_not_hold_up_a_batch(world: World, clock: Any) -> None:
    """An invoice of a month whose books are closed cannot be moved to today; the others go out, and it says why."""
    today = datetime.now()
    last_day = noon(today.date().replace(day=1) - timedelta(days=1))
    clock.move_to(last_day)
    late = world.post()
    clock.move_to(today)
    others = [world.post(), world.post()]
    lock_until(world, last_day.date())
    send(world, late, *others)
    world.run_job("account.ir_cron_account_move_send")
    lock_until(world, False)
    assert [world.document(move).state for move in (late, *others)] == ["draft", "authorized", "authorized"]
    with world.env() as env:
        invoice = env["account.move"].browse(late)
        assert not invoice.sending_data
        assert f"{last_day:%d/%m/%Y}" in invoice.message_ids[0].body


@pytest.mark.prove
def test_one_danfe_that_fails_does_not_hold_up_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from odoo.addons.faturamento_br.models import document_files

    moves = world.post_many(2)
    world.issue(*moves)
    key, drawn = world.document(moves[0]).access_key, document_files.Danfe

    def fail_for_one(xml: str) -> Any:
        if key in xml:
            raise ValueError("cannot be drawn")
        return drawn(xml=xml)

    monkeypatch.setattr(document_files, "Danfe", fail_for_one)
    world.run_job("cron_danfe")
    with world.env() as env:
        documents = [env["account.move"].browse(move).fbr_document_id for move in moves]
        assert [bool(document.danfe_attachment_id) for document in documents] == [False, True]
    monkeypatch.undo()
    world.run_job("cron_danfe")
    with world.env() as env:
        assert env["account.move"].browse(moves[0]).fbr_document_id.danfe_attachment_id


def test_the_dialog_says_what_is_missing(world: World) -> None:
    """All problems at once, before anybody presses Send."""
    from odoo.exceptions import UserError

    def spoil(env: Any) -> int:
        missing = {"street": False, "street2": False}
        customer = env.ref("faturamento_br.demo_customer_sp").copy({"name": "Sem endereço", **missing})
        return world.draft(env, (GOODS,), customer=customer)

    move = world.request(spoil, posted=True)
    told = alerts(world, move)
    assert "xLgr" in told
    assert "xBairro" in told
    with pytest.raises(UserError):
        send(world, move)
    assert not world.document(move).attempts


# --- Services -------------------------------------------------------------------------------------------------------


def test_services_only(world: World) -> None:
    """Posted and sent as in Odoo, without NF-e, which is explained."""
    from odoo.exceptions import UserError

    move = world.post(products=(SERVICE,))
    assert not world.document(move).id
    assert "NFe" not in world.move(move, "name").name
    assert "service" in alerts(world, move)
    with pytest.raises(UserError, match="services only"):
        world.issue(move, lang="en_US")
    send(world, move)
    [mail] = mails(world, move)
    assert [name.rpartition(".")[2] for name in mail.files] == ["pdf"]


@pytest.mark.prove
def test_mixed_is_refused_and_split(world: World) -> None:
    """Refused at posting; split into two invoices with the order's links and the amounts intact."""
    from odoo.exceptions import UserError

    def sell(env: Any) -> list[int]:
        order = env["sale.order"].create(
            {
                "partner_id": env.ref("faturamento_br.demo_customer_sp").id,
                "order_line": [
                    (0, 0, {"product_id": env.ref(f"faturamento_br.{name}").id, "product_uom_qty": quantity})
                    for name, quantity in ((GOODS, 3), (SERVICE, 2))
                ],
            }
        )
        order.action_confirm()
        invoice = order._create_invoices()
        return [order.id, invoice.id]

    order_id, mixed = world.request(sell)
    with pytest.raises(UserError):
        world.request(lambda env: env["account.move"].browse(mixed).action_post())

    def split(env: Any) -> list[int]:
        order, invoice = env["sale.order"].browse(order_id), env["account.move"].browse(mixed)
        total, untaxed = invoice.amount_total, invoice.amount_untaxed
        invoice.action_fbr_split_services()
        goods, services = invoice, order.invoice_ids - invoice
        assert goods.amount_total + services.amount_total == pytest.approx(total)
        assert goods.amount_untaxed + services.amount_untaxed == pytest.approx(untaxed)
        for line in order.order_line:
            assert line.qty_invoiced == line.product_uom_qty
            assert len(line.invoice_lines) == 1
        assert goods.invoice_origin == services.invoice_origin == order.name
        assert goods.partner_id == services.partner_id
        assert goods.invoice_payment_term_id == services.invoice_payment_term_id
        (goods + services).action_post()
        return [goods.id, services.id]

    goods, services = world.request(split)
    world.issue(goods)
    assert world.document(goods).state == "authorized", world.document(goods).said
    assert not world.document(services).id
    with world.env() as env:
        assert env["sale.order"].browse(order_id).invoice_status == "invoiced"
