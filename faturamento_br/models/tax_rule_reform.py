from dataclasses import replace

from odoo import api, fields, models

from ..fiscal import spec
from ..fiscal.tables import rows
from ..fiscal.taxes.ibs_cbs_tables import find_class
from .line_amounts import exact

EXTRAS = (
    *("reform_rates", "reform_ibs_uf_rate", "reform_ibs_city_rate", "reform_cbs_rate"),
    *("reform_deferral", "reform_regular_class", "reform_presumed_code", "reform_presumed_ibs", "reform_presumed_cbs"),
    *("mono_ibs_uf_rate", "mono_ibs_city_rate", "mono_ibs_rate", "mono_cbs_rate"),
)
SELECTIVE = ("selective_cst", "selective_class", "selective_rate", "selective_unit")


def presumed_codes(_model=None):
    """cCredPres that an NF-e of the emitter's own states, of the official table."""
    return [
        (row["code"], f"{row['code']} - {row['description']}")
        for row in rows("ibs_cbs_presumed_credits")
        if row["nfe"] == "1" and row["in_document"] == "1"
    ]


class TaxRule(models.Model):
    """What a cClassTrib asks for or admits beside the rates of the year, and the IS.

    Which of it is shown is the official table's to say: the fields of a class that does not admit them are hidden, and
    not used.
    """

    _inherit = "faturamento_br.tax_rule"

    reform_has_rates = fields.Boolean(compute="_compute_reform_groups")
    reform_defers = fields.Boolean(compute="_compute_reform_groups")
    reform_has_regular = fields.Boolean(compute="_compute_reform_groups")
    reform_has_presumed = fields.Boolean(compute="_compute_reform_groups")
    reform_is_mono = fields.Boolean(compute="_compute_reform_groups")

    reform_rates = fields.Boolean(
        "Rates of its own", help="The sector's rates, where the class does not have the year's."
    )
    reform_ibs_uf_rate = fields.Float("IBS of the state %", digits=(7, 4), help="pIBSUF")
    reform_ibs_city_rate = fields.Float("IBS of the city %", digits=(7, 4), help="pIBSMun")
    reform_cbs_rate = fields.Float("CBS %", digits=(7, 4), help="pCBS")
    reform_deferral = fields.Float("Deferral of IBS and CBS %", digits=(7, 4), default=100.0, help="gDif: pDif.")
    reform_regular_class = fields.Char(
        "cClassTrib without the benefit", help="gTribRegular: what the goods would have, 000001 for most."
    )
    reform_presumed_code = fields.Selection(presumed_codes, "Presumed credit", help="gCredPresOper: cCredPres.")
    reform_presumed_ibs = fields.Float("Presumed credit of IBS %", digits=(7, 4))
    reform_presumed_cbs = fields.Float("Presumed credit of CBS %", digits=(7, 4))
    mono_ibs_uf_rate = fields.Float("Single-phase: IBS of the state %", digits=(7, 4), help="Until 2028.")
    mono_ibs_city_rate = fields.Float("Single-phase: IBS of the city %", digits=(7, 4), help="Until 2028.")
    mono_ibs_rate = fields.Float("Single-phase: IBS by unit", digits=(7, 4), help="adRemIBS in BRL, from 2029 on.")
    mono_cbs_rate = fields.Float(
        "Single-phase: CBS", digits=(7, 4), help="Per cent in 2026; BRL by unit (adRemCBS) from 2027 on."
    )
    selective_cst = fields.Char("IS: CST", size=3, help="CSTIS, 3 digits. From 2027 on.")
    selective_class = fields.Char("IS: cClassTribIS", size=6)
    selective_rate = fields.Float("IS %", digits=(7, 4), help="pIS: the law of the goods sets it.")
    selective_unit = fields.Float("IS by unit", digits=(7, 4), help="adRemIS: BRL by taxable unit.")

    @api.depends("ibs_cbs_class")
    def _compute_reform_groups(self):
        for rule in self:
            found = find_class(rule.ibs_cbs_class) if rule.ibs_cbs_class else None
            rule.reform_has_rates = bool(found and found.own_rates)
            rule.reform_defers = bool(found and found.defers)
            rule.reform_has_regular = bool(found and found.regular)
            rule.reform_has_presumed = bool(found and found.presumed)
            rule.reform_is_mono = bool(found and found.single_phase and found.mono)

    def _fbr_said(self):
        for subject, what in super()._fbr_said():
            yield subject, self._fbr_with_extras(what) if subject == "ibs_cbs" else what
        if self.selective_class:
            yield (
                "selective",
                spec.SelectiveRule(
                    self.selective_cst or "",
                    self.selective_class,
                    rate=exact(self, "selective_rate") or (None if self.selective_unit else spec.ZERO),
                    specific_rate=exact(self, "selective_unit") or None,
                ),
            )

    def _fbr_with_extras(self, what):
        """``what`` with the groups that its cClassTrib asks for or admits."""
        found, extras = find_class(what.cClassTrib), {}
        if not found:
            return what
        if found.own_rates and self.reform_rates:
            names = ("ibs_uf_rate", "ibs_city_rate", "cbs_rate")
            extras |= {name: exact(self, f"reform_{name}") for name in names}
        if found.defers:
            extras["deferral_rate"] = exact(self, "reform_deferral")
        if found.regular:
            extras["regular_class"] = self.reform_regular_class or ""
        if found.presumed and self.reform_presumed_code:
            ibs, cbs = (exact(self, f"reform_presumed_{tax}") or None for tax in ("ibs", "cbs"))
            extras["presumed"] = spec.PresumedCreditRule(self.reform_presumed_code, ibs, cbs)
        if found.single_phase and found.mono:
            rates = {name: exact(self, f"mono_{name}") or None for name in ("ibs_uf_rate", "ibs_rate", "cbs_rate")}
            city = exact(self, "mono_ibs_city_rate") if rates["ibs_uf_rate"] else None
            extras["single_phase"] = spec.SinglePhaseRule(ibs_city_rate=city, **rates)
        return replace(what, **extras)

    @api.model
    def _fbr_judged_fields(self):
        return (*super()._fbr_judged_fields(), *EXTRAS, *SELECTIVE)
