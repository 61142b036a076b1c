"""What is checked of an imported item's declarations (group DI), and of what IPI tells beside its amounts."""

from datetime import date
from functools import cache

from ...digits import is_cnpj, is_cpf
from ...problems import _
from ...spec import Addition, ImportDeclaration, Invoice, Item
from ...tables import rows
from . import fields
from .check_parties import uf_codes
from .findings import Findings

IPI_FRAMES = {  # exempt, immune, suspended: their cEnq (rejection 388)
    **dict.fromkeys(("02", "52"), (301, 399)),
    **dict.fromkeys(("04", "54"), (1, 99)),
    **dict.fromkeys(("05", "55"), (101, 199)),
}
GROWING = (0, 1, 3, 6)  # hundreds of the legal classes: immune, suspended, exempt, reduced
TRANSPORTS = frozenset(map(str, range(1, 14)))  # tpViaTransp
BY_SEA = "1"
OWN_ACCOUNT = "1"  # tpIntermedio
INTERMEDIATIONS = ("1", "2", "3")
MOST_DECLARATIONS, MOST_ADDITIONS = 100, 999


def check_importation(item: Item, path: str, found: Findings) -> None:
    """The declarations of an import: 1 to 100, each complete."""
    if item.importation is None:
        return
    path = f"{path}.importation"
    declarations = item.importation.declarations
    for name, what in (("customs_value", _("customs value")), ("expenses", _("customs expenses")), ("iof", _("IOF"))):
        found.money(getattr(item.importation, name), f"{path}.{name}", what)
    if not 1 <= len(declarations) <= MOST_DECLARATIONS:
        message = _("An imported item needs 1 to 100 import declarations (rejection 525).")
        found.note("declarations_count", f"{path}.declarations", message, _("Fill in its DI or DUIMP."))
    for i, declaration in enumerate(declarations):
        _check_declaration(declaration, f"{path}.declarations[{i}]", found)


def _check_declaration(declaration: ImportDeclaration, path: str, found: Findings) -> None:
    found.text(fields.DECLARATION, declaration.number, f"{path}.number")
    found.text(fields.CLEARANCE_PLACE, declaration.place, f"{path}.place")
    found.text(fields.EXPORTER, declaration.exporter, f"{path}.exporter")
    _check_day(declaration.registered_on, f"{path}.registered_on", found)
    _check_day(declaration.cleared_on, f"{path}.cleared_on", found)
    found.right(declaration.uf in uf_codes(), declaration.uf, f"{path}.uf", _("state of customs clearance"))
    transport = declaration.transport
    what = _("way of transport (tpViaTransp, 1 to 13)")
    found.right(transport in TRANSPORTS, transport, f"{path}.transport", what)
    if declaration.afrmm is not None:
        found.money(declaration.afrmm, f"{path}.afrmm", _("AFRMM"))
    elif transport == BY_SEA:
        found.missing(f"{path}.afrmm", _("AFRMM of goods that came by sea; 0 where none is due"), "vAFRMM")
    _check_intermediation(declaration, path, found)
    if not 1 <= len(declaration.additions) <= MOST_ADDITIONS:
        message = _("An import declaration needs 1 to 999 additions of the item.")
        found.note("additions_count", f"{path}.additions", message, _("Fill in the addition of the item."))
    for i, addition in enumerate(declaration.additions):
        _check_addition(addition, f"{path}.additions[{i}]", found)


def _check_intermediation(declaration: ImportDeclaration, path: str, found: Findings) -> None:
    """Who ordered the import, when it is not on the emitter's own account."""
    kind, buyer, uf = declaration.intermediation, declaration.buyer_tax_id, declaration.buyer_uf
    found.right(kind in INTERMEDIATIONS, kind, f"{path}.intermediation", _("form of import (tpIntermedio, 1 to 3)"))
    if buyer:
        found.right(is_cnpj(buyer) or is_cpf(buyer), buyer, f"{path}.buyer_tax_id", _("CNPJ or CPF"))
    elif kind != OWN_ACCOUNT:
        found.missing(f"{path}.buyer_tax_id", _("CNPJ or CPF of who ordered the import"), "CNPJ")
    if uf:
        found.right(uf in uf_codes(), uf, f"{path}.buyer_uf", _("state (UF)"))
    elif kind != OWN_ACCOUNT:
        found.missing(f"{path}.buyer_uf", _("state of who ordered the import"), "UFTerceiro")


