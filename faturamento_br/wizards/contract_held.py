from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..billing.schedule import PeriodKey
from ..models.contract_run import waits_summary


class ContractHeldWizard(models.TransientModel):
    """Decide about periods that are older than their contract lets a run bill."""

    _name = "faturamento_br.contract.held.wizard"
    _description = "Old periods of a contract"

    contract_id = fields.Many2one("faturamento_br.contract", required=True, ondelete="cascade")
    line_ids = fields.One2many("faturamento_br.contract.held.line", "wizard_id", "Old periods")
    why = fields.Char("Reason", required=True)

    @api.model
    def default_get(self, names):
        values = super().default_get(names)
        if contract := self.env["faturamento_br.contract"].browse(values.get("contract_id")):
            values["line_ids"] = [
                Command.create(
                    {
                        "line_id": item.period.key.line,
                        "number": item.period.key.number,
                        "start": item.period.start,
                        "last_day": item.period.last_day,
                        "amount": float(item.amount),
                    }
                )
                for item in contract._held()
            ]
        return values

    def action_apply(self):
        """Bill the ones and give up the others.

        :raises UserError: nothing was decided.
        """
        self.ensure_one()
        contract = self.contract_id
        contract.check_access("write")
        contract.lock_for_update()
        by_decision = self.line_ids.grouped("decision")
        billed, given_up = (
            {PeriodKey(row.line_id.id, row.number) for row in by_decision.get(name, ())} for name in ("bill", "give_up")
        )
        if not billed and not given_up:
            raise UserError(self.env._("Say of at least one period whether it is billed or given up."))
        contract._give_up(given_up, self.why)
        moves = contract._bill(allowed=billed) if billed else self.env["account.move"]
        if not contract._held():
            waiting = contract.activity_ids.filtered(lambda activity: activity.summary == waits_summary(self.env))
            waiting.action_feedback(self.why)
        return contract._show_moves(moves) if moves else {"type": "ir.actions.act_window_close"}


class ContractHeldLine(models.TransientModel):
    """One old period, and what is decided about it."""

    _name = "faturamento_br.contract.held.line"
    _description = "Old period of a contract"
    _order = "start, id"

    wizard_id = fields.Many2one("faturamento_br.contract.held.wizard", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="wizard_id.contract_id.currency_id")
    line_id = fields.Many2one("faturamento_br.contract.line", "What for", required=True, ondelete="cascade")
    number = fields.Integer()
    start = fields.Date("First day")
    last_day = fields.Date("Last day")
    amount = fields.Monetary()
    decision = fields.Selection(
        [("wait", "Leave it waiting"), ("bill", "Bill it"), ("give_up", "Give it up")], required=True, default="wait"
    )
