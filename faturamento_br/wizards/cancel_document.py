from datetime import UTC

from odoo import api, fields, models

from ..fiscal.events.windows import WindowStatus
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
