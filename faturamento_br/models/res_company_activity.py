from odoo import fields, models

ACTIVITIES = [
    ("resale", "Resells goods"),
    ("production", "Makes what it sells"),
    ("both", "Both: makes some, resells others"),
]
CUSTOMERS = [
    ("all", "Companies and consumers"),
    ("companies", "Only companies"),
    ("consumers", "Only consumers"),
]
#: The ready operation that is the default one, by what the company does.
DEFAULTS = {"resale": "resale", "both": "resale", "production": "production"}
#: The regime that computes IPI item by item; that of Simples is in the DAS.
NORMAL = "3"


class ResCompany(models.Model):
    """What the company does, as the set-up asked: it decides which ready operation is the default one, and who pays
    IPI."""

    _inherit = "res.company"

    fbr_activity = fields.Selection(ACTIVITIES, "What the company does")
    fbr_imports = fields.Boolean(
        "Imports what it sells", help="It stands in the maker's place for IPI (RIPI art. 9 I)."
    )
    fbr_sells_to = fields.Selection(CUSTOMERS, "Sells to", default="all", required=True)

    def _fbr_apply_activity(self):
        """Make the operation of what the company does its default, and say whether it pays IPI."""
        for company in self.filtered("fbr_activity"):
            makes = company.fbr_activity != "resale" or company.fbr_imports
            company.fbr_pays_ipi = makes and company.fbr_crt == NORMAL
            operations = self.env["faturamento_br.operation"].search([("company_id", "=", company.id)])
            wanted = operations.filtered(
                lambda operation, key=DEFAULTS[company.fbr_activity]: operation.ready_key == key
            )
            if wanted and not wanted.is_default:
                operations.filtered("is_default").is_default = False
                operations.flush_model(["is_default"])  # only one is the default at any moment
                wanted.is_default = True