def _check_addition(addition: Addition, path: str, found: Findings) -> None:
    if addition.number is not None:
        what = _("number of the addition (1 to 999)")
        found.right(1 <= addition.number <= 999, addition.number, f"{path}.number", what)
    what = _("sequence in the addition (1 to 99999)")
    found.right(1 <= addition.sequence <= 99999, addition.sequence, f"{path}.sequence", what)
    found.text(fields.MAKER, addition.maker, f"{path}.maker")
    found.money(addition.discount, f"{path}.discount", _("discount of the addition"))
    found.text(fields.DRAWBACK, addition.drawback, f"{path}.drawback", required=False)


def _check_day(day: date, path: str, found: Findings) -> None:
    found.right(2000 <= day.year < 2100, day, path, _("date of the import declaration"))


def check_ipi(invoice: Invoice, item: Item, path: str, found: Findings) -> None:
    """cEnq, which belongs to the CST where IPI is not charged (rejections 387, 388); seals, maker, return (354)."""
    if item.rules.ipi:
        _check_ipi_class(item, f"{path}.rules.ipi.cEnq", found)
    elif item.producer_cnpj or item.seal_code or item.seal_quantity is not None:
        message = _("Maker and seals of the IPI are told beside its situation only.")
        found.note("ipi_missing", f"{path}.rules.ipi", message, _("Give the product its IPI, or clear them."))
    if item.producer_cnpj:
        cnpj = item.producer_cnpj
        found.right(is_cnpj(cnpj), cnpj, f"{path}.producer_cnpj", _("CNPJ of the maker"))
    found.text(fields.SEAL_CODE, item.seal_code, f"{path}.seal_code", required=False)
    count = item.seal_quantity
    if count is not None:
        found.right(0 <= count < 10**12, count, f"{path}.seal_quantity", _("number of control seals"))
    if item.rules.ipi_return and invoice.purpose != "4":
        message = _("Returned IPI is for returns of goods (finNFe 4) only (rejection 354).")
        found.note("ipi_return_purpose", f"{path}.rules.ipi_return", message, _("Clear it."))


def _check_ipi_class(item: Item, path: str, found: Findings) -> None:
    rule = item.rules.ipi
    if not found.form("[0-9]{3}", rule.cEnq, path, _("IPI legal class (3 digits)")):
        return
    if rule.cst in IPI_FRAMES:
        first, last = IPI_FRAMES[rule.cst]
        if not first <= int(rule.cEnq) <= last:
            message = _(
                "IPI with CST %(cst)s has a legal class from %(first)s to %(last)s, not %(code)s (rejection 388)."
            )
            cure = _("Correct the legal class (cEnq) or the CST.")
            params = {"cst": rule.cst, "first": f"{first:03d}", "last": f"{last:03d}", "code": rule.cEnq}
            found.note("ipi_class", path, message, cure, **params)
            return
    group, code = int(rule.cEnq) // 100, rule.cEnq
    what = _("IPI legal class of the official table (rejection 387)")
    found.right(code in ipi_frames() or (group in GROWING and code[1:] != "00"), code, path, what)


@cache
def ipi_frames() -> dict[str, str]:
    """The official legal classes of IPI, with what they say (table of NT 2015.002, SPED table 4.5.3).

    The table grows with the law: a class of one of its groups that is younger than this copy is SEFAZ's to judge.
    """
    return {row["code"]: row["meaning"] for row in rows("ipi_frames")}
