"""From the quotation to the contract: what recurs is billed by a contract, the rest once by the order."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .contracts_common import ContractsCase, day


@tagged("post_install", "-at_install")
class TestContractOrders(ContractsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.give_addresses()
        cls.seller = new_test_user(
            cls.env(su=True), "order_seller", "sales_team.group_sale_salesman", lang="en_US",
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip
        cls.support = cls.assembly.sudo().copy({"name": "Suporte {mensal}", "list_price": 300.0})
        cls.support.write({"fbr_recurring": True, "fbr_interval_count": 1, "fbr_interval_unit": "month"})

    def order(self, *products, confirm=True, **values):
        lines = [Command.create({"product_id": product.id, "product_uom_qty": 2}) for product in products]
        order = (
            self.env["sale.order"]
            .with_user(self.seller)
            .create({"partner_id": self.shop.id, "company_id": self.company.id, "order_line": lines, **values})
        )
        if confirm:
            order.action_confirm()
        return order

    def test_recurring_by_contract_and_the_rest_once(self):
        order = self.order(self.support, self.chair, fbr_contract_start="2026-10-31", confirm=False)
        self.assertEqual((order.fbr_recurring_amount, order.order_line[0].fbr_recurrence), (600.0, "every month"))
        self.assertFalse(order.order_line[1].fbr_recurrence)
        order.action_confirm()
        contract = order.fbr_contract_ids
        self.assertEqual((contract.state, contract.date_start), ("running", day("2026-10-31")))
        self.assertEqual((contract.user_id, contract.line_ids.sale_line_id), (self.seller, order.order_line[0]))
        self.assertIn("Suporte {{mensal}}", contract.line_ids.name, "braces of a name are no placeholder")
        self.assertEqual(order.order_line.mapped("invoice_status"), ["invoiced", "to invoice"])
        once = order.with_user(self.env.user)._create_invoices(final=True)
        self.assertEqual(once.invoice_line_ids.product_id, self.chair)
        self.assertEqual(order.invoice_status, "invoiced")
        billed = self.run_on("2026-11-30", contract.with_user(self.env.user))
        self.assertEqual(billed.mapped("amount_untaxed"), [600.0, 600.0])
        self.assertIn("Suporte {mensal}", billed[0].invoice_line_ids.name)
        self.assertEqual(order.action_view_fbr_contracts()["res_id"], contract.id)
        self.assertEqual(contract.action_view_order()["res_id"], order.id)

    def test_an_order_without_recurrence_makes_none(self):
        order = self.order(self.chair)
        self.assertFalse(order.fbr_contract_ids or order.fbr_recurs)

    def test_what_cannot_be_billed_is_not_confirmed(self):
        order = self.order(self.support, confirm=False)
        order.order_line.price_unit = 0
        with self.assertRaisesRegex(UserError, "price must be above zero"), self.cr.savepoint():
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_another_unit_of_measure_keeps_its_price(self):
        order = self.order(self.support, confirm=False)
        order.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        order.order_line.price_unit = 100.0
        order.action_confirm()
        line = self.run_on("2026-11-25", order.fbr_contract_ids.with_user(self.env.user)).invoice_line_ids
        self.assertEqual((line.product_uom_id, line.price_subtotal), (order.order_line.product_uom_id, 200.0))

    def test_after_confirmation_only_a_change_speaks(self):
        order = self.order(self.support)
        with self.assertRaisesRegex(UserError, "use Change there"), self.cr.savepoint():
            order.order_line.product_uom_qty = 3
        order.order_line.create({"order_id": order.id, "product_id": self.support.id, "product_uom_qty": 1})
        self.assertEqual(len(order.fbr_contract_ids), 2, "what comes later has a contract of its own")
        self.assertEqual(order.fbr_contract_ids.line_ids.mapped("quantity"), [1.0, 2.0])

    def test_cancelling_the_order(self):
        order = self.order(self.support)
        contract = order.fbr_contract_ids
        order._action_cancel()
        self.assertEqual((contract.state, contract.active), ("draft", False))
        order.action_draft()
        order.action_confirm()
        again = order.fbr_contract_ids
        self.assertEqual((again.state, len(again)), ("running", 1), "the one given up does not count")
        self.run_on("2026-11-25", again.with_user(self.env.user))
        with self.assertRaisesRegex(UserError, "was billed"), self.cr.savepoint():
            order._action_cancel()
        self.assertEqual(order.state, "sale")

    def test_the_opportunity_tells_what_recurs(self):
        lead = self.env["crm.lead"].sudo().create({"name": "Hotel", "type": "opportunity", "user_id": self.seller.id})
        lead.company_id = self.company
        self.order(self.support, confirm=False, opportunity_id=lead.id)
        best = self.order(self.support, self.support, confirm=False, opportunity_id=lead.id)
        lead.invalidate_recordset()
        self.assertEqual(lead.fbr_recurring_amount, 1200.0)
        best.action_confirm()
        self.assertEqual((lead.recurring_revenue_monthly, lead.fbr_contract_count), (1200.0, 1))

    def test_repeat_an_invoice(self):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.shop.id,
                "invoice_date": "2026-10-31",
                "invoice_line_ids": [
                    Command.create({"product_id": self.assembly.id, "quantity": 2, "price_unit": 50.0, "name": "A"}),
                    Command.create({"display_type": "line_note", "name": "note"}),
                ],
            }
        )
        contract = self.env["faturamento_br.contract"].browse(move.action_fbr_repeat()["res_id"])
        self.assertEqual((contract.state, move.fbr_contract_count), ("draft", 1))
        self.assertEqual(move.action_fbr_repeat()["res_id"], contract.id, "once")
        contract.action_start()
        self.assertEqual(contract.next_bill_on, day("2026-11-30"))
        invoice = self.run_on("2026-11-30", contract)
        self.assertEqual((invoice.amount_untaxed, len(invoice.invoice_line_ids)), (100.0, 1))
        self.assertEqual(contract.next_bill_on, day("2026-11-30") + timedelta(31), "the 31st comes back")
