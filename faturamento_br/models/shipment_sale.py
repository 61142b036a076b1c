from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import float_compare
from odoo.tools.sql import column_exists, create_column

from ..fiscal.problems import _

BILLED_TOO_LITTLE = (
    _("%(product)s: %(given)s would be remitted of the %(billed)s that %(order)s has billed."),
    _("Lower the quantity, or bill the rest first."),
)
SALE_UNISSUED = (
    _("No NF-e of the sale %(order)s is authorized yet, and the goods may not leave without it."),
    _("Issue the NF-e of its invoice first."),
)


class Shipment(models.Model):
    """Goods that a sale billed and that leave by a note of their own.

    Sold for future delivery (5116, 5117), or delivered to somebody else by order of who bought them (5923): Convênio
    S/N of 15/12/1970, article 40. The notes refer to the sale's, and never tell more goods than it billed.
    """

    _inherit = "faturamento_br.shipment"

    sale_order_id = fields.Many2one(
        "sale.order", "Sale", index="btree_not_null", ondelete="restrict", copy=False, check_company=True
    )
    sold_order_ids = fields.Many2many("sale.order", compute="_compute_sold_order_ids", string="Sold by")
    sold_order_count = fields.Integer("Number of sales", compute="_compute_sold_order_ids")

    @api.depends("line_ids.sold_line_ids.order_id")
    def _compute_sold_order_ids(self):
        for shipment in self:
            shipment.sold_order_ids = shipment.line_ids.sold_line_ids.order_id
            shipment.sold_order_count = len(shipment.sold_order_ids)

    def action_open_sale(self):
        self.ensure_one()
        return self.sale_order_id._get_records_action(name=self.env._("Sale"))

    def action_view_sold_orders(self):
        return self.sold_order_ids._get_records_action(name=self.env._("Sold by"))

    def action_sell(self):
        """A quotation of what is out, for the recipient to buy it."""
        self.ensure_one()
        lines = self.line_ids.filtered("quantity_pending")
        if not lines:
            raise UserError(self.env._("Nothing of %s is out any more.", self.display_name))
        operation = self.fbr_operation_id._fbr_sale_operation()
        values = {
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "origin": self.name,
            "order_line": [Command.create(line._sale_values()) for line in lines],
        }
        if operation:
            values["fbr_operation_id"] = operation.id
        order = self.env["sale.order"].create(values)
        return order._get_records_action(name=self.env._("Sale of goods that are out"))

    def _locked_with(self):
        return [*super()._locked_with(), self.sudo().line_ids.sale_line_id]

    def _fbr_refusals(self):
        return [*super()._fbr_refusals(), *self._unbilled()]

    def _unbilled(self):
        """What these lines would remit beyond what the sale billed."""
        order = self.sudo().sale_order_id
        if not self.line_ids.sale_line_id:
            return
        if not order._fbr_authorized_documents():
            yield self._fbr_problem("sale_unissued", SALE_UNISSUED, order.sudo(False), "", order=order.name)
        for sold, lines in self.sudo().line_ids.filtered("sale_line_id").grouped("sale_line_id").items():
            own = sum(
                line.product_uom_id._compute_quantity(line.quantity, sold.product_uom_id, round=False) for line in lines
            )
            given = own + sold.fbr_quantity_remitted
            if float_compare(given, sold.qty_invoiced, precision_rounding=sold.product_uom_id.rounding or 0.01) > 0:
                yield self._fbr_problem(
                    "remitted_too_much",
                    BILLED_TOO_LITTLE,
                    self,
                    "line_ids",
                    product=sold.product_id.display_name,
                    given=f"{given:g}",
                    billed=f"{sold.qty_invoiced:g}",
                    order=order.name,
                )


class ShipmentLine(models.Model):
    _inherit = "faturamento_br.shipment.line"

    sale_line_id = fields.Many2one(
        "sale.order.line", "Line of the sale", index="btree_not_null", ondelete="restrict", copy=False
    )

    def _sale_values(self):
        """Values of the order line that sells what is left of this one."""
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self.quantity_pending,
            "product_uom_id": self.product_uom_id.id,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "fbr_shipment_line_id": self.id,
        }


