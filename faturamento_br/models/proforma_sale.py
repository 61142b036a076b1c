from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .proforma import OFFERED


class SaleOrder(models.Model):
    """From an order to its pro-formas."""

    _inherit = "sale.order"

    fbr_proforma_count = fields.Integer("Pro-formas", compute="_compute_fbr_proforma_count")

    @api.depends("invoice_ids.fbr_proforma_number")
    def _compute_fbr_proforma_count(self):
        for order in self:
            order.fbr_proforma_count = len(order._fbr_proformas())

    def _fbr_proformas(self):
        return self.invoice_ids.filtered("fbr_proforma_number")

    def action_fbr_proforma(self):
        """Offer what is still to be invoiced as a pro-forma; one that waits already is opened instead."""
        self.ensure_one()
        waiting = self._fbr_proformas().filtered(lambda move: move.fbr_proforma_state in OFFERED)
        if not waiting:
            if self.state != "sale":
                raise UserError(_("%s is not confirmed yet: confirm the order, then make its pro-forma.", self.name))
            waiting = self._create_invoices(final=True)
            waiting.action_fbr_proforma_issue()
        return waiting._get_records_action(name=_("Pro-forma"))

    def action_view_fbr_proformas(self):
        return self._fbr_proformas()._get_records_action(name=_("Pro-formas"))


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.depends("invoice_lines.move_id.fbr_proforma_state")
    def _compute_qty_invoiced(self):
        super()._compute_qty_invoiced()

    def _get_invoice_lines(self):
        """A pro-forma invoices nothing yet: Odoo would count it, being a draft."""
        return super()._get_invoice_lines().filtered(lambda line: line.move_id.fbr_proforma_state not in OFFERED)
