from odoo import api, models

FIRST_NFE = "faturamento_br_first_nfe"


class WebTourTour(models.Model):
    """The tour of the first NF-e is offered where NF-e are issued, to who makes invoices, before the others."""

    _inherit = "web_tour.tour"

    @api.model
    def get_current_tour(self):
        user = self.env.user
        if (
            user.tour_enabled
            and user.has_group("account.group_account_invoice")
            and self.env.company._fbr_issues()
            and (tour := self.search([("name", "=", FIRST_NFE), ("user_consumed_ids", "not in", user.id)]))
        ):
            return tour._get_tour_json()
        return super().get_current_tour()
