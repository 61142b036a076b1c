from odoo import api, fields, models

PAYERS = [
    ("private", "Company: services and vehicle parts"),
    ("federal", "Federal public body: IRRF, PIS, COFINS, CSLL"),
    ("state", "State or city: IRRF"),
]


class ResPartner(models.Model):
    """Whether a customer withholds taxes from what it pays."""

    _inherit = "res.partner"

    fbr_withholding_payer = fields.Selection(
        PAYERS,
        "Withholds taxes as",
        help="Federal bodies withhold on goods too (IN RFB 1.234/2012), states and cities the income tax by the same "
        "table; companies on some services and on vehicle parts, as the product says. Nothing is withheld of a "
        "company of Simples but INSS of Annex IV.",
    )

    @api.model
    def _commercial_fields(self):
        """It belongs to the company a contact works for."""
        return [*super()._commercial_fields(), "fbr_withholding_payer"]
