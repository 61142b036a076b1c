from odoo import api, fields, models

from ..fiscal.tables import rows


class AccountPaymentMethodLine(models.Model):
    _inherit = "account.payment.method.line"

    fbr_payment_code = fields.Selection(
        selection="_fbr_payment_codes",
        string="NF-e payment",
        help="tPag on the NF-e of invoices to be paid by this method. Empty: 99 (other), with the payment term's name.",
    )

    @api.model
    def _fbr_payment_codes(self):
        return [(row["code"], f"{row['code']} - {row['label']}") for row in rows("payment_methods")]
