"""What every tax has in common: its place in the registry, its base, its situations, rounding.

A tax is a :class:`Tax`: pure functions over ``(context, item)`` and what was computed before it. Amounts flow
from one tax to the next as a mapping of layout tags (``vProd``, ``vIPI``, ``vICMS``...), so a later tax needs to know
nothing of an earlier one but the tag it reads. What enters a base is data: ``tables/tax_bases.csv``.

Most lines of a document are of few kinds: the same rules, other quantities and prices. What depends on the kind alone
(situation, rates, the terms of the base) is found out once, by :attr:`Tax.prepare`; what it gives back only computes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache, partial
from typing import Any

from ..problems import Problem, _
from ..spec import NOTHING, ZERO, Item, TaxContext, TaxResult
from ..tables import rows

CENT = Decimal("0.01")
RATE_STEP = Decimal("0.0001")
HUNDRED = Decimal(100)

#: Simples Nacional regimes: every tax inside it is paid in the DAS, not item by item (LC 123/2006 art. 13).
SIMPLES = frozenset("124")

Amounts = Mapping[str, Decimal]
#: ``(item, so_far) -> result``: the arithmetic of one tax for all items of one kind.
Compute = Callable[[Item, Amounts], Any]


@dataclass(frozen=True)
class Tax:
    """One tax, as the engine sees it.

    :param name: the field of :class:`~..spec.TaxedItem` it fills, and its name in ``tax_bases.csv``.
    :param problems: ``(context, item, path) -> problems``: what this tax cannot compute right for the item. It depends
        on the rules, origin, NCM, CEST and CFOP of the item, not on its amounts: the engine asks once for each kind.
    :param prepare: ``(context, item) -> compute`` for every item of the kind of ``item``, only called when there are no
        problems; ``compute(item, so_far)`` is the result, ``None`` when the tax does not concern the item.
    :param amounts: what the result gives to the taxes that come after it, by layout tag.
    """

    name: str
    problems: Callable[[TaxContext, Item, str], Iterable[Problem]]
    prepare: Callable[[TaxContext, Item], Compute]
    amounts: Callable[[Any], Amounts]

    def compute(self, context: TaxContext, item: Item, so_far: Amounts) -> Any:
        """The result for one item alone."""
        return self.prepare(context, item)(item, so_far)


def each_time(compute: Callable[[TaxContext, Item, Amounts], Any]) -> Callable[[TaxContext, Item], Compute]:
    """:attr:`Tax.prepare` of a tax that few items have: it finds everything out anew for each."""
    return lambda context, _item: partial(compute, context)


def always(result: Any) -> Compute:
    """The arithmetic of a kind that has none: one result for all its items."""
    return lambda _item, _so_far: result


@dataclass(frozen=True)
class Situation:
    """What a CST or CSOSN means here (``tables/tax_situations.csv``)."""

    treatment: str  # taxed, reduced, credit, retained, exempt, suspended, unit, other, missing
    missing: str  # the rule that does not exist yet, when the treatment is missing
    non_contributor: bool  # SEFAZ takes it for a recipient who is not a contributor
    mei: bool  # SEFAZ takes it from an emitter with CRT 4


def money(value: Decimal) -> Decimal:
    """``value`` in BRL: 2 decimals, ROUND_HALF_UP."""
    return value.quantize(CENT, ROUND_HALF_UP)


def percent(base: Decimal, rate: Decimal) -> Decimal:
    """``rate`` per cent of ``base``, in BRL, rounded once (2 decimals, ROUND_HALF_UP)."""
    if not rate:
        return NOTHING
    return (base * rate / HUNDRED).quantize(CENT, ROUND_HALF_UP)


def gross_value(item: Item) -> Decimal:
    """vProd: quantity × unit price, 2 decimals, ROUND_HALF_UP (MOC, rule I11-10)."""
    return money(item.quantity * item.unit_price)


def taxable_quantity(item: Item) -> Decimal:
    """qTrib: the quantity in the unit that taxes are measured by; the quantity sold, unless another is given."""
    return item.quantity if item.taxable_quantity is None else item.taxable_quantity


def base_of(tax: str, context: TaxContext, so_far: Amounts) -> Decimal:
    """The base of ``tax``: the sum of its signed terms in force on the issue date (``tables/tax_bases.csv``).

    A term that no tax of this stage computes counts zero. Never negative: what is deducted from a base cannot
    exceed it. 2 decimals, because every term has 2.
    """
    return base_sum(tax, context)(so_far)


def signed_sum(name: str, context: TaxContext, so_far: Amounts) -> Decimal:
    """The sum of the signed terms of ``name`` in ``tables/tax_bases.csv``: a tax's base, vNF, vNFTot; 2 decimals."""
    return sum_of(name, context)(so_far)


