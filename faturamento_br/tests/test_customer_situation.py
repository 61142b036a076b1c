"""What a customer owes, who is told of it before selling more, and who may sell all the same."""

from datetime import timedelta

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .contracts_common import ContractsCase, day

DUE = day("2026-11-05")
TODAY = day("2026-11-25")


@tagged("post_install", "-at_install")
class TestCustomerSituation(ContractsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.late = cls.owed(1000.0, "2026-10-06", DUE)
        cls.fresh = cls.owed(300.0, "2026-11-20", day("2026-12-20"))
        cls.seller = new_test_user(
            cls.superuser(),
            "situation_seller",
            "sales_team.group_sale_salesman",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def owed(cls, amount, issued, due, partner=None):
        """A posted invoice of a service."""
        invoice = cls.invoice(
            (cls.assembly, 1.0, amount),
            partner=partner or cls.shop,
            invoice_date=issued,
            invoice_payment_term_id=False,
            invoice_date_due=due,
        )
        invoice.action_post()
        return invoice

    @classmethod
    def pay(cls, invoice, on, amount=None):
        values = {"payment_date": on, **({"amount": amount} if amount else {})}
        wizard = cls.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
        wizard.create(values)._create_payments()

    def order(self, user=None, partner=None):
        lines = [Command.create({"product_id": self.assembly.id, "price_unit": 100.0})]
        values = {"partner_id": (partner or self.shop).id, "order_line": lines, "company_id": self.company.id}
        return self.env["sale.order"].with_user(user or self.seller).create(values)

    def block(self, days=0, amount=0.0):
        self.company.sudo().write({"fbr_block_sales": True, "fbr_block_days": days, "fbr_block_amount": amount})

    def test_the_figures_and_the_records_behind_them(self):
        contract = self.contract(310.0, start="2026-11-01", term_count=12)
        person = self.env["res.partner"].sudo().create({"name": "Compras", "parent_id": self.shop.id})
        card = person.with_env(self.env)
        self.assertEqual((card.fbr_open, card.fbr_overdue, card.fbr_overdue_days), (1300.0, 1000.0, 20))
        for action, amount in ((card.action_view_fbr_open(), 1300.0), (card.action_view_fbr_overdue(), 1000.0)):
            items = self.env["account.move.line"].search(action["domain"])
            self.assertEqual(sum(items.mapped("amount_residual")), amount)
        self.assertFalse(card.fbr_has_paid)
        self.pay(self.late, "2026-11-15", 600.0)  # ten days late
        self.pay(self.fresh, "2026-11-30")  # twenty days early
        card.invalidate_recordset()
        self.assertEqual((card.fbr_open, card.fbr_overdue), (400.0, 400.0))
        self.assertEqual(card.fbr_delay_days, 0.0, "600 × 10 days - 300 × 20 days")
        self.assertTrue(card.fbr_has_paid)
        paid = self.env["account.move.line"].search(card.action_view_fbr_paid()["domain"])
        self.assertEqual(paid.move_id, self.late + self.fresh)
        self.assertEqual(card.fbr_live_contract_ids, contract)
        self.assertEqual((contract.next_bill_amount, contract.renewal_on), (310.0, day("2027-11-01")))
        self.assertEqual(card.action_view_fbr_situation()["res_id"], self.shop.id)

    def test_limit_and_last_contacts(self):
        self.company.sudo().account_use_credit_limit = True
        self.shop.sudo().credit_limit = 1500.0
        self.shop.sudo().message_post(body="Prometeu pagar", message_type="comment", author_id=self.shop.id)
        self.assertEqual((self.shop.fbr_limit, self.shop.fbr_limit_left), (1500.0, 200.0))
        self.assertIn("Prometeu pagar", self.shop.fbr_contact_ids[0].preview)
        self.assertFalse(self.carioca.fbr_contact_ids)

    def test_figures_of_many_customers_cost_as_many_queries_as_of_one(self):
        self.owed(50.0, "2026-11-01", DUE, self.carioca)
        both = self.shop + self.carioca + self.person
        counts = []
        for partners in (self.shop, both):
            self.env.invalidate_all()
            partners.mapped("commercial_partner_id.name")
            before = self.cr.sql_log_count
            partners.mapped("fbr_overdue")
            partners.mapped("fbr_delay_days")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)
        self.assertLess(counts[0], 12)

    def test_a_seller_is_warned_and_another_company_is_not(self):
        order = self.order()
        self.assertRegex(order.fbr_overdue_alert, r"Loja Paulista has .*1[.,]000[.,]00.* overdue.*\(20 days\)")
        self.assertFalse(order.fbr_sale_blocked)
        self.assertFalse(self.order(partner=self.carioca).fbr_overdue_alert)
        order.action_confirm()
        self.assertEqual((order.state, order.fbr_overdue_alert), ("sale", False))
        other = self.make_company("Outra Marcenaria Ltda", "12345678000195", "MG")
        self.assertEqual(self.shop.sudo().with_company(other).fbr_open, 0.0)
        user = new_test_user(self.superuser(), "nobody", "base.group_user", company_id=self.company.id)
        with self.assertRaises(AccessError):
            self.shop.with_user(user).read(["fbr_overdue"])

    def test_the_block_counts_days_and_amount(self):
        for days, amount, blocked in ((0, 0.0, True), (19, 999.0, True), (20, 0.0, False), (0, 1000.0, False)):
            self.block(days, amount)
            with self.subTest(days=days, amount=amount):
                self.assertEqual(self.order().fbr_sale_blocked, blocked)

    def test_a_blocked_order_is_released_with_a_reason_or_paid(self):
        self.block()
        order, other = self.order(), self.order()
        with self.assertRaisesRegex(UserError, r"1[.,]000[.,]00.*release"):
            order.action_confirm()
        wizard = self.env["faturamento_br.sale_release"]
        with self.assertRaises(AccessError):
            wizard.with_user(self.seller).create({"order_id": order.id, "reason": "eu mesmo"})
        with self.assertRaises(AccessError):
            order.fbr_released_by_id = self.seller
        boss = new_test_user(
            self.superuser(),
            "situation_boss",
            "sales_team.group_sale_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        wizard.with_user(boss).create({"order_id": order.id, "reason": "Paga na sexta"}).action_release()
        told = order.sudo().message_ids[0]
        self.assertIn("Paga na sexta", told.body)
        self.assertRegex(told.body, r"1[.,]000[.,]00")
        self.assertEqual(told.author_id, boss.partner_id)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.pay(self.late, TODAY)
        other.invalidate_recordset()
        other.action_confirm()
        self.assertEqual(other.state, "sale")

    def test_a_release_is_for_one_customer(self):
        self.block()
        self.owed(50.0, "2026-11-01", DUE, self.carioca)
        order = self.order()
        order.sudo().fbr_released_by_id = self.seller
        self.assertFalse(order.fbr_sale_blocked)
        order.partner_id = self.carioca
        self.assertTrue(order.fbr_sale_blocked)

    def test_accepted_on_the_portal_waits_for_somebody(self):
        self.block()
        order = self.order()
        order.sudo()._validate_order()
        self.assertEqual(order.state, "draft")
        self.assertIn("overdue", order.activity_ids.summary)
        self.assertEqual(order.activity_ids.user_id, self.seller)
        order.sudo().action_confirm()  # as a payment in full does
        self.assertEqual(order.state, "sale")

    def test_nothing_happens_where_no_nfe_is_issued(self):
        self.block()
        self.company.sudo().fbr_nfe_enabled = False
        order = self.order()
        self.assertFalse(order.fbr_overdue_alert)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_the_day_is_the_companys(self):
        with freeze_time("2026-12-21 02:30:00"):  # 23:30 of 20 December in São Paulo
            self.assertEqual(self.shop.fbr_overdue, 1000.0)
        self.env.invalidate_all()
        with freeze_time("2026-12-21 03:30:00"):
            self.assertEqual(self.shop.fbr_overdue, 1300.0)
            self.assertEqual(self.shop.fbr_overdue_days, (day("2026-12-21") - DUE) // timedelta(days=1))
