import csv

import pytest
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools.misc import file_open

from ..fiscal.digits import is_cnpj
from ..models.res_partner_address import zip_digits
from .taxes_common import TaxesCase

CNPJ, LETTERS, CPF = "11.444.777/0001-61", "12.abc.345/01de-35", "529.982.247-25"
HOSTILE = {
    "letters": "abcdefgh",
    "long": "9" * 200,
    "emoji": "😀😀",
    "control": "1\x00\x072\x9f3\ud800",
    "markup": "<script>alert(1)</script>",
    "percent": "%(value)s %s %d",
    "negative": "-1",
    "spaces": "   ",
}


@tagged("post_install", "-at_install")
class TestPartnerRegister(TaxesCase):
    """Customers as they are written, with the rights of who sells and bills."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Partner = cls.env["res.partner"].with_context(tracking_disable=True)
        cls.br = cls.env.ref("base.br")

    def customer(self, **values):
        return self.Partner.create({"name": "Cliente", "is_company": True, "country_id": self.br.id, **values})

    def refused(self, *words, **values):
        """The values are refused with a message that has all these words, and nothing of them is written."""
        before = self.Partner.search_count([])
        with self.assertRaises(ValidationError) as raised, self.env.cr.savepoint():
            self.customer(**values)
        for word in words:
            self.assertIn(word, str(raised.exception))
        self.assertEqual(self.Partner.search_count([]), before)
        return str(raised.exception)

    def uf(self, code):
        return self.env.ref(f"base.state_br_{code.lower()}")

    # --- CNPJ, CPF, IE and SUFRAMA ----------------------------------------------------------------------------------

    def test_documents_are_kept_as_the_layout_wants_them(self):
        for written, kept in ((CNPJ, "11444777000161"), (LETTERS, "12ABC34501DE35"), (CPF, "52998224725")):
            with self.subTest(written):
                self.assertEqual(self.customer(vat=written).vat, kept)

    def test_wrong_documents_are_told(self):
        self.refused("Cliente", "11.444.777/0001-62", "check digits", vat="11.444.777/0001-62")
        self.refused("111.111.111-11", "check digits", vat="111.111.111-11")
        self.refused("14 characters", vat="123")

    def test_a_cpf_has_the_same_check_under_its_own_type(self):
        cpf_type = self.env.ref("l10n_br.cpf")
        self.refused("check digits", vat="52998224724", l10n_latam_identification_type_id=cpf_type.id)
        company = self.customer(vat=CNPJ, l10n_latam_identification_type_id=cpf_type.id)
        self.assertEqual(company.l10n_latam_identification_type_id, self.env.ref("l10n_br.cnpj"))

    def test_all_that_is_wrong_is_told_at_once(self):
        values = {
            "vat": "1",
            "l10n_br_ie_code": "12",
            "l10n_br_isuf_code": "x",
            "zip": "123",
            "state_id": self.uf("SP").id,
        }
        self.assertEqual(len(self.refused("CNPJ", "IE of SP", "SUFRAMA", "CEP", **values).splitlines()), 4)

    def test_ie_of_each_state(self):
        for uf, ie in (("SP", "110.042.490.114"), ("RJ", "78.045.11-6"), ("SP", "P-01100424.3/002"), ("MG", "isenta")):
            with self.subTest(ie):
                self.customer(state_id=self.uf(uf).id, l10n_br_ie_code=ie)
        self.refused("110042490114", "IE of RJ", state_id=self.uf("RJ").id, l10n_br_ie_code="110042490114")
        self.refused("any state", l10n_br_ie_code="1")
        self.customer(l10n_br_ie_code="110042490114")  # no state yet: it is one of some state

    def test_exempt_however_it_is_written(self):
        for written in ("isento", "ISENTA", "Isento(a)"):
            self.assertEqual(self.customer(l10n_br_ie_code=written).fbr_ie_indicator, "2", written)

    def test_only_what_is_written_is_checked(self):
        customer = self.customer(state_id=self.uf("SP").id, l10n_br_ie_code="110042490114")
        customer.state_id = self.uf("SC")
        customer.write({"zip": "88010-000", "phone": "48 3333-0000"})
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            customer.l10n_br_ie_code = "110042490114"

    @pytest.mark.prove
    def test_a_foreigner_has_another_document(self):
        abroad = self.customer(country_id=self.env.ref("base.us").id, vat="AB 12-345", zip="SW1A 1AA")
        self.assertTrue(abroad._fbr_has_foreign_document())
        passport = self.env.ref("l10n_latam_base.it_pass")
        guest = self.customer(is_company=False, vat="FX123456", l10n_latam_identification_type_id=passport.id)
        self.assertEqual((guest.vat, guest._fbr_has_foreign_document()), ("FX123456", True))
        self.refused("Passport", vat="FX123456")

    def test_none_of_it_in_a_company_without_nfe(self):
        other = self.env["res.company"].sudo().create({"name": "Sem NF-e", "country_id": self.br.id})
        values = {"name": "x", "l10n_br_ie_code": "1", "zip": "1", "company_id": other.id, "country_id": self.br.id}
        partner = self.env["res.partner"].sudo().with_company(other).create(values)
        self.assertEqual((partner.zip, partner.fbr_missing, partner.fbr_is_ready), ("1", False, True))

    def test_hostile_values(self):
        """Every field takes or refuses them with words, never with a traceback."""
        names = ("name", "vat", "l10n_br_ie_code", "l10n_br_im_code", "l10n_br_isuf_code", "zip", "city", "street_name")
        names += ("street", "street_number", "street_number2", "street2", "email", "phone", "fbr_place_tax_id")
        for name in names:
            for kind, value in HOSTILE.items():
                with self.subTest(field=name, kind=kind):
                    try:
                        with self.env.cr.savepoint():
                            customer = self.customer(**{name: value})
                            self.assertNotRegex(customer[name] or "", "[\x00-\x08\ud800-\udfff]")
                            self.assertIsInstance(customer.fbr_missing, str)
                            self.shop.invalidate_recordset()
                            customer.flush_recordset()
                    except ValidationError as error:
                        self.assertIn("Correct", str(error))
                        self.assertLess(len(str(error)), 500)

    def test_warnings_as_typed(self):
        with Form(self.Partner.with_context(default_is_company=True)) as form:
            form.name = "Sítio"
            form.country_id = self.br
            for name, value in (("vat", CPF), ("l10n_br_ie_code", "1"), ("l10n_br_isuf_code", "1")):
                record = self.Partner.new({"is_company": True, "country_id": self.br.id, name: value})
                method = {"vat": "tax_id", "l10n_br_ie_code": "ie", "l10n_br_isuf_code": "suframa"}[name]
                self.assertTrue(getattr(record, f"_onchange_fbr_{method}")()["warning"]["message"], name)
            form.vat = CPF
        self.assertEqual(form.record.vat, "52998224725")

    # --- Addresses: from what people type to what the layout takes --------------------------------------------------

    def test_every_city_has_its_ibge_code_once(self):
        cities = self.env["res.city"].search([("country_id", "=", self.br.id), ("fbr_ibge_code", "!=", False)])
        self.assertEqual(len(cities), 5571)
        with file_open("faturamento_br/fiscal/simulator/tables/municipios.csv") as file:
            official = {row["cMun"]: row["xMun"] for row in csv.DictReader(file)}
        self.assertEqual(set(cities.mapped("fbr_ibge_code")), set(official))
        with file_open("faturamento_br/fiscal/tables/uf.csv") as file:
            codes = {row["uf"]: row["code"] for row in csv.DictReader(file)}
        wrong = [city.name for city in cities if codes.get(city.state_id.code) != city.fbr_ibge_code[:2]]
        self.assertFalse(wrong)
        for city in cities:
            self.assertIn(city, city._fbr_named(city.name.upper(), city.state_id), city.name)

    def test_no_two_cities_of_a_state_share_a_name(self):
        cities = self.env["res.city"].search([("fbr_ibge_code", "!=", False)])
        self.assertFalse([city.name for city in cities if len(city._fbr_named(city.name, city.state_id)) > 1])

    def test_city_by_name(self):
        for written in ("SAO PAULO", "São Paulo ", "são  paulo", "Sao Paulo/SP"):
            customer = self.customer(city=written, state_id=self.uf("SP").id)
            self.assertEqual((customer.city_id.fbr_ibge_code, customer.city), ("3550308", "São Paulo"), written)
        alone = self.customer(city="campinas")
        self.assertEqual((alone.city_id.name, alone.state_id), ("Campinas", self.uf("SP")))
        self.assertFalse(self.customer(city="Bom Jesus").city_id)
        self.assertEqual(self.customer(city="Bom Jesus", state_id=self.uf("PI").id).city_id.state_id, self.uf("PI"))

    @pytest.mark.prove
    def test_another_city_s_name_replaces_the_city(self):
        customer = self.customer(city="Campinas", state_id=self.uf("SP").id)
        customer.city = "Santos"
        self.assertEqual(customer.city_id.name, "Santos")
        customer.city = "Nova Atlântida"
        self.assertFalse(customer.city_id)

    def test_a_cep_is_an_address(self):
        customer = self.Partner.create({"name": "Só CEP", "zip": "20040020"})
        self.assertEqual(
            (customer.zip, customer.city_id.name, customer.city, customer.state_id, customer.country_id),
            ("20040-020", "Rio de Janeiro", "Rio de Janeiro", self.uf("RJ"), self.br),
        )

    def test_typing_a_cep(self):
        with Form(self.Partner) as form:
            form.name = "Digitado"
            form.country_id = self.br
            form.zip = "13010000"
            self.assertEqual((form.zip, form.city_id.name, form.state_id), ("13010-000", "Campinas", self.uf("SP")))
        self.assertEqual(form.record.city, "Campinas")

    def test_typing_a_wrong_pair_warns(self):
        partner = self.Partner.new({"country_id": self.br.id, "zip": "13010-000"})
        partner.city_id = self.env["res.city"]._fbr_named("Santos", self.uf("SP"))
        said = partner._onchange_city_id()["warning"]["message"]
        for word in ("13010-000", "Campinas/SP", "Santos"):
            self.assertIn(word, said)
        self.assertEqual((partner.zip, partner.state_id), ("13010-000", self.uf("SP")))
        partner.zip = "1301"
        self.assertIn("8 digits", partner._onchange_fbr_zip()["warning"]["message"])

    def test_every_range_leads_back_to_its_city(self):
        ranges = self.env["l10n_br.zip.range"].sudo().search([])
        cities = self.env["res.city"]._fbr_of_zips([zip_digits(each.start) for each in ranges])
        self.assertFalse([each.start for each in ranges if cities[zip_digits(each.start)] != each.city_id])
        cities = self.env["res.city"]._fbr_of_zips([zip_digits(each.end) for each in ranges])
        self.assertFalse([each.end for each in ranges if cities[zip_digits(each.end)] != each.city_id])

    def test_many_addresses_few_queries(self):
        def queries(rows):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["res.partner"]._fbr_in_order(rows)
            return self.cr.sql_log_count - before

        rows = [{"name": f"C{i}", "zip": f"13010{i:03}"} for i in range(200)]
        queries(rows)  # caches
        self.assertLessEqual(queries(rows), queries(rows[:10]) + 1)

    # --- IEST and places --------------------------------------------------------------------------------------------

    def test_it_follows_the_recipient_s_state(self):
        values = {"company_id": self.company.id, "state_id": self.uf("RJ").id, "ie": "78.045.11-6"}
        self.env["faturamento_br.substitute_registration"].sudo().create(values)
        self.assertEqual(self.company._fbr_substitute_ie("RJ"), "78045116")
        self.assertEqual(self.company._fbr_substitute_ie("MG"), "")

    def test_a_wrong_one_is_told(self):
        Registration = self.env["faturamento_br.substitute_registration"].sudo()
        for uf, ie, word in (("RJ", "1", "IE of RJ"), ("SP", "110042490114", "own state")):
            with self.assertRaises(ValidationError) as raised, self.env.cr.savepoint():
                Registration.create({"company_id": self.company.id, "state_id": self.uf(uf).id, "ie": ie})
            self.assertIn(word, str(raised.exception))

    def test_the_cnpj_of_the_place(self):
        place = self.customer(parent_id=self.shop.id, type="delivery", is_company=False, fbr_place_tax_id=CNPJ)
        self.assertTrue(is_cnpj("11444777000161"))
        self.assertEqual(place.fbr_place_tax_id, "11444777000161")
        self.assertNotEqual(self.shop.vat, place.fbr_place_tax_id)
        self.refused("CNPJ", parent_id=self.shop.id, type="delivery", is_company=False, fbr_place_tax_id="1")
