from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..fiscal.whatif import assumptions
from ..models.goods import IN_FORCE, IPI_CSTS, ORIGINS
from .tax_simulation_situation import SITUATION, is_rate

#: Situations side by side that a screen and a reader can hold.
MOST_COLUMNS = 4
LINE = (
    *("product_id", "ncm_id", "cest_id", "origin", "ipi_cst", "ipi_rate", "quantity", "price_unit", "discount"),
    "sequence",
)


class TaxSimulation(models.TransientModel):
    """What a sale would be taxed, and why, with nothing sold: no order, invoice, product or partner is made.

    The sale is an order that is never saved (``models/sale_order_whatif.py``), so it is taxed by an order's own code.
    """

    _name = "faturamento_br.tax_simulation"
    _inherit = ["faturamento_br.tax_simulation.situation"]
    _description = "Tax simulation"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        domain="[('id', 'in', allowed_company_ids)]",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    pays_ipi = fields.Boolean(related="company_id.fbr_pays_ipi")
    line_ids = fields.One2many("faturamento_br.tax_simulation.line", "simulation_id", "Items")
    column_ids = fields.One2many("faturamento_br.tax_simulation.column", "simulation_id", "Compare with")
    freight = fields.Monetary()
    insurance = fields.Monetary()
    other = fields.Monetary("Other charges")
    explains = fields.Boolean("Explain each tax", default=True, help="Why each tax is what it is, below its amount.")
    alerts = fields.Json("NF-e alerts", compute="_compute_result", exportable=False)
    result = fields.Html(compute="_compute_result", sanitize=False, exportable=False)
    has_result = fields.Boolean(compute="_compute_result")
    sheet = fields.Binary("Spreadsheet", compute="_compute_sheet", exportable=False)

    @api.model
    def default_get(self, fields):
        """A sale of today to a consumer next door."""
        values = super().default_get(fields)
        company = self.env["res.company"].browse(values.get("company_id")) or self.env.company
        operation = self.env["faturamento_br.operation"]._fbr_default_for(company)
        return {
            "day": fields_today(self),
            "operation_id": operation.id,
            "state_id": company.sudo().partner_id.state_id.id,
            "ie_indicator": "9",
            "line_ids": [Command.create({"quantity": 1.0})],
            **values,
        }

    @api.depends("day", "partner_id", "state_id", "abroad")
    def _compute_display_name(self):
        for simulation in self:
            simulation.display_name = self.env._("Tax simulator")

    @api.constrains("column_ids")
    def _check_columns(self):
        for simulation in self:
            if len(simulation.column_ids) > MOST_COLUMNS:
                raise ValidationError(
                    self.env._("A comparison has at most %s other situations: delete one of them.", MOST_COLUMNS)
                )

    @api.onchange("company_id")
    def _onchange_company_id(self):
        """Operations are a company's own."""
        if self.operation_id.company_id not in self.company_id.parent_ids:
            self.operation_id = self.env["faturamento_br.operation"]._fbr_default_for(self.company_id)

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        """Place and registration are the customer's own; they stay filled in for when the customer is taken away."""
        if self.partner_id:
            self.abroad = False

    # --- What is shown ------------------------------------------------------------------------------------------

    @api.depends(
        *("company_id", "freight", "insurance", "other", "explains", *SITUATION),
        *(f"line_ids.{name}" for name in LINE),
        *(f"column_ids.{name}" for name in ("name", "sequence", *SITUATION)),
    )
    @api.depends_context("lang", "allowed_company_ids")
    def _compute_result(self):
        for simulation in self:
            found = simulation._fbr_simulate()
            simulation.alerts = simulation._fbr_alerts(found)
            simulation.result = simulation._fbr_page(found)
            simulation.has_result = bool(found)

    @api.depends("result")
    def _compute_sheet(self):
        for simulation in self:
            simulation.sheet = simulation._fbr_sheet(simulation._fbr_simulate())

    # --- Buttons ------------------------------------------------------------------------------------------------

    def action_fbr_later_years(self):
        """Columns for the days on which the reform changes, as many as there is room for."""
        self.ensure_one()
        day = self.day or fields_today(self)
        there = {day, *self.column_ids.mapped("day")}
        free = MOST_COLUMNS - len(self.column_ids)
        wanted = [later for later in assumptions.later_days(day) if later not in there]
        if not free or not wanted:
            raise UserError(self.env._("There is no room for another year: delete a situation first."))
        chosen = wanted[: free - 1] + wanted[-1:] if free > 1 else wanted[-1:]
        self.column_ids = [Command.create({"day": later, "assume_reform": True}) for later in dict.fromkeys(chosen)]

    def action_fbr_sheet(self):
        """The comparison as a spreadsheet."""
        self.ensure_one()
        name = self.env._("Tax simulation")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/sheet?download=true&filename={name}.xlsx",
            "target": "self",
        }

    def action_fbr_make_rule(self):
        """A new tax rule for what is simulated, to be completed and saved by the accountant."""
        self.ensure_one()
        line = self.line_ids[:1]
        goods = line.product_id.product_tmpl_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tax rule"),
            "res_model": "faturamento_br.tax_rule",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_company_id": self.company_id.id,
                "default_operation_id": self.operation_id.id,
                "default_product_tmpl_id": goods.id,
                "default_ncm_prefix": False if goods else line.ncm_id.code,
                "default_partner_id": self.partner_id.commercial_partner_id.id,
                "default_state_id": False if self.partner_id or self.abroad else self.state_id.id,
                "default_valid_from": self.day,
            },
        }

    def action_fbr_make_quotation(self):
        """A new quotation with these items, not saved until its seller does."""
        self.ensure_one()
        if not self.partner_id or not all(line.product_id for line in self.line_ids):
            raise UserError(self.env._("Choose the customer and the products: a quotation needs records of both."))
        lines = [
            Command.create(
                {
                    "product_id": line.product_id.id,
                    "product_uom_qty": line.quantity,
                    "price_unit": line.price_unit,
                    "discount": line.discount,
                }
            )
            for line in self.line_ids
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Quotation"),
            "res_model": "sale.order",
            "view_mode": "form",
            "views": [(False, "form")],
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
                "default_fbr_operation_id": self.operation_id.id,
                "default_order_line": lines,
            },
        }


