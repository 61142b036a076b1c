"""Taxes typed by hand: who may, what is judged, that they are kept, and that invoice, journal and engine agree."""

from decimal import Decimal

import pytest
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from ..fiscal.spec import HandTax
from ..fiscal.taxes import engine
from .taxes_common import AmountsCase

REASON = "Devolução de nota de outro sistema"
REDUCED = HandTax("icms", "20", Decimal("33.33"), Decimal(12))


class TestHandTaxes(AmountsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        root = cls.env(user=cls.env.ref("base.user_root"), su=True)
        groups = "account.group_account_manager,sales_team.group_sale_salesman_all_leads"
        cls.accountant = new_test_user(root, "hand_accountant", groups=groups, company_id=cls.company.id)

    def order(self, *lines):
        vals = [
            Command.create({"product_id": product.id, "product_uom_qty": quantity, "price_unit": price})
            for product, quantity, price in lines or [(self.chair, 1.0, 1000.0), (self.table, 2.0, 250.0)]
        ]
        return self.env["sale.order"].create(
            {"partner_id": self.shop.id, "company_id": self.company.id, "order_line": vals}
        )

    def type_taxes(self, line, *taxes, reason=REASON):
        line.with_user(self.accountant)._fbr_type_taxes(taxes, reason)

    def icms(self, line):
        [item] = [item for item, other in self.computed(line) if other == line]
        return item.icms

    def computed(self, line):
        source = line._fbr_source().sudo()
        taxed = engine.compute_items(source._fbr_tax_context(), source._fbr_items())
        return list(zip(taxed, [pair[0].with_env(self.env) for pair in source._fbr_line_items()], strict=True))

    def test_an_ordinary_user_cannot(self):
        line = self.order().order_line[0]
        with self.assertRaises(AccessError):
            line._fbr_type_taxes((REDUCED,), REASON)
        with self.assertRaises(AccessError):
            line.action_fbr_type_taxes()
        self.type_taxes(line, REDUCED)
        kept = line.fbr_hand
        with self.assertRaises(AccessError):
            line.write({"fbr_hand": False})
        with self.assertRaises(AccessError):
            line._fbr_type_taxes((), "")
        with self.assertRaises(AccessError):
            line.order_id.order_line[1].write({"fbr_hand": kept})
        with self.assertRaises(AccessError):
            self.env["faturamento_br.hand_taxes"].create({"order_line_id": line.id})

    @pytest.mark.prove
    def test_nothing_is_brought_in_that_nobody_typed(self):
        order = self.order()
        self.type_taxes(order.order_line[0], REDUCED)
        kept = order.order_line[0].fbr_hand
        other = {"taxes": {"icms": {"rate": "1"}}, "reason": "x", "by": "x", "day": "2026-11-25"}
        for forged in (other, {**kept, "taxes": other["taxes"]}, {**kept, "signature": ""}, "x"):
            for user in (self.user, self.accountant):
                line = {**self.line(self.chair), "fbr_hand": forged}
                with self.assertRaises(AccessError):
                    self.env(user=user)["account.move"].create(
                        {
                            "move_type": "out_invoice",
                            "partner_id": self.shop.id,
                            "invoice_line_ids": [Command.create(line)],
                        }
                    )
        with self.assertRaises(AccessError):  # typed, but for other goods
            self.invoice((self.table,)).invoice_line_ids.write({"fbr_hand": kept})

    def test_from_the_order_to_the_journal(self):
        order = self.order()
        line = order.order_line[0]
        self.type_taxes(line, REDUCED, HandTax("cofins", rate=Decimal(3)))
        self.assertTrue(line.fbr_by_hand)
        self.assertEqual(self.icms(line).amount, Decimal("80.00"))
        line.product_uom_qty = 2.0  # kept when the line is changed
        self.assertEqual(self.icms(line).amount, Decimal("160.01"))
        order.action_confirm()
        order.order_line.filtered(lambda each: each.product_id == self.table).product_uom_qty = 1.0
        move = order._create_invoices()  # by who may not type taxes
        self.assertEqual(move.invoice_line_ids.mapped("fbr_by_hand"), [True, False])
        self.assert_same(move)
        move.action_post()
        self.assert_same(move)
        self.assertFalse(move._fbr_changed_problems())
        told = move.invoice_line_ids[0].with_context(lang="en_US")._fbr_why()
        self.assertIn(f"by {self.accountant.name} on", told)
        self.assertIn(REASON, told)
        with self.assertRaises(UserError):  # posted
            self.type_taxes(move.invoice_line_ids[0], HandTax("pis", "06"))

    def test_a_copy_keeps_them_and_the_rules_come_back(self):
        order = self.order()
        self.type_taxes(order.order_line[0], REDUCED)
        copied = order.copy()
        self.assertEqual(self.icms(copied.order_line[0]).rate, Decimal(12))
        self.type_taxes(copied.order_line[0])
        self.assertFalse(copied.order_line[0].fbr_by_hand)
        self.assertEqual(self.icms(copied.order_line[0]).amount, Decimal("180.00"))
        self.assertIn("rules again", " ".join(copied.with_context(lang="en_US").message_ids.mapped("body")))
        self.assertTrue(order.order_line[0].fbr_by_hand)

    @pytest.mark.prove
    def test_another_product_keeps_them(self):
        order = self.order()
        line = order.order_line[0]
        self.type_taxes(line, REDUCED)
        line.product_id = self.table
        self.assertEqual(self.icms(line).rate, Decimal(12))
        self.assertEqual(self.icms(order.copy().order_line[0]).rate, Decimal(12))

    def test_an_amount_and_a_tax_on_top(self):
        move = self.invoice((self.chair,))
        line = move.invoice_line_ids
        self.type_taxes(line, HandTax("ipi", "50", rate=Decimal(10), amount=Decimal("99.99")))
        self.assertEqual(move.amount_total, 1099.99)
        self.assert_same(move)
        line.price_unit = 1000.0
        self.assert_same(move)

    @pytest.mark.prove
    def test_part_of_an_order_has_no_amount_of_the_whole(self):
        order = self.order((self.table, 4.0, 250.0))
        self.type_taxes(order.order_line, HandTax("ipi", rate=Decimal(10), amount=Decimal("99.99")))
        self.assertEqual(order.amount_total, 1099.99)
        values = order.order_line._prepare_invoice_line(quantity=1.0)
        self.assertEqual(values["fbr_hand"]["taxes"], {"ipi": {"rate": "10"}})

    def test_what_cannot_be_is_refused_and_changes_nothing(self):
        order = self.order()
        line = order.order_line[0]
        total = order.amount_total
        for typed, words in (
            (HandTax("icms", rate=Decimal(101)), "valid percentage"),
            (HandTax("icms", "102"), "CSOSN"),
            (HandTax("icms", amount=Decimal("100")), "528"),
            (HandTax("icms_st", rate=Decimal(10)), "ICMS ST"),
        ):
            accountant = line.with_user(self.accountant).with_context(lang="en_US")
            with self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                accountant._fbr_type_taxes((typed,), REASON)
            line.invalidate_recordset()
            self.assertFalse(line.fbr_hand)
        for reason in ("", "  ", False):
            with self.assertRaises(UserError):
                self.type_taxes(line, REDUCED, reason=reason)
        self.assertEqual(order.amount_total, total)

    def test_the_chatter_tells_who_what_and_why(self):
        order = self.order()
        self.type_taxes(order.order_line[0], REDUCED)
        message = order.message_ids[0]
        self.assertEqual(message.author_id, self.accountant.partner_id)
        self.assertIn("ICMS: 20", message.body)
        self.assertIn("33.33", message.body)
        self.assertIn(REASON, message.body)

    def test_the_dialog_keeps_what_differs_from_the_rules(self):
        line = self.order().order_line[1]
        action = line.with_user(self.accountant).action_fbr_type_taxes()
        dialog = self.env(user=self.accountant)[action["res_model"]].browse(action["res_id"])
        rows = {row.tax: row for row in dialog.tax_ids}
        self.assertEqual(list(rows), ["icms", "ipi", "pis", "cofins"])
        self.assertEqual((rows["icms"].situation, rows["icms"].rate, rows["icms"].amount), ("00", 18.0, 90.0))
        self.assertEqual((rows["ipi"].situation, rows["ipi"].rate, rows["ipi"].amount), ("50", 5.0, 25.0))
        dialog.reason = REASON
        with self.assertRaises(UserError):
            dialog.action_apply()
        rows["ipi"].rate = 8.0
        dialog.action_apply()
        self.assertEqual(line._fbr_hand_taxes(), (HandTax("ipi", rate=Decimal("8.0000")),))
        self.assertEqual(line.price_total, 540.0)
        action = line.with_user(self.accountant).action_fbr_type_taxes()
        dialog = dialog.browse(action["res_id"])
        [ipi] = [row for row in dialog.tax_ids if row.tax == "ipi"]
        self.assertEqual((ipi.rate, ipi.rule_rate), (8.0, 5.0))
        dialog.action_back_to_rules()
        self.assertEqual(line.price_total, 525.0)
