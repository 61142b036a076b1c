from odoo import fields, models

from .fiscal_payment import payment_codes


class AccountPaymentTermLine(models.Model):
    _inherit = "account.payment.term.line"

    fbr_payment_code = fields.Selection(
        payment_codes,
        "NF-e payment",
        help="tPag of what falls due by this line: a Pix at once, say, and boletos afterwards.",
    )
