from base64 import b64decode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class PurchaseReturn(models.TransientModel):
    """Choose what of a supplier's NF-e goes back; the credit note takes its items, prices and key."""

    _name = "faturamento_br.purchase_return"
    _description = "Return by the supplier's NF-e"

    move_id = fields.Many2one("account.move", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="move_id.company_id")
    file = fields.Binary("Supplier's XML", attachment=False)
    file_name = fields.Char()
    label = fields.Char("NF-e", readonly=True)
    line_ids = fields.One2many("faturamento_br.purchase_return.line", "wizard_id", "Items")

    @api.onchange("file")
    def _onchange_file(self):
        """The items of the file, all that is left of them."""
        self.line_ids, self.label = [Command.clear()], False
        if not self.file:
            return
        purchases = self.env["faturamento_br.purchase"]
        told = purchases._read(self.company_id, b64decode(self.file))
        supplier = purchases._supplier(self.company_id, told)
        kept = purchases.search([("company_id", "=", self.company_id.id), ("access_key", "=", told.key)])
        returned = kept._quantities_returned() if kept else {}
        self.label = f"{told.key} · {supplier.display_name}"
        products = self._products(supplier, told.items)
        self.line_ids = [
            Command.create(
                {
                    "number": number,
                    "description": item.description,
                    "unit": item.unit,
                    "price": float(item.unit_price),
                    "left": float(item.quantity) - returned.get(number, 0.0),
                    "quantity": float(item.quantity) - returned.get(number, 0.0),
                    "product_id": products.get(number),
                }
            )
            for number, item in told.items.items()
        ]

    def _products(self, supplier, items):
        """The product of each item as far as it is known: by the supplier's code or the GTIN, else as the bill says,
        when both have one line only."""
        codes = {item.code for item in items.values()} - {""}
        infos = self.env["product.supplierinfo"].search(
            [("partner_id", "child_of", supplier.id), ("product_code", "in", list(codes))]
        )
        by_code = {info.product_code: info.product_id or info.product_tmpl_id.product_variant_id for info in infos}
        gtins = {item.gtin for item in items.values()} - {"", "SEM GTIN"}
        found = self.env["product.product"].search([("barcode", "in", list(gtins))])
        by_gtin = {product.barcode: product for product in found}
        billed = self.move_id.invoice_line_ids.product_id
        only = billed if len(items) == len(billed) == 1 else billed.browse()
        return {number: (by_code.get(item.code) or by_gtin.get(item.gtin) or only).id for number, item in items.items()}

    def action_apply(self):
        """Give the credit note these items: our NF-e of return will say them."""
        self.ensure_one()
        move, lines = self.move_id, self.line_ids.filtered("quantity")
        if not move.fbr_may_send_back:
            raise UserError(self.env._("%s is no draft of a vendor credit note.", move.display_name))
        if not self.file or not lines:
            raise UserError(self.env._("Choose the supplier's XML, and say of at least one item how much goes back."))
        if nameless := lines.filtered(lambda line: not line.product_id):
            raise UserError(
                self.env._("Say which product of yours each item is: %s.", ", ".join(nameless.mapped("description")))
            )
        purchase = self.env["faturamento_br.purchase"]._from_file(move.company_id, b64decode(self.file))
        if move.commercial_partner_id and move.commercial_partner_id != purchase.partner_id.commercial_partner_id:
            raise UserError(
                self.env._(
                    "The NF-e is of %(supplier)s, and the credit note of %(partner)s.",
                    supplier=purchase.partner_id.display_name,
                    partner=move.commercial_partner_id.display_name,
                )
            )
        accounts = {line.product_id: line.account_id for line in move.invoice_line_ids}
        values = [line._values(purchase, accounts.get(line.product_id)) for line in lines]
        move.write(
            {
                "partner_id": move.partner_id.id or purchase.partner_id.id,
                "fbr_purchase_id": purchase.id,
                "fbr_sends_back": True,
                "invoice_line_ids": [Command.clear(), *map(Command.create, values)],
            }
        )
        move.fbr_final_consumer = purchase._told().final_consumer
        return {"type": "ir.actions.act_window_close"}


class PurchaseReturnLine(models.TransientModel):
    _name = "faturamento_br.purchase_return.line"
    _description = "Item of a supplier's NF-e"

    wizard_id = fields.Many2one("faturamento_br.purchase_return", required=True, ondelete="cascade")
    number = fields.Integer("Item")
    description = fields.Char("On the supplier's NF-e")
    unit = fields.Char()
    price = fields.Float("Unit price", digits=(16, 10))
    left = fields.Float("Not given back yet", digits="Product Unit")
    quantity = fields.Float("Goes back", digits="Product Unit")
    product_id = fields.Many2one("product.product", "Your product")

    def _values(self, purchase, account):
        """Values of the line of the credit note."""
        item = purchase._told().items[self.number]
        gross = item.quantity * item.unit_price
        return {
            "product_id": self.product_id.id,
            "name": self.description,
            "quantity": self.quantity,
            "price_unit": float(item.unit_price),
            "discount": float(item.discount * 100 / gross) if gross else 0.0,
            "fbr_purchase_item": self.number,
            **({"account_id": account.id} if account else {}),
        }
