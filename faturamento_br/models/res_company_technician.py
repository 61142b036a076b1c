import base64

from odoo import api, fields, models

from ..fiscal.problems import FiscalError
from . import secret_store
from .problem_text import user_error

CSRT = "csrt"  # what secret_store encrypts it for


class ResCompany(models.Model):
    """Who answers for the software (infRespTec) and who else may read the XML (autXML)."""

    _inherit = "res.company"

    fbr_technician_cnpj = fields.Char("Technical contact's CNPJ", help="infRespTec/CNPJ: the software's maker.")
    fbr_technician_contact = fields.Char("Technical contact", help="infRespTec/xContato: the person to speak to.")
    fbr_technician_email = fields.Char("Technical contact's e-mail")
    fbr_technician_phone = fields.Char("Technical contact's phone")
    fbr_technician_csrt_id = fields.Char("CSRT number", size=2, help="infRespTec/idCSRT: 2 digits.")
    fbr_technician_csrt = fields.Char(
        "CSRT",
        compute="_compute_fbr_technician_csrt",
        inverse="_inverse_fbr_technician_csrt",
        copy=False,
        groups="base.group_system",
        help="The security code the tax office gave the technical contact. It is stored encrypted and never shown.",
    )
    fbr_technician_csrt_kept = fields.Boolean(compute="_compute_fbr_technician_csrt", groups="base.group_system")
    fbr_technician_csrt_encrypted = fields.Binary(attachment=False, copy=False, groups=fields.NO_ACCESS)
    fbr_authorized_readers = fields.Char(
        "Who may download the XML",
        help="autXML: CNPJ or CPF of up to 10 others than the customer, separated by commas, the accountant first.",
    )

    @api.depends("fbr_technician_csrt_encrypted")
    def _compute_fbr_technician_csrt(self):
        """Never given back: only whether there is one."""
        for company in self:
            company.fbr_technician_csrt = False
            company.fbr_technician_csrt_kept = bool(company.sudo().fbr_technician_csrt_encrypted)

    def _inverse_fbr_technician_csrt(self):
        """An empty value keeps the one there is: a form that was not filled in says nothing."""
        for company in self:
            if company.fbr_technician_csrt:
                plain = company.fbr_technician_csrt.strip().encode()
                try:
                    token = secret_store.encrypt(plain, CSRT)
                except FiscalError as error:
                    raise user_error(self.env, error.problems) from error
                company.sudo().fbr_technician_csrt_encrypted = base64.b64encode(token)

    def _fbr_csrt(self):
        """The CSRT in plain text, "" without one. It must not leave the server.

        :raises UserError: this server cannot decrypt it.
        """
        self.ensure_one()
        company = self.sudo()
        if not company.fbr_technician_csrt_encrypted or not company.fbr_technician_csrt_id:
            return ""
        try:
            return secret_store.decrypt(base64.b64decode(company.fbr_technician_csrt_encrypted), CSRT).decode()
        except FiscalError as error:
            raise user_error(self.env, error.problems) from error
