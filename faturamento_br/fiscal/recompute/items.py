"""From a det back to the engine's input: the item, and the rules that its groups of taxes tell.

Which element fills which field of a rule is data: ``tables/recompute_fields.csv``. They are codes, rates, quantities
and reasons. The amounts among them have a ``why``, for the engine has them from outside, too: ``before`` (retained in
an earlier operation), ``passed_on`` (its part for another UF), ``stated`` (a credit that the emitter decides),
``reference`` (a value by an act) and ``unit`` (a price by unit). Beside those of the table: what customs says
(II/vBC, vDespAdu, vIOF) and the IPI of the returned document (:mod:`.inferred`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache

from lxml import etree

from ..problems import Problem, _
from ..rules import sheet
from ..spec import ZERO, GovernmentPurchase, Item, TaxContext, TaxRules
from ..tables import rows
from ..taxes.icms import CSOSN_REGIMES
from ..verify.reading import amount, child, local_name, text, where, whole
from . import compare, fuel, inferred

ABROAD = "EX"
#: finNFe: a sale, and a return, whose taxes undo those of the sale and are calculated as they were.
PURPOSES = frozenset("14")
#: What of imposto is read or compared apart from the table's rows.
READ_APART = ("vTotTrib", "II")


def context_of(infNFe: etree._Element) -> TaxContext | Problem:
    """What the engine must know beside the items, or why it cannot be told."""
    issued = text(infNFe, "ide/dhEmi")[:10]
    try:
        day = date.fromisoformat(issued)
    except ValueError:
        message = _("The date of issue, %(date)s, is none.")
        return Problem("date", f"{where(infNFe)}/ide/dhEmi", message, params={"date": issued or "-"})
    purpose = text(infNFe, "ide/finNFe")
    if purpose not in PURPOSES:
        message = _("Only sales and returns are calculated again: finNFe %(purpose)s states what a document lacked.")
        return Problem("purpose", f"{where(infNFe)}/ide/finNFe", message, params={"purpose": purpose or "-"})
    emitter_uf = text(infNFe, "emit/enderEmit/UF")
    return TaxContext(
        emitter_uf=emitter_uf,
        emitter_crt=text(infNFe, "emit/CRT"),
        # A consumer at the counter may have no address: then the sale is inside the state (model 65).
        recipient_uf=text(infNFe, "dest/enderDest/UF") or (ABROAD if text(infNFe, "ide/idDest") == "3" else emitter_uf),
        contributor=text(infNFe, "dest/indIEDest") == "1",
        final_consumer=text(infNFe, "ide/indFinal") == "1",
        issue_date=day,
        exempt_contributor=text(infNFe, "dest/indIEDest") == "2",
        # Who is in Simples and writes the group opted for the regular regime (LC 214/2025 art. 41 §3).
        regular_ibs_cbs=text(infNFe, "emit/CRT") in CSOSN_REGIMES and child(infNFe, "det/imposto/IBSCBS") is not None,
        government=_government(infNFe),
        entry=text(infNFe, "ide/tpNF") == "0",
    )


def _government(infNFe: etree._Element) -> GovernmentPurchase | None:
    given = child(infNFe, "ide/gCompraGov")
    if given is None:
        return None
    return GovernmentPurchase(text(given, "tpEnteGov"), text(given, "tpOperGov"), amount(given, "pRedutor") or ZERO)


def item_of(det: etree._Element) -> tuple[Item | None, list[Problem]]:
    """The item, and what of it cannot be judged; without ICMS, PIS and COFINS there is no item to judge."""
    imposto = child(det, "imposto")
    if imposto is None or child(imposto, "ICMS") is None:
        return None, [_unjudged(det, _("Only goods with their ICMS are calculated again."))]
    rules, found = _rules(imposto)
    if rules:
        rules, taken = inferred.complete(rules, det)
        found += taken
    for tag in ("qCom", "vUnCom"):
        if amount(det, f"prod/{tag}") is None:
            return None, [*found, _not_a_number(det, f"prod/{tag}")]
    for name in unknown_groups(imposto):
        found.append(compare.group_unjudged(imposto, name))
    if rules is None:
        return None, found
    return Item(rules=rules, **_goods(det)), found


def unknown_groups(imposto: etree._Element) -> tuple[str, ...]:
    """The groups of ``imposto`` that nothing here reads; vTotTrib is an estimate, which no file explains."""
    known = {row["path"].split("/")[0] for row in rows("recompute_fields")}.union(READ_APART)
    return tuple(dict.fromkeys(name for group in imposto if (name := local_name(group)) not in known))


def _goods(det: etree._Element) -> dict:
    prod = child(det, "prod")
    icms = child(det, "imposto/ICMS/*")
    shared = {"discount": "vDesc", "freight": "vFrete", "insurance": "vSeg", "other": "vOutro"}
    return {
        "code": text(prod, "cProd"),
        "description": text(prod, "xProd"),
        "ncm": text(prod, "NCM"),
        "cest": text(prod, "CEST"),
        "cfop": text(prod, "CFOP"),
        "unit": text(prod, "uCom"),
        "quantity": amount(prod, "qCom") or ZERO,
        "unit_price": amount(prod, "vUnCom") or ZERO,
        "taxable_unit": text(prod, "uTrib"),
        "taxable_quantity": amount(prod, "qTrib") or None,
        "producer_cnpj": text(det, "imposto/IPI/CNPJProd"),
        "seal_code": text(det, "imposto/IPI/cSelo"),
        "seal_quantity": whole(det, "imposto/IPI/qSelo"),
        "used": text(prod, "indBemMovelUsado") == "1",
        "fuel": fuel.fuel_of(det),
        "importation": inferred.importation_of(det),
        "origin": "" if icms is None else text(icms, "orig"),
        **{name: amount(prod, tag) or ZERO for name, tag in shared.items()},
    }


def _rules(imposto: etree._Element) -> tuple[TaxRules | None, list[Problem]]:
    """The rule of each tax that the item has; ``None`` when one that every item needs cannot be read."""
    found: list[Problem] = []
    rules = {}
    for tax, fields in _fields().items():
        told = {field: _first(imposto, paths) for field, (paths, _absent) in fields.items()}
        if not any(told.values()):
            continue  # the item has no such tax
        odd = list(_not_numbers(imposto, tax, fields))
        if odd:
            found += odd
            continue
        cells = {field: told[field] or absent for field, (_paths, absent) in fields.items()}
        group = next(iter(fields.values()))[0][0].split("/")[0]
        read, wrong = sheet.read([{"subject": tax, **cells}])
        found += (Problem(one.code, f"{where(imposto)}/{group}", one.message, "", one.params) for one in wrong)
        if read:
            rules[tax] = read[0].what
    rules["icms_fuel"] = fuel.rule_of(imposto)
    missing = {"icms", "pis", "cofins"} - rules.keys()
    if missing and not found:
        message = _("The item lacks its %(taxes)s.")
        params = {"taxes": ", ".join(sorted(name.upper() for name in missing))}
        found.append(Problem("tax_missing", where(imposto), message, params=params))
    unread = missing or any(problem.code == "not_a_number" for problem in found)
    return (None if unread else TaxRules(**rules)), found


def _not_numbers(imposto: etree._Element, tax: str, fields: Mapping) -> Iterator[Problem]:
    """What stands where a number belongs: NaN and Infinity are none in an NF-e."""
    for field, (paths, _absent) in fields.items():
        for path in paths if sheet.VALUES[tax][field] is Decimal else ():
            if text(imposto, path) and amount(imposto, path) is None:
                yield _not_a_number(imposto, path)


def _not_a_number(element: etree._Element, path: str) -> Problem:
    message = _("“%(value)s” is not a number.")
    params = {"value": text(element, path) or "-"}
    return Problem("not_a_number", f"{where(element)}/{path}", message, params=params)


def _first(imposto: etree._Element, paths: Sequence[str]) -> str:
    return next(filter(None, (text(imposto, path) for path in paths)), "")


@cache
def _fields() -> Mapping[str, Mapping[str, tuple[tuple[str, ...], str]]]:
    """By tax and field: the paths from imposto, of which one is there, and what it means when none is."""
    fields: dict[str, dict[str, tuple[tuple[str, ...], str]]] = {}
    for row in rows("recompute_fields"):
        paths, absent = fields.setdefault(row["tax"], {}).get(row["field"], ((), row["absent"]))
        fields[row["tax"]][row["field"]] = ((*paths, row["path"]), absent)
    return fields


def _unjudged(det: etree._Element, message: str) -> Problem:
    return Problem("unjudged", where(det), message)
