from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..billing import adjustment, mrr
from ..billing.intervals import first_of, month_of
from ..fiscal.problems import FiscalError
from .problem_text import text_of

APPROVERS = "account.group_account_invoice"


class Adjustment(models.Model):
    """The yearly adjustment (reajuste) of one contract: seen first, then approved, told to the customer, or undone.

    Approving writes a change for each line; the months used are kept here as they were read. Rows are written by these
    methods alone.
    """

    _name = "faturamento_br.adjustment"
    _description = "Price adjustment"
    _inherit = ["mail.thread"]
    _order = "effective desc, id desc"
    _check_company_auto = True

    contract_id = fields.Many2one("faturamento_br.contract", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True, index=True)
    user_id = fields.Many2one(related="contract_id.user_id", store=True)
    state = fields.Selection(
        [("draft", "To approve"), ("approved", "Approved"), ("undone", "Taken back")], required=True, default="draft"
    )
    effective = fields.Date("From", required=True)
    rule = fields.Char(help="The contract's rule as it was.")
    line_ids = fields.One2many("faturamento_br.adjustment_line", "adjustment_id", "Prices")
    accumulated = fields.Float("Index (%)", digits=(12, 4), help="What the index gave over the months used.")
    applied = fields.Float("Adjustment (%)", digits=(12, 4), help="After floor, cap and what holds for a fall.")
    monthly_before = fields.Monetary("Per month before")
    monthly_after = fields.Monetary("Per month after")
    problem = fields.Text("What is missing")
    approved_by_id = fields.Many2one("res.users", "Approved by")
    approved_on = fields.Datetime("Approved on")
    letter_sent_on = fields.Datetime("Letter sent on")

    _once = models.UniqueIndex(
        "(contract_id, effective) WHERE state = 'approved'", "The contract was adjusted on this day already."
    )

    @api.depends("contract_id", "effective")
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one.contract_id.name or ''} {format_date(self.env, one.effective)}"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        if self.filtered(lambda one: one.state != "draft"):
            raise UserError(self.env._("What was agreed with a customer is not deleted: take it back."))

    # --- To see it first ----------------------------------------------------------------------------------------

    @api.model
    def _prepare(self, contracts):
        """Proposals for ``contracts`` in the place of those that nobody approved."""
        self._check_approver()
        contracts.check_access("write")
        contracts = contracts.filtered(lambda one: one.state == "running" and one.adjust_on)
        if not contracts:
            raise UserError(
                self.env._("None of these contracts has a yearly adjustment to come: set one in the contract first.")
            )
        self.sudo().search([("contract_id", "in", contracts.ids), ("state", "=", "draft")]).unlink()
        table = self.env["faturamento_br.index_value"]._known(set(contracts.mapped("adjust_index")))
        values = [self._proposal(contract, contract._adjust_day(), table) for contract in contracts]
        return self.sudo().create(values).sudo(False)

    @api.model
    def _proposal(self, contract, day, table):
        """The values of the adjustment of ``contract`` from ``day`` on, or of what is missing for it."""
        rule, changes = contract._adjust_rule(), contract._value().changes
        precision = Decimal(1).scaleb(-self.env["decimal.precision"].precision_get("Product Price"))
        found, problems = [], {}
        for line, core, earliest in contract._adjustable_lines():
            if earliest > day:
                continue
            agreed = contract._adjust_agreed_for(core)
            try:
                made = adjustment.adjust(core, changes, rule, agreed, day, table, precision)
                found.append((line, core, made))
            except FiscalError as error:
                problems |= dict.fromkeys(text_of(self.env, problem) for problem in error.problems)
        values = {"contract_id": contract.id, "effective": day, "rule": contract._adjust_rule_text()}
        if problems or not found:
            told = list(problems) or [self.env._("No line of the contract may be adjusted on this day.")]
            return {**values, "problem": "\n".join(told)}

        def monthly(price):
            terms = ((core, contract._terms_on(core, day, getattr(made, price))) for _line, core, made in found)
            return float(sum(mrr.monthly(its, core.interval, contract._unit()) for core, its in terms))

        return {
            **values,
            "accumulated": float(max(made.accumulated for _line, _core, made in found)),
            "applied": float(max(made.applied for _line, _core, made in found)),
            "monthly_before": monthly("before"),
            "monthly_after": monthly("after"),
            "line_ids": [fields.Command.create(self._line_values(line, made)) for line, _core, made in found],
        }

    @api.model
    def _line_values(self, line, made):
        return {
            "line_id": line.id,
            "base": made.base,
            "accumulated": float(made.accumulated),
            "applied": float(made.applied),
            "price_before": float(made.before),
            "price_after": float(made.after),
            "months": [
                {
                    "month": value.month.isoformat(),
                    "percent": f"{value.percent:f}",
                    "source": value.source,
                    "read": value.read.isoformat(),
                }
                for value in made.months
            ],
        }

    @api.model
    def action_prepare_due(self):
        """All contracts of the companies looked at whose adjustment may be this month or was missed."""
        day = self.env.company._fbr_day()
        until = first_of(month_of(day) + 1)
        due = self.env["faturamento_br.contract"].search(
            [("state", "=", "running"), ("adjust_on", "<", until), ("company_id", "in", self.env.companies.ids)]
        )
        return (self._prepare(due) if due else self)._shown()

    def _shown(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.adjustment_action")
        return {**action, "domain": [("id", "in", self.ids)], "context": {}, "target": "main"}

    # --- To agree on it -----------------------------------------------------------------------------------------

    def _check_approver(self):
        if not self.env.su and not self.env.user.has_group(APPROVERS):
            raise AccessError(self.env._("Adjustments are for those who invoice: ask one of them."))

    def _in_hand(self, state):
        """These, locked, if all are in ``state``.

        :raises UserError: one of them is not.
        """
        self._check_approver()
        self.contract_id.check_access("write")
        self.sudo().lock_for_update()
        self.invalidate_recordset(["state"])
        if other := self.filtered(lambda one: one.state != state):
            states = dict(self._fields["state"]._description_selection(self.env))
            told = ", ".join(f"{one.display_name} ({states[one.state].lower()})" for one in other)
            raise UserError(self.env._("This cannot be done with: %s.", told))
        return self.sudo()

    def action_approve(self):
        """Agree on these: the new prices hold from their day on.

        :raises UserError: something is missing, or is not any more as it was shown.
        """
        drafts = self._in_hand("draft")
        if wrong := drafts.filtered("problem"):
            told = "\n".join(f"- {one.display_name}: {one.problem}" for one in wrong)
            raise UserError(self.env._("Nothing was approved. Mend these first, or leave them out:\n%s", told))
        table = self.env["faturamento_br.index_value"]._known(set(drafts.contract_id.mapped("adjust_index")))
        for one in drafts:
            one._check_as_shown(table)
        changes = self.env["faturamento_br.contract.change"].create(
            [line._change_values() for one in drafts for line in one.line_ids]
        )
        for line, change in zip(drafts.line_ids, changes.sudo(), strict=True):
            line.change_id = change
        drafts.write({"state": "approved", "approved_by_id": self.env.uid, "approved_on": fields.Datetime.now()})
        for one in drafts:
            one.contract_id._message_log(body=one._told())

    def _check_as_shown(self, table):
        """
        :raises UserError: prices or the index changed since this was prepared.
        """
        fresh = self._proposal(self.contract_id, self.effective, table)
        shown = [(line.line_id.id, line.price_before, line.price_after) for line in self.line_ids]
        made = [vals for _command, _id, vals in fresh.get("line_ids", ())]
        if shown != [(vals["line_id"], vals["price_before"], vals["price_after"]) for vals in made]:
            raise UserError(
                self.env._(
                    "%s: the price or the index changed since this was prepared. Prepare it again.", self.display_name
                )
            )

    def _told(self):
        prices = "; ".join(
            f"{line.line_id.display_name}: {line.price_before} → {line.price_after}" for line in self.line_ids
        )
        return self.env._(
            "Adjusted from %(day)s on by %(percent)s %% (%(rule)s): %(prices)s",
            day=format_date(self.env, self.effective),
            percent=self.applied,
            rule=self.rule,
            prices=prices,
        )

    def action_undo(self):
        """Take these back, as if they had never been: what was billed by them is settled by the next run.

        :raises UserError: a later adjustment was counted from one of them.
        """
        approved = self._in_hand("approved")
        for one in approved:
            later = self.sudo().search_count(
                [
                    ("contract_id", "=", one.contract_id.id),
                    ("state", "=", "approved"),
                    ("effective", ">", one.effective),
                    ("id", "not in", self.ids),
                ]
            )
            if later:
                raise UserError(self.env._("%s: take the later adjustment back first.", one.display_name))
        changes = [
            {
                "contract_id": one.contract_id.id,
                "line_id": line.line_id.id,
                "action": "undo",
                "effective": one.effective,
                "undone_id": line.change_id.id,
                "why": self.env._("Adjustment taken back"),
                "before": f"{line.price_after}",
                "after": f"{line.price_before}",
            }
            for one in approved
            for line in one.line_ids
        ]
        self.env["faturamento_br.contract.change"].create(changes)
        approved.write({"state": "undone"})
        for one in approved:
            one.contract_id._message_log(body=self.env._("Taken back: %s", one._told()))

    # --- To tell it ---------------------------------------------------------------------------------------------

    def action_send_letters(self):
        """Mail each customer what was agreed, with the months used.

        :raises UserError: a customer has no e-mail address.
        """
        approved = self._in_hand("approved")
        if silent := approved.partner_id.filtered(lambda partner: not partner.email):
            raise UserError(
                self.env._("No letter was sent. These customers have no e-mail: %s.", ", ".join(silent.mapped("name")))
            )
        template = self.env.ref("faturamento_br.mail_template_adjustment")
        template.sudo().send_mail_batch(approved.ids)
        approved.letter_sent_on = fields.Datetime.now()
