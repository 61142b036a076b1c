"""What a simulation takes for granted of years whose law is not complete, each named with what it rests on.

Nothing here is used when a document is billed: the engine goes on refusing such a day by name.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ..problems import Problem, _
from ..spec import ContributionRule, IcmsRule, TaxRules
from ..tables import rows
from ..taxes.ibs_cbs_tables import RATE_FIELDS, find_class, year_rates
from ..taxes.transition import shares

#: CST of a contribution that has no incidence, and of an operation that ICMS does not reach (CSOSN: not taxed).
NO_CONTRIBUTION = "08"
NO_ICMS = {"cst": "41", "csosn": "400"}
#: How the rates of :data:`RATE_FIELDS` are called.
RATE_NAMES = ("IBS estadual", "IBS municipal", "CBS")
WHOLE = Decimal(100)


@dataclass(frozen=True)
class Assumptions:
    """Rates in per cent that no act has published, typed by who simulates; ``None`` is not assumed.

    A rate that the tables have for the day is never replaced.
    """

    ibs_uf_rate: Decimal | None = None
    ibs_city_rate: Decimal | None = None
    cbs_rate: Decimal | None = None

    def applied(self, rules: TaxRules, day: date) -> TaxRules:
        """``rules`` as this simulation takes them on ``day``: without taxes that the Constitution ends or puts at zero
        by then, with the assumed rates of IBS and CBS where the law gives none."""
        gone = {tax for tax in shares(day) if not shares(day)[tax].share}
        changes = {name: ContributionRule(NO_CONTRIBUTION) for name in gone & {"pis", "cofins"}}
        if "ipi" in gone:
            changes["ipi"] = None
        if "icms" in gone:
            kind = "csosn" if rules.icms.csosn else "cst"
            changes |= {"icms": IcmsRule(**{kind: NO_ICMS[kind]}), "icms_st": None, "difal": None, "icms_fuel": None}
        rule = rules.ibs_cbs
        found = find_class(rule.cClassTrib) if rule else None
        if found and not found.own_rates:
            rates = {
                name: getattr(self, name)
                for name in missing_rates(day)
                if getattr(rule, name) is None and getattr(self, name) is not None
            }
            changes["ibs_cbs"] = replace(rule, **rates)
        return replace(rules, **changes)

    def told(self, day: date) -> Iterator[Problem]:
        """What is assumed on ``day``, as texts for who reads the result; none where the law is complete."""
        for tax, step in shares(day).items():
            params = {"tax": tax.upper(), "share": f"{step.share:f}", "source": step.source}
            if not step.share:
                yield Problem("assumed_end", tax, _("Assumption: no %(tax)s on this day (%(source)s)."), "", params)
        for name, label in zip(RATE_FIELDS, RATE_NAMES, strict=True):
            if name in missing_rates(day) and getattr(self, name) is not None:
                params = {"tax": label, "rate": getattr(self, name).normalize()}
                text = _("Assumption: %(tax)s at %(rate)s %%. No act had set this rate when the tables were made.")
                yield Problem("assumed_rate", name, text, "", params)


def missing_rates(day: date) -> tuple[str, ...]:
    """The rates of IBS and CBS, by field of their rule, that the tables lack for ``day``."""
    return tuple(name for name, rate in zip(RATE_FIELDS, year_rates(day), strict=True) if rate is None)


def notices(day: date, icms: Decimal) -> Iterator[Problem]:
    """What a reader must know of a day's figures that the engine does not compute.

    :param icms: ICMS, FCP, ST and DIFAL that the result shows, in BRL.
    """
    step = shares(day).get("icms")
    if step and 0 < step.share < WHOLE and icms:
        due = (icms * step.share / WHOLE).quantize(Decimal("0.01"))
        yield Problem(
            "icms_transition",
            "icms",
            _(
                "ICMS is shown in full, R$ %(amount)s: of it %(share)s %% are left in this year, about R$ %(due)s "
                "(%(source)s). How the document will tell it is not regulated yet."
            ),
            "",
            {"amount": icms, "share": f"{step.share:f}", "due": due, "source": step.source},
        )


def later_days(day: date) -> tuple[date, ...]:
    """The first days after ``day`` on which the tables of the reform change: 2027, 2029 and so on."""
    begins = {row["valid_from"] for name in ("ibs_cbs_rates", "reform_years") for row in rows(name)}
    return tuple(found for text in sorted(begins) if (found := date.fromisoformat(text)) > day)
