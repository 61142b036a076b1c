from odoo import api, fields, models


class Contract(models.Model):
    """Periods that are too old to be billed without asking: somebody bills them or gives them up."""

    _inherit = "faturamento_br.contract"

    held_count = fields.Integer("Old periods", compute="_compute_held_count")

    @api.depends("look_back", "next_bill_on", "period_ids.returned")
    def _compute_held_count(self):
        for one in self:
            asks = one.look_back and one.state != "draft" and not one._problems()
            one.held_count = len(one._held()) if asks else 0

    def action_decide_held(self):
        """Bill the old periods, or give them up."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.contract_held_action")
        return {**action, "context": {"default_contract_id": self.id}}

    def _held(self):
        """The items of one contract that wait for a decision."""
        _drafts, held = self._origin._plan()
        return held.get(self._origin, [])

    def _give_up(self, keys, why):
        """Book the held periods of ``keys`` without an invoice: they are never billed."""
        self.ensure_one()
        items = [item for item in self._held() if item.period.key in keys]
        parts = self._next_parts({item.period.key for item in items})
        rows = [{**self._period_values(item, parts.get(item.period.key, 0)), "given_up": why} for item in items]
        given = self.env["faturamento_br.contract.period"].sudo().create(rows)
        if given:
            told = "; ".join(period._told() for period in given)
            self._message_log(body=self.env._("Given up: %(periods)s. %(why)s", periods=told, why=why))
