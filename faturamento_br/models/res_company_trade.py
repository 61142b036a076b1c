from odoo import api, fields, models

from .fiscal_payment import payment_codes
from .fiscal_source import FREIGHT_MODES
from .placeholders import check_placeholders


class ResCompany(models.Model):
    """What a company's NF-e say unless customer, operation or document say otherwise."""

    _inherit = "res.company"

    fbr_freight_mode = fields.Selection(
        FREIGHT_MODES, "Freight by default", help="modFrete. Empty: no freight, unless the document has a freight line."
    )
    fbr_payment_code = fields.Selection(
        payment_codes,
        "NF-e payment by default",
        help="tPag where neither document, payment terms nor payment method say it. Empty: 91 (payment afterwards) for "
        "what is due later, 99 (other) for what is due at once.",
    )
    fbr_info_template = fields.Text(
        "Additional information",
        help="infCpl of every NF-e. Placeholders: {order}, {customer_order}, {due_dates}, {payment_terms}, "
        "{salesperson}, {customer}, {carrier}, {operation}.",
    )
    fbr_carrier_reads = fields.Boolean(
        "The carrier may download the XML", help="autXML also names the carrier of each document."
    )

    @api.constrains("fbr_info_template")
    def _check_fbr_info_template(self):
        check_placeholders(self.env, self, "fbr_info_template")


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    fbr_freight_mode = fields.Selection(related="company_id.fbr_freight_mode", readonly=False)
    fbr_payment_code = fields.Selection(related="company_id.fbr_payment_code", readonly=False)
    fbr_info_template = fields.Text(related="company_id.fbr_info_template", readonly=False)
    fbr_carrier_reads = fields.Boolean(related="company_id.fbr_carrier_reads", readonly=False)
