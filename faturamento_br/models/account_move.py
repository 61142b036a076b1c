from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class AccountMove(models.Model):
    """The invoice as issuer of its NF-e."""

    _inherit = "account.move"

    fbr_document_ids = fields.One2many("faturamento_br.document", "move_id", "Fiscal documents", readonly=True)

    @api.depends("state", "move_type", "fbr_operation_id", "invoice_line_ids.product_id", "fbr_document_id.state")
    def _compute_fbr_needs_document(self):
        super()._compute_fbr_needs_document()

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

    # --- As issuer ----------------------------------------------------------------------------------------------

    def _fbr_document_link(self):
        return {"move_id": self.id}

    def _fbr_is_confirmed(self):
        return self.state == "posted"

    def _fbr_own_date(self):
        return self.invoice_date

    def _fbr_take_label(self, document):
        if self.name != document._label():
            self.name = document._label()

    def _fbr_redate(self):
        """Move an invoice of an earlier month to today, books and all, before it is signed.

        A rejection mended next month, or an invoice issued late, would otherwise put into a closed month a document
        that the authorizer dates in this one.
        """
        for move in self:
            if move._fbr_is_of_an_earlier_month():
                before, today = move.invoice_date, move._fbr_today()
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

    def _fbr_issue_to_send(self, settings, allow_raising=True):
        """Issue these invoices and have their mail leave by itself when XML and DANFE exist.

        :param settings: what *Send* was told; the rest is as set on the customer.
        :param allow_raising: False for Odoo's job: what cannot be issued is told in its chatter, as Odoo does with what
            it cannot send, and holds up no other.
        """
        for move in self:
            data = move.sending_data or {}
            author = self.env["res.users"].browse(data.get("author_user_id")) or self.env.user
            # A job speaks English, and signs for whoever asked it: theirs is the right to the certificate.
            told = move.with_context(lang=self.env.lang or author.lang, fbr_asked_by=author.id)
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
            if binding := move.fbr_document_ids._binding()[:1]:
                raise UserError(
                    _(
                        "%(document)s is %(state)s: the invoice can no longer be changed. An authorized NF-e must be "
                        "cancelled at the authorizer first; one without an answer must wait for it.",
                        document=binding.display_name,
                        state=dict(binding._fields["state"]._description_selection(self.env))[binding.state].lower(),
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
