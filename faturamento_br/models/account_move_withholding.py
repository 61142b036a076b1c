import csv
from contextlib import contextmanager
from decimal import Decimal
from functools import cache

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import frozendict
from odoo.tools.misc import file_open

from ..fiscal import spec
from ..fiscal.problems import _
from ..fiscal.taxes import withholding
from .located_problem import LocatedProblem
from .party_values import amount

PUBLIC = ("federal", "state")
#: Codes of IN RFB 1.234/2012 for what says none itself: services, and goods.
USUAL_CODES = {"service": "6190"}
USUAL_CODE = "6147"
DISPLAY_TYPE = "fbr_withheld"
WITHHELD_CHANGED = (
    _("What %(customer)s withholds is no longer what was booked when the invoice was confirmed."),
    _("Reset the invoice to draft and confirm it again, or put back what was changed in the customer or the products."),
)


@cache
def accounts():
    """The account of the Brazilian chart that keeps each tax withheld until it is set off."""
    with file_open("faturamento_br/data/withholding_accounts.csv") as file:
        return {row["tax"]: row["account"] for row in csv.DictReader(file)}


class AccountMove(models.Model):
    """Taxes that the customer withholds from what it pays: off the receivable, never off the invoice's total.

    They are journal items of the invoice itself, against the taxes they are set off with, so that what is receivable is
    what will be received. The core computes them of the total whenever the lines are synchronised; ``fbr_withheld``
    keeps what was booked.
    """

    _inherit = "account.move"

    fbr_withheld = fields.Json("Withheld by the customer", readonly=True, copy=False)
    fbr_withheld_text = fields.Char("Withholdings", compute="_compute_fbr_withheld_text")

    # --- What is withheld ---------------------------------------------------------------------------------------

    def _fbr_payer(self):
        """As what the customer withholds; false where it does not, or nothing of this add-on happens."""
        partner = self.commercial_partner_id
        if self.move_type not in ("out_invoice", "out_refund") or not partner.fbr_withholding_payer:
            return False
        concerned = self.company_id._fbr_issues() and self.currency_id == self.company_id.currency_id
        return concerned and partner.fbr_withholding_payer

    def _fbr_withholdings(self):
        return tuple(asked for asked, _product in self._fbr_asked_withholdings())

    def _fbr_asked_withholdings(self):
        """Pairs of :class:`~..fiscal.spec.Withholding` and the product that brings it, the largest base first.

        A base is what the customer pays for the goods and services of a nature, taxes on top and freight included.
        """
        payer = self._fbr_payer()
        if not payer:
            return []
        booked, bases, rest = self._fbr_amounts(), {}, spec.NOTHING
        for line in self._fbr_lines():
            value = booked[line].total if line in booked else amount(line.price_total)
            natures = self._fbr_natures(line.product_id, payer)
            rest += spec.NOTHING if natures else value
            for nature in natures:
                base, product = bases.get(nature, (spec.NOTHING, line.product_id))
                bases[nature] = (base + value, product)
        if bases and payer in PUBLIC:  # charges of the goods: they withhold of all they pay
            largest = max(bases, key=lambda nature: bases[nature][0])
            bases[largest] = (bases[largest][0] + rest, bases[largest][1])
        return [
            (spec.Withholding(payer, nature, max(base, spec.NOTHING), annex_four=nature.startswith("labour")), product)
            for nature, (base, product) in sorted(bases.items(), key=lambda each: (-each[1][0], each[0]))
        ]

    def _fbr_natures(self, product, payer):
        """What ``payer`` withholds for when it pays ``product``, as ``fiscal/tables/withholdings.csv`` calls it."""
        goods = product.product_tmpl_id
        if not goods or (payer in PUBLIC and product.fbr_charge_kind):
            return []
        security = goods._fbr_holder("fbr_social_security").fbr_social_security
        if payer in PUBLIC:
            usual = USUAL_CODES.get(goods.type, USUAL_CODE)
            nature = goods._fbr_holder("fbr_public_code").fbr_public_code or usual
        else:
            nature = goods._fbr_holder("fbr_private_nature").fbr_private_nature
        return [each for each in (nature, security) if each]

    def _fbr_withheld_now(self):
        """What is withheld by the values of now, as :class:`~..fiscal.spec.Withheld`; nothing if it has a problem."""
        asked, context = self.sudo()._fbr_withholdings(), self.sudo()._fbr_tax_context()
        if not asked or any(withholding.problems(context, asked)):
            return ()
        total = sum((each.base for each in asked), spec.NOTHING)
        return withholding.compute(context, asked, spec.Totals({"vNF": total}))

    def _fbr_withheld_booked(self):
        return [spec.Withheld(tax, *map(Decimal, money), ground) for tax, *money, ground in self.fbr_withheld or ()]

    def _fbr_withheld_total(self):
        return withholding.total(self._fbr_withheld_booked())

    def _fbr_withheld_words(self):
        return withholding.words(self._fbr_withheld_booked(), amount(self.amount_total))

    @api.depends("fbr_withheld", "amount_total")
    def _compute_fbr_withheld_text(self):
        for move in self:
            move.fbr_withheld_text = move._fbr_withheld_words() or False

    def _fbr_document_problems(self, context):
        yield from super()._fbr_document_problems(context)
        yield from self._fbr_withholding_problems(context)
        if self.state == "posted" and not self._fbr_withheld_is_current():
            customer = self.commercial_partner_id
            yield self._fbr_problem(
                "withheld_changed", WITHHELD_CHANGED, customer, "fbr_withholding_payer", customer=customer.display_name
            )

    def _fbr_withholding_problems(self, context):
        asked = self._fbr_asked_withholdings()
        products = [product for _asked, product in asked]
        for problem in withholding.problems(context, [each for each, _product in asked]):
            place = int(problem.path.partition("[")[2].partition("]")[0])
            yield LocatedProblem(problem, products[place])

    def _fbr_refusals(self):
        """An invoice of services has no NF-e, but what is withheld of it must be right too."""
        found = super()._fbr_refusals()
        if not self._fbr_is_fiscal() and self._fbr_payer():
            source = self.sudo()
            problems = source._fbr_withholding_problems(source._fbr_tax_context())
            found = [*found, *self._fbr_for_user(self.env, problems)]
        return found

    # --- In the journal -----------------------------------------------------------------------------------------

    def _get_sync_stack(self, container):
        """Between the taxes (50), which make the total, and the payment terms (10), which are what is left of it."""
        stack, update_containers = super()._get_sync_stack(container)
        _taxes, invoices, _others = update_containers()
        return [*stack, (15, self._fbr_sync_withheld(invoices))], update_containers

    @contextmanager
    def _fbr_sync_withheld(self, container):
        yield
        for move in container["records"]:
            if move.state == "draft" and not move._fbr_withheld_is_current():
                move._fbr_write_withheld()

    def _fbr_withheld_is_current(self):
        """Whether the journal says what is withheld by the values of now."""
        lines = self.line_ids.filtered("fbr_withheld_tax")
        if not (lines or self.fbr_withheld or self._fbr_payer()):
            return True
        now = self._fbr_withheld_now()
        booked = {line.fbr_withheld_tax: -self.direction_sign * line.balance for line in lines}
        due = self._fbr_withheld_by_tax(now)
        return (
            (self.fbr_withheld or []) == self._fbr_dump_withheld(now)
            and booked.keys() == due.keys()
            and not any(self.currency_id.compare_amounts(booked[tax], float(due[tax])) for tax in due)
        )

    def _fbr_dump_withheld(self, withheld):
        return [
            [each.tax, str(each.base), str(each.rate), str(each.amount), each.ground]
            for each in withheld
            if each.amount
        ]

    def _fbr_withheld_by_tax(self, withheld):
        """What is withheld and has a place in the books, by tax."""
        due = {}
        for each in withheld:
            if each.amount:
                due[each.tax] = due.get(each.tax, spec.NOTHING) + each.amount
        return due

    def _fbr_write_withheld(self):
        """Make journal items and ``fbr_withheld`` say what is withheld."""
        now = self._fbr_withheld_now()
        due, lines = self._fbr_withheld_by_tax(now), self.line_ids.filtered("fbr_withheld_tax")
        self.fbr_withheld = self._fbr_dump_withheld(now) or False
        lines.filtered(lambda line: line.fbr_withheld_tax not in due).with_context(dynamic_unlink=True).unlink()
        if not due:
            return
        chart = self.env["account.chart.template"].sudo()
        found = chart._fbr_accounts(self.company_id.root_id, {accounts()[tax] for tax in due})
        for tax, value in due.items():
            values = {
                "balance": -self.direction_sign * float(value),
                "amount_currency": -self.direction_sign * float(value),
            }
            if line := lines.exists().filtered(lambda line, tax=tax: line.fbr_withheld_tax == tax):
                line.write(values)
            else:
                self.env["account.move.line"].create(
                    {
                        **values,
                        "move_id": self.id,
                        "display_type": DISPLAY_TYPE,
                        "fbr_withheld_tax": tax,
                        "name": self.env._("%s withheld by the customer", tax.upper()),
                        "account_id": found[accounts()[tax]].id,
                        "partner_id": self.commercial_partner_id.id,
                        "tax_ids": [Command.clear()],
                    }
                )

    @api.depends("fbr_withheld")
    def _compute_needed_terms(self):
        """What is withheld is not received: each instalment is less by its share, the last one by what is left."""
        super()._compute_needed_terms()
        for move in self:
            withheld = move.direction_sign * -float(move._fbr_withheld_total())
            if withheld and move.needed_terms:
                move.needed_terms = move._fbr_net_terms(withheld)

    def _fbr_net_terms(self, withheld):
        """The payment terms less ``withheld``, which has the sign of the receivable."""
        terms = dict(self.needed_terms)
        total, left = sum(values["balance"] for values in terms.values()), withheld
        for place, (key, values) in enumerate(terms.items(), start=1):
            share = left
            if place < len(terms) and total:
                share = self.currency_id.round(withheld * values["balance"] / total)
            left -= share
            less = {name: self.currency_id.round(values[name] - share) for name in ("balance", "amount_currency")}
            terms[key] = frozendict({**values, **less}) if isinstance(values, frozendict) else {**values, **less}
        return terms

    def _post(self, soft=True):
        """Compute drafts once more: the customer or a product may have changed since they were saved."""
        drafts = self.filtered(lambda move: move.state == "draft" and not move._fbr_withheld_is_current())
        if drafts:
            container = {"records": drafts}
            with drafts._check_balanced(container), drafts._sync_dynamic_lines(container):
                pass  # leaving the second makes them say what is withheld now
        return super()._post(soft)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    display_type = fields.Selection(
        selection_add=[(DISPLAY_TYPE, "Withheld tax")], ondelete={DISPLAY_TYPE: "set discount"}
    )
    fbr_withheld_tax = fields.Char("Tax withheld", readonly=True)
