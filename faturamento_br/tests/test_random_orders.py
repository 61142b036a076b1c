from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.tests import tagged

from ..fiscal.documents import document_type
from ..fiscal.taxes import engine
from .taxes_common import AmountsCase, core_total

NAMESPACE = {"nfe": "http://www.portalfiscal.inf.br/nfe"}


def line():
    """Product, quantity with 3 decimals, price with 10, discount with 2."""
    return st.tuples(
        st.sampled_from(("chair", "table")),
        st.integers(1, 20_000).map(lambda number: number / 1000),
        st.integers(10**8, 10**13).map(lambda number: number / 10**10),
        st.one_of(st.just(0), st.integers(0, 9999).map(lambda number: number / 100)),
    )


def order():
    """Who buys, what, with how much freight, and how the company has its taxes rounded."""
    return st.tuples(
        st.sampled_from(("shop", "carioca", "person")),
        st.lists(line(), min_size=1, max_size=6),
        st.one_of(st.none(), st.integers(1, 9999).map(lambda number: number / 100)),
        st.sampled_from(("round_per_line", "round_globally")),
    )


@tagged("post_install", "-at_install")
class TestRandomOrders(AmountsCase):
    """Any order: quotation, invoice, journal, engine and XML say the same to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.widen_decimals()

    @settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(order())
    def test_some_orders(self, wanted):
        self.check(*wanted)

    @pytest.mark.prove
    @settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
    @given(order())
    def test_many_orders(self, wanted):
        self.check(*wanted)

    def check(self, partner, lines, freight, rounding):
        self.company.sudo().tax_calculation_rounding_method = rounding
        order = self.random_order(partner, lines, freight)
        self.assertEqual(Decimal(f"{order.amount_total:.2f}"), core_total(order))
        self.assertEqual(Decimal(f"{order.tax_totals['total_amount']:.2f}"), core_total(order))
        order.action_confirm()
        move = order._create_invoices()
        self.assert_same(move)
        self.assertEqual(move.amount_total, order.amount_total)
        self.assertEqual(move.amount_untaxed, order.amount_untaxed)
        self.assertEqual(
            [item.unit_price for item in move._fbr_items()], [item.unit_price for item in order._fbr_items()]
        )
        move.action_post()
        self.assert_same(move)
        document = move.fbr_document_id.sudo()
        invoice, _signer, _problems = document._check()
        built = document_type("55").build(engine.tax_invoice(invoice))
        totals = built.element.find(".//nfe:ICMSTot", NAMESPACE)
        self.assertEqual(totals.findtext("nfe:vNF", None, NAMESPACE), f"{move.amount_total:.2f}")
