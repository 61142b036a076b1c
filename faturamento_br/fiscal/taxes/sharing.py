"""Sharing one amount among many lines, to the cent."""

from collections.abc import Sequence
from decimal import Decimal

from ..spec import ZERO
from .base import CENT, money


def share(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split ``amount`` (BRL) in proportion to ``weights``: freight, insurance, discount among the items.

    Each share has 2 decimals, none is negative, and they add up to ``amount`` exactly: every share is first rounded
    down, and the cents left over go to the largest remainders, earlier lines first. A line of weight zero gets
    nothing, unless all weigh zero: then all get the same. A share never exceeds its weight when ``amount`` does not
    exceed their sum and the weights have 2 decimals, so a shared discount never exceeds a line.

    :raises ValueError: a negative amount or weight, an amount with more than 2 decimals, or nothing to share among.
    """
    if amount < 0 or amount != money(amount):
        raise ValueError(f"not an amount to share: {amount}")
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is negative")
    if not weights:
        if amount:
            raise ValueError("there is nothing to share the amount among")
        return []
    total = sum(weights, ZERO)
    if not total:
        weights, total = [Decimal(1)] * len(weights), Decimal(len(weights))

    # divmod is exact where a division would round: the whole cents, and what is left of each line.
    parts = [divmod(amount / CENT * weight, total) for weight in weights]
    cents = [int(whole) for whole, _remainder in parts]
    left = int(amount / CENT) - sum(cents)
    by_remainder = sorted(range(len(parts)), key=lambda index: (-parts[index][1], index))
    for index in by_remainder[:left]:
        cents[index] += 1
    return [value * CENT for value in cents]
