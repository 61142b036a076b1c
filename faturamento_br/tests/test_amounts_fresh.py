from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..fiscal.taxes import engine
from ..models import document_facts
from .taxes_common import TaxesCase

#: Edits of anything that enters an amount: whose field, its name, what it may be.
EDITS = (
    ("line", "quantity", st.integers(1, 9000).map(lambda number: number / 100)),
    ("line", "price_unit", st.integers(1, 10**7).map(lambda number: number / 1000)),
    ("line", "discount", st.sampled_from((0.0, 5.0, 33.33))),
    ("line", "product", st.sampled_from(("chair", "table", "freight", "assembly"))),
    ("document", "partner", st.sampled_from(("shop", "carioca", "person"))),
    ("document", "fbr_final_consumer", st.booleans()),
    ("document", "invoice_date", st.sampled_from(("2026-11-20", "2026-03-01", "2027-01-02"))),
    ("document", "operation", st.booleans()),
    ("goods", "fbr_ncm", st.sampled_from(("94016100", "94036000", False))),
    ("goods", "fbr_origin", st.sampled_from(("0", "1", "3", False))),
    ("goods", "fbr_ipi_cst", st.sampled_from(("50", "53", "none", False))),
    ("goods", "fbr_ipi_rate", st.sampled_from((0.0, 5.0, 9.75))),
    ("goods", "category", st.booleans()),
    ("category", "fbr_ipi_cst", st.sampled_from(("50", False))),
    ("category", "fbr_ipi_rate", st.sampled_from((3.25, 7.0))),
    ("category", "fbr_origin", st.sampled_from(("2", False))),
    ("rule", "icms_rate", st.sampled_from((0.0, 12.0, 17.5))),
    ("rule", "icms_cst", st.sampled_from(("00", "40", "41"))),
    ("rule", "pis_rate", st.sampled_from((0.65, 1.65))),
    ("rule", "cofins_rate", st.sampled_from((3.0, 7.6))),
    ("rule", "scope", st.sampled_from(("any", "inside", "interstate"))),
    ("rule", "sequence", st.integers(1, 20)),
    ("company", "fbr_crt", st.sampled_from(("1", "3"))),
    ("company", "fbr_pays_ipi", st.booleans()),
    ("customer", "l10n_br_ie_code", st.sampled_from(("110042490114", False))),
)


def edit():
    """Which edit, of which of the records it may be of, and to what."""
    return st.sampled_from(EDITS).flatmap(
        lambda each: st.tuples(st.just(each[0]), st.just(each[1]), each[2], st.integers(0, 3))
    )


@tagged("post_install", "-at_install")
class TestAmountsFresh(TaxesCase):
    """What is kept of a computation is never served for other values, and serves where nothing changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env["product.category"].sudo().create({"name": "Móveis", "fbr_ncm": "94036000"})
        (cls.chair + cls.table).sudo().fbr_ipi_cst = False
        cls.move = cls.invoice(
            (cls.chair, 2, 100.0), (cls.table, 1, 33.33, 5.0), (cls.chair, 3, 7.77), (cls.freight, 1, 25.0)
        )

    @pytest.mark.prove
    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(edit(), min_size=1, max_size=4))
    def test_edits_between_two_reads(self, edits):
        savepoint = self.env.cr.savepoint()
        try:
            self.move._fbr_amounts()
            for whose, name, value, number in edits:
                self.edit(whose, name, value, number)
                kept = self.move._fbr_amounts()
                self.env.cr.cache.pop(document_facts.__name__, None)
                self.assertEqual(kept, self.move._fbr_amounts(), (whose, name, value))
                self.env.invalidate_all()
                self.env.cr.cache.pop(document_facts.__name__, None)
                self.assertEqual(kept, self.move._fbr_amounts(), (whose, name, value))
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def edit(self, whose, name, value, number):
        """Change one field, as an administrator would; what Odoo refuses is no edit."""
        move = self.move.sudo()
        rules = move.fbr_operation_id.rule_ids
        record = {
            "line": move.invoice_line_ids[number % len(move.invoice_line_ids)],
            "document": move,
            "goods": (self.chair, self.table)[number % 2].sudo(),
            "category": self.category,
            "rule": rules[number % len(rules)] if rules else move.fbr_operation_id.rule_ids,
            "company": move.company_id,
            "customer": move.commercial_partner_id,
        }[whose]
        if name == "product":
            value, name = getattr(self, value).id, "product_id"
        elif name == "partner":
            value, name = getattr(self, value).id, "partner_id"
        elif name == "operation":
            value, name = self.operation().id if value else False, "fbr_operation_id"
        elif name == "category":
            value, name = self.category.id if value else self.env.ref("product.product_category_goods").id, "categ_id"
        if name == "scope":
            record.write({"scope": value, "cfop": "6102" if value == "interstate" else "5102"})
        else:
            record.write({name: value})

    def engine_calls(self, change):
        """How many items the engine computes during ``change``."""
        compute, called = engine.compute_item, []

        def counting(*arguments):
            called.append(arguments)
            return compute(*arguments)

        with patch.object(engine, "compute_item", counting):
            change()
            self.env.flush_all()
        return len(called)

    def test_one_engine_call_for_a_change(self):
        change = {"invoice_line_ids": [Command.update(self.move.invoice_line_ids[0].id, {"price_unit": 55.0})]}
        self.assertEqual(self.engine_calls(lambda: self.move.write(change)), 3, "each of the three items once")
        self.assertEqual(self.engine_calls(self.move.action_post), 0, "nothing changed since")
        order = self.env["sale.order"].create(
            {
                "partner_id": self.shop.id,
                "company_id": self.company.id,
                "order_line": [Command.create({"product_id": product.id}) for product in (self.chair, self.table)],
            }
        )
        line = order.order_line[0]
        self.assertEqual(self.engine_calls(lambda: line.write({"price_unit": 71.0})), 2)

    def test_what_is_kept_is_bounded(self):
        facts = self.move.sudo()._fbr_computed(self.move.invoice_line_ids)
        with patch.object(document_facts, "MOST_LINES", 8):
            for price in (1.0, 2.0, 3.0, 4.0):
                self.move.invoice_line_ids[0].price_unit = price
                self.move._fbr_amounts()
            kept = self.env.cr.cache[document_facts.__name__]
            self.assertLessEqual(sum(len(each.lines) for each in kept), 8)
        self.assertEqual(len(facts.items), 4)

    def test_typing_does_not_check_the_saved_document(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.shop.id,
                "company_id": self.company.id,
                "order_line": [Command.create({"product_id": self.chair.id, "price_unit": 10.0})],
            }
        )
        source = type(self.env["sale.order"])
        for document, lines in ((order, "order_line"), (self.move, "invoice_line_ids")):
            form, preflight = Form(document), source._fbr_preflight
            with patch.object(type(document), "_fbr_preflight", autospec=True, side_effect=preflight) as checked:
                with getattr(form, lines).edit(0) as line:
                    line.price_unit = 12.34
                self.assertFalse(checked.called)
                form.save()
            self.assertEqual(document[lines][0].price_unit, 12.34)
