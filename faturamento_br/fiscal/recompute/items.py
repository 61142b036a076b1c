"""From a det back to the engine's input: the item, and the rules that its groups of taxes tell.

Which element fills which field of a rule is data: ``tables/recompute_fields.csv``.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache

from lxml import etree

from ..problems import Problem, _
from ..rules import sheet
from ..spec import ZERO, Item, TaxContext, TaxRules
from ..tables import rows
from ..verify.reading import amount, child, local_name, text, where
from . import federal, fuel

ABROAD = "EX"


def context_of(infNFe: etree._Element) -> TaxContext | Problem:
    """What the engine must know beside the items, or why it cannot be told."""
    issued = text(infNFe, "ide/dhEmi")[:10]
    try:
        day = date.fromisoformat(issued)
    except ValueError:
        message = _("The date of issue, %(date)s, is none.")
        return Problem("date", f"{where(infNFe)}/ide/dhEmi", message, params={"date": issued or "-"})
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
        entry=text(infNFe, "ide/tpNF") == "0",
    )


def item_of(det: etree._Element) -> tuple[Item | None, list[Problem]]:
    """The item, and what of it cannot be judged; without ICMS, PIS and COFINS there is no item to judge."""
    imposto = child(det, "imposto")
    if imposto is None or child(imposto, "ICMS") is None:
        return None, [_unjudged(det, _("Only goods with their ICMS are calculated again."))]
    rules, found = _rules(imposto)
    for tag in ("qCom", "vUnCom"):
        if amount(det, f"prod/{tag}") is None:
            message = _("“%(value)s” is not a number.")
            params = {"value": text(det, f"prod/{tag}") or "-"}
            return None, [*found, Problem("not_a_number", f"{where(det)}/prod/{tag}", message, params=params)]
    for name in unknown_groups(imposto):
        message = _("The group %(name)s is not calculated again.")
        found.append(Problem("group_unknown", f"{where(imposto)}/{name}", message, params={"name": name}))
    if rules is None:
        return None, found
    rules = replace(rules, **federal.rules_of(det, {k: v for k, v in vars(rules).items() if v}))
    return Item(rules=rules, **_goods(det)), found


def unknown_groups(imposto: etree._Element) -> tuple[str, ...]:
    """The groups of ``imposto`` that no row of the table reads; vTotTrib is an estimate, which no file explains."""
    known = {row["path"].split("/")[0] for row in rows("recompute_fields")} | {"vTotTrib", *federal.GROUPS}
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
        "taxable_quantity": amount(prod, "qTrib") or None,
        "used": text(prod, "indBemMovelUsado") == "1",
        "fuel": fuel.fuel_of(det),
        "importation": federal.importation_of(det),
        "producer_cnpj": text(det, "imposto/IPI/CNPJProd"),
        "seal_code": text(det, "imposto/IPI/cSelo"),
        "seal_quantity": federal.seals_of(det),
        "origin": "" if icms is None else text(icms, "orig"),
        **{name: amount(prod, tag) or ZERO for name, tag in shared.items()},
    }


def _rules(imposto: etree._Element) -> tuple[TaxRules | None, list[Problem]]:
    """The rule of each tax that the item has; ``None`` when one that every item needs cannot be read."""
    found: list[Problem] = []
    rules = {}
    for tax, fields in _fields().items():
        cells = {field: text(imposto, path) or absent for field, (path, absent) in fields.items()}
        group = next(iter(fields.values()))[0].split("/")[0]
        if not any(text(imposto, path) for path, _absent in fields.values()):
            continue  # the item has no such tax
        read, wrong = sheet.read([{"subject": tax, **cells}])
        found += (Problem(one.code, f"{where(imposto)}/{group}", one.message, "", one.params) for one in wrong)
        if read:
            rules[tax] = read[0].what
    if (single_phase := fuel.rule_of(imposto)) and "icms" in rules:
        # pDif of ICMS53 is read by the row of the other deferrals too.
        rules |= {"icms_fuel": single_phase, "icms": replace(rules["icms"], deferral_rate=None)}
    missing = {"icms", "pis", "cofins"} - rules.keys()
    if missing and not found:
        message = _("The item lacks its %(taxes)s.")
        params = {"taxes": ", ".join(sorted(name.upper() for name in missing))}
        found.append(Problem("tax_missing", where(imposto), message, params=params))
    return (None if missing else TaxRules(**rules)), found


@cache
def _fields() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """By tax and field: the path from imposto, and what an element that is not there means."""
    fields: dict[str, dict[str, tuple[str, str]]] = {}
    for row in rows("recompute_fields"):
        fields.setdefault(row["tax"], {})[row["field"]] = (row["path"], row["absent"])
    return fields


def _unjudged(det: etree._Element, message: str) -> Problem:
    return Problem("unjudged", where(det), message)
