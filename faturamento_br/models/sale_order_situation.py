from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .res_partner_situation import NOTHING

RELEASERS = "faturamento_br.group_sell_overdue"


class SaleOrder(models.Model):
    """Before more is sold to a customer who is overdue: a warning, or a block that somebody with the right lifts."""

    _inherit = "sale.order"

    fbr_overdue_alert = fields.Text(compute="_compute_fbr_overdue_alert", groups="base.group_user")
    fbr_sale_blocked = fields.Boolean(compute="_compute_fbr_overdue_alert", groups="base.group_user")
    fbr_released_by_id = fields.Many2one("res.users", "Released by", readonly=True, copy=False, groups=RELEASERS)

    @api.depends("partner_id", "company_id", "state", "fbr_released_by_id")
    def _compute_fbr_overdue_alert(self):
        self.fbr_overdue_alert, self.fbr_sale_blocked = False, False
        offered = self.filtered(
            lambda order: order.state in ("draft", "sent") and order.partner_id and order.company_id._fbr_issues()
        )
        for company, orders in offered.grouped("company_id").items():
            day = company._fbr_day()
            owed = orders.partner_id._fbr_receivables(company, day)
            blocked = orders.partner_id._fbr_blocked(company, day)
            for order in orders:
                whose = order.partner_id.commercial_partner_id.id
                found = owed.get(whose, NOTHING)
                if found.since:
                    order.fbr_sale_blocked = whose in blocked and not order.sudo().fbr_released_by_id
                    order.fbr_overdue_alert = order._fbr_tell_overdue(found, day)

    def _fbr_tell_overdue(self, found, day):
        return self.env._(
            "%(customer)s has %(amount)s overdue, the oldest since %(date)s (%(days)s days).",
            customer=self.partner_id.commercial_partner_id.display_name,
            amount=self.company_id.currency_id.format(found.overdue),
            date=format_date(self.env, found.since),
            days=(day - found.since).days,
        )

    def _confirmation_error_message(self):
        """What the system confirms by itself was paid for."""
        wrong = super()._confirmation_error_message()
        if not wrong and not self.env.su and self.sudo().fbr_sale_blocked:
            wrong = self.env._(
                "%(overdue)s Have it paid, or ask somebody with the right to release the sale.",
                overdue=self.sudo().fbr_overdue_alert,
            )
        return wrong

    def _validate_order(self):
        """Accepted on the portal: the customer's yes is kept, and somebody decides about the block."""
        blocked = self.filtered(lambda order: order.sudo().fbr_sale_blocked)
        for order in blocked:
            order.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Accepted, but the customer is overdue"),
                note=order.sudo().fbr_overdue_alert,
                user_id=order.user_id.id or order.create_uid.id,
            )
        if free := self - blocked:
            super(SaleOrder, free)._validate_order()

    def _fbr_release(self, reason):
        """Let these orders be confirmed in spite of what is overdue; who and why stay in the chatter.

        :raises UserError: nothing blocks one of them.
        """
        for order in self:
            if not order.fbr_sale_blocked:
                raise UserError(self.env._("%s is not blocked: confirm it.", order.name))
            order._message_log(
                body=self.env._(
                    "Sale released: %(reason)s. %(overdue)s", reason=reason, overdue=order.fbr_overdue_alert
                )
            )
            order.fbr_released_by_id = self.env.user

    def write(self, vals):
        """A release is for one customer."""
        if "partner_id" in vals and (moved := self.sudo().filtered("fbr_released_by_id")):
            super(SaleOrder, moved).write({"fbr_released_by_id": False})
        return super().write(vals)

    def action_view_fbr_situation(self):
        return self.partner_id.action_view_fbr_situation()


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _fbr_blocked(self, company, day):
        """The ids of the commercial partners to whom ``company`` sells no more, by its own rule, in one query."""
        rule = company.sudo()
        family = self.commercial_partner_id
        if not rule.fbr_block_sales:
            return set()
        since = day - timedelta(days=rule.fbr_block_days)
        late = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                self._fbr_overdue_domain(family, company, since),
                ["partner_id"],
                ["amount_residual:sum"],
                having=[("amount_residual:sum", ">", rule.fbr_block_amount)],
            )
        )
        return {partner.id for partner, _amount in late}


class Lead(models.Model):
    """From an opportunity to its customer's financial situation."""

    _inherit = "crm.lead"

    def action_view_fbr_situation(self):
        return self.partner_id.action_view_fbr_situation()
