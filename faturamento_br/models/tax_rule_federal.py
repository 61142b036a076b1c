from odoo import api, fields, models

from ..fiscal import spec
from .goods import IPI_CSTS, OTHER_FRAME
from .line_amounts import exact

IPI = ("ipi_cst", "ipi_rate", "ipi_frame")


class TaxRule(models.Model):
    """IPI by NCM, for what the company makes or imports; what a product says of its own IPI comes before it."""

    _inherit = "faturamento_br.tax_rule"

    ipi_cst = fields.Selection([code for code in IPI_CSTS if code[0] != "none"], "IPI situation")
    ipi_rate = fields.Float("IPI rate %", digits=(7, 4), help="Of the TIPI, for these goods.")
    ipi_frame = fields.Char("IPI legal frame", help="cEnq: legal frame of the IPI situation, 3 digits. Empty is 999.")

    def _fbr_said(self):
        yield from super()._fbr_said()
        if self.ipi_cst:
            yield "ipi", spec.IpiRule(self.ipi_cst, exact(self, "ipi_rate"), self.ipi_frame or OTHER_FRAME)

    @api.model
    def _fbr_judged_fields(self):
        return (*super()._fbr_judged_fields(), *IPI)
