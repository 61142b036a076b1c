from odoo import _, api, fields, models


class SaleOrder(models.Model):
    """From an order to the fiscal documents of its invoices."""

    _inherit = "sale.order"

    fbr_document_count = fields.Integer("NF-e", compute="_compute_fbr_document_count")

    @api.depends("invoice_ids")
    def _compute_fbr_document_count(self):
        invoices = self.invoice_ids.sudo()
        counts = dict(
            self.env["faturamento_br.document"]
            .sudo()
            ._read_group([("move_id", "in", invoices.ids)], ["move_id"], ["__count"])
        )
        for order in self:
            order.fbr_document_count = sum(counts.get(move, 0) for move in order.invoice_ids.sudo())

    def action_view_fbr_documents(self):
        return self.invoice_ids.sudo().fbr_document_ids.sudo(False)._get_records_action(name=_("Fiscal documents"))
