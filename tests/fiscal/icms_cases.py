"""ICMS rules that are right, for every situation and each part its group can have; and how its XML is read."""

from dataclasses import replace

import nfe_samples as samples
from fiscal.documents.nfe import taxes
from fiscal.spec import IcmsRule, IcmsStRule
from fiscal.taxes.icms_checks import PARTS, groups
from lxml import etree
from taxes_cases import D

MARGIN = IcmsStRule(margin_rate=D("45.5"), rate=D(18), fcp_rate=D(0))
FUND = replace(MARGIN, fcp_rate=D(2), base_reduction=D(10))
PRICE = IcmsStRule(mode="5", unit_price=D("21.4567891"), rate=D(18), fcp_rate=D(0))
RETAINED = {
    "retained_base": D(120),
    "retained_rate": D(20),
    "retained_substitute": D(12),
    "retained_amount": D("9.60"),
}
RETAINED_FUND = {"retained_fcp_base": D(120), "retained_fcp_rate": D(2), "retained_fcp_amount": D("2.40")}
EFFECTIVE = {"effective_rate": D(18), "effective_reduction": D(5)}
PASSED_ON = {"destination_st_base": D(130), "destination_st_amount": D("23.40")}
RELIEF = {"relief_reason": "9", "relief_method": "base"}
SHARED = {"share_rate": D("55.28"), "share_uf": "MG"}

#: What is right inside a state, for a company that is not of Simples: the own rule and its substitution.
NORMAL = [
    (IcmsRule(cst="00", rate=D(18), modal=False, fcp_rate=D(2)), None),
    (IcmsRule(cst="00", base_mode="0", base_margin_rate=D(30)), None),
    (IcmsRule(cst="00", base_mode="1", base_unit_price=D("12.3456")), None),
    (IcmsRule(cst="00", base_mode="2", base_unit_price=D("9.9")), None),
    (IcmsRule(cst="10"), MARGIN),
    (IcmsRule(cst="10", fcp_rate=D(2)), replace(FUND, relief_reason="3")),
    (IcmsRule(cst="10"), PRICE),
    (IcmsRule(cst="10"), replace(PRICE, mode="0", unit_price=D(1))),
    (IcmsRule(cst="10"), replace(PRICE, mode="2")),
    (IcmsRule(cst="10"), replace(MARGIN, mode="6", margin_rate=None)),
    (IcmsRule(cst="10", **SHARED), FUND),
    (IcmsRule(cst="20", base_reduction=D(30), fcp_rate=D(2), **RELIEF), None),
    (IcmsRule(cst="20", base_reduction=D(30), **SHARED), MARGIN),
    (IcmsRule(cst="30"), FUND),
    (IcmsRule(cst="30", **RELIEF), replace(MARGIN, deducts_relief=True)),
    (IcmsRule(cst="40", **RELIEF), None),
    (IcmsRule(cst="40", relief_reason="8", relief_method="inside"), None),
    (IcmsRule(cst="41", **RELIEF), None),
    (IcmsRule(cst="41", **PASSED_ON, retained_base=D(120), retained_amount=D(20)), None),
    (IcmsRule(cst="50", **RELIEF | {"relief_deducts": True}), None),
    (IcmsRule(cst="51", deferral_rate=D("33.33")), None),
    (IcmsRule(cst="51", deferral_rate=D(100), base_reduction=D(20), reduction_benefit_code="PR810001"), None),
    (IcmsRule(cst="51", deferral_rate=D(40), fcp_rate=D(2), fcp_deferral_rate=D(40)), None),
    (IcmsRule(cst="51", rate=D(0)), None),
    (IcmsRule(cst="60", **RETAINED, **RETAINED_FUND, **EFFECTIVE), None),
    (IcmsRule(cst="60", **RETAINED_FUND), None),
    (IcmsRule(cst="60", **EFFECTIVE), None),
    (IcmsRule(cst="60", **RETAINED, **RETAINED_FUND, **PASSED_ON, **EFFECTIVE), None),
    (IcmsRule(cst="70", base_reduction=D(30)), MARGIN),
    (IcmsRule(cst="70", base_reduction=D(30), fcp_rate=D(2), **RELIEF), replace(FUND, relief_reason="12")),
    (IcmsRule(cst="90", rate=D(0)), None),
    (IcmsRule(cst="90", rate=D(0)), PRICE),
    (IcmsRule(cst="90", rate=D(18), base_reduction=D(5), fcp_rate=D(2), **RELIEF), None),
    (
        IcmsRule(
            cst="90",
            rate=D(18),
            fcp_rate=D(2),
            base_reduction=D(5),
            deferral_rate=D(10),
            fcp_deferral_rate=D(10),
            reduction_benefit_code="RS00000012",
            **RELIEF | {"relief_deducts": True},
        ),
        replace(FUND, relief_reason="9"),
    ),
    (IcmsRule(cst="90", rate=D(18), **SHARED), MARGIN),
]
#: The same for a company of Simples.
SIMPLES = [
    (IcmsRule(csosn="101", simples_credit_rate=D("1.36")), None),
    (IcmsRule(csosn="102"), None),
    (IcmsRule(csosn="103"), None),
    (IcmsRule(csosn="201", simples_credit_rate=D("1.36")), FUND),
    (IcmsRule(csosn="202"), MARGIN),
    (IcmsRule(csosn="203", base_reduction=D(20)), PRICE),
    (IcmsRule(csosn="300"), None),
    (IcmsRule(csosn="400"), None),
    (IcmsRule(csosn="500", **RETAINED, **RETAINED_FUND, **EFFECTIVE), None),
    (IcmsRule(csosn="900", rate=D(0)), None),
    (IcmsRule(csosn="900", rate=D(0), simples_credit_rate=D(2)), MARGIN),
    (IcmsRule(csosn="900", rate=D(12), base_reduction=D(10), simples_credit_rate=D(2)), FUND),
    (IcmsRule(csosn="900", rate=D(12)), None),
]

#: What only goods for the buyer's own use, a special base or a benefit have.
example_of_use = IcmsStRule(
    mode="6",
    difference="double",
    adjusts_margin=True,
    margin_internal_rate=D(18),
    deduction_rate=D(18),
    keeps_discount=True,
)
example_of_benefit = IcmsRule(cst="40", benefit_code="SP802570")


def sold(pairs, crt="3"):
    """A right invoice whose items have these rules."""
    rules = samples.NORMAL if crt == "3" else samples.SIMPLES  # CRT 2 has PIS and COFINS in the DAS too
    goods = [
        samples.item(
            number,
            replace(rules, icms=rule, icms_st=substitution),
            cest="1000100",
            cfop="5403" if substitution else "5102",
        )
        for number, (rule, substitution) in enumerate(pairs, 3)
    ]
    return samples.invoice(*goods, emitter=replace(samples.EMITTER, crt=crt))


def written(line):
    """The group ICMS of a taxed item: its tag, and its fields in their order."""
    group = etree.fromstring(taxes.icms.xml(line))[0]
    return group.tag, {field.tag: field.text for field in group}


def uses(code):
    """The values of a rule that the group of this situation has a place for."""
    parts = groups()[code].parts
    return {name for part, names in PARTS.items() if part in parts for name in names}
