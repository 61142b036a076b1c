from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal.events.refusals import problem_of
from ..fiscal.events.windows import WindowStatus
from ..models.account_move_return_key import ISSUERS
from ..models.event import CANCEL
from ..models.problem_text import text_of, user_error


class CancelDocument(models.TransientModel):
    """The dialog that cancels an authorized NF-e with its invoice: what is legal now, and what follows in the books."""

    _name = "faturamento_br.cancel_document"
    _description = "Cancel an NF-e"

    document_id = fields.Many2one("faturamento_br.document", "NF-e", required=True, readonly=True)
    partner_id = fields.Many2one(related="document_id.partner_id")
    amount_total = fields.Monetary(related="document_id.amount_total")
    currency_id = fields.Many2one(related="document_id.currency_id")
    authorized_at = fields.Datetime(related="document_id.authorized_at")
    deadline = fields.Datetime("Cancel until", compute="_compute_told")
    told = fields.Text(compute="_compute_told")
    refused = fields.Text(compute="_compute_told")
    is_late = fields.Boolean(compute="_compute_told")
    reason = fields.Char(size=255, help="Why it is cancelled, in a sentence of 15 to 255 characters: SEFAZ keeps it.")
    notify_partner = fields.Boolean(
        "Tell the customer by e-mail", compute="_compute_notify", store=True, readonly=False
    )
    may_return = fields.Boolean(compute="_compute_return")
    return_told = fields.Text(compute="_compute_return")
    returned_by = fields.Selection(
        ISSUERS, "NF-e of return issued by", compute="_compute_returned_by", store=True, readonly=False
    )
    partner_key = fields.Char("Key of the customer's NF-e", help="44 characters; it may also be written later.")

    @api.depends("document_id")
    def _compute_notify(self):
        for wizard in self:
            wizard.notify_partner = bool(wizard.document_id.sudo().move_id.is_move_sent)

    @api.depends("document_id")
    def _compute_told(self):
        """What the time limit says, what the books do, and what keeps it from being cancelled."""
        for wizard in self:
            document = wizard.document_id.sudo()
            window = document._cancel_window()
            refused = [text_of(self.env, problem) for problem in wizard._problems()]
            wizard.deadline = window.in_time_until.astimezone(UTC).replace(tzinfo=None)
            wizard.refused = "\n".join(refused)
            wizard.is_late = window.status is not WindowStatus.IN_TIME
            said = text_of(self.env, window.problem) if window.problem else ""
            wizard.told = "\n".join(filter(None, (said, wizard._books_told())))

    def _problems(self):
        document = self.document_id.sudo()
        window = document._cancel_window()
        over = [] if window.may_be_tried else [window.problem]
        return [*over, *document._source()._fbr_cancel_problems()]

    def _books_told(self):
        """What happens to the invoice and to what was paid."""
        move = self.document_id.sudo().move_id
        if not move:
            return ""
        paid = move.amount_total - move.amount_residual
        if not move.currency_id.is_zero(paid):
            return self.env._(
                "The invoice is cancelled too. The %s that were paid stay as a credit of the customer.",
                move.currency_id.format(paid),
            )
        return self.env._("The invoice is cancelled too.")

    # --- A return instead ---------------------------------------------------------------------------------------

    @api.depends("document_id")
    def _compute_returned_by(self):
        """As the law has it: a contributor issues their own NF-e, for all others we issue one of entry."""
        for wizard in self:
            contributor = wizard.document_id.sudo().move_id.commercial_partner_id.fbr_ie_indicator == "1"
            wizard.returned_by = "partner" if contributor else "company"

    @api.depends("document_id", "returned_by")
    def _compute_return(self):
        """Whether a return is offered: once cancelling is late or refused, here or by SEFAZ."""
        for wizard in self:
            document = wizard.document_id.sudo()
            move, refusal = document.move_id, document._cancellation_refused()
            sold = move.move_type == "out_invoice" and move.state == "posted"
            wizard.may_return = sold and bool(refusal or wizard._problems() or wizard.is_late)
            said = text_of(self.env, problem_of(refusal.cStat, refusal.xMotivo or "")) if refusal else ""
            wizard.return_told = "\n".join(filter(None, (said, wizard._return_way()))) if wizard.may_return else ""

    def _return_way(self):
        customer = self.document_id.sudo().move_id.commercial_partner_id.display_name
        if self.returned_by == "partner":
            return self.env._(
                "%(customer)s is an ICMS contributor and returns the goods by an NF-e of their own: ask for it, and "
                "record its key here. If the goods were refused on delivery, your company may issue it.",
                customer=customer,
            )
        return self.env._(
            "Your company issues an NF-e of entry that refers to this one. A draft credit note opens with all that was "
            "sold: lower the quantities or remove lines if only a part comes back, then issue it."
        )

    def action_return(self):
        """Open the draft credit note that takes back the goods, by our NF-e or with the key of the customer's."""
        self.ensure_one()
        move = self.document_id.move_id
        if not self.may_return:
            raise UserError(self.env._("This NF-e can still be cancelled: cancel it, or make a credit note."))
        reversal = self.env["account.move.reversal"].with_context(active_model=move._name, active_ids=move.ids)
        action = reversal.create({"journal_id": move.journal_id.id, "reason": self.reason}).refund_moves()
        back = self.env["account.move"].browse(action["res_id"])
        back.fbr_issued_by = self.returned_by
        if self.returned_by == "partner":
            back.fbr_partner_key = self.partner_key
        return back._get_records_action(name=self.env._("Credit note"))

    def action_apply(self):
        """Sign the cancellation and send it once this is committed."""
        self.ensure_one()
        document = self.document_id
        document._check_may_cancel()
        document.check_access("read")
        if problems := self._problems():
            raise user_error(self.env, problems)
        self.env["faturamento_br.event"].sudo()._make(document.sudo(), CANCEL, self.reason or "", self.notify_partner)
        return {"type": "ir.actions.client", "tag": "faturamento_br.close_and_reload"}
