from zoneinfo import ZoneInfo

from odoo import _, api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import format_date

from ..fiscal import timezones
from .document_signing import end_of


class AccountMove(models.Model):
    """The invoice as issuer of its NF-e."""

    _inherit = "account.move"

    fbr_document_ids = fields.One2many("faturamento_br.document", "move_id", "Fiscal documents", readonly=True)
    fbr_document_id = fields.Many2one(
        "faturamento_br.document",
        "Fiscal document",
        compute="_compute_fbr_document_id",
        search="_search_fbr_document_id",
    )
    fbr_document_state = fields.Selection(related="fbr_document_id.state", string="NF-e")

    fbr_needs_document = fields.Boolean("Needs an NF-e", compute="_compute_fbr_needs_document")

    fbr_can_issue = fields.Boolean(compute="_compute_fbr_needs_document")

    @api.depends("state", "move_type", "fbr_operation_id", "invoice_line_ids.product_id", "fbr_document_id.state")
    def _compute_fbr_needs_document(self):
        for move in self:
            document = move.fbr_document_id
            move.fbr_needs_document = move._fbr_needs_document()
            move.fbr_can_issue = (
                move.fbr_needs_document and move.state == "posted" and not (document._binds() or document._waits_here())
            )

    @api.depends("fbr_document_ids.state", "company_id.fbr_environment")
    def _compute_fbr_document_id(self):
        """The document that counts: one that binds the invoice, else the newest of the company's environment."""
        for move in self:
            move.fbr_document_id = move.fbr_document_ids.sorted(
                lambda document: (document._binds(), document._is_here(), document.id)
            )[-1:]

    def _search_fbr_document_id(self, operator, value):
        return [("fbr_document_ids", operator, value)]

    @api.depends("invoice_line_ids.product_id")
    def _compute_l10n_latam_document_type(self):
        """Goods have an NF-e, services an NFS-e; any other type is the user's own choice and stays."""
        super()._compute_l10n_latam_document_type()
        goods, services = self.env.ref("l10n_br.dt_55"), self.env.ref("l10n_br.dt_SE")
        for move in self:
            if move.state == "draft" and move.move_type == "out_invoice" and move.company_id._fbr_issues():
                wanted = goods if move._fbr_is_fiscal() or not move.invoice_line_ids else services
                if move.l10n_latam_document_type_id in goods | services and not move.posted_before:
                    move.l10n_latam_document_type_id = wanted

    # --- The number --------------------------------------------------------------------------------------------

    def _fbr_needs_document(self):
        """Whether this invoice is only complete with an NF-e."""
        self.ensure_one()
        return self.move_type == "out_invoice" and self._fbr_is_fiscal()

    def _locked_increment(self, format_string, format_values):
        """An invoice with an NF-e has one number, the NF-e's, taken when it is posted."""
        if self._fbr_needs_document():
            return self.env["faturamento_br.document"].sudo()._open_for(self)._label()
        return super()._locked_increment(format_string, format_values)

    def _post(self, soft=True):
        """Refuse to book a sale whose taxes we cannot compute right; date it by its company's legal time.

        Odoo would date it by the user's, and that of a background job is UTC: tomorrow, in the evening.
        """
        for move in self:
            if move._fbr_needs_document() and not move.invoice_date and move.date <= fields.Date.context_today(move):
                move.invoice_date = move._fbr_today()
        located = [found for move in self for found in move._fbr_refusals()]
        if located:
            raise UserError(self._fbr_explain(_("This invoice cannot be confirmed yet:"), located))
        return super()._post(soft)

    def _fbr_refusals(self):
        """What keeps this document from being booked: amounts that would not be what the law says."""
        if self._fbr_needs_document():
            return self._fbr_tax_problems()
        return self._fbr_taxless_problems() if self._fbr_is_fiscal() else []

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
        """dhEmi, from the invoice date; the one rule that ties the NF-e's date to the books:

        - dated today: now;
        - dated earlier in this month: the last second of that day;
        - dated in an earlier month: :meth:`_fbr_redate` has moved invoice and books to today first, so: now.

        :param now: naive UTC, as Odoo's.
        :return: aware datetime in the company's time zone, whole seconds.
        """
        zone = self._fbr_timezone()
        local = now.replace(microsecond=0, tzinfo=ZoneInfo("UTC")).astimezone(zone)
        if self.invoice_date and self.invoice_date != local.date():
            return end_of(self.invoice_date, zone)
        return local

    def _fbr_redate(self):
        """Move an invoice of an earlier month to today, books and all, before it is signed.

        A rejection mended next month, or an invoice issued late, would otherwise put into a closed month a document
        that the authorizer dates in this one.
        """
        for move in self:
            today = move._fbr_today()
            if move.invoice_date and (move.invoice_date.year, move.invoice_date.month) < (today.year, today.month):
                before = move.invoice_date
                move.button_draft()
                move.write({"invoice_date": today, "date": today})
                move.action_post()
                move._message_log(
                    body=_(
                        "Invoice and accounting date moved from %(before)s to %(today)s, the day of issue.",
                        before=format_date(self.env, before),
                        today=format_date(self.env, today),
                    )
                )

    # --- Issuing -----------------------------------------------------------------------------------------------

    def action_fbr_issue(self):
        """Issue the NF-e of these posted invoices: check all, sign those that are right, send after the commit.

        :return: an action that shows the problems of those that are not right, or refreshes the screen.
        """
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
        """What became of the documents just issued together, those or their invoices being the active records.

        :return: an action that shows what keeps some from being authorized, or refreshes the screen.
        """
        context = self.env.context
        documents = self.env["faturamento_br.document"]
        if context.get("active_model") == documents._name:
            documents = documents.browse(context.get("active_ids"))
        elif context.get("active_model") == self._name:
            documents = self.browse(context.get("active_ids")).fbr_document_id
        if documents.problem_ids:
            return documents._action_problems()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _fbr_issue(self):
        """Sign and queue what can be; returns the documents, those with problems still in ``draft``."""
        if not (self.env.su or self.env.user.has_group("account.group_account_invoice")):
            raise UserError(_("Only who may create invoices may issue an NF-e."))
        self.check_access("write")
        self._fbr_check_issuable()
        moves = self.sudo().filtered(lambda move: not move.fbr_document_id._binds())
        try:
            moves.fbr_document_id.lock_for_update()
        except LockError as error:
            names = ", ".join(moves.mapped("display_name"))
            raise UserError(_("%s: somebody else is issuing it right now. Look again in a moment.", names)) from error
        signed = moves.filtered(lambda move: move.fbr_document_id._waits_here())
        signed.fbr_document_id._queue()
        moves -= signed
        moves._fbr_redate()
        documents = self.env["faturamento_br.document"].sudo()
        for move in moves:
            document = documents._open_for(move)
            if move.name != document._label():
                move.name = document._label()
            documents |= document
        documents.filtered(lambda document: document._sign())._queue()
        return documents

    def _fbr_issue_to_send(self, settings, allow_raising=True):
        """Issue these invoices and have their mail leave by itself when XML and DANFE exist.

        :param settings: what *Send* was told; the rest is as set on the customer.
        :param allow_raising: False for Odoo's job: what cannot be issued is told in its chatter, as Odoo does with what
            it cannot send, and holds up no other.
        """
        for move in self:
            data = move.sending_data or {}
            author = self.env["res.users"].browse(data.get("author_user_id")) or self.env.user
            told = move.with_context(lang=self.env.lang or author.lang)  # a job speaks English
            try:
                with self.env.cr.savepoint():
                    told._fbr_issue()
            except UserError as error:
                if allow_raising:
                    raise
                told._message_log(body=_("The NF-e could not be issued: %s", error))
                continue
            move.fbr_document_id.sudo()._queue_mail({**data, **settings})
        self.sending_data = False

    def _fbr_check_issuable(self):
        refused = []
        for move in self:
            if move.state != "posted":
                refused.append(_("%s: confirm it first.", move.display_name))
            elif not move._fbr_needs_document():
                refused.append(f"{move.display_name}: {move._fbr_why_no_document()}")
        if refused:
            raise UserError("\n".join(refused))

    def _fbr_why_no_document(self):
        """In plain words, why this invoice has no NF-e."""
        if self.country_code != "BR" or not self.company_id.fbr_nfe_enabled:
            return _("NF-e is not switched on for %s (Settings > Invoicing > Faturamento BR).", self.company_id.name)
        if self.move_type != "out_invoice":
            return _("an NF-e is issued from a customer invoice.")
        return _("it has services only; an NF-e is for goods, so it is posted and sent as any invoice.")

    # --- What its document forbids -----------------------------------------------------------------------------

    def _check_draftable(self):
        for move in self:
            if move.fbr_document_id._binds():
                raise UserError(
                    _(
                        "%(document)s is %(state)s: the invoice can no longer be changed. An authorized NF-e must be "
                        "cancelled at the authorizer first; one without an answer must wait for it.",
                        document=move.fbr_document_id.display_name,
                        state=dict(move.fbr_document_id._fields["state"]._description_selection(self.env))[
                            move.fbr_document_id.state
                        ].lower(),
                    )
                )
        return super()._check_draftable()

    def button_draft(self):
        result = super().button_draft()
        self.fbr_document_id.sudo()._reopen()
        return result

    def button_cancel(self):
        self._check_draftable()
        return super().button_cancel()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_document(self):
        for move in self:
            if move.fbr_document_ids:
                raise UserError(
                    _(
                        "%s has the number of a fiscal document: cancel the invoice instead of deleting it.",
                        move.display_name,
                    )
                )

    def action_view_fbr_documents(self):
        return self.fbr_document_ids._get_records_action(name=_("Fiscal documents"))

    def action_fbr_open_danfe(self):
        self.ensure_one()
        return self.fbr_document_id.action_open_danfe()
