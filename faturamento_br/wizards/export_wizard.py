from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.document_export import EXPORTED_STATES


class ExportWizard(models.TransientModel):
    """Which month goes to the accountant, and how."""

    _name = "faturamento_br.export.wizard"
    _description = "Export a month's fiscal documents"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    month = fields.Date(
        required=True,
        default=lambda self: self._oldest_pending_month(),
        help="Any day of it.",
    )
    environment = fields.Selection(
        selection=lambda self: self.env["faturamento_br.document"]._environments(),
        required=True,
        default=lambda self: self.env.company.sudo().fbr_environment,
    )
    pending_only = fields.Boolean("Only what was not exported yet")
    mail = fields.Boolean("E-mail it to the accountants")
    accountants = fields.Char(compute="_compute_accountants")
    documents = fields.Integer("Documents found", compute="_compute_documents")
    voidings = fields.Integer("Voided numbers found", compute="_compute_documents")
    pending = fields.Integer("Not exported yet", compute="_compute_documents")

    @api.model
    def _oldest_pending_month(self):
        """The oldest month that has documents or voided numbers to export; last month when nothing waits."""
        oldest = self.env["faturamento_br.document"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("environment", "=", self.env.company.sudo().fbr_environment),
                ("export_state", "in", ("pending", "changed")),
                ("issue_date", "!=", False),
            ],
            order="issue_date, id",
            limit=1,
        )
        voided = self.env["faturamento_br.voiding"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("environment", "=", self.env.company.sudo().fbr_environment),
                *(("state", "=", "voided"), ("export_id", "=", False), ("voided_on", "!=", False)),
            ],
            order="voided_on, id",
            limit=1,
        )
        waiting = min(filter(None, (oldest.issue_date, voided.voided_on)), default=None)
        return (waiting or fields.Date.context_today(self) - relativedelta(months=1)).replace(day=1)

    @api.depends("company_id")
    def _compute_accountants(self):
        for wizard in self:
            wizard.accountants = ", ".join(wizard.company_id.sudo().fbr_accountant_ids.mapped("display_name"))

    @api.depends("company_id", "month", "environment")
    def _compute_documents(self):
        for wizard in self:
            first = wizard.month and wizard.month.replace(day=1)
            found = first and [
                ("company_id", "=", wizard.company_id.id),
                ("environment", "=", wizard.environment),
                ("state", "in", EXPORTED_STATES),
                ("issue_date", ">=", first),
                ("issue_date", "<", first + relativedelta(months=1)),
            ]
            Document = self.env["faturamento_br.document"]
            Voiding = self.env["faturamento_br.voiding"]
            voided = Voiding._to_export(wizard.company_id, first, wizard.environment) if found else Voiding
            wizard.voidings = len(voided)
            wizard.documents = Document.search_count(found) if found else 0
            wizard.pending = (
                Document.search_count([*found, ("export_state", "in", ("pending", "changed"))])
                + len(voided.filtered(lambda voiding: not voiding.export_id))
                if found
                else 0
            )

    def action_export(self):
        """Write the ZIP, mark its documents, and show it, ready to be downloaded."""
        self.ensure_one()
        Export = self.env["faturamento_br.export"]
        Export._check_may_export()
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose a company that you work in."))
        if not self.month:
            raise UserError(self.env._("Say which month."))
        try:
            export = Export._export(self.company_id, self.month, self.environment, self.pending_only)
        except OSError as error:
            raise UserError(self.env._("The ZIP could not be written: %s", error)) from error
        if not export:
            raise UserError(
                self.env._(
                    "There is no fiscal document to export in this month: choose another, or another environment."
                )
            )
        if self.mail:
            export.sudo()._deliver(mail=True, folder=False)
        return export._get_records_action(name=self.env._("Monthly export"))
