from odoo import fields, models


class ResPartner(models.Model):
    """The customer's contracts."""

    _inherit = "res.partner"

    fbr_contract_count = fields.Integer(compute="_compute_fbr_contract_count")

    def _compute_fbr_contract_count(self):
        contracts = self.env["faturamento_br.contract"]
        groups = []
        if self.ids and contracts.has_access("read"):
            own = [("commercial_partner_id", "in", self.commercial_partner_id.ids)]
            groups = contracts._read_group(own, ["commercial_partner_id"], ["__count"])
        counts = {partner.id: count for partner, count in groups}
        for partner in self:
            partner.fbr_contract_count = counts.get(partner.commercial_partner_id.id, 0)

    def action_view_fbr_contracts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.contract_action")
        own = [("commercial_partner_id", "=", self.commercial_partner_id.id)]
        return {**action, "domain": own, "context": {"default_partner_id": self.id}}
