from odoo import _, api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """An invoice of goods and services together: two documents by law, so two invoices."""

    _inherit = "account.move"

    fbr_is_mixed = fields.Boolean(compute="_compute_fbr_is_mixed")

    @api.depends("fbr_operation_id", "invoice_line_ids.product_id", "state")
    def _compute_fbr_is_mixed(self):
        for move in self:
            move.fbr_is_mixed = move.state == "draft" and move._fbr_needs_document() and bool(move._fbr_service_lines())

    def _fbr_service_lines(self):
        """Lines that are neither items of an NF-e nor charges shared among them."""
        return self.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                and line.product_id
                and not line.product_id._fbr_is_goods()
                and not line.product_id.fbr_charge_kind
            )
        )

    def action_fbr_split_services(self):
        """Move the services to a draft invoice of their own, order links and all."""
        self.ensure_one()
        self.check_access("write")
        if not self.fbr_is_mixed:
            raise UserError(_("There is nothing to split: this is not a draft invoice with goods and services."))
        services = self.with_context(include_business_fields=True).copy(
            {"invoice_date": self.invoice_date, "invoice_origin": self.invoice_origin}
        )
        (services.invoice_line_ids - services._fbr_service_lines()).unlink()
        services.fbr_operation_id = False
        self._fbr_service_lines().unlink()
        for move, other in ((self, services), (services, self)):
            move._message_log(body=_("Goods and services were split: see %s.", other._get_html_link()))
        return services._get_records_action(name=_("Services"))
