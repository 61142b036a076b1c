"""Why an item has the taxes it has, in words: built only when asked, from a result that is there already.

No tax is computed here. Each formula has the numbers of the result, or what the engine's own functions say of it, and
:func:`.words.worth` works it out again: tests compare the two for every tax.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from ..problems import Text, _
from ..rules.explain import Explanation
from ..spec import TaxContext, TaxedItem
from ..tables import rows
from . import by_hand, difal, federal, ibs_cbs, icms, icms_st, others
from .bases import figures
from .rules import told
from .words import Line, Step, formula

Lines = Callable[[TaxContext, TaxedItem], Iterator[Line]]

#: Every tax: what it is called, who tells it, and the layout tag of its amount.
TAXES: Mapping[str, tuple[Text, Lines, str]] = {
    "import_duty": (_("Import duty (II)"), federal.import_duty, "vII"),
    "icms": (_("ICMS"), icms.lines, "vICMS"),
    "icms_fuel": (_("ICMS of fuels, single-phase"), others.fuel, "vICMSMono"),
    "icms_st": (_("ICMS ST"), icms_st.lines, "vST"),
    "difal": (_("DIFAL"), difal.lines, "vICMSUFDest"),
    "ipi": (_("IPI"), federal.ipi, "vIPI"),
    "ipi_return": (_("Returned IPI"), federal.ipi_return, "vIPIDevol"),
    "pis": (_("PIS"), federal.pis, "vPIS"),
    "cofins": (_("COFINS"), federal.cofins, "vCOFINS"),
    "pis_st": (_("PIS ST"), federal.pis_st, ""),
    "cofins_st": (_("COFINS ST"), federal.cofins_st, ""),
    "selective": (_("IS, Imposto Seletivo"), others.selective, "vIS"),
    "ibs_cbs": (_("IBS and CBS"), ibs_cbs.lines, ""),
    "approximate": (_("Approximate taxes (Lei 12.741/2012)"), others.approximate, "vTotTrib"),
}
NO_RULE: Mapping[str, Explanation] = {}
NO_ORIGIN: Mapping[str, Sequence[Line]] = {}


def explain(
    context: TaxContext,
    taxed: TaxedItem,
    rules: Mapping[str, Explanation] = NO_RULE,
    origins: Mapping[str, Sequence[Line]] = NO_ORIGIN,
) -> tuple[Step, ...]:
    """Each tax of ``taxed`` in words, in the order in which people read them; the CFOP first, what it adds up to last.

    :param context: the one that ``taxed`` was computed in.
    :param rules: why the rule of a subject holds, by ``fiscal.rules.explain.explain``; what is not there is not told.
    :param origins: of taxes that no rule decided (the product's IPI, a value typed by hand): words that say so. They
        take the place of the rule, whose losers stay.
    """
    steps = [_cfop(taxed, rules, origins)]
    steps += [_step(name, context, taxed, rules, origins) for name in TAXES if getattr(taxed, name) is not None]
    return (*steps, _total(context, taxed))


def _step(name, context, taxed, rules, origins) -> Step:
    title, lines, tag = TAXES[name]
    rule, losers = told(rules[name]) if name in rules else (None, ())
    return Step(
        tax=name,
        title=title,
        situation=_situation(name, taxed),
        amount=_amount(name, tag, taxed),
        lines=_lines(name, lines(context, taxed), taxed),
        origin=tuple(origins.get(name, ())),
        rule=rule if name not in origins else None,
        losers=losers,
        sources=_sources(name, rule if name not in origins else None),
    )


def _lines(name: str, lines: Iterator[Line], taxed: TaxedItem) -> tuple[Line, ...]:
    for typed in taxed.item.hand:
        if typed.tax == name:
            lines = by_hand.retold(lines, typed)
    return tuple(lines)


def _amount(name, tag, taxed):
    if name == "ibs_cbs":
        found = taxed.ibs_cbs
        single = found.single_phase
        return found.ibs_amount + found.cbs_amount if not single else single.ibs_amount + single.cbs_amount
    if name in ("pis_st", "cofins_st"):
        return getattr(taxed, name).amount
    if name == "icms_fuel":
        return taxed.icms_fuel.amount
    return taxed.amounts[tag]


def _situation(name: str, taxed: TaxedItem) -> str:
    rule = getattr(taxed.item.rules, name)
    for field in ("cClassTrib", "cClassTribIS", "cst", "csosn"):
        if code := getattr(rule, field, ""):
            return code
    return ""


def _cfop(taxed: TaxedItem, rules, origins) -> Step:
    rule, losers = told(rules["cfop"]) if "cfop" in rules else (None, ())
    by_hand = "cfop" in origins
    return Step(
        tax="cfop",
        title=_("CFOP"),
        situation=taxed.item.cfop,
        origin=tuple(origins.get("cfop", ())),
        rule=None if by_hand else rule,
        losers=losers,
        sources=_sources("cfop", None if by_hand else rule),
    )


def _total(context: TaxContext, taxed: TaxedItem) -> Step:
    """What the item adds to the document's total."""
    line = formula(_("Part of the total"), figures("vNF", context, taxed.amounts), taxed.total, "vNF")
    return Step("total", _("Total of the line"), amount=taxed.total, lines=(line,), sources=_sources("total", None))


def _sources(name: str, rule) -> tuple[str, ...]:
    """What the rule cites, then what the law of the tax itself is (``tables/explanation_sources.csv``)."""
    cited = [rule.source] if rule and rule.source else []
    return (*cited, *(row["source"] for row in rows("explanation_sources") if row["tax"] == name))
