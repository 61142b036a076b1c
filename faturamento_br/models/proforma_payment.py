from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .proforma import OFFERED

RECEIVED = ("in_process", "paid")


class AccountPayment(models.Model):
    """Money that arrives before the invoice exists: an advance, used when the pro-forma is confirmed."""

    _inherit = "account.payment"

    fbr_proforma_id = fields.Many2one("account.move", "Advance for pro-forma", index="btree_not_null", copy=False)


class AccountMove(models.Model):
    _inherit = "account.move"

    fbr_advance_ids = fields.One2many("account.payment", "fbr_proforma_id", "Advances")
    fbr_advance_total = fields.Monetary("Received in advance", compute="_compute_fbr_advance_total")

    @api.depends("fbr_advance_ids.state", "fbr_advance_ids.amount")
    def _compute_fbr_advance_total(self):
        """What was received, in the invoice's currency at each payment's day."""
        for move in self:
            received = move.sudo().fbr_advance_ids.filtered(lambda payment: payment.state in RECEIVED)
            move.fbr_advance_total = sum(
                payment.currency_id._convert(payment.amount, move.currency_id, move.company_id, payment.date)
                for payment in received
            )

    def action_fbr_proforma_advance(self):
        """Odoo's own payment form, filled for this pro-forma."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Advance for %s", self.fbr_proforma_number),
            "res_model": "account.payment",
            "view_mode": "form",
            "context": {
                "default_payment_type": "inbound",
                "default_partner_type": "customer",
                "default_partner_id": self.commercial_partner_id.id,
                "default_amount": self._fbr_proforma_due(),
                "default_currency_id": self.currency_id.id,
                "default_company_id": self.company_id.id,
                "default_memo": self.fbr_proforma_number,
                "default_fbr_proforma_id": self.id,
            },
        }

    def _fbr_proforma_use_advances(self):
        """Reconcile what came before with the invoice that now exists."""
        for move in self:
            for payment in move.sudo().fbr_advance_ids.filtered(lambda each: each.state in RECEIVED):
                payment.invoice_ids |= move
                (payment.move_id.line_ids + move.line_ids).filtered(
                    lambda line, payment=payment: (
                        line.account_id == payment.destination_account_id and not line.reconciled
                    )
                ).reconcile()


class PaymentTransaction(models.Model):
    """A pro-forma paid online: its invoice is confirmed, or, if that cannot be now, the money waits as an advance."""

    _inherit = "payment.transaction"

    def _post_process(self):
        held = {tx: tx._fbr_proformas_to_hold() for tx in self.filtered(lambda each: each.state == "done")}
        for tx, moves in held.items():
            tx.invoice_ids -= moves
        super()._post_process()
        for tx, moves in held.items():
            if moves:
                tx.invoice_ids |= moves
                tx.payment_id.fbr_proforma_id = moves[:1]

    def _fbr_proformas_to_hold(self):
        """Confirm the pro-formas that were paid; those that cannot be are told to their sellers and returned."""
        held = self.env["account.move"]
        for move in self.invoice_ids.filtered("fbr_proforma_number"):
            if move.state == "posted":
                continue
            if self._fbr_pays_a_step(move):
                held |= move
                continue
            try:
                with self.env.cr.savepoint():
                    if move.state != "draft" or move.fbr_proforma_state not in OFFERED or move.fbr_proforma_changed:
                        raise UserError(_("It is no longer offered."))
                    if move.currency_id.compare_amounts(self.amount + move.fbr_advance_total, move.amount_total) < 0:
                        raise UserError(_("It is less than what is due."))
                    move.action_post()
            except UserError as error:
                held |= move
                note = _(
                    "%(number)s was paid online (%(amount)s) and could not be confirmed: %(reason)s The money is kept"
                    " as an advance of the customer: mend it and confirm, or pay it back.",
                    number=move.fbr_proforma_number,
                    amount=self.currency_id.format(self.amount),
                    reason=error,
                )
                move._fbr_proforma_call(note)
        return held

    def _fbr_pays_a_step(self, move):
        """Whether this is a payment of the plan and not the last: the pro-forma stays offered."""
        due, received = move._fbr_proforma_due(), move.fbr_advance_total
        rounds = move.currency_id
        waits = move.state == "draft" and move.fbr_proforma_state in OFFERED and not move.fbr_proforma_changed
        enough = rounds.compare_amounts(self.amount, due) >= 0
        last = rounds.compare_amounts(self.amount + received, move.amount_total) >= 0
        return bool(move.fbr_step_ids) and waits and enough and not last
