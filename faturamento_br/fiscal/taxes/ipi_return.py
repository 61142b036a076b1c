"""The IPI that goes back with returned goods (group impostoDevol, finNFe 4).

Who returns goods and is no IPI contributor does not charge IPI: the IPI of the original document is stated in
impostoDevol and is part of vNF (RIPI arts. 229 to 231; NT 2011.004; MOC rule W16-10). It is in ICMS's base where it
was in that of the sale.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from ..problems import Problem, _
from ..spec import IpiReturnResult, IpiReturnRule, Item, TaxContext
from . import units
from .base import CENT, HUNDRED, Amounts, Tax, each_time, money


def share_of(original_ipi: Decimal, original_quantity: Decimal, returned_quantity: Decimal) -> IpiReturnRule:
    """pDevol and vIPIDevol of a line of which ``returned_quantity`` of ``original_quantity`` goes back.

    Both 2 decimals, ROUND_HALF_UP; the amount is that part of the original vIPI, not of the rounded percentage.

    :raises ValueError: nothing, or more than was sold, is returned.
    """
    if not 0 < returned_quantity <= original_quantity:
        raise ValueError(f"{returned_quantity} of {original_quantity} cannot be returned")
    share = (returned_quantity * HUNDRED / original_quantity).quantize(CENT, ROUND_HALF_UP)
    return IpiReturnRule(share, money(original_ipi * returned_quantity / original_quantity))


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """A share that is no percentage of 2 decimals, or an amount that cannot be written."""
    rule = item.rules.ipi_return
    if rule is None:
        return
    path = f"{path}.rules.ipi_return"
    limits = (("share_rate", rule.share_rate, HUNDRED + CENT), ("amount", rule.amount, Decimal("1E13")))
    for name, value, most in limits:
        if not units.fits(value, most, CENT):
            yield Problem(
                "ipi_return_invalid",
                f"{path}.{name}",
                _("%(value)s cannot be the returned share of a line, nor its IPI."),
                _("Give a percentage up to 100 and an amount in BRL, both with at most 2 decimals."),
                {"value": value},
            )


def compute(context: TaxContext, item: Item, so_far: Amounts) -> IpiReturnResult | None:
    rule = item.rules.ipi_return
    return IpiReturnResult(rule.share_rate, rule.amount) if rule else None


def amounts(result: IpiReturnResult | None) -> Amounts:
    return {"vIPIDevol": result.amount} if result else {}


TAX = Tax("ipi_return", problems, each_time(compute), amounts)
