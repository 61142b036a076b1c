"""The taxes of a line at a glance, and that a line's change is told to the lines it concerns and to no others."""

from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..fiscal.taxes import engine
from ..models import document_facts
from ..models.line_taxes import KINDS
from .taxes_common import TaxesCase


@tagged("post_install", "-at_install")
class TestLineTaxes(TaxesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.chair + cls.table).sudo().write({"fbr_ipi_cst": "50", "fbr_ipi_rate": 5.0})
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.shop.id,
                "company_id": cls.company.id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": 1, "price_unit": price})
                    for product, price in ((cls.chair, 1000.0), (cls.table, 500.0), (cls.freight, 30.0))
                ],
            }
        )
        cls.env.flush_all()

    def shown(self, line):
        return {name: line[name] for name in KINDS}

    def test_the_columns_are_the_core_s_amounts(self):
        source = self.order.sudo()
        taxed = engine.compute_items(source._fbr_tax_context(), source._fbr_items())
        chair, table, freight = self.order.order_line
        for line, found in zip((chair, table), taxed, strict=True):
            expected = dict.fromkeys(KINDS, 0.0) | {
                "fbr_icms_amount": float(found.icms.amount),
                "fbr_ipi_amount": float(found.ipi.amount),
                "fbr_pis_amount": float(found.pis.amount),
                "fbr_cofins_amount": float(found.cofins.amount),
                "fbr_ibs_amount": float(found.ibs_cbs.ibs_amount),
                "fbr_cbs_amount": float(found.ibs_cbs.cbs_amount),
            }
            self.assertEqual(self.shown(line), expected)
            self.assertTrue(all(expected[name] for name in ("fbr_icms_amount", "fbr_ipi_amount", "fbr_cbs_amount")))
        self.assertIn("ICMS", chair.fbr_taxes_text)
        self.assertFalse(freight.fbr_taxes_text)
        self.assertFalse(any(self.shown(freight).values()))

    def test_they_cost_no_computation_and_stay_when_booked(self):
        move = self.invoice((self.chair, 2, 100.0))
        with patch.object(engine, "compute_item", side_effect=AssertionError("computed again")):
            drafted = self.shown(move.invoice_line_ids)
        move.action_post()
        move.invalidate_recordset()
        with patch.object(engine, "compute_item", side_effect=AssertionError("computed again")):
            self.assertEqual(self.shown(move.invoice_line_ids), drafted)
        self.assertTrue(drafted["fbr_ibs_amount"])

    def test_a_price_concerns_its_own_line(self):
        chair, table, _freight = self.order.order_line
        self.order.write({"order_line": [Command.update(table.id, {"price_unit": 77.0})]})
        self.assertNotIn(chair, self.env.records_to_compute(chair._fields["price_total"]))

    def test_a_change_is_computed_once_whatever_the_order_s_length(self):
        table, counts = self.order.order_line[1], []
        for number, price in enumerate((77.0, 88.0, 99.0)):  # the first one fills what the registry keeps
            if number == 2:
                self.order.write({"order_line": [Command.create({"product_id": self.chair.id})] * 30})
            self.env.flush_all()
            self.env.invalidate_all()
            self.env.cr.cache.clear()
            before = self.env.cr.sql_log_count
            with patch.object(document_facts, "compute", wraps=document_facts.compute) as engine_calls:
                self.order.write({"order_line": [Command.update(table.id, {"price_unit": price})]})
                self.env.flush_all()
            self.assertEqual(engine_calls.call_count, 1)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1])

    def test_the_law_of_goods_follows_what_is_written(self):
        line, categories = self.order.order_line[0], self.env["product.category"].sudo()
        above = categories.create({"name": "Above"})
        self.chair.sudo().categ_id = categories.create({"name": "Below", "parent_id": above.id})
        before = line.fbr_ipi_amount
        self.chair.sudo().fbr_ipi_rate = 10.0
        line.invalidate_recordset()
        self.assertAlmostEqual(line.fbr_ipi_amount, 2 * before, 2)
        self.chair.sudo().fbr_ipi_cst = False
        line.invalidate_recordset()
        self.assertFalse(line.fbr_ipi_amount)
        above.write({"fbr_ipi_cst": "50", "fbr_ipi_rate": 5.0})
        line.invalidate_recordset()
        self.assertAlmostEqual(line.fbr_ipi_amount, before, 2)

    def test_a_freight_concerns_all(self):
        chair, table, freight = self.order.order_line
        before = chair.price_total, table.price_total
        freight.price_unit = 300.0
        self.env.flush_all()
        self.assertGreater(chair.price_total, before[0])
        self.assertGreater(table.price_total, before[1])
        self.assert_told()
        freight.unlink()
        self.env.flush_all()
        self.assertEqual((chair.price_total, table.price_total), (1050.0, 525.0))
        self.assert_told()

    def test_a_freight_typed_and_taken_away_in_the_form(self):
        with Form(self.order.with_user(self.user)) as form:
            with form.order_line.edit(2) as line:
                line.price_unit = 300.0
            self.assertAlmostEqual(self.lines(form)[0], 1060.0)
            form.order_line.remove(2)
            self.assertEqual(self.lines(form), [1050.0, 525.0])
        self.assert_told()

    def lines(self, form):
        return [row["price_total"] for row in form.order_line._records]

    def assert_told(self):
        self.env.flush_all()
        self.env.invalidate_all()
        amounts = self.order._fbr_amounts()
        told = {line: line.price_total for line in amounts}
        self.assertEqual(told, {line: float(found.total) for line, found in amounts.items()})
        self.assertEqual(self.order.amount_total, sum(told.values()))

    def test_the_dialog_s_amount_follows_the_rate(self):
        root = self.env(user=self.env.ref("base.user_root"), su=True)
        groups = "account.group_account_manager,sales_team.group_sale_salesman_all_leads"
        accountant = new_test_user(root, "line_accountant", groups=groups, company_id=self.company.id)
        line = self.order.order_line[0].with_user(accountant)
        dialog = (
            self.env["faturamento_br.hand_taxes"].with_user(accountant).browse(line.action_fbr_type_taxes()["res_id"])
        )
        rates = {row.tax: row.amount for row in dialog.tax_ids}
        with Form(dialog) as form:
            with form.tax_ids.edit(list(rates).index("ipi")) as row:
                row.rate = 10.0
            amounts = {row["tax"]: row["amount"] for row in form.tax_ids._records}
            self.assertAlmostEqual(amounts["ipi"], 2 * rates["ipi"], 2)
            self.assertEqual(amounts["pis"], rates["pis"])
