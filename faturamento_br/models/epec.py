# pylint: disable=invalid-commit
from base64 import b64decode, b64encode
from datetime import UTC, timedelta
from functools import partial

from brazilfiscalreport.danfe import Danfe
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal import breaker, events
from ..fiscal.authorizer import outcome_matches
from ..fiscal.contingency import EPEC
from ..fiscal.events.epec_of import drawing as epec_drawing
from ..fiscal.events.epec_of import epec_of
from ..fiscal.events.outcome import EventStep, EventVerdict
from ..fiscal.outcome import Verdict
from ..fiscal.problems import Problem, _
from ..fiscal.spec import Environment
from ..fiscal.transport import NotSent, TransportError
from .document_sending import DEFAULT_WAIT, GRACE, _nth_wait
from .event import EPEC_EVENT

#: Ajuste SINIEF 7/2005, cláusula décima sétima-D: the NF-e follows within 168 hours of its issue.
FOLLOWS_WITHIN = timedelta(hours=168)
WARN_BEFORE = timedelta(hours=48)
DELIVER_AGAIN = timedelta(minutes=30)


class FiscalEvent(models.Model):
    _inherit = "faturamento_br.event"

    @api.model
    def _make_epec(self, document):
        """The EPEC of a signed document, once: signed now if there is none that may be registered; nothing is sent.

        :raises UserError: all that is wrong with it.
        """
        known = document.event_ids.filtered(lambda event: event.code == EPEC_EVENT and event.state != "rejected")
        if known:
            return known[:1]
        company = document.company_id.sudo()
        spec = epec_of(
            b64decode(document.attempt_ids[:1].signed_xml),
            access_key=document.access_key,
            tax_id=company._fbr_tax_id(),
            environment=Environment(document.environment),
            at=events.now_in(company.state_id.code, fields.Datetime.now().replace(tzinfo=UTC)),
        )
        return self._sign_one(document, EPEC_EVENT, document.contingency_id.reason, spec, notify=False)


