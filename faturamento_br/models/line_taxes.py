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


class LineTaxes(models.AbstractModel):
    """The taxes of a line of an order or invoice at a glance, in BRL.

    Not stored: what the core computed for the document in this transaction is shown, and what was booked of a posted
    invoice. No tax is computed for it a second time, and no row of the past is touched when the add-on is updated.
    """

    _name = "faturamento_br.line.taxes"
    _description = "Taxes of a line, to be shown"

    currency_id = fields.Many2one("res.currency")
    fbr_taxes_text = fields.Char("Taxes in short", compute="_compute_fbr_tax_amounts")
    fbr_icms_amount = fields.Monetary("ICMS", compute="_compute_fbr_tax_amounts", help="With FCP.")
    fbr_icms_st_amount = fields.Monetary("ICMS ST", compute="_compute_fbr_tax_amounts", help="With FCP ST.")
    fbr_difal_amount = fields.Monetary("DIFAL", compute="_compute_fbr_tax_amounts", help="With the FCP of destination.")
    fbr_ipi_amount = fields.Monetary("IPI", compute="_compute_fbr_tax_amounts")
    fbr_pis_amount = fields.Monetary("PIS", compute="_compute_fbr_tax_amounts")
    fbr_cofins_amount = fields.Monetary("COFINS", compute="_compute_fbr_tax_amounts")
    fbr_ibs_amount = fields.Monetary("IBS", compute="_compute_fbr_tax_amounts", help="Informative in 2026.")
    fbr_cbs_amount = fields.Monetary("CBS", compute="_compute_fbr_tax_amounts", help="Informative in 2026.")

    def _compute_fbr_tax_amounts(self):
        goods = self.filtered(lambda line: line.display_type in (False, "product"))
        amounts = goods._fbr_amounts_of_sources()
        # Asked once: a form reads hundreds of these at each change, and formatLang looks for the language each time.
        lang = self.env["res.lang"].browse(get_lang(self.env).id)
        labels = {name: self._fields[name]._description_string(self.env) for name in KINDS}
        for line in self:
            found = amounts.get(line)
            shown = found.shown if found else {}
            told = []
            for name, kinds in KINDS.items():
                line[name] = value = float(sum(shown.get(kind, 0) for kind in kinds))
                if value:
                    told.append(f"{labels[name]} {lang.format('%.2f', value, grouping=True)}")
            line.fbr_taxes_text = " · ".join(told)
