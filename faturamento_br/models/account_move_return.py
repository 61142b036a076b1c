from dataclasses import replace

from odoo import api, models

from ..fiscal import returns, spec
from ..fiscal.problems import _
from .fiscal_payment import NO_PAYMENT
from .line_amounts import exact_price

REFUNDS = ("out_refund", "in_refund")
UNREADABLE = (
    _("%(product)s: the taxes of %(document)s cannot be calculated again from its XML."),
    _("Issue the return with the taxes typed by hand on a credit note of its own, which refers to that NF-e."),
)
FOREIGN_LINE = (
    _("%(product)s is not on %(document)s, or was changed for another product or unit."),
    _("Remove the line: a return takes back what the NF-e sold."),
)
OTHER_PRICE = (
    _("%(product)s comes back at another price or discount than that of %(document)s."),
    _("Put the price back: a return is of goods. A price that was too high is no return, and has no NF-e of its own."),
)


class AccountMove(models.Model):
    """The credit note of an authorized NF-e: our own NF-e of entry (tpNF 0, finNFe 4), or the customer's.

    Its lines take back lines of the invoice, and their amounts are a part of those of the document as it was issued
    (``fiscal/taxes/returned.py``), whatever rules and records say by then. The credit note of an invoice without an
    authorized NF-e only undoes it in the books, as Odoo's own.
    """

    _inherit = "account.move"

    # --- What it takes back -------------------------------------------------------------------------------------

    def _fbr_returned_document(self):
        """The authorized document that this credit note takes back; empty when there is none."""
        documents = self.env["faturamento_br.document"].sudo()
        if self.move_type != "out_refund" or not self.reversed_entry_id:
            return documents
        found = self.reversed_entry_id.sudo().fbr_document_id
        return found if found.state == "authorized" and found._is_here() else documents

    def _fbr_returned_by(self, line, reader):
        document = self._fbr_returned_document()
        item = line.fbr_origin_line_id and document and document._items_as_issued().get(line.fbr_origin_line_id.id)
        if not item:
            return super()._fbr_returned_by(line, reader)
        choice = reader.choice(line.product_id)
        whole = returns.taken_back(item, choice.rules if not choice.lacking else None, choice.cfop or "")
        return line._fbr_returned(whole)

    def _fbr_returned_item(self, line):
        document = self._fbr_returned_document()
        items = document.item_ids.filtered(lambda item: item.move_line_id == line.sudo().fbr_origin_line_id)
        return document._label(), items[:1].sequence

    def _fbr_refunded_amounts(self):
        return {} if self._fbr_returned_document() else super()._fbr_refunded_amounts()

    def _fbr_told_item(self, line, item):
        """What comes back is called as on the document it was on."""
        told = super()._fbr_told_item(line, item)
        if not item.returned:
            return told
        whole = item.returned.whole
        kept = ("code", "description", "unit", "taxable_unit")
        return replace(told, taxable_quantity=item.taxable_quantity, **{name: getattr(whole, name) for name in kept})

    def _reverse_moves(self, default_values_list=None, cancel=False):
        issuing = self.with_context(fbr_reversing=True)
        return super(AccountMove, issuing)._reverse_moves(default_values_list, cancel).with_env(self.env)

    def copy_data(self, default=None):
        """A reversal has the operation by which the goods of the invoice's come back."""
        found = super().copy_data(default)
        if self.env.context.get("fbr_reversing"):
            for move, values in zip(self, found, strict=True):
                if values.get("move_type") == "out_refund" and move.company_id._fbr_issues():
                    values["fbr_operation_id"] = move._fbr_return_operation().id
        return found

    @api.depends("company_id", "move_type", "reversed_entry_id")
    def _compute_fbr_operation_id(self):
        """Credit notes have the operation by which the goods of the invoice's come back."""
        refunds = self.filtered(lambda move: move.move_type == "out_refund")
        super(AccountMove, self - refunds)._compute_fbr_operation_id()
        for move in refunds:
            if move.fbr_operation_id.place == "sale_return":
                continue
            issues = move.company_id and move.company_id._fbr_issues()
            move.fbr_operation_id = move.reversed_entry_id._fbr_return_operation(move.company_id) if issues else False

    def _fbr_return_operation(self, company=None):
        """The operation by which goods sold by this invoice come back: what follows its own, else the usual one."""
        operation = self.fbr_operation_id.counterpart_id
        if operation.place == "sale_return":
            return operation
        return self.env["faturamento_br.operation"]._fbr_default_for(company or self.company_id, "sale_return")

    # --- The number ---------------------------------------------------------------------------------------------

    def _locked_increment(self, format_string, format_values):
        """A credit note without an NF-e of ours is numbered apart: the next number of the NF-e belongs to an NF-e."""
        own = self.move_type == "out_refund" and self.company_id._fbr_issues() and not self._fbr_needs_document()
        return super()._locked_increment(*(self._fbr_credit_sequence() if own else (format_string, format_values)))

    def _fbr_credit_sequence(self):
        """The numbering of credit notes that only the books know: ``DEV 2026/00001`` in each journal."""
        prefix = f"DEV {self.date.year}/"
        self.flush_model(["name", "sequence_number", "sequence_prefix", "journal_id"])
        self.env.cr.execute(
            "SELECT max(sequence_number) FROM account_move WHERE journal_id = %s AND sequence_prefix = %s",
            [self.journal_id.id, prefix],
        )
        last = self.env.cr.fetchone()[0] or 0
        return "{prefix}{seq:05d}", {"prefix": prefix, "seq": last}

    # --- As issuer ----------------------------------------------------------------------------------------------

    @api.depends("fbr_issued_by", "fbr_references", "reversed_entry_id")
    def _compute_fbr_needs_document(self):
        super()._compute_fbr_needs_document()

    def _fbr_needs_document(self):
        if self.move_type == "out_refund":
            refers = bool(self._fbr_references())  # the sale may be another system's
            return self.fbr_issued_by == "company" and refers and self._fbr_is_fiscal()
        return super()._fbr_needs_document()

    def _fbr_references(self):
        """NFref: the key of what comes back, then those that were written."""
        own = self._fbr_returned_document().access_key
        return tuple(dict.fromkeys([*filter(None, [own]), *super()._fbr_references()]))

    def _fbr_payments(self):
        if self.move_type in REFUNDS:
            return (spec.Payment(NO_PAYMENT, spec.ZERO),)
        return super()._fbr_payments()

    def _fbr_bill(self, number):
        return None if self.move_type in REFUNDS else super()._fbr_bill(number)

    def _fbr_spec(self, **head):
        found = super()._fbr_spec(**head)
        if self.move_type not in REFUNDS:
            return found
        return replace(found, tax_date=self._fbr_issue_date(), withholdings=(), intermediary=None)

    # --- What cannot come back ----------------------------------------------------------------------------------

    def _fbr_line_problems(self, line, item, context):
        document = self._fbr_returned_document()
        if not document or line._fbr_role() != "item":
            yield from super()._fbr_line_problems(line, item, context)
            return
        origin, product = line.fbr_origin_line_id, line.product_id.display_name
        params = {"product": product, "document": document._label()}
        if origin.move_id != self.reversed_entry_id or (origin.product_id, origin.product_uom_id) != (
            line.product_id,
            line.product_uom_id,
        ):
            yield self._fbr_problem("return_foreign_line", FOREIGN_LINE, self, "invoice_line_ids", **params)
        elif origin.id not in document._items_as_issued():
            yield self._fbr_problem("return_unreadable", UNREADABLE, self, "invoice_line_ids", **params)
        elif (exact_price(origin.price_unit), origin.discount) != (exact_price(line.price_unit), line.discount):
            yield self._fbr_problem("return_price", OTHER_PRICE, self, "invoice_line_ids", **params)
