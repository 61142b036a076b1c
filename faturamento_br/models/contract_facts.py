import re
from decimal import Decimal
from itertools import chain

from odoo import api, models
from odoo.exceptions import UserError

from ..billing import bills, changes, check, contract, mrr, placeholders
from ..billing.bills import CatchUp, Policy, Settle
from ..billing.contract import Anchor, Line, On, Terms
from ..billing.due_dates import By, DueRule, due_date
from ..billing.intervals import DAY, Interval, Unit
from ..billing.schedule import PeriodKey
from ..billing.term import Term
from .line_amounts import exact_value
from .problem_text import text_of

_PLACE = re.compile(r"^(lines|changes)\[(\d+)\]")


class Contract(models.Model):
    """The contract as values of ``billing/``: the only place where records become them."""

    _inherit = "faturamento_br.contract"

    def _unit(self):
        """The smallest amount of its currency."""
        return Decimal(1).scaleb(-(self.currency_id.decimal_places if self.currency_id else 2))

    def _value(self, *more):
        """The contract as :class:`~..billing.contract.Contract`.

        :param more: changes that are only thought of.
        """
        self.ensure_one()
        return contract.Contract(
            self.id,
            tuple(line._value() for line in self.line_ids),
            tuple(change._value() for change in self.change_ids.sorted("id")) + more,
            self.commercial_partner_id.id,
            self._unit(),
            self.billed_elsewhere or None,
        )

    def _policy(self, allowed=frozenset()):
        return Policy(CatchUp(self.catch_up), Settle(self.settle), self.look_back or None, allowed)

    def _term(self):
        return Term(
            self.date_start,
            interval_of(self.term_count, self.term_unit),
            self.renews,
            self.notice_days,
            interval_of(self.minimum_count, self.minimum_unit),
        )

    def _due_rule(self):
        """None: the payment terms say it."""
        return None if self.due_by == "term" else DueRule(By(self.due_by), self.due_number, self.due_notice)

    def _due_date(self, billed):
        """The day on which an invoice of ``billed`` is due; None: the payment terms say it."""
        rule = self._due_rule()
        return rule and due_date(rule, billed)

    def _ledgers(self):
        """For each contract, what was billed by period (:data:`~..billing.bills.Ledger`)."""
        found = {identifier: {} for identifier in self.ids}
        groups = (
            self.env["faturamento_br.contract.period"]
            .sudo()
            ._read_group(
                [("contract_id", "in", self.ids), ("returned", "=", False)],
                ["contract_id", "line_id", "number"],
                ["amount:sum"],
            )
        )
        for one, line, number, amount in groups:
            found[one.id][PeriodKey(line.id, number)] = exact_value(amount, one.currency_id.decimal_places)
        return found

    def _coming(self, count=12, *more):
        """The next ``count`` bills, if ``more`` changes were agreed; by the code that bills."""
        return self._bills(self._ledgers().get(self.id, {}), count, *more)

    def _bills(self, ledger, count, *more):
        """:meth:`_coming` with the ledger at hand."""
        usage = self._usage(self._used(), *more)
        return bills.preview(self._value(), more, self._today(), count, ledger, self._policy(), usage)

    # --- What follows -------------------------------------------------------------------------------------------

    @api.depends(
        "line_ids",
        *(f"line_ids.{name}" for name in ("quantity", "price_unit", "discount", "interval_count", "interval_unit")),
        *(
            f"line_ids.{name}"
            for name in (
                "anchor",
                "anchor_day",
                "anchor_month",
                "billing",
                "trial_count",
                "trial_unit",
                "usage_plan_id",
            )
        ),
        *(f"line_ids.{name}" for name in ("date_start", "date_end")),
        *("state", "date_start", "date_end", "billed_elsewhere", "catch_up", "settle", "look_back", "change_ids"),
        *("period_ids.amount", "period_ids.returned"),
    )
    def _compute_next_bill_on(self):
        ledgers, used = self._origin._ledgers(), self._origin._used()
        for one in self:
            # What somebody broke after its start is due at once: the run parks it, and says why.
            one.next_bill_on = one.state != "draft" and one._today()
            if not one._problems():
                ledger = ledgers.get(one._origin.id, {})
                coming = bills.coming(one._value(), one._today(), ledger, one._policy(), one._usage(used))
                one.next_bill_on = next((bill.day for bill in coming), False)

    @api.depends("line_ids.price_subtotal", "change_ids")
    @api.depends_context("tz")
    def _compute_recurring_amount(self):
        for one in self:
            one.recurring_amount, one.is_paused = 0.0, False
            if one._problems():
                continue
            value, today = one._value(), one._today()
            times = changes.timelines(value)
            owed = [(line, times[line.key].at(max(today, line.first_day))) for line in value.lines]
            agreed = [times[line.key].agreed(max(today, line.first_day)) for line in value.lines]
            one.recurring_amount = float(
                sum(mrr.monthly(terms, line.interval, value.unit) for line, terms in owed if terms and not line.metered)
            )
            one.is_paused = any(agreed) and not any(terms for _line, terms in owed)

    # --- What is wrong ------------------------------------------------------------------------------------------

    def _problems(self, *more):
        """Everything wrong with it, as :class:`~..fiscal.problems.Problem`."""
        dates = all(line.date_start or self.date_start for line in self.line_ids) and self.date_start
        if not dates:
            return check.problems(contract.Contract(self.id, ()))
        value = self._value(*more)
        rule = self._due_rule()
        return [
            *check.problems(value),
            *check.term_problems(self._term()),
            *(check.due_rule_problems(rule) if rule else ()),
            *placeholders.problems(self.note or ""),
            *chain.from_iterable(
                placeholders.problems(line.name or "", f"lines[{place}].name")
                for place, line in enumerate(self.line_ids)
            ),
        ]

    def _check_ready(self):
        """
        :raises UserError: all that keeps these contracts from being billed, each with the line it is about.
        """
        told = [one._told(problem) for one in self for problem in one._problems()]
        if told:
            raise UserError("\n".join([self.env._("The contract cannot start yet:"), *dict.fromkeys(told)]))

    def _told(self, problem):
        """``problem`` in words, with the line or the change it is about."""
        place, where = _PLACE.match(problem.path), self.name
        if place and place[1] == "lines":
            where = self.line_ids[int(place[2])].display_name
        elif place and int(place[2]) < len(self.change_ids):
            where = self.change_ids.sorted("id")[int(place[2])].display_name
        return f"- {where}: {text_of(self.env, problem)}"


