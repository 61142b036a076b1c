"""What the simulator refuses of IBS, CBS, IS and DIFAL: an NF-e that it finds right, one element of it spoiled."""

from datetime import UTC, datetime, time
from decimal import Decimal

import nfe_samples as samples
import pytest
from fiscal.documents import nfe
from fiscal.simulator import checks
from fiscal.spec import GovernmentPurchase, SelectiveRule
from fiscal.taxes.engine import tax_invoice
from lxml import etree
from reform_cases import DAYS
from taxes_cases import D
from test_nfe_reform import built_of, one

URI = "http://www.portalfiscal.inf.br/nfe"
NS = {"n": URI}
IN_2026, IN_2027 = DAYS[:2]
GROUP = "<{0} xmlns='" + URI + "'>{1}</{0}>"


def refused(root, day):
    context = checks.Context(datetime.combine(day, time(12), UTC), "35")
    return {refusal.cStat for refusal in checks.refusals(checks.Document(root.find("n:infNFe", NS)), context)}


def find(root, path):
    [*found] = root.iterfind(f".//{'/'.join(f'n:{step}' for step in path.split('/'))}", NS)
    assert found, path
    return found[0]


def more(path):
    """Another amount: one real more."""

    def spoil(root):
        element = find(root, path)
        element.text = str(Decimal(element.text) + 1)

    return spoil


def without(path):
    def spoil(root):
        element = find(root, path)
        element.getparent().remove(element)

    return spoil


def with_group(path, tag, inside=""):
    """A group too many, at the end of ``path``."""
    return lambda root: find(root, path).append(etree.fromstring(GROUP.format(tag, inside)))


def as_code(path, code):
    def spoil(root):
        find(root, path).text = code

    return spoil


REGULAR = (
    "<cClassTribReg>000001</cClassTribReg><pAliqEfetRegIBSUF>0</pAliqEfetRegIBSUF><vTribRegIBSUF>0</vTribRegIBSUF>"
    "<pAliqEfetRegIBSMun>0</pAliqEfetRegIBSMun><vTribRegIBSMun>0</vTribRegIBSMun>"
    "<pAliqEfetRegCBS>0</pAliqEfetRegCBS><vTribRegCBS>0</vTribRegCBS>"
)
DEFERRED = {"code": "510001", "deferral_rate": D("33.33")}
REDUCED, SUSPENDED, RETURNED = {"code": "200032"}, {"code": "550001"}, {"cbs_return_rate": D(50)}
TO_A_CITY = GovernmentPurchase("4", "1", D(0))
AMOUNTS = "IBSCBS/gIBSCBS"

CASES = [
    ("1031", IN_2026, DEFERRED, more("gIBSUF/gDif/vDif")),
    ("1045", IN_2026, DEFERRED, more("gIBSMun/gDif/vDif")),
    ("1062", IN_2026, DEFERRED, more("gCBS/gDif/vDif")),
    ("1077", IN_2026, DEFERRED, more("IBSCBSTot/gIBS/gIBSUF/vDif")),
    ("1081", IN_2026, DEFERRED, more("IBSCBSTot/gIBS/gIBSMun/vDif")),
    ("1088", IN_2026, DEFERRED, more("IBSCBSTot/gCBS/vDif")),
    ("1035", IN_2026, REDUCED, more("gIBSUF/gRed/pAliqEfet")),
    ("1047", IN_2026, REDUCED, more("gIBSMun/gRed/pAliqEfet")),
    ("1064", IN_2026, REDUCED, more("gCBS/gRed/pAliqEfet")),
    ("1040", IN_2026, SUSPENDED, more("gTribRegular/vTribRegIBSUF")),
    ("1051", IN_2026, SUSPENDED, more("gTribRegular/vTribRegIBSMun")),
    ("1068", IN_2026, SUSPENDED, more("gTribRegular/vTribRegCBS")),
    ("1065", IN_2026, SUSPENDED, without("gTribRegular")),
    ("1067", IN_2026, SUSPENDED, as_code("gTribRegular/cClassTribReg", "999999")),
    ("1114", IN_2026, {}, with_group(AMOUNTS, "gTribRegular", REGULAR)),
    ("1089", IN_2026, RETURNED, more("IBSCBSTot/gCBS/vDevTrib")),
    ("1188", IN_2026, RETURNED, without("gCBS/gDevTrib/pDevTrib")),
    ("1189", IN_2026, RETURNED, more("gCBS/gDevTrib/vDevTrib")),
    ("1111", IN_2026, {}, with_group(f"{AMOUNTS}/gIBSUF", "gDevTrib", "<vDevTrib>1.00</vDevTrib>")),
    ("1112", IN_2026, {}, with_group(f"{AMOUNTS}/gIBSMun", "gDevTrib", "<vDevTrib>1.00</vDevTrib>")),
    ("1131", IN_2026, {}, with_group("IBSCBS", "gTransfCred", "<vIBS>1.00</vIBS><vCBS>1.00</vCBS>")),
    ("1073", IN_2026, {}, with_group("total", "ISTot", "<vIS>0.00</vIS>")),
    ("1144", IN_2026, {}, with_group(AMOUNTS, "gTribCompraGov")),
    ("1141", IN_2026, {"government": TO_A_CITY}, without("gTribCompraGov")),
    ("1142", IN_2026, {"government": TO_A_CITY}, more("gTribCompraGov/vTribCBS")),
    ("1008", IN_2027, {"government": TO_A_CITY}, more(f"{AMOUNTS}/gIBSUF/pIBSUF")),
    ("1117", IN_2027, {"selective": SelectiveRule("000", "000001", D(13))}, without("ISTot")),
]


@pytest.mark.parametrize(("code", "day", "values", "spoil"), CASES, ids=[case[0] for case in CASES])
def test_refused(code, day, values, spoil):
    values = {"code": "000001", **values}
    changes = {"government": values.pop("government")} if "government" in values else {}
    selective = values.pop("selective", None)
    goods = one(day, **values)
    if selective:
        goods = samples.change(goods, "rules.selective", selective)
    root = built_of([goods], day, **changes)
    assert code not in refused(root, day)
    spoil(root)
    assert code in refused(root, day)


@pytest.mark.parametrize(("code", "tag"), [("815", "vICMSUFDest"), ("816", "vICMSUFRemet")])
def test_difference_refused(code, tag):
    invoice = samples.difference()
    root = etree.fromstring(etree.tostring(nfe.build(tax_invoice(invoice)).element))
    day = invoice.issued_at.date()
    assert code not in refused(root, day)
    more(f"ICMSUFDest/{tag}")(root)
    assert code in refused(root, day)
