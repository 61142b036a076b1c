from odoo import api, fields, models
from odoo.tools import format_date

#: Days before its end at which somebody is asked to replace a certificate; each once.
WARNINGS = (60, 30, 7)


class Certificate(models.Model):
    """A certificate's end is told in time: without it nothing is issued, and a new one takes days."""

    _name = "faturamento_br.certificate"
    _inherit = ["faturamento_br.certificate", "mail.thread", "mail.activity.mixin"]

    warned_days = fields.Integer(readonly=True, copy=False, help="The last warning that was given, in days.")

    @api.model
    def _cron_warn(self):
        """Ask an administrator to replace the certificates in use that end within 60, 30 or 7 days."""
        in_use = self.browse()
        for company in self.env["res.company"].search([("fbr_nfe_enabled", "=", True)]):
            in_use |= company._fbr_get_certificate()
        for certificate in in_use.filtered(lambda each: not each.throwaway and each.valid_to):
            certificate._warn()
        # What was replaced needs nobody any more.
        replaced = self.search([("warned_days", "!=", 0), ("id", "not in", in_use.ids)])
        replaced._settle()

    def _settle(self):
        """Nobody needs to do anything: it was replaced, by another record or by a new file in this one."""
        self.activity_ids.filtered("automated").action_feedback()
        self.warned_days = 0

    def _warn(self):
        left = (self.valid_to - fields.Datetime.now()).days
        reached = [days for days in WARNINGS if left <= days]
        if not reached:
            if self.warned_days:
                self._settle()
            return
        if self.warned_days and min(reached) >= self.warned_days:
            return
        self.warned_days = min(reached)
        self.activity_ids.filtered("automated").action_feedback()
        user = self.company_id._fbr_administrator(self.create_uid)
        told = self.with_context(lang=user.lang)
        told.activity_schedule(
            "mail.mail_activity_data_warning",
            min(self.valid_to.date(), fields.Date.add(fields.Date.today(), days=2)),
            summary=told.env._("The certificate ends on %s", format_date(told.env, self.valid_to)),
            note=told.env._(
                "Buy the new certificate (e-CNPJ A1) of %s and upload it here: it takes the place of this one at once, "
                "without a pause.",
                self.company_id.name,
            ),
            user_id=user.id,
        )


class ResCompany(models.Model):
    _inherit = "res.company"

    def _fbr_administrator(self, preferred):
        """Who is asked to mend what only an administrator can: one of the company, ``preferred`` if they are one."""
        administrators = self.env.ref("base.group_system").all_user_ids.filtered(
            lambda user: user.active and not user.share and self in user.company_ids
        )
        return (administrators & preferred) or administrators[:1] or self.env.user
