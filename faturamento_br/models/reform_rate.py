from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..fiscal.taxes.ibs_cbs_tables import RATE_FIELDS, year_rates
from .line_amounts import exact

RATES = ("ibs_uf_rate", "ibs_city_rate", "cbs_rate", "reducer")


class ReformRate(models.Model):
    """A rate of IBS or CBS that an act set after this version was made: a dated row, with its source.

    The rates that came with the add-on (``fiscal/tables/ibs_cbs_rates.csv``) are law and stay; a row here fills only
    what they leave open, so a rate published in December is there without waiting for an update.
    """

    _name = "faturamento_br.reform.rate"
    _description = "Rate of IBS and CBS"
    _order = "valid_from desc, state_id, id"

    valid_from = fields.Date(required=True, help="The first day.")
    valid_to = fields.Date("Valid until", help="The last day; empty: for good.")
    state_id = fields.Many2one(
        "res.country.state",
        "Only to the state",
        ondelete="cascade",
        domain="[('country_id.code', '=', 'BR')]",
        help="Where a state has a rate of IBS of its own. Empty: everywhere.",
    )
    cbs_known = fields.Boolean("CBS", default=True)
    cbs_rate = fields.Float("CBS %", digits=(7, 4))
    ibs_known = fields.Boolean("IBS")
    ibs_uf_rate = fields.Float("IBS of the state %", digits=(7, 4))
    ibs_city_rate = fields.Float("IBS of the city %", digits=(7, 4))
    reducer_known = fields.Boolean("Government purchases")
    reducer = fields.Float("Reducer of government purchases %", digits=(7, 4), help="pRedutor (LC 214/2025, art. 370).")
    source = fields.Char(
        "Legal source", required=True, help="The act that sets it, such as the number of the Senate's resolution."
    )

    @api.depends("valid_from", "state_id")
    def _compute_display_name(self):
        for rate in self:
            day = tools.format_date(self.env, rate.valid_from) if rate.valid_from else ""
            rate.display_name = " ".join(filter(None, ("IBS/CBS", day, rate.state_id.code)))

    @api.constrains("valid_from", "valid_to", "state_id", "cbs_known", "ibs_known", *RATES)
    def _check_rates(self):
        """Percentages, dates in order, no two rows for the same days, nothing against what the tables have."""
        wrong = {}
        for rate in self:
            if not (rate.cbs_known or rate.ibs_known or rate.reducer_known):
                wrong[self.env._("%s: say which rate it gives, that of CBS or those of IBS.", rate.display_name)] = True
            if any(not 0 <= rate[name] < 100 for name in RATES):
                wrong[self.env._("%s: a rate is a percentage from 0 to below 100.", rate.display_name)] = True
            if rate.valid_to and rate.valid_to < rate.valid_from:
                wrong[self.env._("%s: it ends before it begins.", rate.display_name)] = True
            if rate._rivals():
                wrong[
                    self.env._(
                        "%s: another row gives this rate on the same days: let one end first.", rate.display_name
                    )
                ] = True
            for name, official in zip(RATE_FIELDS, year_rates(rate.valid_from), strict=True):
                known = rate.cbs_known if name == "cbs_rate" else rate.ibs_known
                if known and official is not None and exact(rate, name) != official:
                    wrong[
                        self.env._(
                            "%(row)s: the law already sets %(field)s at %(official)s %%.",
                            row=rate.display_name,
                            field=rate._fields[name]._description_string(self.env),
                            official=official,
                        )
                    ] = True
        if wrong:
            raise ValidationError("\n".join(wrong))

    def _rivals(self):
        """Other rows of the same place that give the same rate on one of the same days."""
        same = [("id", "!=", self.id), ("state_id", "=", self.state_id.id)]
        days = ["|", ("valid_to", "=", False), ("valid_to", ">=", self.valid_from)]
        if self.valid_to:
            days = [("valid_from", "<=", self.valid_to), *days]
        return self.search([*same, *days]).filtered(
            lambda other: any(other[name] and self[name] for name in ("cbs_known", "ibs_known", "reducer_known"))
        )

    @api.model
    @tools.ormcache("day", "uf")
    def _fbr_rates(self, day, uf):
        """Rates of ``day`` for sales to ``uf`` that rows give, by field of :class:`~..fiscal.spec.IbsCbsRule`.

        Only what the official tables leave open; a row of the state before one for everywhere.
        """
        open_ = [name for name, official in zip(RATE_FIELDS, year_rates(day), strict=True) if official is None]
        if not open_:
            return {}
        rows = self.sudo().search(
            [
                ("valid_from", "<=", day),
                *("|", ("valid_to", "=", False), ("valid_to", ">=", day)),
                *("|", ("state_id", "=", False), ("state_id.code", "=", uf)),
            ]
        )
        found = {}
        for row in rows.sorted(lambda row: bool(row.state_id)):
            for name in open_:
                if row.cbs_known if name == "cbs_rate" else row.ibs_known:
                    found[name] = exact(row, name)
        return found

    @api.model_create_multi
    def create(self, vals_list):
        rates = super().create(vals_list)
        self.env.registry.clear_cache()
        return rates

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
