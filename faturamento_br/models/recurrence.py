"""How often something recurs: what products propose, quotations say, and contracts bill."""

from odoo import api, fields, models

from .contract import UNITS


def told(env, count, unit):
    """``count`` times ``unit`` in words, as a customer reads it."""
    one = {
        "day": env._("every day"),
        "week": env._("every week"),
        "month": env._("every month"),
        "quarter": env._("every quarter"),
        "half_year": env._("every half-year"),
        "year": env._("every year"),
    }
    if count == 1:
        return one[unit]
    many = dict(env["faturamento_br.contract.line"]._fields["interval_unit"]._description_selection(env))
    return env._("every %(count)s %(units)s", count=count, units=many[unit].lower())


def line_values(line, quantity):
    """The values of a contract's line that bills what ``line``, of an order or an invoice, sells."""
    product = line.product_id
    name = (line.name or product.display_name or "").replace("{", "{{").replace("}", "}}")
    return {
        "product_id": product.id,
        "product_uom_id": line.product_uom_id != product.uom_id and line.product_uom_id.id,
        "name": f"{name}\n{{period}}",
        "quantity": quantity,
        "price_unit": line.price_unit,
        "discount": line.discount,
        "analytic_distribution": line.analytic_distribution,
    }


class ProductTemplate(models.Model):
    """A product that is sold once, or again and again."""

    _inherit = "product.template"

    fbr_recurring = fields.Boolean(
        "Recurring", help="In a quotation it becomes a contract, which bills it again and again."
    )
    fbr_interval_count = fields.Integer("Billed every", default=1)
    fbr_interval_unit = fields.Selection(UNITS, "Unit of the period", default="month")
    fbr_billing = fields.Selection(
        [("advance", "In advance"), ("arrears", "In arrears")], "Billed for a period", default="advance"
    )

    @api.onchange("fbr_recurring")
    def _onchange_fbr_recurring(self):
        """What is switched on has a period."""
        for product in self.filtered("fbr_recurring"):
            product.fbr_interval_count = product.fbr_interval_count or 1
            product.fbr_interval_unit = product.fbr_interval_unit or "month"
            product.fbr_billing = product.fbr_billing or "advance"
