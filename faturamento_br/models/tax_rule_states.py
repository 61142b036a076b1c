from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fiscal import spec
from .line_amounts import exact

#: modBCST: how the base of the substitution is found.
BASES = [
    ("4", "Margin of value added (MVA)"),
    ("5", "Price list (pauta)"),
    ("0", "Maximum or suggested price (PMC)"),
    ("1", "Negative list (price)"),
    ("2", "Positive list (price)"),
    ("3", "Neutral list (price)"),
    ("6", "Value of the operation"),
]
#: Those that take a price to the consumer, by taxable unit.
BY_PRICE = frozenset("01235")
FUNDS = [("table", "General of the state"), ("fixed", "This rate")]
ST = ("st_mode", "st_margin", "st_adjusts", "st_rate", "st_price", "st_reduction", "st_fcp_mode", "st_fcp_rate")
DIFAL = ("difal_mode", "difal_rate", "difal_fcp_mode", "difal_fcp_rate", "difal_base", "difal_origin")


class TaxRule(models.Model):
    """What the state of destination asks for: substitution (ST), and the rate difference to its consumers (DIFAL)."""

    _inherit = "faturamento_br.tax_rule"

    st_mode = fields.Selection(BASES, "ST: base", help="modBCST. For ICMS situations with substitution.")
    st_margin = fields.Float("MVA %", digits=(7, 4), help="Margin of the state of destination for these goods.")
    st_adjusts = fields.Boolean("MVA is the original one", help="Between states it is adjusted: the core does it.")
    st_price = fields.Float(
        "ST: price by unit",
        digits=(16, 4),
        help="Price to the consumer in the state's list, by taxable unit of the product. A new list is a new "
        "rule, from its first day on.",
    )
    st_rate = fields.Float("ST: internal %", digits=(7, 4), help="Rate of these goods at the destination, without FCP.")
    st_reduction = fields.Float("ST: base reduction %", digits=(7, 4), help="pRedBCST.")
    st_fcp_mode = fields.Selection(FUNDS, "ST: FCP", required=True, default="table")
    st_fcp_rate = fields.Float("ST: FCP %", digits=(7, 4))

    difal_mode = fields.Selection(
        [("modal", "The state's modal rate"), ("own", "A rate of its own")],
        "DIFAL",
        help="To consumers of another state: which internal rate these goods have there. Its law tells.",
    )
    difal_rate = fields.Float("DIFAL: internal %", digits=(7, 4), help="Internal rate at the destination, without FCP.")
    difal_fcp_mode = fields.Selection(FUNDS, "DIFAL: FCP", required=True, default="table")
    difal_fcp_rate = fields.Float("DIFAL: FCP %", digits=(7, 4))
    difal_base = fields.Selection(
        [("single", "Single"), ("double", "Double")],
        "DIFAL: base",
        help="Empty: as the state is known to do it. Where that is not confirmed, the invoice asks.",
    )

    difal_origin = fields.Selection(
        [("yes", "Counts"), ("no", "Does not count")],
        "DIFAL: benefit of the origin",
        help="Whether a base reduced in the origin (CST 20) counts in the difference (Convênio ICMS 153/2015).",
    )

    def _fbr_said(self):
        yield from super()._fbr_said()
        if self.st_mode:
            yield (
                "icms_st",
                spec.IcmsStRule(
                    mode=self.st_mode,
                    margin_rate=exact(self, "st_margin") if self.st_mode == "4" else None,
                    adjusts_margin=self.st_adjusts and self.st_mode == "4",
                    unit_price=exact(self, "st_price") if self.st_mode in BY_PRICE else None,
                    rate=exact(self, "st_rate"),
                    base_reduction=exact(self, "st_reduction"),
                    fcp_rate=exact(self, "st_fcp_rate") if self.st_fcp_mode == "fixed" else None,
                ),
            )
        if self.difal_mode:
            own = self.difal_mode == "own"
            yield (
                "difal",
                spec.DifalRule(
                    internal_rate=exact(self, "difal_rate") if own else None,
                    modal=not own,
                    fcp_rate=exact(self, "difal_fcp_rate") if self.difal_fcp_mode == "fixed" else None,
                    base_method=self.difal_base or "",
                    origin_benefit={"yes": True, "no": False}.get(self.difal_origin),
                ),
            )

    @api.model
    def _fbr_judged_fields(self):
        return (*super()._fbr_judged_fields(), *ST, *DIFAL)

    @api.constrains(*ST, *DIFAL)
    def _check_states(self):
        """A rate that was chosen is there."""
        for rule in self:
            if (rule.st_mode and not rule.st_rate) or (rule.difal_mode == "own" and not rule.difal_rate):
                raise ValidationError(
                    self.env._(
                        "%s: give the internal rate of these goods in the state of destination, from its law.",
                        rule.display_name,
                    )
                )
            if rule.st_mode in BY_PRICE and not rule.st_price > 0:
                raise ValidationError(
                    self.env._("%s: give the price to the consumer, from the state's list.", rule.display_name)
                )
