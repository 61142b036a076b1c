"""Who did what, when and from where: each act leaves its line, and nobody changes one."""

from unittest.mock import patch

from odoo.addons.http_routing.tests.common import MockRequest
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from werkzeug.user_agent import UserAgent

from .certificates import HEAD_OFFICE, PASSWORD, InstallationCase, make_pfx
from .keeping_common import KeepingCase

LINUX_FIREFOX = type("Agent", (UserAgent,), {"platform": "linux", "browser": "firefox"})("Mozilla/5.0")
BILLING = "account.group_account_invoice,faturamento_br.group_cancel,faturamento_br.group_void"


def audited(case, act=None):
    domain = [("company_id", "in", (case.company.id,))] + ([("act", "=", act)] if act else [])
    return case.env["faturamento_br.audit_entry"].sudo().search(domain)


@tagged("post_install", "-at_install")
class TestAuditOfCompanies(InstallationCase):
    def setUp(self):
        super().setUp()
        self.company = self.acme

    def test_certificates_and_environments(self):
        """Loaded, put to use, replaced and deleted; production switched on and left; by whom."""
        first = self.upload(user=self.administrator)
        values = {"pfx_upload": make_pfx(password="nova"), "password_upload": "nova"}
        first.with_user(self.administrator).write(values)
        self.assertEqual(audited(self).mapped("act"), ["certificate_loaded", "certificate_used", "certificate_loaded"])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.upload(password="errada-42")
        self.upload(user=self.administrator)
        first.with_user(self.administrator).unlink()
        self.assertEqual(audited(self)[0].act, "certificate_removed")
        confirmed = {"company_id": self.acme.id, "typed_tax_id": HEAD_OFFICE, "understood": True}
        wizard = self.env["faturamento_br.production.wizard"].with_user(self.administrator)
        wizard.create(confirmed).action_confirm()
        self.acme.with_user(self.administrator)._fbr_use_homologation()
        found = audited(self, "environment")
        self.assertEqual(
            found.mapped("detail"),
            ["Production → Homologation (SEFAZ tests)", "Simulator → Production"],
        )
        self.assertEqual(audited(self).user_id, self.administrator)
        text = " ".join(audited(self).mapped("detail"))
        self.assertIn("SHA-256", text)
        self.assertNotIn(PASSWORD, text)
        self.acme.name = "Outro nome"
        self.assertEqual(len(audited(self)), 8)


@tagged("post_install", "-at_install")
class TestAudit(KeepingCase):
    def in_a_request(self, path="/web/dataset/call_kw/x/y"):
        request = self.enterContext(MockRequest(self.env, path=path, remote_addr="203.0.113.9"))
        request.httprequest.user_agent = LINUX_FIREFOX
        request.session["sid"] = "a" * 84

    def new_user(self, login, groups):
        companies = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        return new_test_user(self.superuser(), login, groups=groups, **companies)

    def test_a_document_s_whole_life(self):
        """Signed, corrected, cancelled and a number voided, by an ordinary user at a screen."""
        ana = self.new_user("audit_ana", BILLING)
        self.in_a_request()
        document = self.issued().with_user(ana).sudo()
        Event = self.env["faturamento_br.event"].with_user(ana).sudo()
        text = "O volume correto é de duas caixas"
        letter = Event._make(document, "110110", text, False)
        letter.state = "rejected"
        Event._make(document, "110111", "O cliente desistiu da compra", False)
        self.voided(40, 41)
        found = audited(self)
        self.assertEqual(found.mapped("act"), ["void", "cancel", "correct", "issue"])
        self.assertEqual(found.mapped("user_id"), self.user + ana)
        self.assertEqual(found[2].detail, text)
        self.assertEqual(found[3].record_name, document.display_name)
        self.assertIn(document.access_key, found[3].detail)
        for line in found:
            self.assertEqual((line.origin, line.ip_address, line.device), ("screen", "203.0.113.9", "Linux Firefox"))
        self.assertEqual(found[0].session_identifier, "a" * 42)
        self.assertEqual(found[3].with_user(self.auditor).action_open()["res_id"], document.id)

    def test_a_batch_is_signed_for_who_started_it(self):
        """By the job, which is the system: the right to the certificate and the audit trail's line are the user's."""
        InstallationCase._install(self.enterContext)
        root = self.superuser()
        ana, bia = self.new_user("audit_ana", BILLING), self.new_user("audit_bia", BILLING)
        file = {"company_id": self.company.id, "pfx_upload": make_pfx(), "password_upload": PASSWORD}
        root["faturamento_br.certificate"].create({**file, "user_ids": [Command.set(ana.ids)]})
        Document = type(root["faturamento_br.document"])
        self.startPatcher(patch.object(Document, "_transmit", lambda documents: None))
        by_user = {}
        for user in ana + bia:
            move = self.invoice((self.chair,))
            move.action_post()
            move.with_user(user)._fbr_issue_in_background()
            by_user[user] = move.fbr_document_id.with_env(root)
            by_user[user].with_context(cron_id=7)._issue_queued()
        self.assertEqual(by_user[ana].state, "signed", by_user[ana].problem_ids.mapped("message"))
        line = audited(self, "issue")
        self.assertEqual((line.user_id, line.origin), (ana, "job"))
        self.assertEqual(by_user[bia].state, "draft")
        self.assertIn("may not use the certificate", by_user[bia].problem_ids.message)

    def test_an_api_call_a_job_and_the_command_line_say_so(self):
        Entry = self.env["faturamento_br.audit_entry"]
        self.assertEqual(Entry._whence(), {"origin": "server"})
        self.assertEqual(Entry.with_context(cron_id=7)._whence(), {"origin": "job"})
        self.in_a_request("/xmlrpc/2/object")
        self.assertEqual(Entry._whence()["origin"], "api")

    def test_nobody_changes_or_deletes_a_line_and_it_costs_one_insert(self):
        document = self.issued()
        line = audited(self, "issue")
        for change in (lambda: line.write({"detail": "x"}), line.unlink):  # the system itself
            with self.assertRaisesRegex(UserError, "audit trail is never"):
                change()
        for user in (self.auditor, self.accountant, self.env.ref("base.user_admin")):
            with self.assertRaises(UserError):
                line.with_user(user).write({"detail": "x"})
            with self.assertRaises(AccessError):
                line.with_user(user).create({"act": "issue", "company_id": self.company.id})
        documents = document + self.issued() + self.issued()
        documents.mapped("display_name")
        self.env.flush_all()
        with self.assertQueryCount(1):
            line._note("issue", documents)

    def test_who_reads_it(self):
        self.issued()
        Entry = self.env["faturamento_br.audit_entry"]
        biller = self.new_user("audit_biller", "account.group_account_invoice")
        for user in (self.auditor, self.accountant):
            self.assertTrue(Entry.with_user(user).search([]))
            self.assertEqual(Entry.with_user(user).search([]).company_id, self.company)
            self.assertNotIn("session_identifier", Entry.with_user(user).fields_get())
        with self.assertRaises(AccessError):
            Entry.with_user(biller).search([])
