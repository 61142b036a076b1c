from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..fiscal.digits import normalize_tax_id
from ..fiscal.spec import Environment


class ProductionWizard(models.TransientModel):
    """Switching a company to production: documents with legal force, so it is asked twice."""

    _name = "faturamento_br.production.wizard"
    _description = "Switch NF-e production on"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    tax_id = fields.Char("CNPJ", related="company_id.vat")
    typed_tax_id = fields.Char("Type the company's CNPJ", help="With or without punctuation.")
    understood = fields.Boolean("I understand that documents sent to production have legal and tax force")
    resealing = fields.Boolean(compute="_compute_resealing")

    @api.depends("company_id")
    def _compute_resealing(self):
        """Production is on already: what is asked is to bind it again, after a move or a rename."""
        for wizard in self:
            wizard.resealing = wizard.company_id.fbr_environment == Environment.PRODUCTION

    def action_confirm(self):
        """Check rights, confirmation and certificate, then seal production to this database.

        :raises AccessError: the user is not an administrator.
        :raises UserError: the confirmation is incomplete, or the company has no good certificate.
        """
        self.ensure_one()
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only an administrator switches production on."))
        company = self.company_id
        if company.account_fiscal_country_id.code != "BR":
            raise UserError(self.env._("%(company)s is not a Brazilian company.", company=company.name))
        if (
            not self.understood
            or normalize_tax_id(self.typed_tax_id or "") != company._fbr_tax_id()
            or not company._fbr_tax_id()
        ):
            raise UserError(
                self.env._("To confirm, type the CNPJ of %(company)s exactly and tick the box.", company=company.name)
            )
        with self.env.cr.savepoint():
            company.sudo()._fbr_take_real_certificate()
            company._fbr_switch_production_on()
            company._fbr_open_certificate()  # as production asks for; what it raises undoes the switch
        company.partner_id.message_post(
            body=self.env._("NF-e production was switched on by %(user)s.", user=self.env.user.name)
        )
        return {"type": "ir.actions.client", "tag": "reload"}