def base_sum(tax: str, context: TaxContext) -> Callable[[Amounts], Decimal]:
    """:func:`base_of` for many items of one document."""
    add_up = sum_of(tax, context)

    def base(so_far: Amounts) -> Decimal:
        total = add_up(so_far)
        return total if total > 0 else NOTHING

    return base


def sum_of(name: str, context: TaxContext) -> Callable[[Amounts], Decimal]:
    """:func:`signed_sum` for many items of one document: its terms are looked up once."""
    plus, minus = terms(name, context)

    def add_up(so_far: Amounts) -> Decimal:
        total = ZERO
        for term in plus:
            if term in so_far and (value := so_far[term]):
                total += value
        for term in minus:
            if term in so_far and (value := so_far[term]):
                total -= value
        return total.quantize(CENT, ROUND_HALF_UP)

    return add_up


def prepare_rate(name: str, context: TaxContext, pattern: TaxResult) -> Compute:
    """base × the rate of ``pattern``, with the base that ``name`` has in ``tables/tax_bases.csv``."""
    base_from, rate = base_sum(name, context), pattern.rate

    def compute(_item: Item, so_far: Amounts) -> TaxResult:
        base = base_from(so_far)
        return pattern.but(base=base, amount=percent(base, rate))

    return compute


def gross_up(net: Decimal, rate: Decimal) -> Decimal:
    """The base of which ``rate`` per cent is part ("por dentro"): net / (1 − rate), 2 decimals, ROUND_HALF_UP.

    ``rate`` is below 100 (LC 87/1996 art. 13 §1 I).
    """
    return money(net * HUNDRED / (HUNDRED - rate))


@lru_cache(maxsize=1024)
def has_base(tax: str, day: date) -> bool:
    """Whether the law this core knows still gives ``tax`` a base on ``day`` (PIS and COFINS end with 2026)."""
    return any(row["tax"] == tax for row in in_force(rows("tax_bases"), day))


def is_end_use(context: TaxContext) -> bool:
    """The goods are neither resold nor used to make others: the buyer consumes them, or is no ICMS contributor."""
    return context.final_consumer or not context.contributor


def is_import(context: TaxContext) -> bool:
    """The emitter takes in what comes from abroad, and not what a customer there sends back."""
    return context.entry and context.recipient_uf == "EX" and context.purpose != "4"


def is_sale(item: Item) -> bool:
    """Whether its CFOP is one of a sale of goods: of those alone it is sure what a non-contributor may be told."""
    return item.cfop[:1] in "567" and (item.cfop[1:] <= "125" or "401" <= item.cfop[1:] <= "405")


def is_interstate(context: TaxContext) -> bool:
    """Between UFs, or abroad; an import is none: its ICMS is the importer's UF's (CF art. 155 §2 IX a)."""
    return context.emitter_uf != context.recipient_uf and not is_import(context)


#: What the column ``when`` of tax_bases.csv may ask for: names apart by spaces, all of which hold; ``!`` negates one.
CONDITIONS: Mapping[str, Callable[[TaxContext], bool]] = {"end_use": is_end_use, "import": is_import}


