from datetime import date
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL

#: Who sees what a customer owes: whoever bills, audits or sells.
WHO = "account.group_account_invoice,account.group_account_readonly,sales_team.group_sale_salesman"
#: How far back payments count for the average delay.
MONTHS = 12
#: Contacts that the card shows.
CONTACTS = 8


class Receivables(NamedTuple):
    """What a customer owes on a day, in the company's currency.

    :param since: the due date of the oldest that is overdue; None: nothing is.
    """

    open: float = 0.0
    overdue: float = 0.0
    since: date | None = None


NOTHING = Receivables()


class ResPartner(models.Model):
    """The customer's financial situation on one card: what is open and overdue, contracts, last contacts.

    Figures are of the whole company that is looked at with its branches, whoever invoiced; the records behind a number
    are those that the user may see. Each figure is one query for all partners asked of.
    """

    _inherit = "res.partner"

    fbr_open = fields.Monetary("To be paid", compute="_compute_fbr_situation", groups=WHO)
    fbr_overdue = fields.Monetary("Overdue", compute="_compute_fbr_situation", groups=WHO)
    fbr_overdue_days = fields.Integer(
        "Days late", compute="_compute_fbr_situation", groups=WHO, help="Of the oldest that is overdue."
    )
    fbr_delay_days = fields.Float(
        "Average delay",
        digits=(16, 1),
        compute="_compute_fbr_delay",
        groups=WHO,
        help="Days from due date to payment, by amount, of what was paid in the last 12 months; below zero: early.",
    )
    fbr_has_paid = fields.Boolean(compute="_compute_fbr_delay", groups=WHO)
    fbr_limit = fields.Monetary("Credit limit", compute="_compute_fbr_situation", groups=WHO)
    fbr_limit_left = fields.Monetary(
        "Limit left", compute="_compute_fbr_situation", groups=WHO, help="Credit limit minus what is open."
    )
    fbr_live_contract_ids = fields.Many2many(
        "faturamento_br.contract", string="Contracts in force", compute="_compute_fbr_situation_records", groups=WHO
    )
    fbr_contact_ids = fields.Many2many(
        "mail.message", string="Last contacts", compute="_compute_fbr_situation_records", groups=WHO
    )

    @api.depends_context("company")
    def _compute_fbr_situation(self):
        company = self.env.company
        today = company._fbr_day()
        owed = self._fbr_receivables(company, today)
        uses_limit = company.sudo().account_use_credit_limit
        for partner in self:
            found = owed.get(partner.commercial_partner_id.id, NOTHING)
            limit = partner.commercial_partner_id.sudo().credit_limit if uses_limit else 0.0
            partner.fbr_open, partner.fbr_overdue = found.open, found.overdue
            partner.fbr_overdue_days = (today - found.since).days if found.since else 0
            partner.fbr_limit = limit
            partner.fbr_limit_left = limit - found.open if limit else 0.0

    @api.depends_context("company")
    def _compute_fbr_delay(self):
        """By amount: a large invoice paid late weighs more than a small one."""
        family = self.commercial_partner_id
        rows = []
        if family.ids:
            self.env["account.move.line"].flush_model()
            self.env["account.partial.reconcile"].flush_model()
            rows = self.env.execute_query(self._fbr_delay_query(family))
        delays = dict(rows)
        for partner in self:
            delay = delays.get(partner.commercial_partner_id.id)
            partner.fbr_delay_days = float(delay or 0.0)
            partner.fbr_has_paid = delay is not None

    def _fbr_delay_query(self, family):
        lines = self.env["account.move.line"].sudo()._search(self._fbr_paid_domain(family))
        return SQL(
            """
            SELECT line.partner_id, SUM((part.max_date - line.date_maturity) * part.amount) / SUM(part.amount)
              FROM account_move_line line
              JOIN account_partial_reconcile part ON part.debit_move_id = line.id
              JOIN account_move_line payment ON payment.id = part.credit_move_id
              JOIN account_move paying ON paying.id = payment.move_id
             WHERE line.id IN %(lines)s AND part.max_date > %(since)s AND paying.move_type != 'out_refund'
             GROUP BY line.partner_id
            HAVING SUM(part.amount) > 0
            """,
            lines=lines.subselect(),
            since=self._fbr_delay_since(),
        )

    @api.model
    def _fbr_delay_since(self):
        return self.env.company._fbr_day() - relativedelta(months=MONTHS)

    @api.depends_context("company", "uid", "allowed_company_ids")
    def _compute_fbr_situation_records(self):
        """With the user's own rights."""
        company = self.env.company
        family = self.commercial_partner_id
        contracts = self.env["faturamento_br.contract"].search(
            [
                ("commercial_partner_id", "in", family.ids),
                ("state", "=", "running"),
                ("company_id", "child_of", company.root_id.id),
            ],
            order="next_bill_on, id",
        )
        for partner in self:
            commercial = partner.commercial_partner_id
            partner.fbr_live_contract_ids = contracts.filtered(
                lambda one, whose=commercial: one.commercial_partner_id == whose
            )
            partner.fbr_contact_ids = commercial._fbr_last_contacts()

    def _fbr_last_contacts(self):
        """Mails and notes from and to the customer's people, wherever in Odoo they were written."""
        people = self.search([("commercial_partner_id", "=", self.id)])
        return self.env["mail.message"].search(
            [
                ("message_type", "in", ("email", "email_outgoing", "comment")),
                "|",
                ("author_id", "in", people.ids),
                ("partner_ids", "in", people.ids),
            ],
            order="date desc, id desc",
            limit=CONTACTS,
        )

    # --- Figures ------------------------------------------------------------------------------------------------

    def _fbr_receivables(self, company, today):
        """``{commercial partner's id: Receivables}`` of these partners on ``today``, in two queries."""
        family = self.commercial_partner_id
        if not family.ids:
            return {}
        lines = self.env["account.move.line"].sudo()
        owed = lines._read_group(self._fbr_open_domain(family, company), ["partner_id"], ["amount_residual:sum"])
        late = lines._read_group(
            self._fbr_overdue_domain(family, company, today),
            ["partner_id"],
            ["amount_residual:sum", "date_maturity:min"],
        )
        late = {partner.id: found for partner, *found in late}
        return {partner.id: Receivables(amount, *late.get(partner.id, ())) for partner, amount in owed}

    @api.model
    def _fbr_receivable_domain(self, family, company):
        return [
            ("account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("partner_id", "in", family.ids),
            ("company_id", "child_of", company.root_id.id),
        ]

    @api.model
    def _fbr_open_domain(self, family, company):
        """Journal items of all that is open: what was paid beforehand counts against it."""
        return [*self._fbr_receivable_domain(family, company), ("reconciled", "=", False)]

    @api.model
    def _fbr_overdue_domain(self, family, company, day):
        """Journal items that were due before ``day``."""
        late = [("amount_residual", ">", 0), ("date_maturity", "<", day)]
        return [*self._fbr_open_domain(family, company), *late]

    @api.model
    def _fbr_paid_domain(self, family):
        """Journal items of invoices that were paid, whole or in part, within the time that counts."""
        return [
            *self._fbr_receivable_domain(family, self.env.company),
            ("move_id.move_type", "=", "out_invoice"),
            ("date_maturity", "!=", False),
            ("matched_credit_ids.max_date", ">", self._fbr_delay_since()),
        ]

    # --- Each number opens its records --------------------------------------------------------------------------

    def action_view_fbr_situation(self):
        """The card."""
        self.ensure_one()
        card = self.env.ref("faturamento_br.partner_situation_form")
        return {
            **self.commercial_partner_id._get_records_action(name=self.env._("Financial situation")),
            "views": [(card.id, "form")],
        }

    def action_view_fbr_open(self):
        return self._fbr_show_items(self.env._("To be paid"), self._fbr_open_domain)

    def action_view_fbr_overdue(self):
        day = self.env.company._fbr_day()
        return self._fbr_show_items(
            self.env._("Overdue"), lambda family, company: self._fbr_overdue_domain(family, company, day)
        )

    def action_view_fbr_paid(self):
        return self._fbr_show_items(
            self.env._("Paid in the last 12 months"), lambda family, _company: self._fbr_paid_domain(family)
        )

    def _fbr_show_items(self, name, domain):
        self.ensure_one()
        items = self.env.ref("faturamento_br.open_item_list")
        return {
            "type": "ir.actions.act_window",
            "name": f"{name}: {self.commercial_partner_id.display_name}",
            "res_model": "account.move.line",
            "views": [(items.id, "list")],
            "domain": domain(self.commercial_partner_id, self.env.company),
            "context": {"create": False},
        }

    def action_view_fbr_limit(self):
        """Where the limit is set."""
        self.ensure_one()
        return self.commercial_partner_id._get_records_action(name=self.commercial_partner_id.display_name)
