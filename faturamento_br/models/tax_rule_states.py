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
#: Goods for the buyer's own use: how the base of the rate difference is found (Convênio ICMS 142/2018 cl. 12, 14).
DIFFERENCES = [
    ("single", "Value × the difference"),
    ("double", "Without own ICMS, ÷ (1 − internal rate)"),
    ("inside", "÷ (1 − difference)"),
]
#: motDesICMSST (NF-e 4.00).
ST_RELIEF_REASONS = [("3", "3 - Use in farming"), ("9", "9 - Other"), ("12", "12 - Farming development agency")]
ST = (
    *("st_mode", "st_margin", "st_adjusts", "st_margin_internal", "st_rate", "st_price", "st_reduction"),
    *("st_fcp_mode", "st_fcp_rate", "st_deduction_rate", "st_keeps_discount", "st_difference"),
    *("st_relief_reason", "st_deducts_relief"),
)
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
    st_margin_internal = fields.Float(
        "ST: internal % of the adjustment",
        digits=(7, 4),
        help="“ALQ intra” of the adjusted MVA, where the state wants the effective burden. Zero: rate and FCP above.",
    )
    st_deduction_rate = fields.Float(
        "ST: deducted %",
        digits=(7, 4),
        help="Rate of the own tax that is deducted. Zero: the own ICMS of the document; of Simples, the usual rate.",
    )
    st_keeps_discount = fields.Boolean("ST: discount stays in the base", help="Where the state does not let it out.")
    st_difference = fields.Selection(
        DIFFERENCES,
        "ST: rate difference",
        help="For buyers of other states who use the goods themselves, with the value of the operation as base.",
    )
    st_relief_reason = fields.Selection(
        ST_RELIEF_REASONS, "ST: reason of the exempted part", help="motDesICMSST: with it the reduced ST is told."
    )
    st_deducts_relief = fields.Boolean(
        "ST: exempted ICMS is deducted", help="Where the destination presumes the credit of the ICMS forgone."
    )

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
                    margin_internal_rate=self._fbr_said_number("st_margin_internal"),
                    deduction_rate=self._fbr_said_number("st_deduction_rate"),
                    keeps_discount=self.st_keeps_discount,
                    difference=self.st_difference or "",
                    relief_reason=self.st_relief_reason or "",
                    deducts_relief=self.st_deducts_relief,
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