class SaleOrder(models.Model):
    """The order whose goods leave by notes of their own."""

    _inherit = "sale.order"

    fbr_shipment_ids = fields.One2many("faturamento_br.shipment", "sale_order_id", "Remittances", readonly=True)
    fbr_shipment_count = fields.Integer("Number of remittances", compute="_compute_fbr_shipment_count")
    fbr_can_remit = fields.Boolean("Goods may be remitted", compute="_compute_fbr_can_remit")

    @api.depends("fbr_shipment_ids")
    def _compute_fbr_shipment_count(self):
        counts = dict(
            self.env["faturamento_br.shipment"]
            .sudo()
            ._read_group([("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"])
        )
        for order in self:
            order.fbr_shipment_count = counts.get(order._origin, 0)

    @api.depends("state", "fbr_operation_id", "partner_shipping_id", "order_line.qty_invoiced")
    def _compute_fbr_can_remit(self):
        for order in self:
            order.fbr_can_remit = (
                order.state == "sale" and bool(order._fbr_remittance_operation()) and bool(order._fbr_to_remit())
            )

    def _confirmation_error_message(self):
        """Goods that are out are sold once, and none of them after they came back."""
        message = super()._confirmation_error_message()
        if message:
            return message
        sold = self.sudo().order_line.filtered("fbr_shipment_line_id")
        for origin, lines in sold.grouped("fbr_shipment_line_id").items():
            given = origin._in_own_unit((line.product_uom_id, line.product_uom_qty) for line in lines)
            if origin._is_more(origin.quantity_returned + origin.quantity_sold + given):
                return self.env._(
                    "%(product)s: only %(left)s of %(shipment)s are out and may be sold. Lower the quantity.",
                    product=origin.product_id.display_name,
                    left=f"{origin._left():g}",
                    shipment=origin.shipment_id.display_name,
                )
        return False

    def _fbr_remittance_operation(self):
        """The operation by which goods of this sale leave later, or to somebody else; empty when they leave with it."""
        return self.fbr_operation_id._fbr_remittance_operation()

    def _fbr_to_remit(self):
        """Lines of goods that were billed and have not left."""
        return self.order_line.filtered(
            lambda line: (
                not line.display_type
                and not line.is_downpayment
                and line._fbr_role() == "item"
                and line.qty_invoiced > line.fbr_quantity_remitted
            )
        )

    def _fbr_authorized_documents(self):
        return self.sudo().invoice_ids.fbr_document_ids.filtered(lambda document: document.state == "authorized")

    def action_view_fbr_shipments(self):
        return self.fbr_shipment_ids._get_records_action(name=self.env._("Remittances"))

    def action_fbr_remit(self):
        """A draft remittance of what was billed and has not left."""
        self.ensure_one()
        operation = self._fbr_remittance_operation()
        lines = self._fbr_to_remit()
        if not operation or not lines:
            raise UserError(
                self.env._(
                    "%s: nothing that was billed waits to leave. Bill it first, by an operation whose goods leave "
                    "later (future delivery) or to somebody else (by order).",
                    self.name,
                )
            )
        recipient = self.partner_shipping_id or self.partner_id if operation.to_third_party else self.partner_id
        shipment = self.env["faturamento_br.shipment"].create(
            {
                "company_id": self.company_id.id,
                "partner_id": recipient.id,
                "partner_shipping_id": False if operation.to_third_party else self.partner_shipping_id.id,
                "sale_order_id": self.id,
                "fbr_operation_id": operation.id,
                "reference_document_ids": [Command.set(self._fbr_authorized_documents().ids)],
                "line_ids": [Command.create(line._fbr_remittance_values()) for line in lines],
            }
        )
        return shipment._get_records_action(name=self.env._("Remittance"))


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    fbr_shipment_line_id = fields.Many2one(
        "faturamento_br.shipment.line", "Sells goods that are out", index="btree_not_null", copy=False, readonly=True
    )
    fbr_remitted_line_ids = fields.One2many("faturamento_br.shipment.line", "sale_line_id", "Remitted by")
    fbr_quantity_remitted = fields.Float(
        "Remitted", digits="Product Unit", compute="_compute_fbr_quantity_remitted", store=True, compute_sudo=True
    )

    def _auto_init(self):
        """Make the column empty: of the lines there are, none was remitted."""
        if not column_exists(self.env.cr, self._table, "fbr_quantity_remitted"):
            create_column(self.env.cr, self._table, "fbr_quantity_remitted", "numeric")
        return super()._auto_init()

    @api.depends(
        "fbr_remitted_line_ids.quantity",
        "fbr_remitted_line_ids.product_uom_id",
        "fbr_remitted_line_ids.shipment_id.state",
    )
    def _compute_fbr_quantity_remitted(self):
        for line in self:
            gone = line.fbr_remitted_line_ids.filtered(
                lambda each: each.shipment_id.state in ("confirmed", "issued") and not each.origin_line_id
            )
            line.fbr_quantity_remitted = sum(
                each.product_uom_id._compute_quantity(each.quantity, line.product_uom_id, round=False) for each in gone
            )

    def _fbr_remittance_values(self):
        """Values of the line that remits what was billed by this one and has not left."""
        return {
            "product_id": self.product_id.id,
            "name": self.name,
            "quantity": self.qty_invoiced - self.fbr_quantity_remitted,
            "product_uom_id": self.product_uom_id.id,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "sale_line_id": self.id,
        }
