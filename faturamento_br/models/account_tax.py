from odoo import api, fields, models

from .line_amounts import INSIDE

KINDS = [
    ("icms", "ICMS"),
    ("fcp", "FCP"),
    ("ipi", "IPI"),
    ("icms_st", "ICMS-ST"),
    ("fcp_st", "FCP-ST"),
    ("icms_relief", "Exempted ICMS"),
    ("difal", "DIFAL"),
    ("fcp_difal", "FCP-DIFAL"),
    ("pis", "PIS"),
    ("cofins", "COFINS"),
    ("icms_mono", "ICMS single-phase"),
    ("icms_mono_withheld", "ICMS single-phase withheld"),
    ("icms_return", "ICMS of a purchase that goes back"),
    ("ipi_return", "Returned IPI"),
    ("st_return", "ICMS-ST that goes back"),
    ("is", "IS"),
    ("ibs", "IBS"),
    ("cbs", "CBS"),
]


class AccountTax(models.Model):
    """Carriers of the amounts that the fiscal core computes, on their way into Odoo's journal.

    A tax with ``fbr_kind`` has no rate of its own. The base lines of a document with an NF-e get the core's amounts
    here, from ``_fbr_amounts`` of the document, at the moment when Odoo would compute: nothing is kept that a later
    change of price or quantity could make stale.
    """

    _inherit = "account.tax"

    fbr_kind = fields.Selection(KINDS, "NF-e tax", readonly=True, copy=False)

    _fbr_kind_unique = models.UniqueIndex(
        "(company_id, fbr_kind) WHERE fbr_kind IS NOT NULL", "The company already has this NF-e tax."
    )

    @api.model_create_multi
    def create(self, vals_list):
        taxes = super().create(vals_list)
        if any(taxes.mapped("fbr_kind")):
            self.env.registry.clear_cache()
        return taxes

    def write(self, vals):
        result = super().write(vals)
        if {"active", "company_id", "fbr_kind"} & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        if any(self.mapped("fbr_kind")):
            self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    def _add_tax_details_in_base_lines(self, base_lines, company):
        if company._fbr_issues():
            self._fbr_fix_amounts(base_lines)
        return super()._add_tax_details_in_base_lines(base_lines, company)

    @api.model
    def _fbr_fix_amounts(self, base_lines):
        """Write the core's amounts into the base lines of documents with an NF-e; all others stay untouched."""
        line_class = self.env.registry["faturamento_br.fiscal.line"]
        by_source = {}
        for base_line in base_lines:
            record = base_line["record"]
            if isinstance(record, line_class) and record._fbr_describes(base_line):
                by_source.setdefault(record._fbr_source(), []).append(base_line)
        for source, its_lines in by_source.items():
            amounts = source._fbr_amounts([base_line["record"] for base_line in its_lines])
            taxes = source.company_id._fbr_taxes()
            for base_line in its_lines:
                if found := amounts.get(base_line["record"]):
                    base_line.update(found.base_line_values(taxes), tax_ids=self.browse(found.carriers(taxes)))

    @api.model
    def _get_tax_totals_summary(self, base_lines, currency, company, cash_rounding=None):
        """Leave out the groups of taxes inside the price: a customer neither pays them on top nor sees them move."""
        summary = super()._get_tax_totals_summary(base_lines, currency, company, cash_rounding)
        if company._fbr_issues():
            inside = {tax.id for kind, tax in company._fbr_taxes().items() if kind in INSIDE}
            for subtotal in summary["subtotals"]:
                subtotal["tax_groups"] = [
                    group for group in subtotal["tax_groups"] if not inside.issuperset(group["involved_tax_ids"])
                ]
            summary["has_tax_groups"] = any(subtotal["tax_groups"] for subtotal in summary["subtotals"])
        return summary
