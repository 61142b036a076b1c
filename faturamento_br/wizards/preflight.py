from odoo import api, fields, models


class Preflight(models.TransientModel):
    """What would keep an invoice's NF-e from going out, shown before the invoice takes a number."""

    _name = "faturamento_br.preflight"
    _description = "Check before confirming"

    move_id = fields.Many2one("account.move", "Invoice", required=True, readonly=True, ondelete="cascade")
    alerts = fields.Json("NF-e alerts", compute="_compute_alerts", exportable=False)
    can_confirm = fields.Boolean("May be confirmed", compute="_compute_alerts")
    without_document = fields.Boolean("Without an NF-e", compute="_compute_alerts")

    @api.depends("move_id")
    def _compute_alerts(self):
        self.move_id.check_access("read")
        for check in self:
            check.alerts = check.move_id._fbr_preflight_alerts("danger")
            check.can_confirm = not check.move_id._fbr_refusals()
            check.without_document = not check.move_id._fbr_is_fiscal()

    def action_confirm(self):
        """Confirm all the same: the number is taken, and issuing tells what is missing until it is mended."""
        self.ensure_one()
        return self.move_id.action_post() or {"type": "ir.actions.act_window_close"}
