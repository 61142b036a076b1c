"""Places, vehicles, references, cards, papers: each mistake at its path, and how the right ones are written."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import nfe_samples as samples
import pytest
from fiscal.documents import nfe
from fiscal.spec import Export, ExportDetail, Observation, Payment, Purchase, Transport, Vehicle, Volume
from fiscal.taxes.engine import tax_invoice
from lxml import etree
from nfe_samples import change

RIGHT = samples.delivered()
KEY = RIGHT.references[0]


def found(invoice):
    return [(problem.code, problem.path) for problem in nfe.problems(invoice, samples.NOW)]


def written(invoice):
    """The document's text without its namespace."""
    assert found(invoice) == []
    element = nfe.build(tax_invoice(invoice)).element
    return etree.tostring(element, encoding="unicode").replace(f' xmlns="{nfe.NAMESPACE}"', "")


def test_the_right_one_has_no_problem():
    assert found(RIGHT) == []
    assert nfe.amount_problems(tax_invoice(RIGHT)) == []


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("pickup.tax_id", "", "missing"),
        ("pickup.name", "x", "text_short"),
        ("pickup.ie", "110042490115", "ie_invalid"),
        ("pickup.address.street", "", "missing"),
        ("pickup.address.zip", "06276-000", "invalid"),
        ("pickup.address.phone", "(11) 3600-1000", "invalid"),
        ("delivery.email", "m@", "email_invalid"),
        ("delivery.address.city_code", "", "missing"),
        ("transport.vehicle.plate", "", "missing"),
        ("transport.vehicle.plate", "ABC-1D23", "invalid"),
        ("transport.vehicle.plate", "abc1d23", "invalid"),
        ("transport.vehicle.uf", "XX", "invalid"),
        ("transport.trailers[1].plate", "1", "invalid"),
        ("transport.trailers", RIGHT.transport.trailers * 3, "trailers_count"),
        ("transport.volumes[0].seals[1]", "😀", "missing"),
        ("references[0]", KEY[:-1] + "3", "reference_invalid"),
        ("references[0]", "99" + KEY[2:], "reference_invalid"),
        ("references[0]", "", "reference_invalid"),
        ("references[1]", KEY, "reference_repeated"),
        ("intermediary.cnpj", "", "invalid"),
        ("intermediary.registration", "x", "text_short"),
        ("payments[0].card.brand", "28", "invalid"),
        ("payments[0].card.authorization", "", "card_incomplete"),
        ("payments[0].card.authorization", "😀", "card_incomplete"),
        ("payments[0].card.cnpj", "", "card_incomplete"),
        ("payments[0].paid_on", date(1900, 1, 1), "invalid"),
        ("change", Decimal("-1"), "number_negative"),
        ("change", Decimal("0.001"), "number_decimals"),
        ("observations[0].name", "", "missing"),
        ("observations[1].text", " ", "missing"),
        ("observations", (Observation("a", "b"),) * 11, "observations_count"),
        ("export", Export("SP", "Santos"), "export_unexpected"),
        ("items[0].nve[0]", "aa0001", "invalid"),
        ("items[0].nve", ("AA0001",) * 9, "nve_count"),
        ("items[0].tipi_exception", "1", "invalid"),
        ("items[0].maker_cnpj", "", "maker_missing"),
        ("items[0].maker_cnpj", "11222333000180", "invalid"),
        ("items[0].taxable_gtin", "123", "invalid"),
        ("items[1].cest", "", "scale_without_cest"),
    ],
)
def test_each_mistake(path, value, code):
    codes = found(change(RIGHT, path, value))
    assert len(codes) == 1, codes
    assert codes[0][0] == code
    assert codes[0][1].startswith(path.split("[")[0].rsplit(".", 1)[0])


@pytest.mark.parametrize("name", ["pickup", "delivery"])
def test_a_place_in_another_state_is_refused_by_name(name):
    """It would move the operation, and the tax, to that state."""
    elsewhere = change(RIGHT, f"{name}.address", samples.CUSTOMER.address)
    codes = dict(found(change(elsewhere, f"{name}.ie", "")))
    assert codes == {"place_of_another_uf": f"{name}.address.uf"}


def test_no_vehicle_between_states():
    goods = samples.item(cfop="6102")
    interstate = samples.invoice(
        goods, recipient=samples.CUSTOMER, transport=Transport("0", vehicle=Vehicle("ABC1D23"))
    )
    assert found(interstate) == [("vehicle_interstate", "transport.vehicle")]
    trailers = replace(interstate, transport=Transport("0", trailers=(Vehicle("ABC1D23"),)))
    assert found(trailers) == [("vehicle_interstate", "transport.trailers")]


def test_an_iest_is_of_the_recipients_state():
    right = samples.everything()
    assert right.emitter.iest
    assert found(right) == []
    assert found(change(right, "emitter.iest", "110042490203")) == [("ie_invalid", "emitter.iest")]


def test_away_from_the_shop_an_nfe_is_referred_to_not_a_cte():
    away = replace(RIGHT, presence="5", intermediary=None)
    assert found(away) == []
    only_cte = replace(away, references=RIGHT.references[1:])
    assert found(only_cte) == [("reference_missing", "references")]


