from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fiscal import spec
from ..fiscal.taxes.icms_checks import DEDUCTED_ONLY, PARTS, groups
from .line_amounts import exact
from .tax_rule_book import FIELD_OF

#: modBC: how the base of the own operation is found.
BASES = [
    ("3", "Value of the operation"),
    ("0", "With a margin"),
    ("1", "Price list (pauta)"),
    ("2", "Maximum price"),
]
#: Those that take a price by taxable unit.
BY_PRICE = frozenset("12")
#: motDesICMS (NF-e 4.00, N28); which of them a situation takes is in ``fiscal/tables/icms_groups.csv``.
RELIEF_REASONS = [
    ("1", "1 - Taxi"),
    ("3", "3 - Use in farming"),
    ("4", "4 - Fleet or rental"),
    ("5", "5 - Diplomatic or consular"),
    ("6", "6 - Utility vehicles and motorcycles of the western Amazon and free trade areas"),
    ("7", "7 - SUFRAMA"),
    ("8", "8 - Sale to a public body"),
    ("9", "9 - Other"),
    ("10", "10 - Driver with a disability"),
    ("11", "11 - Person with a disability who does not drive"),
    ("12", "12 - Farming development agency"),
    ("16", "16 - Olympic Games Rio 2016"),
    ("90", "90 - Asked for by the tax office"),
]
RELIEF_METHODS = [
    ("base", "Value of the operation × rate"),
    ("inside", "Price already without the tax: ÷ (1 − rate) × rate"),
]
FUND_DEFERRALS = [("due", "Due now"), ("part", "Deferred by")]
ICMS = (
    *("icms_states_none", "icms_base_mode", "icms_base_margin", "icms_base_price", "icms_fcp_deferral_mode"),
    *("icms_fcp_deferral", "icms_reduction_benefit", "icms_relief_reason", "icms_relief_method"),
    *("icms_relief_deducts", "icms_effective_rate", "icms_effective_reduction", "icms_share_rate"),
    "icms_share_state_id",
)
#: Situations that do not say by themselves whether the document states ICMS of its own.
MAY_STATE_NONE = frozenset({"51", "90", "900"})


