"""Simples Nacional: the effective rate of a month, and the ICMS credit that a buyer may take (pCredSN).

* Effective rate: (RBT12 × nominal rate − deduction) / RBT12, by annex and bracket of the revenue of the 12 months
  before (LC 123/2006 art. 18 §§ 1, 1-A; Annexes I to V as of LC 155/2016; ``tables/simples.csv``).
* A company that begins: in its first month the month's revenue × 12, in the next 11 the mean of the months before × 12
  (LC 123/2006 art. 18 §2; Resolução CGSN 140/2018 art. 22).
* pCredSN: effective rate × ICMS share of the bracket, of Annex I or II, by the month before that of the operation (LC
  123/2006 art. 23 §§ 1, 2; Resolução CGSN 140/2018 art. 60 §1). In the first month of activity the smallest rate's
  share (art. 23 §3). Revenue above R$ 3,600,000 counts by the fifth bracket, as the sixth has no ICMS (Resolução CGSN
  140/2018 art. 24); who is above the sublimit already pays ICMS as any company (CRT 2) and has no such credit.
* A reduction or exemption that the UF grants to companies of Simples lowers it by ``reduction`` (Resolução CGSN
  140/2018 art. 60 §3): ask the accountant.

Rates here are percentages rounded once, ROUND_HALF_UP, to the 4 decimals of the layout; the law tells no number of
them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from ..problems import FiscalError, Problem, _
from ..spec import NOTHING, ZERO, TaxContext, TaxedItem
from ..tables import rows
from .base import HUNDRED, RATE_STEP, in_force, missing_rule

ANNEXES = ("1", "2", "3", "4", "5")
#: Annexes of goods, which alone have ICMS: commerce and industry.
GOODS = ("1", "2")
#: The taxes that a bracket shares the rate among: columns of ``tables/simples.csv``.
SHARES = ("irpj", "csll", "cofins", "pis", "cpp", "icms", "ipi", "iss")
MONTHS = 12
#: The last bracket with ICMS and ISS (sublimit of LC 123/2006 art. 13-A), in BRL.
SUBLIMIT = Decimal("3600000")


@dataclass(frozen=True)
class Bracket:
    """A bracket of an annex; ``shares`` are percentages of the rate, by tax."""

    number: int
    revenue_to: Decimal  # BRL, included
    rate: Decimal  # nominal, %
    deduction: Decimal  # BRL
    shares: dict[str, Decimal]


def revenue_of_12_months(before: Sequence[Decimal], current: Decimal) -> Decimal:
    """RBT12, or what stands for it in a company's first year, in BRL, not rounded.

    :param before: the revenue of each month since the company began, oldest first, without the month of the operation.
    :param current: the revenue of the month itself; it counts in the first month only.
    """
    if not before:
        return current * MONTHS
    last = before[-MONTHS:]
    total = sum(last, ZERO)
    return total if len(last) == MONTHS else total * MONTHS / len(last)


def effective_rate(annex: str, revenue: Decimal, day: date) -> Decimal:
    """The effective rate (%) of ``annex`` for the revenue of 12 months on ``day``, 4 decimals, ROUND_HALF_UP.

    :raises FiscalError: the annex, the revenue or the day has no bracket.
    """
    return _rounded(_effective(_bracket(annex, revenue, day), revenue))


def shares(annex: str, revenue: Decimal, day: date) -> dict[str, Decimal]:
    """The effective rate of each tax (%), 4 decimals, by its column of ``tables/simples.csv``.

    :raises FiscalError: as :func:`effective_rate`.
    """
    bracket = _bracket(annex, revenue, day)
    whole = _effective(bracket, revenue)
    return {tax: _rounded(whole * share / HUNDRED) for tax, share in bracket.shares.items()}


def credit_rate(annex: str, revenue: Decimal | None, day: date, reduction: Decimal = ZERO) -> Decimal:
    """pCredSN (%): what a contributor who resells or industrializes may take, 4 decimals, ROUND_HALF_UP.

    :param annex: 1 commerce or 2 industry.
    :param revenue: RBT12 of the month before; ``None`` in the company's first month.
    :param day: the issue date.
    :param reduction: the percentage by which the UF reduces the ICMS of companies of Simples.
    :raises FiscalError: an annex without ICMS, or no bracket.
    """
    if annex not in GOODS:
        raise FiscalError([_annex_problem(annex)])
    amount = ZERO if revenue is None else revenue
    bracket = _bracket(annex, amount, day)
    if amount > SUBLIMIT:
        bracket = _bracket(annex, SUBLIMIT, day)
    rate = _effective(bracket, amount) * bracket.shares["icms"] / HUNDRED
    return _rounded(rate * (HUNDRED - reduction) / HUNDRED)


def texts(context: TaxContext, items: Sequence[TaxedItem]) -> Iterator[str]:
    """The words by which the buyer may take the credit (Resolução CGSN 140/2018 art. 60), one for each rate."""
    found: dict[Decimal, Decimal] = {}
    for line in items:
        if line.icms.simples_credit:
            rate = line.icms.rule.simples_credit_rate
            found[rate] = found.get(rate, NOTHING) + line.icms.simples_credit
    for rate, amount in found.items():
        shown = f"{amount:.2f}".replace(".", ",")
        percent = f"{rate.quantize(RATE_STEP):f}".rstrip("0").rstrip(".").replace(".", ",")
        yield (
            f"PERMITE O APROVEITAMENTO DO CRÉDITO DE ICMS NO VALOR DE R$ {shown}; CORRESPONDENTE À ALÍQUOTA DE"
            f" {percent}%, NOS TERMOS DO ART. 23 DA LEI COMPLEMENTAR Nº 123, DE 2006."
        )


def _effective(bracket: Bracket, revenue: Decimal) -> Decimal:
    """Not rounded; the nominal rate where nothing was sold yet."""
    return bracket.rate if not revenue else (revenue * bracket.rate - bracket.deduction * HUNDRED) / revenue


def _rounded(rate: Decimal) -> Decimal:
    return rate.quantize(RATE_STEP, ROUND_HALF_UP)


def _bracket(annex: str, revenue: Decimal, day: date) -> Bracket:
    """The bracket of ``revenue``, which its upper limit still belongs to."""
    if annex not in ANNEXES:
        raise FiscalError([_annex_problem(annex)])
    brackets = _brackets(annex, day)
    if not brackets:
        raise FiscalError([missing_rule("rule_missing_period", "", tax="Simples Nacional", day=day)])
    if revenue.is_finite() and revenue >= 0:
        for bracket in brackets:
            if revenue <= bracket.revenue_to:
                return bracket
    raise FiscalError(
        [
            Problem(
                "simples_revenue",
                "",
                _("A revenue of %(revenue)s in 12 months has no bracket of Simples Nacional."),
                _("Correct it; above R$ %(most)s the company is no longer in Simples Nacional."),
                {"revenue": revenue, "most": brackets[-1].revenue_to},
            )
        ]
    )


def _annex_problem(annex: str) -> Problem:
    return Problem(
        "simples_annex",
        "",
        _("%(annex)s is not an annex of Simples Nacional for this."),
        _("Choose 1 commerce or 2 industry; services have 3, 4 and 5 and no ICMS."),
        {"annex": annex or "-"},
    )


@lru_cache(maxsize=256)
def _brackets(annex: str, day: date) -> tuple[Bracket, ...]:
    found = (row for row in in_force(rows("simples"), day) if row["annex"] == annex)
    return tuple(
        Bracket(
            int(row["bracket"]),
            Decimal(row["revenue_to"]),
            Decimal(row["rate"]),
            Decimal(row["deduction"]),
            {tax: Decimal(row[tax]) for tax in SHARES if row[tax]},
        )
        for row in found
    )
