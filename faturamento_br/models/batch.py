# pylint: disable=invalid-commit
from odoo import _, api, fields, models
from odoo.tools import format_datetime

from .document_queue import WAITING

MESSAGE = "faturamento_br.batch"  # on the bus


class Batch(models.Model):
    """Documents that a user had issued together in the background: how far they are, and what came of them."""

    _name = "faturamento_br.batch"
    _description = "Issuing batch"
    _inherit = ["mail.thread"]
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", "Started by", required=True, readonly=True, index=True)
    document_ids = fields.One2many("faturamento_br.document", "batch_id", "Documents", readonly=True)
    finished_at = fields.Datetime("Finished", readonly=True, copy=False)
    document_count = fields.Integer("Documents in it", compute="_compute_counts")
    authorized_count = fields.Integer("Authorized", compute="_compute_counts")
    problem_count = fields.Integer("To mend", compute="_compute_counts")
    waiting_count = fields.Integer("Waiting", compute="_compute_counts")
    percent = fields.Float("Progress", compute="_compute_counts")

    _running = models.Index("(id) WHERE finished_at IS NULL")

    @api.depends("document_ids.state", "document_ids.next_try_at")
    def _compute_counts(self):
        counts = dict.fromkeys(self.ids, (0, 0, 0))
        if self.ids:
            self.env["faturamento_br.document"].flush_model(["batch_id", "state", "next_try_at"])
            self.env.cr.execute(
                """SELECT batch_id, count(*), count(*) FILTER (WHERE state IN ('authorized', 'cancelled')),
                          count(*) FILTER (WHERE next_try_at IS NOT NULL AND state IN %s)
                     FROM faturamento_br_document WHERE batch_id IN %s GROUP BY batch_id""",
                [WAITING, tuple(self.ids)],
            )
            counts |= {batch: tuple(numbers) for batch, *numbers in self.env.cr.fetchall()}
        for batch in self:
            total, authorized, waiting = counts.get(batch.id, (0, 0, 0))
            batch.document_count = total
            batch.authorized_count = authorized
            batch.waiting_count = waiting
            batch.problem_count = total - authorized - waiting
            batch.percent = 100.0 * (total - waiting) / total if total else 0.0

    # --- Its life ----------------------------------------------------------------------------------------------

    @api.model
    def _start(self, company, documents):
        """Have ``documents`` of ``company`` issued in the background for the present user."""
        batch = self.sudo().create(
            {
                "name": _("Batch of %s", format_datetime(self.env, fields.Datetime.now())),
                "company_id": company.id,
                "user_id": self.env.uid,
            }
        )
        documents._queue_to_issue(batch)
        batch._tell_progress()
        return batch

    def _action_started(self):
        """Say that they are at work, and leave the screen free."""
        count = sum(self.mapped("document_count"))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": _("NF-e on their way"),
                "message": _("%s are issued in the background. You can go on working: the end is told here.", count),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _progress(self):
        """What the progress on the screen shows."""
        self.ensure_one()
        names = ("name", "document_count", "authorized_count", "problem_count", "waiting_count", "percent")
        return {"id": self.id, "finished": bool(self.finished_at), **{name: self[name] for name in names}}

    def _tell_progress(self):
        """Show who started it how far it is, wherever they are in Odoo."""
        for batch in self:
            batch.invalidate_recordset()
            batch.user_id._bus_send(MESSAGE, batch._progress())

    @api.model
    def _finish_done(self):
        """End the batches in which nothing waits any more, and tell who started them."""
        self.env.cr.commit()  # a fresh snapshot: other jobs may have done the rest
        self.env.invalidate_all()
        for batch in self.search([("finished_at", "=", False)]):
            if batch.waiting_count:
                continue
            if batch.try_lock_for_update() and not batch.finished_at:
                batch.finished_at = fields.Datetime.now()
                batch._tell_progress()
                batch._tell_the_end()
        self.env.cr.commit()

    def _tell_the_end(self):
        told = self.with_context(lang=self.user_id.lang)
        counts = {"authorized": self.authorized_count, "problems": self.problem_count}
        if self.problem_count:
            body = told.env._(
                "%(authorized)s NF-e authorized; %(problems)s to mend: open them in this batch.", **counts
            )
        else:
            body = told.env._("All %(authorized)s NF-e were authorized.", **counts)
        told.message_notify(body=body, partner_ids=self.user_id.partner_id.ids, subject=self.name)
        told._message_log(body=body)

    # --- What users do -----------------------------------------------------------------------------------------

    def action_open(self):
        self.ensure_one()
        return self._get_records_action(name=self.name)

    def action_documents(self):
        """All its documents."""
        self.ensure_one()
        return self._documents_action([])

    def action_problems(self):
        """Those to mend."""
        self.ensure_one()
        return self._documents_action([("state", "in", ("draft", "rejected")), ("next_try_at", "=", False)])

    def _documents_action(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.document_action")
        return {**action, "name": self.name, "domain": [("batch_id", "=", self.id), *domain], "context": {}}
