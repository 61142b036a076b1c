from datetime import timedelta

from odoo import api, fields, models

from ..fiscal import connection, cstat
from ..fiscal.problems import Problem
from ..fiscal.rejections import shown
from ..fiscal.transport import TransportError
from .document_use_limits import LEEWAY, QUERIED
from .problem_text import text_of, user_error
from .question import KEY


class Question(models.Model):
    """Questions about an NF-e by its access key, counted together with those that the jobs ask."""

    _inherit = "faturamento_br.question"

    @api.model
    def _ask_key(self, company, key, document):
        """Ask ``company``'s authorizer what it holds under ``key``; the question is kept, a failure too.

        :param document: ours of this key, or empty.
        :return: the question, and the :class:`~..fiscal.outcome.Outcome` or None without an answer.
        :raises UserError: it must not be asked now, or there is no way to the authorizer.
        """
        self._check_may_ask()
        self._check_key_limits(company, key, document)
        authorizer, values = company._fbr_authorizer(document.environment or None), {"verdict": False}
        try:
            outcome, exchange = authorizer.query(key)
        except TransportError as error:
            exchange, outcome = error.exchange, None
            values["xMotivo"] = text_of(self.env, connection.explain(error))
        else:
            values = {"verdict": outcome.verdict, "cStat": outcome.cStat, "xMotivo": shown(outcome.xMotivo)}
        if document:
            now = fields.Datetime.now()
            document.queried_at = [moment.isoformat() for moment in (*document._queries_within_limit(), now)]
        uf = company.sudo().state_id.code
        return self._keep(company, exchange, {**values, "service": KEY, "uf": uf, "subject": key}), outcome

    @api.model
    def _check_key_limits(self, company, key, document):
        self._check_not_blocked(company, KEY)
        if document and (problem := document._limit_problem("query")):
            raise user_error(self.env, [problem])
        limit = cstat.limit("query_same_key")
        hour = timedelta(seconds=limit.seconds) + LEEWAY
        since = fields.Datetime.now() - hour
        asked = self.sudo().search([("service", "=", KEY), ("subject", "=", key), ("asked_at", ">", since)])
        if len(asked) >= limit.count:
            params = {"count": len(asked), "until": asked[limit.count - 1].asked_at + hour}
            raise user_error(self.env, [Problem("use_queried", "", *QUERIED, params)])
