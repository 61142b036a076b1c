from odoo import api, fields, models

#: Fields whose label in Odoo would mislead: l10n_br keeps the district in the second street line, "Complemento".
MISNAMED = {("res.partner", "street2")}


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
    message = fields.Text(required=True)
    cure = fields.Text("What to do")
    res_model = fields.Char()
    res_id = fields.Many2oneReference(model_field="res_model")
    res_field = fields.Char()
    res_name = fields.Text("Where", compute="_compute_res_name")

    @api.depends("res_model", "res_id", "res_field")
    def _compute_res_name(self):
        """The record to mend, and its field: ``Oak chair: NCM``."""
        for problem in self:
            parts = []
            if problem.res_model and problem.res_id:
                parts.append(self.env[problem.res_model].browse(problem.res_id).display_name)
            if problem.res_field and (problem.res_model, problem.res_field) not in MISNAMED:
                # The label, in the reader's language; a field that an upgrade took away has none.
                field = self.env["ir.model.fields"]._get(problem.res_model, problem.res_field)
                parts.append(field.field_description)
            problem.res_name = ": ".join(filter(None, parts))

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
        """Open the record to mend; what belongs to a company is in the settings, for who may see them."""
        self.ensure_one()
        if self.res_model == "res.company" and self.env.user.has_group("base.group_system"):
            return self.env["ir.actions.act_window"]._for_xml_id("account.action_account_config")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model or "faturamento_br.document",
            "res_id": self.res_id or self.document_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }
