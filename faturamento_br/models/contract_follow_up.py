# pylint: disable=invalid-commit
import logging

from odoo import api, models
from odoo.exceptions import UserError
from psycopg2 import OperationalError

_logger = logging.getLogger(__name__)
#: What comes after each step, by how far the contract goes.
AFTER = {
    ("post", "post"): False,
    ("post", "issue"): "issue",
    ("post", "send"): "send",
}


class ContractPeriod(models.Model):
    """After the commit: confirm, issue and send the invoices that a run made, one by one, in the background."""

    _inherit = "faturamento_br.contract.period"

    @api.model
    def _cron_follow_up(self, limit=200):
        """Go on with invoices of runs; one that fails keeps its reason on its contract and holds up no other."""
        cron = self.env["ir.cron"]
        moves = self.search([("next_step", "!=", False)], limit=limit).move_id
        cron._commit_progress(remaining=len(moves))
        for number, move in enumerate(moves):
            self._follow_up(move)
            if cron._commit_progress(1, remaining=len(moves) - number - 1) <= 0:
                return

    @api.model
    def _follow_up(self, move):
        if not move.try_lock_for_update():
            return
        rows = self.search([("move_id", "=", move.id), ("next_step", "!=", False)])
        try:
            with self.env.cr.savepoint():
                while step := rows[:1].next_step:
                    rows._take_step(step, move)
        except OperationalError:
            self.env.cr.rollback()  # a race: the next run goes on
        except Exception as error:
            if not isinstance(error, UserError):
                _logger.exception("Invoice %s of a contract could not be followed up", move.id)
            rows.next_step = False
            move._message_log(body=str(error))
            rows.contract_id[:1].activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Its invoice needs you"),
                note=str(error),
                user_id=move.invoice_user_id.id or self.env.uid,
            )

    def _take_step(self, step, move):
        follow_up = self.contract_id[:1].follow_up
        # Who answers for the contract is told how it goes, with the job's rights.
        its = move.with_company(move.company_id).with_user(move.invoice_user_id or self.env.user).sudo()
        match step:
            case "post":
                if its.state == "draft":
                    its.action_post()
            case "issue":
                if its._fbr_needs_document():
                    its._fbr_issue_in_background()
            case "send":
                author = its.env.user
                its.sending_data = {"author_user_id": author.id, "author_partner_id": author.partner_id.id}
                self.env.ref("account.ir_cron_account_move_send").sudo()._trigger()
        self.next_step = AFTER.get((step, follow_up), False)
