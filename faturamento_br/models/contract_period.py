from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..billing.intervals import DAY


class ContractPeriod(models.Model):
    """A period that was billed: a row, unique in the database, so that nothing bills it twice.

    Part 0 is its first bill, the others correct it. The sum of its parts is what the core's ledger says of it. A draft
    that is deleted or an invoice that is cancelled gives its parts back: they stay to be seen, and no longer count.
    """

    _name = "faturamento_br.contract.period"
    _description = "Billed period"
    _order = "contract_id, start desc, id desc"
    _check_company_auto = True

    contract_id = fields.Many2one("faturamento_br.contract", required=True, ondelete="cascade", index=True)
    line_id = fields.Many2one("faturamento_br.contract.line", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    number = fields.Integer(required=True, help="Counted from 0.")
    part = fields.Integer(required=True, help="0: its first bill; above: a correction.")
    start = fields.Date("First day", required=True)
    end = fields.Date(required=True, help="The first day that is no longer in it.")
    last_day = fields.Date("Last day", compute="_compute_last_day")
    amount = fields.Monetary(required=True, help="As the contract says, without taxes on top.")
    move_id = fields.Many2one("account.move", "Invoice", index="btree_not_null", ondelete="set null")
    move_line_id = fields.Many2one("account.move.line", "Invoice line", index="btree_not_null", ondelete="set null")
    returned = fields.Boolean(help="The invoice was deleted or cancelled: the period is due again.")
    given_up = fields.Char("Given up", help="Why it is not billed; it has no invoice.")
    next_step = fields.Selection(
        [("post", "To confirm"), ("issue", "To issue"), ("send", "To send")],
        help="What the background still has to do with the invoice.",
    )

    _once = models.UniqueIndex("(line_id, number, part) WHERE returned IS NOT TRUE", "This period was billed already.")
    _to_follow_up = models.Index("(move_id) WHERE next_step IS NOT NULL")

    @api.depends("end")
    def _compute_last_day(self):
        for period in self:
            period.last_day = period.end and period.end - DAY

    @api.depends("line_id", "start", "end")
    def _compute_display_name(self):
        for period in self:
            period.display_name = period._told()

    def _told(self):
        start, last = format_date(self.env, self.start), format_date(self.env, self.last_day)
        return self.env._("%(line)s, %(start)s to %(last)s", line=self.line_id.display_name, start=start, last=last)

    def _give_back(self, reason):
        """They are due again, because of ``reason``; the contract's chatter says so."""
        given = self.filtered(lambda period: not period.returned)
        given.write({"returned": True, "next_step": False})
        for contract, periods in given.grouped("contract_id").items():
            told = "; ".join(period._told() for period in periods)
            contract._message_log(body=self.env._("%(reason)s Due again: %(periods)s.", reason=reason, periods=told))

    def _take_again(self):
        """They count again, for their cancelled invoice is a draft once more.

        :raises UserError: one of them was billed again meanwhile.
        """
        taken = self.filtered("returned")
        if not taken:
            return
        keys = {(row.line_id.id, row.number, row.part) for row in taken}
        rows = self.search([("line_id", "in", taken.line_id.ids), ("returned", "=", False)])
        if twice := rows.filtered(lambda row: (row.line_id.id, row.number, row.part) in keys):
            told = "; ".join(f"{row._told()} ({row.move_id.display_name or ''})" for row in twice)
            raise UserError(self.env._("Billed again since the invoice was cancelled: %s. Leave it cancelled.", told))
        taken.write({"returned": False})
