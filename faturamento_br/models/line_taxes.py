from odoo import fields, models
from odoo.tools.misc import get_lang

#: The field of each tax on a line, and the kinds of :attr:`~.line_amounts.LineAmounts.taxes` it sums up.
KINDS = {
    "fbr_icms_amount": ("icms", "fcp", "icms_return"),
    "fbr_icms_st_amount": ("icms_st", "fcp_st", "st_return"),
    "fbr_difal_amount": ("difal", "fcp_difal"),
    "fbr_ipi_amount": ("ipi", "ipi_return"),
    "fbr_pis_amount": ("pis",),
    "fbr_cofins_amount": ("cofins",),
    "fbr_ibs_amount": ("ibs",),
    "fbr_cbs_amount": ("cbs",),
}

FIELDS = {kind: name for name, kinds in KINDS.items() for kind in kinds}


class LineTaxes(models.AbstractModel):
    """The taxes of a line of an order or invoice at a glance, in BRL.

    Not stored: what the core computed for the document in this transaction is shown, and what was booked of a posted
    invoice. No tax is computed for it a second time, and no row of the past is touched when the add-on is updated.
    """

    _name = "faturamento_br.line.taxes"
    _description = "Taxes of a line, to be shown"

    currency_id = fields.Many2one("res.currency")
    fbr_taxes_text = fields.Char("Taxes in short", compute="_compute_fbr_taxes_text")
    fbr_icms_amount = fields.Monetary("ICMS", compute="_compute_fbr_tax_amounts", help="With FCP.")
    fbr_icms_st_amount = fields.Monetary("ICMS ST", compute="_compute_fbr_tax_amounts", help="With FCP ST.")
    fbr_difal_amount = fields.Monetary("DIFAL", compute="_compute_fbr_tax_amounts", help="With the FCP of destination.")
    fbr_ipi_amount = fields.Monetary("IPI", compute="_compute_fbr_tax_amounts")
    fbr_pis_amount = fields.Monetary("PIS", compute="_compute_fbr_tax_amounts")
    fbr_cofins_amount = fields.Monetary("COFINS", compute="_compute_fbr_tax_amounts")
    fbr_ibs_amount = fields.Monetary("IBS", compute="_compute_fbr_tax_amounts", help="Informative in 2026.")
    fbr_cbs_amount = fields.Monetary("CBS", compute="_compute_fbr_tax_amounts", help="Informative in 2026.")

    def _compute_fbr_taxes_text(self):
        """Apart from the amounts: a form asks for it alone, for every line and several times at each change."""
        lang = get_lang(self.env)  # asked once: formatLang looks for the language, and reads its signs, each time
        signs = str.maketrans({",": lang.thousands_sep or "", ".": lang.decimal_point})
        labels = {name: self._fields[name]._description_string(self.env) for name in KINDS}
        amounts = self._fbr_shown_amounts()
        for line in self:
            found = amounts.get(line)
            told = _by_field(found).items() if found else ()
            line.fbr_taxes_text = " · ".join(
                f"{labels[name]} {f'{value:,.2f}'.translate(signs)}" for name, value in told if value
            )

    def _compute_fbr_tax_amounts(self):
        amounts = self._fbr_shown_amounts()
        for line in self:
            found = amounts.get(line)
            line.update(_by_field(found) if found else dict.fromkeys(KINDS, 0.0))

    def _fbr_shown_amounts(self):
        """The amounts of those of these lines that have taxes, ``{line: LineAmounts}``."""
        goods = self.filtered(lambda line: line.display_type in (False, "product"))
        return goods._fbr_amounts_of_sources()


def _by_field(amounts):
    """What each field of :data:`KINDS` shows of ``amounts``, in BRL."""
    told = {}
    for kind, amount in amounts.shown.items():
        if name := FIELDS.get(kind):
            told[name] = told.get(name, 0) + amount
    return {name: float(told.get(name, 0)) for name in KINDS}
