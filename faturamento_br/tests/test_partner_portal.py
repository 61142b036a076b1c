import json

from odoo.fields import Command
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged

from .taxes_common import TaxesCase


@tagged("post_install", "-at_install")
class TestPartnerPortal(TaxesCase, HttpCase):
    """The customer at the address form of the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(user=cls.env.ref("base.user_root"))
        company = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.visitor = new_test_user(cls.env, "visitor", groups="base.group_portal", lang="pt_BR", **company)
        cls.customer = cls.visitor.partner_id.sudo()
        cls.customer.write({"country_id": cls.env.ref("base.br").id, "phone": "1933330000"})

    def submit(self, **values):
        """What the form answers; its values are those of a right address but for ``values``."""
        self.authenticate("visitor", "visitor")
        campinas = self.env["res.city"]._fbr_named("Campinas", self.env.ref("base.state_br_sp"))
        form = {
            "csrf_token": Request.csrf_token(self),
            "partner_id": self.customer.id,
            "use_delivery_as_billing": "true",
            "name": "Visitante",
            "email": "visitante@example.com",
            "phone": "1933330000",
            "vat": "529.982.247-25",
            "l10n_latam_identification_type_id": self.env.ref("l10n_br.cpf").id,
            "street_name": "Rua A",
            "street_number": "10",
            "street2": "Centro",
            "zip": "13010-000",
            "city_id": campinas.id,
            "state_id": campinas.state_id.id,
            "country_id": self.env.ref("base.br").id,
        }
        answer = self.url_open("/my/address/submit", data={**form, **values})
        answer.raise_for_status()
        self.customer.invalidate_recordset()
        return json.loads(answer.text)

    def test_right_address(self):
        answer = self.submit()
        self.assertNotIn("messages", answer)
        self.assertEqual(
            (self.customer.vat, self.customer.zip, self.customer.city), ("52998224725", "13010-000", "Campinas")
        )
        self.assertFalse(self.customer.fbr_missing)

    def test_a_cep_alone_chooses_the_city(self):
        self.assertNotIn("messages", self.submit(zip="20040020", city_id="", state_id=""))
        self.assertEqual((self.customer.city_id.name, self.customer.state_id.code), ("Rio de Janeiro", "RJ"))

    def test_what_is_wrong_is_told_and_nothing_is_written(self):
        for field, values in (
            ("vat", {"vat": "529.982.247-24"}),
            ("zip", {"zip": "1301"}),
            ("zip", {"zip": "20040-020"}),
            ("city_id", {"city_id": "", "zip": ""}),
        ):
            with self.subTest(values):
                answer = self.submit(name="Outro Nome", **values)
                self.assertIn(field, answer["invalid_fields"])
                self.assertTrue(answer["messages"])
                self.assertNotEqual(self.customer.name, "Outro Nome")

    def test_hostile_values(self):
        hostile = ("😀", "9" * 200, "\x00\x01", "-1 OR 1=1")
        for name in (
            "zip",
            "vat",
            "city_id",
            "state_id",
            "country_id",
            "l10n_latam_identification_type_id",
            "street_name",
        ):
            for value in hostile:
                with self.subTest(field=name, value=value[:12]):
                    self.assertIsInstance(self.submit(**{name: value}), dict)
