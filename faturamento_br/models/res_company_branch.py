from odoo import models


class ResCompany(models.Model):
    """A branch: an establishment with its own CNPJ, IE, address and numbers, in its head office's books.

    It uses the head office's chart, taxes and, when the CNPJ root is the same, certificate. What it must not share is
    the sales journal: SEFAZ counts by CNPJ, so head office and branch both have an NF-e 1 of series 1, and an invoice
    is named after its NF-e, once in a journal.
    """

    _inherit = "res.company"

    def _fbr_create_sale_journal(self):
        """Give a branch that numbers by itself a sales journal of its own, as the head office's, if it has none."""
        self.ensure_one()
        Journal = self.env["account.journal"]
        own = [("type", "=", "sale"), ("company_id", "=", self.id)]
        if not self.parent_id or self._fbr_numbering_company() != self or Journal.search_count(own, limit=1):
            return
        model = Journal.search([("type", "=", "sale"), ("company_id", "=", self.root_id.id)], limit=1)
        if model:
            Journal.create(
                {
                    "name": f"{model.name} - {self.name}",
                    "code": model.code,
                    "type": "sale",
                    "company_id": self.id,
                    "sequence": model.sequence - 1,  # Odoo takes the first: before the head office's
                    "default_account_id": model.default_account_id.id,
                    "refund_sequence": model.refund_sequence,
                    "l10n_latam_use_documents": model.l10n_latam_use_documents,
                    "l10n_br_invoice_serial": model.l10n_br_invoice_serial,
                }
            )
