"""The customer sees, accepts and refuses their own pro-formas, and nobody else's by any address."""

import re

import pytest
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .payments_common import online_provider
from .taxes_common import TaxesCase


@tagged("post_install", "-at_install")
class TestProformaPortal(TaxesCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        root = cls.env(su=True, user=cls.env.ref("base.user_root"))
        company = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.buyer = new_test_user(root, "proforma_buyer", groups="base.group_portal", **company)
        cls.buyer.partner_id.parent_id = cls.shop.id
        cls.other = new_test_user(root, "proforma_other", groups="base.group_portal", **company)

    def setUp(self):
        super().setUp()
        self.move = self.invoice((self.chair, 2, 1000.0))
        self.move.action_fbr_proforma_issue()
        self.place = f"/my/proformas/{self.move.id}"
        self.token = self.move.sudo()._portal_ensure_token()
        self.env.flush_all()

    def fetch(self, place, login=None, **values):
        self.authenticate(login, login)
        return self.url_open(place, allow_redirects=False, **values)

    def answer(self, answer, login=None, token="", **values):
        """Press a button of the page, with the page's own guard against forged forms."""
        page = self.fetch(f"{self.place}?access_token={token}", login)
        guard = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        place = f"{self.place}/{answer}?access_token={token}"
        return self.url_open(place, data={"csrf_token": guard, **values}, allow_redirects=False)

    def test_mine(self):
        self.assertIn(self.move.fbr_proforma_number, self.fetch("/my/proformas", "proforma_buyer").text)
        self.assertEqual(self.fetch(self.place, "proforma_buyer").status_code, 200)
        pdf = self.fetch(f"{self.place}/pdf", "proforma_buyer")
        self.assertEqual(pdf.content, self.move._fbr_proforma_last().sudo().attachment_id.raw)

    def test_nobody_elses(self):
        for login in ("proforma_other", None):
            for more in ("", "/pdf", "?access_token=wrong", "/pdf?access_token="):
                with self.subTest(login=login, more=more):
                    self.assertEqual(self.fetch(f"{self.place}{more}", login).status_code, 404)
        self.assertNotIn(self.move.fbr_proforma_number, self.fetch("/my/proformas", "proforma_other").text)
        plain = self.invoice((self.chair, 1, 10.0))
        token = plain.sudo()._portal_ensure_token()
        self.env.flush_all()
        self.assertEqual(self.fetch(f"/my/proformas/{plain.id}?access_token={token}").status_code, 404)

    def test_accepted_by_the_link(self):
        answered = self.answer("accept", token=self.token)
        self.assertIn("said=accepted", answered.headers["Location"])
        self.assertEqual(self.move.fbr_proforma_state, "accepted")
        self.assertEqual(self.move.activity_ids.user_id, self.user)
        self.assertFalse(self.move.activity_ids.create_uid.share, "users of the company may not read the public user")

    @pytest.mark.prove
    def test_refused_with_a_reason(self):
        self.answer("refuse", "proforma_buyer", reason="Caro demais")
        self.assertEqual((self.move.fbr_proforma_state, self.move.fbr_proforma_refusal), ("refused", "Caro demais"))

    @pytest.mark.prove
    def test_changed_meanwhile(self):
        page = self.fetch(self.place, "proforma_buyer")
        guard = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        self.move.invoice_line_ids.quantity = 3
        self.env.flush_all()
        late = self.url_open(f"{self.place}/accept", data={"csrf_token": guard}, allow_redirects=False)
        self.assertIn("said=late", late.headers["Location"])
        self.assertEqual(self.move.fbr_proforma_state, "open")

    def test_paid_from_the_page(self):
        """What the page's form asks of Odoo's payment makes a transaction of what is due."""
        provider = online_provider(self.env(su=True, user=self.env.ref("base.user_root")), self.company)
        self.env.flush_all()
        page = self.fetch(f"{self.place}?access_token={self.token}").text
        form = dict(re.findall(r'data-([\w-]+)="([^"]*)"', re.search(r'<form id="o_payment_form"[^>]*>', page)[0]))
        asked = {
            "access_token": form["access-token"],
            "amount": float(form["amount"]),
            "provider_id": provider.id,
            "payment_method_id": provider.payment_method_ids.id,
            "token_id": None,
            "flow": "redirect",
            "tokenization_requested": False,
            "landing_route": form["landing-route"],
            "is_validation": False,
            "csrf_token": None,
        } | ({"payment_reference": form["payment-reference"]} if "payment-reference" in form else {})
        answer = self.url_open(form["transaction-route"], json={"jsonrpc": "2.0", "params": asked}).json()
        self.assertIn("result", answer, answer)
        transaction = self.env["payment.transaction"].sudo().search([("invoice_ids", "in", self.move.ids)])
        self.assertEqual((transaction.amount, transaction.partner_id), (self.move.amount_total, self.shop))
