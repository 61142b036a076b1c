from odoo import api, fields, models

from ..fiscal.taxes import approximate


class AccountMove(models.Model):
    """The approximate taxes on the invoice, on the screen and in Odoo's PDF, in the words of the NF-e."""

    _inherit = "account.move"

    fbr_approximate_text = fields.Char("Approximate taxes", compute="_compute_fbr_approximate_text")

    @api.depends("invoice_line_ids.fbr_amounts", "state", "fbr_final_consumer")
    def _compute_fbr_approximate_text(self):
        for move in self:
            told = [
                amounts.approximate
                for line in move._fbr_lines()
                if (amounts := line._fbr_stored_amounts()) and amounts.approximate
            ]
            move.fbr_approximate_text = approximate.words(told) if told else False
