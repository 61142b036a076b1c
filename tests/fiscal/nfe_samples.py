"""Invoices to build: a plain one, and what golden files show."""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from importlib import import_module

from fiscal.documents import nfe
from fiscal.sign import sign
from fiscal.spec import (
    Address,
    Bill,
    Card,
    ContributionRule,
    DifalRule,
    Environment,
    Export,
    ExportDetail,
    Fuel,
    FuelOrigin,
    IbsCbsRule,
    IcmsFuelRule,
    IcmsRule,
    Instalment,
    Intermediary,
    Invoice,
    IpiRule,
    Item,
    Observation,
    Party,
    Payment,
    Place,
    Purchase,
    TaxRules,
    Technician,
    Transport,
    Vehicle,
    Volume,
)
from fiscal.taxes.engine import tax_invoice

BRASILIA = timezone(timedelta(hours=-3))
ISSUED = datetime(2026, 11, 23, 10, 30, 15, tzinfo=BRASILIA)
NOW = ISSUED + timedelta(minutes=1)

EMITTER = Party(
    name="Parafusos & Porcas São João Ltda",
    tax_id="11222333000181",
    address=Address(
        "Rua das Indústrias", "100", "Centro", "3550308", "São Paulo", "SP", "01001000", phone="1133334444"
    ),
    ie="110042490114",
    crt="3",
    trade_name="São João",
)
CUSTOMER = Party(
    name="Construtora Horizonte S/A",
    tax_id="12ABC34501DE35",
    address=Address("Avenida Brasil", "S/N", "Savassi", "3106200", "Belo Horizonte", "MG", "30112000"),
    ie="0623079040081",
    ie_indicator="1",
    email="compras@horizonte.example.com",
)
NEIGHBOUR = replace(
    CUSTOMER,
    tax_id="11444777000161",
    address=Address("Rua Augusta", "1500", "Consolação", "3550308", "São Paulo", "SP", "01304001"),
    ie="110042490114",
)
CONSUMER = Party(
    name="Maria d'Ávila",
    tax_id="52998224725",
    address=Address("Rua Augusta", "1", "Consolação", "3550308", "São Paulo", "SP"),
)
NORMAL = TaxRules(
    icms=IcmsRule(cst="00"),
    pis=ContributionRule("01", Decimal("1.65")),
    cofins=ContributionRule("01", Decimal("7.6")),
    ibs_cbs=IbsCbsRule("000", "000001"),
)
SIMPLES = TaxRules(IcmsRule(csosn="102"), ContributionRule("49"), ContributionRule("49"))
FOREIGNER = Party(
    name="José Saramago Livros Lda",
    tax_id="",
    foreign_id="PT123456",
    address=Address(
        "Rua Augusta", "10", "Baixa", "9999999", "EXTERIOR", "EX", "1100-053", country_code="6076", country="PORTUGAL"
    ),
)
TECHNICIAN = Technician("11444777000161", "Suporte", "suporte@faturamento.example.com", "1130001000")


def item(number: int = 1, rules: TaxRules = NORMAL, **changes) -> Item:
    values = {
        "code": f"P{number:03d}",
        "description": f"Parafuso sextavado nº {number}",
        "ncm": "73181500",
        "cfop": "5102",
        "unit": "UN",
        "quantity": Decimal(number),
        "unit_price": Decimal("10.55"),
        "rules": rules,
        "ref": f"line-{number}",
    }
    return Item(**{**values, **changes})


def invoice(*items: Item, **changes) -> Invoice:
    """An invoice inside SP that has no problem; without ``payments`` it is paid by Pix, whatever its total."""
    values = {
        "environment": Environment.SIMULATOR,
        "series": 1,
        "number": 42,
        "numeric_code": "80716253",
        "issued_at": ISSUED,
        "nature": "Venda de mercadoria",
        "emitter": EMITTER,
        "recipient": NEIGHBOUR,
        "items": items or (item(),),
        "payments": (Payment("17", Decimal("1")),),
        "presence": "2",
        "technician": TECHNICIAN,
    }
    made = Invoice(**{**values, **changes})
    return made if "payments" in changes else replace(made, payments=(Payment("17", total(made)),))


