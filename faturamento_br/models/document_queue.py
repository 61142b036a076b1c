# pylint: disable=invalid-commit
import logging
from functools import partial
from time import monotonic

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from ..fiscal.problems import Problem, _
from .document_sending import GRACE

_logger = logging.getLogger(__name__)

# Documents sent before the user's click returns; the rest go to the background jobs.
INLINE = 10
# Documents that a job signs in one transaction: what they share (company, customer, rules) is read once for so many.
TOGETHER = 10
#: Background jobs that send side by side, as many at a time as Odoo has threads or workers for jobs.
LANES = ("cron_transmit", "cron_transmit_2", "cron_transmit_3", "cron_transmit_4")
#: States in which there is something to do, once the time in ``next_try_at`` has come. A draft or a rejected one has a
#: time only when somebody asked for it to be issued in the background.
WAITING = ("draft", "rejected", "signed", "sending")
TELL_EACH = 1.0  # seconds between two messages about a batch's progress

# Each company has its turn, so that the thousand invoices of one do not hold up the only one of another; a lane takes
# its own share first, and helps the others when that is done.
DUE = """
    WITH due AS (
        SELECT id, next_try_at,
               row_number() OVER (PARTITION BY company_id, environment ORDER BY next_try_at, id) AS turn
          FROM faturamento_br_document
         WHERE next_try_at <= %s AND state IN %s AND NOT (company_id, environment, emission_type) IN %s
    )
    SELECT id FROM due ORDER BY (id %% %s <> %s), turn, next_try_at, id LIMIT %s
"""


class Document(models.Model):
    """What waits, and who takes it: the clicks and jobs around sending.

    Several workers take documents without double work: each document is claimed (row lock, others skip it) and leaves
    its state before a byte leaves. A job that dies leaves its document to the others, once ``next_try_at`` is over.
    """

    _inherit = "faturamento_br.document"

    batch_id = fields.Many2one(
        "faturamento_br.batch", readonly=True, index="btree_not_null", copy=False, check_company=True
    )

    def _queue(self):
        """Have signed documents sent once the current transaction is committed, and by a job should that die."""
        now = fields.Datetime.now()
        self.next_try_at = now + GRACE
        self[:INLINE]._after_commit("_transmit")
        if rest := self[INLINE:]:
            rest.next_try_at = now
            rest._wake()

    def _queue_to_issue(self, batch):
        """Have these documents checked, signed and sent in the background, as part of ``batch``."""
        now = fields.Datetime.now()
        self.filtered(lambda document: document.state in WAITING).write({"batch_id": batch.id, "next_try_at": now})
        self._wake()

    def _after_commit(self, method):
        """Call ``method`` on these documents in a cursor of its own, right after the current transaction commits."""
        self.env.cr.postcommit.add(partial(_run_alone, self.env.registry, method, self.ids, self.env.lang))

    @api.model
    def _wake(self, at=None):
        """Have the jobs look at what is due, now or at a moment; more than one only where there is much to do."""
        lanes = LANES if at is None and len(self) > INLINE else LANES[:1]
        for lane in lanes:
            self.env.ref(f"faturamento_br.{lane}").sudo()._trigger(at)

    # --- The jobs ----------------------------------------------------------------------------------------------

    @api.model
    def _cron_transmit(self, lane=0, limit=100):
        """Go on with what is due: issue what was asked for, send what is signed, query what has no answer.

        Before that, what waits for an authorizer that another stands in for takes the way that is in force.
        """
        self._switch_waiting()
        resting = self.env["faturamento_br.authorizer.health"]._resting_companies()
        now = self._due_by()
        self.env.cr.execute(DUE, [now, WAITING, tuple(resting) or ((0, "", ""),), len(LANES), lane, limit])
        documents = self.browse(identifier for (identifier,) in self.env.cr.fetchall())
        documents._go_on_in_turn([("state", "in", WAITING), ("next_try_at", "<=", now)])
        self.env["faturamento_br.batch"]._finish_done()

    @api.model
    def _due_by(self):
        """What these jobs take was due by then; an add-on that gives the work to others leaves them some time."""
        return fields.Datetime.now()

    def _go_on_in_turn(self, todo):
        """The next step of each of these whose time has come, in a background job; ``todo`` as in :meth:`_work_off`."""
        self._work_off(lambda each: each._go_on(), todo, ahead=lambda some: some._sign_together())

    def _go_on(self):
        """The next step of one document whose time has come; nothing when another worker took it meanwhile."""
        match self.state:
            case "signed":
                self._transmit()
            case "sending":
                self._recover()
            case "draft" | "rejected":
                self._issue_queued()

    def _issue_queued(self):
        """Check, sign and send a document of a batch; what is wrong with it stays on it, and holds up no other."""
        if not self._claim("draft", "rejected") or not self.next_try_at:
            return
        signed = self._sign_queued()
        self.env.cr.commit()
        if signed:
            self._transmit()

    def _sign_together(self):
        """Check and sign what of these is to be issued, in one transaction: what they share is read once.

        An invoice that somebody changes meanwhile undoes all of it; then each has its own turn, as if nothing had been.
        """
        new = self.filtered(lambda each: each.state in ("draft", "rejected") and each.next_try_at)
        if len(new) < 2:
            return
        try:
            for document in new._claim("draft", "rejected").filtered("next_try_at"):
                document.with_context(lang=document.create_uid.lang)._sign_queued()
            self.env.cr.commit()
        except Exception:
            self.env.cr.rollback()
            _logger.info("%s documents are signed one by one: together they were not.", len(new), exc_info=True)

    def _sign_queued(self):
        """Check and sign one that is claimed; whether it is signed now.

        Signed for the user who started the batch: theirs are the right to the certificate and the audit trail's line.
        """
        asked = self.with_context(fbr_asked_by=self.batch_id.user_id.id)
        source = asked._source()
        self.problem_ids.unlink()
        try:
            with self.env.cr.savepoint():
                source._fbr_redate()
                signed = asked._sign()
        except UserError as error:
            reason = Problem("not_issued", "", _("%(reason)s"), params={"reason": str(error)})
            self._note_problems(source._fbr_locate([reason]))
            signed = False
        self.next_try_at = signed and fields.Datetime.now() + GRACE
        return signed

    def _work_off(self, work, todo, ahead=None):
        """Do ``work`` with each document, in a background job; one that fails is logged, and holds up no other.

        A race lost to a user, who opens or changes the invoice meanwhile, is run again.

        :param todo: the domain of what there is to do, for the job's progress. What failed waits for its next run.
        :param ahead: what is done with a few of them together (:data:`TOGETHER`), before the turn of the first.
        """
        failed, told_at = 0, monotonic()
        for place, document in enumerate(self):
            if ahead and place % TOGETHER == 0:
                ahead(self[place : place + TOGETHER])
            try:
                # The job itself speaks English.
                retrying(partial(work, document.with_context(lang=document.create_uid.lang)), self.env)
            except Exception:
                self.env.cr.rollback()
                _logger.exception("The background job could not go on with %s.", document._label())
                failed += 1
            if document.batch_id and monotonic() - told_at > TELL_EACH:
                document.batch_id._tell_progress()
                told_at = monotonic()
            left = max(self.search_count(todo) - failed, 0)
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                break


def _run_alone(registry, method, ids, lang):
    """Work as the system on documents whose right to be sent was checked when they were signed.

    Lost races are run again: each step claims its document by state, so nothing is done twice.
    """
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": lang})
        retrying(getattr(env["faturamento_br.document"].browse(ids), method), env)
