from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """A company of Simples in the tax reform: its IBS and CBS are in the DAS, unless it opts for the regular regime."""

    _inherit = "res.company"

    fbr_regular_reform_from = fields.Date(
        "IBS and CBS outside the DAS from",
        help="First day of the option for the regular regime of IBS and CBS (LC 214/2025, art. 41, § 3). Empty: they "
        "are in the DAS.",
    )
    fbr_regular_reform_to = fields.Date("Until", help="Last day of the option; empty: it goes on.")

    @api.constrains("fbr_regular_reform_from", "fbr_regular_reform_to")
    def _check_fbr_regular_reform(self):
        for company in self:
            first, last = company.fbr_regular_reform_from, company.fbr_regular_reform_to
            if last and (not first or last < first):
                raise ValidationError(
                    self.env._("%s: the option for the regular regime ends before it begins.", company.name)
                )

    def write(self, vals):
        """The ready rules that nobody has edited say the class of IBS and CBS where the company tells them."""
        result = super().write(vals)
        if "fbr_regular_reform_from" in vals:
            self.env["faturamento_br.tax_rule"].sudo()._fbr_refresh_generated(self)
        return result

    def _fbr_tells_reform(self):
        """Whether rules of this company say IBS and CBS: of the normal regime, or of Simples with the option."""
        return self.fbr_crt == "3" or bool(self.fbr_regular_reform_from)

    def _fbr_regular_reform(self, day):
        """Whether ``day`` is one of the option for the regular regime."""
        first, last = self.fbr_regular_reform_from, self.fbr_regular_reform_to
        return bool(first) and first <= day and (not last or day <= last)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    fbr_regular_reform_from = fields.Date(related="company_id.fbr_regular_reform_from", readonly=False)
    fbr_regular_reform_to = fields.Date(related="company_id.fbr_regular_reform_to", readonly=False)
