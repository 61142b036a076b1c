from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal import events
from ..models.event import CORRECT
from ..models.problem_text import text_of


class CorrectDocument(models.TransientModel):
    """The dialog of a letter of correction: what it may not correct is explained before it is sent."""

    _name = "faturamento_br.correct_document"
    _description = "Correct an NF-e by a CC-e"

    document_id = fields.Many2one("faturamento_br.document", "NF-e", required=True, readonly=True)
    partner_id = fields.Many2one(related="document_id.partner_id")
    correction_count = fields.Integer(related="document_id.correction_count")
    text = fields.Text(
        "Correction",
        compute="_compute_text",
        store=True,
        readonly=False,
        help="All that is to be corrected, 15 to 1000 characters. Each letter replaces the one before.",
    )
    doubts = fields.Text(compute="_compute_doubts")
    confirmed = fields.Boolean("The letter does not do that: send it")
    notify_partner = fields.Boolean("Tell the customer by e-mail", default=True)

    @api.depends("document_id")
    def _compute_text(self):
        """The letter before, for the new one replaces it."""
        for wizard in self:
            before = wizard.document_id.event_ids.filtered(
                lambda event: event.code == CORRECT and event.state == "registered"
            )
            wizard.text = before.sorted("sequence")[-1:].text

    @api.depends("text")
    def _compute_doubts(self):
        for wizard in self:
            wizard.doubts = "\n".join(text_of(self.env, problem) for problem in events.doubts(wizard.text or ""))

    def action_apply(self):
        """Sign the letter and send it once this is committed."""
        self.ensure_one()
        document = self.document_id
        document._check_may_cancel()
        document.check_access("read")
        if self.doubts and not self.confirmed:
            raise UserError(
                self.env._("%s\n\nIf the letter does not do that, tick the box above the buttons.", self.doubts)
            )
        self.env["faturamento_br.event"].sudo()._make(document.sudo(), CORRECT, self.text or "", self.notify_partner)
        return {"type": "ir.actions.client", "tag": "faturamento_br.close_and_reload"}
