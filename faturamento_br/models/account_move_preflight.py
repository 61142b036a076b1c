from odoo import models

from ..fiscal.problems import _

NO_PRODUCT = (
    _('The line "%(line)s" has no product: the invoice would be one of services, without an NF-e.'),
    _("Choose the product that is sold. If it is a service without one, confirm all the same."),
)
#: What leaves lines of a refund without their taxes; other problems of a sale are none of a refund, which has no NF-e.
TAXLESS = ("operation_missing", "uf_missing", "taxes_missing")


class AccountMove(models.Model):
    """What a draft invoice's NF-e would lack, before it takes a number."""

    _inherit = "account.move"

    def _fbr_is_to_be_checked(self):
        draft = isinstance(self.id, int) and self.state == "draft"
        return draft and bool(self._fbr_is_fiscal() or self._fbr_lines_without_product())

    def _get_alerts(self):
        alerts = super()._get_alerts()
        if self._fbr_is_to_be_checked():
            alerts.update(self._fbr_preflight_alerts("danger" if self._fbr_is_fiscal() else "warning"))
        return alerts

    def _fbr_preflight(self):
        """As for every source; a refund lacks what its taxes need, an invoice of nothing may lack its product."""
        if self._fbr_needs_document():
            return super()._fbr_preflight()
        return self._fbr_for_user(self.env, self.sudo()._fbr_unsaid_problems()), []

    def _fbr_unsaid_problems(self):
        """What is wrong with a document that has no NF-e, but a company that issues them."""
        if self._fbr_is_fiscal():
            return self._fbr_taxless_problems()
        return [
            self._fbr_problem("line_without_product", NO_PRODUCT, self, "", line=line.name or str(number))
            for number, line in enumerate(self._fbr_lines(), 1)
            if line in self._fbr_lines_without_product()
        ]

    def _fbr_lines_without_product(self):
        """Lines of an invoice without goods that nobody said the product of: goods they may be."""
        if self.move_type != "out_invoice" or not self._fbr_is_issuing() or self._fbr_is_fiscal():
            return self.env["account.move.line"]
        return self._fbr_lines().filtered(lambda line: not line.product_id)

    def _fbr_taxless_problems(self):
        """Why a refund's goods would be booked without their taxes; one of a whole invoice takes back its own."""
        if self._fbr_refunded_amounts():
            return []
        return [
            found
            for found in self._fbr_tax_problems()
            if found.problem.code in TAXLESS or found.problem.code.startswith("rule_missing") or found.problem.path
        ]

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
