"""XML and DANFE reach whom the customer chose, by themselves or again, and who sells knows when they did not."""

from unittest.mock import patch

import pytest
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .keeping_common import KeepingCase


@tagged("post_install", "-at_install")
class TestDelivery(KeepingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contact = {"parent_id": cls.shop.id, "type": "contact"}
        cls.buyer, cls.other, cls.silent = (
            cls.env["res.partner"]
            .sudo()
            .create(
                [
                    {**contact, "name": "Compras", "email": "compras@example.com", "fbr_receives_nfe": True},
                    {**contact, "name": "Diretoria", "email": "diretoria@example.com"},
                    {**contact, "name": "Fiscal", "fbr_receives_nfe": True},
                ]
            )
        )

    def deliver(self, document):
        """The job after an authorisation; the e-mail it wrote."""
        with patch("odoo.addons.faturamento_br.models.document_files.Danfe") as danfe:
            danfe.return_value.output.return_value = b"%PDF-1.4"
            self.env["faturamento_br.document"].sudo().browse(document.id)._finish()
        return document.mail_message_ids.sorted("id")[-1:]

    def not_arrived(self, message, status="exception", failure="mail_email_invalid"):
        """What Odoo writes when the mail server refuses an address, or when it comes back."""
        notification = (
            self.env["mail.notification"]
            .sudo()
            .search([("mail_message_id", "=", message.id), ("res_partner_id", "=", self.buyer.id)])
        )
        notification.write({"notification_status": status, "failure_type": failure})
        self.env.flush_all()
        self.env.invalidate_all()  # the job is another transaction
        self.env["faturamento_br.document"].sudo()._cron_mail_failed()

    def failed(self):
        domain = [("mail_failed", "=", True), ("company_id", "=", self.company.id)]
        return self.env["faturamento_br.document"].search(domain)

    def test_by_itself_to_the_contacts_chosen(self):
        quiet = self.issued()
        self.assertFalse(quiet.mail_settings)
        self.company.sudo().fbr_mail_on_authorization = True
        document = self.issued()
        self.assertEqual(document.mail_state, "waiting")
        message = self.deliver(document)
        self.assertEqual(message.partner_ids, self.shop + self.buyer)
        self.assertEqual(
            set(message.attachment_ids.mapped("name")),
            {f"NFe{document.access_key}.xml", f"DANFE-{document.access_key}.pdf"},
        )
        self.assertTrue(document.move_id.is_move_sent)
        self.assertEqual(message.author_id, self.user.partner_id)
        self.assertTrue(document.xml_attachment_id.exists())
        self.assertEqual(document.xml_attachment_id.res_model, document._name)

    @pytest.mark.prove
    def test_nobody_to_send_to(self):
        self.company.sudo().fbr_mail_on_authorization = True
        (self.shop + self.buyer).sudo().email = False
        document = self.issued()
        self.assertEqual((document.mail_settings, document.mail_state), (False, "nobody"))
        with self.assertRaisesRegex(UserError, "nobody can receive"):
            document.with_user(self.user).action_resend()

    def test_a_failure_is_shown_told_once_and_mended_by_sending_again(self):
        self.company.sudo().fbr_mail_on_authorization = True
        document = self.issued()
        other = self.issued()
        message = self.deliver(document)
        self.deliver(other)
        self.assertEqual(document.mail_state, "waiting")
        self.not_arrived(message)
        self.assertEqual(document.mail_state, "failed")
        self.assertIn("compras@example.com", document.mail_failure)
        self.assertEqual(self.failed(), document.with_env(self.env))
        [activity] = document.activity_ids
        self.assertEqual(activity.user_id, self.user)
        self.env["faturamento_br.document"].sudo()._cron_mail_failed()
        self.assertEqual(document.activity_ids, activity)
        document.with_user(self.user).action_resend()
        self.assertFalse(document.activity_ids)
        again = self.deliver(document)
        self.assertGreater(again.id, message.id)
        self.assertFalse(self.failed())
        self.not_arrived(again, "bounce", "mail_bounce")
        self.assertEqual(document.mail_state, "bounced")
        self.assertEqual(len(document.activity_ids), 1)

    @pytest.mark.prove
    def test_a_list_costs_the_same_for_two_and_for_eight(self):
        def cost(documents):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            documents.with_user(self.user).read(["mail_state", "mail_failure", "export_state"])
            return self.env.cr.sql_log_count - before

        documents = self.env["faturamento_br.document"].union(*(self.issued() for _number in range(8)))
        cost(documents)
        self.assertEqual(cost(documents[:2]), cost(documents))

    @pytest.mark.prove
    def test_other_mails_wake_no_job(self):
        message = self.shop.sudo().message_post(body="x", partner_ids=self.buyer.ids)
        notification = self.env["mail.notification"].sudo().search([("mail_message_id", "=", message.id)])
        with patch.object(type(self.env["ir.cron"]), "_trigger") as trigger:
            notification.write({"notification_status": "exception", "failure_type": "unknown"})
        trigger.assert_not_called()

    def test_who_may_send(self):
        document = self.issued()
        with self.assertRaises(UserError):
            document.with_user(self.auditor).action_resend()
        with self.assertRaises(AccessError):
            document.with_user(self.user).write({"mail_settings": {}})
        self.assertFalse(document.mail_settings)
        unsent = self.invoice((self.chair,))
        unsent.action_post()
        with self.assertRaisesRegex(UserError, "not authorized"):
            unsent.fbr_document_id.action_resend()

    def test_send_by_hand_proposes_the_chosen_contacts(self):
        move = self.issued().move_id.with_env(self.env)
        wizard = self.env["account.move.send.wizard"].with_context(active_model="account.move", active_ids=move.ids)
        self.assertEqual(wizard.create({}).mail_partner_ids, (self.shop + self.buyer).with_env(self.env))
