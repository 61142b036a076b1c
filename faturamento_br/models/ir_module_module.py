from odoo import models
from odoo.exceptions import UserError


class Module(models.Model):
    """Uninstalling would delete fiscal documents, which the law wants kept (Ajuste SINIEF 2/2025: 132 months)."""

    _inherit = "ir.module.module"

    def button_uninstall(self):
        doomed = self + self.downstream_dependencies()
        if "faturamento_br" in doomed.mapped("name"):
            issued = self.env["faturamento_br.document"].sudo().search_count([("attempt_ids", "!=", False)])
            if issued:
                raise UserError(
                    self.env._(
                        "Faturamento BR stays installed: %(count)s fiscal documents were signed, and uninstalling "
                        "would delete their XML and numbers, which the company must keep.",
                        count=issued,
                    )
                )
        return super().button_uninstall()
