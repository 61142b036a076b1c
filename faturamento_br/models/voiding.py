# pylint: disable=invalid-commit
from base64 import b64decode, b64encode
from datetime import timedelta
from functools import partial

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying

from ..fiscal import voiding as core
from ..fiscal.problems import FiscalError, Problem, _
from ..fiscal.rejections import shown
from ..fiscal.spec import Environment
from ..fiscal.transport import NotSent, TransportError
from ..fiscal.voiding import VoidVerdict
from .problem_text import text_of, user_error

GRACE = timedelta(minutes=2)  # while the click itself is at work
WAIT = timedelta(minutes=5)  # between tries
OPEN = ("signed", "sending")


class Voiding(models.Model):
    """A request to void numbers of a series (inutilização): the exact bytes that were signed, sent and received.

    There is no query for it: after a lost answer the same bytes are sent again, and both 102 and 563 mean that it is
    done (``fiscal/voiding.py``). So ``sending`` is only left by an answer.
    """

    _name = "faturamento_br.voiding"
    _description = "Voided numbers"
    _inherit = ["mail.thread"]
    _order = "id desc"

    series_id = fields.Many2one("faturamento_br.series", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="series_id.company_id", store=True, index=True)
    environment = fields.Selection(related="series_id.environment", store=True)
    first = fields.Integer("From number", required=True, readonly=True, aggregator=None)
    last = fields.Integer("To number", required=True, readonly=True, aggregator=None)
    year = fields.Integer(required=True, readonly=True, aggregator=None)
    reason = fields.Char(required=True, readonly=True, size=255)
    state = fields.Selection(
        [
            ("signed", "Signed"),
            ("sending", "Waiting for the answer"),
            ("voided", "Voided"),
            ("rejected", "Rejected"),
        ],
        required=True,
        readonly=True,
        default="signed",
        index=True,
    )
    signed_xml = fields.Binary("Signed XML", attachment=False, required=True, readonly=True)
    request = fields.Binary(attachment=False, readonly=True, help="The last request, as sent.")
    response = fields.Binary(attachment=False, readonly=True, help="The last answer, as received.")
    sent_at = fields.Datetime("Sent", readonly=True)
    next_try_at = fields.Datetime("Next step", readonly=True, index="btree_not_null")
    cStat = fields.Char("cStat", readonly=True)
    xMotivo = fields.Char("Answer", readonly=True)
    protocolo = fields.Char("Protocol", readonly=True)
    problem = fields.Char("What keeps it", readonly=True)
    xml_attachment_id = fields.Many2one("ir.attachment", "XML", readonly=True)

    @api.depends("first", "last", "series_id.series")
    def _compute_display_name(self):
        for voiding in self:
            numbers = f"{voiding.first}" if voiding.first == voiding.last else f"{voiding.first} – {voiding.last}"
            voiding.display_name = f"{voiding.series_id.series:03d}: {numbers}"

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A voiding is kept: it proves what became of the numbers."))

    # --- Making one --------------------------------------------------------------------------------------------

    @api.model
    def _make(self, series, numbers, reason):
        """Sign a request for each of these ranges and have them sent after the commit.

        :param numbers: :class:`fiscal.numbering.Range` values.
        :raises UserError: all that is wrong; then nothing is made.
        """
        company = series.company_id
        today = series._fbr_today()
        certificate = company._fbr_load_certificate()
        values = []
        for each in numbers:
            spec = core.Voiding(
                uf=company.sudo().state_id.code or "",
                tax_id=company._fbr_tax_id(),
                environment=Environment(series.environment),
                series=series.series,
                first=each.first,
                last=each.last,
                year=each.year,
                reason=reason,
                model=series.model,
            )
            try:
                signed = core.prepare(spec, certificate, today)
            except FiscalError as error:
                raise user_error(self.env, error.problems) from error
            values.append(
                {
                    "series_id": series.id,
                    "first": each.first,
                    "last": each.last,
                    "year": each.year,
                    "reason": reason.strip(),
                    "signed_xml": b64encode(signed),
                    "next_try_at": fields.Datetime.now() + GRACE,
                }
            )
        made = self.create(values)
        self.env["faturamento_br.audit_entry"]._note("void", made, reason.strip())
        self.env.cr.postcommit.add(partial(_run_alone, self.env.registry, made.ids, self.env.lang))
        return made

    # --- Sending -----------------------------------------------------------------------------------------------

    @api.model
    def _cron_void(self, limit=20):
        """Send what waits, the same bytes again where the answer was lost, each when its time has come."""
        due = [("state", "in", OPEN), ("next_try_at", "<=", fields.Datetime.now())]
        for voiding in self.search(due, limit=limit, order="next_try_at, id"):
            retrying(voiding.with_context(lang=voiding.create_uid.lang)._go_on, self.env)
            if not self.env["ir.cron"]._commit_progress(1, remaining=self.search_count(due)):
                break

    def _claim(self, *states):
        self.env.cr.commit()
        self.invalidate_recordset()
        return self.try_lock_for_update().filtered(lambda voiding: voiding.state in states)

    def _go_on(self):
        for voiding in self:
            if voiding._claim(*OPEN):
                voiding._send()

    def _send(self):
        try:
            authorizer = self.company_id._fbr_authorizer(self.environment)
        except UserError as error:
            return self._later(Problem("unreachable", "", _("%(reason)s"), params={"reason": str(error)}))
        now = fields.Datetime.now()
        self.write({"state": "sending", "sent_at": now, "next_try_at": now + GRACE})
        self.env.cr.commit()
        try:
            outcome, exchange = authorizer.void(b64decode(self.signed_xml))
        except TransportError as error:
            exchange, conclude = error.exchange, partial(self._no_answer, error)
        else:
            conclude = partial(self._answered, outcome)
        if self._claim("sending"):
            self.write({"request": b64encode(exchange.request), "response": b64encode(exchange.response)})
            self.env.cr.commit()  # the answer is kept before it is interpreted
            if self._claim("sending"):
                conclude()
                self.env.cr.commit()
        return None

    def _no_answer(self, error):
        if isinstance(error, NotSent) and error.problems:
            self.state = "signed"
        self._later(error.problems[0])

    def _later(self, problem):
        self.write({"next_try_at": fields.Datetime.now() + WAIT, "problem": text_of(self.env, problem)})
        self.env.ref("faturamento_br.cron_void")._trigger(self.next_try_at)
        self.env.cr.commit()

    def _answered(self, outcome):
        self.write({"cStat": outcome.cStat, "xMotivo": shown(outcome.xMotivo), "problem": False})
        if outcome.done:
            self._voided(outcome)
        elif outcome.verdict is VoidVerdict.REJECTED:
            self.write({"state": "rejected", "next_try_at": False})
            self._message_log(body=f"{self.cStat} {self.xMotivo}")
        else:
            self.write({"next_try_at": fields.Datetime.now() + WAIT, "problem": f"{self.cStat} {self.xMotivo}"})
            self.env.ref("faturamento_br.cron_void")._trigger(self.next_try_at)

    def _voided(self, outcome):
        """The numbers are given up for good: keep the file, end the documents that had them, close the gaps."""
        proc = core.proc(b64decode(self.signed_xml), outcome.retInutNFe)
        self.xml_attachment_id = self.env["ir.attachment"].create(
            {
                "name": f"procInutNFe-{self.year}-{self.series_id.series:03d}-{self.first}-{self.last}.xml",
                "raw": proc,
                "mimetype": "application/xml",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        self.write({"state": "voided", "protocolo": outcome.protocolo, "next_try_at": False})
        documents = self.series_id._documents([("number", ">=", self.first), ("number", "<=", self.last)])
        documents.filtered(lambda each: each.state in ("draft", "signed", "rejected"))._apply("void", next_try_at=False)
        self._message_log(body=f"{self.cStat} {self.xMotivo}. {self.protocolo}")
        self.series_id._find_gaps()


def _run_alone(registry, ids, lang):
    """Work as the system on requests whose right to be made was checked when they were signed."""
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {"lang": lang})
        retrying(env["faturamento_br.voiding"].browse(ids)._go_on, env)
