from odoo import fields, models


class AccountMove(models.Model):
    """An invoice made by contracts: what happens to it gives their periods back, or takes them again."""

    _inherit = "account.move"

    fbr_contract_count = fields.Integer(compute="_compute_fbr_contract_count")

    def _compute_fbr_contract_count(self):
        counts = {}
        if self.ids:
            groups = (
                self.env["faturamento_br.contract.period"]
                .sudo()
                ._read_group([("move_id", "in", self.ids)], ["move_id"], ["contract_id:count_distinct"])
            )
            counts = {move.id: count for move, count in groups}
        for move in self:
            move.fbr_contract_count = counts.get(move.id, 0)

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
        return self._fbr_periods().contract_id.sudo(False)._get_records_action(name=self.env._("Contracts"))


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
