from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing import adjustment, check
from ..billing.adjustment import Index, Negative, Rule
from ..billing.changes import NewTerms, timeline
from ..billing.intervals import DAY
from ..billing.schedule import Schedule
from .index_value import INDICES
from .line_amounts import exact_value
from .problem_text import text_of

#: Decimals of percentages that somebody types.
PERCENT = 4


class Contract(models.Model):
    """What the contract says of its yearly adjustment (reajuste), and when the next one may be."""

    _inherit = "faturamento_br.contract"

    adjust_index = fields.Selection(
        [*INDICES, ("fixed", "Fixed percentage")],
        "Yearly adjustment",
        tracking=True,
        help="Empty: the price is not adjusted. Never before twelve months (Lei 10.192/2001, art. 2).",
    )
    adjust_percent = fields.Float("Percentage", digits=(12, PERCENT), tracking=True)
    adjust_lag = fields.Integer(
        "Months back",
        default=1,
        help="The newest month used is so many months before that of the adjustment. An index is published a month "
        "later: 2 leaves time to write to the customer.",
    )
    adjust_with_floor = fields.Boolean("At least")
    adjust_floor = fields.Float("Floor (%)", digits=(12, PERCENT))
    adjust_with_cap = fields.Boolean("At most")
    adjust_cap = fields.Float("Cap (%)", digits=(12, PERCENT))
    adjust_negative = fields.Selection(
        [("apply", "The price falls"), ("keep", "The price stays")],
        "If the index fell",
        default="apply",
        required=True,
        tracking=True,
    )
    adjust_agreed = fields.Date("Price agreed on", help="The year counts from here. Empty: from the start.")
    adjust_on = fields.Date(
        "Next adjustment from",
        compute="_compute_adjust_on",
        store=True,
        index="btree_not_null",
        help="The first day on which the law allows it; each revision of the price counts it again.",
    )
    adjustment_ids = fields.One2many("faturamento_br.adjustment", "contract_id", "Adjustments", readonly=True)

    @api.depends(
        *("adjust_index", "adjust_agreed", "date_start", "date_end", "change_ids", "state"),
        *("line_ids", "line_ids.date_start", "line_ids.date_end"),
    )
    def _compute_adjust_on(self):
        for contract in self:
            days = []
            if contract.adjust_index and contract.state != "ended" and not contract._problems():
                days = [earliest for _line, _value, earliest in contract._adjustable_lines()]
            contract.adjust_on = min(days, default=False)

    @api.constrains(
        *("adjust_index", "adjust_percent", "adjust_lag", "adjust_with_floor", "adjust_floor", "adjust_with_cap"),
        *("adjust_cap", "date_start", "date_end"),
    )
    def _check_adjustment(self):
        for contract in self.filtered("adjust_index"):
            end = contract.date_end and contract.date_end + DAY
            wrong = check.rule_problems(contract._adjust_rule(), contract.date_start, end or None)
            if wrong:
                raise ValidationError("\n".join(text_of(self.env, problem) for problem in wrong))

    def _adjust_rule(self):
        """As a value of ``billing/``."""
        self.ensure_one()
        return Rule(
            Index(self.adjust_index),
            exact_value(self.adjust_percent, PERCENT).normalize(),
            self.adjust_lag,
            exact_value(self.adjust_floor, PERCENT).normalize() if self.adjust_with_floor else None,
            exact_value(self.adjust_cap, PERCENT).normalize() if self.adjust_with_cap else None,
            Negative(self.adjust_negative),
        )

    def _adjust_agreed_for(self, line):
        """When the price of ``line`` was agreed: with the contract, or later if it was added later."""
        return max(self.adjust_agreed or self.date_start, line.start)

    def _adjustable_lines(self):
        """``(line, its value, first day allowed by the law)`` of each line whose price can be adjusted then."""
        value = self._value()
        found = []
        for line in self.line_ids:
            core = line._value()
            base = adjustment.base_date(core, value.changes, self._adjust_agreed_for(core))
            earliest = adjustment.earliest(base)
            if adjustment.adjustable(core, value.changes, earliest):
                found.append((line, core, earliest))
        return found

    def _adjust_day(self):
        """On which day the next adjustment is to hold: its own, or where that has passed, with the next period."""
        today = self._today()
        if self.adjust_on >= today:
            return self.adjust_on
        starts = [
            Schedule(core).next_start(today)
            for _line, core, earliest in self._adjustable_lines()
            if earliest <= self.adjust_on
        ]
        return min(starts, default=today)

    def _terms_on(self, core, day, price):
        """The terms of the line ``core`` on ``day`` at another price."""
        agreed = timeline(core, self._value().changes).agreed(day)
        return NewTerms(price=price).applied(agreed)

    def _adjust_rule_text(self):
        """The rule in short, as people say it: IPCA, 0 to 6 %."""
        told = [dict(self._fields["adjust_index"]._description_selection(self.env))[self.adjust_index]]
        if self.adjust_index == Index.FIXED.value:
            told.append(f"{self.adjust_percent:g} %")
        if self.adjust_with_floor:
            told.append(self.env._("at least %s %%", f"{self.adjust_floor:g}"))
        if self.adjust_with_cap:
            told.append(self.env._("at most %s %%", f"{self.adjust_cap:g}"))
        return ", ".join(told)

    # --- Users --------------------------------------------------------------------------------------------------

    def action_prepare_adjustments(self):
        """Show what the adjustments of these contracts would be; nothing is agreed yet."""
        return self.env["faturamento_br.adjustment"]._prepare(self)._shown()
