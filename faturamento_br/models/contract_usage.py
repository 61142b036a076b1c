from odoo import api, fields, models

from ..billing import changes, usage
from ..billing.schedule import PeriodKey, Schedule
from .contract_preview import AHEAD
from .line_amounts import exact_value
from .usage_plan import DECIMALS

# One row a line and day, so that what is read does not grow with what is sent; of different ones a row each.
BY_DAY = {
    "sum": "SELECT line_id, day, SUM(value), '' FROM faturamento_br_usage WHERE line_id IN %s GROUP BY line_id, day",
    "max": "SELECT line_id, day, MAX(value), '' FROM faturamento_br_usage WHERE line_id IN %s GROUP BY line_id, day",
    "last": "SELECT DISTINCT ON (line_id, day) line_id, day, value, '' FROM faturamento_br_usage WHERE line_id IN %s "
    "ORDER BY line_id, day, id DESC",
    "unique": "SELECT DISTINCT line_id, day, 1, COALESCE(subject, '') FROM faturamento_br_usage WHERE line_id IN %s",
}


class Contract(models.Model):
    """What the metered lines of contracts are worth, by the records of their periods."""

    _inherit = "faturamento_br.contract"

    usage_count = fields.Integer(compute="_compute_usage_count")

    def _compute_usage_count(self):
        groups = self.env["faturamento_br.usage"]._read_group(
            [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
        )
        counts = {contract.id: count for contract, count in groups}
        for contract in self:
            contract.usage_count = counts.get(contract._origin.id, 0)

    def _used(self):
        """``{line id: records}`` of the metered lines of these contracts, compressed by day; a query a metric."""
        metered = self.line_ids.filtered("usage_plan_id")
        found = {line.id: [] for line in metered}
        for metric, lines in metered.grouped(lambda line: line.usage_plan_id.metric).items():
            ids = tuple(lines._origin.ids)
            if not ids:
                continue
            self.env["faturamento_br.usage"].flush_model()
            self.env.cr.execute(BY_DAY[metric], [ids])
            for line, day, value, subject in self.env.cr.fetchall():
                exact = exact_value(float(value), DECIMALS)
                found.setdefault(line, []).append(usage.Record("", line, day, exact, subject))
        return found

    def _usage(self, used, *more):
        """What the periods of its metered lines are worth (see :func:`..billing.bills.run`), a year ahead too.

        :param used: by line, as :meth:`_used` gives it.
        :param more: changes that are only thought of.
        """
        metered = self.line_ids.filtered("usage_plan_id")
        found = {}
        if not metered:
            return found
        value = self._value(*more)
        times = changes.timelines(value)
        today = self._today()
        for line in metered:
            core = line._value()
            last = Schedule(core).containing(max(today, core.first_day)).key.number
            keys = [PeriodKey(core.key, number) for number in range(last + AHEAD + 1)]
            pricing, records = line.usage_plan_id._value(), used.get(core.key, ())
            found |= usage.charges(core, pricing, records, keys, times[core.key], value.unit)
        return found

    def action_view_usage(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.usage_action")
        return {**action, "domain": [("contract_id", "=", self.id)], "context": {}}


class ContractLine(models.Model):
    """A line that is billed by what was used."""

    _inherit = "faturamento_br.contract.line"

    usage_plan_id = fields.Many2one(
        "faturamento_br.usage_plan",
        "Usage price",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The line costs what was used of it in a period, and is billed in arrears. Empty: it has a fixed price.",
    )

    @api.onchange("usage_plan_id")
    def _onchange_usage_plan_id(self):
        if self.usage_plan_id:
            self.billing = "arrears"
