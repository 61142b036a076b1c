# pylint: disable=invalid-commit
import logging
from datetime import UTC, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import format_datetime

from ..fiscal import contingency, endpoints, timezones
from ..fiscal.contingency import EPEC, State, Step
from ..fiscal.problems import FiscalError
from ..fiscal.transport import TransportError
from .problem_text import user_error

_logger = logging.getLogger(__name__)

OPEN = (State.OFFERED, State.ACTIVE)
#: SEFAZ wants no more than one question about the status in this time (MOC 7.0, Anexo I, 4.4).
ASK_AGAIN = timedelta(minutes=3)
AGAIN = timedelta(minutes=5)  # a look at what could not be done
#: xJust of every document of the period: Portuguese, for the tax office reads it. 15 to 256 characters.
REASON = "Autorizador de %(uf)s sem funcionar desde %(since)s (%(failures)s tentativas seguidas)"


class Contingency(models.Model):
    """A period in which a company's NF-e are issued in contingency, from its offer to its end.

    ``state`` moves along the table of ``fiscal/contingency.py`` alone, in :meth:`_apply`. It is offered by what
    authorizers answer (``authorizer_health.py``), entered by a person or by the company's rule, and left by itself when
    the company's own authorizer says that it works. What becomes of documents is in ``contingency_documents.py``.
    """

    _name = "faturamento_br.contingency"
    _description = "Contingency"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    environment = fields.Selection(
        selection=lambda self: self.env["faturamento_br.document"]._environments(), required=True, readonly=True
    )
    state = fields.Selection(
        [("offered", "Offered"), ("active", "Active"), ("ended", "Ended"), ("withdrawn", "Withdrawn")],
        required=True,
        readonly=True,
        default="offered",
        index=True,
    )
    emission_type = fields.Selection(
        [("6", "SVC-AN"), ("7", "SVC-RS"), ("4", "EPEC")], "Issued by", readonly=True, help="tpEmis of its documents."
    )
    authorizer = fields.Char("SEFAZ", readonly=True)
    failures = fields.Integer("Failures in a row", readonly=True)
    failing_since = fields.Datetime("Fails since", readonly=True)
    failure = fields.Char("Last failure", readonly=True)
    reason = fields.Char(readonly=True, size=256, help="xJust of the documents.")
    since = fields.Datetime("Entered", readonly=True, help="dhCont of the documents.")
    until = fields.Datetime("Left on", readonly=True)
    by_rule = fields.Boolean("By the company's rule", readonly=True)
    user_id = fields.Many2one("res.users", "Decided by", readonly=True)
    svc_answer = fields.Char("The SVC's answer", readonly=True)
    svc_asked_at = fields.Datetime("SVC asked", readonly=True)
    document_ids = fields.One2many("faturamento_br.document", "contingency_id", "Documents", readonly=True)
    document_count = fields.Integer("NF-e", compute="_compute_document_count")
    told = fields.Text(compute="_compute_told", help="What was seen and what can be done, in words.")

    _one_open = models.UniqueIndex(
        "(company_id, environment) WHERE state IN ('offered', 'active')", "This company's contingency is open already."
    )

    @api.depends("document_ids")
    def _compute_document_count(self):
        counts = dict(
            self.env["faturamento_br.document"]._read_group(
                [("contingency_id", "in", self.ids)], ["contingency_id"], ["__count"]
            )
        )
        for period in self:
            period.document_count = counts.get(period, 0)

    @api.depends("authorizer", "failing_since")
    def _compute_display_name(self):
        for period in self:
            day = fields.Datetime.context_timestamp(period, period.failing_since or period.create_date or period._now())
            period.display_name = f"{period.authorizer or ''} {day:%d/%m/%Y %H:%M}".strip()

    @api.depends("state", "authorizer", "failures", "failing_since", "failure", "svc_answer")
    @api.depends_context("lang", "tz")
    def _compute_told(self):
        for period in self:
            told = []
            if period.state == State.OFFERED:
                seen = self.env._(
                    "SEFAZ %(authorizer)s does not work: %(failures)s failures in a row since %(since)s (%(failure)s).",
                    authorizer=period.authorizer,
                    failures=period.failures,
                    since=format_datetime(self.env, period.failing_since),
                    failure=period.failure or "",
                )
                offer = self.env._(
                    "You can issue in contingency now. What was sent already keeps its number; the sale takes another."
                )
                told = [seen, offer]
                if period.svc_answer:
                    told.append(self.env._("The SVC was asked and does not work for your state: %s", period.svc_answer))
            elif period.state == State.ACTIVE:
                told = [
                    self.env._(
                        "NF-e are issued in contingency, by %s. It ends by itself when SEFAZ answers that it works "
                        "again.",
                        period._form_name(),
                    )
                ]
            period.told = "\n".join(told)

    def _creation_message(self):
        return self.env._("Contingency offered")

    @staticmethod
    def _now():
        return fields.Datetime.now()

    def _apply(self, step, **values):
        """Move along the table of transitions; the only place that writes ``state``.

        :raises UserError: somebody else was faster.
        """
        self.ensure_one()
        self.lock_for_update(allow_referencing=True)
        self.invalidate_recordset(["state"])
        try:
            self.write({**values, "state": contingency.next_state(self.state, step).value})
        except FiscalError as error:
            raise user_error(self.env, error.problems) from error

    # --- Offered by what the authorizer answers -----------------------------------------------------------------

    @api.model
    def _offer_for(self, health):
        """An authorizer failed so often that it rests: offer its companies another way, with the figures seen."""
        companies = health._companies().filtered(lambda company: company.fbr_contingency_rule != "off")
        here = [("company_id", "in", companies.ids), ("environment", "=", health.environment)]
        known = self.search([*here, ("state", "in", OPEN)])
        seen = {"failures": health.failures, "failing_since": health.failing_since, "failure": health.reason}
        known.filtered(lambda period: period.state == State.OFFERED).write(seen)
        declined = [("state", "=", State.WITHDRAWN), ("user_id", "!=", False)]
        turned_down = self.search([*here, *declined, ("failing_since", "=", health.failing_since)])
        new = companies - known.company_id - turned_down.company_id
        common = {**seen, "environment": health.environment, "authorizer": health.authorizer}
        self.create([{**common, "company_id": company.id} for company in new])
        if new:
            self._look_again()

    @api.model
    def _open_of(self, company, environment):
        """What is offered to a company, or in force for it; empty when all is normal."""
        here = [("company_id", "=", company.id), ("environment", "=", environment), ("state", "in", OPEN)]
        return self.search(here, limit=1)

    @api.model
    def _look_again(self, at=None):
        self.env.ref("faturamento_br.cron_contingency").sudo()._trigger(at)

    # --- What users do ------------------------------------------------------------------------------------------

    def _check_may_switch(self):
        self.ensure_one()
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group("account.group_account_invoice")):
            raise UserError(self.env._("Only who may create invoices may enter or leave the contingency."))

    def action_enter_svc(self):
        """Issue by the SVC of the company's state from now on, if it says that it works for that state."""
        self._check_may_switch()
        return self.sudo()._enter_svc(self.env.user)

    def action_enter_epec(self):
        """Issue by EPEC from now on; only where the SVC was asked and does not work for the state.

        :raises UserError: the SVC was not asked yet.
        """
        self._check_may_switch()
        if not self.svc_answer:
            raise UserError(self.env._("Try the SVC first: by EPEC each NF-e must be sent again within 168 hours."))
        self.sudo()._enter(EPEC, self.env.user)
        return self._refreshed()

    def action_decline(self):
        """Turn the offer down: what waits goes on waiting for the company's own authorizer."""
        self._check_may_switch()
        self.sudo()._apply(Step.WITHDRAW, user_id=self.env.uid)
        return self._refreshed()

    def action_leave(self):
        """Go back to the company's own authorizer, now."""
        self._check_may_switch()
        self.sudo()._leave()
        return self._refreshed()

    def action_documents(self):
        """The documents that were issued in it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.document_action")
        return {**action, "name": self.display_name, "domain": [("contingency_id", "=", self.id)], "context": {}}

    def _refreshed(self):
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # --- In ------------------------------------------------------------------------------------------------------

    def _zone_now(self):
        """Now, in the legal time of the company's state."""
        return self._now().replace(tzinfo=UTC).astimezone(ZoneInfo(timezones.of(self.company_id.sudo().state_id.code)))

    def _svc(self):
        """tpEmis of the SVC that stands in for the company's state today."""
        uf, day = self.company_id.sudo().state_id.code, self._zone_now().date()
        try:
            return endpoints.svc_emission_type(uf, day=day)
        except FiscalError as error:
            raise user_error(self.env, error.problems) from error

    def _enter_svc(self, user=None):
        """Enter the SVC if it answers that it works for the state (107); else its answer stands on the offer.

        :param user: who decided; None for the company's rule.
        """
        emission_type = self._svc()
        if self._svc_works(emission_type):
            self._enter(emission_type, user)
        return self._refreshed()

    def _svc_works(self, emission_type):
        """Ask the SVC for its status and keep its answer; not again within three minutes."""
        now = self._now()
        if self.svc_asked_at and now < self.svc_asked_at + ASK_AGAIN:
            return False
        try:
            authorizer = self.company_id._fbr_authorizer(self.environment, self.company_id._fbr_svc_of(emission_type))
            status, _exchange = authorizer.status()
            works, told = status.up, f"{status.cStat} {status.xMotivo}"
        except TransportError as error:
            works, told = False, str(error.problems[0])
        self.write({"svc_asked_at": now, "svc_answer": told})
        return works

    def _enter(self, emission_type, user):
        now = self._now()
        local = self.failing_since.replace(tzinfo=UTC).astimezone(self._zone_now().tzinfo)
        figures = {
            "uf": self.company_id.sudo().state_id.code,
            "since": f"{local:%d/%m/%Y %H:%M}",
            "failures": self.failures,
        }
        self._apply(
            Step.ENTER,
            emission_type=emission_type,
            reason=REASON % figures,
            since=now,
            by_rule=not user,
            user_id=user.id if user else False,
        )
        self._message_log(body=self.env._("Entered: NF-e are issued by %s from now on.", self._form_name()))
        self.env["faturamento_br.document"]._wake()
        self._look_again(now + ASK_AGAIN)

    def _form_name(self):
        return dict(self._fields["emission_type"]._description_selection(self.env)).get(self.emission_type, "")

    # --- Out ----------------------------------------------------------------------------------------------------

    def _leave(self):
        self._apply(Step.LEAVE, until=self._now())
        self._message_log(body=self.env._("Left: NF-e go to the company's own authorizer again."))
        self.env["faturamento_br.document"]._wake()
        self._look_again()

    @api.model
    def _cron_watch(self):
        """Enter by the rule, leave what works again, settle what was superseded."""
        for period in self.search([("state", "in", OPEN)]):
            period._alone(period._watch)
        self.env["faturamento_br.document"]._settle_superseded()
        self.env["faturamento_br.document"]._deliver_epecs()

    def _alone(self, work):
        """One step in a transaction of its own; one that fails is logged, and holds up no other."""
        try:
            retrying(partial(work), self.env)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The job of the contingency could not go on with %s.", self)

    def _watch(self):
        """The next step of one period, whoever decides it."""
        self.env.cr.commit()
        self.invalidate_recordset()
        if not self.try_lock_for_update() or self.state not in OPEN:
            return
        company = self.company_id
        works = self._works_again()
        if self.state not in OPEN:  # somebody else, while the authorizer was asked
            return
        if works and self.state == State.ACTIVE:
            self._leave()
        elif works:
            self._apply(Step.WITHDRAW)
        elif self.state == State.OFFERED and company.fbr_contingency_rule == "auto":
            due = self.failing_since + timedelta(minutes=company.fbr_contingency_minutes)
            if due <= self._now():
                self._enter_svc()
            self._look_again(max(due, self._now() + ASK_AGAIN))

    def _works_again(self):
        """Whether the company's own authorizer works: asked for its status, when its rest is over."""
        company = self.company_id
        health = self.env["faturamento_br.authorizer.health"]._of(company, self.environment)
        if not health or not health.retry_at:
            return True
        if company.fbr_environment != self.environment:
            return False
        if health.retry_at <= self._now():
            try:
                authorizer = company._fbr_authorizer(self.environment)
            except UserError as error:
                self._message_log(body=str(error))
                self._look_again(self._now() + AGAIN)
                return False
            works = health._probe(authorizer)  # commits: nothing of ours is held while it is asked
            self.invalidate_recordset()
            if works:
                return bool(self.try_lock_for_update())
        self._look_again(health.retry_at)
        return False
