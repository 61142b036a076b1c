from odoo import _, api, models


class AccountMove(models.Model):
    """What the invoice's own screen says of its NF-e, in Odoo's own way: alerts above the sheet."""

    _inherit = "account.move"

    @api.depends("fbr_document_ids.state", "fbr_document_ids.problem_ids")
    def _compute_alerts(self):
        super()._compute_alerts()

    def _get_alerts(self):
        alerts = super()._get_alerts()
        document = self.fbr_document_id.sudo()
        if self.state == "posted":
            alerts.update(document.problem_ids.sudo(False)._alerts(shown_on=self))
            if document.state in ("signed", "sending") and not document.problem_ids:
                alerts["fbr_waiting"] = {
                    "level": "info",
                    "message": _("The NF-e is on its way to SEFAZ. Nothing needs to be done: it goes on by itself."),
                }
        return alerts

    @api.depends("fbr_document_ids.state")
    def _compute_show_reset_to_draft_button(self):
        super()._compute_show_reset_to_draft_button()
        for move in self:
            if move.fbr_document_ids.sudo()._binding():
                move.show_reset_to_draft_button = False
