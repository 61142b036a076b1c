from datetime import UTC
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fiscal import timezones


class ResCompany(models.Model):
    """When a company sells no more to a customer who is overdue."""

    _inherit = "res.company"

    fbr_block_sales = fields.Boolean(
        "Block orders of overdue customers", help="Without it, the order only warns of what is overdue."
    )
    fbr_block_days = fields.Integer("Days late", help="What is late by more days than these counts.")
    fbr_block_amount = fields.Monetary("Amount", help="Orders are blocked when more than this is so late.")

    @api.constrains("fbr_block_days", "fbr_block_amount")
    def _check_fbr_block(self):
        if any(company.fbr_block_days < 0 or company.fbr_block_amount < 0 for company in self):
            raise ValidationError(self.env._("The days late and the amount that block orders are zero or more."))

    def _fbr_day(self):
        """Today, in the legal time of the company's state."""
        zone = ZoneInfo(timezones.of(self.sudo().state_id.code))
        return fields.Datetime.now().replace(tzinfo=UTC).astimezone(zone).date()


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    fbr_block_sales = fields.Boolean(related="company_id.fbr_block_sales", readonly=False)
    fbr_block_days = fields.Integer(related="company_id.fbr_block_days", readonly=False)
    fbr_block_amount = fields.Monetary(
        related="company_id.fbr_block_amount", readonly=False, currency_field="currency_id"
    )
