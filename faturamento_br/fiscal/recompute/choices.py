"""Where the law has several ways and no element tells which: the item with each of them.

Trying them agrees with no other amount than those the law's ways give.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

from ..spec import ZERO, Item, TaxContext, TaxedItem
from ..taxes import pis_cofins
from ..taxes.base import is_interstate
from ..taxes.difal import METHODS as DIFAL_BASES
from ..taxes.icms_relief import METHODS as RELIEF_METHODS
from ..taxes.icms_st import DIFFERENCES, OPERATION_VALUE

#: How much of what it withholds a refinery owes, and who makes the biofuel owes the rest (Convênio 199/2022 cl. 2 VI).
RETENTIONS = (Decimal(100), Decimal("33.33"))
#: The day from which nobody has ICMS in the base of PIS and COFINS: the STF set the limits of tema 69 in time, and
#: Parecer SEI 7698/2021/ME bound Receita Federal. From 2017-03-16 until then, who had not sued kept it in.
ICMS_OUT_FOR_ALL = date(2021, 5, 13)
#: The day from which everybody takes the DIFAL out of it (Parecer PGFN SEI 71/2025); before, who had sued did.
DIFAL_OUT_FOR_ALL = date(2025, 1, 29)


def choices(context: TaxContext, item: Item) -> Iterator[Item]:
    """``item`` in each way that the law may have wanted; the first one as it was read where nothing is open."""
    found = tuple(_open(context, item))
    for values in product(*(alternatives for _tax, _name, alternatives in found)):
        rules: dict[str, dict[str, Any]] = {}
        for (tax, name, _all), value in zip(found, values, strict=True):
            rules.setdefault(tax, {})[name] = value
        if rules:
            changed = {tax: replace(getattr(item.rules, tax), **fields) for tax, fields in rules.items()}
            yield replace(item, rules=replace(item.rules, **changed))
        else:
            yield item


def bases(context: TaxContext, line: TaxedItem) -> Iterator[TaxedItem]:
    """``line``, and with the other bases of PIS and COFINS that were in use on its day."""
    yield line
    if line.icms.amount and context.issue_date < ICMS_OUT_FOR_ALL:
        yield _contributions_again(context, line, {**line.amounts, "vICMS": ZERO})
    if line.difal and context.issue_date < DIFAL_OUT_FOR_ALL:
        yield _contributions_again(replace(context, issue_date=DIFAL_OUT_FOR_ALL), line, line.amounts)


def _contributions_again(context: TaxContext, line: TaxedItem, so_far: Mapping[str, Decimal]) -> TaxedItem:
    pis = pis_cofins.PIS.compute(context, line.item, so_far)
    cofins = pis_cofins.COFINS.compute(context, line.item, so_far)
    amounts = {**line.amounts, "vPIS": pis.amount, "vCOFINS": cofins.amount}
    return replace(line, pis=pis, cofins=cofins, amounts=amounts)


def _open(context: TaxContext, item: Item) -> Iterator[tuple[str, str, tuple]]:
    """Tax, field and its possible values."""
    rules = item.rules
    if rules.icms.relief_reason:
        yield "icms", "relief_method", tuple(sorted(RELIEF_METHODS))
    if rules.difal:
        yield "difal", "base_method", ("", *sorted(DIFAL_BASES, reverse=True))
        if rules.icms.base_reduction:
            yield "difal", "origin_benefit", (True, False)
            yield "difal", "base_reduction", (rules.icms.base_reduction, ZERO)
    if rules.icms_fuel and rules.icms_fuel.retention_quantity is not None:
        yield "icms_fuel", "retention_rate", RETENTIONS
    st = rules.icms_st
    if st is None:
        return
    if item.discount:
        yield "icms_st", "keeps_discount", (False, True)
    if rules.icms.relief_reason:
        yield "icms_st", "deducts_relief", (False, True)
    if st.mode == OPERATION_VALUE and context.contributor and context.final_consumer and is_interstate(context):
        yield "icms_st", "difference", tuple(sorted(DIFFERENCES, reverse=True))
