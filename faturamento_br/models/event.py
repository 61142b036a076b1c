from base64 import b64encode
from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal import events
from ..fiscal.events import windows
from ..fiscal.events.cancellation import CANCELLATION
from ..fiscal.events.correction import CORRECTION
from ..fiscal.events.epec import EPEC
from ..fiscal.events.refusals import RETURN_INSTEAD
from ..fiscal.problems import FiscalError
from ..fiscal.spec import Environment
from .problem_text import user_error

CANCEL, CORRECT, EPEC_EVENT = CANCELLATION.code, CORRECTION.code, EPEC.code
AUDITED = {CANCEL: "cancel", CORRECT: "correct", EPEC_EVENT: "epec"}  # what the audit trail calls them


class FiscalEvent(models.Model):
    """An event of a fiscal document (cancellation, CC-e): the exact bytes that were signed, sent and received.

    ``state`` moves along the table of ``fiscal/events/outcome.py`` alone, in :meth:`_apply`. A rejected event is not
    mended: another one is made. How it is sent is in ``event_sending.py``.
    """

    _name = "faturamento_br.event"
    _description = "Event of a fiscal document"
    _order = "id desc"
    _check_company_auto = True

    document_id = fields.Many2one(
        "faturamento_br.document", required=True, readonly=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(related="document_id.company_id", store=True, index=True)
    environment = fields.Selection(related="document_id.environment")
    partner_id = fields.Many2one(related="document_id.partner_id")
    code = fields.Selection(
        [(CANCEL, "Cancellation"), (CORRECT, "CC-e (letter of correction)"), (EPEC_EVENT, "EPEC")],
        "Event",
        required=True,
        readonly=True,
    )
    sequence = fields.Integer(required=True, readonly=True, default=1)
    text = fields.Text(required=True, readonly=True, help="The reason of a cancellation, the text of a correction.")
    state = fields.Selection(
        [
            ("signed", "Signed"),
            ("sending", "Waiting for the answer"),
            ("registered", "Registered"),
            ("rejected", "Rejected"),
        ],
        required=True,
        readonly=True,
        default="signed",
        index=True,
    )
    happened_at = fields.Datetime("Date of the event", readonly=True, help="dhEvento.")
    signed_xml = fields.Binary("Signed XML", attachment=False, required=True, readonly=True)
    request = fields.Binary(attachment=False, readonly=True, help="The last request, as sent.")
    response = fields.Binary(attachment=False, readonly=True, help="The last answer, as received.")
    sendings = fields.Integer(readonly=True, help="How many times these bytes were handed to the network.")
    sent_at = fields.Datetime("Sent", readonly=True)
    next_try_at = fields.Datetime("Next step", readonly=True, index="btree_not_null")
    cStat = fields.Char("cStat", readonly=True)
    xMotivo = fields.Char("Answer", readonly=True)
    protocolo = fields.Char("Protocol", readonly=True)
    registered_at = fields.Datetime("Registered on", readonly=True)
    late = fields.Boolean(readonly=True, help="Registered after the time limit (155): the state may fine it.")
    problem = fields.Char("What keeps it", readonly=True)
    notify_partner = fields.Boolean("Tell the customer", readonly=True)
    xml_attachment_id = fields.Many2one("ir.attachment", "XML", readonly=True)
    pdf_attachment_id = fields.Many2one("ir.attachment", "PDF", readonly=True)

    _one_event = models.UniqueIndex(
        "(document_id, code, sequence) WHERE state != 'rejected'", "This event of the document exists already."
    )

    @api.depends("code", "sequence", "document_id.series", "document_id.number")
    def _compute_display_name(self):
        names = dict(self._fields["code"]._description_selection(self.env))
        for event in self:
            number = f" {event.sequence}" if event.code == CORRECT else ""
            event.display_name = f"{names[event.code]}{number}: {event.document_id._label()}"

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An event is kept with its document: it is part of the company's books."))

    def _apply(self, step, **values):
        """Move along the table of transitions; the only place that writes ``state``."""
        for event in self:
            event.write({**values, "state": events.next_event_state(event.state, step).value})

    # --- Making one --------------------------------------------------------------------------------------------

    @api.model
    def _make(self, document, code, text, notify):
        """Sign an event of ``document`` and have it sent after the commit.

        :param code: tpEvento.
        :param notify: whether the customer gets a mail once it is registered.
        :raises UserError: all that is wrong, or another event of it is on its way.
        """
        document._lock_alone()
        self._check_free(document)
        values = document._event_values(code)
        event = self._sign_one(document, code, text, self._spec(code, text, document, **values), notify)
        event._queue()
        return event

    @api.model
    def _sign_one(self, document, code, text, spec, notify):
        """The signed event that ``spec`` describes; nothing is sent.

        :raises UserError: all that is wrong with it.
        """
        if wrong := events.problems(spec):
            raise user_error(self.env, wrong)
        try:
            signed = events.prepare(spec, document.company_id._fbr_load_certificate())
        except FiscalError as error:
            raise user_error(self.env, error.problems) from error
        event = self.create(
            {
                "document_id": document.id,
                "code": code,
                "sequence": spec.sequence,
                "text": text.strip(),
                "happened_at": spec.at.astimezone(UTC).replace(tzinfo=None),
                "signed_xml": b64encode(signed),
                "notify_partner": notify,
            }
        )
        self.env["faturamento_br.audit_entry"]._note(AUDITED[code], event, event.text)
        return event

    def _check_free(self, document):
        if document.state != "authorized":
            raise UserError(
                self.env._("%s is not authorized: only an authorized NF-e has events.", document.display_name)
            )
        waiting = document.event_ids.filtered(lambda event: event.state in ("signed", "sending"))
        if waiting:
            raise UserError(
                self.env._("%s is on its way to SEFAZ: wait for its answer first.", waiting[:1].display_name)
            )

    @api.model
    def _spec(self, code, text, document, **values):
        if code == CANCEL:
            return events.Cancellation(reason=text, protocol=document.protocolo or "", **values)
        return events.Correction(text=text, **values)


class Document(models.Model):
    """A document and its events."""

    _inherit = "faturamento_br.document"

    event_ids = fields.One2many("faturamento_br.event", "document_id", "Events", readonly=True)
    correction_count = fields.Integer(compute="_compute_correction_count")

    @api.depends("event_ids.state")
    def _compute_correction_count(self):
        for document in self:
            document.correction_count = len(
                document.event_ids.filtered(lambda event: event.code == CORRECT and event.state == "registered")
            )

    def _event_values(self, code):
        """What every event of this document says, in the company's legal time."""
        self.ensure_one()
        company = self.company_id.sudo()
        before = self.event_ids.filtered(lambda event: event.code == code and event.state == "registered")
        at = events.now_in(company.state_id.code, self._now_at_authorizer().replace(tzinfo=UTC))
        authorized_at = self.authorized_at and self.authorized_at.replace(tzinfo=UTC)
        return {
            "access_key": self.access_key,
            "tax_id": company._fbr_tax_id(),
            "environment": Environment(self.environment),
            # A clock that is behind the authorizer's by seconds is no reason to refuse (579).
            "at": max(at, authorized_at.astimezone(at.tzinfo)) if authorized_at else at,
            "sequence": 1 if code == CANCEL else len(before) + 1,
            "authorized_at": authorized_at,
        }

    def _responsible(self):
        """Who is asked to look at it: who made the invoice, or else this document."""
        source = self._source()
        return ("invoice_user_id" in source._fields and source.invoice_user_id) or source.create_uid or self.create_uid

    def _cancel_window(self):
        """Until when this authorized document may be cancelled, and what holds now.

        :rtype: fiscal.events.windows.Window
        """
        now, authorized = (moment.replace(tzinfo=UTC) for moment in (fields.Datetime.now(), self.authorized_at))
        return windows.window(self.company_id.sudo().state_id.code, authorized, now, self.model)

    def _cancellation_refused(self):
        """The last cancellation of this document, if SEFAZ refused it so that only a return is left; else empty."""
        self.ensure_one()
        last = self.event_ids.filtered(lambda event: event.code == CANCEL).sorted("id")[-1:]
        return last.filtered(lambda event: event.state == "rejected" and event.cStat in RETURN_INSTEAD)

    def _check_may_cancel(self):
        if not (self.env.su or self.env.user.has_group("faturamento_br.group_cancel")):
            raise UserError(
                self.env._("Only who has the right “Cancel and correct NF-e” may do this: ask an administrator.")
            )

    def action_cancel_document(self):
        """Open the dialog that cancels this document."""
        self.ensure_one()
        self._check_may_cancel()
        return self._event_dialog("faturamento_br.cancel_document", self.env._("Cancel the NF-e"))

    def action_correct_document(self):
        """Open the dialog of the letter of correction."""
        self.ensure_one()
        self._check_may_cancel()
        return self._event_dialog("faturamento_br.correct_document", self.env._("Correct by a CC-e"))

    def _event_dialog(self, model, name):
        wizard = self.env[model].create({"document_id": self.id})
        return wizard._get_records_action(name=name, target="new")
