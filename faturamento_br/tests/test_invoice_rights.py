from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .taxes_common import TaxesCase


@tagged("post_install", "-at_install")
class TestInvoiceRights(TaxesCase):
    """What nobody may see, choose or change behind an invoice's back, and the day an invoice is of."""

    def salesman(self, login, groups="sales_team.group_sale_salesman"):
        return new_test_user(
            self.env(su=True, user=self.env.ref("base.user_root")),
            login,
            groups=groups,
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )

    def test_a_salesman_sees_the_documents_of_his_own_invoices(self):
        seller, colleague = self.salesman("seller"), self.salesman("colleague")
        chief = self.salesman("chief", "sales_team.group_sale_salesman_all_leads")
        move = self.invoice((self.chair,), invoice_user_id=seller.id)
        move.action_post()
        document = move.fbr_document_id
        problem = self.env["faturamento_br.document.problem"].sudo().create(
            {"document_id": document.id, "code": "x", "message": "x"}
        )  # fmt: skip
        for user, seen in ((seller, True), (colleague, False), (chief, True), (self.user, True)):
            for record in (document, problem):
                self.assertEqual(bool(record.with_user(user).search([("id", "=", record.id)])), seen, user.login)
        with self.assertRaises(AccessError):
            document.with_user(colleague).read(["amount_total"])

    def test_dated_by_the_company_s_legal_time(self):
        """On the month's last evening it is tomorrow in UTC, the time of jobs and of users without a zone."""
        self.user.sudo().tz = False
        with freeze_time("2026-12-01 01:30:00"):
            move = self.invoice((self.chair,), invoice_date=False)
            move.action_post()
            self.assertEqual(move.invoice_date, fields.Date.to_date("2026-11-30"))
            self.assertEqual(move.date, fields.Date.to_date("2026-11-30"))
            self.assertEqual(move._fbr_issued_at(fields.Datetime.now()).isoformat(), "2026-11-30T22:30:00-03:00")

    def test_booked_lines_keep_their_taxes(self):
        move = self.invoice((self.table,))
        move.action_post()
        taxes, journal = move.invoice_line_ids.tax_ids, self.journal(move)
        self.assertEqual(len(taxes), 4)
        move.fbr_operation_id = False
        self.assertEqual(move.invoice_line_ids.tax_ids, taxes)
        self.assertEqual(self.journal(move), journal)

    def test_unticked_is_not_issued(self):
        move = self.invoice((self.chair,))
        move.action_post()
        send = self.env["account.move.send"]
        issued = []
        with patch.object(type(move), "_fbr_issue_to_send", lambda self, *_args, **_options: issued.append(self)):
            send._generate_and_send_invoices(move, sending_methods=["manual"], extra_edis=[])
            self.assertEqual(issued, [])
            send._generate_and_send_invoices(move, sending_methods=["manual"], extra_edis=["br_nfe"])
            send._generate_and_send_invoices(move, sending_methods=["manual"])
        self.assertEqual(issued, [move, move])

    def test_a_batch_goes_on_without_the_one_that_cannot_be_issued(self):
        """An invoice of a closed month, say: Odoo's job would begin with it each time, and fail."""
        bad, good = self.invoice((self.chair,)), self.invoice((self.chair,))
        (bad | good).action_post()
        (bad | good).sending_data = {"sending_methods": ["manual"]}

        def issue(move):
            if move == bad:
                raise UserError("the month is closed")

        send = self.env["account.move.send"]
        with patch.object(type(bad), "_fbr_issue", issue):
            with self.assertRaises(UserError):
                send._generate_and_send_invoices(bad | good, sending_methods=["manual"])
            send._generate_and_send_invoices(bad | good, from_cron=True)
        self.assertIn("the month is closed", bad.message_ids[:1].body)
        self.assertTrue(good.fbr_document_id.sudo().mail_settings)
        self.assertFalse(any((bad | good).mapped("sending_data")))

    def test_a_cancelled_document_gives_way_to_the_next_number(self):
        """Cancelled at the authorizer: its number is used, so issuing again takes another."""
        move = self.invoice((self.chair,))
        move.action_post()
        cancelled = move.fbr_document_id.sudo()
        cancelled.write({"state": "cancelled"})
        following = self.env["faturamento_br.document"].sudo()._open_for(move)
        self.assertEqual((following.state, following.number), ("draft", cancelled.number + 1))
