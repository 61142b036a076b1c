from odoo import api, fields, models
from odoo.exceptions import UserError

from .contract import UNITS

#: What was signed of a line; afterwards only a change speaks of it.
SIGNED = frozenset(
    {
        "product_id",
        "product_uom_id",
        "quantity",
        "price_unit",
        "discount",
        "interval_count",
        "interval_unit",
        "anchor",
        "anchor_day",
        "anchor_month",
        "billing",
        "trial_count",
        "trial_unit",
        "date_start",
        "date_end",
        "usage_plan_id",
    }
)


class ContractLine(models.Model):
    """One recurring thing in a contract, as signed; what became of it is told by the contract's changes."""

    _name = "faturamento_br.contract.line"
    _description = "Contract line"
    _inherit = ["analytic.mixin"]
    _order = "contract_id, sequence, id"
    _check_company_auto = True

    contract_id = fields.Many2one("faturamento_br.contract", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    state = fields.Selection(related="contract_id.state")
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        check_company=True,
        domain=[("sale_ok", "=", True)],
        ondelete="restrict",
    )
    product_uom_id = fields.Many2one("uom.uom", "Unit of measure", help="Empty: that of the product.")
    sale_line_id = fields.Many2one("sale.order.line", "Order line", copy=False, readonly=True, index="btree_not_null")
    name = fields.Text(
        "Text", compute="_compute_name", store=True, readonly=False, precompute=True, required=True,
        help="On the invoice; may have placeholders: {period}, {start}, {end}, {month}, {number}.",
    )  # fmt: skip
    quantity = fields.Float(digits="Product Unit", default=1.0, required=True)
    price_unit = fields.Float(
        "Price", digits="Product Price", compute="_compute_price_unit", store=True, readonly=False, precompute=True
    )
    discount = fields.Float("Discount (%)", digits="Discount")
    price_subtotal = fields.Monetary(
        "Per period", compute="_compute_price_subtotal", help="Of a whole period, as signed."
    )
    interval_count = fields.Integer("Every", default=1, required=True)
    interval_unit = fields.Selection(UNITS, "Unit", default="month", required=True)
    anchor = fields.Selection(
        [
            ("start", "The day of the start"),
            ("day", "A fixed day"),
            ("last_day", "The last day of the month"),
            ("working_day", "A working day of banks"),
        ],
        "Periods begin on",
        required=True,
        default="start",
    )
    anchor_day = fields.Integer("Day")
    anchor_month = fields.Integer(
        "Month", help="For periods longer than a month: one of them begins in this month. 0: in that of the start."
    )
    billing = fields.Selection(
        [("advance", "In advance"), ("arrears", "In arrears")], "When it is charged", required=True, default="advance"
    )
    trial_count = fields.Integer("Free for", help="Nothing is owed from the start for so long. 0: no trial.")
    trial_unit = fields.Selection(UNITS, "Unit of the trial", default="month", required=True)
    date_start = fields.Date("Starts", help="Empty: with the contract.")
    date_end = fields.Date("Last day", help="Empty: with the contract.")
    period_ids = fields.One2many("faturamento_br.contract.period", "line_id", "Billed periods", readonly=True)

    @api.depends("product_id")
    def _compute_name(self):
        for line in self:
            if line.product_id and not line.name:
                told = line.product_id.with_context(lang=line.contract_id.partner_id.lang)
                name = told.get_product_multiline_description_sale().replace("{", "{{").replace("}", "}}")
                line.name = f"{name}\n{{period}}"

    @api.depends("product_id")
    def _compute_price_unit(self):
        for line in self:
            line.price_unit = line.price_unit or line.product_id.lst_price

    @api.depends("quantity", "price_unit", "discount", "currency_id", "usage_plan_id")
    def _compute_price_subtotal(self):
        for line in self:
            fixed = not line.usage_plan_id
            line.price_subtotal = float(line._terms().amount(line.contract_id._unit())) if fixed else 0.0

    @api.depends("product_id", "contract_id.name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.product_id.display_name or self.env._("New line")

    def write(self, vals):
        if SIGNED & vals.keys() and (signed := self.filtered(lambda line: line.state != "draft" and line.period_ids)):
            raise UserError(
                self.env._(
                    "%s was billed: use Change, which keeps who changed what and from which day.",
                    ", ".join(signed.mapped("display_name")),
                )
            )
        return super().write(vals)

    def action_open(self):
        """All of it: periods, trial, text."""
        self.ensure_one()
        return self._get_records_action(name=self.display_name, target="new")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        if billed := self.filtered(lambda line: line.sudo().period_ids):
            raise UserError(
                self.env._("%s was billed: end it with Change instead.", ", ".join(billed.mapped("display_name")))
            )
