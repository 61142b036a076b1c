from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal.problems import Problem, _
from .document_queue import WAITING
from .problem_text import text_of

OFFERED = _("You can issue it in contingency now: see Contingency. Or wait: it goes on by itself.")
#: Why a document waits when nothing in particular keeps it: by its state.
REASONS = {
    "draft": _("It waits for its turn to be checked, signed and sent."),
    "rejected": _("It waits for its turn to be checked, signed and sent."),
    "signed": _("It is signed and waits for its turn to be sent."),
    "epec": _("Its EPEC is registered; the NF-e goes to SEFAZ as soon as it works, within 168 hours of its issue."),
    "sending": _("It was sent and has no answer yet: it is queried, never sent twice."),
}


class Document(models.Model):
    """What the screen *Sending* tells of a document that waits: why, since when, and until when."""

    _inherit = "faturamento_br.document"

    waiting_since = fields.Datetime(compute="_compute_waiting")
    waiting_reason = fields.Char("Why", compute="_compute_waiting")

    @api.depends("state", "next_try_at", "problem_ids", "attempt_ids.sent_at")
    @api.depends_context("lang")
    def _compute_waiting(self):
        """Its authorizer that rests, else its own problem, else its turn."""
        Health = self.env["faturamento_br.authorizer.health"].sudo()
        rows = {
            key: Health._of(*key)
            for key in {(each.company_id, each.environment, each.emission_type) for each in self if each.id}
        }
        offered = {key: Health.env["faturamento_br.contingency"]._open_of(*key[:2]) for key in rows}
        for document in self:
            if document.state not in (*WAITING, "epec") or not document.next_try_at:
                document.waiting_since = document.waiting_reason = False
                continue
            attempt = document.attempt_ids[:1]
            document.waiting_since = attempt.create_date or document.batch_id.create_date or document.create_date
            key = document.company_id, document.environment, document.emission_type
            resting = rows[key]._rest_problem()
            problem = document.problem_ids[:1]
            if resting:
                is_offered = offered[key].state == "offered" and document.state != "epec"
                document.waiting_reason = text_of(self.env, replace(resting, cure=OFFERED) if is_offered else resting)
            elif problem:
                document.waiting_reason = " ".join(filter(None, (problem.message, problem.cure)))
            else:
                document.waiting_reason = text_of(self.env, Problem("waiting", "", REASONS[document.state]))

    def action_try_now(self):
        """Have the jobs look at these at once; a limit of use or an authorizer that rests still holds them."""
        self.check_access("read")
        if not self.env.user.has_group("account.group_account_invoice"):
            raise UserError(self.env._("Only who may create invoices may issue an NF-e."))
        waiting = self.sudo().filtered(lambda document: document.state in ("signed", "sending"))
        if not waiting:
            raise UserError(self.env._("None of these documents waits for the authorizer."))
        waiting.next_try_at = fields.Datetime.now()
        waiting._wake()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
