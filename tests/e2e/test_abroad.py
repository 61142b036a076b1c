"""Goods sold abroad, against the simulator: authorized, in reais, without tax, with the place where they leave."""

import pytest
from lxml import etree

from .world import World

pytestmark = [pytest.mark.prove, pytest.mark.usefixtures("calm")]

NFE = "{http://www.portalfiscal.inf.br/nfe}"


def test_an_export_is_authorized(world: World) -> None:
    def sell(env) -> int:
        country = env.ref("base.uy")
        address = {"street_name": "Rambla", "street_number": "100", "street2": "Centro", "city": "Montevideo"}
        customer = env["res.partner"].create(
            {"name": "Muebles del Sur", "is_company": True, "country_id": country.id, "vat": "219999830019", **address}
        )
        state = env.ref("base.state_br_sp")
        values = {"fbr_exit_state_id": state.id, "fbr_exit_place": "Porto de Santos"}
        return world.draft(env(context={**env.context, "posted": True}), customer=customer, **values)

    move = world.request(sell)
    world.issue(move)
    document = world.document(move)
    assert (document.state, document.problems) == ("authorized", [])
    with world.env() as env:
        record = env["account.move"].browse(move)
        assert record.fbr_operation_id.ready_key in ("export_resale", "export_production")
        assert not record.line_ids.tax_line_id
        tree = etree.fromstring(record.fbr_document_id.xml_attachment_id.raw)
    told = {name: tree.findtext(f".//{NFE}{name}") for name in ("idDest", "CFOP", "UFSaidaPais", "vNF", "vICMS")}
    told["cPais"] = tree.findtext(f".//{NFE}enderDest/{NFE}cPais")
    assert told["CFOP"] in ("7101", "7102")
    assert (told["idDest"], told["UFSaidaPais"], told["cPais"], told["vICMS"]) == ("3", "SP", "8451", "0.00")
    assert float(told["vNF"]) == record_total(world, move)


def record_total(world: World, move: int) -> float:
    return world.move(move, "amount_total").amount_total