def change(thing, path, value):
    """``thing`` with the value at ``path`` (``items[0].ncm``) replaced."""
    name, _dot, rest = path.partition(".")
    name, bracket, index = name.partition("[")
    inner = getattr(thing, name)
    if bracket:
        place = int(index.rstrip("]"))
        new = change(inner[place], rest, value) if rest else value
        return replace(thing, **{name: (*inner[:place], new, *inner[place + 1 :])})
    return replace(thing, **{name: change(inner, rest, value) if rest else value})


def total(made: Invoice) -> Decimal:
    return tax_invoice(made).totals.invoice


def with_icms(icms: IcmsRule, rules: TaxRules = NORMAL) -> TaxRules:
    return replace(rules, icms=icms)


def every_situation_of_crt_3() -> Invoice:
    retained = IcmsRule(
        cst="60",
        retained_base=Decimal("120"),
        retained_rate=Decimal("18"),
        retained_substitute=Decimal("12"),
        retained_amount=Decimal("9.60"),
    )
    zero = replace(NORMAL, pis=ContributionRule("06"), cofins=ContributionRule("06"))
    return invoice(
        item(1, replace(NORMAL, ipi=IpiRule("50", Decimal("9.75")))),
        item(2, with_icms(IcmsRule(cst="20", base_reduction=Decimal("33.33")))),
        item(3, with_icms(IcmsRule(cst="40", benefit_code="SP802570"), zero)),
        item(4, with_icms(IcmsRule(cst="41"), zero)),
        item(5, with_icms(IcmsRule(cst="50"))),
        item(6, with_icms(retained), cest="1000100"),
        item(7, replace(NORMAL, ipi=IpiRule("53"), ibs_cbs=IbsCbsRule("200", "200034"))),
        item(8, with_icms(IcmsRule(cst="00", fcp_rate=Decimal("2")))),
        item(9, with_icms(IcmsRule(cst="20", base_reduction=Decimal("10"), fcp_rate=Decimal("2")))),
    )


def every_situation_of_simples() -> Invoice:
    retained = IcmsRule(
        csosn="500",
        retained_base=Decimal("80"),
        retained_rate=Decimal("20"),
        retained_substitute=Decimal("12"),
        retained_amount=Decimal("3.21"),
    )
    rules = (
        IcmsRule(csosn="101", simples_credit_rate=Decimal("1.36")),
        IcmsRule(csosn="102"),
        IcmsRule(csosn="103"),
        IcmsRule(csosn="300"),
        IcmsRule(csosn="400"),
        retained,
        IcmsRule(csosn="500"),
    )
    items = (item(i, with_icms(rule, SIMPLES), cest="1000100") for i, rule in enumerate(rules, 1))
    return invoice(*items, emitter=replace(EMITTER, crt="1", im="1.234/5", cnae="4744001"))