class TaxSimulationLine(models.TransientModel):
    """An item: a product, or goods that no product is made for yet."""

    _name = "faturamento_br.tax_simulation.line"
    _description = "Item of a tax simulation"
    _order = "sequence, id"

    simulation_id = fields.Many2one("faturamento_br.tax_simulation", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one("product.product", ondelete="cascade", domain="[('sale_ok', '=', True)]")
    ncm_id = fields.Many2one("faturamento_br.ncm", "NCM", ondelete="cascade", domain=IN_FORCE)
    cest_id = fields.Many2one("faturamento_br.cest", "CEST", ondelete="cascade", domain=IN_FORCE)
    origin = fields.Selection(ORIGINS, "Origin of the goods")
    ipi_cst = fields.Selection(IPI_CSTS, "IPI CST")
    ipi_rate = fields.Float("IPI %", digits=(7, 4))
    quantity = fields.Float(digits="Product Unit", default=1.0)
    price_unit = fields.Float("Unit price", digits="Product Price")
    discount = fields.Float("Disc.%", digits="Discount")

    @api.onchange("product_id")
    def _onchange_product_id(self):
        """The price, and what the law knows the product by, to be read."""
        product = self.product_id
        if product:
            self.price_unit = product.lst_price
            self.ncm_id = self.env["faturamento_br.ncm"].search([("code", "=", product.fbr_effective_ncm)], limit=1)
            self.cest_id = self.origin = self.ipi_cst = self.ipi_rate = False


class TaxSimulationColumn(models.TransientModel):
    """Another situation to compare with the first: what it leaves empty is as there."""

    _name = "faturamento_br.tax_simulation.column"
    _inherit = ["faturamento_br.tax_simulation.situation"]
    _description = "Situation to compare a tax simulation with"
    _order = "sequence, id"

    simulation_id = fields.Many2one("faturamento_br.tax_simulation", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="simulation_id.company_id")
    sequence = fields.Integer(default=10)
    name = fields.Char("Title", help="Empty: what it has of its own, such as its date.")

    @api.depends("name", *SITUATION)
    def _compute_display_name(self):
        for column in self:
            column.display_name = column.name or column.simulation_id._fbr_label(column)

    @api.constrains("assumed_ibs_uf", "assumed_ibs_city", "assumed_cbs")
    def _check_rates(self):
        for column in self:
            if not all(map(is_rate, (column.assumed_ibs_uf, column.assumed_ibs_city, column.assumed_cbs))):
                raise ValidationError(self.env._("An assumed rate is a percentage from 0 to 100."))


def fields_today(record):
    """Today, where the user is."""
    return fields.Date.context_today(record)
