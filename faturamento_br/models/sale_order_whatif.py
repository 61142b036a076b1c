from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from odoo import models

from ..fiscal.rules.book import Rulebook

#: The key of the context under which an order that is not saved has its :class:`Hypothesis`.
HYPOTHESIS = "fbr_hypothesis"


@dataclass(frozen=True)
class Hypothesis:
    """What a simulated order supposes.

    :param day: the day whose rates apply.
    :param without: names (``ref``) of the rules that do not hold.
    :param added: the ``tax_rule`` ids, archived ones perhaps, that hold too.
    :param assumptions: :class:`~..fiscal.whatif.assumptions.Assumptions`, or ``None``.
    """

    day: Any
    without: frozenset = frozenset()
    added: tuple = ()
    assumptions: Any = None


class SaleOrder(models.Model):
    """An order that is never saved, to be taxed as if: everything but what is supposed is an order's own code.

    The supposition comes in the context as an object that no RPC can carry, and saved orders do not look for it.
    """

    _inherit = "sale.order"

    def _fbr_hypothesis(self):
        found = self.env.context.get(HYPOTHESIS)
        return found if isinstance(found, Hypothesis) and not self._origin else None

    def _fbr_is_simulated(self):
        return bool(self._fbr_hypothesis())

    def _fbr_issue_date(self):
        supposed = self._fbr_hypothesis()
        return supposed.day if supposed else super()._fbr_issue_date()

    def _fbr_preflight_moment(self):
        moment, supposed = super()._fbr_preflight_moment(), self._fbr_hypothesis()
        return datetime.combine(supposed.day, time(12), moment.tzinfo) if supposed else moment

    def _fbr_rulebook(self):
        book, supposed = super()._fbr_rulebook(), self._fbr_hypothesis()
        if not supposed or not (supposed.without or supposed.added):
            return book
        kept = [rule for rule in book.rules if rule.ref not in supposed.without]
        there = {rule.ref for rule in kept}
        added = self.env["faturamento_br.tax_rule"].browse(supposed.added)
        new = [said for rule in added if str(rule.id) not in there for said in rule._fbr_core_rules()]
        return Rulebook([*new, *kept])  # of two that are equally specific the first holds: the one asked about

    def _fbr_settled(self, rules):
        rules, supposed = super()._fbr_settled(rules), self._fbr_hypothesis()
        return supposed.assumptions.applied(rules, supposed.day) if supposed and supposed.assumptions else rules
