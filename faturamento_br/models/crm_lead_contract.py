from odoo import api, fields, models


class CrmLead(models.Model):
    """What an opportunity promises each month: what recurs in its quotations and orders, and its contracts."""

    _inherit = "crm.lead"

    fbr_recurring_amount = fields.Monetary(
        "Recurring in its quotations, per month",
        currency_field="company_currency",
        compute="_compute_fbr_recurring_amount",
        help="Of confirmed orders, or else of the quotation that promises most.",
    )
    fbr_contract_count = fields.Integer(compute="_compute_fbr_contract_count")

    @api.depends("order_ids.state", "order_ids.order_line.fbr_interval_unit", "order_ids.order_line.price_subtotal")
    def _compute_fbr_recurring_amount(self):
        for lead in self:
            confirmed = lead.order_ids.filtered(lambda order: order.state == "sale")
            if confirmed:
                lead.fbr_recurring_amount = sum(confirmed.mapped(lead._fbr_recurring_of))
            else:
                quotations = lead.order_ids.filtered(lambda order: order.state in ("draft", "sent"))
                lead.fbr_recurring_amount = max(quotations.mapped(lead._fbr_recurring_of), default=0.0)

    def _fbr_recurring_of(self, order):
        """What ``order`` brings in a month, in the opportunity's currency."""
        currency = self.company_currency or self.env.company.currency_id
        day = order.date_order or fields.Date.context_today(self)
        return order.currency_id._convert(order.fbr_recurring_amount, currency, order.company_id, day)

    @api.depends("order_ids")
    def _compute_fbr_contract_count(self):
        for lead in self:
            lead.fbr_contract_count = len(lead.order_ids.fbr_contract_ids)

    def _update_revenues_from_so(self, order):
        """The forecast of recurring revenue follows a confirmed order too, as Odoo lets the other one follow."""
        super()._update_revenues_from_so(order)
        monthly = self.env.ref("crm.crm_recurring_plan_monthly", raise_if_not_found=False)
        for lead in self:
            amount = lead.fbr_recurring_amount
            if monthly and amount > lead.recurring_revenue_monthly:
                lead.write({"recurring_revenue": amount, "recurring_plan": monthly.id})

    def action_view_fbr_contracts(self):
        self.ensure_one()
        return self.order_ids.fbr_contract_ids._get_records_action(name=self.env._("Contracts"))
