import pytest
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .taxes_common import TaxesCase

SALES = "sales_team.group_sale_salesman_all_leads"


@tagged("post_install", "-at_install")
class TestPreflight(TaxesCase):
    """What an NF-e would lack, told above the quotation and the draft invoice, each with the way to mend it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.give_addresses()
        companies = [Command.set(cls.company.ids)]
        root = cls.env(su=True, user=cls.env.ref("base.user_root"))
        cls.seller = new_test_user(root, "seller_pre", groups=SALES, company_id=cls.company.id, company_ids=companies)
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})

    def order(self, *products, **values):
        lines = [Command.create({"product_id": product.id, "price_unit": 10.0}) for product in products]
        values = {"partner_id": self.shop.id, "company_id": self.company.id, "order_line": lines, **values}
        return self.env["sale.order"].with_user(self.seller).create(values)

    def alerts(self, record, field):
        record.invalidate_recordset()
        return list((record.read([field])[0][field] or {}).values())

    def test_a_right_quotation_says_nothing(self):
        self.assertEqual(self.alerts(self.order(self.chair, self.table), "fbr_alerts"), [])

    def test_the_salesperson_sees_all_and_may_go_on(self):
        self.chair.sudo().fbr_ncm = False
        self.shop.sudo().street2 = False
        order = self.order(self.chair, self.table)
        alerts = self.alerts(order, "fbr_alerts")
        self.assertEqual({alert["level"] for alert in alerts}, {"warning"})
        opened = {(alert["action"]["res_model"], alert["action"]["res_id"]) for alert in alerts}
        self.assertIn(("res.partner", self.shop.id), opened)
        self.assertIn(self.chair.id, {number for model, number in opened if model.startswith("product")})
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertTrue(self.alerts(order, "fbr_alerts"))

    @pytest.mark.prove
    def test_many_of_a_kind_are_told_together(self):
        products = [self.make_product(f"Peça {number}", False, list_price=1.0) for number in range(12)]
        (alert,) = self.alerts(self.order(*products), "fbr_alerts")
        self.assertIn("Peça 0", alert["message"])
        self.assertEqual(len(alert["action"]["domain"][0][2]), 12)

    def test_a_form_being_filled_is_not_checked(self):
        self.chair.sudo().fbr_ncm = False
        form = Form(self.env["sale.order"].with_user(self.seller))
        form.partner_id = self.shop
        with form.order_line.new() as line:
            line.product_id = self.chair
        self.assertFalse(form.fbr_alerts)
        self.assertTrue(form.save().fbr_alerts)

    def test_queries_do_not_grow_with_the_lines(self):
        products = [self.make_product(f"Peça {number}", "94016100", list_price=1.0) for number in range(40)]
        few, many = self.order(*products[:5]), self.order(*products)
        counts = []
        for order in (few, few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order.read(["fbr_alerts"])
            counts.append(self.env.cr.sql_log_count - before)
        _cold, five, forty = counts
        self.assertLessEqual(forty, five + 5)
        self.assertLessEqual(forty, 90)

    def test_a_draft_is_checked_before_it_has_a_number(self):
        self.shop.sudo().street2 = False
        move = self.invoice((self.chair, 1), invoice_date="2026-11-25")
        [alert] = [each for each in self.alerts(move, "alerts") if each.get("action", {}).get("res_id") == self.shop.id]
        self.assertEqual((alert["level"], alert["action"]["res_model"]), ("danger", "res.partner"))
        action = move.with_context(fbr_on_screen=True).action_post()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((move.state, move.fbr_document_ids.ids, wizard.can_confirm), ("draft", [], True))
        self.assertTrue(wizard.alerts)
        wizard.action_confirm()
        self.assertEqual(move.state, "posted")
        self.assertFalse([name for name in move.alerts or {} if name.startswith("fbr_preflight")])

    def test_what_cannot_be_taxed_is_not_confirmed(self):
        self.chair.sudo().fbr_ncm = False
        move = self.invoice((self.chair, 1), invoice_date="2026-11-25")
        action = move.with_context(fbr_on_screen=True).action_post()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertFalse(wizard.can_confirm)
        for confirm in (wizard.action_confirm, move.action_post):
            with self.assertRaisesRegex(UserError, "NCM"):
                confirm()
        self.assertEqual(move.state, "draft")

    def test_a_right_draft_is_confirmed_at_once(self):
        move = self.invoice((self.chair, 1), invoice_date="2026-11-25")
        self.assertFalse([name for name in move.alerts or {} if name.startswith("fbr_preflight")])
        self.assertFalse(move.with_context(fbr_on_screen=True).action_post())
        self.assertEqual(move.state, "posted")

    def test_a_line_without_product_is_asked_about(self):
        """It would make the invoice one of services: told on the screen, and never in the way of a program."""
        move = self.invoice((self.env["product.product"], 1, 0.0))
        (alert,) = [each for name, each in move.alerts.items() if name.startswith("fbr_preflight")]
        self.assertEqual(alert["level"], "warning")
        self.assertIn('"1" has no product', alert["message"])
        action = move.with_context(fbr_on_screen=True).action_post()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((move.state, wizard.can_confirm, wizard.without_document), ("draft", True, True))
        wizard.action_confirm()
        self.assertEqual((move.state, move.fbr_document_ids.ids), ("posted", []))
        services = self.invoice((self.assembly, 1, 50.0))
        self.assertFalse(services.with_context(fbr_on_screen=True).action_post())
        goods = self.invoice((self.chair, 1), (self.env["product.product"], 1, 0.0))
        with self.assertRaisesRegex(UserError, "has no product"):
            goods.action_post()

    def test_a_refund_without_taxes_is_refused(self):
        """A credit note's goods have their taxes or it is not booked; what only an NF-e needs is not asked of it."""
        refund = self.invoice((self.chair, 1), (self.assembly, 1, 50.0), move_type="out_refund")
        self.assertFalse([name for name in refund.alerts or {} if name.startswith("fbr_preflight")])
        self.assertEqual(refund._fbr_refusals(), [])
        inside = refund.fbr_operation_id.sudo().rule_ids.filtered(lambda rule: rule.scope == "inside")
        inside.unlink()
        action = refund.with_context(fbr_on_screen=True).action_post()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertFalse(wizard.can_confirm)
        with self.assertRaisesRegex(UserError, "No tax rule of .* Cadeira"):
            refund.action_post()
        self.assertEqual(refund.state, "draft")

    @pytest.mark.prove
    def test_a_series_that_cannot_be(self):
        move = self.invoice((self.chair, 1), invoice_date="2026-11-25")
        move.journal_id.sudo().l10n_br_invoice_serial = "ABC"
        opened = [alert.get("action", {}).get("res_model") for alert in self.alerts(move, "alerts")]
        self.assertIn("account.journal", opened)

    @pytest.mark.prove
    def test_a_text_that_would_be_cut_is_told(self):
        order = self.order(self.chair, fbr_info="x" * 5100)
        (alert,) = self.alerts(order, "fbr_alerts")
        self.assertEqual(alert["level"], "info")
