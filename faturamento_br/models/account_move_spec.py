from odoo import models

from ..fiscal.problems import Problem
from .fiscal_source_problems import CASH_ROUNDING, CHANGED
from .located_problem import LocatedProblem
from .party_values import amount


class AccountMove(models.Model):
    """The customer invoice as a :class:`~..fiscal.spec.Invoice`."""

    _inherit = "account.move"

    def _fbr_contact(self):
        return self.partner_id

    def _fbr_orders(self):
        return self.invoice_line_ids.sale_line_ids.order_id

    def _fbr_salesperson(self):
        return self.invoice_user_id

    def _fbr_terms(self):
        return self.invoice_payment_term_id

    def _fbr_own_terms_text(self):
        return self.narration

    def _fbr_due(self):
        """The receivable lines: what the books say is due when."""
        lines = self.line_ids.filtered(lambda line: line.display_type == "payment_term" and line.date_maturity)
        return [(line.date_maturity, amount(abs(line.amount_currency))) for line in lines.sorted("date_maturity")]

    # --- Problems only invoices have ----------------------------------------------------------------------------

    def _fbr_document_problems(self, context):
        yield from super()._fbr_document_problems(context)
        if self.invoice_cash_rounding_id:
            yield self._fbr_problem("cash_rounding", CASH_ROUNDING, self, "invoice_cash_rounding_id")

    def _fbr_changed_problems(self):
        if self.state == "draft":
            return []
        lines, booked = self._fbr_lines(), self._fbr_booked_amounts()
        taxed = self._fbr_computed(lines)
        told = [(line, amounts) for line, item, amounts in zip(lines, taxed.items, taxed.amounts, strict=True) if item]
        found = []
        for index, (line, amounts) in enumerate(told):
            if booked.get(line) != amounts:
                message, cure = CHANGED
                params = {"product": line.product_id.display_name}
                found.append(LocatedProblem(Problem("taxes_changed", f"items[{index}]", message, cure, params), self))
        return found
