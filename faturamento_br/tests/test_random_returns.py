from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from odoo.fields import Command
from odoo.tests import tagged

from ..fiscal.taxes import returned
from .returns_common import ReturnsCase

#: An example takes a second and more: a failing one is told as it is.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


def line():
    """Product, quantity with 3 decimals, price with 10, discount with 2, and how its return is cut."""
    return st.tuples(
        st.sampled_from(("chair", "table")),
        st.integers(500, 20_000).map(lambda number: number / 1000),
        st.integers(2 * 10**11, 10**13).map(lambda number: number / 10**10),  # a tenth of the goods is worth a real
        st.one_of(st.just(0), st.integers(0, 5000).map(lambda number: number / 100)),
        st.tuples(st.integers(0, 10), st.integers(0, 10)).map(lambda cuts: sorted(10 * cut for cut in cuts)),
    )


def order():
    """Who buys, what, and with how much freight."""
    return st.tuples(
        st.sampled_from(("person", "tourist", "carioca")),
        st.lists(line(), min_size=1, max_size=4),
        st.one_of(st.none(), st.integers(1, 9999).map(lambda number: number / 100)),
    )


@tagged("post_install", "-at_install")
class TestRandomReturns(ReturnsCase):
    """Any order, sold and taken back, whole or piece by piece: nothing is left of any tax, account or total."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.widen_decimals()
        cls.tourist = cls.make_customer("Ana Lima", "RJ", "Rio de Janeiro", vat="52998224725", is_company=False)
        cls.tourist.sudo().zip = "20040-002"
        cls.answer_difal()

    @classmethod
    def answer_difal(cls):
        """What a person in another state is charged, as somebody has answered."""
        rules = cls.operation().sudo().rule_ids.filtered(lambda rule: rule.scope == "interstate")
        rules.write(
            {
                "difal_mode": "own",
                "difal_rate": 20.0,
                "difal_fcp_mode": "fixed",
                "difal_fcp_rate": 2.0,
                "difal_base": "double",
            }
        )

    @settings(max_examples=2, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=UNSHRUNK)
    @given(order())
    def test_some_orders(self, wanted):
        self.check(*wanted)

    @pytest.mark.prove
    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), phases=UNSHRUNK)
    @given(order())
    def test_many_orders(self, wanted):
        self.check(*wanted)

    def check(self, partner, lines, freight):
        order = self.random_order(partner, [line[:4] for line in lines], freight)
        order.action_confirm()
        move = order._create_invoices()
        sold = self.authorized(move)
        pieces = self.pieces(lines, bool(freight))
        came, journal = Counter(), Counter(self.journal(move))
        for quantities in pieces:
            back = self.refund(move, quantities)
            if freight:
                self.let_freight_fit(back)
            back.fbr_issued_by = "company"
            taxed = self.authorized(back)
            for item in taxed.items:
                for tag, value in item.amounts.items():
                    came[item.item.code, tag] += value
            journal.update(self.journal(back))
        expected = Counter()
        for item in sold.items:
            for tag, value in item.amounts.items():
                expected[item.item.code, tag] += value
        self.assertEqual(
            {key: value for key, value in came.items() if value},
            {key: value for key, value in expected.items() if value},
        )
        self.assertEqual({key: round(value, 2) for key, value in journal.items() if round(value, 2)}, {})
        self.assertEqual(move.amount_residual, 0.0)

    def let_freight_fit(self, back):
        """Lower the freight to what belongs to the goods of this credit note, or remove it."""
        most = sum(returned.left(item.returned, item.quantity, "freight") for item in back._fbr_items())
        freight = back.invoice_line_ids.filtered(lambda line: line.product_id == self.freight)
        if most:
            freight.price_unit = float(most)
        else:
            back.write({"invoice_line_ids": [Command.delete(freight.id)]})

    def pieces(self, lines, freight):
        """The quantities of each credit note; those that take nothing back are left out, freight comes with all."""
        found = []
        for number in range(3):
            quantities = []
            for _product, quantity, _price, _discount, cuts in lines:
                edges = [
                    Decimal(0),
                    *(Decimal(cut) * Decimal(str(quantity)) / 100 for cut in cuts),
                    Decimal(str(quantity)),
                ]
                edges = [edge.quantize(Decimal("0.001")) for edge in edges]
                quantities.append(float(edges[number + 1] - edges[number]))
            if any(quantities):
                found.append((*quantities, *([1] if freight else [])))
        return found
