from odoo import api, fields, models

from .line_numbers import line_net


class ShipmentLine(models.Model):
    """Goods of a remittance, or a charge that is shared among them (freight, insurance)."""

    _name = "faturamento_br.shipment.line"
    _description = "Remittance line"
    _inherit = ["faturamento_br.fiscal.line"]
    _order = "shipment_id desc, sequence, id"
    _check_company_auto = True

    _fbr_source_name = "shipment_id"
    _fbr_item_link = "shipment_line_id"
    #: A remittance is never a down payment; the core's problems ask every line.
    is_downpayment = False

    shipment_id = fields.Many2one(
        "faturamento_br.shipment", "Remittance", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="shipment_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one("product.product", required=True, index=True, ondelete="restrict", check_company=True)
    name = fields.Text("Description", compute="_compute_name", store=True, readonly=False, precompute=True)
    quantity = fields.Float(digits="Product Unit", default=1.0, required=True)
    product_uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        compute="_compute_product_uom_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
    )
    price_unit = fields.Float(
        "Unit price",
        digits="Product Price",
        compute="_compute_price_unit",
        store=True,
        readonly=False,
        precompute=True,
        min_display_digits="Product Price",
    )
    discount = fields.Float("Discount (%)", digits="Discount")
    price_subtotal = fields.Monetary("Amount", compute="_compute_amount", store=True)
    price_total = fields.Monetary("Total", compute="_compute_amount", store=True)
    # What lists and reports of lines ask for.
    partner_id = fields.Many2one(related="shipment_id.commercial_partner_id", store=True, index=True, string="With")
    date = fields.Date(related="shipment_id.date", store=True)
    state = fields.Selection(related="shipment_id.state", store=True)
    fbr_operation_id = fields.Many2one(related="shipment_id.fbr_operation_id", store=True)

    _quantity_positive = models.Constraint("CHECK(quantity > 0)", "The quantity of a line is more than zero.")
    _price_positive = models.Constraint("CHECK(price_unit >= 0)", "The unit price of a line is not negative.")
    _discount_range = models.Constraint(
        "CHECK(discount BETWEEN 0 AND 100)", "The discount of a line is between 0 and 100 %."
    )

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            line.name = line.product_id.with_context(lang=line.partner_id.lang).display_name

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for line in self:
            line.product_uom_id = line.product_id.uom_id

    @api.depends("product_id", "product_uom_id", "shipment_id.fbr_operation_id")
    def _compute_price_unit(self):
        """The sales price or the cost, as the operation says, in the line's unit."""
        for line in self:
            if line.origin_line_id or line.sale_line_id or line.shipment_id.state not in (False, "draft"):
                line.price_unit = line.price_unit
                continue
            product = line.product_id.with_company(line.company_id).sudo()
            if line.shipment_id.fbr_operation_id.shipment_price == "cost":
                price = product.standard_price
            else:
                price = product.lst_price
            unit = line.product_uom_id or product.uom_id
            line.price_unit = product.uom_id._compute_price(price, unit) if product else 0.0

    @api.depends(
        "product_id",
        "shipment_id.line_ids.product_id",
        "shipment_id.line_ids.quantity",
        "shipment_id.line_ids.price_unit",
        "shipment_id.line_ids.discount",
        "shipment_id.fbr_operation_id",
        "shipment_id.fbr_final_consumer",
        "shipment_id.partner_id",
        "shipment_id.date",
    )
    def _compute_amount(self):
        """What the core computes; without NF-e, quantity × price less the discount."""
        others = self._fbr_set_totals(self._fbr_amounts_of_sources(), ("price_subtotal", "price_total"))
        for line in others:
            line.price_subtotal = line.price_total = float(line_net(line))

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.shipment_id._check_open()
        return lines

    def write(self, vals):
        if {"product_id", "quantity", "product_uom_id", "price_unit", "discount", "shipment_id"} & vals.keys():
            self.shipment_id._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        self.shipment_id.filtered(lambda shipment: shipment.state != "cancel")._check_open()

    def _fbr_item_extras(self):
        first, _newline, rest = (self.name or "").partition("\n")
        product_name = self.product_id.with_context(display_default_code=False).display_name
        info = rest if product_name in first else self.name or ""
        order = self.shipment_id.sale_order_id
        return {
            "order_ref": order.client_order_ref or "",
            "order_line": self.fbr_order_line or "",
            "info": " ".join(info.split()),
        }
