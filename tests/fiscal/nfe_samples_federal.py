"""Invoices with imports, and with every situation of IPI, PIS and COFINS; the rest is in nfe_samples."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from fiscal.spec import (
    Addition,
    ApproximateRule,
    ContributionRule,
    ContributionStRule,
    IbsCbsRule,
    IcmsRule,
    Importation,
    ImportDeclaration,
    ImportDutyRule,
    Invoice,
    IpiRule,
    Payment,
    TaxRules,
)
from nfe_samples import FOREIGNER, NORMAL, invoice, item

IMPORTED = TaxRules(
    icms=IcmsRule(cst="00"),
    ipi=IpiRule("00", Decimal("10")),
    pis=ContributionRule("50", Decimal("2.1")),
    cofins=ContributionRule("50", Decimal("9.65")),
    ibs_cbs=IbsCbsRule("000", "000001"),
    import_duty=ImportDutyRule(Decimal("14")),
)


def imported() -> Invoice:
    """Goods from abroad by sea, on the emitter's own account and by order of another company."""
    declaration = ImportDeclaration(
        number="26BR00001234567",
        registered_on=date(2026, 11, 18),
        place="Porto de Santos",
        uf="SP",
        cleared_on=date(2026, 11, 20),
        exporter="FOR-7",
        additions=(Addition(1, "FAB-1", 1),),
        afrmm=Decimal("123.45"),
    )
    ordered = replace(
        declaration,
        number="2612345678",
        transport="4",
        afrmm=None,
        intermediation="3",
        buyer_tax_id="12ABC34501DE35",
        buyer_uf="MG",
        additions=(Addition(2, "FAB-2", None, Decimal("1.10"), "20260001234"), Addition(3, "FAB-2", 999)),
    )
    by_sea = Importation(Decimal("1000.00"), (declaration,), Decimal("154.23"), Decimal("3.80"))
    by_air = Importation(Decimal("333.33"), (ordered, declaration), taxes_in_other=False)
    untaxed = replace(
        IMPORTED,
        icms=IcmsRule(cst="20", base_reduction=Decimal("33.33")),
        ipi=IpiRule("05", cEnq="127"),
        pis=ContributionRule("72"),
        cofins=ContributionRule("72"),
        import_duty=ImportDutyRule(),
    )
    goods = (
        item(10, IMPORTED, cfop="3102", unit_price=Decimal("100"), origin="1", importation=by_sea),
        item(3, untaxed, cfop="3551", unit_price=Decimal("111.11"), origin="1", importation=by_air),
    )
    return invoice(
        *goods,
        kind="0",
        nature="Importação de mercadoria",
        recipient=FOREIGNER,
        final_consumer=True,
        payments=(Payment("90", Decimal(0)),),
    )


def every_federal_situation() -> Invoice:
    """Each situation of IPI, PIS and COFINS that an exit may have, by rate and by unit, and their substitution."""
    bottled = replace(
        NORMAL,
        ipi=IpiRule("50", unit_value=Decimal("1.5"), unit_factor=Decimal("50")),
        pis=ContributionRule("03", unit_value=Decimal("0.0212")),
        cofins=ContributionRule("03", unit_value=Decimal("0.0995"), unit_factor=Decimal("2.5")),
        pis_st=ContributionStRule(Decimal("0.65"), base_rate=Decimal("342"), retail_unit_value=Decimal("5.0001")),
        cofins_st=ContributionStRule(unit_value=Decimal("0.0301"), adds=False),
    )
    rules = [
        bottled,
        replace(NORMAL, ipi=IpiRule("99", unit_value=Decimal("0"))),
        replace(NORMAL, pis_st=ContributionStRule(Decimal("1.65")), cofins_st=ContributionStRule(Decimal("7.6"))),
        replace(NORMAL, pis=ContributionRule("02", Decimal("2.1")), cofins=ContributionRule("02", Decimal("9.9"))),
    ]
    frames = {"52": "301", "54": "001", "55": "101"}
    for cst in ("50", "51", "52", "53", "54", "55", "99"):
        rate = Decimal("5") if cst in ("50", "99") else Decimal(0)
        rules.append(replace(NORMAL, ipi=IpiRule(cst, rate, frames.get(cst, "999"))))
    for cst in ("04", "05", "06", "07", "08", "09", "49", "99"):
        rules.append(replace(NORMAL, pis=ContributionRule(cst), cofins=ContributionRule(cst)))
    other = ContributionRule("49", unit_value=Decimal("0.01"))
    rules.append(replace(NORMAL, pis=other, cofins=replace(other, cst="99")))
    told = ApproximateRule(Decimal("13.45"), Decimal("18"), source="IBPT 26.1.L 42CA5A")
    rules.append(replace(NORMAL, approximate=told))
    goods = [item(number, rule) for number, rule in enumerate(rules, 1)]
    goods[0] = replace(goods[0], producer_cnpj="11444777000161", seal_code="9710-01", seal_quantity=12)
    return invoice(*goods, final_consumer=True)
