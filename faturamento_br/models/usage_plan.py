from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..billing import check
from ..billing.usage import Metric, Model, Pricing, Tier
from .line_amounts import exact_value
from .problem_text import text_of

#: Decimals of quantities that are measured, and of their prices.
DECIMALS = 6


class UsagePlan(models.Model):
    """How something that is used is counted and what it costs: the price of metered contract lines.

    What bills already cannot change, for periods that were billed would cost something else: make another one.
    """

    _name = "faturamento_br.usage_plan"
    _description = "Usage price"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    unit = fields.Char(help="What is counted, as the customer reads it: calls, GB, users.")
    metric = fields.Selection(
        [
            ("sum", "Sum"),
            ("max", "Highest value"),
            ("last", "Last value"),
            ("unique", "How many different ones"),
        ],
        "Counted",
        required=True,
        default="sum",
        help="Of the records of a period. Different ones are told apart by their subject.",
    )
    model = fields.Selection(
        [
            ("flat", "Every unit at one price"),
            ("tiered", "Each unit at the price of its tier"),
            ("volume", "All units at the price of the last tier"),
            ("package", "By packages"),
        ],
        "Priced",
        required=True,
        default="flat",
    )
    price = fields.Float(digits=(16, DECIMALS), help="Of a unit, or of a package.")
    package = fields.Float("Units in a package", digits=(16, DECIMALS), default=1.0)
    included = fields.Float(digits=(16, DECIMALS), help="Units that cost nothing, every period.")
    minimum = fields.Float(digits=(16, 2), help="A whole period costs at least this.")
    tier_ids = fields.One2many("faturamento_br.usage_tier", "plan_id", "Tiers", copy=True)
    line_ids = fields.One2many("faturamento_br.contract.line", "usage_plan_id", "Contract lines", readonly=True)

    @api.constrains("model", "price", "package", "included", "minimum", "tier_ids")
    def _check_pricing(self):
        for plan in self:
            if wrong := check.pricing_problems(plan._value()):
                raise ValidationError("\n".join(text_of(self.env, problem) for problem in wrong))

    def _value(self):
        """As a value of ``billing/``."""
        tiers = (
            Tier(
                _exact(tier.up_to) if tier.up_to else None,
                _exact(tier.price),
                exact_value(tier.fee, 2),
            )
            for tier in self.tier_ids
        )
        return Pricing(
            Metric(self.metric),
            Model(self.model),
            _exact(self.price),
            tuple(tiers),
            _exact(self.package),
            _exact(self.included),
            exact_value(self.minimum, 2),
        )

    def write(self, vals):
        if vals.keys() - {"name", "active"}:
            self._refuse_if_billed()
        return super().write(vals)

    def _refuse_if_billed(self):
        lines = self.env["faturamento_br.contract.line"].sudo()
        if lines.search_count([("usage_plan_id", "in", self.ids), ("period_ids", "!=", False)], limit=1):
            names = ", ".join(self.mapped("name"))
            raise UserError(self.env._("%s was used in bills: copy it, and change the copy.", names))


class UsageTier(models.Model):
    """One tier of a usage price."""

    _name = "faturamento_br.usage_tier"
    _description = "Tier of a usage price"
    _order = "plan_id, sequence, id"

    plan_id = fields.Many2one("faturamento_br.usage_plan", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    up_to = fields.Float("Up to", digits=(16, DECIMALS), help="With this one. 0: all above, in the last tier.")
    price = fields.Float("Price of a unit", digits=(16, DECIMALS))
    fee = fields.Float("Once", digits=(16, 2), help="If there is any unit in the tier.")

    @api.model_create_multi
    def create(self, vals_list):
        tiers = super().create(vals_list)
        tiers.plan_id._refuse_if_billed()
        return tiers

    def write(self, vals):
        self.plan_id._refuse_if_billed()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self.plan_id._refuse_if_billed()


def _exact(value):
    return exact_value(value, DECIMALS).normalize()
