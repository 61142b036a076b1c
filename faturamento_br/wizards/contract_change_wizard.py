from odoo import api, fields, models
from odoo.exceptions import UserError

from ..billing import changes
from ..billing.schedule import Schedule
from ..models.contract_preview import AHEAD

#: What is copied to the entry of the list.
COPIED = ("action", "effective", "quantity", "price_unit", "with_discount", "discount", "extends", "why")


class ContractChangeWizard(models.TransientModel):
    """Agree on a change of a running contract, with what it will bill before one says yes."""

    _name = "faturamento_br.contract.change.wizard"
    _description = "Change a contract"
    _check_company_auto = True

    contract_id = fields.Many2one("faturamento_br.contract", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="contract_id.company_id")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    action = fields.Selection(
        [
            ("terms", "Price, quantity or product"),
            ("pause", "Pause"),
            ("resume", "Resume"),
            ("end", "End"),
            ("undo", "Take back a change"),
        ],
        "What",
        required=True,
        default="terms",
    )
    line_id = fields.Many2one(
        "faturamento_br.contract.line", domain="[('contract_id', '=', contract_id)]", help="Empty: all lines."
    )
    undone_id = fields.Many2one(
        "faturamento_br.contract.change", "Change to take back", domain="[('contract_id', '=', contract_id)]"
    )
    when = fields.Selection(
        [("now", "Today"), ("next", "With the next period"), ("day", "On a day")], required=True, default="next"
    )
    effective = fields.Date("From", compute="_compute_effective", store=True, readonly=False, required=True)
    quantity = fields.Float("New quantity", digits="Product Unit", help="0: as before.")
    price_unit = fields.Float("New price", digits="Product Price", help="0: as before.")
    product_id = fields.Many2one("product.product", "New product", domain=[("sale_ok", "=", True)], check_company=True)
    with_discount = fields.Boolean("Change the discount")
    discount = fields.Float("New discount (%)", digits="Discount")
    extends = fields.Boolean("Move the end by the pause")
    why = fields.Char("Reason", required=True)
    free_end = fields.Date(
        "Free to leave on", compute="_compute_free_end", help="The first day without a fine if notice is given today."
    )
    leaves_early = fields.Boolean(compute="_compute_free_end")
    fine = fields.Monetary(
        "Fine to charge", compute="_compute_fine", store=True, readonly=False,
        help="The agreed fine by the days of the minimum term that are left. 0: none is charged.",
    )  # fmt: skip
    preview = fields.Html("Next invoices with the change", compute="_compute_preview", sanitize=False)
    preview_before = fields.Html("Next invoices as it is", related="contract_id.preview", sanitize=False)

    @api.depends("when", "line_id", "contract_id")
    def _compute_effective(self):
        for wizard in self:
            today = wizard.contract_id._today()
            if wizard.when == "next":
                lines = wizard.line_id or wizard.contract_id.line_ids
                starts = [Schedule(line._value()).next_start(today) for line in lines]
                wizard.effective = min(starts, default=today)
            elif wizard.when == "now" or not wizard.effective:
                wizard.effective = today

    @api.depends("action", "effective", "line_id", "contract_id")
    def _compute_free_end(self):
        for wizard in self:
            ends = wizard._ends_the_contract()
            wizard.free_end = ends and wizard.contract_id._term().free_end(wizard.contract_id._today())
            wizard.leaves_early = ends and wizard.effective < wizard.free_end

    @api.depends("action", "effective", "line_id", "contract_id")
    def _compute_fine(self):
        for wizard in self:
            wizard.fine = wizard._ends_the_contract() and wizard.contract_id._fine_for(wizard.effective)

    def _ends_the_contract(self):
        return self.action == "end" and not self.line_id and bool(self.effective)

    @api.depends(*COPIED, "line_id", "product_id", "undone_id")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview = False
            contract = wizard.contract_id
            if wizard._says_something():
                change = wizard._value()
                if not contract._problems(change):
                    wizard.preview = contract._preview(contract._coming(AHEAD, change))

    def _says_something(self):
        if self.action == "undo":
            return bool(self.undone_id)
        terms = self.quantity or self.price_unit or self.product_id or self.with_discount
        return bool(self.effective and (self.action != "terms" or terms))

    def _values(self):
        return {
            **{name: self[name] for name in COPIED},
            "contract_id": self.contract_id.id,
            "line_id": self.line_id.id,
            "product_id": self.product_id.id,
            "undone_id": self.undone_id.id if self.action == "undo" else False,
        }

    def _value(self):
        """The change as a value of ``billing/``, as its row will be."""
        return self.env["faturamento_br.contract.change"].new(self._values())._value()

    def action_change(self):
        """Write the change down.

        :raises UserError: everything wrong with it.
        """
        self.ensure_one()
        contract = self.contract_id
        if not self._says_something():
            raise UserError(self.env._("Say what changes: a price, a quantity, a product or a discount."))
        contract.check_access("write")
        if told := [contract._told(problem) for problem in contract._problems(self._value())]:
            raise UserError("\n".join(dict.fromkeys(told)))
        terms = {"before": self._terms_text(), "after": self._terms_text(self._value())}
        change = self.env["faturamento_br.contract.change"].create({**self._values(), **terms})
        contract._message_log(
            body=self.env._(
                "%(change)s: %(before)s → %(after)s. %(why)s",
                change=change.display_name,
                before=change.before,
                after=change.after,
                why=change.why,
            )
        )
        if self.action == "end" and self.fine > 0:
            contract._charge_fine(self.fine, self.effective)
        return {"type": "ir.actions.act_window_close"}

    def _terms_text(self, *more):
        """What holds on the day, in short."""
        times = changes.timelines(self.contract_id._value(*more))
        told = []
        for line in self.line_id or self.contract_id.line_ids:
            terms = times[line.id].at(self.effective)
            if terms is None:
                told.append(self.env._("nothing owed"))
                continue
            discount = f" -{terms.discount}%" if terms.discount else ""
            product = self.env["product.product"].browse(terms.plan)
            told.append(f"{product.display_name} {terms.quantity.normalize():f} × {terms.price}{discount}")
        return "; ".join(told)
