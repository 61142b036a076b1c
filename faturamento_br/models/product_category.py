from odoo import api, fields, models


class ProductCategory(models.Model):
    """A category gives its products what they do not say themselves."""

    _name = "product.category"
    _inherit = ["product.category", "faturamento_br.goods"]

    fbr_is_brazilian = fields.Boolean("Brazilian company", compute="_compute_fbr_is_brazilian")

    @api.depends_context("allowed_company_ids")
    def _compute_fbr_is_brazilian(self):
        self.fbr_is_brazilian = "BR" in self.env.companies.account_fiscal_country_id.mapped("code")

    def write(self, vals):
        result = super().write(vals)
        if "parent_id" in vals:
            self.env.registry.clear_cache()  # tax rules of a category are known by its place in the tree
        return result

    def _fbr_category(self):
        return self.parent_id

    @api.depends("fbr_ncm", "parent_id.fbr_effective_ncm")
    def _compute_fbr_effective_ncm(self):
        return super()._compute_fbr_effective_ncm()

    @api.depends("parent_id", *(f"parent_id.{name}" for name in ("fbr_ncm", "fbr_cest", "fbr_origin", "fbr_ipi_cst")))
    def _compute_fbr_hints(self):
        return super()._compute_fbr_hints()
