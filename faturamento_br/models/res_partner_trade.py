from odoo import api, fields, models

from .fiscal_source import FREIGHT_MODES
from .placeholders import check_placeholders


class ResPartner(models.Model):
    """What is usual with a customer, so that a sale need not say it: each company has its own habits."""

    _inherit = "res.partner"

    fbr_freight_mode = fields.Selection(
        FREIGHT_MODES,
        "Freight by",
        company_dependent=True,
        help="modFrete of new orders and invoices of this customer. Empty: as the company says.",
    )
    fbr_carrier_id = fields.Many2one(
        "res.partner",
        "Usual carrier",
        company_dependent=True,
        help="Carrier of new orders and invoices of this customer.",
    )
    fbr_info_template = fields.Text(
        "Additional information",
        company_dependent=True,
        help="infCpl of every NF-e for this customer. It may have placeholders, as {order} or {due_dates}.",
    )
    fbr_suframa_until = fields.Date(
        "SUFRAMA until", help="Last day of the registration at SUFRAMA. Once it is over, the fiscal check-up tells it."
    )
    fbr_marketplace_account = fields.Char(
        "Our identification there",
        company_dependent=True,
        help="idCadIntTran: the name or number by which this marketplace knows the company.",
    )
    fbr_reader_ids = fields.Many2many(
        "res.partner",
        "fbr_res_partner_reader_rel",
        "partner_id",
        "reader_id",
        "Who may download the XML",
        help="autXML of every NF-e for this customer: its accountant, say.",
    )

    @api.constrains("fbr_info_template")
    def _check_fbr_info_template(self):
        check_placeholders(self.env, self, "fbr_info_template")

    @api.model
    def _commercial_fields(self):
        """These belong to the company a contact works for."""
        return [
            *super()._commercial_fields(),
            "fbr_freight_mode",
            "fbr_carrier_id",
            "fbr_info_template",
            "fbr_marketplace_account",
        ]
