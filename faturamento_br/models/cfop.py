from odoo import api, models

from .official_code import table_rows


class Cfop(models.Model):
    """The Código Fiscal de Operações e Prestações (Convênio s/nº of 15/12/1970, annex II)."""

    _name = "faturamento_br.cfop"
    _inherit = ["faturamento_br.official_code"]
    _description = "CFOP"
    _fbr_groups = (1, 3)

    _code_unique = models.Constraint("UNIQUE(code)", "This CFOP is there already.")

    @api.model
    def _fbr_written(self, code):
        """Everybody writes a CFOP without its dot."""
        return code or ""

    @api.model
    def _fbr_table(self):
        return [{"code": row["code"], "name": row["description"]} for row in table_rows("cfop")]
