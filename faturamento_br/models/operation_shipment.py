from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: Longest time goods may stay away: ten years, so that a mistyped year is told.
MOST_DAYS = 3650


class Operation(models.Model):
    """What an operation says of goods that leave without being billed."""

    _inherit = "faturamento_br.operation"

    goods_return = fields.Boolean(
        "Goods come back",
        tracking=True,
        help="What is out is listed under In the hands of third parties until it is returned or sold.",
    )
    return_days = fields.Integer(
        "Days to come back",
        tracking=True,
        help="Until when the suspension or exemption holds: 60 days for a demonstration (Ajuste "
        "SINIEF 2/2018), 180 for repair (Convênio AE-15/1974). 0: no deadline. Confirm it with your accountant.",
    )
    shipment_price = fields.Selection(
        [("list", "Sales price"), ("cost", "Cost")],
        "Price of a remittance",
        default="list",
        required=True,
        help="What the lines of a remittance are proposed to be worth.",
    )
    to_third_party = fields.Boolean(
        "To somebody else by order of the buyer",
        help="Venda à ordem: its remittance goes to the delivery address of the sale, not to who bought.",
    )

    @api.constrains("return_days")
    def _check_return_days(self):
        for operation in self:
            if not 0 <= operation.return_days <= MOST_DAYS:
                raise ValidationError(
                    self.env._(
                        "%(operation)s: goods come back within 0 to %(most)s days, not %(days)s.",
                        operation=operation.name,
                        most=MOST_DAYS,
                        days=operation.return_days,
                    )
                )

    def _fbr_return_operation(self):
        """The operation of entry by which goods that left by this one come back: what follows it, else the only one
        of its family; empty when nobody said it."""
        if self.counterpart_id.kind == "entry" and self.counterpart_id.place == "shipment":
            return self.counterpart_id
        family = [("family", "=", self.family), ("company_id", "=", self.company_id.id)]
        found = self.search([*family, ("kind", "=", "entry"), ("place", "=", "shipment")], limit=2)
        return found if len(found) == 1 else self.browse()

    def _fbr_sale_operation(self):
        """The operation that sells goods which left by this one; empty for the company's usual sale."""
        return self.counterpart_id.filtered(lambda operation: operation.place == "sale")

    def _fbr_remittance_operation(self):
        """The operation by which goods leave that were billed by this one; empty when they left with the sale."""
        return self.counterpart_id.filtered(
            lambda operation: operation.place == "shipment" and operation.kind == "exit"
        )
