from odoo import models


class AccountMove(models.Model):
    """The words on a pro-forma's paper, and how it is paid."""

    _inherit = "account.move"

    def _fbr_proforma_words(self):
        """Each heading in Portuguese; a customer of another language has its own beside it."""
        self.ensure_one()
        languages = ["pt_BR"]
        own = self.partner_id.lang or "pt_BR"
        if not own.startswith("pt"):
            languages.append(own)
        texts = [self._fbr_proforma_headings(self.with_context(lang=lang).env) for lang in languages]
        return {key: " / ".join(dict.fromkeys(each[key] for each in texts)) for key in texts[0]}

    def _fbr_proforma_headings(self, env):
        _ = env._
        return {
            "title": _("Pro-forma invoice"),
            "no_document": _("This is no fiscal document and does not replace the invoice."),
            "date": _("Date"),
            "until": _("Valid until"),
            "version": _("Version"),
            "origin": _("Order"),
            "description": _("Description"),
            "quantity": _("Quantity"),
            "price": _("Unit price"),
            "discount": _("Discount"),
            "amount": _("Amount"),
            "untaxed": _("Untaxed amount"),
            "taxes": _("Taxes on top"),
            "total": _("Total to pay"),
            "payment_term": _("Payment terms"),
            "pay_to": _("How to pay"),
            "steps": _("Payments"),
        }

    def _fbr_proforma_qr(self):
        """Pix's QR code with the amount, as a data URI; nothing without a Pix key."""
        bank = self.partner_bank_id
        if not bank or self.currency_id.name != "BRL" or bank.proxy_type in (False, "none"):
            return None
        number = self.fbr_proforma_number
        return bank.build_qr_code_base64(self._fbr_proforma_due(), number, number, self.currency_id, self.partner_id)
