from odoo import api, fields, models
from odoo.exceptions import UserError

LAST = 999_999_999


class SeriesContinuation(models.TransientModel):
    """Going on where a former system stopped: the last number it used, for one series and environment."""

    _name = "faturamento_br.series.continuation"
    _description = "Continue a former system's numbering"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    environment = fields.Selection(
        selection=lambda self: self.env["faturamento_br.document"]._environments(),
        required=True,
        default=lambda self: self.env.company.fbr_environment,
    )
    series = fields.Integer(required=True, default=lambda self: self._default_series())
    last_number = fields.Integer(
        "Last number used", required=True, help="Of the former system, voided numbers included, in this series."
    )
    next_number = fields.Integer("Next number here", compute="_compute_numbers")
    current_number = fields.Integer("Next number until now", compute="_compute_numbers")

    @api.model
    def _default_series(self):
        journal = self.env.company._fbr_sale_journal()
        return self.env["faturamento_br.document"]._series_of(journal) if journal else 1

    @api.depends("company_id", "environment", "series", "last_number")
    def _compute_numbers(self):
        for wizard in self:
            wizard.next_number = wizard.last_number + 1
            wizard.current_number = wizard._counter().next_number or 1

    def _counter(self):
        """The counter there is, with the head office's where a branch has its CNPJ; empty before its first use."""
        return (
            self.env["faturamento_br.series"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id._fbr_numbering_company().id),
                    ("model", "=", "55"),
                    ("environment", "=", self.environment),
                    ("series", "=", self.series),
                ]
            )
        )

    def action_apply(self):
        """Have the next NF-e of the series take the number after ``last_number``.

        :raises UserError: everything wrong with what was typed, at once.
        """
        self.ensure_one()
        self.company_id._fbr_check_may_set_up()
        wrong = []
        if not 0 <= self.series <= 889:
            wrong.append(self.env._("A series goes from 0 to 889."))
        if not 1 <= self.last_number < LAST:
            wrong.append(self.env._("Type the last number that the former system used, from 1 to 999,999,998."))
        elif self.next_number < self.current_number:
            wrong.append(
                self.env._(
                    "Series %(series)s is already at %(current)s here: it cannot go back to %(next)s, or numbers would "
                    "be issued twice (rejection 539). Type a higher number, or use another series.",
                    series=self.series,
                    current=self.current_number,
                    next=self.next_number,
                )
            )
        if wrong:
            raise UserError("\n".join(wrong))
        Series = self.env["faturamento_br.series"].sudo()
        Series._of(self.company_id, "55", self.environment, self.series).next_number = self.next_number
        return {"type": "ir.actions.act_window_close"}
