"""Short ways to build what the tax tests need."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from fiscal.spec import (
    TAX_NAMES,
    Address,
    ContributionRule,
    Environment,
    IbsCbsRule,
    IcmsRule,
    Invoice,
    IpiRule,
    Item,
    Party,
    TaxContext,
    TaxRules,
)

D = Decimal
TODAY = date(2026, 11, 23)

INSIDE = TaxContext("SP", "3", "SP", contributor=True, final_consumer=False, issue_date=TODAY)
INTERSTATE = replace(INSIDE, recipient_uf="MG")
SIMPLES = replace(INSIDE, emitter_crt="1")

INTEGRAL = IbsCbsRule("000", "000001")
NORMAL = TaxRules(
    icms=IcmsRule(cst="00"),
    pis=ContributionRule("01", D("1.65")),
    cofins=ContributionRule("01", D("7.6")),
    ibs_cbs=INTEGRAL,
)
IN_DAS = TaxRules(icms=IcmsRule(csosn="102"), pis=ContributionRule("49"), cofins=ContributionRule("49"))


def item(quantity="1", price="100", rules=NORMAL, **values):
    """An item of goods; a tax by its name (``icms``, ``icms_st``, ``ipi``...) replaces that rule only."""
    for name in TAX_NAMES:
        if name in values:
            rules = replace(rules, **{name: values.pop(name)})
    defaults = {"code": "A1", "description": "Parafuso", "ncm": "73181500", "cfop": "5102", "unit": "UN"}
    return Item(**{**defaults, "quantity": D(quantity), "unit_price": D(price), "rules": rules, **values})


def ipi(rate="10", cst="50"):
    return IpiRule(cst, D(rate))


def invoice(items, context=INSIDE, **values):
    """An invoice whose ``tax_context`` is ``context``."""

    def party(uf, **more):
        address = Address("Rua A", "1", "Centro", "3550308", "Cidade", uf)
        return Party("Empresa", "11222333000181", address, **more)

    defaults = {
        "environment": Environment.SIMULATOR,
        "series": 1,
        "number": 1,
        "numeric_code": "12345678",
        "issued_at": datetime.combine(context.issue_date, datetime.min.time(), UTC),
        "nature": "Venda",
        "emitter": party(context.emitter_uf, crt=context.emitter_crt),
        "recipient": party(context.recipient_uf, ie_indicator="1" if context.contributor else "9"),
        "items": tuple(items),
        "payments": (),
        "final_consumer": context.final_consumer,
    }
    return Invoice(**{**defaults, **values})
