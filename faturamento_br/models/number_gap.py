from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal import numbering, timezones
from ..fiscal.numbering import Known, NumberState
from ..fiscal.problems import Problem
from .problem_text import text_of

REMIND = timedelta(days=5)  # before a gap is due
#: A document's state -> what is known of its number, where that does not depend on its invoice.
STATES = {
    "authorized": NumberState.AUTHORIZED,
    "cancelled": NumberState.CANCELLED,
    "voided": NumberState.VOIDED,
    "signed": NumberState.PENDING,
    "sending": NumberState.PENDING,
    "epec": NumberState.PENDING,
}


class NumberGap(models.Model):
    """Numbers of a series that no NF-e has: why, until when they are due, and the request that voids them.

    Rows are found anew each day and at the press of a button; they are a report, not a record of anything.
    """

    _name = "faturamento_br.number_gap"
    _description = "Hole in the numbering"
    _order = "due, series_id, first"

    series_id = fields.Many2one("faturamento_br.series", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="series_id.company_id", store=True, index=True)
    environment = fields.Selection(related="series_id.environment", store=True)
    first = fields.Integer("From number", readonly=True, aggregator=None)
    last = fields.Integer("To number", readonly=True, aggregator=None)
    count = fields.Integer("Numbers", readonly=True)
    reason = fields.Selection(
        [("skipped", "Skipped"), ("given_up", "Discarded"), ("rejected", "Rejected")], readonly=True
    )
    told = fields.Char("Why, and what to do", compute="_compute_told")
    since = fields.Date(readonly=True)
    due = fields.Date("Void until", readonly=True, help="The 10th of the month after the gap arose.")
    is_overdue = fields.Boolean(compute="_compute_is_overdue", search="_search_is_overdue")

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_told(self):
        for gap in self:
            texts = numbering.REASONS.get(gap.reason)
            gap.told = texts and text_of(self.env, Problem("gap", "", *texts))

    @api.depends("due")
    def _compute_is_overdue(self):
        for gap in self:
            gap.is_overdue = bool(gap.due and gap.due < gap.series_id._fbr_today())

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("due", "<", fields.Date.context_today(self))]

    @api.depends("series_id", "first", "last")
    def _compute_display_name(self):
        for gap in self:
            numbers = f"{gap.first}" if gap.first == gap.last else f"{gap.first} – {gap.last}"
            gap.display_name = f"{gap.series_id.series:03d}: {numbers}"

    @api.model
    def _cron_find(self):
        """Look for holes in every series of every company, and remind of those that are due soon."""
        companies = self.env["res.company"].search([("fbr_nfe_enabled", "=", True)])
        for series in self.env["faturamento_br.series"].search([("company_id", "in", companies.ids)]):
            series._find_gaps()
            series._remind_of_gaps()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def action_void(self):
        """Open the dialog that voids these numbers."""
        self.env["faturamento_br.voiding"]._check_may_void()
        if len(self.series_id) > 1:
            raise UserError(self.env._("Choose holes of one series: each series is voided by itself."))
        wizard = self.env["faturamento_br.void_numbers"].create({"gap_ids": [(6, 0, self.ids)]})
        return wizard._get_records_action(name=self.env._("Void numbers"), target="new")


class Voiding(models.Model):
    _inherit = "faturamento_br.voiding"

    @api.model
    def _check_may_void(self):
        if not (self.env.su or self.env.user.has_group("faturamento_br.group_void")):
            raise UserError(self.env._("Only who has the right “Void numbers” may do this: ask an administrator."))


class Series(models.Model):
    """Its numbers, as the authorizer would count them."""

    _name = "faturamento_br.series"
    _inherit = ["faturamento_br.series", "mail.activity.mixin"]

    gap_ids = fields.One2many("faturamento_br.number_gap", "series_id", readonly=True)

    def _zone(self):
        return ZoneInfo(timezones.of(self.company_id.sudo().state_id.code or "SP"))

    def _fbr_today(self):
        """Today in the legal time of the company's state."""
        return fields.Datetime.now().replace(tzinfo=UTC).astimezone(self._zone()).date()

    def _documents(self, domain=()):
        """The documents numbered by this series, those of branches too."""
        company = self.company_id
        companies = (
            company.sudo()
            .search([("id", "child_of", company.id)])
            .filtered(lambda one: one._fbr_numbering_company() == company)
        )
        own = [("model", "=", self.model), ("environment", "=", self.environment), ("series", "=", self.series)]
        return self.env["faturamento_br.document"].sudo().search([("company_id", "in", companies.ids), *own, *domain])

    def _known(self):
        """What is known of each number, for :func:`fiscal.numbering.find`."""
        zone = self._zone()
        for document in self._documents():
            day = document.create_date.replace(tzinfo=UTC).astimezone(zone).date()
            yield Known(document.number, document._number_state(), day)
        for voiding in (
            self.env["faturamento_br.voiding"]
            .sudo()
            .search([("series_id", "=", self.id), ("state", "in", ("signed", "sending", "voided"))])
        ):
            state = NumberState.VOIDED if voiding.state == "voided" else NumberState.PENDING
            day = voiding.create_date.replace(tzinfo=UTC).astimezone(zone).date()
            for number in range(voiding.first, voiding.last + 1):
                yield Known(number, state, day)

    def _find_gaps(self):
        """Write down the holes there are now; returns them."""
        self.ensure_one()
        known = list(self._known())
        start = min((one.number for one in known), default=1)
        found = numbering.find(known, start)
        self.gap_ids.sudo().unlink()
        return (
            self.env["faturamento_br.number_gap"]
            .sudo()
            .create(
                [
                    {
                        "series_id": self.id,
                        "first": gap.first,
                        "last": gap.last,
                        "count": gap.count,
                        "reason": gap.reason.value,
                        "since": gap.since,
                        "due": gap.due,
                    }
                    for gap in found.gaps
                ]
            )
        )

    def _remind_of_gaps(self):
        """One activity for the holes that are due soon; none when there are none any more."""
        kind = "mail.mail_activity_data_todo"
        mine = self.activity_ids.filtered("automated")
        due = self.gap_ids.filtered(lambda gap: gap.due <= self._fbr_today() + REMIND)
        if not due or self.environment != "production":
            mine.action_feedback()
        elif not mine:
            users = self.env.ref("faturamento_br.group_void").all_user_ids
            user = users.filtered(lambda one: self.company_id in one.company_ids and one.id > 5)[:1]
            summary = self.env._(
                "Void %(count)s numbers of series %(series)s", count=sum(due.mapped("count")), series=self.series
            )
            self.activity_schedule(kind, min(due.mapped("due")), summary=summary, user_id=(user or self.env.user).id)

    def action_find_gaps(self):
        """Look for holes in these series, now: whoever may void them may ask.

        :raises UserError: the user has not the right to void numbers.
        """
        self.check_access("read")
        self.env["faturamento_br.voiding"]._check_may_void()
        for series in self:
            series._find_gaps()
        return self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.number_gap_action")


class Document(models.Model):
    _inherit = "faturamento_br.document"

    def _number_state(self):
        """What is known of this document's number (``fiscal.numbering``)."""
        if self._is_given_up() and not self._lost_its_number():
            return NumberState.GIVEN_UP
        if known := STATES.get(self.state):
            return known
        source = self._source()
        if self._lost_its_number():
            return NumberState.AUTHORIZED  # the authorizer holds another system's document under it
        given_up = not source or source.state == "cancel" or source.fbr_document_id != self
        if given_up:
            return NumberState.GIVEN_UP
        return NumberState.REJECTED if self.state == "rejected" else NumberState.PENDING
