from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.misc import get_lang


class AdjustmentLine(models.Model):
    """The new price of one line, with the months of the index that made it."""

    _name = "faturamento_br.adjustment_line"
    _description = "Price adjustment of a line"
    _order = "adjustment_id, id"

    adjustment_id = fields.Many2one("faturamento_br.adjustment", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="adjustment_id.company_id", store=True, index=True)
    line_id = fields.Many2one("faturamento_br.contract.line", required=True, ondelete="restrict", index=True)
    change_id = fields.Many2one("faturamento_br.contract.change", ondelete="restrict", index="btree_not_null")
    base = fields.Date("Counted from")
    accumulated = fields.Float("Index (%)", digits=(12, 4))
    applied = fields.Float("Adjustment (%)", digits=(12, 4))
    price_before = fields.Float("Price before", digits="Product Price")
    price_after = fields.Float("Price after", digits="Product Price")
    months = fields.Json(help="Each with month, percent, source and the day it was read.")
    months_text = fields.Text("Months used", compute="_compute_months_text")

    @api.depends("months")
    def _compute_months_text(self):
        for line in self:
            line.months_text = "\n".join(
                self.env._(
                    "%(month)s: %(percent)s %% (%(where)s, read on %(read)s)",
                    month=format_date(self.env, value["month"], date_format="MM/yyyy"),
                    percent=value["percent"].replace(".", get_lang(self.env).decimal_point),
                    where=value["source"],
                    read=format_date(self.env, value["read"]),
                )
                for value in line.months or ()
            )

    def _change_values(self):
        whole = self.adjustment_id
        return {
            "contract_id": whole.contract_id.id,
            "line_id": self.line_id.id,
            "action": "terms",
            "effective": whole.effective,
            "price_unit": self.price_after,
            "why": self.env._("Yearly adjustment: %s", whole.rule),
            "before": f"{self.price_before}",
            "after": f"{self.price_after}",
        }
