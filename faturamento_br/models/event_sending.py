# pylint: disable=invalid-commit
from base64 import b64decode, b64encode
from datetime import timedelta
from functools import partial

from brazilfiscalreport.dacce import DaCCe
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from ..fiscal import breaker, events
from ..fiscal.contingency import EPEC, NORMAL
from ..fiscal.events.outcome import ON_SEND, ON_SETTLE, EventStep, EventVerdict
from ..fiscal.problems import Problem, _
from ..fiscal.rejections import shown
from ..fiscal.transport import NotSent, TransportError
from .event import CANCEL, CORRECT
from .problem_text import text_of

GRACE = timedelta(minutes=2)  # while the click itself is at work
WAIT = timedelta(minutes=5)  # between tries

DUE = [("state", "in", ("signed", "sending"))]


class FiscalEvent(models.Model):
    """Sending an event, with the certainty of a document's: ``sending`` is committed before a byte leaves.

    What has no answer is settled by querying the document's key, and only then sent again, the same bytes. These
    methods commit, so they run only where the cursor is theirs: after the user's own transaction and in the job.
    """

    _inherit = "faturamento_br.event"

    def _queue(self):
        """Have it sent once the current transaction is committed, and by the job should that die."""
        self.next_try_at = fields.Datetime.now() + GRACE
        self.env.cr.postcommit.add(partial(_run_alone, self.env.registry, self.ids, self.env.lang))

    @api.model
    def _cron_events(self, limit=50):
        """Send what is signed, settle what has no answer, each when its time has come."""
        due = [*DUE, ("next_try_at", "<=", fields.Datetime.now())]
        for event in self.search(due, limit=limit, order="next_try_at, id"):
            retrying(event.with_context(lang=event.create_uid.lang)._go_on, self.env)
            if not self.env["ir.cron"]._commit_progress(1, remaining=self.search_count(due)):
                break

    def _claim(self, state):
        """Lock it for a new transaction; empty when another worker has it, or it left ``state``."""
        self.env.cr.commit()
        self.invalidate_recordset()
        return self.try_lock_for_update().filtered(lambda event: event.state == state)

    def _go_on(self):
        """Send it, then settle what is in doubt."""
        for event in self:
            if event._claim("signed"):
                event._call("send", lambda authorizer, each=event: authorizer.register_event(each._bytes(), each.id))
            if event._claim("sending"):
                event._call("settle", lambda authorizer, each=event: authorizer.settle_event(each._bytes()))

    def _bytes(self):
        return b64decode(self.signed_xml)

    def _call(self, what, call):
        """Ask the authorizer, and write down what it said; a failure leaves it to the next try.

        :param what: ``send`` or ``settle``.
        :param call: asks the client it gets.
        """
        authorizer = self._reach(what)
        if not authorizer:
            return
        self._begin(what)
        try:
            outcome, exchange = call(authorizer)
        except TransportError as error:
            failure, exchange, conclude = str(error.problems[0]), error.exchange, partial(self._no_answer, what, error)
        else:
            failure = f"{outcome.cStat} {outcome.xMotivo}" if outcome.cStat in breaker.DOWN else ""
            conclude = partial(self._answered, ON_SEND if what == "send" else ON_SETTLE, outcome)
        if self._claim("sending"):
            kept = {"response": b64encode(exchange.response)}
            if what == "send":
                kept["request"] = b64encode(exchange.request)
            self.write(kept)
            self.env.cr.commit()  # the answer is kept before it is interpreted
            if self._claim("sending"):
                conclude()
                self.env.cr.commit()
        health = self.env["faturamento_br.authorizer.health"]
        health._note_for(self.company_id, self.document_id.environment, failure, self._form())

    def _form(self):
        """tpEmis of who is asked: the SVC for what it authorised, while it stands in for the state; else normal."""
        own = self.document_id.emission_type
        return own if own != EPEC and self.document_id._present_form().emission_type == own else NORMAL

    def _reach(self, what):
        """The authorizer's client; None, told on the event, when it must not or cannot be asked now."""
        document = self.document_id
        limited = document._limit_problem("query") if what == "settle" else document._blocked_problem("authorize")
        form = self._form()
        health = self.env["faturamento_br.authorizer.health"]._of(self.company_id, document.environment, form)
        if problem := limited or health._rest_problem():
            return self._later(problem, problem.params["until"])
        try:
            return self.company_id._fbr_authorizer(document.environment, self.company_id._fbr_svc_of(form))
        except UserError as error:
            reason = Problem("unreachable", "", _("%(reason)s"), params={"reason": str(error)})
            return self._later(reason, fields.Datetime.now() + WAIT)

    def _begin(self, what):
        """Commit that it is asked, before a byte leaves."""
        now = fields.Datetime.now()
        if what == "send":
            self._apply(EventStep.SEND, next_try_at=now + GRACE, sent_at=now, sendings=self.sendings + 1)
        else:
            document = self.document_id
            document.queried_at = [moment.isoformat() for moment in (*document._queries_within_limit(), now)]
            self.next_try_at = now + WAIT
        self.env.cr.commit()

    def _later(self, problem, until):
        self.write({"next_try_at": until, "problem": text_of(self.env, problem)})
        self.env.ref("faturamento_br.cron_events")._trigger(until)
        self.env.cr.commit()

    def _no_answer(self, what, error):
        """Only a sending that was refused surely did not arrive; all else is settled by the key."""
        until = fields.Datetime.now() + WAIT
        if what == "send" and isinstance(error, NotSent):
            self._apply(EventStep.NOT_SENT)
        self._later(error.problems[0], until)

    def _answered(self, table, outcome):
        self.write({"cStat": outcome.cStat, "xMotivo": shown(outcome.xMotivo)})
        step = table.get(outcome.verdict)
        if step is EventStep.REGISTER:
            self._registered(outcome)
        elif step is EventStep.REJECT:
            self._apply(step, next_try_at=False, problem=False)
            self._tell_rejection()
        else:
            if step:
                self._apply(step)
            wait = timedelta(0) if outcome.verdict is EventVerdict.DUPLICATE else WAIT
            self.write({"next_try_at": fields.Datetime.now() + wait, "problem": f"{self.cStat} {self.xMotivo}"})
            self.env.ref("faturamento_br.cron_events")._trigger(self.next_try_at)

    # --- What follows ------------------------------------------------------------------------------------------

    def _registered(self, outcome):
        """It is registered: keep its file, move its document, and do what follows in the books."""
        document = self.document_id
        self._apply(
            EventStep.REGISTER,
            protocolo=outcome.protocolo,
            registered_at=_naive_utc(outcome.registered_at) or fields.Datetime.now(),
            late=outcome.late,
            next_try_at=False,
            problem=False,
        )
        name = f"{document.access_key}-{self.code}-{self.sequence:02d}"
        proc = events.proc(outcome.evento or self._bytes(), outcome.retEvento)
        self.xml_attachment_id = document._keep_event(f"procEventoNFe-{name}.xml", proc)
        if self.code == CORRECT:
            pdf = bytes(DaCCe(xml=proc.decode(), emitente=document._dacce_emitter()).output())
            self.pdf_attachment_id = document._attach(f"CCe-{name}.pdf", pdf, "application/pdf")
        said = self.env._(
            "%(event)s registered: %(cStat)s %(xMotivo)s. Protocol %(protocolo)s.",
            event=self.display_name,
            cStat=self.cStat,
            xMotivo=self.xMotivo,
            protocolo=self.protocolo,
        )
        document._message_log(body=said)
        document._source()._message_log(body=said)
        if self.code == CANCEL:
            document._apply("cancel", next_try_at=False)
            if not document.superseded_by_id:
                document._source()._fbr_cancel_with_document(document)
        if self.notify_partner:
            self._mail()

    def _tell_rejection(self):
        said = self.env._(
            "%(event)s was refused: %(cStat)s %(xMotivo)s. The NF-e stays as it is.",
            event=self.display_name,
            cStat=self.cStat,
            xMotivo=self.xMotivo,
        )
        self.document_id._message_log(body=said)
        self.document_id._source()._message_log(body=said)

    def _mail(self):
        """Send the customer the file of the event, and the letter, from the invoice's own chatter."""
        source = self.document_id._source()
        told = source.with_context(lang=self.partner_id.lang, mail_notify_force_send=False)
        body = {
            CANCEL: told.env._("The NF-e %s was cancelled. Its file is attached.", self.document_id._label()),
            CORRECT: told.env._("The NF-e %s has a letter of correction, attached.", self.document_id._label()),
        }[self.code]
        told.message_post(
            body=body,
            subject=self.document_id._label(),
            partner_ids=self.partner_id.ids,
            attachment_ids=(self.xml_attachment_id | self.pdf_attachment_id).ids,
        )


class Document(models.Model):
    _inherit = "faturamento_br.document"

    def _dacce_emitter(self):
        """Who corrects, as the printed letter names it."""
        partner = self.company_id.partner_id
        return {
            "nome": partner.name,
            "end": f"{partner.street_name or ''}, {partner.street_number or ''}",
            "bairro": partner.street2 or "",
            "cep": partner.zip or "",
            "cidade": partner.city_id.name or partner.city or "",
            "uf": partner.state_id.code or "",
            "fone": partner.phone or "",
            "ie": partner.l10n_br_ie_code or "",
        }


def _run_alone(registry, ids, lang):
    """Work as the system on events whose right to be sent was checked when they were signed."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": lang})
        retrying(env["faturamento_br.event"].browse(ids)._go_on, env)


def _naive_utc(moment):
    return moment and (moment - moment.utcoffset()).replace(tzinfo=None)
