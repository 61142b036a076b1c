from odoo import api, fields, models

from .official_code import table_rows

TAXES = [
    ("icms", "ICMS (CST)"),
    ("csosn", "ICMS (CSOSN)"),
    ("ipi", "IPI"),
    ("pis", "PIS"),
    ("cofins", "COFINS"),
    ("ibs_cbs", "IBS/CBS"),
]


class TaxSituation(models.Model):
    """A CST or CSOSN: how a tax meets an item. A table to look codes up; tax rules offer those that can be computed."""

    _name = "faturamento_br.tax_situation"
    _inherit = ["faturamento_br.official_code"]
    _description = "CST"
    _order = "tax, code"
    _fbr_key = ("tax", "code")

    tax = fields.Selection(TAXES, required=True)

    _code_unique = models.Constraint("UNIQUE(tax, code)", "This CST is there already.")

    @api.model
    def _fbr_read(self, text):
        found = str(text or "").split()
        return found[0] if found else False

    @api.model
    def _fbr_written(self, code):
        return code or ""

    @api.model
    def _fbr_table(self):
        return [{"tax": row["tax"], "code": row["code"], "name": row["description"]} for row in table_rows("cst")]
