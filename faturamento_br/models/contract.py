# pylint: disable=invalid-commit
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..billing.intervals import DAY

#: (event, state before): state after. The only place that says which states follow which.
TRANSITIONS = {
    ("start", "draft"): "running",
    ("reopen", "running"): "draft",
    ("finish", "running"): "ended",
    ("go_on", "ended"): "running",
}
UNITS = [
    ("day", "Days"),
    ("week", "Weeks"),
    ("month", "Months"),
    ("quarter", "Quarters"),
    ("half_year", "Half-years"),
    ("year", "Years"),
]
#: What decides what is owed: closed with the start, except by a change.
SIGNED = frozenset({"company_id", "partner_id", "currency_id", "date_start", "date_end", "billed_elsewhere"})


class Contract(models.Model):
    """What a customer agreed to pay again and again.

    Thin over ``billing/``: records become its values in ``contract_facts.py``, ``contract_run.py`` makes invoices of
    what it says is due. Nothing here moves a date: what is owed is what the periods ought to be minus the rows of
    ``faturamento_br.contract.period``.
    """

    _name = "faturamento_br.contract"
    _description = "Contract"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Number", required=True, copy=False, default="/", index="trigram", tracking=True)
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("ended", "Ended")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    parked = fields.Boolean(
        readonly=True, copy=False, help="Its last billing failed: nobody bills it until it is mended."
    )
    parked_reason = fields.Text("Why it is parked", readonly=True, copy=False)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True, readonly=False, precompute=True, required=True
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, check_company=True, tracking=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Company of the customer", store=True, index=True
    )
    user_id = fields.Many2one(
        "res.users", "Salesperson", default=lambda self: self.env.user, index=True, tracking=True, check_company=True
    )
    sale_order_id = fields.Many2one(
        "sale.order", "Order", readonly=True, copy=False, index="btree_not_null", check_company=True
    )
    origin = fields.Char(readonly=True, copy=False, index="btree_not_null", help="Where it was taken over from.")
    repeats_id = fields.Many2one(
        "account.move",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The invoice that was its first.",
    )
    fine_move_id = fields.Many2one(
        "account.move", "Invoice of the fine", readonly=True, copy=False, check_company=True, index="btree_not_null"
    )
    line_ids = fields.One2many("faturamento_br.contract.line", "contract_id", "Lines", copy=True)
    change_ids = fields.One2many("faturamento_br.contract.change", "contract_id", "Changes", readonly=True)
    period_ids = fields.One2many("faturamento_br.contract.period", "contract_id", "Billed periods", readonly=True)

    # --- The term -----------------------------------------------------------------------------------------------
    date_start = fields.Date("Beginning", required=True, default=fields.Date.context_today, copy=False, tracking=True)
    date_end = fields.Date("Last day", copy=False, tracking=True, help="Empty: until somebody ends it.")
    term_count = fields.Integer(
        "Term", help="For how long it was agreed, for renewal and notice. 0: until further notice."
    )
    term_unit = fields.Selection(UNITS, "Unit of the term", default="month", required=True)
    renews = fields.Boolean("Renews by itself", default=True)
    notice_days = fields.Integer("Notice (days)")
    minimum_count = fields.Integer("Minimum term", help="Leaving before it is over costs the fine.")
    minimum_unit = fields.Selection(UNITS, "Unit of the minimum term", default="month", required=True)
    fine = fields.Monetary("Fine for leaving early", help="For the whole minimum term; reduced by the days kept.")
    term_end = fields.Date("End of the present term", compute="_compute_term_end")
    billed_elsewhere = fields.Date("Billed here from", help="Earlier periods were billed by another system.")

    # --- Billing ------------------------------------------------------------------------------------------------
    grouping = fields.Selection(
        [("contract", "One invoice a contract"), ("partner", "Together with the customer's other contracts")],
        "Invoices",
        required=True,
        default="contract",
    )
    follow_up = fields.Selection(
        [
            ("draft", "Leave the draft to somebody"),
            ("post", "Confirm"),
            ("issue", "Confirm and issue the NF-e"),
            ("send", "Confirm, issue and send"),
        ],
        "Then",
        required=True,
        default="draft",
        help="What happens to its invoices in the background, after they are made.",
    )
    catch_up = fields.Selection(
        [("each", "One invoice each"), ("together", "All on one invoice")],
        "Missed periods",
        required=True,
        default="each",
    )
    settle = fields.Selection(
        [("at_once", "At once"), ("with_next", "With the next invoice")],
        "Corrections",
        required=True,
        default="at_once",
        help="When what a change makes dearer or cheaper in a period that was billed is settled. Below zero, at once "
        "is a credit note.",
    )
    look_back = fields.Integer("Ask before billing what is older than (days)", help="0: bill all that was missed.")
    due_by = fields.Selection(
        [
            ("term", "By the payment terms"),
            ("days", "Days after the invoice"),
            ("day", "On a day of the month"),
            ("working_day", "On a working day of the month"),
        ],
        "Due",
        required=True,
        default="term",
        help="A due day without banks moves to the next day with them.",
    )
    due_number = fields.Integer("Days or day")
    due_notice = fields.Integer("Days to pay at least")
    payment_term_id = fields.Many2one("account.payment.term", "Payment terms", check_company=True)
    fbr_operation_id = fields.Many2one(
        "faturamento_br.operation",
        "Nature of the operation",
        domain="[('company_id', 'parent_of', company_id), ('place', '=', 'sale')]",
        help="Empty: as for any sale of the company.",
    )
    analytic_distribution = fields.Json("Analytic distribution")
    analytic_precision = fields.Integer(
        store=False, default=lambda self: self.env["decimal.precision"].precision_get("Percentage Analytic")
    )
    note = fields.Text(
        "Note on the invoices", help="May have placeholders: {period}, {start}, {end}, {month}, {number}."
    )

    # --- What follows -------------------------------------------------------------------------------------------
    next_bill_on = fields.Date(
        "Next invoice", compute="_compute_next_bill_on", store=True, help="It follows, nobody moves it."
    )
    recurring_amount = fields.Monetary("Per month", compute="_compute_recurring_amount", help="Net of discount, today.")
    is_paused = fields.Boolean("Paused", compute="_compute_recurring_amount")
    invoice_count = fields.Integer(compute="_compute_invoice_count")

    _due = models.Index("(next_bill_on) WHERE state != 'draft' AND NOT parked AND active")

    @api.depends("company_id")
    def _compute_currency_id(self):
        for contract in self:
            contract.currency_id = contract.currency_id or contract.company_id.currency_id

    @api.depends("date_start", "term_count", "term_unit", "renews")
    def _compute_term_end(self):
        for contract in self:
            end = contract.term_count > 0 and contract.date_start and contract._term().end_after(contract._today())
            contract.term_end = end and end - DAY

    def _compute_invoice_count(self):
        counts = {}
        if self.ids:
            groups = (
                self.env["faturamento_br.contract.period"]
                .sudo()
                ._read_group(
                    [("contract_id", "in", self.ids), ("move_id", "!=", False)],
                    ["contract_id"],
                    ["move_id:count_distinct"],
                )
            )
            counts = {contract.id: count for contract, count in groups}
        for contract in self:
            contract.invoice_count = counts.get(contract.id, 0) + bool(contract.fine_move_id)

    # --- Its life -----------------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        for contract in contracts:
            if contract.name == "/":
                sequence = self.env["ir.sequence"].sudo().with_company(contract.company_id)
                contract.name = sequence.next_by_code("faturamento_br.contract") or "/"
        return contracts

    def write(self, vals):
        if "next_bill_on" in vals:
            raise UserError(self.env._("The day of the next invoice follows from the lines: change them instead."))
        if SIGNED & vals.keys() and (signed := self.filtered(lambda contract: contract.state != "draft")):
            names = ", ".join(signed.mapped("display_name"))
            raise UserError(
                self.env._("%s is running: use Change, which keeps who changed what and from which day.", names)
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if started := self.filtered(lambda contract: contract.state != "draft" or contract.sudo().period_ids):
            names = ", ".join(started.mapped("display_name"))
            raise UserError(
                self.env._("%s was billed or is running: end it, or archive it, instead of deleting it.", names)
            )

    def _apply(self, event):
        """The one way from a state to the next.

        :raises UserError: the event makes no sense in the present state.
        """
        for contract in self:
            after = TRANSITIONS.get((event, contract.state))
            if after is None:
                state = dict(contract._fields["state"]._description_selection(self.env))[contract.state]
                raise UserError(
                    self.env._("%(name)s cannot do that: it is %(state)s.", name=contract.name, state=state.lower())
                )
            contract.state = after

    def action_start(self):
        """Begin to bill, once all is right; every problem at once."""
        self._check_ready()
        self._apply("start")
        return True

    def action_reopen(self):
        """Back to draft, as long as nothing was billed or changed."""
        if billed := self.filtered(lambda contract: contract.sudo().period_ids or contract.change_ids):
            names = ", ".join(billed.mapped("display_name"))
            raise UserError(self.env._("%s was billed or changed already: use Change instead.", names))
        self._apply("reopen")

    def _today(self):
        """The day in the legal time of the company's state."""
        return self.company_id._fbr_day()

    # --- Parked -------------------------------------------------------------------------------------------------

    def _park(self, reason):
        """Leave it out of runs until somebody has mended it, and say so to who answers for it."""
        for contract in (one._for_its_people() for one in self):
            contract.write({"parked": True, "parked_reason": reason})
            contract.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Not billed: mend it and try again"),
                note=reason,
                user_id=contract.user_id.id or self.env.uid,
            )

    def _for_its_people(self):
        """In the language of who answers for it: a job has none of its own."""
        return self.with_context(lang=self.user_id.lang or self.env.lang)

    def _unpark(self):
        parked = self.filtered("parked")
        parked.write({"parked": False, "parked_reason": False})
        parked.activity_unlink(["mail.mail_activity_data_todo"])

    # --- Smart buttons ------------------------------------------------------------------------------------------

    def _invoices(self):
        """Their invoices, of those that the user may see."""
        moves = self.sudo().period_ids.move_id + self.sudo().fine_move_id
        return moves.sudo(False)._filtered_access("read")

    def action_view_invoices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice_type")
        domain = [("id", "in", self._invoices().ids)]
        return {**action, "domain": domain, "context": {"create": False, "default_move_type": "out_invoice"}}

    def action_view_order(self):
        self.ensure_one()
        return self.sale_order_id._get_records_action(name=self.env._("Order"))