@lru_cache(maxsize=256)
def terms(name: str, context: TaxContext) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The layout tags that ``name`` adds and those it takes off (``tables/tax_bases.csv``), on the issue date.

    Asked for each item of a document: its conditions are judged once.
    """
    return _terms(name, context.issue_date, tuple(holds(context) for holds in CONDITIONS.values()))


@lru_cache(maxsize=1024)
def _terms(tax: str, day: date, held: tuple[bool, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    holds = dict(zip(CONDITIONS, held, strict=True))
    terms: dict[str, list[str]] = {"+": [], "-": []}
    for row in in_force(rows("tax_bases"), day):
        if row["tax"] == tax and all(holds[name.lstrip("!")] != (name[0] == "!") for name in row["when"].split()):
            terms[row["sign"]].append(row["term"])
    return tuple(terms["+"]), tuple(terms["-"])


@cache
def situations(table: str) -> Mapping[str, Situation]:
    """The codes of ``table`` (icms_cst, icms_csosn, ipi, contribution)."""
    return {
        row["code"]: Situation(row["treatment"], row["missing"], row["non_contributor"] == "1", row["mei"] == "1")
        for row in rows("tax_situations")
        if row["table"] == table
    }


def in_force(table: Iterable[Mapping[str, str]], day: date) -> Iterator[Mapping[str, str]]:
    """The rows of ``table`` whose ``valid_from``..``valid_to`` (both included, open when empty) holds ``day``."""
    text = day.isoformat()
    for row in table:
        if row["valid_from"] <= text and (not row["valid_to"] or text <= row["valid_to"]):
            yield row


def is_partial(rate: Decimal) -> bool:
    """Whether ``rate`` is a percentage above 0 and below 100."""
    return rate.is_finite() and ZERO < rate < HUNDRED


def rate_problem(rate: Decimal, path: str) -> Problem | None:
    """A percentage the layout cannot hold: it must be 0 to 100 with at most 4 decimals."""
    if rate.is_finite() and ZERO <= rate <= HUNDRED and rate == rate.quantize(RATE_STEP):
        return None
    return Problem(
        "rate_invalid",
        path,
        _("%(rate)s is not a valid percentage."),
        _("Give a rate from 0 to 100 with at most 4 decimals."),
        {"rate": rate},
    )


def situation_problem(table: str, code: str, path: str) -> Problem | None:
    """``code`` is unknown, or is one this stage cannot tax."""
    found = situations(table).get(code)
    if found is None:
        return Problem(
            "situation_unknown",
            path,
            _("%(code)s is not a tax situation code."),
            _("Choose a code of the official table."),
            {"code": code},
        )
    if found.missing:
        return missing_rule(found.missing, path, code=code)
    return None


def side_problem(context: TaxContext, tax: str, cst: str, of_entry: bool, path: str) -> Problem | None:
    """A situation of entries in an exit, or the other way round (SPED tables 4.3.2 and 4.3.3)."""
    if of_entry == context.entry:
        return None
    params = {"tax": tax, "cst": cst}
    if of_entry:
        message, cure = _("%(tax)s CST %(cst)s is of entries, and this document is an exit."), _("Use one of exits.")
    else:
        message, cure = _("%(tax)s CST %(cst)s is of exits, and this document is an entry."), _("Use one of entries.")
    return Problem("situation_side", path, message, cure, params)


def missing_rule(code: str, path: str, /, **params: Any) -> Problem:
    """The problem that names a rule which does not exist yet; its texts are in :data:`MISSING`."""
    message, cure = MISSING[code]
    return Problem(code, path, message, cure, params)


_LATER = _("This version cannot compute it: issue this document elsewhere, or correct the rule if it is a mistake.")

#: Rules a later stage will bring, by code: what is missing, and what to do meanwhile.
MISSING: Mapping[str, tuple[str, str]] = {
    "rule_missing_st": (
        _("ICMS by tax substitution (ST) is due, as %(code)s says."),
        _("Give the tax rule its substitution: margin or price of the destination's list, rate and FCP."),
    ),
    "rule_missing_monophasic": (
        _("CST %(code)s is the single-phase ICMS of a fuel, and its rule is missing."),
        _("Give the tax rule the fuel, or its ad rem rate."),
    ),
    "rule_missing_fuel": (_("CFOP %(code)s is a return of fuels or lubricants, which has no rule yet."), _LATER),
    "rule_missing_fuel_import": (
        _("CFOP %(code)s is an import of fuels or lubricants, which has no rule yet."),
        _LATER,
    ),
    "rule_missing_transfer": (
        _("CFOP %(code)s is a transfer between establishments, without ICMS (LC 204/2023), and the rule charges it."),
        _("Use CST 41, or CSOSN 400; a transfer of credit (Convênio ICMS 109/2024) has no rule yet."),
    ),
    "rule_missing_iss": (_("CFOP %(code)s is a service under ISS."), _("Invoice services apart from goods.")),
    "rule_missing_entry": (_("CFOP %(code)s is an entry of a special regime, which has no rule yet."), _LATER),
    "rule_missing_purpose": (_("This version does not issue debit and credit notes (finNFe %(code)s)."), _LATER),
    "rule_missing_difal": (
        _("A sale from %(origin)s to a consumer in %(destination)s owes the rate difference (DIFAL), without a rule."),
        _("Give the goods' internal rate in the destination, or say in the rule that the modal one applies."),
    ),
    "rule_missing_difal_reduced": (
        _("A double base that the destination reduces has no rule yet."),
        _("Use the single base, or clear the reduction."),
    ),
    "rule_missing_fcp_interstate": (
        _("FCP on a sale to another state belongs to the destination's DIFAL."),
        _("Leave the FCP rate of the rule empty or zero for sales to other states."),
    ),
    "rule_missing_ibs_cbs_simples": (
        _("From %(since)s the IBS and CBS of Simples are in the DAS; what the NF-e must say of them is not published."),
        _("If the company opted for the regular regime of IBS and CBS, say so; otherwise a later version will know."),
    ),
    "rule_missing_government_regular": (
        _("cClassTrib %(code)s in a government purchase has no rule yet."),
        _LATER,
    ),
    "rule_missing_selective_icms": (
        _("IS is part of the base of ICMS, and ICMS is no part of that of IS: their mutual base has no rule yet."),
        _LATER,
    ),
    "rule_missing_period": (_("The rules of %(tax)s on %(day)s are not known."), _LATER),
}
