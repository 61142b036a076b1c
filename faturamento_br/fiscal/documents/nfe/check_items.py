"""What is checked of the goods."""

from dataclasses import fields as dataclass_fields
from decimal import Decimal

from ...problems import _
from ...spec import Invoice, Item
from . import fields
from .findings import Findings

RETAINED_AMOUNTS = frozenset(("retained_base", "retained_substitute", "retained_amount"))
SUBSTITUTED = frozenset(("60", "500"))  # ICMS retained before by substitution
CFOP_GROUP = {"1": "5", "2": "6", "3": "7"}  # first digit of an exit's CFOP, by idDest


def check_item(invoice: Invoice, item: Item, path: str, found: Findings) -> None:
    """Codes, quantities and amounts of one item. What its tax rules mean is the engine's matter."""
    found.text(fields.PRODUCT_CODE, item.code, f"{path}.code")
    found.text(fields.DESCRIPTION, item.description, f"{path}.description")
    found.text(fields.UNIT, item.unit, f"{path}.unit")
    _check_codes(item, path, found)
    _check_cfop(invoice, item, path, found)
    found.number(item.quantity, f"{path}.quantity", _("quantity"), decimals=4, integers=11, positive=True)
    found.number(item.unit_price, f"{path}.unit_price", _("unit price"), decimals=10, integers=11, positive=True)
    if item.taxable_quantity is not None:
        what = _("taxable quantity")
        found.number(item.taxable_quantity, f"{path}.taxable_quantity", what, decimals=4, integers=11, positive=True)
    amounts = (("discount", _("discount")), ("freight", _("freight")), ("insurance", _("insurance")))
    for name, what in (*amounts, ("other", _("other expenses"))):
        found.money(getattr(item, name), f"{path}.{name}", what)
    _check_rules(item, path, found)


def _check_codes(item: Item, path: str, found: Findings) -> None:
    cure = _("Fill in the product's NCM; the accountant or the supplier's invoice has it.")
    found.form("[0-9]{8}", item.ncm, f"{path}.ncm", _("NCM (8 digits)"), cure)
    found.form("[0-8]", item.origin, f"{path}.origin", _("origin of the goods (0 to 8)"))
    if item.gtin:
        cure = _("Correct the barcode, or leave it empty if the product has none.")
        found.right(is_gtin(item.gtin), item.gtin, f"{path}.gtin", _("GTIN"), cure)
    if item.cest:
        found.form("[0-9]{7}", item.cest, f"{path}.cest", _("CEST (7 digits)"))
    elif item.rules.icms.cst in SUBSTITUTED or item.rules.icms.csosn in SUBSTITUTED:
        message = _("Goods under tax substitution need their CEST (rejection 806).")
        found.note("cest_missing", f"{path}.cest", message, _("Fill in the product's CEST."))
    benefit = item.rules.icms.benefit_code
    if benefit:
        what = _("tax benefit code (cBenef)")
        found.form("[!-ÿ]{8}|[!-ÿ]{10}|SEM CBENEF", benefit, f"{path}.rules.icms.benefit_code", what)
    if item.rules.ipi:
        found.form("[0-9]{3}", item.rules.ipi.cEnq, f"{path}.rules.ipi.cEnq", _("IPI legal class (3 digits)"))
    if item.order_line:
        what = _("line of the customer's order (digits only)")
        found.form("[0-9]{1,6}", item.order_line, f"{path}.order_line", what)


def _check_rules(item: Item, path: str, found: Findings) -> None:
    """Every rate and amount of the tax rules can be written."""
    for name in ("icms", "pis", "cofins", "ipi", "ibs_cbs"):
        rule = getattr(item.rules, name)
        for field in dataclass_fields(rule) if rule else ():
            value = getattr(rule, field.name)
            if isinstance(value, Decimal):
                check = found.money if field.name in RETAINED_AMOUNTS else found.rate
                check(value, f"{path}.rules.{name}.{field.name}", _("tax rate or amount"))


def _check_cfop(invoice: Invoice, item: Item, path: str, found: Findings) -> None:
    if not found.form("[567][0-9]{3}", item.cfop, f"{path}.cfop", _("CFOP of a sale (4 digits, from 5, 6 or 7)")):
        return
    expected = CFOP_GROUP[invoice.destination]
    if item.cfop[0] != expected:
        message = _("CFOP %(cfop)s does not fit a sale from %(from)s to %(to)s: it must begin with %(expected)s.")
        cure = _("Correct the CFOP or the customer's address.")
        states = {"from": invoice.emitter.address.uf, "to": invoice.recipient.address.uf}
        found.note("cfop_destination", f"{path}.cfop", message, cure, cfop=item.cfop, expected=expected, **states)


def is_gtin(text: str) -> bool:
    """Whether ``text`` is a GTIN of 8, 12, 13 or 14 digits with the right check digit (GS1, modulus 10)."""
    if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()):
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return weighted % 10 == 0
