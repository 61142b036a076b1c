"""Group DI of an item: the declarations under which it was imported."""

from ...spec import Addition, ImportDeclaration, Item
from ...text import Fitter
from ...xml import amount, group, leaf, optional, optional_amount
from . import fields
from .parties import tax_id


def xml(item: Item, fit: Fitter, path: str) -> str:
    """The groups DI of ``item``, or nothing."""
    if item.importation is None:
        return ""
    return "".join(
        _declaration(declaration, fit, f"{path}.importation.declarations[{i}]")
        for i, declaration in enumerate(item.importation.declarations)
    )


def _declaration(declaration: ImportDeclaration, fit: Fitter, path: str) -> str:
    d = declaration
    return group(
        "DI",
        leaf("nDI", fit(fields.DECLARATION, d.number, f"{path}.number")),
        leaf("dDI", d.registered_on.isoformat()),
        leaf("xLocDesemb", fit(fields.CLEARANCE_PLACE, d.place, f"{path}.place")),
        leaf("UFDesemb", d.uf),
        leaf("dDesemb", d.cleared_on.isoformat()),
        leaf("tpViaTransp", d.transport),
        "" if d.afrmm is None else amount("vAFRMM", d.afrmm),
        leaf("tpIntermedio", d.intermediation),
        tax_id(d.buyer_tax_id) if d.buyer_tax_id else "",
        optional("UFTerceiro", d.buyer_uf),
        leaf("cExportador", fit(fields.EXPORTER, d.exporter, f"{path}.exporter")),
        *(_addition(addition, fit, f"{path}.additions[{i}]") for i, addition in enumerate(d.additions)),
    )


def _addition(addition: Addition, fit: Fitter, path: str) -> str:
    return group(
        "adi",
        "" if addition.number is None else leaf("nAdicao", str(addition.number)),
        leaf("nSeqAdic", str(addition.sequence)),
        leaf("cFabricante", fit(fields.MAKER, addition.maker, f"{path}.maker")),
        optional_amount("vDescDI", addition.discount),
        optional("nDraw", fit(fields.DRAWBACK, addition.drawback, f"{path}.drawback")),
    )
