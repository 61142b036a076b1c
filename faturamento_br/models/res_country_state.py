from odoo import api, models


class ResCountryState(models.Model):
    """States found by their letters."""

    _inherit = "res.country.state"

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """In a spreadsheet of a company that issues NF-e, ``SC`` is Santa Catarina, not South Carolina.

        A foreign customer's row is put right by its country (``res_partner_address.py``).
        """
        if operator == "=" and self.env.context.get("import_file") and self.env.company._fbr_issues():
            same = [("country_id.code", "=", "BR"), ("code", "=", (name or "").strip().upper())]
            if state := self.search(same, limit=1):
                return [(state.id, state.display_name)]
        return super().name_search(name, domain, operator, limit)
