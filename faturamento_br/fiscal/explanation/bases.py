"""The base of a tax in words: the signed terms of ``tables/tax_bases.csv`` that an item has."""

from collections.abc import Mapping
from decimal import Decimal

from ..problems import Text, _
from ..spec import ZERO, TaxContext, TaxedItem
from ..taxes.base import base_of, terms
from .words import Figure, Line, amount, formula, minus, plus

#: What people call the terms of a base.
TERMS: Mapping[str, Text] = {
    "vProd": _("goods"),
    "vServ": _("services"),
    "vDesc": _("discount"),
    "vFrete": _("freight"),
    "vSeg": _("insurance"),
    "vOutro": _("other charges"),
    "II/vBC": _("customs value"),
    "vII": _("import duty"),
    "vDespAdu": _("customs expenses"),
    "vIOF": _("IOF"),
    "vIPI": _("IPI"),
    "vIPIDevol": _("returned IPI"),
    "vICMS": _("ICMS"),
    "vFCP": _("FCP"),
    "vICMSMono": _("single-phase ICMS"),
    "vICMSMonoReten": _("single-phase ICMS withheld"),
    "vICMSUFDest": _("DIFAL"),
    "vFCPUFDest": _("FCP of the destination"),
    "vST": _("ICMS ST"),
    "vFCPST": _("FCP ST"),
    "vICMSDesonDeduz": _("exempted ICMS"),
    "vPIS": _("PIS"),
    "vCOFINS": _("COFINS"),
    "vPISSTSoma": _("PIS ST"),
    "vCOFINSSTSoma": _("COFINS ST"),
    "vISSQN": _("ISS"),
    "vIS": _("IS"),
}


def known(taxed: TaxedItem) -> Mapping[str, Decimal]:
    """The amounts as the taxes saw them: what an import adds to vOutro comes after all of them."""
    return {**taxed.amounts, "vOutro": taxed.item.other}


def figures(name: str, context: TaxContext, so_far: Mapping[str, Decimal]) -> tuple[Figure, ...]:
    """The terms of ``name`` that are not zero; goods first, as the table has them."""
    added, taken = terms(name, context)
    return (
        *(plus(so_far[term], TERMS[term]) for term in added if so_far.get(term)),
        *(minus(so_far[term], TERMS[term]) for term in taken if so_far.get(term)),
    )


def value_line(name: str, text: Text, context: TaxContext, taxed: TaxedItem, tag: str = "") -> Line:
    """``Base: goods 950,00 + freight 50,00 = 1.000,00``."""
    so_far = known(taxed)
    parts = figures(name, context, so_far)
    total = base_of(name, context, so_far)
    if not parts:
        return amount(text, ZERO, tag)
    return formula(text, parts, total, tag)
