from dataclasses import dataclass, field
from typing import Any

from odoo import fields, models
from odoo.tools import format_date

from ..fiscal.spec import ZERO, Totals
from ..fiscal.taxes import engine
from ..fiscal.taxes.totals import sum_items
from ..fiscal.whatif import assumptions, lines
from ..models.sale_order_whatif import HYPOTHESIS, Hypothesis

CHARGES = ("freight", "insurance", "other")
FOREIGN = "base.us"  # any country but Brazil: taxes only ask whether it is another


@dataclass(frozen=True)
class Situation:
    """A situation with everything it leaves empty filled in from the first one.

    :param partner: the ``res.partner``; empty: somebody in ``state``, or ``abroad``, with that ``indicator``.
    :param use: ``yes`` to consume, ``no`` to resell, ``""`` as usual with the indicator.
    """

    label: str
    day: Any
    operation: Any
    partner: Any
    state: Any
    abroad: bool
    indicator: str
    use: str
    hypothesis: Hypothesis

    @property
    def consumes(self):
        return self.use == "yes" if self.use else self.indicator != "1"


@dataclass
class Simulated:
    """What the engine found in a situation.

    :param items: for each line its :class:`~..fiscal.spec.TaxedItem`, or ``None`` where it is refused.
    :param rows: for each line its :class:`~..fiscal.whatif.lines.TaxLine` values by name.
    :param totals: ``None`` while a line is refused.
    :param problems: what keeps it from being taxed right, :class:`~..models.located_problem.LocatedProblem`.
    :param beyond: what else would keep its NF-e from going out today.
    :param assumed, notices: plain problems, told as texts.
    """

    situation: Situation
    order: Any
    context: Any
    order_lines: Any = ()
    items: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    totals: Totals | None = None
    texts: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    beyond: list = field(default_factory=list)
    assumed: list = field(default_factory=list)
    notices: list = field(default_factory=list)

    @property
    def owed(self):
        """All taxes owed, in BRL."""
        return sum((lines.burden(row.values()) for row in self.rows), ZERO)

    @property
    def state_taxes(self):
        owed = (line for row in self.rows for line in row.values() if line.place != lines.TOLD)
        return sum((line.amount for line in owed if line.tax in lines.STATE_TAXES), ZERO)


