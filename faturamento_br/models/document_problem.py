from odoo import api, fields, models


class DocumentProblem(models.Model):
    """One thing that keeps a document from being authorised, with the way to the place to mend it."""

    _name = "faturamento_br.document.problem"
    _description = "Fiscal document problem"
    _order = "document_id, id"

    document_id = fields.Many2one("faturamento_br.document", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="document_id.company_id", store=True, index=True)
    attempt_id = fields.Many2one("faturamento_br.document.attempt", ondelete="cascade")
    code = fields.Char(required=True)
    path = fields.Char()
    message = fields.Char(required=True)
    cure = fields.Char("What to do")
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")
    res_name = fields.Char("Where", compute="_compute_res_name")

    @api.depends("res_model", "res_id")
    def _compute_res_name(self):
        for problem in self:
            problem.res_name = (
                self.env[problem.res_model].browse(problem.res_id).display_name
                if problem.res_model and problem.res_id
                else ""
            )

    def _alerts(self, shown_on):
        """These problems for Odoo's alerts above a form, each with the way to its record.

        :param shown_on: the record of that form: a problem of its own needs no way.
        """
        alerts = {}
        for problem in self:
            alert = {"level": "danger", "message": "\n".join(filter(None, (problem.message, problem.cure)))}
            if problem.res_model and (problem.res_model, problem.res_id) != (shown_on._name, shown_on.id):
                alert |= {
                    "action_text": self.env._("Mend: %s", problem.res_name),
                    "action": problem.action_open(),
                }
            alerts[f"fbr_problem_{problem.id}"] = alert
        return alerts

    def action_open(self):
        """Open the record to mend."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model or "faturamento_br.document",
            "res_id": self.res_id or self.document_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }
