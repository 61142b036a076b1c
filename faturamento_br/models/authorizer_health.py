# pylint: disable=invalid-commit
from datetime import timedelta

from odoo import api, fields, models

from ..fiscal import breaker, clock, endpoints
from ..fiscal.contingency import EPEC, NORMAL
from ..fiscal.problems import Problem, _
from ..fiscal.transport import TransportError

RESTING = (
    _("%(authorizer)s has not worked since %(since)s (%(failures)s tries in a row): %(reason)s"),
    _("Nothing needs to be done: it is asked again at %(until)s, and what waits goes on by itself."),
)
#: tpEmis -> who answers in its place; the name is one for all states that it stands in for.
STAND_INS = {**endpoints.SVC_BY_EMISSION_TYPE, EPEC: "AN"}
# While one worker asks for the status, the others wait for what it learns.
PROBE = timedelta(minutes=1)


class AuthorizerHealth(models.Model):
    """How an authorizer has behaved of late: shared by all companies and workers of the database.

    The policy is ``fiscal/breaker.py``. What is noted here commits in transactions of its own, with rows that others
    hold passed over, so that it never costs a document its answer.
    """

    _name = "faturamento_br.authorizer.health"
    _description = "Health of an authorizer"
    _order = "environment, authorizer"
    _rec_name = "authorizer"

    environment = fields.Selection(
        selection=lambda self: self.env["faturamento_br.document"]._environments(), required=True, readonly=True
    )
    authorizer = fields.Char(required=True, readonly=True)
    failures = fields.Integer("Failures in a row", readonly=True)
    failing_since = fields.Datetime(readonly=True)
    retry_at = fields.Datetime("Asked again at", readonly=True)
    answered_at = fields.Datetime("Last answer", readonly=True)
    reason = fields.Char("Last failure", readonly=True)

    _one = models.Constraint("UNIQUE(environment, authorizer)", "An authorizer's health is one row.")

    @api.model
    def _name_of(self, company, environment, emission_type=NORMAL):
        """Who answers for ``company``: ``SP``, ``SVRS``; the simulator stands in for each UF by itself.

        :param emission_type: tpEmis: in contingency an SVC or the Ambiente Nacional does.
        """
        if emission_type != NORMAL:
            return STAND_INS[emission_type]
        uf = company.sudo().state_id.code
        return f"{uf}" if environment == "simulator" else endpoints.authorizer_of(uf)

    @api.model
    def _of(self, company, environment, emission_type=NORMAL):
        """The row of who answers for a company; empty while it never failed, or the company has no UF."""
        if not company.sudo().state_id.code:
            return self
        name = self._name_of(company, environment, emission_type)
        return self.search([("environment", "=", environment), ("authorizer", "=", name)])

    @api.model
    def _issuing(self):
        """The companies that issue, of all of the database."""
        return self.env["res.company"].sudo().search([("fbr_nfe_enabled", "=", True)]).filtered("state_id")

    def _companies(self):
        """The companies that send to this authorizer now, when they are in no contingency."""
        return self._issuing().filtered(
            lambda company: (
                company.fbr_environment == self.environment
                and self._name_of(company, self.environment) == self.authorizer
            )
        )

    @api.model
    def _resting_companies(self):
        """The (company id, environment, tpEmis) whose authorizer is left alone now."""
        resting = self.search([("retry_at", ">", fields.Datetime.now())])
        if not resting:
            return []
        pairs = {(row.environment, row.authorizer) for row in resting}
        return [
            (company.id, environment, emission_type)
            for environment in {environment for environment, _authorizer in pairs}
            for company in self._issuing()
            for emission_type in (NORMAL, *STAND_INS)
            if (environment, self._name_of(company, environment, emission_type)) in pairs
        ]

    def _rest_problem(self):
        """Why this authorizer must not be asked now; None when it may."""
        if not self or not self.retry_at or self.retry_at <= fields.Datetime.now():
            return None
        message, cure = RESTING
        params = {
            "authorizer": self.authorizer,
            "since": self.failing_since,
            "failures": self.failures,
            "reason": self.reason or "",
            "until": self.retry_at,
        }
        return Problem("authorizer_resting", "", message, cure, params)

    def _needs_probe(self):
        """Whether it was left alone and must first say that it works again; to be asked after the rest is over."""
        return bool(self.retry_at)

    def _probe(self, authorizer):
        """Ask for the status: one worker does, whoever comes first; meanwhile the others wait.

        :param authorizer: the client to ask with.
        :return: whether it works.
        """
        self.env.cr.commit()  # a fresh snapshot, and the row's lock is let go soon
        self.invalidate_recordset()
        now = fields.Datetime.now()
        if not self.try_lock_for_update() or not self.retry_at or self.retry_at > now:
            self.env.cr.commit()
            return not self.retry_at  # another worker asked meanwhile, and it works
        self.retry_at = now + PROBE
        self.env.cr.commit()
        try:
            status, _exchange = authorizer.status()
        except TransportError as error:
            self._note(str(error.problems[0]), probed=True)
            return False
        if not status.up:
            self._note(f"{status.cStat} {status.xMotivo}", probed=True)
            return False
        # The failures stay until a document is answered: a status that is up proves little, and one more failure means
        # another rest, a longer one.
        self.retry_at = False
        self.env.cr.commit()
        self.env["faturamento_br.document"]._wake()
        return True

    @api.model
    def _note_for(self, company, environment, reason, emission_type=NORMAL, clock_error=None):
        """Remember how a call went.

        :param reason: why it failed; empty when the authorizer answered.
        :param clock_error: how far this machine's clock is ahead of the authorizer's; None when it was not told.
        """
        found = self._of(company, environment, emission_type)
        if not found and (reason or clock.is_wrong(clock_error)) and company.sudo().state_id.code:
            self.env.cr.execute(
                """INSERT INTO faturamento_br_authorizer_health (environment, authorizer, failures)
                   VALUES (%s, %s, 0) ON CONFLICT DO NOTHING""",
                [environment, self._name_of(company, environment, emission_type)],
            )
            self.env.cr.commit()
            found = self._of(company, environment, emission_type)
        found._note(reason)
        found._note_clock(company, clock_error)

    def _note(self, reason, probed=False):
        if not self or not (reason or self.failures):
            return
        self.env.cr.commit()
        self.invalidate_recordset()
        now = fields.Datetime.now()
        # A call that left before the rest began says nothing new by failing: it makes no rest longer.
        known = reason and not probed and self.retry_at and self.retry_at > now
        if known or not self.try_lock_for_update():
            self.env.cr.commit()
            return
        contingency = self.env["faturamento_br.contingency"]
        if not reason:
            contingency._look_again()
            self.write({"failures": 0, "failing_since": False, "retry_at": False, "answered_at": now, "reason": False})
        else:
            failures = self.failures + 1
            resting = breaker.is_open(failures)
            self.write(
                {
                    "failures": failures,
                    "failing_since": self.failing_since or now,
                    "retry_at": resting and now + breaker.rest(failures),
                    "reason": reason,
                }
            )
            if resting:
                self.env["faturamento_br.document"]._wake(self.retry_at)
                contingency._offer_for(self)
        self.env.cr.commit()
