"""Checks of products: each yields the problems of one of them, with the field to mend as path."""

from collections.abc import Iterator
from datetime import timedelta

from ..problems import Problem, _
from ..rules.criteria import Facts
from .facts import GOODS, Goods, World, is_specific, is_substitution

#: How long before a code ends it is told.
SOON = timedelta(days=365)
#: Origins with import content: the interstate NF-e tells the FCI (Ajuste SINIEF 19/2012, clause 10).
WITH_IMPORT_CONTENT = frozenset("358")


def ncm_missing(goods: Goods, world: World) -> Iterator[Problem]:
    if not goods.ncm:
        yield Problem("", "ncm", _("The product has no NCM."), _("Choose it by words or by its beginning."))


def ncm_form(goods: Goods, world: World) -> Iterator[Problem]:
    if goods.ncm and not _is_digits(goods.ncm, 8):
        params = {"code": goods.ncm}
        yield Problem("", "ncm", _("NCM %(code)s does not have 8 digits."), _("Choose it in the table."), params)


def ncm_not_in_force(goods: Goods, world: World) -> Iterator[Problem]:
    """SEFAZ refuses an NCM that does not exist on the day of issue (rejection 778)."""
    if not _is_digits(goods.ncm, 8):
        return
    if goods.ncm not in world.ncms:
        message = _("NCM %(code)s is not in the official table.")
        yield Problem("", "ncm", message, _("Choose another; look the goods up by words."), {"code": goods.ncm})
        return
    begin, end = world.ncms[goods.ncm]
    if end and end < world.day:
        params = {"code": goods.ncm, "day": end}
        message = _("NCM %(code)s ended on %(day)s.")
        yield Problem("", "ncm", message, _("Choose the code that took its place."), params)
    elif begin and begin > world.day:
        params = {"code": goods.ncm, "day": begin}
        message = _("NCM %(code)s only begins on %(day)s.")
        yield Problem("", "ncm", message, _("Choose the code in force today."), params)


def ncm_ending(goods: Goods, world: World) -> Iterator[Problem]:
    _begin, end = world.ncms.get(goods.ncm, (None, None))
    if end and world.day <= end <= world.day + SOON:
        params = {"code": goods.ncm, "day": end}
        message = _("NCM %(code)s ends on %(day)s.")
        yield Problem("", "ncm", message, _("Choose the code that takes its place from the next day on."), params)


def cest_demanded(goods: Goods, world: World) -> Iterator[Problem]:
    """Goods that a rule of theirs, or a sale of theirs, puts under substitution (rejection 806)."""
    if not goods.cest and _is_substituted(goods, world):
        message = _("A tax rule puts these goods under substitution (ST), and they have no CEST.")
        yield Problem("", "cest", message, _("Choose the CEST; the list begins with those of the NCM."))


def cest_possible(goods: Goods, world: World) -> Iterator[Problem]:
    if not goods.cest and goods.cest_of_ncm and not _is_substituted(goods, world):
        shown = ", ".join(goods.cest_of_ncm[:3]) + ("…" if len(goods.cest_of_ncm) > 3 else "")
        message = _("The official table has this NCM under CEST %(codes)s.")
        cure = _("Choose it if these are the goods it means; if not, accept it as it is.")
        yield Problem("", "cest", message, cure, {"codes": shown})


def cest_wrong(goods: Goods, world: World) -> Iterator[Problem]:
    """A CEST that is not of the goods' NCM, or not in force."""
    if not goods.cest:
        return
    begin, end = world.cests.get(goods.cest, (world.day + SOON, None))
    params = {"code": goods.cest, "ncm": goods.ncm}
    if (begin and begin > world.day) or (end and end < world.day):
        message = _("CEST %(code)s is not in force.")
        yield Problem("", "cest", message, _("Choose another, or clear it."), params)
    elif goods.cest_of_ncm and goods.cest not in goods.cest_of_ncm:
        message = _("CEST %(code)s is not of NCM %(ncm)s.")
        yield Problem("", "cest", message, _("Correct the one or the other."), params)


def fci(goods: Goods, world: World) -> Iterator[Problem]:
    if goods.origin in WITH_IMPORT_CONTENT and any(
        sale.facts.scope == "interstate" for sale in world.sales_of_goods.get(goods.ref, ())
    ):
        message = _("Goods with import content (origin %(origin)s) were sold to other states.")
        cure = _("Confirm the origin, and that the FCI has been filed: its number goes to the NF-e (nFCI).")
        yield Problem("", "origin", message, cure, {"origin": goods.origin})


def taxable_unit(goods: Goods, world: World) -> Iterator[Problem]:
    """Foreign trade is measured in the unit of the table NCM x uTrib."""
    abroad = any(sale.facts.scope == "abroad" for sale in world.sales_of_goods.get(goods.ref, ()))
    if abroad and goods.export_unit and goods.export_unit not in (goods.taxable_unit or goods.unit,):
        message = _("Sold abroad by %(unit)s; the table of NCM wants %(wanted)s.")
        params = {"unit": goods.taxable_unit or goods.unit, "wanted": goods.export_unit}
        yield Problem("", "taxable_unit", message, _("Choose the taxable unit."), params)


def factor(goods: Goods, world: World) -> Iterator[Problem]:
    if goods.lacks_factor:
        message = _("Taxed by %(unit)s, and nobody said how many of them one unit has.")
        cure = _("Fill in the taxable units in one unit.")
        yield Problem("", "taxable_factor", message, cure, {"unit": goods.taxable_unit})


def gtin(goods: Goods, world: World) -> Iterator[Problem]:
    if goods.mistyped_barcode:
        message = _("The barcode has a wrong check digit: the NF-e says SEM GTIN.")
        yield Problem("", "barcode", message, _("Correct the barcode."))


def fallback(goods: Goods, world: World) -> Iterator[Problem]:
    """Taxed as everything is, while other goods of the same NCM have a rule of their own."""
    other, rule = world.specific_by_ncm.get(goods.ncm), world.usual_icms.get(goods.ref)
    if other and rule and not is_specific(rule.when):
        message = _("ICMS as of any goods; others of NCM %(ncm)s are taxed by a rule of their own.")
        cure = _("Make that rule one of the NCM or of the category, or accept it as it is.")
        yield Problem("", "", message, cure, {"ncm": goods.ncm})


def _is_substituted(goods: Goods, world: World) -> bool:
    """By a rule of these goods, or by any rule in a sale that was made of them."""
    facts = world.usual_facts(goods)
    if any(_is_of(rule.when, facts) for rule in world.substitutions):
        return True
    found = (world.book.find("icms", sale.facts) for sale in world.sales_of_goods.get(goods.ref, ()))
    return any(rule and is_substitution(rule) for rule in found)


def _is_of(when: object, facts: Facts) -> bool:
    unmet = set(when.unmet(facts))
    return any(getattr(when, name) for name in GOODS) and not unmet & set(GOODS)


def _is_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdecimal()
