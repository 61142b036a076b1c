from odoo import fields, models


class ConnectionTest(models.TransientModel):
    """A question to an authorizer, and what was seen: for the company's own environment or another one."""

    _name = "faturamento_br.connection.test"
    _description = "Connection test"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    environment = fields.Selection(
        selection=lambda self: self.env["res.company"]._fields["fbr_environment"]._description_selection(self.env),
        required=True,
    )
    tested = fields.Char("Asked", readonly=True)
    result = fields.Selection(
        [("up", "In operation"), ("down", "Not in operation"), ("failed", "No connection")], readonly=True
    )
    told = fields.Char("Answer", readonly=True)
    cStat = fields.Char("cStat", readonly=True)
    address = fields.Char(readonly=True)
    milliseconds = fields.Integer("Answered in (ms)", readonly=True)
    tMed = fields.Integer("Mean answer time (s)", readonly=True, help="tMed, as the authorizer tells it.")
    holder = fields.Char("Certificate", readonly=True)
    valid_to = fields.Datetime("Valid until", readonly=True)
    days_left = fields.Integer(readonly=True)

    def _fbr_open(self, company):
        """Ask the authorizer of the company's own environment, and show what was seen."""
        test = self.create({"company_id": company.id, "environment": company.sudo().fbr_environment})
        return test.action_test()

    def action_test(self):
        """Ask the authorizer of the chosen environment; the dialog shows what was seen."""
        self.ensure_one()
        company = self.company_id
        company._fbr_check_may_set_up()
        probe = company._fbr_probe(self.environment)
        label = dict(self._fields["environment"]._description_selection(self.env))[self.environment]
        self.write(
            {
                "tested": f"SEFAZ {probe.uf}, {label}",
                "result": probe.result,
                "told": probe.told,
                "cStat": probe.cStat,
                "address": probe.address,
                "milliseconds": probe.milliseconds,
                "tMed": probe.tMed,
                "holder": probe.holder,
                "valid_to": probe.valid_to,
                "days_left": (probe.valid_to - fields.Datetime.now()).days if probe.valid_to else 0,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Connection test"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
