from decimal import Decimal

from odoo import fields, models

from ..fiscal.whatif.assumptions import Assumptions
from ..models.line_amounts import exact
from ..models.res_partner import IE_INDICATORS

USES = [("yes", "To consume"), ("no", "To resell or make others")]
#: What a situation says; in a column of comparison an empty one is that of the first situation.
SITUATION = (
    *("day", "operation_id", "partner_id", "state_id", "abroad", "ie_indicator", "final_consumer"),
    *("without_rule_id", "with_rule_id", "assume_reform", "assumed_ibs_uf", "assumed_ibs_city", "assumed_cbs"),
)
RATES = {"digits": (7, 4)}


class TaxSimulationSituation(models.AbstractModel):
    """When, to whom and under which rules: what a simulation's first situation and each column of comparison say."""

    _name = "faturamento_br.tax_simulation.situation"
    _description = "Situation of a tax simulation"

    day = fields.Date("Date", help="The day whose rates and rules apply.")
    operation_id = fields.Many2one("faturamento_br.operation", "Nature of the operation", ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", ondelete="cascade")
    state_id = fields.Many2one(
        "res.country.state", "State of the customer", ondelete="cascade", domain="[('country_id.code', '=', 'BR')]"
    )
    abroad = fields.Boolean("Customer abroad")
    ie_indicator = fields.Selection(
        IE_INDICATORS, "ICMS registration", help="indIEDest: whether the customer is an ICMS contributor."
    )
    final_consumer = fields.Selection(
        USES, "Use", help="indFinal. Empty: who is no contributor consumes, a contributor resells."
    )
    without_rule_id = fields.Many2one(
        "faturamento_br.tax_rule", "Without the rule", ondelete="cascade", help="As if this tax rule were not there."
    )
    with_rule_id = fields.Many2one(
        "faturamento_br.tax_rule",
        "With the rule",
        ondelete="cascade",
        context={"active_test": False},
        help="As if this tax rule held, even if it is archived.",
    )
    assume_reform = fields.Boolean(
        "Assume the reform",
        help="Take for granted what the Constitution says of the transition (no PIS and COFINS, IPI at zero from 2027 "
        "on), and the rates typed here. Without it, what no law settles yet is refused by name.",
    )
    assumed_ibs_uf = fields.Float("Assumed IBS % (state)", **RATES, help="Only used where no act has set the rate.")
    assumed_ibs_city = fields.Float("Assumed IBS % (city)", **RATES, help="Only used where no act has set the rate.")
    assumed_cbs = fields.Float("Assumed CBS %", **RATES, help="Only used where no act has set the rate.")

    def _fbr_assumptions(self):
        """What this situation takes for granted, an ``Assumptions``; ``None``: nothing."""
        if not self.assume_reform:
            return None
        names = ("assumed_ibs_uf", "assumed_ibs_city", "assumed_cbs")
        uf, city, cbs = (exact(self, name) if self[name] else None for name in names)
        return Assumptions(ibs_uf_rate=uf, ibs_city_rate=city, cbs_rate=cbs)


def is_rate(value):
    """Whether a typed percentage can be one."""
    return 0 <= Decimal(repr(value)) <= 100
