from dataclasses import replace
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..fiscal import spec
from ..fiscal.taxes import by_hand, engine
from ..models.fiscal_explanation import dialog_link
from ..models.fiscal_source_amounts import Reader
from ..models.line_amounts import exact

TAXES = list(by_hand.NAMES.items())


class HandTaxes(models.TransientModel):
    """The dialog in which somebody with the right types taxes of a line: what differs from the rules is kept."""

    _name = "faturamento_br.hand_taxes"
    _description = "Taxes by hand"

    order_line_id = fields.Many2one("sale.order.line", readonly=True, ondelete="cascade")
    move_line_id = fields.Many2one("account.move.line", readonly=True, ondelete="cascade")
    tax_ids = fields.One2many("faturamento_br.hand_taxes.tax", "dialog_id", "Taxes")
    reason = fields.Text()
    by_hand = fields.Boolean("Typed by hand", readonly=True)

    @api.model
    def _fbr_open(self, line):
        """The dialog for ``line``, filled with its taxes as they are."""
        dialog = self.create(
            {
                dialog_link(line): line.id,
                "by_hand": bool(line.fbr_hand),
                "reason": line.fbr_hand["reason"] if line.fbr_hand else False,
                "tax_ids": [Command.create(values) for values in self._fbr_rows(line)],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Taxes by hand: %s", line.product_id.display_name),
            "res_model": self._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _fbr_rows(self, line):
        """A row for each tax: as the rules say, and as it is."""
        source = line._fbr_source().sudo()
        context = Reader(source).context
        item = next((item for other, item in source._fbr_line_items() if other == line.sudo()), None)
        if item is None:
            raise UserError(
                self.env._("The line has no taxes by the rules yet: mend what the document asks for first.")
            )
        plain = source._fbr_item_by_rules(line.sudo())
        now = _computed(context, item)
        ruled = _computed(context, plain)
        typed = {each.tax: each for each in item.hand}
        for tax, _name in TAXES:
            by_rule, is_now = _numbers(ruled, plain, tax), _numbers(now, item, tax)
            if tax == "icms_st" and by_rule["absent"] and is_now["absent"]:
                continue
            found = typed.get(tax)
            yield {
                "tax": tax,
                **{name: is_now[name] for name in ("situation", "base_reduction", "rate", "amount")},
                **{f"rule_{name}": by_rule[name] for name in ("situation", "base_reduction", "rate")},
                "fixes_amount": bool(found and found.amount is not None),
            }

    @api.onchange("tax_ids")
    def _onchange_tax_ids(self):
        """Amounts follow what is typed at once; those typed themselves stay, and what cannot be taxed says nothing."""
        source = self._line()._fbr_source().sudo()
        plain = source._fbr_item_by_rules(self._line().sudo())
        hand = tuple(typed for row in self.tax_ids if (typed := row._fbr_typed()))
        item = replace(plain, rules=by_hand.apply(plain.rules, hand), hand=hand)
        taxed = _computed(Reader(source).context, item)
        for row in self.tax_ids if taxed else ():
            if not row.fixes_amount:
                row.amount = _numbers(taxed, item, row.tax)["amount"]

    def action_apply(self):
        """Keep what differs from the rules."""
        self.ensure_one()
        taxes = [typed for row in self.tax_ids if (typed := row._fbr_typed())]
        if not taxes and not self.by_hand:
            raise UserError(self.env._("Nothing differs from the rules: change a value, or close."))
        self._line()._fbr_type_taxes(taxes, self.reason)
        return {"type": "ir.actions.act_window_close"}

    def action_back_to_rules(self):
        """Forget what was typed."""
        self.ensure_one()
        self._line()._fbr_type_taxes((), "")
        return {"type": "ir.actions.act_window_close"}

    def _line(self):
        return self.order_line_id or self.move_line_id


class HandTax(models.TransientModel):
    """One tax in the dialog, beside what the rules say of it."""

    _name = "faturamento_br.hand_taxes.tax"
    _description = "Tax by hand"

    dialog_id = fields.Many2one("faturamento_br.hand_taxes", required=True, ondelete="cascade")
    tax = fields.Selection(TAXES, required=True, readonly=True)
    situation = fields.Char("CST/CSOSN")
    base_reduction = fields.Float("Reduction %", digits=(7, 4))
    rate = fields.Float("Rate %", digits=(7, 4))
    amount = fields.Float(digits=(16, 2))
    fixes_amount = fields.Boolean("Amount by hand")
    rule_situation = fields.Char("By the rules", readonly=True)
    rule_base_reduction = fields.Float("Reduction by the rules", digits=(7, 4), readonly=True)
    rule_rate = fields.Float("Rate by the rules", digits=(7, 4), readonly=True)

    def _fbr_typed(self):
        """What differs from the rules; nothing when all is as they say."""
        situation = (self.situation or "").strip()
        values = {
            name: exact(self, name)
            for name in ("base_reduction", "rate")
            if exact(self, name) != exact(self, f"rule_{name}")
        }
        if situation != (self.rule_situation or ""):
            values["situation"] = situation
        if self.fixes_amount:
            values["amount"] = exact(self, "amount")
        return spec.HandTax(self.tax, **values) if values else None


def _computed(context, item):
    return None if engine.missing_rules(context, [item]) else engine.compute_item(context, item)


def _numbers(taxed, item, tax):
    """Situation, reduction, rate and amount of ``tax``: of the result, or of the rule where it cannot be computed."""
    rule = getattr(item.rules, tax)
    result = getattr(taxed, tax) if taxed else None
    situation = "" if rule is None or tax == "icms_st" else getattr(rule, "csosn", "") or rule.cst
    rate = result.rate if result else getattr(rule, "rate", None) or Decimal(0)
    return {
        "absent": rule is None,
        "situation": situation,
        "base_reduction": float(getattr(rule, "base_reduction", None) or 0),
        "rate": float(rate),
        "amount": float(result.amount) if result else 0.0,
    }
