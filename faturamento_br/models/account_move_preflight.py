from odoo import fields, models
from odoo.exceptions import UserError

from ..fiscal.problems import Problem, _


class AccountMove(models.Model):
    """What a draft invoice's NF-e would lack, before it takes a number."""

    _inherit = "account.move"

    def _fbr_is_to_be_checked(self):
        return isinstance(self.id, int) and self.state == "draft" and self._fbr_needs_document()

    def _get_alerts(self):
        alerts = super()._get_alerts()
        if self._fbr_is_to_be_checked():
            alerts.update(self._fbr_preflight_alerts("danger"))
        return alerts

    def _fbr_preflight_series(self, found):
        try:
            return self.env["faturamento_br.document"]._series_of(self.journal_id)
        except UserError as error:
            reason = Problem("series_invalid", "series", _("%(reason)s"), params={"reason": str(error)})
            found += self._fbr_locate([reason])
            return super()._fbr_preflight_series(found)

    def _fbr_preflight_moment(self):
        """As :meth:`_fbr_issued_at`: an invoice of an earlier month moves to today when it is issued."""
        today = self._fbr_today()
        day = self.invoice_date or today
        moved = (day.year, day.month) < (today.year, today.month)
        return super()._fbr_preflight_moment() if moved else self._fbr_issued_at(fields.Datetime.now())

    def action_post(self):
        """Pressed on the invoice's own screen, show first what issuing would find wrong, with the ways to mend it.

        Programs, and who confirms many at once, get no dialog: what cannot be taxed right is refused in words.
        """
        if self.env.context.get("fbr_on_screen") and len(self) == 1:
            move = self.with_context(fbr_on_screen=False)
            if move._fbr_is_to_be_checked() and move._fbr_preflight()[0]:
                wizard = self.env["faturamento_br.preflight"].create({"move_id": move.id})
                return wizard._get_records_action(name=self.env._("Before confirming"), target="new")
            return super(AccountMove, move).action_post()
        return super().action_post()
