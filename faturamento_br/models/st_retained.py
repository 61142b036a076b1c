from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fiscal.taxes.retained import RetainedUnit
from .line_amounts import exact

#: Values by unit of stock, with the digits of a unit price, and rates: field, and name in the core.
AMOUNTS = {
    "base": "base",
    "substitute": "substitute",
    "amount": "amount",
    "fcp_base": "fcp_base",
    "fcp_amount": "fcp_amount",
    "destination_base": "destination_base",
    "destination_amount": "destination_amount",
}
RATES = {"rate": "rate", "fcp_rate": "fcp_rate"}
DIGITS = (20, 10)


class StRetained(models.Model):
    """ICMS ST that a supplier withheld on one unit of a product: what CST 60 and CSOSN 500 tell of it.

    One row for each purchase or average that the company goes by; a sale tells the newest one of its day.
    """

    _name = "faturamento_br.st_retained"
    _description = "ST withheld before"
    _order = "product_tmpl_id, day desc, id desc"
    _check_company_auto = True

    product_tmpl_id = fields.Many2one(
        "product.template", "Product", required=True, ondelete="cascade", index=True, check_company=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", default=lambda self: self.env.company
    )
    uom_id = fields.Many2one(related="product_tmpl_id.uom_id", string="By unit")
    day = fields.Date(
        "From",
        required=True,
        default=fields.Date.context_today,
        help="Sales from this day on tell these figures, until a newer row.",
    )
    origin = fields.Char("Comes from", help="The purchase, or how the average was found: NF-e 1234, supplier.")
    base = fields.Float("Base by unit", digits=DIGITS, help="For vBCSTRet: the base of the ST on one unit.")
    rate = fields.Float(
        "Rate %", digits=(7, 4), help="pST: the rate that the final consumer bears, with the FCP where there is one."
    )
    substitute = fields.Float(
        "Substitute's own ICMS by unit", digits=DIGITS, help="For vICMSSubstituto: of the supplier's own operation."
    )
    amount = fields.Float("ST by unit", digits=DIGITS, help="For vICMSSTRet: the tax withheld on one unit.")
    fcp_base = fields.Float("FCP: base by unit", digits=DIGITS, help="For vBCFCPSTRet.")
    fcp_rate = fields.Float("FCP: rate %", digits=(7, 4), help="pFCPSTRet.")
    fcp_amount = fields.Float("FCP by unit", digits=DIGITS, help="For vFCPSTRet.")
    state_id = fields.Many2one(
        "res.country.state",
        "Only to the state",
        ondelete="restrict",
        domain="[('country_id.code', '=', 'BR')]",
        help="For sales to this state alone: what is passed on to it. Empty: everywhere.",
    )
    destination_base = fields.Float(
        "Destination: base by unit",
        digits=DIGITS,
        help="For vBCSTDest (group ICMSST): where the substitute passes the tax on to the state of destination.",
    )
    destination_amount = fields.Float("Destination: ST by unit", digits=DIGITS, help="For vICMSSTDest.")

    _day_unique = models.UniqueIndex(
        "(product_tmpl_id, company_id, day, COALESCE(state_id, 0))",
        "The product already has figures of the ST withheld before from this day on: change them instead.",
    )

    @api.depends("product_tmpl_id", "day", "state_id")
    def _compute_display_name(self):
        for row in self:
            named = (row.product_tmpl_id.display_name, str(row.day or ""), row.state_id.code)
            row.display_name = " ".join(filter(None, named))

    @api.constrains("day", "state_id", *AMOUNTS, *RATES)
    def _check_figures(self):
        """Base, rate and amount go together, those of the FCP too; all that is wrong at once."""
        wrong = {}
        for row in self:
            name = row.display_name
            if any(row[field] < 0 for field in (*AMOUNTS, *RATES)) or any(row[field] >= 100 for field in RATES):
                wrong[self.env._("%s: no figure is below zero, and rates are below 100 %%.", name)] = True
            if not row.base or not row.rate:
                wrong[self.env._("%s: give the base by unit and the rate of the ST withheld before.", name)] = True
            fund = (row.fcp_base, row.fcp_rate, row.fcp_amount)
            if any(fund) and not all(fund):
                wrong[self.env._("%s: the FCP withheld has base, rate and amount by unit, or none of them.", name)] = (
                    True
                )
            if bool(row.destination_base) != bool(row.destination_amount) or (
                row.destination_base and not row.state_id
            ):
                wrong[
                    self.env._(
                        "%s: what is passed on to the state of destination has that state, a base and an amount by "
                        "unit, or none of them.",
                        name,
                    )
                ] = True
        if wrong:
            raise ValidationError("\n".join(wrong))

    def _fbr_unit(self):
        """These figures as the core's :class:`~..fiscal.taxes.retained.RetainedUnit`."""
        self.ensure_one()
        fund, passed_on = bool(self.fcp_rate), bool(self.destination_base)
        values = {
            **{core: exact(self, name) for name, core in (AMOUNTS | RATES).items()},
            "substitute": exact(self, "substitute") if self.substitute else None,
        }
        for name in values:
            if (name.startswith("fcp") and not fund) or (name.startswith("destination") and not passed_on):
                values[name] = None
        return RetainedUnit(**values)


class ProductTemplate(models.Model):
    _inherit = "product.template"

    fbr_retained_ids = fields.One2many("faturamento_br.st_retained", "product_tmpl_id", "ST withheld before")

    def _fbr_retained_on(self, day, companies, uf):
        """The newest figures of ``day`` in one of ``companies``, those for the state ``uf`` first; may be empty."""
        rows = self.fbr_retained_ids.filtered(
            lambda row: row.day <= day and row.company_id in companies and row.state_id.code in (False, uf)
        )
        return rows.sorted(lambda row: (bool(row.state_id), row.day, row.id), reverse=True)[:1]
