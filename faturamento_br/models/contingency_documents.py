# pylint: disable=invalid-commit
from datetime import UTC
from functools import partial
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal import contingency, timezones
from ..fiscal.contingency import EPEC, NORMAL, Settlement, Switch
from ..fiscal.numbering import Range
from .document import PRODUCTION
from .document_sending import GRACE
from .event import CANCEL

#: States in which the authorizer surely holds nothing under the number.
GIVEN_UP = ("draft", "signed", "rejected")
LIMIT = 100

# What waits and was, or would be, signed for another way of issuing than the one that is in force for its company. An
# SVC that was asked still answers for what it has, so what waits for its answer stays when all is normal again.
TO_SWITCH = """
    SELECT document.id FROM faturamento_br_document document
      JOIN res_company company ON company.id = document.company_id AND company.fbr_environment = document.environment
 LEFT JOIN faturamento_br_contingency period ON period.company_id = document.company_id
           AND period.environment = document.environment AND period.state = 'active'
     WHERE document.next_try_at IS NOT NULL AND document.superseded_by_id IS NULL
       AND document.state IN ('draft', 'signed', 'rejected', 'sending')
       AND document.emission_type <> coalesce(period.emission_type, '1')
       AND NOT (document.state = 'sending' AND period.id IS NULL)
  ORDER BY document.next_try_at, document.id LIMIT %s
"""
UNSETTLED = [("superseded_by_id", "!=", False), ("state", "in", (*GIVEN_UP, "authorized"))]
#: The reasons SEFAZ is told, in Portuguese.
CANCEL_REASON = "Substituída pela %(label)s, emitida porque não houve resposta do autorizador"
VOID_REASON = "Número não autorizado: a venda foi emitida em contingência com outro número"


