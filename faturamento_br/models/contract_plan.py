from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..billing import bills, placeholders
from ..billing.bills import Item, Kind
from ..billing.intervals import DAY

ZERO = Decimal(0)


@dataclass
class Draft:
    """An invoice to be: what goes on it, of one contract or of several of one customer.

    :param charges: pairs of contract and :class:`~..billing.bills.Item`.
    :param free: it comes to nothing: booked, without an invoice.
    """

    today: Any
    free: bool
    charges: list[tuple[Any, Item]] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum((item.amount for _contract, item in self.charges), ZERO)

    @property
    def sign(self) -> int:
        """-1: it is a credit note, on which amounts are told positive."""
        return -1 if self.total < 0 else 1


class Lookups(NamedTuple):
    """What holds for all invoices of a batch.

    :param no_positions: only a customer's own fiscal position can apply.
    :param no_distributions: no rule gives an analytic distribution.
    """

    journal: Any
    no_positions: bool
    no_distributions: bool


class Contract(models.Model):
    """From bills of the core to values of invoices. A dry run stops here."""

    _inherit = "faturamento_br.contract"

    def _plan(self, day=None, allowed=frozenset()):
        """What these contracts have to bill today, or would on another ``day``.

        :param allowed: keys of periods that are billed although they are old.
        :return: drafts, and the items that are too old to be billed without asking, by contract.
        :raises UserError: what is wrong with a contract, since somebody edited it after its start.
        """
        if told := [one._for_its_people()._told(problem) for one in self for problem in one._problems()]:
            raise UserError("\n".join(dict.fromkeys(told)))
        ledgers, used, found, held = self._ledgers(), self._used(), {}, {}
        for one in self:
            today = day or one._today()
            run = bills.run(one._value(), ledgers[one.id], today, one._policy(allowed), one._usage(used))
            if run.held:
                held[one] = run.held
            for bill in run.bills:
                for item in bill.items:
                    key = (not bill.total, one._belongs(bill), one._is_told_apart(item))
                    found.setdefault(key, Draft(today, not bill.total)).charges.append((one, item))
        return list(found.values()), held

    def _belongs(self, bill):
        """Bills with the same are one invoice."""
        day = max((item.period.billing_day for item in bill.items if item.kind is Kind.PERIOD), default=bill.day)
        whose = (self.id,)
        if self.grouping == "partner":
            how = (self.follow_up, self.payment_term_id, self._due_rule(), self.fbr_operation_id)
            whose = (self.company_id, self.partner_id, self.currency_id, *how)
        return day, whose

    def _is_told_apart(self, item):
        """Goods and services are two documents by law; goods given back have a credit note of their own."""
        if not self.company_id._fbr_issues():
            return False, False
        goods = self.env["product.product"].browse(self._product_of(item))._fbr_is_goods()
        return goods, goods and item.amount < 0

    def _product_of(self, item):
        """The product that the item bills: that of its last terms, or of the line as signed."""
        if item.parts:
            return item.parts[-1].terms.plan
        return self.env["faturamento_br.contract.line"].browse(item.period.key.line).product_id.id

    # --- To the invoice -----------------------------------------------------------------------------------------

    def _move_values(self, draft, lookups):
        """The values of ``draft``'s invoice; :param lookups: see :meth:`_lookups`."""
        first = draft.charges[0][0]
        contracts = self.browse(dict.fromkeys(contract.id for contract, _item in draft.charges))
        values = {
            "move_type": "out_refund" if draft.sign < 0 else "out_invoice",
            "company_id": first.company_id.id,
            "partner_id": first.partner_id.id,
            "currency_id": first.currency_id.id,
            "invoice_date": draft.today,
            "invoice_user_id": first.user_id.id,
            "invoice_origin": ", ".join(contracts.mapped("name")),
            "invoice_line_ids": [
                Command.create(contract._line_values(item, draft.sign, lookups)) for contract, item in draft.charges
            ],
        }
        if first.currency_id == first.company_id.currency_id:  # in another one Odoo looks for a journal of its own
            values["journal_id"] = lookups.journal.id
        if notes := self._notes(draft):
            values["narration"] = notes
        if lookups.no_positions:
            values["fiscal_position_id"] = first.partner_id.property_account_position_id.id
        if first.fbr_operation_id and draft.sign > 0:
            values["fbr_operation_id"] = first.fbr_operation_id.id
        if due := first._due_date(draft.today):
            values |= {"invoice_payment_term_id": False, "invoice_date_due": due}
        elif first.payment_term_id:
            values["invoice_payment_term_id"] = first.payment_term_id.id
        return values

    def _line_values(self, item, sign, lookups):
        line = self.env["faturamento_br.contract.line"].browse(item.period.key.line)
        values = {"product_id": self._product_of(item), **self._price(item, sign), "name": self._text(line, item)}
        if line.product_uom_id and values["product_id"] == line.product_id.id:
            values["product_uom_id"] = line.product_uom_id.id
        distribution = line.analytic_distribution or self.analytic_distribution
        if distribution or lookups.no_distributions:
            values["analytic_distribution"] = distribution or False
        return values

    def _price(self, item, sign):
        """A whole period as it was agreed, anything else as one amount."""
        if item.kind is Kind.PERIOD and len(item.parts) == 1 and sign > 0:
            [part] = item.parts
            if part.days == part.of_days:
                terms = part.terms
                return {
                    "quantity": float(terms.quantity),
                    "price_unit": float(terms.price),
                    "discount": float(terms.discount),
                }
        return {"quantity": 1.0, "price_unit": float(sign * item.amount), "discount": 0.0}

    def _text(self, line, item):
        """The text of the line and, where it was not a whole period, how its days are counted."""
        text = placeholders.filled(line.name, item.period)
        told = self.with_context(lang=self.partner_id.lang or self.env.lang)
        if item.kind is Kind.CORRECTION:
            text = told.env._("Adjustment: %s", text)
        if len(item.parts) > 1 or any(part.days != part.of_days for part in item.parts):
            for part in item.parts:
                text += "\n" + told.env._(
                    "%(start)s to %(end)s: %(days)s of %(of_days)s days",
                    start=format_date(told.env, part.start),
                    end=format_date(told.env, part.end - DAY),
                    days=part.days,
                    of_days=part.of_days,
                )
        return text

    def _notes(self, draft):
        """The contracts' notes, each once."""
        notes = {
            placeholders.filled(contract.note, item.period): None for contract, item in draft.charges if contract.note
        }
        return "\n".join(notes)

    def _lookups(self):
        """What Odoo would search for each invoice of this company, found once for a batch."""
        company = self.env.company
        positions = self.env["account.fiscal.position"].sudo()
        models = self.env["account.analytic.distribution.model"].sudo()
        return Lookups(
            self.env["account.move"]
            .new({"move_type": "out_invoice", "company_id": company.id})
            ._search_default_journal(),
            not positions.search_count(positions._check_company_domain(company), limit=1),
            not models.search_count([], limit=1),
        )
