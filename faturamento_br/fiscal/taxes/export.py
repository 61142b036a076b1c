"""Goods that leave the country: no tax is charged on them, and the document says under which code.

* Abroad (CFOP 7xxx): no ICMS (CF art. 155 §2 X a; LC 87/1996 art. 3 II), CST 41 or CSOSN 300 (rule N12-10); no IPI (CF
  art. 153 §3 III; RIPI art. 18 II), CST 54 where it is told; no PIS and COFINS (CF art. 149 §2 I; Leis 10.637/2002 art.
  5 and 10.833/2003 art. 6; MP 2.158-35/2001 art. 14), CST 08 by habit of the EFD, 07 where it is an exemption.
* To a company that exports them (CFOP 5501, 5502, 6501, 6502: *fim específico de exportação*): the same ICMS (LC
  87/1996 art. 3, sole paragraph), IPI suspended, CST 55 (Lei 9.532/1997 art. 39; RIPI art. 43 V), no PIS and COFINS.

Which of the codes of its tax an untaxed item takes is the rule's choice; what is refused is a tax.
"""

from collections.abc import Iterator, Sequence

from ..problems import Problem, _
from ..spec import Item, TaxContext, TaxedItem
from ..tables import rows
from .base import in_force, situations

#: Sales to who exports the goods as they are.
SPECIFIC_PURPOSE = frozenset(("5501", "5502", "6501", "6502"))
#: The only situations of ICMS abroad.
UNTAXED = frozenset(("41", "300"))
#: Treatments of ICMS that charge or transfer it.
CHARGED = frozenset(("taxed", "reduced", "credit", "deferred", "other"))


def is_abroad(context: TaxContext, item: Item) -> bool:
    """Whether ``item`` is sold to somebody abroad; goods that come in have a CFOP of entries."""
    return context.recipient_uf == "EX" and item.cfop[:1] not in ("1", "2", "3")


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """Taxes that a rule charges on what is exported, or sold to be exported."""
    abroad = is_abroad(context, item)
    if not abroad and item.cfop not in SPECIFIC_PURPOSE:
        return
    icms, path = item.rules.icms, f"{path}.rules"
    code = icms.cst or icms.csosn
    table = "icms_csosn" if icms.csosn else "icms_cst"
    situation = situations(table).get(code)
    charged = situation is not None and situation.treatment in CHARGED
    if (abroad and code not in UNTAXED) or charged:
        yield _taxed("export_taxed", f"{path}.icms", "ICMS", "41, 300")
    if item.rules.ipi and (item.rules.ipi.rate or item.rules.ipi.unit_value):
        yield _taxed("export_ipi_taxed", f"{path}.ipi", "IPI", "54" if abroad else "55")
    for name in ("pis", "cofins"):
        if getattr(item.rules, name).rate or getattr(item.rules, name).unit_value:
            yield _taxed("export_contribution_taxed", f"{path}.{name}", name.upper(), "08, 07")
    reform = item.rules.ibs_cbs
    if abroad and reform and reform.cst != "410":
        yield Problem(
            "export_ibs_cbs_taxed",
            f"{path}.ibs_cbs",
            _("What is sold abroad is immune to IBS and CBS (LC 214/2025 art. 8), and the rule taxes it."),
            _("Use CST 410 with cClassTrib 410004."),
        )


def texts(context: TaxContext, items: Sequence[TaxedItem]) -> Iterator[str]:
    """The legal ground of what is not charged, for the document (``tables/tax_texts.csv``)."""
    codes = set()
    for line in items:
        if is_abroad(context, line.item):
            codes.add("export")
        elif line.item.cfop in SPECIFIC_PURPOSE:
            codes.add("export_purpose")
    for row in in_force(rows("tax_texts"), context.issue_date):
        if row["code"] in codes:
            yield row["text"]


def _taxed(code: str, path: str, tax: str, codes: str) -> Problem:
    return Problem(
        code,
        path,
        _("%(tax)s is not charged on what is exported, and the rule charges it."),
        _("Use a situation without tax (%(codes)s), or correct the CFOP if it is no export."),
        {"tax": tax, "codes": codes},
    )
