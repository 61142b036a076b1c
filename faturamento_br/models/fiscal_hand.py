import json
from dataclasses import asdict
from decimal import Decimal

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import consteq, hmac

from ..fiscal.spec import HandTax
from ..fiscal.taxes.by_hand import NAMES, without_amounts
from .document_facts import computed
from .fiscal_source_amounts import Reader

GROUP = "faturamento_br.group_hand_taxes"
NUMBERS = ("base_reduction", "rate", "amount")
SCOPE = "faturamento_br.hand"


class FiscalSource(models.AbstractModel):
    """An order or invoice of whose lines taxes may be typed by hand."""

    _inherit = "faturamento_br.fiscal.source"

    def _fbr_takes_hand(self):
        """Whether taxes of its lines may still be typed."""
        return self._fbr_is_open()

    def _fbr_item_by_rules(self, line):
        """The core's item of ``line`` as if nothing had been typed on it."""
        lines = self._fbr_lines()
        place = lines.ids.index(line.id)
        facts = Reader(self).facts(lines)
        told = [each._replace(hand=()) if index == place else each for index, each in enumerate(facts.lines)]
        return computed(self.env.cr, facts._replace(lines=tuple(told))).items[place]


class FiscalLine(models.AbstractModel):
    """Taxes of a line typed by hand, by who has the right, with a reason; kept until somebody goes back to the rules.

    What was typed is signed with a secret of the database, for this product: so an order may be copied or invoiced by
    people without the right, and nobody can bring in a value that was not typed by somebody who has it.
    """

    _inherit = "faturamento_br.fiscal.line"

    fbr_hand = fields.Json("Taxes by hand", exportable=False)
    fbr_by_hand = fields.Boolean("By hand", compute="_compute_fbr_by_hand")

    @api.depends("fbr_hand")
    def _compute_fbr_by_hand(self):
        by_hand = self.filtered("fbr_hand")
        by_hand.fbr_by_hand = True
        (self - by_hand).fbr_by_hand = False

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("fbr_hand"):
                self._fbr_check_hand(vals["fbr_hand"], vals.get("product_id"))
        return super().create(vals_list)

    def write(self, vals):
        if "fbr_hand" in vals:
            changing = self.filtered(lambda line: (line.fbr_hand or False) != (vals["fbr_hand"] or False))
            if changing:
                changing._fbr_check_right()
            for line in changing if vals["fbr_hand"] else ():
                line._fbr_check_hand(vals["fbr_hand"], vals.get("product_id", line.product_id.id))
        result = super().write(vals)
        if "product_id" in vals and "fbr_hand" not in vals:
            for line in self.filtered("fbr_hand"):  # kept for what is sold now
                super(FiscalLine, line).write({"fbr_hand": line._fbr_signed(line.fbr_hand, line.product_id.id)})
        return result

    # --- What was typed -----------------------------------------------------------------------------------------

    def _fbr_hand_taxes(self):
        """What was typed on this line, as the core's values."""
        kept = self.fbr_hand
        if not kept:
            return ()
        return tuple(
            HandTax(tax, values.get("situation", ""), *(_number(values.get(name)) for name in NUMBERS))
            for tax, values in kept["taxes"].items()
        )

    def _fbr_hand_for(self, quantity):
        """What the invoice of ``quantity`` of this order line takes over: an amount is of the whole line only."""
        taxes = self._fbr_hand_taxes()
        if quantity != self[self._fbr_quantity_name]:
            taxes = without_amounts(taxes)
        return self._fbr_signed({**self.fbr_hand, "taxes": _told(taxes)}, self.product_id.id)

    def _fbr_type_taxes(self, taxes, reason):
        """Keep ``taxes`` (:class:`~..fiscal.spec.HandTax`) with this line, or go back to the rules when there are none.

        :raises UserError: they cannot be, all of it; AccessError: the user has no right to type taxes.
        """
        self.ensure_one()
        self._fbr_check_right()
        self.check_access("write")
        if not taxes:
            if self.fbr_hand:
                self.write({"fbr_hand": False})
                self._fbr_source().message_post(
                    body=self.env._("%s: taxes are those of the rules again.", self.display_name)
                )
            return
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason why the taxes are typed by hand: it stays with the document."))
        kept = {
            "taxes": _told(taxes),
            "reason": reason.strip(),
            "by": self.env.user.name,
            "day": fields.Date.context_today(self).isoformat(),
        }
        source = self._fbr_source()
        before = {_key(found) for found in source._fbr_tax_problems()}
        self.write({"fbr_hand": self._fbr_signed(kept, self.product_id.id)})
        if wrong := [found for found in source._fbr_tax_problems() if _key(found) not in before]:
            raise UserError("\n".join(f"{found.message(self.env)} {found.cure(self.env)}".strip() for found in wrong))
        lines = [Markup("<li>%s</li>") % self._fbr_told_hand(typed) for typed in taxes]
        source.message_post(
            body=Markup("%s<ul>%s</ul>%s")
            % (
                self.env._("%s: taxes typed by hand.", self.display_name),
                Markup("").join(lines),
                self.env._("Reason: %s", reason.strip()),
            )
        )

    def _fbr_told_hand(self, typed):
        """``ICMS: 20, reduction 33.33 %, rate 12 %``."""
        told = [typed.situation] if typed.situation else []
        for name, text in (
            ("base_reduction", self.env._("reduction %s %%", typed.base_reduction)),
            ("rate", self.env._("rate %s %%", typed.rate)),
            ("amount", self.env._("amount R$ %s", typed.amount)),
        ):
            if getattr(typed, name) is not None:
                told.append(text)
        return f"{NAMES[typed.tax]}: {', '.join(told)}"

    # --- Who may ------------------------------------------------------------------------------------------------

    def _fbr_check_right(self):
        if not self.env.user.has_group(GROUP):
            raise AccessError(
                self.env._("Typing taxes by hand takes the right “Edit taxes by hand”: ask who manages the accounts.")
            )
        if closed := self.filtered(lambda line: not line._fbr_source()._fbr_takes_hand()):
            raise UserError(
                self.env._(
                    "%s is closed: reset it to draft, or unlock it, before its taxes are typed.",
                    closed[0]._fbr_source().display_name,
                )
            )

    def _fbr_check_hand(self, kept, product_id):
        """What was typed comes from :meth:`_fbr_type_taxes`, for this product."""
        signature = kept.get("signature", "") if isinstance(kept, dict) else ""
        if not signature or not consteq(signature, self._fbr_signed(kept, product_id)["signature"]):
            raise AccessError(
                self.env._("Taxes by hand are typed on the line, by who has the right: they cannot be brought in.")
            )

    def _fbr_signed(self, kept, product_id):
        kept = {name: value for name, value in kept.items() if name != "signature"}
        said = json.dumps([kept, product_id], sort_keys=True)
        return {**kept, "signature": hmac(self.env(su=True), SCOPE, said)}

    # --- Buttons ------------------------------------------------------------------------------------------------

    def action_fbr_type_taxes(self):
        """Open the dialog in which taxes of this line are typed."""
        self.ensure_one()
        self._fbr_check_right()
        return self.env["faturamento_br.hand_taxes"]._fbr_open(self)


def _number(text):
    return None if text is None else Decimal(text)


def _told(taxes):
    """As JSON that keeps every digit."""
    told = {}
    for typed in taxes:
        values = {
            name: str(value) for name, value in asdict(typed).items() if value not in (None, "") and name != "tax"
        }
        if values:
            told[typed.tax] = values
    return told


def _key(found):
    """By what a problem is the same before and after."""
    return found.problem.code, found.problem.path