def everything() -> Invoice:
    """Production, interstate, with each optional group."""
    goods = item(
        3,
        cfop="6102",
        quantity=Decimal("3.125"),
        unit_price=Decimal("0.1234567891"),
        gtin="7891000315507",
        taxable_unit="KG",
        taxable_quantity=Decimal("1.75"),
        discount=Decimal("0.01"),
        freight=Decimal("12.30"),
        insurance=Decimal("1.25"),
        other=Decimal("0.50"),
        order_ref="PED-77/2026",
        order_line="12",
        info="Lote 7 <frágil> & “novo”",
    )
    made = invoice(goods, item(2, cfop="6102", origin="1"), recipient=CUSTOMER)
    value = total(made)
    first = (value / 2).quantize(Decimal("0.01"))
    instalments = (
        Instalment("001", date(2026, 12, 23), first),
        Instalment("002", date(2027, 1, 22), value - first),
    )
    volumes = (
        Volume(2, "CAIXA", "SJ", "1-2", Decimal("10.5"), Decimal("11.125")),
        Volume(1, "PALETE"),
    )
    return replace(
        made,
        environment=Environment.PRODUCTION,
        emitter=replace(EMITTER, iest="0623079040162"),
        moved_at=ISSUED + timedelta(hours=5),
        bill=Bill("42", value, Decimal("0"), value, instalments),
        payments=(Payment("15", value - Decimal("10"), "1"), Payment("99", Decimal("10"), "0", "Vale do cliente")),
        transport=Transport("0", replace(NEIGHBOUR, name="Transportes Rápidos Ltda"), volumes),
        authorized_readers=("11222333000181", "52998224725"),
        info="Pedido 77\nEntregar pela manhã – portão 2 😀",
        tax_office_info="Regime especial nº 1",
    )


def contingency() -> Invoice:
    return invoice(
        emission_type="6",
        contingency_at=ISSUED - timedelta(minutes=20),
        contingency_reason="SEFAZ fora do ar desde as 10 horas",
    )


def delivered() -> Invoice:
    """Inside the state: places, vehicles, references, a marketplace, a card and change, a public buyer's papers."""
    goods = item(
        1,
        with_icms(IcmsRule(cst="60")),
        gtin="7891000315507",
        taxable_gtin="96385074",
        nve=("AA0001", "AB0002"),
        cest="1000100",
        relevant_scale=False,
        maker_cnpj="12ABC34501DE35",
        tipi_exception="01",
    )
    made = invoice(goods, item(2, cest="1000100", relevant_scale=True))
    value = total(made)
    yard = Address("Rodovia Anhanguera", "km 18", "Jaraguá", "3534401", "Osasco", "SP", "06276000", phone="1136001000")
    card = Card(True, "11444777000161", "02", "A 123456")
    return replace(
        made,
        payments=(
            Payment("03", value - Decimal("10"), paid_on=date(2026, 11, 23), card=card),
            Payment("01", Decimal("20")),
        ),
        change=Decimal("10"),
        references=(
            "35261111222333000181550010000000411807162532",
            "35261111222333000181570010000000411807162530",
        ),
        pickup=Place(yard, "11444777000161", "Armazém Geral Anhanguera", "110042490114"),
        delivery=Place(
            replace(yard, number="km 20", complement="Doca 3"), "52998224725", "Obra da Maria", "", "m@x.br"
        ),
        transport=Transport(
            "0",
            replace(NEIGHBOUR, name="Transportes Rápidos Ltda"),
            (Volume(2, "CAIXA", seals=("LACRE-1", "LACRE-2")),),
            Vehicle("ABC1D23", "SP", "12345678"),
            (Vehicle("DEF4567", "SP"), Vehicle("GHI8J90")),
        ),
        intermediary=Intermediary("12ABC34501DE35", "loja-são-joão"),
        purchase=Purchase("2026NE000123", "PED-77/2026", "CT 9/2026"),
        observations=(Observation("vendedor", "José & “Cia”"), Observation('rota "A"', "12")),
    )


def difference() -> Invoice:
    """To a consumer of another state: the rate difference, with FCP at the modal rate and without at the goods' own."""
    carioca = replace(CONSUMER.address, city_code="3304557", city="Rio de Janeiro", uf="RJ", zip="20040002")
    goods = (
        item(1, replace(NORMAL, difal=DifalRule(modal=True)), cfop="6108", discount=Decimal("0.55")),
        item(2, replace(NORMAL, difal=DifalRule(Decimal("12.5"), fcp_rate=Decimal("0"))), cfop="6108"),
        item(
            3,
            replace(
                with_icms(IcmsRule(cst="20", base_reduction=Decimal("33.33"))),
                difal=DifalRule(Decimal("18"), base_reduction=Decimal("33.33"), origin_benefit=True),
            ),
            cfop="6108",
        ),
    )
    return invoice(*goods, recipient=replace(CONSUMER, address=carioca), final_consumer=True, info="Pedido 7")


