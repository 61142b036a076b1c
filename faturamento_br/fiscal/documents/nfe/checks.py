"""All that is known to be wrong with an invoice before its XML is built, told at once."""

from datetime import UTC, datetime

from ...problems import Problem
from ...spec import Invoice, TaxedInvoice
from . import (
    check_access,
    check_delivery,
    check_header,
    check_items,
    check_money,
    check_parties,
    check_purpose,
    check_reform,
    check_trade,
)
from .findings import Findings


def problems(invoice: Invoice, now: datetime | None = None) -> list[Problem]:
    """What keeps ``invoice`` from being issued, but for its taxes: each with its path and its cure.

    The rules are those of the MOC 7.0 and of the layout PL_010f v1.04, each where its check stands.

    :param now: the moment the issue date is measured against, aware; now, when not given.
    """
    found = Findings()
    now = now or datetime.now(UTC)
    check_header.check_identification(invoice, found)
    check_header.check_dates(invoice, now, found)
    check_parties.check_emitter(invoice, found)
    check_parties.check_recipient(invoice, found)
    for i, item in enumerate(invoice.items):
        check_items.check_item(invoice, item, f"items[{i}]", found)
    check_delivery.check_transport(invoice, found)
    check_delivery.check_places(invoice, found)
    if invoice.bill:
        check_money.check_bill(invoice, invoice.bill, now, found)
    check_money.check_payments(invoice, found)
    check_trade.check_references(invoice, found)
    check_purpose.check_purpose(invoice, found)
    check_reform.check_government(invoice, found)
    check_reform.check_advances(invoice, found)
    check_reform.check_free_zone(invoice, found)
    check_trade.check_intermediary(invoice, found)
    check_trade.check_export(invoice, found)
    check_trade.check_observations(invoice, found)
    check_access.check_readers(invoice, found)
    check_access.check_technician(invoice, found)
    return list(found)


def amount_problems(taxed: TaxedInvoice) -> list[Problem]:
    """What only the taxes tell: payments against vNF, situations and amounts that the layout cannot hold."""
    found = Findings()
    for i, line in enumerate(taxed.items):
        check_money.check_line(line, f"items[{i}]", found)
    check_money.check_totals(taxed, found)
    check_money.check_payment_total(taxed, found)
    return list(found)
