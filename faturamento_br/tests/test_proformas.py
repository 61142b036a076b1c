"""A pro-forma books nothing until it is confirmed or paid; what the customer saw is kept; nothing is billed twice."""

import pytest
from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Date
from odoo.tests import Form, new_test_user, tagged

from .payments_common import online_provider
from .taxes_common import TaxesCase


@tagged("post_install", "-at_install")
class TestProformas(TaxesCase):
    def offered(self, *lines):
        move = self.invoice(*(lines or [(self.chair, 2, 1000.0), (self.table, 1, 250.0)]))
        move.action_fbr_proforma_issue()
        return move

    def order(self, quantity=2):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.shop.id,
                "order_line": [Command.create({"product_id": self.chair.id, "product_uom_qty": quantity})],
            }
        )
        order.action_confirm()
        return order

    def test_it_books_nothing_and_takes_no_fiscal_number(self):
        move = self.offered()
        self.assertEqual((move.state, move.fbr_proforma_state), ("draft", "open"))
        self.assertEqual(move.fbr_proforma_number, "PF/2026/00001")
        self.assertEqual(move.fbr_proforma_until, Date.to_date("2026-12-10"))
        self.assertFalse(move.fbr_document_ids)
        self.assertEqual(self.offered().fbr_proforma_number, "PF/2026/00002")

    def test_what_is_missing_is_told_at_once(self):
        move = self.env["account.move"].create({"move_type": "out_invoice", "fbr_proforma_until": "2026-11-01"})
        with self.assertRaises(UserError) as refused:
            move.action_fbr_proforma_issue()
        for told in ("Falta o cliente", "Não há itens", "já passou"):
            self.assertIn(told, str(refused.exception))
        self.assertFalse(move.fbr_proforma_number)

    def test_versions_are_kept(self):
        move = self.offered()
        self.assertFalse(move.fbr_proforma_changed)
        move.action_fbr_proforma_issue()
        self.assertEqual(len(move.fbr_proforma_version_ids), 1)  # nothing changed: the same version
        with Form(move) as form, form.invoice_line_ids.edit(0) as line:
            line.quantity = 3
        self.assertTrue(move.fbr_proforma_changed)
        move.action_fbr_proforma_issue()
        totals = move.fbr_proforma_version_ids.sorted("version").mapped("amount_total")
        self.assertEqual([round(total, 2) for total in totals], [2262.5, 3262.5])
        first = move.fbr_proforma_version_ids.sorted("version")[0]
        self.assertTrue(first.attachment_id)
        with self.assertRaises(UserError):
            first.sudo().amount_total = 1
        with self.assertRaises(AccessError):
            first.with_user(self.user).unlink()
        with self.assertRaises(UserError):
            move.unlink()

    def test_sent_from_the_dialog_the_kept_file_stays(self):
        move = self.offered()
        action = move.action_fbr_proforma_send()
        composer = Form(self.env["mail.compose.message"].with_context(**action["context"])).save()
        composer.action_send_mail()
        kept = move.fbr_proforma_version_ids.sudo().attachment_id
        self.assertEqual(kept.res_model, "faturamento_br.proforma.version")
        [sent] = move.message_ids[:1].attachment_ids
        self.assertNotEqual(sent, kept)
        self.assertEqual((sent.name, sent.checksum), (kept.name, kept.checksum))

    @pytest.mark.prove
    def test_confirming_says_what_differs(self):
        same, changed = self.offered(), self.offered()
        same.action_post()
        self.assertEqual((same.state, same.fbr_proforma_state), ("posted", "converted"))
        self.assertIn("como na versão 1", same.message_ids[:1].body)
        changed.invoice_line_ids[:1].quantity = 3
        changed.action_post()
        self.assertIn("2262.50 → 3262.50", changed.message_ids[:1].body)

    def test_an_order_is_not_invoiced_by_a_pro_forma(self):
        order = self.order()
        opened = order.action_fbr_proforma()
        move = self.env["account.move"].browse(opened["res_id"])
        self.assertEqual((order.invoice_status, order.order_line.qty_invoiced), ("to invoice", 0))
        self.assertEqual(order.fbr_proforma_count, 1)
        self.assertEqual(order.action_fbr_proforma()["res_id"], move.id)  # no second one
        move.action_post()
        self.assertEqual((order.invoice_status, order.order_line.qty_invoiced), ("invoiced", 2))

    def test_nothing_is_billed_twice(self):
        order = self.order()
        proforma = self.env["account.move"].browse(order.action_fbr_proforma()["res_id"])
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertFalse(proforma._fbr_proforma_payable())
        with self.assertRaises(UserError) as refused:
            proforma.action_post()
        self.assertIn("PF/2026/", str(refused.exception))
        self.assertEqual(proforma.state, "draft")
        proforma.button_cancel()
        self.assertEqual((proforma.fbr_proforma_state, order.order_line.qty_invoiced), ("cancelled", 2))

    def test_a_part_is_invoiced_and_the_rest_stays_offered(self):
        order = self.order(quantity=5)
        move = self.env["account.move"].browse(order.action_fbr_proforma()["res_id"])
        wizard = self.env["faturamento_br.proforma.part"].with_context(active_id=move.id).create({})
        wizard.line_ids.quantity = 6
        with self.assertRaises(UserError):
            wizard.action_apply()
        wizard.line_ids.quantity = 2
        part = self.env["account.move"].browse(wizard.action_apply()["res_id"])
        self.assertEqual((part.state, part.amount_total, part.fbr_proforma_origin_id), ("posted", 2000, move))
        self.assertEqual((move.fbr_proforma_state, move.amount_total), ("open", 3000))
        self.assertEqual(move._fbr_proforma_last().version, 2)
        self.assertEqual(order.order_line.qty_invoiced, 2)
        move.action_post()
        self.assertEqual((order.order_line.qty_invoiced, order.invoice_status), (5, "invoiced"))

    def test_an_advance_settles_the_invoice(self):
        move = self.offered()
        values = {
            name.removeprefix("default_"): value
            for name, value in move.action_fbr_proforma_advance()["context"].items()
        }
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        payment = self.env["account.payment"].create({**values, "journal_id": journal.id, "amount": 1000})
        payment.action_post()
        self.assertEqual(move.fbr_advance_total, 1000)
        self.assertFalse(move.line_ids.matched_credit_ids)
        with freeze_time("2026-12-20 15:00:00"):
            self.env["account.move"]._cron_fbr_expire_proformas()
        self.assertEqual(move.fbr_proforma_state, "open")  # money was received: a person decides
        move.action_post()
        self.assertIn(move.payment_state, ("partial", "in_payment"))
        self.assertIn(payment, move.matched_payment_ids | move.reconciled_payment_ids)

    def test_it_ends_with_its_last_day_where_the_company_is(self):
        order = self.order()
        move = self.env["account.move"].browse(order.action_fbr_proforma()["res_id"])
        with freeze_time("2026-12-11 02:00:00"):  # still the 10th in São Paulo
            self.env["account.move"]._cron_fbr_expire_proformas()
            self.assertEqual(move.fbr_proforma_state, "open")
        with freeze_time("2026-12-11 04:00:00"):
            self.env["account.move"]._cron_fbr_expire_proformas()
            self.assertEqual((move.fbr_proforma_state, move.state), ("expired", "cancel"))
            self.assertEqual(order.invoice_status, "to invoice")
            move.action_fbr_proforma_renew()
        self.assertEqual((move.fbr_proforma_state, move.state), ("open", "draft"))
        self.assertEqual(move.fbr_proforma_until, Date.to_date("2026-12-26"))
        self.assertEqual(move._fbr_proforma_last().version, 2)

    @pytest.mark.prove
    def test_headings_in_both_languages(self):
        self.env["res.lang"].sudo()._activate_lang("en_US")
        self.shop.sudo().lang = "en_US"
        move = self.offered()
        self.assertEqual(move._fbr_proforma_words()["until"], "Válido até / Valid until")
        self.shop.sudo().lang = "pt_BR"
        self.assertEqual(move._fbr_proforma_words()["until"], "Válido até")

    def test_another_company_sees_nothing(self):
        move = self.offered()
        other = self.make_company("Outra Ltda", "06990590000123", "MG")
        stranger = new_test_user(
            self.env(su=True),
            "proforma_stranger",
            groups="account.group_account_invoice",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        env = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        versions = env["faturamento_br.proforma.version"]
        self.assertFalse(versions.search([("move_id", "=", move.id)]))
        with self.assertRaises(AccessError):
            versions.browse(move.fbr_proforma_version_ids.ids).check_access("read")

    def paid_online(self, move, amount=None):
        """What Odoo does when a provider says that the money has arrived (all of it, unless told otherwise)."""
        root = self.env(su=True)
        provider = online_provider(root, self.company)
        transaction = root["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": provider.payment_method_ids.id,
                "reference": f"{move.fbr_proforma_number}-{len(move.transaction_ids)}",
                "amount": amount or move.amount_total,
                "currency_id": move.currency_id.id,
                "operation": "online_direct",
                "partner_id": move.partner_id.id,
                "invoice_ids": [Command.set(move.ids)],
            }
        )
        transaction._set_done()
        transaction._post_process()
        return transaction

    def test_paying_online_confirms_it(self):
        move = self.offered()
        transaction = self.paid_online(move)
        self.assertEqual((move.state, move.fbr_proforma_state), ("posted", "converted"))
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(transaction.payment_id.amount, move.amount_total)

    def test_a_part_paid_online_waits_for_the_rest(self):
        move = self.offered()
        self.paid_online(move, 0.01)  # whoever forges the page's form
        self.assertEqual((move.state, move.fbr_proforma_state, move.fbr_advance_total), ("draft", "open", 0.01))

    def test_a_plan_is_paid_step_by_step(self):
        move = self.invoice((self.chair, 1, 1000.0))
        steps = [("No pedido", 33.33), ("Pronta", 33.33), ("Na entrega", 33.33)]
        move.fbr_step_ids = [Command.create({"name": name, "percent": share}) for name, share in steps]
        with self.assertRaisesRegex(UserError, "99.99"):
            move.action_fbr_proforma_issue()
        move.fbr_step_ids[-1].percent = 33.34
        move.action_fbr_proforma_issue()
        self.assertEqual(sum(move.fbr_step_ids.mapped("amount")), move.amount_total)
        first, second, _third = move.fbr_step_ids.mapped("amount")
        self.paid_online(move, first)
        self.assertEqual((move.state, move.fbr_advance_total), ("draft", first))
        self.assertEqual(move.fbr_step_ids.mapped("received"), [True, False, False])
        self.assertFalse(move.activity_ids, "as agreed: nobody is called")
        self.assertAlmostEqual(move._fbr_proforma_due(), second, 2)
        self.paid_online(move, move.currency_id.round(move.amount_total - first))
        self.assertEqual((move.state, move.payment_state), ("posted", "paid"))

    def test_the_plan_of_the_payment_terms(self):
        move = self.invoice((self.chair, 1, 1000.0))
        shares = [Command.create({"value": "percent", "value_amount": 50, "nb_days": days}) for days in (0, 30)]
        term = self.env["account.payment.term"].sudo().create({"name": "50/50", "line_ids": shares})
        move.invoice_payment_term_id = term.sudo(False)
        move.action_fbr_steps_from_term()
        plan = [(step.percent, Date.to_string(step.date)) for step in move.fbr_step_ids]
        self.assertEqual(plan, [(50, "2026-11-25"), (50, "2026-12-25")])
        move.invoice_payment_term_id = False
        with self.assertRaises(UserError):
            move.action_fbr_steps_from_term()

    def test_paid_online_when_it_cannot_be_confirmed(self):
        order = self.order()
        move = self.env["account.move"].browse(order.action_fbr_proforma()["res_id"])
        order._create_invoices().action_post()
        transaction = self.paid_online(move)
        self.assertEqual((move.state, move.fbr_advance_total), ("draft", 2000))
        self.assertEqual(transaction.payment_id.state, "in_process")
        self.assertIn("foi paga on-line", move.activity_ids.note)

    def test_paid_online_as_it_was_before_a_change(self):
        move = self.offered()
        first, second = move.invoice_line_ids
        self.assertFalse(move.fbr_proforma_changed)
        first.quantity, second.quantity = 1, 5
        second.price_unit = 200  # another offer
        self.assertTrue(move.fbr_proforma_changed)
        self.paid_online(move)
        self.assertEqual((move.state, move.fbr_proforma_state), ("draft", "open"))
        self.assertEqual(move.fbr_advance_total, move.amount_total)
