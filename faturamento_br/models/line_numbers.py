"""What a line of an order or invoice counts, before any tax."""

from dataclasses import dataclass
from decimal import Decimal

from ..fiscal.spec import ZERO
from ..fiscal.taxes.base import money, percent
from .line_amounts import exact, unit_price


@dataclass(frozen=True)
class LineNumbers:
    """What a line counts, in BRL."""

    quantity: Decimal  # qCom
    price: Decimal  # vUnCom
    gross: Decimal  # vProd: quantity × price, 2 decimals, ROUND_HALF_UP
    discount: Decimal  # vDesc: a percentage of the gross value, 2 decimals, ROUND_HALF_UP

    @property
    def net(self):
        return self.gross - self.discount


def line_numbers(line):
    """The :class:`LineNumbers` of a line of an order or invoice."""
    quantity, price = exact(line, line._fbr_quantity_name), unit_price(line)
    gross = money(quantity * price)
    return LineNumbers(quantity, price, gross, percent(gross, exact(line, "discount")) if line.discount else ZERO)


def line_net(line):
    """vProd − vDesc of a line."""
    return line_numbers(line).net
