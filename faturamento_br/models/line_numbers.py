"""What a line of an order or invoice counts, before any tax."""

from dataclasses import dataclass
from decimal import Decimal

from ..fiscal.spec import ZERO
from ..fiscal.taxes.base import money, percent
from .line_amounts import exact_price, exact_value


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


def numbers_of(quantity, price, discount, quantity_decimals, discount_decimals):
    """The :class:`LineNumbers` of a line whose fields are these floats, ``discount`` per cent."""
    quantity, price = exact_value(quantity, quantity_decimals), exact_price(price)
    gross = money(quantity * price)
    return LineNumbers(
        quantity, price, gross, percent(gross, exact_value(discount, discount_decimals)) if discount else ZERO
    )


def decimals_of(lines):
    """The decimals of the quantities and the discounts of ``lines``, as Settings say."""
    return tuple(lines._fields[name].get_digits(lines.env)[1] for name in (lines._fbr_quantity_name, "discount"))


def line_net(line):
    """vProd − vDesc of a line."""
    return numbers_of(line[line._fbr_quantity_name], line.price_unit, line.discount, *decimals_of(line)).net
