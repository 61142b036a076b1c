"""What the payer withholds from a document: income tax, PIS, COFINS, CSLL, INSS and ISS.

It lowers what is received, not vNF; federal ones are written in total/retTrib. Rates, floors and their law are rows of
``tables/withholdings.csv``, by who pays and for what:

* ``private`` companies: IRRF 1.5 or 1 % and PIS 0.65 + COFINS 3 + CSLL 1 % on services (Lei 10.833/2003 arts. 30 to
  36; IN SRF 459/2004), PIS and COFINS on car parts (Lei 10.485/2002 art. 3). R$ 10,00 or less is not withheld: of
  IRRF for itself, of the three contributions together (Lei 9.430/1996 art. 67; Lei 10.833/2003 art. 31 §3).
* ``federal`` buyers, on goods too: all four by the code of Annex I of IN RFB 1.234/2012; less than R$ 10,00 is not
  withheld. ``state``: states and cities withhold the income tax by the same table (STF tema 1130; IN RFB 2.145/2023).
* INSS 11 %, or 3.5 % of who pays on revenue (Lei 8.212/1991 art. 31); ISS by the city's law, whose rate the rule
  gives.

A company of Simples suffers none but ISS (Lei 10.833/2003 art. 32 III; IN RFB 765/2007; IN RFB 1.234/2012 art. 4 XI),
and INSS for services of Annex IV only. Floors are judged by document: who pays several documents of one supplier on
one day adds them up, which is the payer's matter.

Each amount is base × rate, 2 decimals, ROUND_HALF_UP.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from ..problems import Problem, _
from ..spec import NOTHING, ZERO, TaxContext, Totals, Withheld, Withholding
from ..tables import rows
from ..text import in_brl
from . import units
from .base import CENT, SIMPLES, in_force, missing_rule, percent, rate_problem

MONEY_LIMIT = Decimal("1E13")
#: What a company of Simples suffers too.
OF_SIMPLES = frozenset({"iss"})
SOCIAL_SECURITY = "inss"

Row = Mapping[str, str]


def problems(context: TaxContext, withholdings: Sequence[Withholding]) -> Iterator[Problem]:
    """What keeps the withholdings from being computed right, with paths like ``withholdings[0].nature``."""
    for index, asked in enumerate(withholdings):
        path = f"withholdings[{index}]"
        known = _rows(asked)
        if not known:
            yield Problem(
                "withholding_unknown",
                f"{path}.nature",
                _("Nothing is known of withholdings by the payer “%(payer)s” on “%(nature)s”."),
                _("Choose a payer and a nature of the table; public payers have the codes of IN RFB 1.234/2012."),
                {"payer": asked.payer, "nature": asked.nature},
            )
            continue
        ruled = {row["tax"] for row in in_force(known, context.issue_date)}
        for tax in sorted({row["tax"] for row in known} - ruled):
            words = f"{tax.upper()} ({asked.nature})"
            yield missing_rule("rule_missing_period", f"{path}.nature", tax=words, day=context.issue_date)
        yield from _value_problems(asked, known, path)


def _value_problems(asked: Withholding, known: Sequence[Row], path: str) -> Iterator[Problem]:
    if asked.base is not None and not units.fits(asked.base, MONEY_LIMIT, CENT):
        yield Problem(
            "withholding_base",
            f"{path}.base",
            _("%(base)s is not a base of withholdings."),
            _("Give an amount in BRL, not negative, with at most 2 decimals, or none: the whole document."),
            {"base": asked.base},
        )
    if asked.rate is not None:
        if problem := rate_problem(asked.rate, f"{path}.rate"):
            yield problem
        if any(row["rate"] for row in known):
            yield Problem(
                "withholding_rate_unexpected",
                f"{path}.rate",
                _("The rate of this withholding is the law's, and the rule gives another one."),
                _("Clear the rate."),
            )
    elif any(not row["rate"] for row in known):
        yield Problem(
            "withholding_rate_missing",
            f"{path}.rate",
            _("The rate of this withholding is not the same everywhere and must be given."),
            _("Give the rate of the city's law (ISS, 2 to 5 per cent)."),
        )


def compute(context: TaxContext, withholdings: Sequence[Withholding], totals: Totals) -> tuple[Withheld, ...]:
    """Each tax withheld, in the order asked; amounts below their floor are ``waived_amount``."""
    return tuple(withheld for asked in withholdings for withheld in _withheld(context, asked, totals))


def total(withheld: Sequence[Withheld]) -> Decimal:
    """All that is withheld, in BRL: what the receivable is less than vNF."""
    return sum((each.amount for each in withheld), NOTHING)


def words(withheld: Sequence[Withheld], gross: Decimal) -> str:
    """“Retenções na fonte: IRRF R$ 12,00, PIS R$ 6,50. Valor líquido: R$ 981,50.”; "" when nothing is withheld.

    IN RFB 1.234/2012 art. 2 §6 wants the amounts on the supplier's document. One tax withheld for several reasons is
    told once.
    """
    sums: dict[str, Decimal] = {}
    for each in withheld:
        if each.amount:
            sums[each.tax] = sums.get(each.tax, NOTHING) + each.amount
    if not sums:
        return ""
    told = ", ".join(f"{tax.upper()} R$ {in_brl(amount)}" for tax, amount in sums.items())
    return f"Retenções na fonte: {told}. Valor líquido: R$ {in_brl(gross - total(withheld))}."


def _withheld(context: TaxContext, asked: Withholding, totals: Totals) -> Iterator[Withheld]:
    base = totals.invoice if asked.base is None else asked.base
    due = [row for row in in_force(_rows(asked), context.issue_date) if _suffers(context, asked, row)]
    amounts = {row["tax"]: percent(base, _rate(asked, row)) for row in due}
    for row in due:
        together = sum((amounts[other["tax"]] for other in due if other["group"] == row["group"]), NOTHING)
        amount, waived = amounts[row["tax"]], ZERO
        if _is_below(row, together):
            amount, waived = NOTHING, amount
        yield Withheld(row["tax"], base, _rate(asked, row), amount, row["source"], waived)


def _is_below(row: Row, together: Decimal) -> bool:
    """``kept`` says whether just the floor is withheld."""
    if not row["floor"]:
        return False
    floor = Decimal(row["floor"])
    return together < floor if row["kept"] == "1" else together <= floor


def _suffers(context: TaxContext, asked: Withholding, row: Row) -> bool:
    if context.emitter_crt not in SIMPLES or row["tax"] in OF_SIMPLES:
        return True
    return row["tax"] == SOCIAL_SECURITY and asked.annex_four


def _rate(asked: Withholding, row: Row) -> Decimal:
    return Decimal(row["rate"]) if row["rate"] else asked.rate or ZERO


def _rows(asked: Withholding) -> list[Row]:
    return [row for row in rows("withholdings") if (row["payer"], row["nature"]) == (asked.payer, asked.nature)]


def natures(payer: str, day: date) -> tuple[str, ...]:
    """The natures that ``payer`` withholds for on ``day``, for choosing one."""
    return tuple(dict.fromkeys(row["nature"] for row in in_force(rows("withholdings"), day) if row["payer"] == payer))
