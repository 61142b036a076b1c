"""Remittances against the simulator: authorized inside and outside the state, bills nobody, whoever races."""

from functools import partial

import pytest
from lxml import etree

from .world import World

pytestmark = pytest.mark.usefixtures("calm")

NFE = "{http://www.portalfiscal.inf.br/nfe}"


@pytest.fixture(scope="module")
def operation(world: World) -> int:
    """Demonstration, 60 days, as it comes ready: 5912 and 6912 with suspended ICMS."""
    with world.env("contabilidade") as env:
        domain = [("company_id", "=", env.company.id), ("ready_key", "=", "demonstration")]
        return env["faturamento_br.operation"].search(domain).id


def draft(world: World, operation: int, customer: str = "demo_customer_sp") -> int:
    def make(env) -> int:
        line = {"product_id": env.ref("faturamento_br.demo_product_chair").id, "quantity": 4}
        values = {"partner_id": env.ref(f"faturamento_br.{customer}").id, "fbr_operation_id": operation}
        return env["faturamento_br.shipment"].create({**values, "line_ids": [(0, 0, line)]}).id

    return world.request(make)


def press(world: World, button: str, *shipments: int, login: str = "faturamento") -> object:
    return world.request(lambda env: getattr(env["faturamento_br.shipment"].browse(shipments), button)(), login)


def test_authorized_and_nobody_is_billed(world: World, operation: int) -> None:
    with world.env() as env:
        moves = env["account.move"].search_count([])
    for customer, cfop in (("demo_customer_sp", "5912"), ("demo_customer_mg", "6912")):
        shipment = draft(world, operation, customer)
        press(world, "action_confirm", shipment)
        press(world, "action_fbr_issue", shipment)
        with world.env() as env:
            record = env["faturamento_br.shipment"].browse(shipment)
            document = record.fbr_document_id
            assert (document.state, record.state) == ("authorized", "issued"), document.problem_ids.mapped("message")
            assert (record.name, record.line_ids.quantity_pending) == (document.display_name, 4)
            assert record.activity_ids.date_deadline == record.return_due
            assert document.item_ids.product_id == record.line_ids.product_id
            tree = etree.fromstring(document.xml_attachment_id.raw)
            assert [each.text for each in tree.iter(f"{NFE}CFOP")] == [cfop]
            assert [each.text for each in tree.iter(f"{NFE}tPag")] == ["90"]
            assert not list(tree.iter(f"{NFE}cobr"))
            assert next(each.text for each in tree.iter(f"{NFE}CST")) == "50"
    with world.env() as env:
        assert env["account.move"].search_count([]) == moves


def test_a_consumer_gives_back_by_our_own_entry(world: World, operation: int) -> None:
    """Our NF-e of entry, which refers to the remittance; then nothing is out, and the reminder is done."""
    shipment = draft(world, operation, "demo_customer_person")
    press(world, "action_confirm", shipment)
    press(world, "action_fbr_issue", shipment)
    back = press(world, "action_return", shipment)["res_id"]
    press(world, "action_confirm", back)
    press(world, "action_fbr_issue", back)
    with world.env() as env:
        sent, back = (env["faturamento_br.shipment"].browse(each) for each in (shipment, back))
        document = back.fbr_document_id
        assert document.state == "authorized", (document.cStat, document.problem_ids.mapped("message"))
        tree = etree.fromstring(document.xml_attachment_id.raw)
        found = {tag: [each.text for each in tree.iter(NFE + tag)] for tag in ("tpNF", "CFOP", "refNFe")}
        assert found == {"tpNF": ["0"], "CFOP": ["1913"], "refNFe": [sent.fbr_document_id.access_key]}
        assert not sent.has_pending
        assert not sent.activity_ids


def test_two_users_confirm_at_once(world: World, operation: int) -> None:
    """One number each, and one number for what both confirm; the slower one is told so."""
    shipment = draft(world, operation)
    confirm = partial(press, world, "action_confirm", shipment)
    results = world.together(confirm, partial(confirm, login="contabilidade"))
    refused = [str(result) for result in results if isinstance(result, Exception)]
    assert len(refused) == 1, results
    assert "UserError" in refused[0]
    with world.env() as env:
        assert len(env["faturamento_br.shipment"].browse(shipment).fbr_document_ids) == 1
    others = [draft(world, operation) for _ in range(2)]
    world.all_together(*(partial(press, world, "action_confirm", each) for each in others))
    with world.env() as env:
        numbers = env["faturamento_br.shipment"].browse([shipment, *others]).fbr_document_ids.mapped("number")
        assert sorted(numbers) == list(range(min(numbers), min(numbers) + 3))


@pytest.mark.prove
def test_two_users_give_back_the_same_goods(world: World, operation: int) -> None:
    """Four chairs are out: of two returns of three, one is refused."""
    shipment = draft(world, operation)
    press(world, "action_confirm", shipment)
    press(world, "action_fbr_issue", shipment)

    def give_back(env, number: int) -> int:
        back = env["faturamento_br.shipment"].browse(
            env["faturamento_br.shipment"].browse(shipment).action_return()["res_id"]
        )
        back.line_ids.quantity = 3
        sender = back.commercial_partner_id.vat.replace(".", "").replace("/", "").replace("-", "")
        from odoo.addons.faturamento_br.fiscal import access_key

        key = access_key.build("35", env.cr.now(), sender, "55", 1, number, "1", "83746152")
        back.write({"issued_by": "partner", "partner_key": str(key)})
        return back.id

    backs = [world.request(partial(give_back, number=number)) for number in (501, 502)]
    results = world.together(*(partial(press, world, "action_confirm", back) for back in backs))
    refused = [str(result) for result in results if isinstance(result, Exception)]
    assert len(refused) == 1, results
    assert "UserError" in refused[0]
    with world.env() as env:
        assert env["faturamento_br.shipment"].browse(shipment).line_ids.quantity_pending == 1
