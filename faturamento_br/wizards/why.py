from odoo import api, fields, models


class Why(models.TransientModel):
    """The dialog that tells why a line has its taxes; nothing is kept but which line it is."""

    _name = "faturamento_br.why"
    _description = "Why these taxes?"

    order_line_id = fields.Many2one("sale.order.line", readonly=True, ondelete="cascade")
    move_line_id = fields.Many2one("account.move.line", readonly=True, ondelete="cascade")
    shipment_line_id = fields.Many2one(
        "faturamento_br.shipment.line", "Line of the remittance", readonly=True, ondelete="cascade"
    )
    content = fields.Html("Explanation", compute="_compute_content", sanitize=False, exportable=False)

    @api.depends("order_line_id", "move_line_id", "shipment_line_id")
    def _compute_content(self):
        for dialog in self:
            line = dialog._line()
            line.check_access("read")
            dialog.content = line._fbr_why() if line else False

    def _line(self):
        self.ensure_one()
        return self.order_line_id or self.move_line_id or self.shipment_line_id
