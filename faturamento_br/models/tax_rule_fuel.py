from odoo import api, fields, models

from ..fiscal import spec
from ..fiscal.taxes.icms_fuel import SITUATIONS, WITHHELD
from .goods_fuel import fuels
from .line_amounts import exact

FUEL = ("fuel", "fuel_rate", "fuel_reduction", "fuel_reduction_reason", "fuel_biofuel", "fuel_withheld_share")


class TaxRule(models.Model):
    """Single-phase ICMS of fuels: CST 02, 15, 53 and 61 (LC 192/2022; Convênios ICMS 199/2022 and 15/2023)."""

    _inherit = "faturamento_br.tax_rule"

    icms_cst = fields.Selection(
        selection_add=[
            ("02", "02 - Fuel, single-phase"),
            ("10",),
            ("15", "15 - Fuel, single-phase, with that of the biofuel withheld"),
            ("20",),
            ("53", "53 - Fuel, single-phase, deferred"),
            ("60",),
            ("61", "61 - Fuel, single-phase, charged before"),
            ("70",),
        ]
    )
    fuel = fields.Selection(fuels, help="The ad rem rate is the official one of this fuel on the day.")
    fuel_rate = fields.Float(
        "Ad rem rate", digits=(7, 4), help="BRL by taxable unit, litre or kilogram. Zero: the official one of the fuel."
    )
    fuel_reduction = fields.Float("Ad rem reduction %", digits=(7, 4), help="pRedAdRem, of CST 15.")
    fuel_reduction_reason = fields.Selection(
        [("1", "1 - Public transport"), ("9", "9 - Other")], "Reason of the reduction", help="motRedAdRem"
    )
    fuel_biofuel = fields.Selection(fuels, "Biofuel withheld", help="CST 15: its part is the share on the product.")
    fuel_withheld_share = fields.Float(
        "Withheld here %",
        digits=(7, 4),
        default=100.0,
        help="33.33 where a refinery sells diesel B and the maker of the biofuel owes the rest.",
    )

    def _fbr_said(self):
        single = self.icms_cst in SITUATIONS
        for subject, what in super()._fbr_said():
            if subject == "icms" and single:
                yield subject, spec.IcmsRule(cst=self.icms_cst, benefit_code=self.benefit_code or "")
                yield "icms_fuel", self._fbr_fuel_rule()
            else:
                yield subject, what

    def _fbr_fuel_rule(self):
        withheld = self.icms_cst == WITHHELD
        return spec.IcmsFuelRule(
            fuel=self.fuel or "",
            ad_rem_rate=exact(self, "fuel_rate") or None,
            deferral_rate=exact(self, "icms_deferral") if self.icms_cst == "53" else None,
            ad_rem_reduction=exact(self, "fuel_reduction") if withheld else spec.ZERO,
            reduction_reason=(self.fuel_reduction_reason or "") if withheld and self.fuel_reduction else "",
            retention_fuel=(self.fuel_biofuel or "") if withheld else "",
            retention_rate=exact(self, "fuel_withheld_share") if withheld else spec.IcmsFuelRule.retention_rate,
        )

    @api.model
    def _fbr_judged_fields(self):
        return (*super()._fbr_judged_fields(), *FUEL)
