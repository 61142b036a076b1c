import re
from decimal import Decimal

from odoo import models
from odoo.tools import float_repr
from odoo.tools.mail import html_to_inner_content

from ..fiscal import spec
from ..fiscal.digits import normalize_tax_id
from ..fiscal.problems import Problem
from ..fiscal.taxes import engine
from .fiscal_source import uf_of
from .fiscal_source_problems import CASH_ROUNDING, CHANGED, DEBIT_NOTE
from .line_amounts import LineAmounts
from .located_problem import LocatedProblem

OTHER_PAYMENT = "99"
NO_PAYMENT = "90"


class AccountMove(models.Model):
    """The customer invoice as a :class:`~..fiscal.spec.Invoice`."""

    _inherit = "account.move"

    def _fbr_spec(self, *, environment, series, number, numeric_code, issued_at):
        """Everything the NF-e of this posted invoice says, before its taxes are computed.

        Call it when :meth:`_fbr_tax_problems` is empty. Decisions taken here:

        - dest is the commercial partner with its own address; another delivery address in the same UF goes to infCpl.
        - tPag is the payment method's ``fbr_payment_code``; without one 99 with the payment term's name, because an
          invoice on credit rarely says how it will be paid, and 90 when there is nothing to pay.
        - cobr is written when something is due after the invoice date: one dup per receivable line.
        - xPed is the customer's own order number; ours goes to infCpl.

        :param environment: a value of :class:`~..fiscal.spec.Environment`.
        :param issued_at: aware datetime in the company's time zone.
        """
        self.ensure_one()
        move = self.sudo()
        recipient = recipient_party(move._fbr_recipient(), move.partner_id)
        return spec.Invoice(
            environment=spec.Environment(environment),
            series=series,
            number=number,
            numeric_code=numeric_code,
            issued_at=issued_at,
            nature=move.fbr_operation_id.name,
            emitter=emitter_party(move.company_id),
            recipient=recipient,
            items=move._fbr_items(),
            payments=(move._fbr_payment(),),
            final_consumer=move.fbr_final_consumer,
            presence=move.fbr_presence or "9",
            bill=move._fbr_bill(str(number)),
            transport=spec.Transport(freight_mode=move.fbr_freight_mode or "9"),
            authorized_readers=readers_of(move.company_id, recipient),
            info=move._fbr_info(),
            technician=technician_of(move.company_id),
        )

    def _fbr_due_lines(self):
        return self.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")

    def _fbr_is_on_credit(self):
        return any(line.date_maturity > self.invoice_date for line in self._fbr_due_lines() if line.date_maturity)

    def _fbr_payment(self):
        total = amount(self.amount_total)
        if not total:
            return spec.Payment(NO_PAYMENT, total)
        method = self.preferred_payment_method_line_id.fbr_payment_code or OTHER_PAYMENT
        language = self.partner_id.lang or self.company_id.partner_id.lang
        term = self.invoice_payment_term_id.with_context(lang=language).name or "A combinar"
        return spec.Payment(
            method, total, "1" if self._fbr_is_on_credit() else "0", term if method == OTHER_PAYMENT else ""
        )

    def _fbr_bill(self, number):
        if not self._fbr_is_on_credit():
            return None
        total = amount(self.amount_total)
        instalments = tuple(
            spec.Instalment(f"{index:03}", line.date_maturity, amount(abs(line.amount_currency)))
            for index, line in enumerate(self._fbr_due_lines(), start=1)
        )
        return spec.Bill(number, total, spec.ZERO, total, instalments)

    def _fbr_info(self):
        """infCpl: the invoice's terms in plain text, our order, and where to deliver when it is elsewhere."""
        parts = [html_to_inner_content(self.narration or "")]
        if orders := self.invoice_line_ids.sale_line_ids.order_id:
            parts.append("Pedido: " + ", ".join(orders.mapped("name")))
        delivery, recipient = self.partner_shipping_id, self._fbr_recipient()
        if delivery and address_of(delivery) != address_of(recipient) and delivery.street:
            place = address_of(delivery)
            where = (place.street, place.number, place.district, f"{place.city}/{place.uf}", f"CEP {place.zip}")
            parts.append("Local de entrega: " + ", ".join(where))
        return "; ".join(filter(None, parts))

    # --- Problems only invoices have ----------------------------------------------------------------------------

    def _fbr_document_problems(self, context):
        yield from super()._fbr_document_problems(context)
        if self.invoice_cash_rounding_id:
            yield self._fbr_problem("cash_rounding", CASH_ROUNDING, self, "invoice_cash_rounding_id")
        if self.debit_origin_id:
            yield self._fbr_problem("debit_note", DEBIT_NOTE, self, "debit_origin_id")

    def _fbr_changed_problems(self):
        if self.state == "draft":
            return []
        context, pairs = self._fbr_tax_context(), self._fbr_line_items()
        booked = self._fbr_booked_amounts()
        found = []
        for index, (line, item) in enumerate(pairs):
            if booked.get(line) != LineAmounts.of(engine.compute_item(context, item)):
                message, cure = CHANGED
                params = {"product": line.product_id.display_name}
                found.append(LocatedProblem(Problem("taxes_changed", f"items[{index}]", message, cure, params), self))
        return found


