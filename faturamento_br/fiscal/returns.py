"""Sold goods that come back, or purchased ones that go back: the items of the document they were on, turned round.

Rates, bases, reductions, situations of ICMS and class of IBS and CBS stay as the document has them, whatever the rules
say by now (LC 87/1996 art. 21 §3; Convênio ICMS 54/2000). What differs: the CFOP (``tables/return_cfops.csv``, Ajuste
SINIEF 7/2001), and the situations of IPI, PIS and COFINS, of which entries have their own (SPED tables 4.3.2, 4.3.3;
``tables/return_situations.csv``). How much of it comes back is ``taxes/returned.py``'s.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from .problems import Problem
from .recompute.items import context_of, item_of
from .spec import ContributionRule, HandTax, Item, TaxContext, TaxRules
from .tables import rows
from .taxes import engine
from .taxes.by_hand import NAMES
from .verify.reading import amount, children, read

#: Where a det has the amounts that a person may have typed.
TYPED = {
    "icms": "imposto/ICMS/*/vICMS",
    "icms_st": "imposto/ICMS/*/vICMSST",
    "ipi": "imposto/IPI/*/vIPI",
    "pis": "imposto/PIS/*/vPIS",
    "cofins": "imposto/COFINS/*/vCOFINS",
}
#: Of entries: any other one, which says nothing of a credit.
OTHER_ENTRY = "98"


def items_of(data: bytes) -> Mapping[int, Item]:
    """The items of an NF-e by their number (nItem), as the engine's input; what cannot be calculated again is not here.

    An amount that its rates do not give was typed by hand, and is kept.
    """
    root, _wrong = read(data)
    infNFe = None if root is None else next(root.iter("{*}infNFe"), None)
    context = None if infNFe is None else context_of(infNFe)
    if context is None or isinstance(context, Problem):
        return {}
    found = {}
    for det in children(infNFe, "det"):
        item, _told = item_of(det)
        item = item and _settled(context, item, det)
        if item is not None:
            found[int(det.get("nItem"))] = replace(item, hand=_typed(context, item, det))
    return found


def _settled(context: TaxContext, item: Item, det) -> Item | None:
    """``item`` as it can be calculated. How DIFAL's base was found, and whether a benefit of the origin counted in it,
    is told by the amount alone."""
    told = amount(det, "imposto/ICMSUFDest/vICMSUFDest")
    if item.rules.difal is None or told is None:
        return None if engine.missing_rules(context, [item]) else item
    for method in ("", "single", "double"):
        for counts in (None, False, True):
            rule = replace(item.rules.difal, base_method=method, origin_benefit=counts)
            tried = replace(item, rules=replace(item.rules, difal=rule))
            if engine.missing_rules(context, [tried]):
                continue
            found = engine.compute_item(context, tried).difal
            if found and found.amount == told:
                return tried
    return None


def _typed(context: TaxContext, item: Item, det) -> tuple[HandTax, ...]:
    computed = engine.compute_item(context, item)
    told = {tax: amount(det, path) for tax, path in TYPED.items()}
    return tuple(
        HandTax(tax, amount=told[tax])
        for tax in NAMES
        if told[tax] is not None and (result := getattr(computed, tax)) and result.amount != told[tax]
    )


def taken_back(item: Item, said: TaxRules | None = None, cfop: str = "") -> Item:
    """``item`` of a sale as the item of an entry that takes all of it back.

    :param said: the rules of the operation of return, which know the situations of PIS and COFINS; without them it is
        98, another entry.
    :param cfop: for a CFOP that no return mirrors.
    """
    rules = item.rules
    taxed = {name: _entry(getattr(rules, name), said and getattr(said, name)) for name in ("pis", "cofins")}
    ipi = rules.ipi and replace(rules.ipi, cst=_situations()["ipi"].get(rules.ipi.cst, rules.ipi.cst))
    return replace(
        item,
        cfop=_cfops().get(item.cfop, cfop),
        rules=replace(rules, **taxed, ipi=ipi, approximate=None),
        order_ref="",
        order_line="",
        info="",
    )


def _entry(rule: ContributionRule, said: ContributionRule | None) -> ContributionRule:
    charged = rule.rate or rule.unit_value is not None
    return replace(rule, cst=said.cst if said and charged else OTHER_ENTRY)


@cache
def _cfops() -> Mapping[str, str]:
    return {row["cfop"]: row["back"] for row in rows("return_cfops")}


@cache
def _situations() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in rows("return_situations"):
        found.setdefault(row["tax"], {})[row["situation"]] = row["back"]
    return found
