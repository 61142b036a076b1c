from odoo import fields, models


class SaleRelease(models.TransientModel):
    """Let an order be confirmed although its customer is overdue."""

    _name = "faturamento_br.sale_release"
    _description = "Release a sale"

    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    alert = fields.Text("Overdue", related="order_id.fbr_overdue_alert", related_sudo=False)
    reason = fields.Char(required=True)

    def action_release(self):
        """Keep who and why on the order."""
        self.ensure_one()
        self.order_id._fbr_release(self.reason)
        return {"type": "ir.actions.act_window_close"}
