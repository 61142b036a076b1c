# pylint: disable=invalid-commit
from base64 import b64decode, b64encode
from datetime import timedelta
from functools import partial

from odoo import fields, models
from odoo.exceptions import UserError

from ..fiscal import breaker, cstat
from ..fiscal.authorizer import outcome_matches
from ..fiscal.contingency import EPEC
from ..fiscal.outcome import Verdict
from ..fiscal.problems import Problem, _
from ..fiscal.rejections import shown
from ..fiscal.transport import NotSent, TransportError

# Until then the click itself is at work; later a background job takes over (a worker killed, a server restarted).
GRACE = timedelta(minutes=2)
# A message whose answer was lost is processed by then, or never: until then 217 to a query proves nothing for sure.
SETTLED = timedelta(minutes=5)
# Minutes between queries of one key, and between sendings that never arrive.
QUERY_WAITS = (2, 4, 6, 8, 10, 15, 20, 30, 60)
DEFAULT_WAIT = 5  # minutes, when the authorizer answered that it decides nothing now
NUMBER_TAKEN = "539"  # the number is authorized there under another key


class Document(models.Model):
    """Sending, with certainty before speed.

    Each step is its own transaction: ``sending`` is committed before a byte leaves, and what was answered is
    committed when it arrives. Whatever dies in between leaves a document in ``sending``, and such a document is
    never sent again before its key was queried. These methods commit, so they run only where the cursor is theirs:
    after the user's own transaction (:meth:`_after_commit`) and in the background jobs (``document_queue.py``).
    """

    _inherit = "faturamento_br.document"

    # --- One document at a time -------------------------------------------------------------------------------------

    def _claim(self, *states):
        """Lock the document for a new transaction; empty when another worker has it, or it left ``states``."""
        self.env.cr.commit()  # a fresh snapshot: what others committed meanwhile must be seen
        self.invalidate_recordset()
        return self.try_lock_for_update().filtered(
            lambda document: document.state in states and not document._is_given_up()
        )

    def _transmit(self):
        """Send signed documents, one by one; a doubt is settled at once by a query."""
        for document in self:
            if document._claim("signed"):
                document._send()
            if document._claim("sending"):
                document._ask()

    def _recover(self):
        """Ask the authorizer what became of documents without an answer."""
        for document in self:
            if document._claim("sending"):
                document._ask()

    def _may_still_arrive(self):
        """Whether only a query said that the last sending is not there, too early for a slow authorizer.

        The same bytes may go again then; other bytes, which would have the same key, may not.
        """
        attempt = self.attempt_ids[:1]
        return bool(attempt.queries) and attempt.sent_at + SETTLED > fields.Datetime.now()

    # --- The two calls -----------------------------------------------------------------------------------------

    def _reach(self, attempt, service):
        """The authorizer's client; None, told on the document, when it must not be asked (its limits of use, its rest
        after failures) or cannot even be made (no seal, no simulator).

        :param service: ``authorize`` or ``query``.
        """
        company, svc = self.company_id, self.company_id._fbr_svc_of(self.emission_type)
        health = self.env["faturamento_br.authorizer.health"]._of(company, self.environment, self.emission_type)
        if problem := self._limit_problem(service) or health._rest_problem():
            return self._hold(attempt, problem, problem.params["until"])
        try:
            authorizer = company._fbr_authorizer(self.environment, svc, national=self.emission_type == EPEC)
        except UserError as error:
            wait = fields.Datetime.now() + timedelta(minutes=DEFAULT_WAIT)
            return self._hold(attempt, Problem("unreachable", "", _("%(reason)s"), params={"reason": str(error)}), wait)
        # An SVC says of its status what holds for sending; what it has it tells whenever it is asked. The Ambiente
        # Nacional has no status to ask for.
        if not health._needs_probe() or self.emission_type == EPEC or (svc and service == "query"):
            return authorizer
        state, works = self.state, health._probe(authorizer)
        if not self._claim(state):
            return None
        if problem := health._rest_problem():
            return self._hold(attempt, problem, problem.params["until"])
        return authorizer if works else None

    def _hold(self, attempt, problem, until):
        """Leave it alone until then, and say why."""
        self.next_try_at = until
        self._wake_at_next_try()
        self._tell(attempt, problem)
        self.env.cr.commit()

    def _send(self):
        attempt = self.attempt_ids[:1]
        authorizer = self._reach(attempt, "authorize")
        if not authorizer:
            return
        now = fields.Datetime.now()
        attempt.write({"result": "sending", "sent_at": now, "sendings": attempt.sendings + 1, "queries": 0})
        self._apply("send", next_try_at=now + GRACE)
        self.env.cr.commit()
        try:
            outcome, exchange = authorizer.authorize(b64decode(attempt.signed_xml), self.access_key, lot=self.id)
        except TransportError as error:
            exchange, conclude = error.exchange, partial(self._no_answer, attempt, error)
            failure = str(error.problems[0])
        else:
            conclude = partial(self._answered, attempt, outcome)
            failure = _failure(outcome)
        # Somebody who queried the key meanwhile may have concluded already: then there is nothing left to write.
        if self._claim("sending"):
            attempt.write(
                {
                    "request": b64encode(exchange.request),
                    "response": b64encode(exchange.response),
                    "seconds": exchange.seconds,
                }
            )
            conclude()
            self.env.cr.commit()
        self._note_health(failure, exchange)

    def _ask(self):
        attempt = self.attempt_ids[:1]
        authorizer = self._reach(attempt, "query")
        if not authorizer:
            return
        now = fields.Datetime.now()
        self.queried_at = [moment.isoformat() for moment in (*self._queries_within_limit(), now)]
        self.next_try_at = now + _nth_wait(attempt.queries)
        attempt.queries += 1
        self.env.cr.commit()
        try:
            outcome, exchange = authorizer.query(self.access_key)
        except TransportError as error:
            exchange, conclude = error.exchange, partial(self._no_answer, attempt, error)
            failure = str(error.problems[0])
        else:
            conclude = partial(self._queried, attempt, outcome)
            failure = _failure(outcome)
        if self._claim("sending"):
            attempt.response = b64encode(exchange.response)
            conclude()
            self.env.cr.commit()
        self._note_health(failure, exchange)

    def _note_health(self, failure, exchange):
        health = self.env["faturamento_br.authorizer.health"]
        health._note_for(self.company_id, self.environment, failure, self.emission_type, exchange.clock_error)

    # --- What came of them -------------------------------------------------------------------------------------

    def _no_answer(self, attempt, error):
        """Only a first sending that was refused is surely not with the authorizer; all else waits for a query."""
        if isinstance(error, NotSent) and not attempt.queries:
            attempt.result = "not_sent"
            self._again_later("not_sent", timedelta(minutes=DEFAULT_WAIT))
        else:
            self._wake_at_next_try()
        self._tell(attempt, error.problems[0])

    def _answered(self, attempt, outcome):
        """The authorizer's answer to the sending."""
        self._note_answer(attempt, outcome)
        match outcome.verdict:
            case Verdict.AUTHORIZED:
                self._authorize(attempt, outcome)
            case Verdict.WAIT:
                attempt.result = "not_sent"
                self._again_later("wait", timedelta(minutes=DEFAULT_WAIT))
                self._tell(attempt, self._problem_of_waiting(outcome))
            case Verdict.PENDING:
                self.next_try_at = fields.Datetime.now() + timedelta(minutes=QUERY_WAITS[0])
            case Verdict.DUPLICATE if outcome.cStat != NUMBER_TAKEN:
                # The authorizer knows this very key: the query that follows tells whether with these bytes.
                self.next_try_at = fields.Datetime.now()
            case Verdict.DUPLICATE:
                self._reject(attempt, outcome, self._problem_of_taken_number(outcome))
            case _:
                self._reject(attempt, outcome, self._problem_of_clock(attempt, outcome))

    def _queried(self, attempt, outcome):
        """The authorizer's answer about the key. Only some of them decide something."""
        self._note_answer(attempt, outcome)
        match outcome.verdict:
            case Verdict.AUTHORIZED if outcome.digest and not outcome_matches(outcome, b64decode(attempt.signed_xml)):
                self._reject(attempt, outcome, self._problem_of_other_bytes(outcome))
            case Verdict.AUTHORIZED:
                self._authorize(attempt, outcome)
            case Verdict.CANCELLED:
                self._apply("cancel", next_try_at=False)
                self._tell(attempt, self._problem_of(outcome))
            case Verdict.NOT_FOUND if self.superseded_by_id and self._may_still_arrive():
                self.next_try_at = attempt.sent_at + SETTLED  # other bytes of this sale are sent: be certain
                self._wake_at_next_try()
            case Verdict.NOT_FOUND:
                attempt.result = "not_sent"
                self.problem_ids.unlink()
                self._again_later("not_found", _nth_wait(attempt.sendings - 2))
            case _ if self._number_is_lost():  # 562, 613: another document has it, so this one can never be there
                self._reject(attempt, outcome)
            case _:
                self.next_try_at = max(self.next_try_at, self._rest_until("query") or self.next_try_at)
                self._wake_at_next_try()
                self._tell(attempt, self._problem_of_waiting(outcome))

    def _again_later(self, event, wait):
        """Back to ``signed``: the same bytes go again after ``wait``, and not before the authorizer listens again.

        What was superseded meanwhile never goes again: it is settled.
        """
        if self.superseded_by_id:
            self._apply(event, next_try_at=False)
            self.env["faturamento_br.contingency"]._look_again()
            return
        soonest = fields.Datetime.now() + wait
        self._apply(event, next_try_at=max(soonest, self._rest_until("authorize", "query") or soonest))
        self._wake_at_next_try()

    def _wake_at_next_try(self):
        self._wake(self.next_try_at)

    def _note_answer(self, attempt, outcome):
        answer = {"cStat": outcome.cStat, "xMotivo": shown(outcome.xMotivo)}
        attempt.write({**answer, "answered_at": fields.Datetime.now()})
        self.write(answer)

    def _authorize(self, attempt, outcome):
        attempt.write({"result": "authorized", "protocolo": outcome.protocolo})
        self._apply(
            "deliver" if self.state == "epec" else "authorize",
            protocolo=outcome.protocolo,
            authorized_at=_naive_utc(outcome.received_at) or attempt.answered_at,
            next_try_at=False,
        )
        self.problem_ids.unlink()
        self._make_proc(attempt, outcome.protNFe)
        self.env.ref("faturamento_br.cron_danfe")._trigger()
        told = self.env._("Authorized: %(cStat)s %(xMotivo)s. Protocol %(protocolo)s.", **self._answer())
        self._message_log(body=told)
        self._source()._message_log(body=f"{self._label()}: {told}")

    def _reject(self, attempt, outcome, problem=None):
        attempt.result = "rejected"
        self._apply("reject", next_try_at=False)
        self._tell(attempt, problem or self._problem_of(outcome))
        self._source()._message_log(body=f"{self._label()}: {outcome.cStat} {self.xMotivo}")

    def _lost_its_number(self):
        """Whether the authorizer holds this number as another document's, or voided: it can never be this one's."""
        taken = self._number_is_lost() or cstat.meaning(self.cStat or "").verdict == Verdict.AUTHORIZED
        return self.state == "rejected" and taken

    # --- Words -------------------------------------------------------------------------------------------------

    def _answer(self):
        return {"cStat": self.cStat, "xMotivo": self.xMotivo, "protocolo": self.protocolo}

    def _tell(self, attempt, problem):
        """Show a problem on the document and, when it is news, in its timeline."""
        before = self.problem_ids.mapped("message")
        self.problem_ids.unlink()
        located = self._source()._fbr_locate([problem])
        self._note_problems(located, attempt)
        if self.problem_ids.mapped("message") != before:
            self._message_log(body="\n".join(f"{found.message(self.env)} {found.cure(self.env)}" for found in located))


def _failure(outcome):
    """Why this answer is none: the authorizer says that it does not work; empty when it does."""
    return f"{outcome.cStat} {outcome.xMotivo}" if outcome.cStat in breaker.DOWN else ""


def _nth_wait(before):
    """How long to wait after ``before`` tries in vain; nothing at all after the first (``before`` is negative then)."""
    return timedelta(minutes=QUERY_WAITS[min(before, len(QUERY_WAITS) - 1)] if before >= 0 else 0)


def _naive_utc(moment):
    """Odoo's datetimes are UTC without a zone; ``moment`` is aware, or None."""
    return moment and (moment - moment.utcoffset()).replace(tzinfo=None)
