from odoo import models
from odoo.exceptions import UserError

#: Lines that the dialog of the company's data mends.
COMPANY_LINES = ("company", "tax_id", "ie", "crt", "address", "contact", "logo")
#: Those with a method of their own, ``_fbr_mend_<key>``.
OTHER_LINES = (
    *("technician", "environment", "certificate", "simulator", "authorizer", "series", "journal"),
    *("operation", "product", "customer", "first"),
)


class ResCompany(models.Model):
    """The button of each line of the checklist: to the place where it is mended, or the mending itself."""

    _inherit = "res.company"

    def action_fbr_checklist_mend(self, key):
        """What the button of the checklist's line ``key`` opens; False when pressing it was all.

        :raises UserError: the line has no such button, or mending it failed.
        """
        self._fbr_check_may_set_up()
        if key in COMPANY_LINES:
            return self._fbr_dialog("faturamento_br.company.setup", self.env._("Company data"))
        if key not in OTHER_LINES:
            raise UserError(self.env._("Nothing is known of “%s”: open the checklist again.", key))
        return getattr(self, f"_fbr_mend_{key}")()

    def _fbr_dialog(self, model, name, record=None, view=False, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "res_id": record.id if record else False,
            "views": [(view and self.env.ref(view).id, "form")],
            "target": "new",
            "context": {"default_company_id": self.id, **context},
        }

    def _fbr_mend_technician(self):
        return self.env["ir.actions.actions"]._for_xml_id("account.action_account_config")

    _fbr_mend_environment = _fbr_mend_technician

    def _fbr_mend_certificate(self):
        """A throwaway one in the simulator, at once; else the dialog that takes the company's own."""
        company = self.sudo()
        if company.fbr_environment == "simulator" and not company._fbr_known_to_simulator():
            return self._fbr_mend_simulator()
        return self._fbr_dialog("faturamento_br.certificate", self.env._("Upload certificate"))

    def _fbr_mend_simulator(self):
        self.check_access("write")
        self._fbr_use_simulator()
        return False

    def _fbr_mend_authorizer(self):
        return self.env["faturamento_br.connection.test"]._fbr_open(self)

    def _fbr_mend_series(self):
        return self._fbr_dialog(
            "faturamento_br.series.continuation",
            self.env._("Continue a former system's numbering"),
            default_environment=self.fbr_environment,
        )

    def _fbr_mend_journal(self):
        return self._fbr_dialog("account.journal", self.env._("Journal"), self.sudo()._fbr_sale_journal().sudo(False))

    def _fbr_mend_operation(self):
        operation = self.env["faturamento_br.operation"]._fbr_default_for(self)
        action = self.env["ir.actions.actions"]._for_xml_id("faturamento_br.operation_action")
        if operation:
            action.update(views=[(False, "form")], res_id=operation.id)
        return action

    def _fbr_mend_product(self):
        """The first goods' form; later the list of those not ready, or of all when none is left."""
        own, Product = self._fbr_goods_domain(), self.env["product.template"]
        if not Product.search_count(own, limit=1):
            view = "faturamento_br.product_view_form_first"
            return self._fbr_dialog(Product._name, self.env._("First product"), view=view, default_company_id=False)
        if Product.search_count([*own, ("fbr_is_ready", "=", False)], limit=1):
            return self.env["ir.actions.actions"]._for_xml_id("faturamento_br.product_ready_action")
        return self.env["ir.actions.actions"]._for_xml_id("account.product_product_action_sellable")

    def _fbr_mend_customer(self):
        Partner = self.env["res.partner"]
        if Partner.search_count(self.sudo()._fbr_customer_domain(), limit=1):
            return self.env["ir.actions.actions"]._for_xml_id("account.res_partner_action_customer")
        return self._fbr_dialog(
            Partner._name,
            self.env._("First customer"),
            default_company_id=False,
            default_is_company=True,
            default_company_type="company",
            default_customer_rank=1,
            default_country_id=self.env.ref("base.br").id,
        )

    def _fbr_mend_first(self):
        """The first authorized document; before there is one, the tour that leads to it."""
        first = self._fbr_first_document()
        if first:
            return {
                "type": "ir.actions.act_window",
                "res_model": first._name,
                "res_id": first.id,
                "views": [(False, "form")],
            }
        return {"type": "ir.actions.client", "tag": "faturamento_br.start_tour"}
