from odoo import api, fields, models

from .line_amounts import LineAmounts, exact, exact_price

#: By what the taxes shown on a line change: a freight is shared among all lines, so those of the others count too.
SHOWN_BY = (
    "fbr_amounts",
    "move_id.invoice_line_ids.product_id",
    "move_id.invoice_line_ids.quantity",
    "move_id.invoice_line_ids.price_unit",
    "move_id.invoice_line_ids.discount",
    "move_id.invoice_line_ids.fbr_hand",
    "move_id.fbr_operation_id",
    "move_id.fbr_final_consumer",
    "move_id.partner_id",
    "move_id.invoice_date",
    "move_id.state",
)


class AccountMoveLine(models.Model):
    _name = "account.move.line"
    _inherit = ["account.move.line", "faturamento_br.fiscal.line", "faturamento_br.line.taxes"]

    # What the core computed when the invoice was last open, and from what: see account_move_fiscal.py.
    fbr_amounts = fields.Json("NF-e amounts", readonly=True)

    @api.depends(
        "fbr_amounts",
        "fbr_hand",
        "product_id",
        "move_id.fbr_operation_id",
        "move_id.fbr_final_consumer",
        "move_id.partner_id",
        "move_id.invoice_date",
    )
    def _compute_totals(self):
        amounts = self.filtered(lambda line: line.display_type == "product")._fbr_amounts_of_sources()
        others = self._fbr_set_totals(amounts, ("price_subtotal", "price_total"))
        super(AccountMoveLine, others)._compute_totals()

    @api.depends(*SHOWN_BY)
    def _compute_fbr_taxes_text(self):
        super()._compute_fbr_taxes_text()

    @api.depends(*SHOWN_BY)
    def _compute_fbr_tax_amounts(self):
        super()._compute_fbr_tax_amounts()

    @api.depends("fbr_hand", "move_id.fbr_operation_id", "move_id.fbr_final_consumer", "move_id.partner_id")
    def _compute_tax_ids(self):
        """By the rules, while the invoice is open; then a line keeps the taxes it was booked with."""
        booked = self.filtered(lambda line: line.parent_state == "posted" and line.fbr_amounts)
        for line in booked:
            line.tax_ids = line.tax_ids
        lines = self - booked
        product_lines = lines.filtered(lambda line: line.display_type == "product" and not line.is_imported)
        others = lines - product_lines | product_lines._fbr_set_taxes()
        super(AccountMoveLine, others)._compute_tax_ids()

    def _get_computed_taxes(self):
        carriers = self._fbr_carriers()
        return super()._get_computed_taxes() if carriers is None else carriers

    def _fbr_inputs(self):
        """What the amounts of this line were computed from, beside its document."""
        return [
            self.product_id.id,
            *map(str, (exact(self, "quantity"), exact_price(self.price_unit), exact(self, "discount"))),
            *([self.fbr_hand["taxes"]] if self.fbr_hand else ()),
        ]

    def _fbr_stored_amounts(self):
        """The amounts kept with this line; ``None`` when there are none."""
        return LineAmounts.load(self.fbr_amounts) if self.fbr_amounts else None

    def _fbr_item_extras(self):
        order = self.sale_line_ids.order_id[:1]
        first, _newline, rest = (self.name or "").partition("\n")
        product_name = self.product_id.with_context(display_default_code=False).display_name
        info = rest if product_name in first else self.name or ""
        # An invoice made by hand has the customer's order in its own reference; one of an order may have ours there.
        reference = order.client_order_ref if order else self.move_id.ref
        return {
            "order_ref": reference or "",
            "order_line": self.fbr_order_line or "",
            "info": " ".join(info.split()),
        }
