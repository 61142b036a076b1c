"""A right NF-e of 2026 with the groups of IBS and CBS that such a sale may have, sold to a city."""

from dataclasses import replace

from fiscal.spec import GovernmentPurchase, IbsCbsRule, Invoice
from nfe_samples import ISSUED, delivered, invoice, item
from reform_cases import BARE, fuel_of, right_rule
from taxes_cases import D

CODES = ("000001", "200032", "200054", "410004", "510001", "515001", "620002", "620004", "620006")
#: Suspended, with what would be due otherwise: not for a government purchase.
SUSPENDED = ("550001", "200022", "620001")


def every_group_of_ibs_and_cbs() -> Invoice:
    paid = GovernmentPurchase("4", "3", references=(delivered().references[0],))
    return invoice(*_goods(CODES, deferral_rate=D("33.33")), government=paid, advances=paid.references)


def suspended() -> Invoice:
    return invoice(*_goods(SUSPENDED, donation=True))


def _goods(codes, **values):
    return [
        item(n, replace(BARE, ibs_cbs=_rule(code, **values)), fuel=fuel_of(code)) for n, code in enumerate(codes, 1)
    ]


def _rule(code, **values) -> IbsCbsRule:
    return right_rule(code, ISSUED.date(), **values)