class ContractLine(models.Model):
    """The line as a value of ``billing/``."""

    _inherit = "faturamento_br.contract.line"

    def _value(self):
        whole = self.contract_id
        ends = [day for day in (self.date_end, whole.date_end) if day]
        return Line(
            self.id or self._origin.id or id(self),
            self.date_start or whole.date_start,
            Interval(self.interval_count, Unit(self.interval_unit)),
            self._terms(),
            Anchor(On(self.anchor), self.anchor_day, self.anchor_month),
            self.billing == "advance",
            interval_of(self.trial_count, self.trial_unit),
            min(ends) + DAY if ends else None,
            bool(self.usage_plan_id),
        )

    def _terms(self):
        precise = self.env["decimal.precision"].precision_get
        return Terms(
            exact_value(self.price_unit, precise("Product Price")),
            exact_value(self.quantity, precise("Product Unit")),
            exact_value(self.discount, precise("Discount")),
            self.product_id.id,
        )


class ContractChange(models.Model):
    """The change as a value of ``billing/``."""

    _inherit = "faturamento_br.contract.change"

    def _value(self):
        who = self.create_uid.name or ""
        return changes.Change(
            self.id, self.effective, self._action(), self.line_id.id or None, self.create_date, who, self.why or ""
        )

    def _action(self):
        match self.action:
            case "pause":
                return changes.Pause(self.extends)
            case "resume":
                return changes.Resume()
            case "end":
                return changes.End()
            case "undo":
                return changes.Undo(self.undone_id.id)
        precise = self.env["decimal.precision"].precision_get
        return changes.NewTerms(
            exact_value(self.price_unit, precise("Product Price")) if self.price_unit else None,
            exact_value(self.quantity, precise("Product Unit")) if self.quantity else None,
            exact_value(self.discount, precise("Discount")) if self.with_discount else None,
            self.product_id.id or None,
            bool(self.price_unit),
        )


def interval_of(count, unit):
    """``count`` of ``unit`` as the core counts; None: there is none."""
    return Interval(count, Unit(unit)) if count else None
