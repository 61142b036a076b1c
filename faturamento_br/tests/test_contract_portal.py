"""The customer sees their own contracts and asks for what they want; nobody else's by any address."""

import re

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .contracts_common import ContractsCase


@tagged("post_install", "-at_install")
class TestContractPortal(ContractsCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        root = cls.env(su=True, user=cls.env.ref("base.user_root"))
        company = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.buyer = new_test_user(root, "contract_buyer", groups="base.group_portal", **company)
        cls.buyer.partner_id.parent_id = cls.shop.id
        new_test_user(root, "contract_other", groups="base.group_portal", **company)

    def setUp(self):
        super().setUp()
        self.deal = self.contract(310.0)
        self.place = f"/my/contracts/{self.deal.id}"
        self.token = self.deal.sudo()._portal_ensure_token()
        self.env.flush_all()

    def fetch(self, place, login=None):
        self.authenticate(login, login)
        return self.url_open(place, allow_redirects=False)

    def ask(self, what, text, login=None):
        page = self.fetch(f"{self.place}?access_token={self.token}", login)
        guard = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        data = {"csrf_token": guard, "what": what, "text": text}
        return self.url_open(f"{self.place}/ask?access_token={self.token}", data=data, allow_redirects=False)

    def test_mine(self):
        invoice = self.run_on("2026-11-25", self.deal)
        invoice.action_post()
        draft = self.run_on("2026-12-01", self.deal)
        self.env.flush_all()
        self.assertIn(self.deal.name, self.fetch("/my/contracts", "contract_buyer").text)
        page = self.fetch(self.place, "contract_buyer").text
        self.assertIn(f"/my/invoices/{invoice.id}", page)
        self.assertNotIn(f"/my/invoices/{draft.id}", page, "a draft is nobody's business yet")
        self.assertRegex(page, r"310[.,]00", "what comes next")

    def test_nobody_elses(self):
        for login in ("contract_other", None):
            for more in ("", "?access_token=wrong", "?access_token="):
                with self.subTest(login=login, more=more):
                    self.assertEqual(self.fetch(f"{self.place}{more}", login).status_code, 404)
        self.assertNotIn(self.deal.name, self.fetch("/my/contracts", "contract_other").text)
        draft = self.deal.copy({"date_start": "2026-11-01"})
        token = draft.sudo()._portal_ensure_token()
        self.env.flush_all()
        self.assertEqual(self.fetch(f"/my/contracts/{draft.id}?access_token={token}").status_code, 404, "not agreed")

    def test_asked_once_until_it_is_answered(self):
        self.assertIn("said=asked", self.ask("end", "Vamos encerrar em dezembro", "contract_buyer").headers["Location"])
        self.assertEqual((self.deal.asked, self.deal.asked_text), ("end", "Vamos encerrar em dezembro"))
        self.assertEqual(self.deal.state, "running", "asking ends nothing")
        self.assertEqual(self.deal.activity_ids.user_id, self.user)
        said = self.deal.message_ids.filtered(lambda message: "Vamos encerrar" in message.body)
        self.assertEqual(said.author_id, self.buyer.partner_id)
        with self.assertRaises(UserError):
            self.deal.sudo()._ask(self.shop, "change", "outra coisa")
        self.deal.action_answered()
        self.ask("change", "Mais dois usuários")
        self.assertEqual(self.deal.asked, "change", "by the link alone, too")

    def test_what_is_no_request(self):
        self.assertIn("said=late", self.ask("change", "   ").headers["Location"])
        self.assertEqual(self.ask("everything", "tudo").status_code, 404)
        self.assertFalse(self.deal.asked)
