from odoo import models

from ..fiscal import spec
from .party_values import address_of, amount, emitter_party, recipient_party, technician_of

#: What a place needs to be written as entrega or retirada (TLocal).
PLACE_PARTS = ("street", "number", "district", "city_code", "uf")


class FiscalSource(models.AbstractModel):
    """An order or invoice as a :class:`~..fiscal.spec.Invoice`; what differs between the two is asked by hooks."""

    _inherit = "faturamento_br.fiscal.source"

    def _fbr_spec(self, *, environment, series, number, numeric_code, issued_at):
        """Everything the NF-e of this document says, before its taxes are computed.

        It is complete when :meth:`_fbr_tax_problems` is empty. Decisions taken here and in the methods it calls:

        - dest is the commercial partner with its own address; another delivery address in the same UF is entrega when
          it is complete, and otherwise a text in infCpl.
        - tPag and its amounts: ``fiscal_payment.py``; transp: ``fiscal_transport.py``; infCpl: ``fiscal_notes.py``.
        - cobr is written when something is due after the invoice date: one dup for each due date.
        - xPed is the customer's own order number; ours goes to infCpl.

        :param environment: a value of :class:`~..fiscal.spec.Environment`.
        :param issued_at: aware datetime in the company's time zone.
        """
        self.ensure_one()
        source = self.sudo()
        recipient = recipient_party(source._fbr_recipient(), source._fbr_contact())
        return spec.Invoice(
            environment=spec.Environment(environment),
            series=series,
            number=number,
            numeric_code=numeric_code,
            issued_at=issued_at,
            nature=source.fbr_operation_id.name or "",
            kind="0" if source.fbr_operation_id.kind == "entry" else "1",
            purpose=source.fbr_operation_id.purpose or "1",
            emitter=emitter_party(source.company_id, recipient.address.uf, source._fbr_issue_date()),
            recipient=recipient,
            items=source._fbr_items(),
            payments=source._fbr_payments(),
            final_consumer=source.fbr_final_consumer,
            presence=source.fbr_presence or "9",
            intermediary=source._fbr_intermediary(),
            bill=source._fbr_bill(str(number)),
            transport=source._fbr_transport(),
            authorized_readers=tuple(reader for reader, _record in source._fbr_readers(recipient)),
            withholdings=source._fbr_withholdings(),
            references=source._fbr_references(),
            pickup=source._fbr_pickup(),
            delivery=source._fbr_delivery(),
            export=source._fbr_export(),
            government=source._fbr_government(),
            info=source._fbr_info(),
            tax_office_info=source._fbr_tax_office_info(),
            technician=technician_of(source.company_id),
        )

    # --- What the inheriting model tells ------------------------------------------------------------------------

    def _fbr_contact(self):
        """The person at the customer's, who may have the better e-mail address."""
        raise NotImplementedError

    def _fbr_orders(self):
        """The sale orders this document comes from, or is."""
        raise NotImplementedError

    def _fbr_salesperson(self):
        """The ``res.users`` who sold."""
        raise NotImplementedError

    def _fbr_terms(self):
        """The ``account.payment.term``; may be empty."""
        raise NotImplementedError

    def _fbr_due(self):
        """What is due when: pairs of date and amount in BRL, in order of date."""
        raise NotImplementedError

    def _fbr_own_terms_text(self):
        """The document's own terms and conditions, HTML."""
        raise NotImplementedError

    def _fbr_withholdings(self):
        """Why the customer withholds taxes from what it pays, as :class:`~..fiscal.spec.Withholding` values."""
        return ()

    def _fbr_withheld_total(self):
        """What the customer withholds of the total, in BRL."""
        return spec.NOTHING

    # --- What all have in common --------------------------------------------------------------------------------

    def _fbr_total(self):
        """vNF as the document shows it."""
        return amount(self.amount_total)

    def _fbr_delivery_partner(self):
        """Where the goods go, when that is not the address of the customer."""
        place, recipient = self.partner_shipping_id, self._fbr_recipient()
        elsewhere = place and place != recipient and address_of(place) != address_of(recipient)
        return place if elsewhere else place.browse()


def is_complete(place):
    """Whether a :class:`~..fiscal.spec.Place` has all that entrega or retirada demand."""
    return all(getattr(place.address, part) for part in PLACE_PARTS)
