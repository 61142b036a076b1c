from dataclasses import replace
from decimal import Decimal

from odoo import models

from ..fiscal import spec
from ..fiscal.problems import FiscalError
from ..fiscal.rules.book import Rulebook
from ..fiscal.rules.choice import asked_by, choose
from ..fiscal.rules.criteria import Facts as RuleFacts
from ..fiscal.rules.explain import explain
from ..fiscal.taxes import by_hand, retained, transition
from ..fiscal.taxes.base import is_import
from ..fiscal.taxes.ibs_cbs_tables import find_class
from .document_facts import Facts, Goods, LineFacts, computed, remembered
from .fiscal_source import has_goods
from .goods import NATIONAL, OTHER_FRAME
from .line_amounts import LineAmounts, exact_value
from .line_numbers import decimals_of

#: Situations of IPI that have a rate, and those of exits as entries mirror them (SPED table 4.3.2).
IPI_WITH_RATE = frozenset(("00", "49", "50", "99"))
IPI_OF_ENTRIES = {"50": "00", "51": "01", "52": "02", "53": "03", "54": "04", "55": "05", "99": "49"}


class FiscalSource(models.AbstractModel):
    """The amounts of an order or invoice: its records are read anew each time, and computed once for what they say."""

    _inherit = "faturamento_br.fiscal.source"

    def _fbr_amounts(self, lines=()):
        """The amounts of the lines that the NF-e tells: ``{line: LineAmounts}``; empty for a document without NF-e.

        A line of goods that cannot be taxed right yet has its untaxed amount and no taxes; lines of services are
        not here.

        :param lines: lines being edited, which take the place of the stored ones.
        """
        self.ensure_one()
        source = self.sudo()
        if not source._fbr_is_issuing() or source.currency_id != source.company_id.currency_id:
            return {}
        every = source._fbr_lines_with(lines)
        if not has_goods(every):
            return {}
        found = source._fbr_computed(every)
        return {line: amounts for line, amounts in zip(every, found.amounts, strict=True) if amounts}

    def _fbr_line_items(self):
        """Pairs of line and :class:`~..fiscal.spec.Item`, in the order of the document, for goods that a rule taxes.

        The items have what taxes ask for, no words: see :meth:`_fbr_told_item`.
        """
        lines = self._fbr_lines()
        return [(line, item) for line, item in zip(lines, self._fbr_computed(lines).items, strict=True) if item]

    def _fbr_computed(self, lines):
        """What the core finds for ``lines``, as :class:`~.document_facts.Computed`."""
        return computed(self.env.cr, Reader(self).facts(lines))

    def _fbr_choice_of(self, line, context):
        """The tax rules that hold for a line of goods, as :class:`~..fiscal.rules.choice.Choice`; none without an
        operation."""
        return Reader(self, context).choice(line.product_id)

    def _fbr_rulebook(self):
        """The rules that may hold for this document, a :class:`~..fiscal.rules.book.Rulebook`."""
        owner = self.fbr_operation_id.company_id
        return self.env["faturamento_br.tax_rule"]._fbr_book(owner.id) if owner else Rulebook(())

    def _fbr_returned_by(self, line, reader):
        """What ``line`` takes back of another document, as :class:`~..fiscal.spec.Returned`; ``None`` if it is a sale.

        :param reader: knows the rules of the operation of this document.
        """

    def _fbr_ipi_back(self, _line):
        """vIPIDevol of a line that gives purchased goods back, as typed; ``None`` for all others."""

    def _fbr_purchase_books(self):
        """How the taxes of a purchase that this document gives back were booked; empty for all others."""
        return ""

    def _fbr_settled(self, rules):
        """The :class:`~..fiscal.spec.TaxRules` of goods of this document, from those that its rules say."""
        return rules

    def _fbr_imported(self, _lines):
        """What customs says of lines of an entry from abroad: ``{line: Imported}``."""
        return {}

    def _fbr_taxes_alone(self, line):
        """The taxes of ``line`` by itself, as if it bore no freight: their kinds and rates are right, not the amounts.

        ``None`` for a line the NF-e does not tell. Cheap: a form asks it for each line.
        """
        source, line = self.sudo(), line.sudo()
        role = line._fbr_role()
        if role not in ("item", "charge") or not source._fbr_is_told(line):
            return None
        if role == "charge":
            return LineAmounts(spec.ZERO)
        facts = Reader(source, tells=False).facts(line)
        hand = by_hand.without_amounts(facts.lines[0].hand)
        typed = facts.lines[0]._replace(quantity=1.0, price=100.0, discount=0.0, hand=hand, taxable=None)
        return computed(self.env.cr, facts._replace(lines=(typed,))).amounts[0]

    def _fbr_is_told(self, line):
        """Whether the core computes this document, of which ``line`` is or will be a line."""
        return (
            self._fbr_is_issuing()
            and self.currency_id == self.company_id.currency_id
            and (line._fbr_role() == "item" or has_goods(self._fbr_lines()))
        )

    def _fbr_lines_with(self, edited):
        """The document's lines, with those being edited in place of their stored selves."""
        stored = self._fbr_lines()
        edited = [line for line in edited if line not in stored]
        if not edited:
            return stored
        origins = {line._origin.id for line in edited} - {False}
        return stored.filtered(lambda line: line._origin.id not in origins or not line._origin.id).union(
            *(line.sudo() for line in edited)
        )


