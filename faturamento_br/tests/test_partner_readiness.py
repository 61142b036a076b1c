import time

import pytest
from odoo.tests import tagged

from ..models.party_values import emails_of, recipient_party
from .taxes_common import TaxesCase
from .test_emitter_setup import problems_of


@tagged("post_install", "-at_install")
class TestPartnerReadiness(TaxesCase):
    """The list "Not ready": what each customer lacks, in words; the same that the invoice would say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Partner = cls.env["res.partner"].with_context(tracking_disable=True)
        cls.shop.sudo().write({"vat": "11444777000161", "email": "loja@example.com"})

    def missing(self, **values):
        bare = {"vat": "11444777000161", "email": "loja@example.com", "l10n_br_ie_code": "110042490114"}
        return self.shop.copy({**bare, **values})

    def test_complete(self):
        self.assertEqual((self.shop.fbr_is_ready, self.shop.fbr_missing, self.shop.fbr_advice), (True, "", ""))

    def test_each_thing_in_words(self):
        for values, name in (
            ({"vat": False}, "CNPJ/CPF"),
            ({"street": False}, "street"),
            ({"street2": False}, "district"),
            ({"city_id": False, "city": False}, "city"),
            ({"l10n_br_ie_code": False, "fbr_ie_indicator": "1"}, "IE"),
        ):
            with self.subTest(name):
                customer = self.missing(**values)
                self.assertIn(name, customer.fbr_missing.split(", "))
                self.assertFalse(customer.fbr_is_ready)
                self.assertTrue(customer.fbr_missing_help)
        self.assertIn("state", self.Partner.create({"name": "Vazio"}).fbr_missing.split(", "))

    def test_portuguese(self):
        customer = self.missing(street2=False).with_context(lang="pt_BR")
        self.assertEqual(customer.fbr_missing, "bairro")

    def test_what_is_only_advisable(self):
        customer = self.missing(email="sem e-mail", zip=False, street="Rua das Flores")
        self.assertEqual(customer.fbr_missing, "")
        self.assertEqual(len(customer.fbr_advice.split(", ")), 3)
        self.assertIn("Campinas", self.missing(zip="13010-000", city_id=self.carioca.city_id.id).fbr_advice)

    def test_what_is_wrong_without_being_typed_here(self):
        """A register from before the checks."""
        customer = self.missing()
        self.cr.execute(
            "UPDATE res_partner SET vat = '11444777000162', l10n_br_ie_code = '1' WHERE id = %s", [customer.id]
        )
        customer.invalidate_recordset()
        self.assertEqual(customer.fbr_missing, "CNPJ/CPF (wrong), IE (wrong)")
        self.assertIn(customer, self.Partner.search([("fbr_is_ready", "=", False)]))

    def test_a_contact_is_no_customer(self):
        contact = self.Partner.create({"name": "Ana", "parent_id": self.shop.id})
        self.assertTrue(contact.fbr_is_ready)
        self.assertNotIn(contact, self.Partner.search([("fbr_is_ready", "=", False)]))

    def test_search_says_what_the_field_says(self):
        partners = self.Partner.search([])
        for ready in (True, False):
            found = self.Partner.search([("fbr_is_ready", "=", ready)])
            self.assertEqual(found, partners.filtered(lambda each, ready=ready: each.fbr_is_ready is ready))
        self.assertEqual(self.Partner.search([("fbr_is_ready", "!=", False)]), partners.filtered("fbr_is_ready"))
        self.assertEqual(self.Partner.search_count([("fbr_is_ready", "in", [True, False])]), len(partners))

    def test_same_as_the_invoice(self):
        customer = self.missing(street2=False, zip="13010-000")
        move = self.invoice((self.chair,), partner=customer)
        told = {found.problem.path for found in problems_of(move) if found.record == customer}
        self.assertEqual(told, {problem.path for problem in customer._fbr_register_problems()})

    def test_an_imported_email_field_with_several(self):
        self.shop.sudo().email = "Financeiro <fin@example.com>; xml@example.com, sem arroba"
        self.assertEqual(recipient_party(self.shop, self.shop).email, "fin@example.com")
        self.assertEqual(emails_of("a" * 61 + "@example.com, b@example.com"), ["b@example.com"])
        self.assertEqual(emails_of(False), [])

    def test_mass_mending(self):
        """What the list writes with several rows selected."""
        lacking = self.missing(street2=False) + self.missing(street2=False)
        lacking.write({"street2": "Centro"})
        self.assertEqual(lacking.mapped("fbr_is_ready"), [True, True])

    @pytest.mark.prove
    def test_three_thousand_customers(self):
        self.copied(self.missing(name="Cliente pronto", zip="13010-000"), 2000)
        self.copied(self.missing(name="Cliente sem CNPJ", vat=False), 1000)
        before, queries = time.clock_gettime(time.CLOCK_MONOTONIC), self.cr.sql_log_count
        count = self.Partner.search_count([("fbr_is_ready", "=", False), ("name", "like", "Cliente ")])
        seconds, queries = time.clock_gettime(time.CLOCK_MONOTONIC) - before, self.cr.sql_log_count - queries
        self.assertEqual(count, 1000)
        self.assertLess(queries, 40)
        self.assertLess(seconds, 10, "a list that nobody would wait for")
        print(f"\nnot ready among 3000: {seconds:.2f} s, {queries} queries")

    def copied(self, partner, number):
        """That many rows of the table in all, like this one."""
        self.env.flush_all()
        names = ", ".join(
            f'"{name}"' for name, field in partner._fields.items() if field.store and field.column_type and name != "id"
        )
        self.cr.execute(
            f"INSERT INTO res_partner ({names}) SELECT {names} FROM res_partner, generate_series(2, %s) WHERE id = %s",
            [number, partner.id],
        )
        self.env.invalidate_all()

    # --- From a spreadsheet -----------------------------------------------------------------------------------------

    COLUMNS = (
        "name",
        "is_company",
        "vat",
        "l10n_br_ie_code",
        "street",
        "zip",
        "city",
        "state_id",
        "country_id",
        "email",
    )

    def rows(self, **wrong):
        """Twenty customers of a spreadsheet; ``wrong`` replaces a column of a row: ``row_3={"vat": "1"}``."""
        table = []
        for index in range(1, 21):
            row = {
                "name": f"Cliente {index:02}",
                "is_company": "1",
                "vat": "11.444.777/0001-61",
                "l10n_br_ie_code": "110.042.490.114" if index % 2 else "isento",
                "street": f"Rua das Laranjeiras, {index} - Centro",
                "zip": f"13010-{index:03}",
                "city": "CAMPINAS" if index % 3 else "",
                "state_id": "SP" if index % 2 else "",
                "country_id": "Brasil" if index % 4 else "",
                "email": "a@example.com; b@example.com",
                **wrong.get(f"row_{index}", {}),
            }
            table.append([row[name] for name in self.COLUMNS])
        return table

    def load(self, rows):
        context = {"import_file": True, "lang": "pt_BR", "default_customer_rank": 1}
        return self.Partner.with_context(**context).load(list(self.COLUMNS), rows)

    @pytest.mark.prove
    def test_twenty_customers(self):
        result = self.load(self.rows())
        self.assertEqual((result["messages"], len(result["ids"])), ([], 20))
        for partner in self.Partner.browse(result["ids"]):
            self.assertEqual(partner.fbr_missing, "")
            address = (partner.street_name, partner.street2, partner.city_id.fbr_ibge_code, partner.country_id.code)
            self.assertEqual(address, ("Rua das Laranjeiras", "Centro", "3509502", "BR"))
            self.assertEqual(partner.street_number, str(int(partner.name[-2:])))

    def test_three_wrong_are_told_by_line_and_nothing_is_written(self):
        before = self.Partner.search_count([])
        wrong = {
            "row_4": {"vat": "11.444.777/0001-62", "l10n_br_ie_code": "123"},
            "row_9": {"zip": "", "city": "Bom Jesus", "state_id": ""},
            "row_17": {"zip": "1310100", "city": ""},
        }
        result = self.load(self.rows(**wrong))
        self.assertFalse(result["ids"])
        self.assertEqual(self.Partner.search_count([]), before)
        self.assertEqual([message for message in result["messages"] if "rows" not in message], [])
        told = {message["rows"]["from"] + 1: message["message"] for message in result["messages"]}
        self.assertEqual(sorted(told), [4, 9, 17])
        self.assertEqual({message["type"] for message in result["messages"]}, {"error"})
        for row, words in {
            4: ("Cliente 04", "CNPJ", "IE"),
            9: ("Bom Jesus", "PI", "CEP"),
            17: ("1310100", "CEP"),
        }.items():
            for word in words:
                self.assertIn(word, told[row])

    def test_a_state_s_letters_of_another_country(self):
        """SC, AL, PA… are states of the United States too."""
        result = self.load(self.rows(row_1={"state_id": "SC", "zip": "88010-000", "city": "", "l10n_br_ie_code": ""}))
        self.assertFalse(result["messages"])
        first = self.Partner.browse(result["ids"][0])
        self.assertEqual((first.state_id.country_id.code, first.city_id.name), ("BR", "Florianópolis"))

    def test_number_and_complement_in_columns_of_their_own(self):
        names = ["name", "street", "street_number", "street_number2", "street2", "zip"]
        row = ["Com colunas", "Rua A", "12", "sala 3", "Cambuí", "13024-000"]
        result = self.Partner.with_context(import_file=True).load(names, [row])
        self.assertFalse(result["messages"])
        partner = self.Partner.browse(result["ids"])
        self.assertEqual((partner.street, partner.street_name), ("Rua A 12 - sala 3", "Rua A"))

    @pytest.mark.prove
    def test_hostile_spreadsheet(self):
        for value in ("😀" * 50, "9" * 200, "\x00\x01", "<b>%s%(x)s"):
            for column in ("vat", "l10n_br_ie_code", "zip", "city", "street", "email"):
                with self.subTest(value=value[:10], column=column):
                    result = self.load(self.rows(row_2={column: value})[:2])
                    self.assertTrue(result["ids"] or result["messages"])
                    for message in result["messages"]:
                        self.assertEqual(message["rows"], {"from": 1, "to": 1})
                        self.assertNotIn("Traceback", message["message"])
