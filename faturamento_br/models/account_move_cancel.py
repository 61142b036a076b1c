from odoo import models
from odoo.exceptions import UserError

from ..fiscal.problems import Problem, _

LOCKED = (
    _("The books of %(date)s are closed (%(locks)s): cancelling the NF-e would change them."),
    _("Have the accountant open that day, or make a return (credit note) instead."),
)
CREDITED = (
    _("The invoice has credit notes already (%(names)s)."),
    _("Cancel them first, or return the rest by another one."),
)
HASHED = (
    _("The journal entry of %(name)s is secured by its hash and cannot be cancelled."),
    _("Make a return (credit note) instead."),
)


class AccountMove(models.Model):
    """The books of an invoice whose NF-e is cancelled."""

    _inherit = "account.move"

    def _fbr_cancel_problems(self):
        """What keeps the books of this invoice from being cancelled, told before SEFAZ is asked; a list of Problems."""
        self.ensure_one()
        move, found = self.sudo(), []
        has_tax = bool(move.line_ids.tax_ids or move.line_ids.tax_line_id)
        if locks := move._get_violated_lock_dates(move.date, has_tax):
            names = ", ".join(move.company_id._fields[name]._description_string(self.env) for _date, name in locks)
            found.append(Problem("books_locked", "", *LOCKED, {"date": move.date, "locks": names}))
        credits = move.reversal_move_ids.filtered(lambda credit: credit.state == "posted")
        if credits:
            found.append(Problem("credited", "", *CREDITED, {"names": ", ".join(credits.mapped("name"))}))
        if move.inalterable_hash:
            found.append(Problem("hashed", "", *HASHED, {"name": move.name}))
        return found

    def _fbr_cancel_with_document(self, document):
        """Cancel the books of a sale whose NF-e was cancelled: what was paid stays, as the customer's credit.

        Should the books refuse it now (closed meanwhile), the NF-e is cancelled all the same: an activity says so.
        """
        if self.state != "posted":
            return
        try:
            with self.env.cr.savepoint():
                self.button_cancel()
        except UserError as error:
            told = self.env._("The NF-e is cancelled, but the invoice is not: %s", error)
            self._message_log(body=told)
            self.activity_schedule("mail.mail_activity_data_warning", note=told, user_id=document._responsible().id)
