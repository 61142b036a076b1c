from datetime import datetime, timedelta

from odoo import fields, models

from ..fiscal import cstat
from ..fiscal.problems import Problem, _

IMPROPER_USE = "656"  # it answers nothing more for an hour
LEEWAY = timedelta(minutes=1)  # our clock and the authorizer's differ: an hour is a little longer for us

REPEATED = (
    _("The authorizer rejected this document with %(cStat)s %(count)s times within an hour. Once more, and it would "
      "block the company for improper use (656)."),
    _("Mend what the rejection names, and issue again after %(until)s."),
)  # fmt: skip
QUERIED = (
    _("The authorizer was asked for this document %(count)s times within an hour, as often as it allows (656)."),
    _("It is asked again by itself at %(until)s."),
)
BLOCKED = (
    _("The authorizer blocked the company for an hour, for improper use (656)."),
    _("Nothing needs to be done: it goes on by itself at %(until)s."),
)


class Document(models.Model):
    """SEFAZ's limits of use: counted here, in the database that all workers share, before SEFAZ counts them.

    MOC 7.0, Anexo I, 4.3 (NT 2018.002): the same NF-e rejected more than 30 times alike blocks the taxpayer's
    authorisation service for an hour, the same key queried more than 10 times in an hour its query service; in both
    for all requests, known by the certificate's CNPJ and the address, or by the emitter's CNPJ. After some 50 blocks
    a UF may block for good.
    """

    _inherit = "faturamento_br.document"

    queried_at = fields.Json(copy=False, readonly=True, help="When its key was queried within the last hour, UTC.")

    def _limit_problem(self, service):
        """Why ``service`` must not be asked about this document now; None when it may.

        :param service: ``authorize`` or ``query``.
        :return: a :class:`~..fiscal.problems.Problem` whose param ``until`` says when it may.
        """
        self.ensure_one()
        return self._blocked_problem(service) or (self._queried_problem() if service == "query" else None)

    def _repeated_problem(self):
        """Whether one more rejection of the same kind would be one too many; None when not."""
        self.ensure_one()
        limit = cstat.limit("same_rejection_nfe")
        answers = self.attempt_ids.filtered(lambda attempt: attempt.result == "rejected" and attempt.answered_at)
        recent = answers.filtered(lambda attempt: attempt.answered_at > _since(limit)).sorted(
            "answered_at", reverse=True
        )
        for code, alike in recent.grouped("cStat").items():
            if len(alike) >= limit.count:
                until = _after(alike[limit.count - 1].answered_at, limit)
                return _problem("use_repeated", REPEATED, until, cStat=code, count=len(alike))
        return None

    def _rest_until(self, *services):
        """Until when the limits of use forbid one of ``services``, whoever asks; None when they do not."""
        problems = filter(None, map(self._limit_problem, services))
        return max((problem.params["until"] for problem in problems), default=None)

    def _queried_problem(self):
        limit = cstat.limit("query_same_key")
        asked = self._queries_within_limit()
        if len(asked) < limit.count:
            return None
        return _problem("use_queried", QUERIED, _after(asked[-limit.count], limit), count=len(asked))

    def _queries_within_limit(self):
        """When the key was queried, oldest first, as far back as it counts."""
        since = _since(cstat.limit("query_same_key"))
        return [moment for moment in map(datetime.fromisoformat, self.queried_at or ()) if moment > since]

    def _blocked_problem(self, service):
        """Whether the authorizer blocked ``service`` for who sends by this company's certificate.

        The answer to a sending leaves its attempt undelivered; the answer to a query leaves it without an answer.
        """
        limit = cstat.limit("blocked_after_656")
        told = self.env["faturamento_br.document.attempt"].search(
            [
                ("cStat", "=", IMPROPER_USE),
                ("answered_at", ">", _since(limit)),
                ("result", "=", "sending" if service == "query" else "not_sent"),
                ("document_id.environment", "=", self.environment),
            ],
            order="answered_at desc",
        )
        certificate = self.company_id._fbr_get_certificate()
        for attempt in told:
            if attempt.company_id == self.company_id or attempt.company_id._fbr_get_certificate() == certificate:
                return _problem("use_blocked", BLOCKED, _after(attempt.answered_at, limit))
        return None


def _since(limit):
    return fields.Datetime.now() - timedelta(seconds=limit.seconds) - LEEWAY


def _after(moment, limit):
    return moment + timedelta(seconds=limit.seconds) + LEEWAY


def _problem(code, texts, until, **params):
    message, cure = texts
    return Problem(code, "", message, cure, {"until": until, **params})
