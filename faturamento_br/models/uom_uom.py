from odoo import fields, models


class UomUom(models.Model):
    _inherit = "uom.uom"

    fbr_code = fields.Char(
        "NF-e unit",
        size=6,
        help="Abbreviation on the NF-e (uCom), up to 6 characters. Empty: the beginning of the name.",
    )

    def _fbr_unit(self):
        """uCom: the abbreviation, or the first 6 characters of the name; never empty."""
        return self.fbr_code or (self.name or "UN")[:6].upper()
