from odoo import fields, models

from ..fiscal import spec
from ..fiscal.tables import rows

NO_PAYMENT = "90"
LATER_PAYMENT = "91"
OTHER_PAYMENT = "99"
#: xPag of what the customer pays to the tax office instead of us.
WITHHELD = "Tributos retidos na fonte"


def payment_codes(_model=None):
    """tPag as a selection: code and official label."""
    return [(row["code"], f"{row['code']} - {row['label']}") for row in rows("payment_methods")]


class FiscalSource(models.AbstractModel):
    """How an order or invoice is paid: pag and cobr."""

    _inherit = "faturamento_br.fiscal.source"

    fbr_payment_code = fields.Selection(
        payment_codes,
        "NF-e payment",
        help="tPag of all of this document. Empty: as the payment terms, the payment method or the company say.",
    )

    def _fbr_payments(self):
        """pag: one detPag for each means of payment, at sight and on credit apart.

        What falls due later, and nobody says how it will be paid, is 91 (payment afterwards, IT 2024.002 v1.10): its
        vPag is zero (rejection 904), the instalments of cobr tell the amounts. At sight it is 99 with the terms' name.
        Taxes that the customer withholds are a payment too (99), as the payments add up to vNF (rejection 865).
        """
        total = self._fbr_total()
        if not total:
            return (spec.Payment(NO_PAYMENT, total),)
        means = self._fbr_means_by_date()
        today = self._fbr_issue_date()
        parts = {}
        for due, value in self._fbr_due() or [(today, total)]:
            later = due > today
            method = means.get(due) or self._fbr_means(later)
            parts[method, later] = parts.get((method, later), spec.ZERO) + value
        found = [self._fbr_payment(method, later, value) for (method, later), value in parts.items()]
        withheld = self._fbr_withheld_total()
        if withheld and not any(method in (LATER_PAYMENT, NO_PAYMENT) for method, _later in parts):
            found.append(spec.Payment(OTHER_PAYMENT, withheld, "0", WITHHELD))
        return tuple(found)

    def _fbr_payment(self, method, later, value):
        return spec.Payment(
            method,
            spec.ZERO if method == LATER_PAYMENT else value,
            "1" if later else "0",
            self._fbr_terms_name() if method == OTHER_PAYMENT else "",
        )

    def _fbr_means(self, later):
        """tPag when neither document nor terms say it."""
        said = self.preferred_payment_method_line_id.fbr_payment_code or self.company_id.fbr_payment_code
        return said or (LATER_PAYMENT if later else OTHER_PAYMENT)

    def _fbr_means_by_date(self):
        """tPag for each due date whose means the document or a line of the payment terms says."""
        if self.fbr_payment_code:
            return dict.fromkeys(
                [due for due, _value in self._fbr_due()] or [self._fbr_issue_date()], self.fbr_payment_code
            )
        day = self._fbr_issue_date()
        lines = self._fbr_terms().line_ids
        return {line._get_due_date(day): line.fbr_payment_code for line in lines if line.fbr_payment_code}

    def _fbr_terms_name(self):
        """xPag: the payment terms in the customer's language."""
        language = self.partner_id.lang or self.company_id.partner_id.lang
        return self._fbr_terms().with_context(lang=language).name or "A combinar"

    def _fbr_is_on_credit(self):
        return any(due > self._fbr_issue_date() for due, _value in self._fbr_due())

    def _fbr_bill(self, number):
        """cobr, when something is due after the day of the document."""
        if not self._fbr_is_on_credit():
            return None
        total = self._fbr_total()
        instalments = tuple(
            spec.Instalment(f"{index:03}", due, value) for index, (due, value) in enumerate(self._fbr_due(), start=1)
        )
        withheld = self._fbr_withheld_total()
        return spec.Bill(number, total, withheld or spec.ZERO, total - withheld, instalments)
