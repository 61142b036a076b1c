"""What is checked of the goods."""

from collections.abc import Iterator
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from decimal import Decimal
from functools import cache

from ...digits import is_cnpj
from ...problems import _
from ...spec import TAX_NAMES, Invoice, Item, is_percentage, is_quantity, is_unit_price
from ...tables import rows
from . import check_imports, check_purpose, fields
from .check_exports import check_exports
from .check_fuel import check_fuel
from .findings import Findings

# ICMS withheld here or before by substitution
SUBSTITUTED = frozenset(("10", "30", "60", "70", "201", "202", "203", "500"))
MOST_NVE = 8
FREE_ZONE_REASON = "7"  # motDesICMS
CFOP_GROUP = {"1": "5", "2": "6", "3": "7"}  # first digit of an exit's CFOP, by idDest
ENTRY_GROUP = {"1": "1", "2": "2", "3": "3"}  # the same of an entry's


def check_item(invoice: Invoice, item: Item, path: str, found: Findings) -> None:
    """Codes, quantities and amounts of one item. What its tax rules mean is the engine's matter."""
    found.text(fields.PRODUCT_CODE, item.code, f"{path}.code")
    found.text(fields.DESCRIPTION, item.description, f"{path}.description")
    found.text(fields.UNIT, item.unit, f"{path}.unit")
    _check_codes(item, path, found)
    _check_gtins(item, path, found)
    _check_cest(item, path, found)
    _check_relief(invoice, item, path, found)
    _check_cfop(invoice, item, path, found)
    found.number(item.quantity, f"{path}.quantity", _("quantity"), decimals=4, integers=11, positive=True)
    found.number(item.unit_price, f"{path}.unit_price", _("unit price"), decimals=10, integers=11, positive=True)
    if item.taxable_quantity is not None:
        what = _("taxable quantity")
        found.number(item.taxable_quantity, f"{path}.taxable_quantity", what, decimals=4, integers=11, positive=True)
    amounts = (("discount", _("discount")), ("freight", _("freight")), ("insurance", _("insurance")))
    for name, what in (*amounts, ("other", _("other expenses"))):
        found.money(getattr(item, name), f"{path}.{name}", what)
    check_exports(invoice, item, path, found)
    check_fuel(item, path, found)
    _check_rules(item, path, found)
    check_imports.check_importation(item, path, found)
    check_imports.check_ipi(invoice, item, path, found)


def _check_codes(item: Item, path: str, found: Findings) -> None:
    cure = _("Fill in the product's NCM; the accountant or the supplier's invoice has it.")
    found.form("[0-9]{8}", item.ncm, f"{path}.ncm", _("NCM (8 digits)"), cure)
    found.form("[0-8]", item.origin, f"{path}.origin", _("origin of the goods (0 to 8)"))
    if len(item.nve) > MOST_NVE:
        message = _("At most %(most)s NVE codes are allowed.")
        found.note("nve_count", f"{path}.nve", message, _("Remove some."), most=MOST_NVE)
    for i, code in enumerate(item.nve):
        found.form("[A-Z]{2}[0-9]{4}", code, f"{path}.nve[{i}]", _("NVE (2 letters and 4 digits)"))
    if item.tipi_exception:
        what = _("exception to TIPI (EXTIPI, 2 or 3 digits)")
        found.form("[0-9]{2,3}", item.tipi_exception, f"{path}.tipi_exception", what)
    benefit = item.rules.icms.benefit_code
    if benefit:
        what = _("tax benefit code (cBenef)")
        found.form("[!-ÿ]{8}|[!-ÿ]{10}|SEM CBENEF", benefit, f"{path}.rules.icms.benefit_code", what)
    reduction = item.rules.icms.reduction_benefit_code
    if reduction:
        what = _("tax benefit code of the reduction (cBenefRBC)")
        found.form("[!-ÿ]{8}|[!-ÿ]{10}", reduction, f"{path}.rules.icms.reduction_benefit_code", what)
    if item.order_line:
        what = _("line of the customer's order (digits only)")
        found.form("[0-9]{1,6}", item.order_line, f"{path}.order_line", what)


def _check_gtins(item: Item, path: str, found: Findings) -> None:
    """GTIN of what is sold and of the taxable unit: both or none (rejections 611, 612, 885, 886)."""
    cure = _("Correct the barcode, or leave it empty if the product has none.")
    if item.gtin:
        found.right(is_gtin(item.gtin), item.gtin, f"{path}.gtin", _("GTIN"), cure)
    if item.taxable_gtin:
        what = _("GTIN of the taxable unit")
        found.right(is_gtin(item.taxable_gtin), item.taxable_gtin, f"{path}.taxable_gtin", what, cure)
        if not item.gtin:
            message = _("The taxable unit has a GTIN, but not what is sold (rejection 886).")
            found.note("gtin_missing", f"{path}.gtin", message, _("Fill in the product's barcode."))


