"""Holes in the numbering: found with their reason, voided once, through lost answers."""

from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree

from .world import World, long

pytestmark = pytest.mark.usefixtures("calm", "impatient")

VOID = "NFeInutilizacao4"


def series_of(env: Any) -> Any:
    series = env["faturamento_br.series"].search([("environment", "=", "simulator"), ("series", "=", 1)])
    return series.filtered(lambda one: one.company_id == env.ref("faturamento_br.demo_company"))


def skip(world: World, numbers: int) -> int:
    """Leave so many numbers out between two that are issued; returns the first that was left out."""
    world.issue(world.post())

    def jump(env: Any) -> int:
        company = env.ref("faturamento_br.demo_company")
        series = env["faturamento_br.series"].sudo()._of(company, "55", "simulator", 1)
        first = series.next_number
        series.next_number = first + numbers
        return first

    first = world.request(jump, "contabilidade")
    move = world.post()
    world.issue(move)
    assert world.document(move).number == first + numbers
    return first


def gaps(world: World) -> list[tuple[int, int, str]]:
    def look(env: Any) -> list[tuple[int, int, str]]:
        series_of(env).action_find_gaps()
        return [(gap.first, gap.last, gap.reason) for gap in series_of(env).gap_ids]

    return world.request(look, "contabilidade")


def void(world: World, first: int, login: str = "contabilidade") -> None:
    """Press the button on the hole that begins there."""

    def press(env: Any) -> None:
        gap = series_of(env).gap_ids.filtered(lambda one: one.first == first)
        action = gap.action_void()
        env[action["res_model"]].browse(action["res_id"]).action_apply()

    world.request(press, login)


def voidings(world: World, first: int) -> list[SimpleNamespace]:
    with world.env() as env:
        found = env["faturamento_br.voiding"].search([("first", "=", first)], order="id")
        names = ("state", "cStat", "protocolo", "last", "signed_xml")
        return [SimpleNamespace(**{name: one[name] for name in names}, xml=one.xml_attachment_id.raw) for one in found]


def later(world: World) -> None:
    with world.env() as env:
        env["faturamento_br.voiding"].search([("next_try_at", "!=", False)]).next_try_at = "2020-01-01 00:00:00"
        env.cr.commit()
    world.run_job("cron_void")


def test_skipped_numbers(world: World) -> None:
    """A jump in the numbering is one hole, voided by one request; afterwards there is none."""
    first = skip(world, 3)
    assert (first, first + 2, "skipped") in gaps(world)
    void(world, first)
    [voiding] = voidings(world, first)
    assert (voiding.state, voiding.cStat, voiding.last) == ("voided", "102", first + 2)
    root = etree.fromstring(voiding.xml)
    assert etree.QName(root).localname == "ProcInutNFe"
    assert root.findtext(".//{*}retInutNFe//{*}nProt") == voiding.protocolo
    assert first not in [gap[0] for gap in gaps(world)]


def test_discarded_document(world: World) -> None:
    """An invoice that was confirmed and then cancelled leaves its number: the document ends with it."""
    discarded, after = world.post(), world.post()
    world.issue(after)
    number = world.document(discarded).number
    world.request(lambda env: env["account.move"].browse(discarded).button_cancel(), "contabilidade")
    assert (number, number, "given_up") in gaps(world)
    void(world, number)
    with world.env() as env:
        assert env["account.move"].browse(discarded).fbr_document_ids.state == "voided"


def test_a_document_on_its_way_is_no_hole(world: World) -> None:
    """What waits for its answer, or is still to be issued, is not offered."""
    waiting, last = world.post(), world.post()
    world.issue(last)
    number = world.document(waiting).number
    assert not [gap for gap in gaps(world) if gap[0] <= number <= gap[1]]


@pytest.mark.parametrize("kind", ["lose_answer", *long("cut", "refuse")])
def test_lost_answers(world: World, kind: str) -> None:
    """The same bytes are sent until there is an answer: the numbers are voided once."""
    first = skip(world, 1)
    gaps(world)
    world.fault(kind, VOID)
    void(world, first)
    signed = voidings(world, first)[0].signed_xml
    later(world)
    [voiding] = voidings(world, first)
    assert (voiding.state, voiding.signed_xml) == ("voided", signed)


def test_needs_the_right(world: World) -> None:
    from odoo.exceptions import UserError

    first = skip(world, 1)
    gaps(world)
    with pytest.raises(UserError):
        void(world, first, "faturamento")
    assert not voidings(world, first)


def test_issued_meanwhile(world: World) -> None:
    """A hole that was filled since the dialog opened is not voided."""
    from odoo.exceptions import UserError

    first = skip(world, 2)
    gaps(world)

    def press(env: Any) -> None:
        gap = series_of(env).gap_ids.filtered(lambda one: one.first == first)
        action = gap.action_void()
        values = {"series": 1, "number": first, "environment": "simulator", "numeric_code": "83746152"}
        company = env.ref("faturamento_br.demo_company")
        env["faturamento_br.document"].sudo().create({**values, "company_id": company.id, "state": "signed"})
        env[action["res_model"]].browse(action["res_id"]).action_apply()

    with pytest.raises(UserError):
        world.request(press, "contabilidade")
    assert not voidings(world, first)