class Reader:
    """Reads a document's records as plain values: each product and rule once, whatever the lines are."""

    def __init__(self, source, context=None, *, tells=True):
        """:param tells: whether what is only told to the customer is wanted too (approximate taxes)."""
        self.source, self.context = source, context or source._fbr_tax_context()
        operation = source.fbr_operation_id
        self.book = source._fbr_rulebook()
        self.operation = operation._fbr_rule_path() if operation else ""
        self.customer = str(source._fbr_recipient().commercial_partner_id.id or "")
        self.pays_ipi = source.company_id.fbr_pays_ipi
        self.reform = source.env["faturamento_br.reform.rate"]._fbr_rates(
            self.context.issue_date, self.context.recipient_uf
        )
        self.seen, self.goods, self.places, self.before = {}, {}, {}, {}
        self.tells, self.approximate = tells and self.context.final_consumer, None
        said = (self.operation, operation.ipi_cst, operation.ipi_frame, self.customer, self.pays_ipi)
        self.known = remembered(source.env.cr, (self.context, self.book, *said, *self.reform.items()))

    def facts(self, lines):
        """The :class:`~.document_facts.Facts` of the document if these were its lines."""
        quantity, decimals = lines._fbr_quantity_name, decimals_of(lines)
        if self.tells:
            self.approximate = self.source._fbr_approximate_table(lines.product_id.product_tmpl_id)
        imported = self.source._fbr_imported(lines)
        told = []
        for line in lines:
            product = line.product_id
            if back := self.source._fbr_returned_by(line, self):
                told.append(self._returned(line, back, quantity))
                continue
            if product.id not in self.seen:
                self.seen[product.id] = self._seen(line, product)
            role, what, asks_unit, asks_before = self.seen[product.id]
            count, hand = line[quantity], line._fbr_hand_taxes()
            taxable = self._taxable(line, product, count, decimals[0]) if asks_unit else None
            asks_before = asks_before or bool(hand)
            before = self._retained(line, product, hand, decimals[0]) if asks_before else None
            typed = (count, line.price_unit, line.discount, hand, taxable, before)
            more = {"imported": imported.get(line), "ipi_back": self.source._fbr_ipi_back(line)}
            told.append(LineFacts(role, what, *typed, **more))
        return Facts(self.context, decimals, tuple(self.goods), tuple(told), self.source._fbr_purchase_books())

    def _returned(self, line, back, quantity):
        """Of goods that come back, what the law says is what the document they were on says."""
        whole = back.whole
        goods = Goods(whole.ncm, whole.cest, whole.origin, whole.cfop, whole.rules)
        place = self.goods.setdefault(goods, len(self.goods))
        return LineFacts("item", place, line[quantity], line.price_unit, line.discount, returned=back)

    def _taxable(self, line, product, quantity, decimals):
        """qTrib as the NF-e will say it, for taxes by unit; ``None`` where it is the quantity sold."""
        found = product._fbr_taxable(line.product_uom_id or product.uom_id, exact_value(quantity, decimals))
        return found[1] if found else None

    def _retained(self, line, product, hand, decimals):
        """What was withheld before on the goods of ``line``, by unit of stock, with their number; else ``None``."""
        role, place, *_asks = self.seen[product.id]
        if role != "item" or place is None:
            return None
        rules = list(self.goods)[place].rules
        if not retained.is_asked((by_hand.apply(rules, hand) if hand else rules).icms):
            return None
        template = product.product_tmpl_id
        if template.id not in self.before:
            companies, uf = self.source.company_id.parent_ids, self.context.recipient_uf
            row = template.sudo()._fbr_retained_on(self.context.issue_date, companies, uf)
            self.before[template.id] = row._fbr_unit() if row else None
        unit = self.before[template.id]
        if unit is None:
            return None
        sold, stocked = line.product_uom_id or product.uom_id, product.uom_id
        quantity = exact_value(line[line._fbr_quantity_name], decimals)
        return unit, quantity * exact_factor(sold) / exact_factor(stocked)

    def _seen(self, line, product):
        """The role of a product's lines, what they are, and whether they may count another unit, and ask what was
        withheld on them before."""
        role = line._fbr_role()
        if role != "item":
            return role, product.fbr_charge_kind if role == "charge" else None, False, False
        template = product.sudo().product_tmpl_id
        goods, asks_unit = self._goods(template), template.fbr_law.other_unit
        if goods is None:
            return role, None, asks_unit, False
        if id(goods) not in self.places:  # one object for many products
            rules = self.source._fbr_settled(goods.rules)
            told = goods if rules is goods.rules else goods._replace(rules=rules)
            self.places[id(goods)] = self.goods.setdefault(told, len(self.goods)), retained.is_asked(rules.icms)
        place, asks_before = self.places[id(goods)]
        return role, place, asks_unit, asks_before

    def _goods(self, template):
        """What the law says of ``template``, as :class:`~.document_facts.Goods`; ``None`` where a rule is lacking.

        Found once in a transaction for the same values.
        """
        law, fuel = template.fbr_law, template._fbr_fuel(self.context.recipient_uf)
        said = (template._origin.id, template.categ_id.parent_path, law, fuel, self._approximate(law))
        if said not in self.known:
            goods = self._said(template, law, fuel, said[-1])
            self.known[said] = self.known.setdefault(goods, goods) if goods else None
        return self.known[said]

    def _said(self, template, law, fuel, approximate):
        choice = choose(self.book, self._facts(template), imported=is_import(self.context))
        if choice.lacking:
            return None
        rules = self._rules(choice.rules, law, approximate)
        return Goods(law.ncm, law.cest, law.origin or NATIONAL, choice.cfop, rules, fuel)

    def choice(self, product):
        """The rules that hold for ``product`` in this document."""
        return choose(self.book, self._facts(product.product_tmpl_id), imported=is_import(self.context))

    def why(self, product):
        """Why each of these rules holds and the others do not, by subject; goes through all rules of the company."""
        facts, imported = self._facts(product.product_tmpl_id), is_import(self.context)
        used = choose(self.book, facts, imported=imported).used
        return {subject: explain(self.book, subject, asked_by(subject, facts, imported)) for subject in used}

    def ipi_of(self, product):
        """The product or category whose IPI is taken; empty when none has one, or the company does not pay it."""
        template = product.product_tmpl_id
        return template._fbr_holder("fbr_ipi_cst") if self.pays_ipi else template.browse()

    def _facts(self, template):
        """What rules ask for, of goods in this document."""
        law, context = template.sudo().fbr_law, self.context
        return RuleFacts(
            day=context.issue_date,
            operation=self.operation,
            product=str(template._origin.id or ""),
            customer=self.customer,
            ncm=law.ncm,
            cest=law.cest,
            category=template.categ_id.parent_path or "",
            destination=context.recipient_uf,
            origin=context.emitter_uf,
            contributor="1" if context.contributor else "9",
            final_consumer=str(int(context.final_consumer)),
            regime=context.emitter_crt,
            goods_origin=law.origin or NATIONAL,
        )

    def _approximate(self, law):
        """The rates of the approximate taxes (Lei 12.741); ``None`` where no table in force has them."""
        if not self.approximate:
            return None
        try:
            return self.approximate.rates(law.ncm, "", law.origin or NATIONAL, self.context.issue_date)
        except FiscalError:
            return None  # told by _fbr_approximate_problems: the law's information is lacking, the sale is right

    def _with_ipi_of_operation(self, rules):
        """What the operation says of the IPI of goods that have one; an entry mirrors their situation of exits."""
        operation, ipi = self.source.fbr_operation_id, rules.ipi
        cst = operation.ipi_cst or (IPI_OF_ENTRIES.get(ipi.cst) if ipi and self.context.entry else None)
        if not ipi or not cst:
            return rules
        if cst == "none":
            return replace(rules, ipi=None)
        rate = ipi.rate if cst in IPI_WITH_RATE else spec.ZERO
        frame = operation.ipi_frame if operation.ipi_cst else ipi.cEnq
        return replace(rules, ipi=spec.IpiRule(cst, rate, frame or OTHER_FRAME))

    def _rules(self, rules, law, approximate):
        """What the law says of goods: ``rules`` that hold for them, and what their register and the day say."""
        rules = with_reform_rates(rules, self.reform)
        if not self.pays_ipi:
            rules = replace(rules, ipi=None)
        elif law.ipi:
            rules = replace(rules, ipi=spec.IpiRule(*law.ipi))
        if approximate:
            rules = replace(rules, approximate=approximate)
        rules = self._with_ipi_of_operation(rules)
        context = self.context
        return transition.settled(rules, context.issue_date, entry=context.entry, ipi_ends=law.ipi_ends)


def exact_factor(unit):
    """How many of its reference units a ``uom.uom`` has, as a Decimal."""
    return Decimal(repr(unit.factor))


def with_reform_rates(rules, rates):
    """``rules`` with the rates of IBS and CBS that users added for the day, where the rule itself has none."""
    said = rules.ibs_cbs
    found = said and rates and find_class(said.cClassTrib)
    if not found or found.own_rates:
        return rules
    return replace(
        rules, ibs_cbs=replace(said, **{name: rate for name, rate in rates.items() if getattr(said, name) is None})
    )
