"""The totals of a document against its items (``tables/verify_totals.csv``), and its value.

Rules W03-10 to W16-10, W28 and Y of MOC 7.0 (rejections 531 to 538, 564, 601 to 610, 685, 795, 851, 859 to 869).
"""

from decimal import ROUND_HALF_UP, Decimal
from itertools import product

from lxml import etree

from ..problems import Problem, _
from ..tables import rows
from .reading import ZERO, amount, child, children, text, where

_CENT = Decimal("0.01")
# What makes up an item's value and the document's: the total, the item's field, the sign.
_VALUE = (
    ("ICMSTot/vDesc", "prod/vDesc", -1),
    ("ICMSTot/vST", "imposto/ICMS/*/vICMSST", 1),
    ("ICMSTot/vFCPST", "imposto/ICMS/*/vFCPST", 1),
    ("ICMSTot/vICMSMonoReten", "imposto/ICMS/*/vICMSMonoReten", 1),
    ("ICMSTot/vFrete", "prod/vFrete", 1),
    ("ICMSTot/vSeg", "prod/vSeg", 1),
    ("ICMSTot/vOutro", "prod/vOutro", 1),
    ("ICMSTot/vII", "imposto/II/vII", 1),
    ("ICMSTot/vIPI", "imposto/IPI/IPITrib/vIPI", 1),
    ("ICMSTot/vIPIDevol", "impostoDevol/IPI/vIPIDevol", 1),
)
_ST = ("ICMSTot/vST", "ICMSTot/vFCPST", "ICMSTot/vICMSMonoReten", "ICMSTot/vIPIDevol")
# Contributions by substitution count when the item says so (NT 2020.005).
_IF_TOLD = (("imposto/PISST", "vPIS", "indSomaPISST"), ("imposto/COFINSST", "vCOFINS", "indSomaCOFINSST"))
_REFORM = (
    "ISTot/vIS",
    "IBSCBSTot/gIBS/vIBS",
    "IBSCBSTot/gCBS/vCBS",
    "IBSCBSTot/gMono/vIBSMono",
    "IBSCBSTot/gMono/vCBSMono",
    "IBSCBSTot/gMono/vIBSMonoReten",
    "IBSCBSTot/gMono/vCBSMonoReten",
)
_REFORM_COUNTS_FROM = "2027"


def verify(nfe: etree._Element, infNFe: etree._Element) -> list[Problem]:
    """Every total that is not the sum of its items, and a value that is not what its parts give."""
    total = child(infNFe, "total")
    if total is None:
        return []  # the schema says so
    items = children(infNFe, "det")
    services = {det for det in items if child(det, "imposto/ISSQN") is not None}
    counted = {det for det in items if _is_counted(det)}
    scopes = {
        "": items,
        "goods": [det for det in items if det not in services],
        "services": [det for det in items if det in services],
    }
    problems = [problem for row in rows("verify_totals") for problem in _check_sum(row, total, scopes, counted)]
    problems += _check_vNF(total, items)
    problems += _check_vNFTot(infNFe, total, items)
    return problems + _check_bill(infNFe) + _check_payments(infNFe)


def _check_sum(
    row: dict[str, str],
    total: etree._Element,
    scopes: dict[str, list[etree._Element]],
    counted: set[etree._Element],
) -> list[Problem]:
    """One row of the table: ``only`` says which totals are to be there, and which items they count."""
    stated = amount(total, row["total"])
    if stated is None and row["only"] == "stated":
        return []
    scope = scopes[row["of"]]
    inside = [det for det in scope if det in counted]
    # Whether a tax of an item outside the total (indTot 0) enters its own total is told nowhere: both will do.
    choices = [inside] if row["only"] == "counted" or len(inside) == len(scope) else [scope, inside]
    ways = [paths.split() for paths in (row["items"], row["or"]) if paths]
    expected = None
    for dets, paths in product(choices, ways):
        added = _sum(dets, paths).quantize(_CENT, ROUND_HALF_UP)
        if (stated or ZERO) == added:
            return []
        expected = added if expected is None else expected
    return [_differs("total", total, row["total"], stated, [expected])]


