"""Every operation that comes ready, in every regime and to every destination: a document that the authority takes.

What an operation leaves open on purpose (the margin of a substitution, the rates of an import) is given here as its
user would give it.
"""

from dataclasses import replace
from decimal import Decimal

import nfe_samples as samples
import nfe_samples_federal as federal
import pytest
from fiscal import operations
from fiscal.access_key import check_digit
from fiscal.documents import nfe
from fiscal.problems import FiscalError
from fiscal.simulator import checks
from fiscal.spec import (
    ContributionRule,
    DifalRule,
    Export,
    ExportDetail,
    IbsCbsRule,
    IcmsRule,
    IcmsStRule,
    ImportDutyRule,
    IpiRule,
    Payment,
    TaxRules,
)
from fiscal.taxes.engine import tax_invoice

from dev.core_tests import sample

D = Decimal
CEST = "1000100"
#: IPI of goods that have one, as an entry takes it back.
MIRRORED = IpiRule("00", D("5"))
BRANCH = "11222333000262"
RECIPIENTS = {
    "inside": samples.NEIGHBOUR,
    "interstate": samples.CUSTOMER,
    "abroad": samples.FOREIGNER,
}
MANAUS = replace(samples.CUSTOMER.address, city_code="1302603", city="Manaus", uf="AM", zip="69010000")
PERSON = replace(samples.CUSTOMER, tax_id="52998224725", ie="", ie_indicator="9", name="Maria d'Ávila")
CASES = [
    (crt, operation, rule) for crt in "1234" for operation in operations.shipped(crt) for rule in operation.rules(crt)
]
NAMES = [f"{crt}-{rule.key}" for crt, _operation, rule in CASES]
KEYS = {key for crt in "1234" for key in (one.key for one in operations.shipped(crt))}


def original(operation):
    """The access key of our own NF-e, or of a supplier's."""
    ours = operation.purpose != "4" or operation.kind == "entry"
    emitter = samples.EMITTER if ours else samples.NEIGHBOUR
    head = f"352611{emitter.tax_id}5500100000004118071625300"[:43]
    return head + check_digit(head)


def rules_of(operation, rule, crt):
    """The tax rules of an item, with what the operation leaves open."""
    said = next(each for each in operation.rules(crt) if each.key == rule.key.removesuffix("_consumer"))
    rates = (D("1.65"), D("7.6")) if said.contribution_taxed else (D(0), D(0))
    icms = IcmsRule(cst=said.cst, csosn=said.csosn, deferral_rate=D(said.deferral) if said.deferral else None)
    made = TaxRules(
        icms=icms,
        pis=ContributionRule(said.contribution, rates[0]),
        cofins=ContributionRule(said.contribution, rates[1]),
        ibs_cbs=IbsCbsRule(said.ibs_cbs_class[:3], said.ibs_cbs_class) if said.ibs_cbs_class else None,
    )
    if operation.family == "free_zone" and crt in "23":
        made = replace(made, icms=IcmsRule(cst="40", relief_reason="7", relief_method="base", relief_deducts=True))
    if crt == "3" and not said.ibs_cbs_class:
        made = replace(made, ibs_cbs=IbsCbsRule("000", "000001"))
    if said.cst == "10" or said.csosn == "202":
        made = replace(made, icms_st=IcmsStRule("4", D("40"), rate=D("18"), fcp_rate=D(0)))
    if rule.contributor == "no" and crt in "23":
        made = replace(made, difal=DifalRule(modal=True, base_method="single"))
    if operation.key.startswith("import"):
        made = replace(made, icms=replace(icms, rate=D("18")), import_duty=ImportDutyRule(D("14")))
        made = replace(made, ipi=IpiRule("00", D("10")))
        if crt == "3":
            made = replace(made, pis=ContributionRule("50", D("2.1")), cofins=ContributionRule("50", D("9.65")))
    elif operation.ipi and operation.ipi != "none" and crt == "3":
        made = replace(made, ipi=IpiRule(operation.ipi, cEnq=operation.ipi_frame or "999"))
    elif crt == "3" and not operation.ipi and operation.kind == "entry" and operation.purpose == "4":
        made = replace(made, ipi=MIRRORED)
    return made


def document(operation, rule, crt):
    scope = rule.scope
    recipient = PERSON if rule.contributor == "no" else RECIPIENTS[scope]
    if operation.family == "transfer":
        recipient = replace(recipient, tax_id=BRANCH)
    if operation.family == "free_zone":
        recipient = replace(samples.CUSTOMER, address=MANAUS, ie="041502728", suframa="200116120")
    goods = {"cfop": rule.cfop, "cest": CEST}
    changes = {}
    if operation.key.startswith("import"):
        goods |= {"origin": "1", "importation": federal.imported().items[0].importation}
    if rule.scope == "abroad" and operation.kind == "exit":
        changes["export"] = Export("SP", "Porto de Santos")
    key = original(operation)
    if rule.cfop in ("7501", "3503"):
        goods["exports"] = (ExportDetail(registration="123456789012", key=key, quantity=D(1)),)
    billed = operation.receivable and operation.purpose not in ("3", "4") and operation.kind == "exit"
    if not billed:
        changes["payments"] = (Payment("90", D(0)),)
    return samples.invoice(
        samples.item(1, rules_of(operation, rule, crt), **goods),
        nature=operation.nature,
        emitter=replace(samples.EMITTER, crt=crt),
        recipient=recipient,
        kind=operation.tpNF,
        purpose=operation.purpose,
        final_consumer=recipient.ie_indicator == "9",
        references=(key,) if operation.reference else (),
        info=operation.text,
        presence="9",
        **changes,
    )


def refusals(invoice):
    """What keeps the document from being right: our own problems, the XSD's, or the authority's first refusal."""
    found = [f"{one.code} {one.path} {one}" for one in nfe.problems(invoice, samples.NOW)]
    try:
        taxed = tax_invoice(invoice)
    except FiscalError as error:
        return found + [f"{one.code} {one.path} {one}" for one in error.problems]
    found += [f"{one.code} {one.path} {one}" for one in nfe.amount_problems(taxed)]
    built = nfe.build(taxed)
    context = checks.Context(samples.NOW, built.access_key[:2])
    answer = checks.first_refusal(checks.Document(built.element[0]), context)
    return found + ([f"{answer.cStat} {answer.xMotivo}"] if answer else [])


@pytest.mark.parametrize(("crt", "operation", "rule"), sample(CASES, one_in=5), ids=NAMES)
def test_a_ready_operation_is_authorised(crt, operation, rule):
    try:
        invoice = document(operation, rule, crt)
    except FiscalError as error:
        pytest.fail("; ".join(map(str, error.problems)))
    assert refusals(invoice) == []