class Document(models.Model):
    """A document and the contingency: how it is issued, and what becomes of one whose place another took.

    A number that was handed to the network under one form of issuing (tpEmis) never changes to another: the sale takes
    a new number, and the old document (``superseded_by_id``) is queried, then cancelled or its number voided, so that
    one NF-e of the sale is left. The policy is ``fiscal/contingency.py``.
    """

    _inherit = "faturamento_br.document"

    emission_type = fields.Selection(
        [("1", "Normal"), ("6", "SVC-AN"), ("7", "SVC-RS"), ("4", "EPEC")],
        "Issued by",
        required=True,
        readonly=True,
        default=NORMAL,
        help="tpEmis: the state's own authorizer, or what stood in for it.",
    )
    contingency_id = fields.Many2one(
        "faturamento_br.contingency", readonly=True, index="btree_not_null", copy=False, check_company=True
    )
    superseded_by_id = fields.Many2one(
        "faturamento_br.document", "Replaced by", readonly=True, index="btree_not_null", copy=False
    )
    supersedes_ids = fields.One2many("faturamento_br.document", "superseded_by_id", "Takes the place of", readonly=True)

    # --- The form of issuing --------------------------------------------------------------------------------------

    def _present_form(self):
        """The contingency in force for this document's company; empty when all is normal."""
        return self.company_id._fbr_contingency(self.environment)

    def _switch(self):
        """What this document does about the form that is in force."""
        if self.state == "sending" and self.emission_type == EPEC:  # its event may be registered: the NF-e follows it
            return Switch.STAY
        present = self._present_form().emission_type or NORMAL
        ever_sent = any(self.attempt_ids.mapped("sendings"))
        return contingency.switch(contingency.Document(self.state), self.emission_type, present, ever_sent)

    def _keeps_its_form(self):
        return self._switch() is Switch.STAY

    def _in_present_form(self):
        """This document, or the one with a new number that takes its place: what was sent never changes its form."""
        return self._supersede() if self._switch() is Switch.NEW_NUMBER else self

    def _take_present_form(self):
        """Before it is signed: the form in force, unless its number was sent under another."""
        if not any(self.attempt_ids.mapped("sendings")):
            period = self._present_form()
            self.write({"emission_type": period.emission_type or NORMAL, "contingency_id": period.id})

    def _form_values(self):
        """tpEmis, dhCont and xJust, as values of :class:`~..fiscal.spec.Invoice`."""
        if self.emission_type == NORMAL:
            return {}
        zone = ZoneInfo(timezones.of(self.company_id.sudo().state_id.code))
        return {
            "emission_type": self.emission_type,
            "contingency_at": self.contingency_id.since.replace(microsecond=0, tzinfo=UTC).astimezone(zone),
            "contingency_reason": self.contingency_id.reason,
        }

    def action_open_contingency(self):
        """What is offered or in force for the present company; else all there was."""
        period = self.env["faturamento_br.contingency"].search([("state", "in", ("offered", "active"))])
        if len(period) == 1:
            return period._get_records_action(name=self.env._("Contingency"))
        return self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.contingency_action")

    # --- Switching what waits -----------------------------------------------------------------------------------

    @api.model
    def _switch_waiting(self):
        """Have what waits take the form that is in force, each document in a transaction of its own."""
        self.env.cr.execute(TO_SWITCH, [LIMIT])
        documents = self.browse(identifier for (identifier,) in self.env.cr.fetchall())
        if documents:
            left = [("id", "in", documents.ids), ("superseded_by_id", "=", False), ("state", "=", "signed")]
            documents._work_off(lambda each: each._switch_over(), left)

    def _switch_over(self):
        """Take the form in force, under the same number or another; the jobs go on with it."""
        if not self._claim("draft", "signed", "rejected", "sending") or self._is_being_sent():
            return
        now = fields.Datetime.now()
        match self._switch():
            case Switch.SIGN_AGAIN:
                if self.state == "signed":
                    self._apply("fix")
                self._take_present_form()
                self.next_try_at = now
            case Switch.NEW_NUMBER:
                self._supersede().next_try_at = now
        self.env.cr.commit()

    def _is_being_sent(self):
        """Whether the call itself may still be at work: nobody asked about it yet, and it is young."""
        attempt = self.attempt_ids[:1]
        return self.state == "sending" and not attempt.queries and attempt.sent_at + GRACE > fields.Datetime.now()

    def _supersede(self):
        """Give the sale another number; this document is settled when its authorizer works again.

        :return: the document that takes its place, to be signed.
        """
        source = self._source()
        successor = self._take_number(source)
        successor.write({"batch_id": self.batch_id.id, "mail_settings": self.mail_settings})
        self.write({"superseded_by_id": successor.id, "mail_settings": False})
        if self.state != "sending":
            self.next_try_at = False
        self.problem_ids.unlink()
        source._fbr_take_label(successor)
        told = self.env._(
            "%(new)s takes the place of %(old)s, which was sent before the contingency and keeps its number.",
            new=successor._label(),
            old=self._label(),
        )
        (self | successor)._message_log_batch(bodies=dict.fromkeys((self | successor).ids, told))
        source._message_log(body=told)
        self.env["faturamento_br.contingency"]._look_again()
        return successor

    # --- One live NF-e a sale -----------------------------------------------------------------------------------

    def _is_given_up(self):
        """Whether another took its place and the authorizer surely does not hold it: it is never sent again."""
        return bool(self.superseded_by_id) and self.state in GIVEN_UP

    def _may_turn_out_live(self):
        """Whether another took its place, but the authorizer holds it, or may."""
        held = bool(self.superseded_by_id) and self.state in ("sending", "authorized")
        return held and (self.environment == PRODUCTION or self._is_here())

    def _successor(self):
        """The document that stands for the sale now."""
        document = self
        while document.superseded_by_id:
            document = document.superseded_by_id
        return document

    @api.model
    def _settle_superseded(self):
        """Cancel or void what was superseded, as far as its authorizer has told what it holds."""
        for document in self.search(UNSETTLED, limit=LIMIT, order="id"):
            step = partial(document.with_context(lang=document.create_uid.lang)._settle)
            self.env["faturamento_br.contingency"]._alone(step)

    def _settle(self):
        """The next step of a superseded document, of the table of ``fiscal/contingency.py``."""
        self.env.cr.commit()
        self.invalidate_recordset()
        if not self.try_lock_for_update() or not self.superseded_by_id or not self._is_here():
            return
        successor = self._successor()
        state, after = contingency.Document(self.state), contingency.Document(successor.state)
        match contingency.settle(state, after):
            case Settlement.VOID:
                self._void_number()
            case Settlement.TAKE_BACK if self._source()._fbr_is_confirmed():
                self._take_back(successor)
            case Settlement.CANCEL | Settlement.TAKE_BACK:
                self._cancel_superseded(successor)
        self.env.cr.commit()

    def _take_back(self, successor):
        """It was authorized after all, before its successor was sent: it stands for the sale."""
        if not successor.try_lock_for_update() or successor.state not in GIVEN_UP or successor._may_still_arrive():
            return
        settings = successor.mail_settings
        successor.write({"superseded_by_id": self.id, "next_try_at": False, "mail_settings": False})
        self.write({"superseded_by_id": False, "mail_settings": settings})
        source = self._source()
        source._fbr_take_label(self)
        source._fbr_document_moved(self)
        if self.danfe_attachment_id:
            self._show_on_invoice(self.danfe_attachment_id)
        told = self.env._(
            "%(old)s was authorized after all: it stands for the sale. %(new)s was not sent; its number is voided.",
            new=successor._label(),
            old=self._label(),
        )
        (self | successor)._message_log_batch(bodies=dict.fromkeys((self | successor).ids, told))
        source._message_log(body=told)
        self.env["faturamento_br.contingency"]._look_again()

    def _cancel_superseded(self, successor):
        """Both are authorized: cancel this one. What SEFAZ or its time limit refuses is a person's to solve."""
        last = self.event_ids.filtered(lambda event: event.code == CANCEL)[:1]
        if last.state in ("signed", "sending", "registered"):
            return
        if last:
            self._ask_a_person(f"{last.cStat} {last.xMotivo}")
            return
        try:
            with self.env.cr.savepoint():
                reason = CANCEL_REASON % {"label": successor._label()}
                self.env["faturamento_br.event"]._make(self, CANCEL, reason, notify=False)
        except UserError as error:
            self._ask_a_person(str(error))

    def _void_number(self):
        """Void the number at the state's own authorizer (an SVC does not), once no contingency is in force."""
        if self._lost_its_number() or self._may_still_arrive() or self._present_form():
            return
        series = self.env["faturamento_br.series"]._of(self.company_id, self.model, self.environment, self.series)
        asked = self.env["faturamento_br.voiding"].search(
            [("series_id", "=", series.id), ("first", "<=", self.number), ("last", ">=", self.number)], limit=1
        )
        if asked.state == "rejected":
            self._ask_a_person(f"{asked.cStat} {asked.xMotivo}")
        if asked:
            return
        try:
            with self.env.cr.savepoint():
                year = self.create_date.replace(tzinfo=UTC).astimezone(series._zone()).year
                number = Range(self.number, self.number, year)
                self.env["faturamento_br.voiding"]._make(series, [number], VOID_REASON)
        except UserError as error:
            self._ask_a_person(str(error))

    def _ask_a_person(self, why):
        """One activity for what the jobs cannot settle."""
        if not self.activity_ids:
            told = self.env._(
                "%(old)s, replaced by %(new)s, could not be cancelled or voided by itself: %(why)s Solve it by hand.",
                old=self._label(),
                new=self._successor()._label(),
                why=why,
            )
            self.activity_schedule("mail.mail_activity_data_warning", note=told, user_id=self._responsible().id)
