"""What is checked of a document as such: identification, dates, words."""

from datetime import datetime, timedelta

from ... import access_key
from ...problems import _
from ...spec import Invoice
from . import fields
from .check_parties import is_city
from .check_purpose import PURPOSES
from .findings import Findings

CLOCK_TOLERANCE = timedelta(minutes=5)  # rejection 703
OLDEST_ISSUE = timedelta(days=30)  # rejection 228
LATEST_MOVE = timedelta(days=30)  # rejection 504
EMISSION_TYPES = ("1", "4", "6", "7")  # normal, EPEC, SVC-AN, SVC-RS
PRESENCES = ("1", "2", "3", "5", "9")  # indPres of a sale; 4 is for model 65
NO_PRESENCE = "0"  # of complements and adjustments
MOST_ITEMS = 990


def check_identification(invoice: Invoice, found: Findings) -> None:
    """Model, number, key, codes, and what this stage does not issue."""
    _check_supported(invoice, found)
    _check_number(invoice, found)
    found.text(fields.NATURE, invoice.nature, "nature")
    found.text(fields.SOFTWARE, invoice.software, "software")
    found.right(invoice.kind in ("0", "1"), invoice.kind, "kind", _("direction (tpNF)"))
    presences = (*PRESENCES, NO_PRESENCE) if invoice.purpose in ("2", "3") else PRESENCES
    found.right(invoice.presence in presences, invoice.presence, "presence", _("presence indicator (indPres)"))
    _check_city(invoice, found)
    if not 1 <= len(invoice.items) <= MOST_ITEMS:
        message = _("The document has %(count)s items: 1 to %(most)s are allowed.")
        found.note("items_count", "items", message, _("Split the invoice."), count=len(invoice.items), most=MOST_ITEMS)


def _check_city(invoice: Invoice, found: Findings) -> None:
    city, emitter = invoice.city_code, invoice.emitter.address
    if (
        city
        and found.right(is_city(city), city, "city_code", _("IBGE city code of the operation"))
        and (city[:2] != emitter.city_code[:2])
    ):
        message = _("The city of the operation (%(city)s) is not in the emitter's state, %(uf)s (rejection 271).")
        found.note("city_of_another_uf", "city_code", message, _("Correct the city."), city=city, uf=emitter.uf)


def _check_supported(invoice: Invoice, found: Findings) -> None:
    """Operations that are right but not a plain sale: refused by name, never written wrong."""
    refused = (
        (_("a model other than 55"), "model", invoice.model != "55"),
        (_("a debit or credit note (finNFe 5 or 6)"), "purpose", invoice.purpose not in PURPOSES),
        (_("this form of issuing (tpEmis)"), "emission_type", invoice.emission_type not in EMISSION_TYPES),
    )
    for what, path, wrong in refused:
        if wrong:
            message = _("This version cannot issue %(what)s yet.")
            found.note("not_supported", path, message, _("Issue it in another system."), what=what)


def _check_number(invoice: Invoice, found: Findings) -> None:
    first, last = (920, 969) if len(invoice.emitter.tax_id) == 11 else (0, 889)
    if not first <= invoice.series <= last:
        message = _("Series %(series)s is not allowed: %(first)s to %(last)s are this emitter's.")
        params = {"series": invoice.series, "first": first, "last": last}
        found.note("series_invalid", "series", message, _("Choose another series."), **params)
    found.right(1 <= invoice.number <= 999_999_999, invoice.number, "number", _("document number"))
    if found.form("[0-9]{8}", invoice.numeric_code, "numeric_code", _("numeric code (cNF)")) and (
        access_key.is_forbidden_code(invoice.numeric_code, invoice.number)
    ):
        message = _("The numeric code (cNF) %(code)s repeats the number or is forbidden (rejection 897).")
        found.note("numeric_code_forbidden", "numeric_code", message, _("Draw another."), code=invoice.numeric_code)


def check_dates(invoice: Invoice, now: datetime, found: Findings) -> None:
    """dhEmi against the clock, dhSaiEnt and dhCont."""
    issued = found.moment(invoice.issued_at, "issued_at", _("date of issue"))
    if issued and invoice.issued_at > now + CLOCK_TOLERANCE:
        message = _("The date of issue %(date)s is in the future (rejection 703).")
        found.note("issue_date_future", "issued_at", message, _("Use today's date."), date=invoice.issued_at)
    if issued and invoice.issued_at < now - OLDEST_ISSUE:
        message = _("The date of issue %(date)s is more than 30 days ago (rejection 228).")
        found.note("issue_date_old", "issued_at", message, _("Use a recent date."), date=invoice.issued_at)
    if invoice.moved_at and found.moment(invoice.moved_at, "moved_at", _("date of departure")) and issued:
        if invoice.moved_at < invoice.issued_at:
            message = _("The goods leave before the document is issued.")
            found.note("moved_before_issue", "moved_at", message, _("Correct the date of departure."))
        elif invoice.moved_at > now + LATEST_MOVE:
            message = _("The goods leave more than 30 days from now, on %(date)s (rejection 504).")
            cure = _("Correct the date of departure, or leave it empty.")
            found.note("moved_late", "moved_at", message, cure, date=invoice.moved_at)
    _check_contingency(invoice, now, found)


def _check_contingency(invoice: Invoice, now: datetime, found: Findings) -> None:
    if invoice.emission_type == "1":
        if invoice.contingency_at or invoice.contingency_reason:
            message = _("A document issued normally has no date nor reason of contingency.")
            found.note("contingency_unexpected", "contingency_at", message, _("Clear them, or set tpEmis."))
        return
    found.text(fields.CONTINGENCY_REASON, invoice.contingency_reason, "contingency_reason")
    if invoice.contingency_at is None:
        found.missing("contingency_at", _("start of the contingency"), "dhCont")
    elif found.moment(invoice.contingency_at, "contingency_at", _("start of the contingency")) and (
        invoice.contingency_at > now + CLOCK_TOLERANCE
    ):
        message = _("The contingency begins in the future, at %(date)s (rejection 558).")
        found.note(
            "contingency_future", "contingency_at", message, _("Correct its start."), date=invoice.contingency_at
        )
    elif _is_aware(invoice) and invoice.issued_at - invoice.contingency_at > OLDEST_ISSUE:
        message = _("The contingency began more than 30 days before the issue, at %(date)s (rejection 569).")
        found.note("contingency_old", "contingency_at", message, _("Correct its start."), date=invoice.contingency_at)


def _is_aware(invoice: Invoice) -> bool:
    """Whether both moments have a time zone, without which they cannot be compared; that is told elsewhere."""
    return invoice.issued_at.utcoffset() is not None and invoice.contingency_at.utcoffset() is not None
