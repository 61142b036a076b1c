from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .proforma import NUMBER


class ResCompany(models.Model):
    """How a company makes its pro-formas."""

    _inherit = "res.company"

    fbr_proforma_days = fields.Integer("Days of validity", default=15)

    @api.constrains("fbr_proforma_days")
    def _check_fbr_proforma_days(self):
        if any(company.fbr_proforma_days < 1 for company in self):
            raise ValidationError(_("A pro-forma is valid for one day at least: type the days of validity."))

    def _fbr_next_proforma_number(self, day):
        """The company's next number, as PF/2026/00001; the series is made on first use."""
        self.ensure_one()
        sequences = self.env["ir.sequence"].sudo().with_company(self)
        if not sequences.search_count([("code", "=", NUMBER), ("company_id", "=", self.id)]):
            sequences.create(
                {
                    "name": _("Pro-forma"),
                    "code": NUMBER,
                    "company_id": self.id,
                    "prefix": "PF/%(range_year)s/",
                    "padding": 5,
                    "use_date_range": True,
                }
            )
        return sequences.next_by_code(NUMBER, sequence_date=day)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    fbr_proforma_days = fields.Integer(related="company_id.fbr_proforma_days", readonly=False)
