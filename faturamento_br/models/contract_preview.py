from odoo import api, fields, models

#: Bills that are shown ahead.
AHEAD = 12


class Contract(models.Model):
    """What the contract will bill, by the code that bills."""

    _inherit = "faturamento_br.contract"

    preview = fields.Html("Next invoices", compute="_compute_preview", sanitize=False)

    @api.depends("next_bill_on", "line_ids.price_subtotal")
    @api.depends_context("lang", "tz")
    def _compute_preview(self):
        for contract in self:
            contract.preview = not contract._problems() and contract._preview(contract._coming(AHEAD))

    def _preview(self, bills):
        """A table of ``bills``."""
        lines = {line._value().key: line for line in self.line_ids}
        rows = [
            {
                "day": bill.day,
                "items": [
                    {
                        "line": lines[item.period.key.line].display_name,
                        "kind": item.kind.value,
                        "start": item.period.start,
                        "last": item.period.last_day,
                        "amount": float(item.amount),
                    }
                    for item in bill.items
                ],
                "total": float(bill.total),
            }
            for bill in bills
        ]
        values = {"rows": rows, "currency": self.currency_id}
        return self.env["ir.qweb"]._render("faturamento_br.contract_preview", values)