class TaxSimulation(models.TransientModel):
    """From what was typed to an order that is never saved, and to what the engine finds for it."""

    _inherit = "faturamento_br.tax_simulation"

    def _fbr_simulate(self):
        """A :class:`Simulated` for each situation, the first one first; none while there is no item to tax.

        :raises AccessError: something was chosen that this user may not read.
        """
        self.ensure_one()
        self._fbr_check_inputs()
        typed = self._fbr_typed_lines()
        if not typed or not self.company_id.sudo()._fbr_issues():
            return []
        first = self._fbr_situation(self)
        others = [self._fbr_situation(column, first) for column in self.column_ids]
        return [self._fbr_simulated(situation, typed) for situation in (first, *others)]

    def _fbr_typed_lines(self):
        return self.line_ids.filtered(lambda line: line.product_id or line.ncm_id)

    def _fbr_check_inputs(self):
        """What is chosen is read as superuser, as a seller's order reads its rules: the choice itself must be one this
        user may make."""
        chosen = [self.company_id, self.line_ids.product_id]
        for asked in (self, *self.column_ids):
            chosen += [asked.operation_id, asked.partner_id, asked.without_rule_id, asked.with_rule_id]
        for records in chosen:
            records.check_access("read")

    # --- Situations ---------------------------------------------------------------------------------------------

    def _fbr_situation(self, typed, first=None):
        """The :class:`Situation` of ``typed``, the simulation or a column whose empty values are those of ``first``."""
        elsewhere = bool(typed.state_id or typed.abroad or typed.ie_indicator)
        partner = typed.partner_id or (first.partner if first and not elsewhere else typed.partner_id)
        day = typed.day or (first.day if first else fields.Date.context_today(self))
        supposed = first.hypothesis if first else Hypothesis(day)
        if partner:
            abroad = bool(partner.country_id) and partner.country_id.code != "BR"
            state, indicator = partner.state_id, partner.commercial_partner_id.fbr_ie_indicator
        else:
            abroad = typed.abroad or bool(first and first.abroad and not typed.state_id)
            state = typed.state_id or (first.state if first else typed.state_id)
            indicator = typed.ie_indicator or (first.indicator if first else "9")
        without, added = typed.without_rule_id, typed.with_rule_id
        return Situation(
            label=typed.name or self._fbr_label(typed) if first else self._fbr_label(typed, day, partner, state),
            day=day,
            operation=typed.operation_id or (first.operation if first else typed.operation_id),
            partner=partner,
            state=state,
            abroad=abroad,
            indicator=indicator or "9",
            use=typed.final_consumer or (first.use if first else ""),
            hypothesis=Hypothesis(
                day=day,
                without=frozenset({str(without.id)}) if without else supposed.without,
                added=(added.id,) if added else supposed.added,
                assumptions=typed._fbr_assumptions() or supposed.assumptions,
            ),
        )

    def _fbr_label(self, typed, day=None, partner=None, state=None):
        """What a situation is called: of the first its day and customer, of another what it has of its own."""
        day, partner, state = day or typed.day, partner or typed.partner_id, state or typed.state_id
        chosen = dict(typed._fields["ie_indicator"]._description_selection(self.env))
        uses = dict(typed._fields["final_consumer"]._description_selection(self.env))
        is_column = typed._name != self._name
        told = (
            day and format_date(self.env, day),
            partner.display_name,
            typed.abroad and not partner and self.env._("Abroad"),
            state.code if not partner and not typed.abroad else "",
            is_column and typed.operation_id.name,
            is_column and chosen.get(typed.ie_indicator),
            is_column and uses.get(typed.final_consumer),
            typed.without_rule_id and self.env._("without %s", typed.without_rule_id.display_name),
            typed.with_rule_id and self.env._("with %s", typed.with_rule_id.display_name),
        )
        return " · ".join(filter(None, told)) or self.env._("The same")

    # --- The order that is never saved --------------------------------------------------------------------------

    def _fbr_order(self, situation, typed):
        """An unsaved order of this situation, as superuser; its lines are ``typed`` in their order, charges after."""
        env = self.sudo().with_company(self.company_id).with_context(**{HYPOTHESIS: situation.hypothesis}).env
        partner = situation.partner.with_env(env) or env["res.partner"].new(self._fbr_somebody(env, situation))
        order = env["sale.order"].new(
            {
                "company_id": self.company_id.id,
                "currency_id": self.company_id.currency_id.id,
                "partner_id": partner,
                "partner_invoice_id": partner,
                "partner_shipping_id": partner,
                "fbr_operation_id": situation.operation.id,
                "fbr_final_consumer": situation.consumes,
                "state": "draft",
            }
        )
        for line in typed:
            product = line.product_id.with_env(env) or env["product.product"].new(line._fbr_goods())
            self._fbr_order_line(order, product, line.quantity, line.price_unit, line.discount)
        for kind in CHARGES:
            if self[kind]:
                name = self._fields[kind]._description_string(self.env)
                service = env["product.product"].new({"name": name, "type": "service", "fbr_charge_kind": kind})
                self._fbr_order_line(order, service, 1.0, self[kind], 0.0)
        return order

    def _fbr_order_line(self, order, product, quantity, price, discount):
        return order.env["sale.order.line"].new(
            {
                "order_id": order,
                "product_id": product,
                "name": product.display_name,
                "product_uom_id": product.uom_id.id or order.env.ref("uom.product_uom_unit").id,
                "product_uom_qty": quantity,
                "price_unit": price,
                "discount": discount,
            }
        )

    def _fbr_somebody(self, env, situation):
        """Values of a customer nobody has a record of."""
        country = env.ref(FOREIGN if situation.abroad else "base.br")
        return {
            "name": self.env._("Simulated customer"),
            "is_company": situation.indicator == "1",
            "country_id": country.id,
            "state_id": False if situation.abroad else situation.state.id,
            "fbr_ie_indicator": situation.indicator,
        }

    # --- What the engine finds ----------------------------------------------------------------------------------

    def _fbr_simulated(self, situation, typed):
        order = self._fbr_order(situation, typed)
        context = order._fbr_tax_context()
        found = Simulated(situation, order, context, order_lines=order._fbr_lines()[: len(typed)])
        found.problems = order._fbr_for_user(self.env, order._fbr_tax_problems())
        if not found.problems:
            found.beyond = order._fbr_for_user(self.env, self._fbr_beyond(situation, order, typed))
        known = bool(order.fbr_operation_id) and bool(context.recipient_uf)
        computed = order._fbr_computed(order._fbr_lines())
        for item in computed.items[: len(typed)]:
            sound = known and item and not engine.missing_rules(context, [item])
            taxed = engine.compute_item(context, item) if sound else None
            found.items.append(taxed)
            found.rows.append({line.name: line for line in lines.lines_of(taxed, situation.day)} if taxed else {})
        taxed = [item for item in found.items if item]
        if taxed and len(taxed) == len(typed):
            found.totals = sum_items(taxed)
            found.notices = list(assumptions.notices(situation.day, found.state_taxes))
        if taxed:
            engine_texts = [text for told in engine.TEXTS for text in told(context, taxed)]
            own = order._fbr_filled(situation.operation.sudo().info_template)
            found.texts = list(dict.fromkeys(filter(None, (own, *engine_texts, *order._fbr_rule_texts()))))
        if situation.hypothesis.assumptions:
            found.assumed = list(situation.hypothesis.assumptions.told(situation.day))
        return found

    def _fbr_beyond(self, situation, order, typed):
        """What issuing would find beside the taxes, of a sale of today with a customer and products of one's own: an
        imagined customer has no CNPJ and needs none, and no document is issued in another year."""
        records = [order.partner_id, *(line.product_id for line in typed)]
        if situation.day != fields.Date.context_today(self) or not all(map(self._fbr_is_real, records)):
            return []
        found, _notes = order._fbr_preflight()
        return found

    @staticmethod
    def _fbr_is_real(record):
        return isinstance(record.id, int)


class TaxSimulationLine(models.TransientModel):
    _inherit = "faturamento_br.tax_simulation.line"

    def _fbr_goods(self):
        """Values of goods no product is made for yet."""
        code = self.ncm_id.code
        return {
            "name": self.ncm_id.display_name,
            "type": "consu",
            "uom_id": self.env.ref("uom.product_uom_unit").id,
            "fbr_ncm": code,
            "fbr_effective_ncm": code,
            "fbr_cest": self.cest_id.code,
            "fbr_origin": self.origin,
            "fbr_ipi_cst": self.ipi_cst,
            "fbr_ipi_rate": self.ipi_rate,
        }
