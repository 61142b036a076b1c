from odoo import api, fields, models

from ..fiscal.tables import rows

CASH = "01"


class AccountPaymentMethodLine(models.Model):
    _inherit = "account.payment.method.line"

    fbr_payment_code = fields.Selection(
        selection="_fbr_payment_codes",
        string="NF-e payment",
        compute="_compute_fbr_payment_code",
        store=True,
        readonly=False,
        help="tPag on the NF-e of invoices to be paid by this method. Empty: as the payment terms or the company say.",
    )

    @api.model
    def _fbr_payment_codes(self):
        return [(row["code"], f"{row['code']} - {row['label']}") for row in rows("payment_methods")]

    @api.depends("journal_id.type", "payment_method_id.code")
    def _compute_fbr_payment_code(self):
        """Cash is what a cash journal takes by hand; of a bank's ways to be paid none is sure, so its user says it."""
        for line in self:
            by_hand = line.code == "manual" and line.payment_type == "inbound" and line.journal_id.type == "cash"
            if by_hand and not line.fbr_payment_code and line.journal_id.country_code == "BR":
                line.fbr_payment_code = CASH
            else:
                line.fbr_payment_code = line.fbr_payment_code
