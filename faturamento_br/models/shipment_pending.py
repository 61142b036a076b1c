from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import float_compare, float_is_zero

#: Remittances that took the goods out, or brought them back.
MOVED = ("issued",)
#: Those that will: they reserve what they give back.
TAKEN = ("confirmed", "issued")


class ShipmentLine(models.Model):
    """What of these goods is still in the hands of the recipient: what left, less what came back or was sold."""

    _inherit = "faturamento_br.shipment.line"

    origin_line_id = fields.Many2one(
        "faturamento_br.shipment.line", "Gives back", index="btree_not_null", ondelete="restrict", copy=False
    )
    return_line_ids = fields.One2many("faturamento_br.shipment.line", "origin_line_id", "Given back by")
    sold_line_ids = fields.One2many("sale.order.line", "fbr_shipment_line_id", "Sold by")
    quantity_returned = fields.Float("Returned", digits="Product Unit", compute="_compute_returned", store=True)
    quantity_sold = fields.Float("Sold", digits="Product Unit", compute="_compute_sold", store=True)
    quantity_pending = fields.Float("Out", digits="Product Unit", compute="_compute_pending", store=True)
    pending_value = fields.Monetary("Value out", compute="_compute_pending", store=True)
    return_due = fields.Date(related="shipment_id.return_due", store=True)
    is_overdue = fields.Boolean("Overdue", compute="_compute_is_overdue", search="_search_is_overdue")

    @api.depends(
        "product_uom_id",
        "return_line_ids.quantity",
        "return_line_ids.product_uom_id",
        "return_line_ids.shipment_id.state",
    )
    def _compute_returned(self):
        for line in self:
            back = line.return_line_ids.filtered(lambda each: each.shipment_id.state in TAKEN)
            line.quantity_returned = line._in_own_unit((each.product_uom_id, each.quantity) for each in back)

    @api.depends(
        "product_uom_id",
        "sold_line_ids.product_uom_qty",
        "sold_line_ids.product_uom_id",
        "sold_line_ids.order_id.state",
    )
    def _compute_sold(self):
        for line in self:
            sold = line.sold_line_ids.sudo().filtered(lambda each: each.order_id.state == "sale")
            line.quantity_sold = line._in_own_unit((each.product_uom_id, each.product_uom_qty) for each in sold)

    @api.depends(
        "quantity",
        "quantity_returned",
        "quantity_sold",
        "price_total",
        "shipment_id.state",
        "shipment_id.expects_return",
    )
    def _compute_pending(self):
        for line in self:
            out = line.shipment_id.expects_return and line.shipment_id.state in MOVED and line._fbr_role() == "item"
            left = line._left() if out else 0.0
            line.quantity_pending = left
            line.pending_value = line.price_total * left / line.quantity if line.quantity else 0.0

    @api.depends("return_due", "quantity_pending")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for line in self:
            line.is_overdue = bool(line.quantity_pending and line.return_due and line.return_due < today)

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        return [("quantity_pending", ">", 0), ("return_due", "<", today)]

    def _left(self):
        """What has not come back yet, nor was sold, in the unit of the line."""
        left = self.quantity - self.quantity_returned - self.quantity_sold
        return 0.0 if left < 0 or float_is_zero(left, precision_rounding=self._rounding()) else left

    def _in_own_unit(self, quantities):
        """The sum of pairs of unit and quantity, in this line's unit."""
        own = self.product_uom_id or self.product_id.uom_id
        return sum((unit or own)._compute_quantity(quantity, own, round=False) for unit, quantity in quantities)

    def _rounding(self):
        return (self.product_uom_id or self.product_id.uom_id).rounding or 0.01

    def _is_more(self, given):
        """Whether ``given``, in the unit of the line, is more than left by it."""
        return float_compare(given, self.quantity, precision_rounding=self._rounding()) > 0


class Shipment(models.Model):
    """What is out, with whom, and until when."""

    _inherit = "faturamento_br.shipment"

    expects_return = fields.Boolean("Goods come back", compute="_compute_expects_return", store=True)
    return_due = fields.Date(
        "Back until",
        compute="_compute_return_due",
        store=True,
        readonly=False,
        tracking=True,
        help="As the operation says; another date when the tax office prolonged it.",
    )
    has_pending = fields.Boolean("Something is out", compute="_compute_has_pending", store=True)
    pending_value = fields.Monetary("Value out", compute="_compute_has_pending", store=True)
    is_overdue = fields.Boolean("Overdue", compute="_compute_is_overdue", search="_search_is_overdue")

    @api.depends("fbr_operation_id", "origin_id")
    def _compute_expects_return(self):
        """As its operation says when it is chosen: a later change of the operation is none of what is out."""
        for shipment in self:
            shipment.expects_return = shipment.fbr_operation_id.goods_return and not shipment.origin_id

    @api.depends("date", "fbr_operation_id", "expects_return")
    def _compute_return_due(self):
        for shipment in self:
            days = shipment.fbr_operation_id.return_days if shipment.expects_return else 0
            shipment.return_due = shipment.date + timedelta(days=days) if days and shipment.date else False

    @api.depends("line_ids.quantity_pending", "line_ids.pending_value")
    def _compute_has_pending(self):
        for shipment in self:
            shipment.has_pending = any(shipment.line_ids.mapped("quantity_pending"))
            shipment.pending_value = sum(shipment.line_ids.mapped("pending_value"))

    @api.depends("return_due", "has_pending")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for shipment in self:
            shipment.is_overdue = bool(shipment.has_pending and shipment.return_due and shipment.return_due < today)

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        return [("has_pending", "=", True), ("return_due", "<", today)]

    # --- The reminder -------------------------------------------------------------------------------------------

    def _fbr_document_moved(self, document):
        """With the goods leaves a reminder of the day they are due back; the last that come back take it away."""
        super()._fbr_document_moved(document)
        (self | self.origin_id)._remind()

    def _remind(self):
        """Keep one activity for each remittance that has something out until a day, and none for the others."""
        kind = "mail.mail_activity_data_todo"
        for shipment in self:
            mine = shipment.activity_ids.filtered("automated")
            if not shipment.has_pending or not shipment.return_due:
                mine.action_feedback()
            elif mine:
                mine.date_deadline = shipment.return_due
            else:
                shipment.activity_schedule(
                    kind,
                    shipment.return_due,
                    summary=self.env._("Goods are due back"),
                    user_id=(shipment.user_id or self.env.user).id,
                )

    def write(self, vals):
        result = super().write(vals)
        if "return_due" in vals:
            self.filtered(lambda shipment: shipment.state in MOVED)._remind()
        return result
