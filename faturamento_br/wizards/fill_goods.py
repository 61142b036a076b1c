from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.goods import IN_FORCE, ORIGINS


class FillGoods(models.TransientModel):
    """Fill in what the law asks of goods on many products at once; what is left empty stays as it was."""

    _name = "faturamento_br.fill_goods"
    _description = "Fill in NF-e data of products"

    product_tmpl_ids = fields.Many2many("product.template", string="Products", required=True)
    product_count = fields.Integer("Products selected", compute="_compute_product_count")
    ncm_id = fields.Many2one("faturamento_br.ncm", "NCM", domain=IN_FORCE)
    cest_id = fields.Many2one("faturamento_br.cest", "CEST", domain=IN_FORCE)
    origin = fields.Selection(ORIGINS, "Origin of the goods")
    ncm_code = fields.Char(related="ncm_id.code")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        ids = self.env.context.get("active_ids") or []
        if self.env.context.get("active_model") == "product.product":
            ids = self.env["product.product"].browse(ids).product_tmpl_id.ids
        if self.env.context.get("active_model") == "faturamento_br.checkup_finding":
            ids = self.env["faturamento_br.checkup_finding"].browse(ids).product_tmpl_id.ids
        return {**values, "product_tmpl_ids": [Command.set(ids)]}

    @api.depends("product_tmpl_ids")
    def _compute_product_count(self):
        for wizard in self:
            wizard.product_count = len(wizard.product_tmpl_ids)

    def action_fill(self):
        """Write the chosen values on all products, with the user's own rights."""
        self.ensure_one()
        values = {"fbr_ncm": self.ncm_id.code, "fbr_cest": self.cest_id.code, "fbr_origin": self.origin}
        values = {name: value for name, value in values.items() if value}
        if not values:
            raise UserError(self.env._("Choose at least one value to fill in."))
        self.product_tmpl_ids.write(values)
        if self.env.context.get("active_model") == "faturamento_br.checkup_finding":
            findings = self.env["faturamento_br.checkup_finding"].browse(self.env.context["active_ids"])
            findings._fbr_check_again()
        return {"type": "ir.actions.act_window_close"}
