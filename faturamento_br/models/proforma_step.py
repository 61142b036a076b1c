from odoo import _, api, fields, models
from odoo.exceptions import UserError

WHOLE = 100.0


class ProformaStep(models.Model):
    """One payment of the plan by which a pro-forma is paid before its invoice: a sign, a milestone, the rest.

    What is received before the invoice is an advance of the customer, no revenue and no fiscal document; the NF-e
    leaves with the goods (Ajuste SINIEF 07/05), of the whole value.
    """

    _name = "faturamento_br.proforma.step"
    _description = "Payment of a pro-forma"
    _order = "move_id, sequence, id"

    move_id = fields.Many2one("account.move", "Pro-forma", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="move_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="move_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char("When", required=True, help="What the customer reads: with the order, when it is delivered…")
    percent = fields.Float("Share (%)", digits=(5, 2), required=True)
    date = fields.Date("Expected on")
    amount = fields.Monetary(compute="_compute_amount", help="Its share of the total; together they are the total.")
    received = fields.Boolean(compute="_compute_amount", help="The advances so far reach as far as this payment.")

    @api.depends("percent", "sequence", "move_id.amount_total", "move_id.fbr_advance_total", "move_id.fbr_step_ids")
    def _compute_amount(self):
        for move in self.move_id:
            upto, share, currency = 0.0, 0.0, move.currency_id
            for step in move.fbr_step_ids.sorted(lambda each: (each.sequence, each._origin.id or 0)):
                share += step.percent
                after = currency.round(move.amount_total * share / WHOLE)
                step.amount = after - upto
                step.received = currency.compare_amounts(move.fbr_advance_total, after) >= 0
                upto = after
        for step in self.filtered(lambda each: not each.move_id):
            step.update({"amount": 0.0, "received": False})


class AccountMove(models.Model):
    _inherit = "account.move"

    fbr_step_ids = fields.One2many("faturamento_br.proforma.step", "move_id", "Payments before the invoice", copy=True)

    def _fbr_proforma_due(self):
        """What the customer is asked for now, in the invoice's currency: up to the next payment of the plan."""
        self.ensure_one()
        upto = 0.0
        for step in self.fbr_step_ids.sorted(lambda each: (each.sequence, each.id)):
            upto += step.amount
            if not step.received:
                return self.currency_id.round(upto - self.fbr_advance_total)
        return self.currency_id.round(self.amount_total - self.fbr_advance_total)

    def _fbr_proforma_content(self):
        """The plan is part of what the customer agrees to."""
        content = super()._fbr_proforma_content()
        steps = self.fbr_step_ids.sorted(lambda each: (each.sequence, each.id))
        if steps:
            content["steps"] = [[step.name, str(step.percent), fields.Date.to_string(step.date)] for step in steps]
        return content

    def _fbr_proforma_problems(self):
        found = super()._fbr_proforma_problems()
        total = sum(self.fbr_step_ids.mapped("percent"))
        if self.fbr_step_ids and (round(total, 2) != WHOLE or min(self.fbr_step_ids.mapped("percent")) <= 0):
            found.append(
                _("Its payments add up to %s %%: give each a share above zero, together 100 %%.", f"{total:g}")
            )
        return found

    def action_fbr_steps_from_term(self):
        """Make the plan of the invoice's payment terms."""
        for move in self:
            lines = move.invoice_payment_term_id.line_ids
            if not lines or any(line.value != "percent" for line in lines):
                raise UserError(
                    _("%s needs payment terms made of percentages: choose them first.", move._fbr_proforma_label())
                )
            today, count = move._fbr_today(), len(lines)
            steps = [
                {
                    "move_id": move.id,
                    "sequence": number,
                    "name": _("Payment %(number)s of %(count)s", number=number, count=count),
                    "percent": line.value_amount,
                    "date": line._get_due_date(today),
                }
                for number, line in enumerate(lines, 1)
            ]
            move.fbr_step_ids.unlink()
            self.env["faturamento_br.proforma.step"].create(steps)
        return True
