from odoo import models
from odoo.exceptions import UserError


class SaleAdvancePaymentInv(models.TransientModel):
    _inherit = "sale.advance.payment.inv"

    def _create_invoices(self, sale_orders):
        """Refuse a down payment of goods: its NF-e (advance billing, CFOP 5922) has no rule yet."""
        if self.advance_payment_method != "delivered" and (orders := sale_orders.filtered("fbr_is_fiscal")):
            raise UserError(
                self.env._(
                    "%(orders)s: a down payment of goods has no NF-e rule yet. Register the advance as a payment, and "
                    "invoice the goods in full.",
                    orders=", ".join(orders.mapped("name")),
                )
            )
        return super()._create_invoices(sale_orders)
