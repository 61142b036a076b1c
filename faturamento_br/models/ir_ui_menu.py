from odoo import api, models


class IrUiMenu(models.Model):
    """Who works in no Brazilian company does not see what only those need; the way to become one stays."""

    _inherit = "ir.ui.menu"

    @api.model
    def _load_menus_blacklist(self):
        hidden = super()._load_menus_blacklist()
        if "BR" in self.env.user.company_ids.sudo().account_fiscal_country_id.mapped("code"):
            return hidden
        stays = self.env.ref("faturamento_br.menu_checklist")
        ours = self.env["ir.model.data"].sudo().search([("module", "=", "faturamento_br"), ("model", "=", self._name)])
        return [*hidden, *(set(ours.mapped("res_id")) - {stays.id})]