class Document(models.Model):
    """A document in contingency by EPEC: its event goes first, to the Ambiente Nacional; the NF-e follows.

    While the event is on its way the document is in ``sending``, as any other, and a lost answer is settled by sending
    the same bytes again: a second 110140 of a key is refused as the same (573). From ``epec`` it is left only by the
    authorisation of the NF-e, under the same key; it is not cancelled before that.
    """

    _inherit = "faturamento_br.document"

    epec_due_at = fields.Datetime("To be delivered until", readonly=True, help="The NF-e follows its EPEC in 168 h.")

    # --- The event ------------------------------------------------------------------------------------------------

    def _send(self):
        return self._send_epec() if self.emission_type == EPEC else super()._send()

    def _ask(self):
        return self._send_epec() if self.emission_type == EPEC else super()._ask()

    def _send_epec(self):
        """Register the EPEC, or ask again with the same bytes."""
        attempt = self.attempt_ids[:1]
        authorizer = self._reach(attempt, "authorize")
        if not authorizer:
            return
        try:
            event = self.env["faturamento_br.event"]._make_epec(self)
        except UserError as error:
            self._hold(attempt, _unreachable(error), fields.Datetime.now() + timedelta(minutes=DEFAULT_WAIT))
            return
        now = fields.Datetime.now()
        attempt.write({"result": "sending", "sent_at": now, "sendings": attempt.sendings + 1})
        if event.state == "signed":
            event._apply(EventStep.SEND, sent_at=now, sendings=event.sendings + 1)
        if self.state == "signed":
            self._apply("send")
        self.next_try_at = now + max(GRACE, _nth_wait(attempt.sendings - 1))
        self.env.cr.commit()
        try:
            outcome, exchange = authorizer.register_event(event._bytes(), event.id)
        except TransportError as error:
            failure, exchange = str(error.problems[0]), error.exchange
            conclude = partial(self._epec_unsure, event, error)
        else:
            failure = f"{outcome.cStat} {outcome.xMotivo}" if outcome.cStat in breaker.DOWN else ""
            conclude = partial(self._epec_answered, event, outcome)
        if self._claim("sending"):
            event.write({"request": b64encode(exchange.request), "response": b64encode(exchange.response)})
            conclude()
            self.env.cr.commit()
        self._note_health(failure, exchange)

    def _epec_unsure(self, event, error):
        """Only a first sending that was refused surely did not arrive; else the same bytes go again."""
        attempt = self.attempt_ids[:1]
        if isinstance(error, NotSent) and attempt.sendings == 1:
            event._apply(EventStep.NOT_SENT)
            attempt.result = "not_sent"
            self._again_later("not_sent", timedelta(minutes=DEFAULT_WAIT))
        else:
            self._wake_at_next_try()
        self._tell(attempt, error.problems[0])

    def _epec_answered(self, event, outcome):
        """136 registers it, and so does 573: nobody else has this key, nor we other bytes for it."""
        attempt = self.attempt_ids[:1]
        self._note_answer(attempt, outcome)
        event.write({"cStat": self.cStat, "xMotivo": self.xMotivo})
        match outcome.verdict:
            case EventVerdict.REGISTERED | EventVerdict.DUPLICATE:
                self._epec_registered(event, outcome)
            case EventVerdict.REJECTED:
                event._apply(EventStep.REJECT)
                self._reject(attempt, outcome)
            case EventVerdict.WAIT if attempt.sendings == 1:
                event._apply(EventStep.WAIT)
                attempt.result = "not_sent"
                self._again_later("wait", timedelta(minutes=DEFAULT_WAIT))
                self._tell(attempt, self._problem_of_waiting(outcome))
            case _:
                self._wake_at_next_try()
                self._tell(attempt, self._problem_of_waiting(outcome))

    def _epec_registered(self, event, outcome):
        now = fields.Datetime.now()
        event._apply(
            EventStep.REGISTER,
            protocolo=outcome.protocolo,
            registered_at=outcome.registered_at and outcome.registered_at.astimezone(UTC).replace(tzinfo=None),
        )
        if outcome.verdict is EventVerdict.REGISTERED:
            proc = events.proc(event._bytes(), outcome.retEvento)
            event.xml_attachment_id = self._keep_event(f"procEventoNFe-{self.access_key}-{event.code}-01.xml", proc)
        self._apply("epec", next_try_at=now + DELIVER_AGAIN, epec_due_at=self.issued_at + FOLLOWS_WITHIN)
        self.problem_ids.unlink()
        self.env["faturamento_br.contingency"]._look_again()
        told = self.env._(
            "EPEC registered: %(cStat)s %(xMotivo)s. Protocol %(protocolo)s. The NF-e follows to SEFAZ by itself.",
            cStat=outcome.cStat,
            xMotivo=self.xMotivo,
            protocolo=outcome.protocolo,
        )
        self._message_log(body=told)
        self._source()._message_log(body=f"{self._label()}: {told}")

    def _make_epec_danfe(self):
        """The DANFE that travels with the goods: it says EPEC, with the event's protocol in the protocol's place.

        It is drawn from a copy: what is kept and sent stays as it was signed.
        """
        event = self.event_ids.filtered(lambda one: one.code == EPEC_EVENT and one.state == "registered")[:1]
        registered = (event.registered_at or event.sent_at).replace(tzinfo=UTC)
        at = events.now_in(self.company_id.sudo().state_id.code, registered)
        drawn = epec_drawing(b64decode(self.attempt_ids[:1].signed_xml), event.protocolo or "", at)
        pdf = bytes(Danfe(xml=drawn).output())
        self.danfe_attachment_id = self._attach(f"DANFE-EPEC-{self.access_key}.pdf", pdf, "application/pdf")

    # --- The NF-e that follows ------------------------------------------------------------------------------------

    @api.model
    def _deliver_epecs(self):
        """Send the NF-e behind registered EPECs to their own authorizer, each in a transaction of its own."""
        waiting = self.search([("state", "=", "epec")], order="epec_due_at, id", limit=100)
        for document in waiting:
            self.env["faturamento_br.contingency"]._alone(document.with_context(lang=document.create_uid.lang)._deliver)

    def _deliver(self):
        """The same bytes, to the state's own authorizer; it is the same document whatever of them arrived before."""
        now = fields.Datetime.now()
        if not self._claim("epec") or not self._is_here():
            return
        self._warn_of_delivery()
        if not self.danfe_attachment_id:
            self._make_epec_danfe()
            self.env.cr.commit()
            if not self._claim("epec"):
                return
        health = self.env["faturamento_br.authorizer.health"]._of(self.company_id, self.environment)
        if self._present_form() or health.retry_at or self.next_try_at > now:
            return
        attempt = self.attempt_ids[:1]
        self.next_try_at = now + DELIVER_AGAIN
        try:
            authorizer = self.company_id._fbr_authorizer(self.environment)
        except UserError as error:
            self._tell(attempt, _unreachable(error))
            return
        self.env.cr.commit()
        try:
            outcome, exchange = authorizer.authorize(b64decode(attempt.signed_xml), self.access_key, lot=self.id)
            if outcome.verdict is Verdict.DUPLICATE:
                outcome, exchange = authorizer.query(self.access_key)
        except TransportError as error:
            failure, exchange, conclude = str(error.problems[0]), error.exchange, lambda: None
        else:
            failure = f"{outcome.cStat} {outcome.xMotivo}" if outcome.cStat in breaker.DOWN else ""
            conclude = partial(self._delivered, outcome)
        if self._claim("epec"):
            attempt.write({"request": b64encode(exchange.request), "response": b64encode(exchange.response)})
            conclude()
            self.env.cr.commit()
        self.env["faturamento_br.authorizer.health"]._note_for(self.company_id, self.environment, failure)

    def _delivered(self, outcome):
        attempt = self.attempt_ids[:1]
        self._note_answer(attempt, outcome)
        same = not outcome.digest or outcome_matches(outcome, b64decode(attempt.signed_xml))
        if outcome.verdict is Verdict.AUTHORIZED and same:
            self.activity_ids.filtered("automated").action_feedback()
            self.danfe_attachment_id = False  # the one of the NF-e is drawn now
            self._authorize(attempt, outcome)
        else:
            self._tell(attempt, self._problem_of(outcome))

    def action_cancel_document(self):
        if self.state == "epec":
            raise UserError(
                self.env._(
                    "%s has its EPEC only: it can be cancelled once SEFAZ has authorized the NF-e.", self._label()
                )
            )
        return super().action_cancel_document()

    def _warn_of_delivery(self):
        """An activity when the NF-e has not followed and its time is nearly over."""
        if self.epec_due_at - WARN_BEFORE <= fields.Datetime.now() and not self.activity_ids:
            told = self.env._(
                "%(document)s has an EPEC and is not authorized yet: SEFAZ must have the NF-e by the date of this "
                "task. See why it waits, and solve it.",
                document=self._label(),
            )
            due = fields.Datetime.context_timestamp(self, self.epec_due_at).date()
            user = self._responsible()
            self.activity_schedule("mail.mail_activity_data_warning", due, note=told, user_id=user.id)


def _unreachable(error):
    return Problem("unreachable", "", _("%(reason)s"), params={"reason": str(error)})
