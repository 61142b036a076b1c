from dataclasses import replace

from odoo import models

from ..fiscal.problems import _

COMPLEMENT = "2"
UNISSUED = (
    _("%(invoice)s has no authorized NF-e that a debit note could complete (finNFe 2)."),
    _("Issue its NF-e first, or correct that invoice itself."),
)
NO_COMPLEMENT = (
    _("A debit note of an NF-e is issued as a complementary one, and “%(operation)s” is none."),
    _("Choose an operation of complement (finNFe 2)."),
)


class AccountMove(models.Model):
    """The debit note of an authorized NF-e: a complementary one (finNFe 2), for a price or a quantity that was too low.

    Ajuste SINIEF 7/2005; Convênio S/N of 15/12/1970 art. 21. It refers to the NF-e that it completes, and its taxes are
    those of the day of the sale.
    """

    _inherit = "account.move"

    def _fbr_completed_document(self):
        """The authorized document that this debit note completes; empty when there is none."""
        documents = self.env["faturamento_br.document"].sudo()
        if self.move_type != "out_invoice" or not self.debit_origin_id:
            return documents
        found = self.debit_origin_id.sudo().fbr_document_id
        return found if found.state == "authorized" and found._is_here() else documents

    def copy_data(self, default=None):
        """A debit note has the operation that completes the invoice's."""
        found = super().copy_data(default)
        for move, values in zip(self, found, strict=True):
            if values.get("debit_origin_id") == move.id and move.move_type == "out_invoice":
                operation = move._fbr_complement_operation()
                values.update({"fbr_operation_id": operation.id} if operation else {})
        return found

    def _fbr_complement_operation(self):
        """The operation of complement for what this invoice sold: of production for production, if there is one."""
        owners = self.company_id.parent_ids.ids
        domain = [("company_id", "in", owners), ("purpose", "=", COMPLEMENT), ("place", "=", "sale")]
        found = self.env["faturamento_br.operation"].search(domain)
        own = "production" in (self.fbr_operation_id.ready_key or "")
        return found.sorted(lambda each: ("production" in (each.ready_key or "")) != own)[:1]

    def _fbr_tax_context(self):
        """With the rates of the day of the sale that a complement completes."""
        context, completed = super()._fbr_tax_context(), self._fbr_completed_document()
        return replace(context, issue_date=completed.issue_date) if completed else context

    def _fbr_references(self):
        own = self._fbr_completed_document().access_key
        return tuple(dict.fromkeys([*filter(None, [own]), *super()._fbr_references()]))

    def _fbr_spec(self, **head):
        found = super()._fbr_spec(**head)
        completed = self._fbr_completed_document()
        return replace(found, tax_date=completed.issue_date) if completed else found

    def _fbr_document_problems(self, context):
        yield from super()._fbr_document_problems(context)
        origin = self.debit_origin_id
        if not origin or self.move_type != "out_invoice":
            return
        if not self._fbr_completed_document():
            params = {"invoice": origin.display_name}
            yield self._fbr_problem("debit_note_unissued", UNISSUED, self, "debit_origin_id", **params)
        elif self.fbr_operation_id.purpose != COMPLEMENT:
            name = self.fbr_operation_id.name or "-"
            yield self._fbr_problem("debit_note", NO_COMPLEMENT, self, "fbr_operation_id", operation=name)