def _check_cest(item: Item, path: str, found: Findings) -> None:
    """CEST, and beside it whether the goods are made in relevant scale (rejections 806, 879)."""
    if item.cest:
        found.form("[0-9]{7}", item.cest, f"{path}.cest", _("CEST (7 digits)"))
    elif _is_substituted(item):
        message = _("Goods under tax substitution need their CEST (rejection 806).")
        found.note("cest_missing", f"{path}.cest", message, _("Fill in the product's CEST."))
    if item.maker_cnpj:
        found.right(is_cnpj(item.maker_cnpj), item.maker_cnpj, f"{path}.maker_cnpj", _("CNPJ of the maker"))
    elif item.relevant_scale is False:
        message = _("Goods not made in relevant scale tell the CNPJ of their maker (CNPJFab).")
        found.note("maker_missing", f"{path}.maker_cnpj", message, _("Fill in the maker's CNPJ."))
    if not item.cest and (item.maker_cnpj or item.relevant_scale is not None):
        message = _("Relevant scale and maker's CNPJ are told beside a CEST only.")
        found.note("scale_without_cest", f"{path}.cest", message, _("Fill in the product's CEST, or clear them."))


def _is_substituted(item: Item) -> bool:
    """Rule N23-10: the situation says so, or 90 and 900 with an amount; not so the group ICMSPart."""
    rule = item.rules.icms
    if rule.share_rate is not None:
        return False
    return (rule.csosn or rule.cst) in SUBSTITUTED or item.rules.icms_st is not None


def _check_relief(invoice: Invoice, item: Item, path: str, found: Findings) -> None:
    """The ICMS exempted for Manaus and the free trade areas (rejections 625 and 626)."""
    if item.rules.icms.relief_reason != FREE_ZONE_REASON:
        return
    if not invoice.recipient.suframa:
        message = _("Goods exempted for Manaus or a free trade area need the buyer's SUFRAMA registration.")
        found.note("suframa_missing", "recipient.suframa", message, _("Fill it in, or choose another reason."))
    if item.cfop not in _free_zone_cfops():
        message = _("CFOP %(cfop)s is not for goods exempted for Manaus or a free trade area (rejection 626).")
        cure = _("Use 5109, 5110, 6109 or 6110, or choose another reason.")
        found.note("suframa_cfop", f"{path}.cfop", message, cure, cfop=item.cfop)


@cache
def _free_zone_cfops() -> frozenset[str]:
    return frozenset(row["cfop"] for row in rows("suframa_cfops"))


def _check_rules(item: Item, path: str, found: Findings) -> None:
    """Every rate and amount of the tax rules can be written."""
    for name in TAX_NAMES:
        for place, key, value in decimals(getattr(item.rules, name), f"{path}.rules.{name}"):
            check_decimal(key, value, place, _("tax rate or amount"), found)


def decimals(thing: object, path: str) -> Iterator[tuple[str, str, Decimal]]:
    """Every Decimal of a rule or a result and of those inside it: its path, its name and itself."""
    for field in dataclass_fields(thing) if is_dataclass(thing) else ():
        value = getattr(thing, field.name)
        if isinstance(value, Decimal):
            yield f"{path}.{field.name}", field.name, value
        else:
            yield from decimals(value, f"{path}.{field.name}")


def check_decimal(name: str, value: Decimal, path: str, what: str, found: Findings) -> None:
    """A percentage, a quantity or an amount, as its name says."""
    if is_percentage(name):
        found.rate(value, path, what)
    elif is_unit_price(name):
        found.number(value, path, what, decimals=10, integers=11)
    elif is_quantity(name):
        found.number(value, path, what, decimals=4, integers=11)
    else:
        found.money(value, path, what)


def _check_cfop(invoice: Invoice, item: Item, path: str, found: Findings) -> None:
    """A known CFOP that fits the destination (rejections 518, 523, 527, 731 to 733, 770)."""
    cfop = f"{path}.cfop"
    entry = invoice.kind == "0"
    what = _("CFOP of an entry (4 digits, from 1, 2 or 3)") if entry else _("CFOP of a sale (4 digits, from 5, 6 or 7)")
    if not found.form("[123][0-9]{3}" if entry else "[567][0-9]{3}", item.cfop, cfop, what):
        return
    found.right(item.cfop in cfop_kinds(), item.cfop, cfop, _("CFOP of the official table"))
    _check_cfop_kind(invoice, item, cfop, found)
    expected = (ENTRY_GROUP if entry else CFOP_GROUP)[invoice.destination]
    if item.cfop[0] != expected:
        message = _("CFOP %(cfop)s does not fit a sale from %(from)s to %(to)s: it must begin with %(expected)s.")
        cure = _("Correct the CFOP or the customer's address.")
        states = {"from": invoice.emitter.address.uf, "to": invoice.recipient.address.uf}
        found.note("cfop_destination", cfop, message, cure, cfop=item.cfop, expected=expected, **states)


def _check_cfop_kind(invoice: Invoice, item: Item, path: str, found: Findings) -> None:
    """What some CFOPs ask for beside them (rejections 328, 338, 701; MOC, rules I08-144, I08-184, I51-10)."""
    kind = cfop_kinds().get(item.cfop)
    check_purpose.check_cfop(invoice, item.cfop, path, found)
    if kind in ("coupon", "referred", "indirect") and not invoice.references:
        message = _("CFOP %(cfop)s refers to another document, and none is given (rejection 701).")
        found.note("cfop_reference", path, message, _("Give its access key."), cfop=item.cfop)


@cache
def cfop_kinds() -> dict[str, str]:
    """The official CFOPs and what some ask for: ``drawback``, ``indirect``, ``coupon``, ``referred``."""
    return {row["cfop"]: row["kind"] for row in rows("cfop")}


def is_gtin(text: str) -> bool:
    """Whether ``text`` is a GTIN of 8, 12, 13 or 14 digits with the right check digit (GS1, modulus 10)."""
    if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return weighted % 10 == 0