def test_goods_sold_abroad():
    abroad = samples.abroad()
    assert found(abroad) == []
    assert found(change(abroad, "recipient.foreign_id", "")) == []  # who has no document of his own
    assert found(change(abroad, "recipient.foreign_id", None)) == [("missing", "recipient.tax_id")]
    there = replace(RIGHT.delivery, tax_id="", ie="", address=abroad.recipient.address)
    assert found(replace(abroad, delivery=there)) == []
    assert found(change(abroad, "recipient.address.country_code", "0000")) == [
        ("country_abroad", "recipient.address.country_code")
    ]
    assert found(change(abroad, "export.uf", "EX")) == [("invalid", "export.uf")]


def test_the_groups_of_an_export():
    xml = written(samples.exported())
    assert "<exporta><UFSaidaPais>SP</UFSaidaPais><xLocExporta>Porto de Santos</xLocExporta>" in xml
    assert "<UF>EX</UF><cPais>6076</cPais><xPais>PORTUGAL</xPais>" in xml  # and no CEP: a foreign code has no place
    assert "<idEstrangeiro>PT123456</idEstrangeiro>" in xml
    assert "<detExport><nDraw>20260001234</nDraw></detExport>" in xml
    key = samples.exported().references[0]
    indirect = f"<nRE>260000001234</nRE><chNFe>{key}</chNFe><qExport>3.0000</qExport>"
    assert f"<detExport><exportInd>{indirect}</exportInd></detExport>" in xml
    assert "<infCpl>Exportação: não incidência do ICMS (LC 87/1996 art. 3º II)" in xml


DETAIL = "items[2].exports"


@pytest.mark.parametrize(
    ("path", "value", "code", "where"),
    [
        ("items[1].exports", (), "drawback_missing", "items[1].exports"),
        ("items[1].exports[0].drawback", "20260/1", "invalid", "items[1].exports[0].drawback"),
        (DETAIL, (), "indirect_export_missing", DETAIL),
        (f"{DETAIL}[0].registration", "26-1", "invalid", f"{DETAIL}[0].registration"),
        (f"{DETAIL}[0].key", "", "indirect_export_key", f"{DETAIL}[0].key"),
        (f"{DETAIL}[0].key", RIGHT.references[1], "indirect_export_key", f"{DETAIL}[0].key"),
        (f"{DETAIL}[0].key", RIGHT.references[0][:2], "indirect_export_key", f"{DETAIL}[0].key"),
        ("items[0].exports", (ExportDetail(key="1"),), "indirect_export_quantity", "items[0].exports[0].quantity"),
        (f"{DETAIL}[0].quantity", Decimal(2), "indirect_export_total", DETAIL),
        (f"{DETAIL}[0].quantity", Decimal("NaN"), "number_invalid", f"{DETAIL}[0].quantity"),
        ("items[0].exports", (ExportDetail("1"),) * 501, "export_details_count", "items[0].exports"),
    ],
)
def test_details_of_an_export(path, value, code, where):
    assert (code, where) in found(change(samples.exported(), path, value))


def test_an_nfe_is_exported_once_in_an_item():
    half = replace(samples.exported().items[2].exports[0], quantity=Decimal("1.5"))
    assert found(change(samples.exported(), DETAIL, (half, half))) == [("indirect_export_repeated", DETAIL)]
    unreferred = change(samples.exported(), "references", (RIGHT.references[1],))
    assert ("indirect_export_reference", f"{DETAIL}[0].key") in found(unreferred)
    inside = change(samples.invoice(), "items[0].exports", (ExportDetail("1"),))
    assert found(inside) == [("export_details_unexpected", "items[0].exports")]


def test_paid_later_beside_a_part_paid_now():
    """91 has no amount of its own: what is paid now may be less than the total, never more."""
    later = Payment("91", Decimal(0))
    part = replace(samples.invoice(), payments=(Payment("01", Decimal("5.00")), later))
    assert found(part) == []
    assert nfe.amount_problems(tax_invoice(part)) == []
    too_much = replace(part, payments=(Payment("01", Decimal("50.00")), later))
    assert [problem.code for problem in nfe.amount_problems(tax_invoice(too_much))] == ["payments_total"]
    given_back = replace(part, change=Decimal("1.00"))
    assert [problem.code for problem in nfe.amount_problems(tax_invoice(given_back))] == ["change_unexpected"]


def test_a_card_without_data_was_taken_apart():
    paid = samples.invoice().payments[0].amount
    xml = written(samples.invoice(payments=(Payment("04", paid),)))
    assert "<tPag>04</tPag><vPag>10.55</vPag><card><tpIntegra>2</tpIntegra></card>" in xml


def test_what_is_empty_is_not_written():
    xml = written(samples.invoice(purchase=Purchase(), transport=Transport("0", volumes=(Volume(1),))))
    for tag in ("compra", "vTroco", "NFref", "retirada", "entrega", "infIntermed", "exporta", "infAdic", "lacres"):
        assert f"<{tag}" not in xml


def test_an_attribute_is_escaped():
    xml = written(RIGHT)
    assert '<obsCont xCampo="rota &quot;A&quot;"><xTexto>12</xTexto></obsCont>' in xml
    assert '<xTexto>José &amp; "Cia"</xTexto>' in xml


def test_a_blank_taxable_unit_is_the_unit_sold():
    xml = written(samples.invoice(samples.item(taxable_unit=" ", taxable_quantity=Decimal(2))))
    assert "<uTrib>UN</uTrib><qTrib>2.0000</qTrib>" in xml
