from odoo import api, fields, models

from ..billing.intervals import DAY


class Contract(models.Model):
    """What comes next in a contract: the next charge, and the day on which it renews or ends."""

    _inherit = "faturamento_br.contract"

    next_bill_amount = fields.Monetary(
        "Next charge", compute="_compute_next_bill_amount", help="By the code that bills, without taxes on top."
    )
    renewal_on = fields.Date("Renews or ends on", compute="_compute_renewal_on")

    @api.depends("next_bill_on", "line_ids.price_subtotal", "change_ids", "period_ids.amount")
    def _compute_next_bill_amount(self):
        ledgers = self._origin._ledgers()
        for contract in self:
            contract.next_bill_amount = 0.0
            if contract.next_bill_on and not contract._problems():
                [bill] = contract._bills(ledgers.get(contract._origin.id, {}), 1)
                contract.next_bill_amount = float(bill.total)

    @api.depends("term_end", "date_end")
    def _compute_renewal_on(self):
        for contract in self:
            renews = contract.term_end and contract.term_end + DAY
            contract.renewal_on = contract.date_end or renews
