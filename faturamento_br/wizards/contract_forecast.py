from odoo import fields, models


class ContractForecastWizard(models.TransientModel):
    """Up to which day to look ahead."""

    _name = "faturamento_br.contract.forecast.wizard"
    _description = "What would be billed"

    day = fields.Date("As if it were", required=True, default=fields.Date.context_today)

    def action_show(self):
        """The dry run, as a list of what would be billed and of what would not, with why."""
        self.ensure_one()
        contracts = self.env["faturamento_br.contract"]
        rows = self.env["faturamento_br.contract.forecast"].create(contracts._to_rehearse(self.day)._rehearse(self.day))
        action = self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.contract_forecast_action")
        return {**action, "domain": [("id", "in", rows.ids)]}


class ContractForecast(models.TransientModel):
    """A row of the dry run: a period that would be billed, or a contract that would not, and why."""

    _name = "faturamento_br.contract.forecast"
    _description = "What would be billed"
    _order = "outcome, contract_id, start, id"

    contract_id = fields.Many2one("faturamento_br.contract", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    line_id = fields.Many2one("faturamento_br.contract.line", "What for", ondelete="cascade")
    start = fields.Date("First day")
    last_day = fields.Date("Last day")
    correction = fields.Boolean("Adjustment")
    amount = fields.Monetary(help="As the contract says, without taxes on top.")
    invoice_total = fields.Monetary("Total of the invoice", aggregator=None)
    outcome = fields.Selection(
        [
            ("invoice", "Would be invoiced"),
            ("credit", "Would be credited"),
            ("free", "Comes to nothing: no invoice"),
            ("held", "Too old: waits for a decision"),
            ("paused", "Paused"),
            ("fails", "Would fail and be parked"),
            ("parked", "Parked"),
            ("draft", "Not started"),
        ],
        "What would happen",
        required=True,
    )
    reason = fields.Text("Why not")

    def action_open(self):
        self.ensure_one()
        return self.contract_id._get_records_action(name=self.contract_id.name)
