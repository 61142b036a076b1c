"""The customer fetches XML and DANFE for ever, also of a cancelled sale; nobody else's."""

import pytest
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .keeping_common import KeepingCase


@tagged("post_install", "-at_install")
class TestDocumentPortal(KeepingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        root = cls.env(su=True, user=cls.env.ref("base.user_root"))
        company = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.buyer = new_test_user(root, "portal_buyer", groups="base.group_portal", **company)
        cls.buyer.partner_id.parent_id = cls.shop.id
        cls.stranger = new_test_user(root, "portal_stranger", groups="base.group_portal", **company)

    def setUp(self):
        super().setUp()
        self.document = self.issued()
        self.document.danfe_attachment_id = self.document._attach("DANFE.pdf", b"%PDF-1.4", "application/pdf")
        self.place = f"/my/nfe/{self.document.id}"

    def fetch(self, place, login=None):
        self.authenticate(login, login)
        return self.url_open(place, allow_redirects=False)

    def assert_mine(self):
        xml = self.fetch(f"{self.place}/xml", "portal_buyer")
        self.assertEqual((xml.status_code, xml.content), (200, self.document.xml_attachment_id.raw))
        self.assertEqual(self.fetch(f"{self.place}/danfe", "portal_buyer").content, b"%PDF-1.4")
        self.assertIn(self.document.access_key, self.fetch("/my/nfe", "portal_buyer").text)

    @pytest.mark.prove
    def test_for_ever_also_when_cancelled(self):
        self.assert_mine()
        self.document._apply("cancel")
        self.document.move_id.sudo().button_cancel()
        self.env.flush_all()
        self.assert_mine()
        self.assertIn("text-bg-warning", self.fetch("/my/nfe", "portal_buyer").text)

    def test_nobody_elses(self):
        for place in (f"{self.place}/xml", f"{self.place}/danfe", f"{self.place}/signed_xml", "/my/nfe/0/xml"):
            with self.subTest(place):
                self.assertEqual(self.fetch(place, "portal_stranger").status_code, 404)
        self.assertNotIn(self.document.access_key, self.fetch("/my/nfe", "portal_stranger").text)
        self.assertEqual(self.fetch(f"{self.place}/xml").status_code, 303)  # to the login
        self.assertEqual(self.fetch(f"{self.place}/other", "portal_buyer").status_code, 404)
        attachment = f"/web/content/{self.document.xml_attachment_id.id}"
        self.assertEqual(self.fetch(attachment, "portal_stranger").status_code, 404)

    def test_by_the_invoices_link(self):
        move = self.document.move_id.sudo()
        token = move._portal_ensure_token()
        self.env.flush_all()
        place = f"/my/invoices/{move.id}/nfe/xml"
        found = self.fetch(f"{place}?access_token={token}")
        self.assertEqual((found.status_code, found.content), (200, self.document.xml_attachment_id.raw))
        self.assertEqual(self.fetch(f"{place}?access_token=wrong").status_code, 303)
        self.assertEqual(self.fetch(place, "portal_stranger").status_code, 303)
        self.assertEqual(self.fetch(place, "portal_buyer").content, found.content)
        page = self.fetch(f"/my/invoices/{move.id}?access_token={token}")
        self.assertIn(f"/my/invoices/{move.id}/nfe/xml", page.text)

    def test_what_is_not_authorized_is_not_offered(self):
        move = self.invoice((self.chair,))
        move.action_post()
        self.env.flush_all()
        self.assertEqual(self.fetch(f"/my/nfe/{move.fbr_document_id.id}/xml", "portal_buyer").status_code, 404)
