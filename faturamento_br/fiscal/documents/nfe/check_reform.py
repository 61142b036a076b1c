"""What is checked of a sale's papers of the reform: government purchases and advance payments (groups BB and BC)."""

from functools import cache

from ...problems import _
from ...spec import Invoice
from ...tables import rows
from .check_trade import is_known_key
from .findings import Findings

NFE = "55"
#: How many earlier documents each kind of operation (tpOperGov) refers to (rules BB05-10 to BB05-50).
REFERRED = {"1": (0, 0), "2": (1, 1), "3": (1, 99), "4": (0, 0)}
MOST_ADVANCES = 99


def check_government(invoice: Invoice, found: Findings) -> None:
    """gCompraGov/refDFeAnt (rejections 1195 to 1212); what decides the rates is the engine's matter."""
    purchase = invoice.government
    if purchase is None:
        return
    path, count = "government.references", len(purchase.references)
    least, most = REFERRED.get(purchase.operation, (0, 99))
    if not least <= count <= most:
        message = _("A government purchase of kind %(kind)s refers to %(least)s to %(most)s earlier documents.")
        cure = _("Give the access keys of the NF-e of payment or supply that came before, or clear them.")
        params = {"kind": purchase.operation, "least": least, "most": most}
        found.note("government_references", path, message, cure, **params)
    _check_keys(invoice, purchase.references, path, found)


def check_advances(invoice: Invoice, found: Findings) -> None:
    """gPagAntecipado: the debit notes (tpNFDebito 06) of payments made before (LC 214/2025 art. 10 §4)."""
    if len(invoice.advances) > MOST_ADVANCES:
        message = _("At most %(most)s documents may be referred to.")
        found.note("references_count", "advances", message, _("Remove some."), most=MOST_ADVANCES)
    _check_keys(invoice, invoice.advances, "advances", found)


def in_free_zone(invoice: Invoice) -> bool:
    """Whether an item claims CBS at zero between two companies of one free zone (gALCZFMCBS)."""
    return any(item.rules.ibs_cbs and item.rules.ibs_cbs.free_zone for item in invoice.items)


def check_free_zone(invoice: Invoice, found: Findings) -> None:
    """ISUFEmit, and both cities in one zone (rejections 1185, 1190, 1191)."""
    if not in_free_zone(invoice):
        return
    cure = _("Fill in the company's registration with Suframa.")
    found.form("[0-9]{8,9}", invoice.emitter.suframa, "emitter.suframa", _("SUFRAMA registration"), cure)
    ours, theirs = (_zones().get(party.address.city_code) for party in (invoice.emitter, invoice.recipient))
    if ours is None or ours != theirs:
        message = _("CBS is zero between two companies of one free zone; %(from)s and %(to)s are not in the same one.")
        cure = _("Clear it in the tax rule, or correct the addresses (rejection 1191).")
        cities = {"from": invoice.emitter.address.city, "to": invoice.recipient.address.city}
        found.note("free_zone_other", "recipient.address.city_code", message, cure, **cities)


@cache
def _zones() -> dict[str, str]:
    """City -> its free zone."""
    return {row["city"]: row["zone"] for row in rows("free_zones")}


def _check_keys(invoice: Invoice, keys: tuple[str, ...], path: str, found: Findings) -> None:
    """Each the key of another NF-e, once."""
    for i, key in enumerate(keys):
        if key[20:22] != NFE or not is_known_key(key, invoice.issued_at.date()):
            message = _("“%(key)s” is not the access key of an NF-e: 44 characters, digit checked.")
            cure = _("Copy the key from the document's DANFE or XML.")
            found.note("reference_invalid", f"{path}[{i}]", message, cure, key=key)
        if key in keys[:i]:
            message = _("The document %(key)s is referred to more than once.")
            found.note("reference_repeated", f"{path}[{i}]", message, _("Remove it once."), key=key)
