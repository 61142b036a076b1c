from odoo import fields, models


class ResCompany(models.Model):
    """Who gets the company's fiscal files, and when."""

    _inherit = "res.company"

    fbr_export_monthly = fields.Boolean(
        "Export each month", help="When a month is over, its documents go to the accountant as a ZIP, by themselves."
    )
    fbr_accountant_ids = fields.Many2many(
        "res.partner",
        "faturamento_br_company_accountant_rel",
        "company_id",
        "partner_id",
        "Accountants",
        help="Contacts who receive the monthly ZIP by e-mail.",
    )
    fbr_export_to_folder = fields.Boolean(
        "Write it to the server's folder", help="The folder is set by the server's administrator, in odoo.conf."
    )
    fbr_mail_on_authorization = fields.Boolean(
        "Send XML and DANFE when authorized", help="Nobody has to press Send: the e-mail leaves by itself."
    )

    def _fbr_accounting_managers(self):
        """The users who manage this company's accounting."""
        self.ensure_one()
        managers = self.env.ref("account.group_account_manager").sudo().all_user_ids
        return managers.filtered(lambda user: user.active and not user.share and self in user.company_ids)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    fbr_export_monthly = fields.Boolean(related="company_id.fbr_export_monthly", readonly=False)
    fbr_accountant_ids = fields.Many2many(related="company_id.fbr_accountant_ids", readonly=False)
    fbr_export_to_folder = fields.Boolean(related="company_id.fbr_export_to_folder", readonly=False)
    fbr_mail_on_authorization = fields.Boolean(related="company_id.fbr_mail_on_authorization", readonly=False)