class TaxRule(models.Model):
    """All that an ICMS situation may say beside its rate: how its base is found, what is deferred, forgone or shared.

    A form shows what the situation uses; what it does not use is refused when saved, and cleared when it is changed.
    """

    _inherit = "faturamento_br.tax_rule"

    icms_states_none = fields.Boolean(
        "No own ICMS on the NF-e",
        help="CST 51 and 90, CSOSN 900: the document states no ICMS of the own operation, with no base and no rate.",
    )
    icms_base_mode = fields.Selection(BASES, "ICMS: base", help="modBC. Empty: the value of the operation.")
    icms_base_margin = fields.Float("ICMS: margin %", digits=(7, 4), help="What is added to the value (modBC 0).")
    icms_base_price = fields.Float(
        "ICMS: price by unit", digits=(16, 4), help="Price of the state's list, by taxable unit of the product."
    )
    icms_fcp_deferral_mode = fields.Selection(
        FUND_DEFERRALS, "FCP of the deferred", help="pFCPDif: whether the FCP of a deferred operation is deferred too."
    )
    icms_fcp_deferral = fields.Float("FCP deferral %", digits=(7, 4))
    icms_reduction_benefit = fields.Char(
        "cBenefRBC", help="Code of the benefit that reduces the base, where another one defers: CST 51 and 90."
    )
    icms_relief_reason = fields.Selection(
        RELIEF_REASONS, "Reason of the exempted ICMS", help="motDesICMS: with it the NF-e tells the tax forgone."
    )
    icms_relief_method = fields.Selection(
        RELIEF_METHODS,
        "Exempted ICMS found as",
        help="vICMSDeson: the act that grants the benefit says which of the two.",
    )
    icms_relief_deducts = fields.Boolean(
        "Exempted ICMS off the total",
        help="indDeduzDeson 1: the customer pays so much less, as Convênio ICM 65/1988 wants for Manaus.",
    )
    icms_effective_rate = fields.Float(
        "Effective ICMS %",
        digits=(7, 4),
        help="pICMSEfet, for CST 60 and CSOSN 500: internal rate with FCP. Zero: the NF-e does not tell it.",
    )
    icms_effective_reduction = fields.Float("Effective ICMS: base reduction %", digits=(7, 4), help="pRedBCEfet.")
    icms_share_rate = fields.Float(
        "Part of the own base %",
        digits=(7, 4),
        help="pBCOp: the base is shared between two states (ICMSPart, Convênio ICMS 51/2000: vehicles sold direct).",
    )
    icms_share_state_id = fields.Many2one(
        "res.country.state",
        "State of the other part",
        ondelete="restrict",
        domain="[('country_id.code', '=', 'BR')]",
        help="UFST: the state to which the substitution is owed.",
    )

    @api.onchange("icms_cst", "icms_csosn")
    def _onchange_icms_situation(self):
        """What the new situation does not use is cleared: nobody could see it any more."""
        code = self.icms_csosn or self.icms_cst or ""
        group = groups().get(code)
        parts = (group.parts if group else frozenset()) | ({"reduction"} if code in DEDUCTED_ONLY else set())
        unused = {name for part, names in PARTS.items() if part not in parts for name in names}
        if "own" not in parts:
            unused |= {"base_mode"}
        if "credit" not in parts:
            unused |= {"simples_credit_rate"}
        for name, field in FIELD_OF.items():
            if name in unused and self[field]:
                self[field] = False
        if "fcp" not in parts:
            self.fcp_mode = "table"
        if "deferral" not in parts:
            self.icms_fcp_deferral_mode = False
        if code not in MAY_STATE_NONE:
            self.icms_states_none = False

    def _fbr_said(self):
        for subject, what in super()._fbr_said():
            yield subject, replace(what, **self._fbr_icms_values()) if subject == "icms" else what

    def _fbr_icms_values(self):
        """What this row says of ICMS beside code, rate, reduction, credit and deferral: values of the core's rule."""
        values = {
            "base_mode": self.icms_base_mode or "3",
            "base_margin_rate": self._fbr_said_number("icms_base_margin", self.icms_base_mode == "0"),
            "base_unit_price": self._fbr_said_number("icms_base_price", self.icms_base_mode in BY_PRICE),
            "fcp_deferral_rate": self._fbr_said_number("icms_fcp_deferral", bool(self.icms_fcp_deferral_mode)),
            "reduction_benefit_code": self.icms_reduction_benefit or "",
            "relief_reason": self.icms_relief_reason or "",
            "relief_method": self.icms_relief_method or "",
            "relief_deducts": self.icms_relief_deducts,
            "effective_rate": self._fbr_said_number("icms_effective_rate"),
            "effective_reduction": exact(self, "icms_effective_reduction"),
            "share_rate": self._fbr_said_number("icms_share_rate"),
            "share_uf": self.icms_share_state_id.code or "",
        }
        if self.icms_states_none:
            values["rate"] = spec.ZERO
        return values

    def _fbr_said_number(self, name, counts_zero=False):
        """A number as the core takes it: a zero is one that was said where it ``counts_zero``, else nothing."""
        return exact(self, name) if counts_zero or self[name] else None

    @api.model
    def _fbr_judged_fields(self):
        return (*super()._fbr_judged_fields(), *ICMS)

    @api.constrains(*ICMS)
    def _check_icms(self):
        """What belongs together is there together; the core says the rest, as of every value."""
        wrong = {}
        for rule in self:
            code = rule.icms_csosn or rule.icms_cst
            if not code and any(rule[name] for name in ICMS):
                wrong[self.env._("%s: choose the ICMS situation that these values belong to.", rule.display_name)] = 1
            if rule.icms_states_none and (code not in MAY_STATE_NONE or rule.icms_rate):
                wrong[
                    self.env._(
                        "%s: only CST 51 and 90 and CSOSN 900 may state no own ICMS, and then they have no rate.",
                        rule.display_name,
                    )
                ] = 1
            if (rule.icms_fcp_deferral_mode == "part") != bool(rule.icms_fcp_deferral):
                wrong[
                    self.env._(
                        "%s: of a deferred FCP give “deferred by” and its percentage, or “due now” without one.",
                        rule.display_name,
                    )
                ] = 1
        if wrong:
            raise ValidationError("\n".join(wrong))
