from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.sql import column_exists, create_column

from ..billing import mrr
from .contract import UNITS
from .contract_facts import interval_of
from .recurrence import line_values, told

#: What a contract took from a line of its order; afterwards only a change of the contract speaks of it.
TAKEN = frozenset(
    {"product_id", "product_uom_qty", "product_uom_id", "price_unit", "discount", "fbr_interval_count"}
    | {"fbr_interval_unit"}
)


class SaleOrder(models.Model):
    """What recurs in a quotation becomes a contract when it is confirmed; the order invoices the rest, once."""

    _inherit = "sale.order"

    fbr_contract_ids = fields.One2many("faturamento_br.contract", "sale_order_id", "Contracts")
    fbr_contract_count = fields.Integer(compute="_compute_fbr_contract_count")
    fbr_recurs = fields.Boolean(compute="_compute_fbr_recurring_amount")
    fbr_recurring_amount = fields.Monetary(
        "Recurring, per month", compute="_compute_fbr_recurring_amount", help="Net of discount, without taxes on top."
    )
    fbr_contract_start = fields.Date(
        "Contract starts on", copy=False, help="Empty: on the day on which the order is confirmed."
    )

    @api.depends("fbr_contract_ids")
    def _compute_fbr_contract_count(self):
        groups = []
        if self.ids:
            groups = (
                self.env["faturamento_br.contract"]
                .sudo()
                ._read_group([("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"])
            )
        counts = {order.id: count for order, count in groups}
        for order in self:
            order.fbr_contract_count = counts.get(order._origin.id, 0)

    @api.depends(
        "order_line.fbr_interval_count", "order_line.fbr_interval_unit", "order_line.product_uom_qty",
        "order_line.price_unit", "order_line.discount", "currency_id",
    )  # fmt: skip
    def _compute_fbr_recurring_amount(self):
        for order in self:
            recurring = order.order_line.filtered("fbr_interval_unit")
            order.fbr_recurs = bool(recurring)
            order.fbr_recurring_amount = sum(recurring.mapped(lambda line: line._fbr_monthly()))

    def _action_confirm(self):
        super()._action_confirm()
        self._fbr_make_contracts()

    def _fbr_make_contracts(self):
        """A contract for each order, of its recurring lines that have none yet.

        :raises UserError: a contract could not start; all that keeps it from that.
        """
        contracts = self.env["faturamento_br.contract"]
        for order in self:
            if lines := order.order_line.filtered(lambda line: line._fbr_lacks_contract()):
                contracts += contracts.with_company(order.company_id).create(order._fbr_contract_values(lines))
        contracts.action_start()
        for contract in contracts:
            order = contract.sale_order_id
            order._message_log(body=self.env._("Contract %s was made.", contract._get_html_link()))
            contract._message_log(body=self.env._("Made from order %s.", order._get_html_link()))
        return contracts

    def _fbr_contract_values(self, lines):
        values = {
            "company_id": self.company_id.id,
            "partner_id": self.partner_invoice_id.id,
            "currency_id": self.currency_id.id,
            "user_id": self.user_id.id,
            "sale_order_id": self.id,
            "payment_term_id": self.payment_term_id.id,
            "line_ids": [Command.create(line._fbr_contract_line_values()) for line in lines],
        }
        if self._fbr_is_fiscal():
            values["fbr_operation_id"] = self.fbr_operation_id.id
        start = self.fbr_contract_start or self.env["faturamento_br.contract"].new(values)._today()
        return {**values, "date_start": start}

    def _action_cancel(self):
        """Its contracts end with it while nothing was billed.

        :raises UserError: one was billed and goes on.
        """
        contracts = self.sudo().fbr_contract_ids
        if billed := contracts.filtered(lambda one: one.state == "running" and (one.period_ids or one.change_ids)):
            raise UserError(
                self.env._(
                    "%s was billed or changed already: end it with Change, then cancel the order.",
                    ", ".join(billed.mapped("name")),
                )
            )
        result = super()._action_cancel()
        contracts.filtered(lambda one: one.state == "running")._apply("reopen")
        given_up = contracts.filtered(lambda one: one.state == "draft")
        for contract in given_up:
            contract._message_log(body=self.env._("Its order was cancelled."))
        given_up.active = False
        return result

    def action_view_fbr_contracts(self):
        self.ensure_one()
        return self.fbr_contract_ids._get_records_action(name=self.env._("Contracts"))


class SaleOrderLine(models.Model):
    """A line that recurs has a period; it is invoiced by its contract, never by the order."""

    _inherit = "sale.order.line"

    fbr_interval_count = fields.Integer(
        "Every", compute="_compute_fbr_interval", store=True, readonly=False, precompute=True
    )
    fbr_interval_unit = fields.Selection(
        UNITS, "Period", compute="_compute_fbr_interval", store=True, readonly=False, precompute=True,
        help="Empty: sold once.",
    )  # fmt: skip
    fbr_recurrence = fields.Char("Recurs", compute="_compute_fbr_recurrence")
    fbr_contract_line_ids = fields.One2many("faturamento_br.contract.line", "sale_line_id", "Lines of contracts")

    def _auto_init(self):
        """Make the columns empty: the lines of years were sold once, and nothing is computed for them."""
        for name in ("fbr_interval_count", "fbr_interval_unit"):
            if not column_exists(self.env.cr, self._table, name):
                create_column(self.env.cr, self._table, name, self._fields[name].column_type[1])
        return super()._auto_init()

    @api.depends("product_id")
    def _compute_fbr_interval(self):
        for line in self:
            product = line.product_id.product_tmpl_id
            recurs = product.fbr_recurring and not line.display_type
            line.fbr_interval_count = recurs and (product.fbr_interval_count or 1)
            line.fbr_interval_unit = recurs and (product.fbr_interval_unit or "month")

    @api.depends("fbr_interval_count", "fbr_interval_unit")
    @api.depends_context("lang")
    def _compute_fbr_recurrence(self):
        for line in self:
            unit = line.fbr_interval_unit
            line.fbr_recurrence = unit and told(self.env, line.fbr_interval_count, unit)

    # --- The order invoices the rest ----------------------------------------------------------------------------

    @api.depends("fbr_interval_unit")
    def _compute_qty_to_invoice(self):
        recurring = self.filtered("fbr_interval_unit")
        recurring.qty_to_invoice = 0.0
        super(SaleOrderLine, self - recurring)._compute_qty_to_invoice()

    @api.depends("fbr_interval_unit")
    def _compute_invoice_status(self):
        """Nothing of it is left to the order: its contract invoices it."""
        recurring = self.filtered(lambda line: line.fbr_interval_unit and line.state == "sale")
        recurring.invoice_status = "invoiced"
        super(SaleOrderLine, self - recurring)._compute_invoice_status()

    @api.depends("fbr_interval_unit")
    def _compute_untaxed_amount_to_invoice(self):
        recurring = self.filtered("fbr_interval_unit")
        recurring.untaxed_amount_to_invoice = 0.0
        super(SaleOrderLine, self - recurring)._compute_untaxed_amount_to_invoice()

    @api.depends("fbr_interval_unit")
    def _compute_amount_to_invoice(self):
        recurring = self.filtered("fbr_interval_unit")
        recurring.amount_to_invoice = 0.0
        super(SaleOrderLine, self - recurring)._compute_amount_to_invoice()

    # --- Its contract -------------------------------------------------------------------------------------------

    def _fbr_monthly(self):
        """What it brings in a month, net of discount, in the order's currency."""
        values = self._fbr_contract_line_values()
        line = self.env["faturamento_br.contract.line"].new(values)
        unit = self.env["faturamento_br.contract"].new({"currency_id": self.currency_id.id})._unit()
        interval = interval_of(self.fbr_interval_count, self.fbr_interval_unit)
        return float(mrr.monthly(line._terms(), interval, unit)) if interval else 0.0

    def _fbr_lacks_contract(self):
        """One that was given up with a cancelled order does not count."""
        living = self.sudo().fbr_contract_line_ids.filtered("contract_id.active")
        return bool(self.fbr_interval_unit) and not self.display_type and not living

    def _fbr_contract_line_values(self):
        return {
            **line_values(self, self.product_uom_qty),
            "interval_count": self.fbr_interval_count,
            "interval_unit": self.fbr_interval_unit,
            "billing": self.product_id.fbr_billing or "advance",
            "sale_line_id": self.id,
        }

    @api.model_create_multi
    def create(self, vals_list):
        """What recurs and is added to a confirmed order has a contract of its own."""
        lines = super().create(vals_list)
        if late := lines.filtered(lambda line: line.state == "sale" and line.fbr_interval_unit):
            late.order_id._fbr_make_contracts()
        return lines

    def write(self, vals):
        if TAKEN & vals.keys():
            changing = self.filtered(
                lambda line: line.fbr_interval_unit and line.state == "sale" and not line._fbr_lacks_contract()
            )
            if changing:
                contracts = changing.sudo().fbr_contract_line_ids.contract_id
                raise UserError(
                    self.env._(
                        "%(line)s is billed by %(contract)s: use Change there, which keeps who changed what and from "
                        "which day.",
                        line=", ".join(changing.mapped("product_id.display_name")),
                        contract=", ".join(contracts.mapped("name")),
                    )
                )
        return super().write(vals)