def emitter_party(company):
    """The company as emit."""
    partner = company.partner_id
    return spec.Party(
        name=partner.name,
        tax_id=normalize_tax_id(partner.vat or ""),
        address=address_of(partner),
        ie=registration(partner.l10n_br_ie_code),
        email=partner.email or "",
        im=registration(partner.l10n_br_im_code),
        crt=company.fbr_crt,
    )


def recipient_party(partner, contact):
    """The customer as dest; ``contact`` may have the better e-mail address."""
    abroad = uf_of(partner) == "EX"
    vat = normalize_tax_id(partner.vat or "")
    indicator = partner.fbr_ie_indicator or "9"
    return spec.Party(
        name=partner.name,
        tax_id="" if abroad else vat,
        address=address_of(partner),
        ie="" if indicator == "2" else registration(partner.l10n_br_ie_code),
        ie_indicator=indicator,
        email=contact.email or partner.email or "",
        im=registration(partner.l10n_br_im_code),
        suframa=registration(partner.l10n_br_isuf_code),
        foreign_id=vat if abroad else None,
    )


def technician_of(company):
    """infRespTec as far as the company filled it in; None when it did not begin."""
    technician = spec.Technician(
        cnpj=normalize_tax_id(company.fbr_technician_cnpj or ""),
        contact=company.fbr_technician_contact or "",
        email=(company.fbr_technician_email or "").strip(),
        phone=national_phone(company.fbr_technician_phone),
        csrt_id=(company.fbr_technician_csrt_id or "").strip(),
        csrt=company._fbr_csrt(),
    )
    return technician if any(vars(technician).values()) else None


def readers_of(company, recipient):
    """autXML: in the company's order, without the recipient, who may read the XML anyway."""
    written = re.split(r"[,;\n]", company.fbr_authorized_readers or "")
    readers = (normalize_tax_id(text) for text in written if text.strip())
    return tuple(reader for reader in readers if reader != recipient.tax_id)


def address_of(partner):
    """A partner's address as l10n_br keeps it: the district is in the second street line."""
    return spec.Address(
        street=partner.street_name or partner.street or "",
        number=partner.street_number or "S/N",
        district=partner.street2 or "",
        city_code=partner.city_id.fbr_ibge_code or "",
        city=partner.city_id.name or partner.city or "",
        uf=uf_of(partner),
        zip=digits(partner.zip),
        complement=partner.street_number2 or "",
        phone=national_phone(partner.phone),
    )


def digits(text):
    return re.sub(r"\D", "", text or "")


def national_phone(text):
    """fone: the digits without the country code."""
    found = digits(text)
    return found[2:] if found.startswith("55") and len(found) > 11 else found


def registration(text):
    """An IE, IM or SUFRAMA without punctuation, in upper case."""
    return re.sub(r"[^0-9A-Za-z]", "", text or "").upper()


def amount(value):
    """A monetary field in BRL as Decimal, 2 decimals: the field is rounded already."""
    return Decimal(float_repr(value, 2))
