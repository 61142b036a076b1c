from datetime import datetime, time
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError

from ..fiscal import timezones
from ..fiscal.problems import Problem, _
from .document import SOURCES
from .document_queue import INLINE


class FiscalIssuer(models.AbstractModel):
    """A source that takes a number and issues its NF-e: an invoice, or a remittance that bills nothing.

    The inheriting model has ``fbr_document_ids``, the documents that link to it, a ``journal_id`` whose series numbers
    it, and answers the hooks below.
    """

    _name = "faturamento_br.fiscal.issuer"
    _inherit = ["faturamento_br.fiscal.source"]
    _description = "Document that issues an NF-e"

    fbr_document_id = fields.Many2one(
        "faturamento_br.document",
        "Fiscal document",
        compute="_compute_fbr_document_id",
        search="_search_fbr_document_id",
    )
    fbr_document_state = fields.Selection(related="fbr_document_id.state", string="NF-e")
    fbr_needs_document = fields.Boolean("Needs an NF-e", compute="_compute_fbr_needs_document")
    fbr_can_issue = fields.Boolean(compute="_compute_fbr_needs_document")

    # --- What the inheriting model tells ------------------------------------------------------------------------

    def _fbr_document_link(self):
        """The values by which a fiscal document knows this record."""
        raise NotImplementedError

    def _fbr_needs_document(self):
        """Whether this record is only complete with an NF-e."""
        raise NotImplementedError

    def _fbr_is_confirmed(self):
        """Whether it has its number, and may be issued."""
        raise NotImplementedError

    def _fbr_own_date(self):
        """The day the user gave it; may be empty."""
        raise NotImplementedError

    def _fbr_take_label(self, document):
        """Bear the number of ``document``."""
        raise NotImplementedError

    def _fbr_redate(self):
        """Make the date one that may be issued now: of this month."""
        raise NotImplementedError

    def _fbr_why_no_document(self):
        """In plain words, why this record has no NF-e."""
        raise NotImplementedError

    def _fbr_document_moved(self, document):
        """``document``, one of this record's, has changed its state."""

    def _fbr_cancel_problems(self):
        """What keeps this record from being cancelled with its NF-e; a list of Problems."""
        return []

    def _fbr_cancel_with_document(self, document):
        """``document`` was cancelled by its emitter: what follows for this record beside the change of state."""

    # --- Documents ----------------------------------------------------------------------------------------------

    def _compute_fbr_needs_document(self):
        for source in self:
            document = source.fbr_document_id
            source.fbr_needs_document = source._fbr_needs_document()
            source.fbr_can_issue = (
                source.fbr_needs_document
                and source._fbr_is_confirmed()
                and not (document._binds() or document._waits_here())
            )

    @api.depends("fbr_document_ids.state", "fbr_document_ids.superseded_by_id", "company_id.fbr_environment")
    def _compute_fbr_document_id(self):
        """The document that counts: one that binds the record, else the newest of the company's environment.

        One that another took the place of, in contingency, never counts.
        """
        for source in self:
            source.fbr_document_id = source.fbr_document_ids.filtered(lambda one: not one.superseded_by_id).sorted(
                lambda document: (document._binds(), document._is_here(), document.id)
            )[-1:]

    def _search_fbr_document_id(self, operator, value):
        return [("fbr_document_ids", operator, value)]

    def action_view_fbr_documents(self):
        return self.fbr_document_ids._get_records_action(name=self.env._("Fiscal documents"))

    def action_fbr_cancel_document(self):
        self.ensure_one()
        return self.fbr_document_id.action_cancel_document()

    def action_fbr_correct_document(self):
        self.ensure_one()
        return self.fbr_document_id.action_correct_document()

    def action_fbr_open_danfe(self):
        self.ensure_one()
        return self.fbr_document_id.action_open_danfe()

    def _fbr_explain(self, title, located):
        """Problems as text, for places that can only show text; a record is named once a line."""
        lines = []
        for found in located:
            name, text = found.record.display_name or "", f"{found.message(self.env)} {found.cure(self.env)}".strip()
            lines.append(f"- {text}" if name in text else f"- {name}: {text}")
        return "\n".join([title, *dict.fromkeys(lines)])

    # --- The date ----------------------------------------------------------------------------------------------

    def _fbr_timezone(self):
        """The legal time of the company's state."""
        return ZoneInfo(timezones.of(self.company_id.state_id.code))

    def _fbr_today(self):
        return fields.Datetime.now().replace(tzinfo=ZoneInfo("UTC")).astimezone(self._fbr_timezone()).date()

    def _fbr_issued_at(self, now):
        """dhEmi, from the record's own date; the one rule that ties the NF-e's date to the books:

        - dated today: now;
        - dated earlier in this month: the last second of that day;
        - dated in an earlier month: :meth:`_fbr_redate` has moved it to today first, so: now.

        :param now: naive UTC, as Odoo's.
        :return: aware datetime in the company's time zone, whole seconds.
        """
        zone, day = self._fbr_timezone(), self._fbr_own_date()
        local = now.replace(microsecond=0, tzinfo=ZoneInfo("UTC")).astimezone(zone)
        return end_of(day, zone) if day and day != local.date() else local

    def _fbr_is_of_an_earlier_month(self):
        """Whether it is dated in a month that is over, by the company's legal time."""
        today = self._fbr_today()
        day = self._fbr_own_date() or today
        return (day.year, day.month) < (today.year, today.month)

    # --- Before the number --------------------------------------------------------------------------------------

    def _fbr_preflight_series(self, found):
        try:
            return self.env["faturamento_br.document"]._series_of(self.journal_id)
        except UserError as error:
            reason = Problem("series_invalid", "series", _("%(reason)s"), params={"reason": str(error)})
            found += self._fbr_locate([reason])
            return super()._fbr_preflight_series(found)

    def _fbr_preflight_moment(self):
        """As :meth:`_fbr_issued_at`: what is of an earlier month moves to today when it is issued."""
        moved = self._fbr_is_of_an_earlier_month()
        return super()._fbr_preflight_moment() if moved else self._fbr_issued_at(fields.Datetime.now())

    # --- Issuing -----------------------------------------------------------------------------------------------

    def action_fbr_issue(self):
        """Issue the NF-e of these confirmed records: check all, sign those that are right, send after the commit.

        More than a screenful is a batch, issued in the background.

        :return: an action that shows the problems of those that are not right, or refreshes the screen.
        """
        if len(self) > INLINE:
            return self._fbr_issue_in_background()
        documents = self._fbr_issue()
        if documents.filtered(lambda document: document.state == "draft"):
            return documents._action_problems()
        if len(self) > 1:
            # Run by the browser in a request of its own: by then the commit has sent them, and it is known what came
            # of it.
            return {"type": "ir.actions.server", "id": self.env.ref("faturamento_br.action_issue_result").id}
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _fbr_issue_result(self):
        """What became of the documents just issued together, those or their sources being the active records.

        :return: an action that shows what keeps some from being authorized, or refreshes the screen.
        """
        context = self.env.context
        documents = self.env["faturamento_br.document"]
        if context.get("active_model") == documents._name:
            documents = documents.browse(context.get("active_ids"))
        elif context.get("active_model") in SOURCES:
            documents = self.env[context["active_model"]].browse(context.get("active_ids")).fbr_document_id
        if documents.problem_ids:
            return documents._action_problems()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _fbr_issue_in_background(self):
        """Put them into a batch of each company: jobs check, sign and send one after the other, and tell how it goes.

        :return: an action that says so and leaves the screen free.
        """
        sources = self._fbr_take_to_issue()
        batches = self.env["faturamento_br.batch"]
        for company, its in sources.grouped("company_id").items():
            batches += self.env["faturamento_br.batch"]._start(company, its._fbr_numbered())
        return batches._action_started()

    def _fbr_take_to_issue(self):
        """Those of these records that are still to issue, locked, once it is sure that the user may and they can be."""
        if not (self.env.su or self.env.user.has_group("account.group_account_invoice")):
            raise UserError(self.env._("Only who may create invoices may issue an NF-e."))
        self.check_access("write")
        self._fbr_check_issuable()
        sources = self.sudo().filtered(lambda source: not source.fbr_document_id._binds())
        try:
            sources.fbr_document_id.lock_for_update()
        except LockError as error:
            names = ", ".join(sources.mapped("display_name"))
            raise UserError(
                self.env._("%s: somebody else is issuing it right now. Look again in a moment.", names)
            ) from error
        return sources

    def _fbr_numbered(self):
        """The documents of these records, each with its number, which the record bears."""
        documents = self.env["faturamento_br.document"].sudo()
        for source in self:
            document = documents._open_for(source)
            source._fbr_take_label(document)
            documents |= document
        return documents

    def _fbr_issue(self):
        """Sign and queue what can be; returns the documents, those with problems still in ``draft``."""
        sources = self._fbr_take_to_issue()
        signed = sources.filtered(
            lambda source: source.fbr_document_id._waits_here() and source.fbr_document_id._keeps_its_form()
        )
        signed.fbr_document_id._queue()
        sources -= signed
        sources._fbr_redate()
        documents = sources._fbr_numbered()
        documents.filtered(lambda document: document._sign())._queue()
        return documents

    def _fbr_check_issuable(self):
        refused = []
        for source in self:
            if not source._fbr_is_confirmed():
                refused.append(self.env._("%s: confirm it first.", source.display_name))
            elif not source._fbr_needs_document():
                refused.append(f"{source.display_name}: {source._fbr_why_no_document()}")
        if refused:
            raise UserError("\n".join(refused))


def end_of(day, timezone):
    """The last second of ``day`` in ``timezone``: dhEmi of what is dated before today."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=timezone)
