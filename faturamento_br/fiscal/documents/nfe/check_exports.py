"""What is checked of detExport: drawback, and goods bought to be exported (rejections 336 to 346)."""

from decimal import Decimal

from ... import access_key
from ...problems import _
from ...spec import ExportDetail, Invoice, Item
from ...tables import rows
from .findings import Findings

MOST_DETAILS = 500
NFE_MODEL = "55"


def check_exports(invoice: Invoice, item: Item, path: str, found: Findings) -> None:
    """detExport where the CFOP asks for it and nowhere but abroad; its keys and quantities."""
    details, where = item.exports, f"{path}.exports"
    if details and invoice.destination != "3":
        message = _("Only goods sold abroad have export details (rejection 336).")
        found.note("export_details_unexpected", where, message, _("Clear them, or correct the customer's country."))
    if len(details) > MOST_DETAILS:
        message = _("At most %(most)s export details are allowed in an item.")
        found.note("export_details_count", where, message, _("Split the item."), most=MOST_DETAILS)
    kind = next((row["kind"] for row in rows("cfop") if row["cfop"] == item.cfop), "")
    if kind == "drawback" and not any(detail.drawback for detail in details):
        message = _("CFOP %(cfop)s asks for the number of the drawback act (rejection 338).")
        found.note("drawback_missing", where, message, _("Fill in the act (nDraw)."), cfop=item.cfop)
    if kind == "indirect" and all(detail.quantity is None for detail in details):
        message = _("CFOP %(cfop)s asks for the NF-e by which the goods came to be exported (rejection 340).")
        cure = _("Fill in its access key, the registration and the quantity.")
        found.note("indirect_export_missing", where, message, cure, cfop=item.cfop)
    for i, detail in enumerate(details):
        _check_detail(invoice, detail, f"{where}[{i}]", found)
    _check_together(item, where, found)


def _check_detail(invoice: Invoice, detail: ExportDetail, path: str, found: Findings) -> None:
    if detail.drawback:
        found.form("[0-9A-Za-z]{1,20}", detail.drawback, f"{path}.drawback", _("number of the drawback act"))
    if detail.quantity is None:
        if detail.key or detail.registration:
            message = _("The quantity exported is missing beside the key or the registration.")
            found.note("indirect_export_quantity", f"{path}.quantity", message, _("Fill it in, or clear the others."))
        return
    what = _("quantity exported")
    found.number(detail.quantity, f"{path}.quantity", what, decimals=4, integers=11, positive=True)
    if detail.registration:
        found.form("[0-9]{1,12}", detail.registration, f"{path}.registration", _("export registration (12 digits)"))
    if not access_key.is_valid(detail.key) or access_key.split(detail.key).model != NFE_MODEL:
        message = _("“%(key)s” is not the access key of an NF-e (rejections 342, 343).")
        cure = _("Copy the key from the document's DANFE or XML.")
        found.note("indirect_export_key", f"{path}.key", message, cure, key=detail.key)
    elif detail.key not in invoice.references:
        message = _("The NF-e %(key)s of the goods exported is not among the documents referred to (rejection 345).")
        found.note("indirect_export_reference", f"{path}.key", message, _("Refer to it."), key=detail.key)


def _check_together(item: Item, path: str, found: Findings) -> None:
    """Each NF-e once, and the quantities add up to what is sold (rejections 344, 346)."""
    indirect = [detail for detail in item.exports if detail.quantity is not None]
    keys = [detail.key for detail in indirect]
    if len(set(keys)) < len(keys):
        message = _("An NF-e of goods exported is told twice in the same item (rejection 344).")
        found.note("indirect_export_repeated", path, message, _("Add up its quantities."))
    quantities = [detail.quantity for detail in indirect]
    if not quantities or not all(each.is_finite() for each in (*quantities, item.quantity)):
        return
    total = sum(quantities, Decimal(0))
    if total != item.quantity:
        message = _("The quantities exported add up to %(total)s, but %(quantity)s is sold (rejection 346).")
        params = {"total": total, "quantity": item.quantity}
        found.note("indirect_export_total", path, message, _("Correct the quantities."), **params)
