from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..billing.intervals import DAY
from .recurrence import line_values


class AccountMove(models.Model):
    """An invoice made by contracts: what happens to it gives their periods back, or takes them again."""

    _inherit = "account.move"

    fbr_contract_count = fields.Integer(compute="_compute_fbr_contract_count")
    fbr_repeated_ids = fields.One2many("faturamento_br.contract", "repeats_id", "Contracts that repeat it")

    @api.depends("fbr_repeated_ids")
    def _compute_fbr_contract_count(self):
        found = {}
        if self.ids:
            for name, model in (("move_id", "period"), ("repeats_id", "")):
                of = "contract_id" if model else "id"
                rows = self.env["faturamento_br.contract" + (f".{model}" if model else "")].sudo()
                for move, ids in rows._read_group([(name, "in", self.ids)], [name], [f"{of}:array_agg"]):
                    found.setdefault(move.id, set()).update(ids)
        for move in self:
            move.fbr_contract_count = len(found.get(move.id, ()))

    def _fbr_periods(self):
        """The periods on these invoices."""
        return self.env["faturamento_br.contract.period"].sudo().search([("move_id", "in", self.ids)])

    def write(self, vals):
        before = {move.id: move.state for move in self} if "state" in vals else {}
        result = super().write(vals)
        if vals.get("state") in ("cancel", "draft"):
            was = {"cancel": ("draft", "posted"), "draft": ("cancel",)}[vals["state"]]
            moved = self.filtered(lambda move: before.get(move.id) in was)
            if moved and vals["state"] == "draft":
                moved._fbr_periods()._take_again()
            elif moved:
                for move, periods in moved._fbr_periods().grouped("move_id").items():
                    periods._give_back(self.env._("Invoice %s was cancelled.", move.display_name))
        return result

    def action_view_fbr_contracts(self):
        self.ensure_one()
        contracts = self._fbr_periods().contract_id.sudo(False) + self.fbr_repeated_ids
        return contracts._get_records_action(name=self.env._("Contracts"))

    # --- Repeat this --------------------------------------------------------------------------------------------

    def action_fbr_repeat(self):
        """A contract, still a draft, that bills every month from the next one on what this invoice billed.

        :raises UserError: it is no invoice to a customer, or has nothing to repeat.
        """
        self.ensure_one()
        if self.move_type != "out_invoice" or self.state == "cancel":
            raise UserError(self.env._("Only an invoice to a customer can be repeated."))
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product" and line.product_id)
        if not lines:
            raise UserError(self.env._("%s has no line with a product: there is nothing to repeat.", self.display_name))
        if self.fbr_contract_count:
            return self.action_view_fbr_contracts()
        start = self.invoice_date or fields.Date.context_today(self)
        contract = self.env["faturamento_br.contract"].create(
            {
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "currency_id": self.currency_id.id,
                "user_id": self.invoice_user_id.id,
                "payment_term_id": self.invoice_payment_term_id.id,
                "fbr_operation_id": self.fbr_operation_id.id,
                "date_start": start,
                "billed_elsewhere": start + DAY,  # this invoice is the first, and the day of the month is kept
                "repeats_id": self.id,
                "line_ids": [Command.create(line_values(line, line.quantity)) for line in lines],
            }
        )
        self._message_log(body=self.env._("Contract %s repeats it.", contract._get_html_link()))
        return contract._get_records_action(name=contract.name)


class AccountMoveLine(models.Model):
    """A line that bills a period gives it back when it is deleted, alone or with its invoice."""

    _inherit = "account.move.line"

    def unlink(self):
        periods = self.env["faturamento_br.contract.period"].sudo()
        if billed := self.filtered("product_id").ids:
            periods = periods.search([("move_line_id", "in", billed)])
        for move, its in periods.grouped("move_id").items():
            its._give_back(self.env._("%s or its line was deleted.", move.display_name))
        return super().unlink()
