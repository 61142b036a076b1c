# pylint: disable=invalid-commit
import socket
from datetime import UTC, timedelta

from odoo import api, fields, models

from ..fiscal import clock
from .problem_text import text_of

#: After that long without an answer that says it again, nothing is known of the clock.
FORGOTTEN = timedelta(days=1)
#: Seconds by which it must change to be written again.
SAME = 60


class AuthorizerHealth(models.Model):
    """The server's clock, by the authorizer's time in its answers: told to an administrator while it is wrong.

    Several servers may work on one database: what is known is of the one that asked last and was wrong.
    """

    _name = "faturamento_br.authorizer.health"
    _inherit = ["faturamento_br.authorizer.health", "mail.thread", "mail.activity.mixin"]

    clock_error = fields.Integer(readonly=True, help="Seconds that the server's clock is ahead of the authorizer's.")
    clock_host = fields.Char("Server", readonly=True)
    clock_at = fields.Datetime("Clock compared", readonly=True)
    clock_told = fields.Char("Clock", compute="_compute_clock_told")

    @api.depends("clock_error", "clock_at", "clock_host")
    @api.depends_context("lang")
    def _compute_clock_told(self):
        for health in self:
            health.clock_told = health._clock_told()

    def _clock_seconds(self):
        """How far ahead the clock is, in seconds, as far as it is known to be wrong; else 0."""
        known = self.clock_at and self.clock_at > fields.Datetime.now() - FORGOTTEN
        return self.clock_error if known else 0

    def _clock_told(self):
        """What is wrong with the clock and what to do; "" when nothing is."""
        seconds = self._clock_seconds()
        if not self or not seconds:
            return ""
        return text_of(self.env, clock.problem(timedelta(seconds=seconds), self.clock_host))

    def _note_clock(self, company, found):
        """Remember how this server's clock compares, when that is news; ask an administrator to set it right.

        :param company: for whom the authorizer was asked.
        :param found: how far it is ahead, a timedelta; None when the answer did not tell.
        """
        if not self or found is None:
            return
        host, wrong = socket.gethostname(), clock.is_wrong(found)
        seconds = round(found.total_seconds()) if wrong else 0
        mine = self.clock_host == host
        if (mine and abs(self._clock_seconds() - seconds) < SAME) or not (mine or wrong):
            return
        self.env.cr.commit()  # a fresh snapshot; whoever holds the row now will say the same
        self.invalidate_recordset()
        if self.try_lock_for_update():
            values = {"clock_error": seconds, "clock_host": wrong and host, "clock_at": wrong and fields.Datetime.now()}
            self.write(values)
            self._ask_for_the_clock(company)
        self.env.cr.commit()

    def _ask_for_the_clock(self, company):
        """One activity while it is wrong, of which nobody needs anything once it is right."""
        asked = self.activity_ids.filtered("automated")
        if not self.clock_error:
            asked.action_feedback()
        elif not asked:
            user = company.sudo()._fbr_administrator(self.env["res.users"])
            told = self.with_context(lang=user.lang)
            told.activity_schedule(
                "mail.mail_activity_data_warning",
                fields.Date.today(),
                summary=told.env._("The server's clock is wrong"),
                note=told._clock_told(),
                user_id=user.id,
            )


class Document(models.Model):
    _inherit = "faturamento_br.document"

    def _now_at_authorizer(self):
        """The present moment, by the authorizer's clock where this server's is known to be ahead of it.

        Only ever back: after the clock was set right what is known is old for a moment, and a date some minutes ago is
        taken, one in the future is not (703).

        :return: naive UTC, as Odoo's.
        """
        health = (
            self.env["faturamento_br.authorizer.health"]
            .sudo()
            ._of(self.company_id, self.environment, self.emission_type)
        )
        ahead = health._clock_seconds() if health.clock_host == socket.gethostname() else 0
        return fields.Datetime.now() - timedelta(seconds=max(ahead, 0))

    def _problem_of_clock(self, attempt, outcome):
        """Why a document was refused for its date, when this server's clock is; else None."""
        if outcome.cStat not in clock.REFUSED_FOR_TIME:
            return None
        sent, now = (moment.replace(tzinfo=UTC) for moment in (attempt.sent_at, fields.Datetime.now()))
        found = clock.error(outcome.received_at, sent, now)
        return clock.problem(found, socket.gethostname()) if clock.is_wrong(found) else None
