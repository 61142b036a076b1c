from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

IE_INDICATORS = [
    ("1", "1 - ICMS contributor"),
    ("2", "2 - Exempt from registration"),
    ("9", "9 - Not a contributor"),
]
EXEMPT = "ISENTO"


class ResPartner(models.Model):
    _inherit = "res.partner"

    fbr_ie_indicator = fields.Selection(
        IE_INDICATORS,
        "ICMS registration",
        compute="_compute_fbr_ie_indicator",
        store=True,
        readonly=False,
        precompute=True,
        help="indIEDest: whether the customer is an ICMS contributor. Follows the IE; a contributor exempt from "
        "registration, and the few companies with an IE that are not contributors, are told here.",
    )

    def _auto_init(self):
        """Fill the column of existing partners in one statement, as the computation would."""
        if not column_exists(self.env.cr, "res_partner", "fbr_ie_indicator"):
            create_column(self.env.cr, "res_partner", "fbr_ie_indicator", "varchar")
            self.env.cr.execute(
                """
                UPDATE res_partner
                   SET fbr_ie_indicator = CASE upper(trim(coalesce(l10n_br_ie_code, '')))
                                               WHEN '' THEN '9' WHEN %s THEN '2' ELSE '1' END
                """,
                [EXEMPT],
            )
        return super()._auto_init()

    @api.depends("l10n_br_ie_code")
    def _compute_fbr_ie_indicator(self):
        for partner in self:
            registration = (partner.l10n_br_ie_code or "").strip().upper()
            if registration == EXEMPT:
                partner.fbr_ie_indicator = "2"
            else:  # a person too can be registered: a rural producer
                partner.fbr_ie_indicator = "1" if registration else "9"
