"""What the Constitution's transition (ADCT arts. 126 to 129, EC 132/2023) leaves of the taxes before it, by day.

PIS and COFINS end when the CBS takes their place (art. 126 II): no rule has to be changed by hand for it, so a rule
that charges them says on a later day that there is none. What the situation is called then is a column of
``tables/reform_years.csv``: 08 for exits and 74 for entries, without incidence; Receita Federal has not published a
code of its own (uncertain). IPI is zero but for goods that are made with an incentive in Manaus (art. 126 III a; LC
214/2025 art. 454): which ones they are is not published, so it ends for those of whom somebody has said so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

from ..spec import ContributionRule, IpiRule, TaxRules
from ..tables import rows
from .base import in_force

CONTRIBUTIONS = ("pis", "cofins")


@dataclass(frozen=True)
class Share:
    """How much of a tax is left on a day, per cent, by the Constitution's transition."""

    share: Decimal
    source: str
    exit_cst: str = ""
    entry_cst: str = ""


@lru_cache(maxsize=256)
def shares(day: date) -> Mapping[str, Share]:
    """The taxes that the transition lowers or ends by ``day``, and how much of each is left (``reform_years.csv``)."""
    found = in_force(rows("reform_years"), day)
    return {row["tax"]: Share(Decimal(row["share"]), row["source"], row["exit_cst"], row["entry_cst"]) for row in found}


def settled(rules: TaxRules, day: date, *, entry: bool = False, ipi_ends: bool = False) -> TaxRules:
    """``rules`` as they hold on ``day``: without PIS and COFINS once they have ended.

    :param entry: the goods come in: the situation is one of entries.
    :param ipi_ends: somebody has said that the IPI of these goods is zero from 2027 on.
    """
    left = shares(day)
    changes = {}
    for name in CONTRIBUTIONS:
        rule, step = getattr(rules, name), left.get(name)
        if step and not step.share and (rule.rate or rule.unit_value is not None):
            changes[name] = ContributionRule(step.entry_cst if entry else step.exit_cst)
    step, ipi = left.get("ipi"), rules.ipi
    if ipi_ends and ipi and step and not step.share and (ipi.rate or ipi.unit_value is not None):
        changes["ipi"] = IpiRule(step.entry_cst if entry else step.exit_cst, cEnq=ipi.cEnq)
    return replace(rules, **changes) if changes else rules
