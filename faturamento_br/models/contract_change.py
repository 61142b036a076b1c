from odoo import api, fields, models
from odoo.exceptions import UserError


class ContractChange(models.Model):
    """One entry of what was agreed after signing: who, when, why, from which day. One only appends to it."""

    _name = "faturamento_br.contract.change"
    _description = "Change of a contract"
    _order = "contract_id, id"
    _check_company_auto = True

    contract_id = fields.Many2one("faturamento_br.contract", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    line_id = fields.Many2one(
        "faturamento_br.contract.line", index=True, ondelete="cascade", help="Empty: all lines of the contract."
    )
    action = fields.Selection(
        [
            ("terms", "Price, quantity or product"),
            ("pause", "Pause"),
            ("resume", "Resume"),
            ("end", "End"),
            ("undo", "Take back"),
        ],
        required=True,
    )
    effective = fields.Date("From", required=True)
    quantity = fields.Float("New quantity", digits="Product Unit", help="0: as before.")
    price_unit = fields.Float("New price", digits="Product Price", help="0: as before.")
    product_id = fields.Many2one("product.product", "New product", check_company=True, ondelete="restrict")
    with_discount = fields.Boolean("Changes the discount")
    discount = fields.Float("New discount (%)", digits="Discount")
    extends = fields.Boolean("The end moves by the pause")
    undone_id = fields.Many2one(
        "faturamento_br.contract.change", "Takes back", index="btree_not_null", ondelete="cascade"
    )
    why = fields.Char("Reason", required=True)
    before = fields.Char(help="What held on that day when this was agreed.")
    after = fields.Char()

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("The history of a contract is not changed. Take the change back with a new one.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("The history of a contract is not deleted. Take the change back with a new one."))

    @api.depends("action", "effective")
    def _compute_display_name(self):
        actions = dict(self._fields["action"]._description_selection(self.env))
        for change in self:
            change.display_name = f"{actions.get(change.action, '')} {fields.Date.to_string(change.effective) or ''}"
