from odoo import api, fields, models

#: By what the taxes shown on a line change: a freight is shared among all lines, so those of the others count too.
SHOWN_BY = (
    "order_id.order_line.product_id",
    "order_id.order_line.product_uom_qty",
    "order_id.order_line.price_unit",
    "order_id.order_line.discount",
    "order_id.order_line.fbr_hand",
    "order_id.fbr_operation_id",
    "order_id.fbr_final_consumer",
    "order_id.partner_invoice_id",
)


class SaleOrder(models.Model):
    """The order as source of an NF-e to be: it shows the totals its invoice will have."""

    _name = "sale.order"
    _inherit = ["sale.order", "faturamento_br.fiscal.source"]

    def _fbr_lines(self):
        return self._get_priced_lines()

    def _fbr_kind_issues(self):
        return True

    def _fbr_recipient(self):
        return self.partner_invoice_id.commercial_partner_id or self.partner_id.commercial_partner_id

    def _fbr_issue_date(self):
        """Today: nobody knows yet when it will be invoiced."""
        return fields.Date.context_today(self)

    def _fbr_is_open(self):
        return self.state in ("draft", "sent")

    def _fbr_takes_hand(self):
        return self.state != "cancel" and not self.locked

    def _fbr_open_domain(self):
        """Confirmed orders too, while something is left to invoice."""
        return ["|", ("state", "in", ("draft", "sent")), ("invoice_status", "in", ("no", "to invoice", "upselling"))]

    @api.depends("company_id", "partner_invoice_id.commercial_partner_id.country_id")
    def _compute_fbr_operation_id(self):
        super()._compute_fbr_operation_id()
        self._fbr_adopt_abroad()

    @api.depends("partner_invoice_id.commercial_partner_id.fbr_ie_indicator")
    def _compute_fbr_final_consumer(self):
        super()._compute_fbr_final_consumer()

    @api.depends("order_line.product_id", "partner_invoice_id", "company_id")
    def _compute_fbr_freight_mode(self):
        super()._compute_fbr_freight_mode()

    @api.depends("partner_invoice_id", "company_id")
    def _compute_fbr_carrier_id(self):
        super()._compute_fbr_carrier_id()

    @api.depends(
        "fbr_net_weight_typed",
        "fbr_gross_weight_typed",
        "order_line.product_id",
        "order_line.product_uom_qty",
        "order_line.product_uom_id",
    )
    def _compute_fbr_weights(self):
        super()._compute_fbr_weights()

    @api.depends("order_line.product_id")
    def _compute_fbr_is_fiscal(self):
        super()._compute_fbr_is_fiscal()

    @api.depends("order_line.price_total", "fbr_operation_id", "fbr_final_consumer", "partner_invoice_id")
    def _compute_amounts(self):
        super()._compute_amounts()

    @api.depends("order_line.price_total", "fbr_operation_id", "fbr_final_consumer", "partner_invoice_id")
    def _compute_tax_totals(self):
        super()._compute_tax_totals()

    @api.onchange("order_line")
    def _fbr_retell_lines(self):
        """Lines that are no more, or still unsaved, concern the others too."""
        for order in self:
            self.env["sale.order.line"]._fbr_retell(order._fbr_amounts())

    def _generate_downpayment_invoices(self):
        """A part paid online stays a payment: a down payment of goods has no NF-e rule yet."""
        return super(
            SaleOrder, self.filtered(lambda order: not order._fbr_is_fiscal())
        )._generate_downpayment_invoices()


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "faturamento_br.fiscal.line", "faturamento_br.line.taxes"]

    _fbr_quantity_name = "product_uom_qty"
    _fbr_source_name = "order_id"
    _fbr_item_link = ""

    @api.depends(
        "product_id",
        "fbr_hand",
        "order_id.fbr_operation_id",
        "order_id.fbr_final_consumer",
        "order_id.partner_invoice_id",
    )
    def _compute_amount(self):
        """A line's own change makes Odoo ask for it alone; whom else it concerns (a freight they share) is retold."""
        priced = self.filtered(lambda line: not line.display_type)
        amounts = priced._fbr_amounts_of_sources()
        others = self._fbr_set_totals(amounts, ("price_subtotal", "price_total"))
        for line in self - others:
            line.price_tax = line.price_total - line.price_subtotal
        super(SaleOrderLine, others)._compute_amount()
        self._fbr_retell({line: found for line, found in amounts.items() if line not in self})

    @api.model
    def _fbr_retell(self, amounts):
        """Write the totals of ``amounts`` into lines that say something else, as their computation would."""
        names = ("price_subtotal", "price_total", "price_tax")
        pending = self.env.records_to_compute(self._fields["price_total"])
        stale = self.browse()
        for line, found in amounts.items():
            if line not in pending and line.currency_id.compare_amounts(line.price_total, float(found.total)):
                stale |= line
        with self.env.protecting([self._fields[name] for name in names], stale):
            stale._fbr_set_totals(amounts, names[:2])
            for line in stale:
                line.price_tax = line.price_total - line.price_subtotal
        stale.modified(names)

    @api.depends(*SHOWN_BY)
    def _compute_fbr_taxes_text(self):
        super()._compute_fbr_taxes_text()

    @api.depends(*SHOWN_BY)
    def _compute_fbr_tax_amounts(self):
        super()._compute_fbr_tax_amounts()

    @api.depends("fbr_hand", "order_id.fbr_operation_id", "order_id.fbr_final_consumer", "order_id.partner_invoice_id")
    def _compute_tax_ids(self):
        priced = self.filtered(lambda line: not line.display_type)
        others = self - priced | priced._fbr_set_taxes()
        super(SaleOrderLine, others)._compute_tax_ids()

    def _fbr_item_extras(self):
        return {"order_ref": self.order_id.client_order_ref or "", "order_line": self.fbr_order_line or ""}

    @api.model_create_multi
    def create(self, vals_list):
        """A form does not know a new line's siblings: whether a freight is a charge of goods is only known now."""
        lines = super().create(vals_list)
        charges = lines.order_id.order_line.filtered(lambda line: line._fbr_role() == "charge")
        charges._compute_tax_ids()
        return lines

    def unlink(self):
        """What a freight was shared among bears it no longer."""
        orders = self.order_id
        result = super().unlink()
        orders._fbr_retell_lines()
        return result

    def _prepare_invoice_line(self, **optional_values):
        """The invoice computes its own taxes; what an engine kept with the order would be stale there."""
        values = super()._prepare_invoice_line(**optional_values)
        told = ("fbr_order_line", *self._fbr_export_names())
        values |= {name: self[name] for name in told if self[name]}
        if self.order_id._fbr_is_fiscal() and self._fbr_role() in ("item", "charge"):
            values["extra_tax_data"] = False
            if self.fbr_hand:
                values["fbr_hand"] = self._fbr_hand_for(values.get("quantity"))
        return values
