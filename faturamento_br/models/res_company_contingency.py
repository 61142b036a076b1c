from odoo import api, fields, models

from ..fiscal import contingency
from ..fiscal.contingency import State


class ResCompany(models.Model):
    """What a company does when its authorizer fails, and how its documents are issued now."""

    _inherit = "res.company"

    fbr_contingency_rule = fields.Selection(
        [
            ("off", "Never: wait until it works again"),
            ("offer", "Offer it: a person decides"),
            ("auto", "Enter the SVC by itself"),
        ],
        "When SEFAZ fails",
        required=True,
        default="offer",
    )
    fbr_contingency_minutes = fields.Integer(
        "Minutes without an answer", default=15, help="How long SEFAZ fails before the company enters by itself."
    )

    _fbr_contingency_minutes_range = models.Constraint(
        "CHECK(fbr_contingency_minutes >= 0)", "The minutes before the contingency cannot be negative."
    )

    def _fbr_contingency(self, environment):
        """The contingency that this company's documents of ``environment`` are issued in now; empty when in none."""
        domain = [("company_id", "=", self.id), ("environment", "=", environment), ("state", "=", State.ACTIVE)]
        return self.env["faturamento_br.contingency"].sudo().search(domain, limit=1)

    @api.model
    def _fbr_svc_of(self, emission_type):
        """The tpEmis by which an SVC is reached; None for who is reached without one."""
        return emission_type if emission_type not in (contingency.NORMAL, contingency.EPEC) else None


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    fbr_contingency_rule = fields.Selection(related="company_id.fbr_contingency_rule", readonly=False)
    fbr_contingency_minutes = fields.Integer(related="company_id.fbr_contingency_minutes", readonly=False)
