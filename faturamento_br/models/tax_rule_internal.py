from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fiscal.rules.rule import INTERNAL, InternalRateRule
from .line_amounts import exact
from .tax_rule_states import FUNDS

INTERNAL_FIELDS = ("internal_mode", "internal_rate", "internal_fcp_mode", "internal_fcp_rate")


class TaxRule(models.Model):
    """Which ICMS rate goods have inside the company's state, in whatever situation they are sold.

    Without it the state's modal rate is not taken: the quotation asks, and keeps the answer as such a rule.
    """

    _inherit = "faturamento_br.tax_rule"

    internal_mode = fields.Selection(
        [("modal", "The state's modal rate"), ("own", "A rate of its own")],
        "ICMS inside the state",
        help="Which rate these goods have in the company's own state. Sales to other states have the official one.",
    )
    internal_rate = fields.Float("ICMS: internal %", digits=(7, 4), help="pICMS inside the state, without FCP.")
    internal_fcp_mode = fields.Selection(FUNDS, "ICMS: FCP inside", required=True, default="table")
    internal_fcp_rate = fields.Float("ICMS: FCP % inside", digits=(7, 4))

    def _fbr_said(self):
        yield from super()._fbr_said()
        if self.internal_mode:
            own = self.internal_mode == "own"
            yield (
                INTERNAL,
                InternalRateRule(
                    rate=exact(self, "internal_rate") if own else None,
                    modal=not own,
                    fcp_rate=exact(self, "internal_fcp_rate") if self.internal_fcp_mode == "fixed" else None,
                ),
            )

    def _fbr_core_rules(self):
        """The goods' rate is theirs whatever they move for: a row without an operation says it for all of them."""
        return [
            replace(rule, when=replace(rule.when, operation=""))
            if rule.subject == INTERNAL and not self.operation_id
            else rule
            for rule in super()._fbr_core_rules()
        ]

    @api.model
    def _fbr_judged_fields(self):
        return (*super()._fbr_judged_fields(), *INTERNAL_FIELDS)

    @api.constrains(*INTERNAL_FIELDS)
    def _check_internal(self):
        """A rate that was chosen is there."""
        for rule in self:
            if rule.internal_mode == "own" and not rule.internal_rate:
                raise ValidationError(
                    self.env._("%s: give the rate of these goods inside the state, from its law.", rule.display_name)
                )

    @api.model
    def _fbr_keep_modal_rate(self, company):
        """Say of all goods of ``company`` that they have the modal rate, as an upgrade found them to be taxed."""
        rules = self.with_context(lang=company.partner_id.lang)
        return rules.create(
            {
                "company_id": company.id,
                "scope": "inside",
                "internal_mode": "modal",
                "source": rules.env._(
                    "As before the update, which used the state's modal rate for all goods: to be confirmed."
                ),
            }
        )
