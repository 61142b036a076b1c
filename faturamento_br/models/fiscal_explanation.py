from dataclasses import replace
from datetime import date

from odoo import models
from odoo.tools import format_date

from ..fiscal.explanation import TAXES, explain, kept
from ..fiscal.explanation.words import say
from ..fiscal.problems import _
from ..fiscal.rules.explain import Explanation
from ..fiscal.taxes import engine
from .explanation_text import html, named
from .fiscal_source_amounts import Reader
from .fiscal_source_problems import name_of

BY_HAND = _("By hand, by %(name)s on %(day)s, not by a tax rule: %(reason)s")
RETURNED = _(
    "As on %(document)s, item %(number)s, in proportion: %(quantity)s of its %(whole)s, and %(before)s went before. "
    "The rules of today do not hold: a return undoes what was issued."
)
FROM_REGISTER = _("From the register of %(name)s, not from a tax rule.")


class FiscalSource(models.AbstractModel):
    """Why the lines of an order or invoice have the taxes they have: told when somebody asks, never when saving."""

    _inherit = "faturamento_br.fiscal.source"

    def _fbr_explained(self, line):
        """The explanation of ``line`` by today's rules, as steps of :mod:`~..fiscal.explanation`; empty when it cannot
        be taxed as it is (:meth:`_fbr_tax_problems` says why)."""
        self.ensure_one()
        source, lines = self.sudo(), self.sudo()._fbr_lines()
        found = source._fbr_computed(lines)
        told = [item for item in found.items if item]
        wrong = {problem.path.partition(".")[0] for problem in found.problems}
        item = dict(zip(lines, found.items, strict=True)).get(line.sudo())
        if item is None or any(not path.startswith("items[") for path in wrong):
            return ()
        place = next(index for index, other in enumerate(told) if other is item)
        if f"items[{place}]" in wrong:
            return ()
        reader = Reader(source)
        taxed = engine.compute_item(reader.context, item)
        rules = {} if item.returned else reader.why(line.product_id)
        steps = explain(reader.context, taxed, rules, source._fbr_origins(reader, line, taxed))
        return named(self.env, steps)

    def _fbr_origins(self, reader, line, taxed):
        """Of taxes that no rule decided: where they come from, by name."""
        if back := taxed.item.returned:
            document, number = self._fbr_returned_item(line)
            told = {"quantity": taxed.item.quantity, "whole": back.whole.quantity, "before": back.before}
            return dict.fromkeys(("cfop", *TAXES), (say(RETURNED, document=document, number=str(number), **told),))
        found = {}
        register = reader.ipi_of(line.product_id)
        if taxed.ipi and register and register.fbr_ipi_cst != "none":
            found["ipi"] = (say(FROM_REGISTER, name=register.display_name),)
        if line.fbr_hand:
            typed = line.fbr_hand
            said = say(BY_HAND, name=typed["by"], day=date.fromisoformat(typed["day"]), reason=typed["reason"])
            found |= {each.tax: (said,) for each in taxed.item.hand}
        return found

    def _fbr_returned_item(self, line):
        """What ``line`` takes back: the name of the document, and the number of its item (nItem)."""
        raise NotImplementedError

    def _fbr_kept_explanations(self, taxed_items):
        """What a document keeps of the day it is signed: JSON by the ``ref`` of the item; without rules that lost."""
        self.ensure_one()
        reader = Reader(self.sudo())
        lines = {str(line.id): line for line in self.sudo()._fbr_lines()}
        found = {}
        for taxed in taxed_items:
            if line := lines.get(taxed.item.ref):
                used = {} if taxed.item.returned else reader.choice(line.product_id).used
                rules = {subject: Explanation(rule) for subject, rule in used.items()}
                steps = explain(reader.context, taxed, rules, self._fbr_origins(reader, line, taxed))
                found[taxed.item.ref] = kept.dump(named(self.env, steps))
        return found


class FiscalLine(models.AbstractModel):
    """The button “Why?” of a line."""

    _inherit = "faturamento_br.fiscal.line"

    def action_fbr_why(self):
        """Open the explanation of this line's taxes."""
        self.ensure_one()
        self.check_access("read")
        dialog = self.env["faturamento_br.why"].create({dialog_link(self): self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Why these taxes? %s", name_of(self)),
            "res_model": dialog._name,
            "res_id": dialog.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _fbr_why(self):
        """The explanation as HTML: of the day of issue where the NF-e is issued, else of now."""
        self.ensure_one()
        source, now = self._fbr_source(), self._fbr_source()._fbr_explained(self)
        issued = self._fbr_issued_item()
        if issued:
            steps = kept.load(issued.explanation)
            notices = [self.env._("As issued on %s.", format_date(self.env, issued.document_id.issue_date))]
            if said_of(steps) != said_of(now):
                notices.append(
                    self.env._("Rules or records have changed since: today these taxes would come out otherwise.")
                )
            return html(self.env, steps, notices)
        problems = source._fbr_tax_problems()
        notices = [f"{found.message(self.env)} {found.cure(self.env)}".strip() for found in problems]
        if not now and not notices:
            notices.append(self.env._("The NF-e has no taxes of this line."))
        return html(self.env, now, notices)

    def _fbr_issued_item(self):
        """The item of the issued NF-e that tells this line, with the explanation of its day; may be empty."""
        items = self.env["faturamento_br.document.item"].sudo()
        if not self._fbr_item_link:
            return items
        states = ("signed", "sending", "authorized", "cancelled", "epec")
        issued = [("document_id.state", "in", states), ("explanation", "!=", False)]
        return items.search([(self._fbr_item_link, "=", self.id), *issued], order="id desc", limit=1)


def dialog_link(line):
    """The field of the dialog that holds such a line."""
    return line._fbr_item_link or "order_line_id"


def said_of(steps):
    """What an explanation says, without the rules that lost and the names that people may change."""
    return [replace(step, rule=None, losers=()) for step in steps], [step.rule and step.rule.ref for step in steps]
