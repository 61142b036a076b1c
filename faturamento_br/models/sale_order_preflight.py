from odoo import fields, models


class SaleOrder(models.Model):
    """What the invoice's NF-e would lack, told to who sells: above the quotation, and it stops nobody."""

    _inherit = "sale.order"

    # Without dependencies on purpose: computed when the form is opened or saved, not at each change of a line.
    fbr_alerts = fields.Json("NF-e alerts", compute="_compute_fbr_alerts", exportable=False)

    def _compute_fbr_alerts(self):
        for order in self:
            order.fbr_alerts = order._fbr_preflight_alerts("warning") if order._fbr_is_to_be_checked() else {}

    def _fbr_is_to_be_checked(self):
        """Whether this is a saved order with something left to invoice by NF-e."""
        saved = isinstance(self.id, int)
        open_ = self.state in ("draft", "sent") or (self.state == "sale" and self.invoice_status != "invoiced")
        return saved and open_ and self._fbr_is_fiscal()
