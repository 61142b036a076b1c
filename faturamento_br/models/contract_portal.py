from odoo import fields, models
from odoo.exceptions import UserError

#: What of a customer's own words is kept.
LONGEST_REQUEST = 1000


class Contract(models.Model):
    """What the customer sees of the contract on the portal, and asks for there.

    Asking changes nothing by itself: who answers for the contract decides, with the wizard that shows what it costs.
    """

    _name = "faturamento_br.contract"
    _inherit = ["faturamento_br.contract", "portal.mixin"]

    asked = fields.Selection(
        [("change", "A change"), ("end", "To end it")], "The customer asks for", readonly=True, copy=False
    )
    asked_text = fields.Text("In the customer's words", readonly=True, copy=False)
    asked_on = fields.Date("Asked on", readonly=True, copy=False)

    def _compute_access_url(self):
        for contract in self:
            contract.access_url = f"/my/contracts/{contract.id}"

    def _ask(self, author, what, text):
        """Keep what the customer asks for, and call who answers for the contract.

        :param author: the partner who asks.
        :param what: ``change`` or ``end``.
        :raises UserError: it has ended, nothing was written, or an earlier request waits for its answer.
        """
        self.ensure_one()
        text = text.strip()[:LONGEST_REQUEST]
        if self.state != "running" or self.asked or not text:
            raise UserError(self.env._("%s: this cannot be asked for now.", self.name))
        self.write({"asked": what, "asked_text": text, "asked_on": self._today()})
        label = dict(self._fields["asked"]._description_selection(self.env))[what]
        self.message_post(
            body=self.env._("The customer asks for: %(what)s. %(text)s", what=label.lower(), text=text),
            author_id=author.id,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Answer the customer's request"),
            note=text,
            user_id=self.user_id.id or self.create_uid.id,
        )

    def action_answered(self):
        """The request has been dealt with: the customer may ask again."""
        self.check_access("write")
        self.write({"asked": False, "asked_text": False, "asked_on": False})

    def _shown_invoices(self):
        """Confirmed invoices and credit notes of it, newest first."""
        posted = self.period_ids.move_id.filtered(lambda move: move.state == "posted")
        return posted.sorted(lambda move: (move.invoice_date, move.id), reverse=True)
