"""Imposto de Importação, and what an import needs beside its taxes (Decreto 6.759/2009, Regulamento Aduaneiro).

vII = customs value × rate of the TEC (arts. 75 and 90); both are the customs declaration's, so ``rate`` is what it
says for the NCM, its ex and its regime: 0 where the duty is suspended, exempt or reduced to zero. Specific rates and
anti-dumping duties are not computed.

The other taxes of an import: IPI on customs value and duty, PIS and COFINS on the customs value, and ICMS on all of
them and on the customs expenses, "por dentro" (LC 87/1996 art. 13 V and §1 I). UFs differ in what enters vNF, of
which rule W16-10 excepts imports: ``Importation.taxes_in_other`` says whether taxes and expenses are stated in
vOutro.
"""

from collections.abc import Iterator
from decimal import Decimal

from ..problems import Problem, _
from ..spec import NOTHING, ZERO, ImportDutyResult, Item, TaxContext
from . import units
from .base import CENT, HUNDRED, Amounts, Tax, each_time, is_import, percent, rate_problem, signed_sum

MONEY_LIMIT = Decimal("1E13")
AMOUNTS = ("customs_value", "expenses", "iof")


def problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """An import without II or IPI (rejections 599 and 597), II in what is no import, a rate that is none."""
    rule = item.rules.import_duty
    if not is_import(context):
        if rule:
            yield _unexpected(f"{path}.rules.import_duty")
        return
    if rule is None:
        yield Problem(
            "import_duty_missing",
            f"{path}.rules.import_duty",
            _("An import needs its import duty (II), even at zero (rejection 599)."),
            _("Give the rate of the declaration (TEC); 0 where the duty is exempt or suspended."),
        )
    elif problem := rate_problem(rule.rate, f"{path}.rules.import_duty.rate"):
        yield problem
    icms = item.rules.icms
    if sum((rate for rate in (icms.rate, icms.fcp_rate) if rate is not None and rate.is_finite()), ZERO) >= HUNDRED:
        yield Problem(
            "import_icms_rate",
            f"{path}.rules.icms.rate",
            _("ICMS and FCP together reach 100 per cent: an import's base, of which they are part, cannot be found."),
            _("Correct the rates."),
        )
    if item.rules.ipi is None:
        yield Problem(
            "import_ipi_missing",
            f"{path}.rules.ipi",
            _("An import needs its IPI, even where it is not taxed (rejection 597)."),
            _("Give IPI with CST 00 to 05 or 49, as the declaration says."),
        )


def item_problems(context: TaxContext, item: Item, path: str) -> Iterator[Problem]:
    """What customs says of ``item``: missing in an import, there in what is none, or amounts that cannot be."""
    found = item.importation
    path = f"{path}.importation"
    if not is_import(context):
        if found:
            yield _unexpected(path)
        return
    if found is None:
        yield Problem(
            "importation_missing",
            path,
            _("An import needs its declaration and its customs value (rejection 525)."),
            _("Fill in the DI or DUIMP and the item's customs value (valor aduaneiro)."),
        )
        return
    for name in AMOUNTS:
        value = getattr(found, name)
        if not units.fits(value, MONEY_LIMIT, CENT):
            yield Problem(
                "importation_amount_invalid",
                f"{path}.{name}",
                _("%(value)s is not an amount of the import declaration."),
                _("Give an amount in BRL, not negative, with at most 2 decimals."),
                {"value": value},
            )


def _unexpected(path: str) -> Problem:
    return Problem(
        "import_unexpected",
        path,
        _("Import duty and import declaration are for entries of goods from abroad only."),
        _("Clear them, or make the document an entry from a supplier abroad."),
    )


def compute(context: TaxContext, item: Item, so_far: Amounts) -> ImportDutyResult | None:
    """vII = customs value × rate, 2 decimals, ROUND_HALF_UP."""
    rule, found = item.rules.import_duty, item.importation
    if rule is None or found is None:
        return None
    amount = percent(found.customs_value, rule.rate)
    return ImportDutyResult(found.customs_value, rule.rate, amount, found.expenses, found.iof)


def amounts(result: ImportDutyResult | None) -> Amounts:
    if result is None:
        return {}
    return {"II/vBC": result.base, "vII": result.amount, "vDespAdu": result.expenses, "vIOF": result.iof}


def charges(context: TaxContext, item: Item, so_far: Amounts) -> Decimal:
    """What is added to vOutro of an imported item: rows ``import_charges`` of tax_bases.csv, in BRL."""
    if item.importation is None or not item.importation.taxes_in_other:
        return NOTHING
    return signed_sum("import_charges", context, so_far)


TAX = Tax("import_duty", problems, each_time(compute), amounts)