def _check_vNF(total: etree._Element, items: list[etree._Element]) -> list[Problem]:
    stated = amount(total, "ICMSTot/vNF")
    # Imports are an exception of rule W16-10: UFs differ in what enters the value of one.
    if stated is None or any(text(det, "prod/CFOP").startswith("3") for det in items):
        return []
    parts = {path: sign * _stated(total, path) for path, _item, sign in _VALUE}
    value = _stated(total, "ICMSTot/vProd") + _stated(total, "ISSQNtot/vServ") + sum(parts.values())
    value += sum(_told(det) for det in items)
    values = [value - deducted for deducted in _deductions(items)]
    if any(text(det, "prod/veicProd/tpOp") == "2" for det in items):
        # A vehicle sold straight to the consumer bears the dealer's ST without it being part of the value.
        values += [value - sum(parts[path] for path in _ST) for value in values]
    return [] if stated in values else [_differs("vNF", total, "ICMSTot/vNF", stated, values[:1])]


def _check_vNFTot(infNFe: etree._Element, total: etree._Element, items: list[etree._Element]) -> list[Problem]:
    """vNFTot and vItem (NT 2025.002): IBS, CBS and IS are added from 2027 on."""
    problems = []
    stated = amount(total, "vNFTot")
    reform = text(infNFe, "ide/dhEmi") >= _REFORM_COUNTS_FROM
    if stated is not None:
        expected = _stated(total, "ICMSTot/vNF")
        if reform:
            expected += sum(_stated(total, path) for path in _REFORM)
        if stated != expected:
            problems.append(_differs("vNFTot", total, "vNFTot", stated, [expected]))
    stated_items = [amount(det, "vItem") for det in items]
    if None in stated_items or reform:
        return problems
    for det, value in zip(items, stated_items, strict=True):
        values = [_item_value(det) - deducted for deducted in _deductions([det])]
        if value not in values and not text(det, "prod/CFOP").startswith("3"):
            problems.append(_differs("vItem", det, "vItem", value, values[:1]))
    if stated is not None and sum(stated_items) != stated:
        problems.append(_differs("vNFTot", total, "vNFTot", stated, [sum(stated_items)]))
    return problems


def _check_bill(infNFe: etree._Element) -> list[Problem]:
    """The instalments add up to the bill (rejection 851)."""
    net = amount(infNFe, "cobr/fat/vLiq")
    instalments = children(infNFe, "cobr/dup")
    due = sum((_stated(dup, "vDup") for dup in instalments), ZERO)
    if net is None or not instalments or due == net:
        return []
    return [_differs("bill", infNFe, "cobr/fat/vLiq", net, [due])]


def _check_payments(infNFe: etree._Element) -> list[Problem]:
    """Change given is what was paid above the value (rejection 869); an NFC-e is paid whole (865)."""
    value = _stated(infNFe, "total/ICMSTot/vNF")
    paid = sum((_stated(det, "vPag") for det in children(infNFe, "pag/detPag")), ZERO)
    change = _stated(infNFe, "pag/vTroco")
    if change and paid - change != value:
        return [_differs("change", infNFe, "pag/vTroco", change, [paid - value])]
    if text(infNFe, "ide/mod") == "65" and text(infNFe, "ide/finNFe") == "1" and paid < value:
        return [_differs("payments", infNFe, "pag", paid, [value])]
    return []


def _is_counted(det: etree._Element) -> bool:
    return text(det, "prod/indTot") != "0"


def _sum(items: list[etree._Element], paths: list[str]) -> Decimal:
    return sum((_stated(det, path) for det in items for path in paths), ZERO)


def _stated(element: etree._Element, path: str) -> Decimal:
    return amount(element, path) or ZERO


def _told(det: etree._Element) -> Decimal:
    return sum((_stated(det, f"{g}/{a}") for g, a, told in _IF_TOLD if text(det, f"{g}/{told}") == "1"), ZERO)


def _deductions(items: list[etree._Element]) -> list[Decimal]:
    """What exempted ICMS takes off the value: as indDeduzDeson says; where it is silent, all or nothing will do."""
    told, silent = ZERO, ZERO
    for det in items:
        exempted = _stated(det, "imposto/ICMS/*/vICMSDeson")
        match text(det, "imposto/ICMS/*/indDeduzDeson"):
            case "1":
                told += exempted
            case "":
                silent += exempted
    return [told + silent, told]


def _item_value(det: etree._Element) -> Decimal:
    goods = _stated(det, "prod/vProd") if _is_counted(det) else ZERO
    return goods + sum(sign * _stated(det, path) for _total, path, sign in _VALUE) + _told(det)


def _differs(code: str, element: etree._Element, path: str, stated: Decimal | None, expected: list) -> Problem:
    message = _("%(stated)s is stated, but its parts give %(expected)s.")
    params = {"stated": "nothing" if stated is None else stated, "expected": expected[0]}
    place = child(element, path)
    found = where(place) if place is not None else f"{where(element)}/{path}"
    return Problem(code, found, message, params=params)