def fuels() -> Invoice:
    """A fuel in each situation of single-phase ICMS, with what the group comb may tell."""
    diesel = Fuel("820101034", "OLEO DIESEL B S10 - COMUM", "SP")
    blended = replace(diesel, bio_rate=Decimal("14"), origins=(FuelOrigin("RS", Decimal("100")),))
    gas = Fuel("210203001", "GLP", "SP", Decimal("60"), Decimal("30"), Decimal("10"), Decimal("4.2"))
    owed = IcmsFuelRule("diesel")
    refinery = replace(
        owed,
        taxed_quantity=Decimal("860"),
        retention_fuel="biodiesel",
        retention_quantity=Decimal("140"),
    )
    kinds = (
        ("02", owed, diesel),
        ("15", refinery, blended),
        ("53", replace(owed, deferral_rate=Decimal("70")), replace(diesel, codif="123", uf="RJ")),
        ("61", IcmsFuelRule("lpg", taxed_quantity=Decimal("13.125")), gas),
    )
    goods = []
    for number, (cst, rule, told) in enumerate(kinds, 1):
        rules = replace(with_icms(IcmsRule(cst=cst)), icms_fuel=rule)
        unit = "KG" if told is gas else "L"
        goods.append(item(number, rules, cfop="5652", unit=unit, quantity=Decimal(1000), ncm="27101921", fuel=told))
    return invoice(*goods)


IMMUNE = TaxRules(IcmsRule(csosn="300"), ContributionRule("08"), ContributionRule("08"))


def abroad(*items: Item, **changes) -> Invoice:
    """Goods sold abroad by a company of Simples."""
    there = {"recipient": FOREIGNER, "export": Export("SP", "Porto de Santos"), "emitter": replace(EMITTER, crt="1")}
    return invoice(*(items or (item(1, IMMUNE, cfop="7102"),)), **{**there, **changes})


def exported() -> Invoice:
    """Sold abroad: own goods, under drawback, and bought to be exported."""
    bought = "35261111444777000161550010000000411807162532"
    indirect = ExportDetail(registration="260000001234", key=bought, quantity=Decimal(3))
    goods = (
        item(1, IMMUNE, cfop="7101"),
        item(2, IMMUNE, cfop="7127", exports=(ExportDetail(drawback="20260001234"),)),
        item(3, IMMUNE, cfop="7501", exports=(indirect,)),
    )
    leaving = Export("SP", "Porto de Santos", "Aduana de Santos")
    return abroad(*goods, references=(bought,), export=leaving)


GOLDEN = {
    "plain": invoice,
    "consumer": lambda: invoice(recipient=CONSUMER, final_consumer=True, presence="1"),
    "alphanumeric_emitter": lambda: invoice(emitter=replace(EMITTER, tax_id="12ABC34501DE35")),
    "every_situation_of_crt_3": every_situation_of_crt_3,
    "every_situation_of_simples": every_situation_of_simples,
    "everything": everything,
    "contingency": contingency,
    "delivered": delivered,
    "difference": difference,
    "exported": exported,
    "imported": lambda: import_module("nfe_samples_federal").imported(),
    "every_federal_situation": lambda: import_module("nfe_samples_federal").every_federal_situation(),
    "fuels": fuels,
}


def signed_now(number, certificate, **changes):
    """(access key, signed bytes) of the plain invoice under ``number``, issued a minute ago."""
    issued = datetime.now(BRASILIA).replace(microsecond=0) - timedelta(minutes=1)
    built = nfe.build(tax_invoice(replace(invoice(), number=number, issued_at=issued, **changes)))
    return built.access_key, sign(built.element, certificate)
