"""The official tables: found by code and by words, brought up to date without losing anything."""

import time
from datetime import date
from unittest.mock import patch

import pytest
from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..models.ncm import called_words
from ..models.official_code import fold, table_rows
from .warm_caches import WarmCase

TABLES = {"ncm": 10515, "cest": 1043, "cfop": 619, "tax_situation": 123}


class TestTables(WarmCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "register_reader", groups="base.group_user")
        cls.accountant = new_test_user(cls.env, "register_keeper", groups="account.group_account_manager")
        cls.ncm = cls.env["faturamento_br.ncm"].with_user(cls.user)

    def found(self, text, table="ncm", **context):
        rows = self.env[f"faturamento_br.{table}"].with_user(self.user).with_context(**context).name_search(text)
        return self.env[f"faturamento_br.{table}"].browse([row[0] for row in rows]).mapped("code")

    def test_every_official_row_is_there(self):
        for name, rows in TABLES.items():
            self.assertEqual(self.env[f"faturamento_br.{name}"].search_count([("official", "=", True)]), rows, name)

    def test_found_by_code(self):
        for written in ("94016900", "9401.69.00", "9401.69", "940169"):
            self.assertEqual(self.found(written), ["94016900"], written)
        self.assertTrue(all(code.startswith("9401") for code in self.found("9401")))
        self.assertEqual(self.found("24.001", "cest"), ["2400100"])
        self.assertEqual(self.found("5102", "cfop"), ["5102"])
        self.assertEqual(self.found("99999999"), [])

    def test_found_by_words(self):
        """As people say it: in any case, without accents, in the plural, by the everyday word."""
        for words, code in {
            "cadeira": "94016900",
            "CADEIRAS de madeira": "94016900",
            "assento madeira outros": "94016900",
            "notebook": "84713012",
            "cafe torrado": "09012100",
            "CAFÉ  Torrado": "09012100",
            "9401 madeira": "94016900",
        }.items():
            self.assertIn(code, self.found(words), words)
        self.assertEqual(self.found("parafuso")[0][:4], "7318", "what is called so comes first")
        self.assertIn("5102", self.found("venda mercadoria adquirida", "cfop"))
        self.assertEqual(self.found("cadeira xyzxyz"), [])

    def test_hostile_searches_find_nothing_and_break_nothing(self):
        for text in ("%", "_", "'; DROP TABLE x", "\\", "😀", "\x07", "a" * 200, "..", "9401.x", "(", "[0-9]+"):
            self.assertIsInstance(self.found(text), list, text)
        self.assertEqual(self.found("😀 cadeira"), self.found("cadeira"))

    def test_imports_find_a_code_and_nothing_like_it(self):
        for text in ("94016900", "9401.69.00", self.ncm.search([("code", "=", "94016900")]).display_name):
            [(found, _name)] = self.ncm.name_search(text, operator="=")
            self.assertEqual(self.ncm.browse(found).code, "94016900", text)
        for text in ("9401", "940169001", "1012100", "Assentos"):
            self.assertEqual(self.ncm.name_search(text, operator="="), [], text)

    def test_everyday_words_are_of_headings_that_exist(self):
        codes = {row["code"] for row in table_rows("ncm")}
        for prefix in called_words():
            self.assertTrue(any(code.startswith(prefix) for code in codes), prefix)

    def test_cest_of_an_ncm(self):
        ids = self.env["faturamento_br.cest"]._fbr_ids_for_ncm("32081010")
        self.assertEqual(self.env["faturamento_br.cest"].browse(ids).mapped("code"), ["2400100"])
        self.assertEqual(self.found("", "cest", fbr_ncm="32081010"), ["2400100"], "offered before anything is typed")
        ncm = self.ncm.search([("code", "=", "32081010")])
        self.assertEqual(ncm.cest_ids.mapped("code"), ["2400100"])
        self.assertIn("32081010", ncm.cest_ids.ncm_ids.mapped("code"))

    def test_ordinary_users_read_accountants_add(self):
        with self.assertRaises(AccessError):
            self.ncm.create({"code": "94019999", "name": "x"})
        table = self.ncm.with_user(self.accountant)
        new = table.create({"code": "9401.99.99", "official": True, "name": "Assentos lunares"})
        self.assertEqual((new.code, new.official), ("94019999", False))
        self.assertEqual(self.found("LUNÁRES"), ["94019999"])
        self.assertIn("94019999", self.ncm._fbr_codes())
        new.unlink()
        self.assertNotIn("94019999", self.ncm._fbr_codes())
        for wrong in ("9401", "abcdefgh", "😀", "9" * 200, "9401\x076900"):
            with self.assertRaises(UserError, msg=wrong), self.env.cr.savepoint():
                table.create({"code": wrong, "name": "x"})

    def test_official_rows_stay_as_they_are(self):
        row = self.ncm.with_user(self.accountant).search([("code", "=", "94016900")])
        with self.assertRaises(UserError):
            row.name = "Outra coisa"
        with self.assertRaises(UserError):
            row.unlink()
        row.date_end = date(2026, 10, 31)
        self.assertFalse(self.ncm._fbr_in_force("94016900", date(2026, 11, 1)))
        self.assertTrue(self.ncm._fbr_in_force("94016900", date(2026, 10, 31)))
        self.assertIsNone(self.ncm._fbr_in_force("00000001", date(2026, 10, 31)))

    def test_in_force(self):
        ended = self.ncm.search([("code", "=", "39139050")])
        with freeze_time("2026-09-30 15:00:00"):
            self.assertIn(ended, self.ncm.search([("in_force", "=", True)]))
        with freeze_time("2026-10-01 15:00:00"):
            self.assertNotIn(ended, self.ncm.search([("in_force", "=", True)]))
            self.assertIn(ended, self.ncm.search([("in_force", "=", False)]))

    def test_a_newer_table_keeps_references(self):
        """A refreshed row keeps its id, one that is gone ends, one added by hand becomes official."""
        table = self.env["faturamento_br.cfop"]
        kept, gone = table.search([("code", "in", ("5101", "5102"))], order="code")
        by_hand = table.create({"code": "5999", "name": "De ontem"})
        rows = [row for row in table._fbr_table() if row["code"] != "5102"]
        newer = [{**row, "name": "Texto novo"} if row["code"] == "5101" else row for row in rows]
        with patch.object(type(table), "_fbr_table", lambda self: [*newer, {"code": "5999", "name": "Oficial"}]):
            table._fbr_load_table()
        self.assertEqual((kept.code, kept.name, kept.date_end), ("5101", "Texto novo", False))
        self.assertTrue(gone.exists() and gone.date_end)
        self.assertEqual((by_hand.name, by_hand.official), ("Oficial", True))
        self.assertIn(kept, table.search([("display_name", "ilike", "texto novo")]))

    @pytest.mark.prove
    def test_loading_is_quick(self):
        """Seconds of this process; the statements are few, whatever the rows."""
        table = self.env["faturamento_br.ncm"]
        start = time.process_time()
        with self.assertQueryCount(8):
            table._fbr_load_table()
        self.assertLess(time.process_time() - start, 5)

    def test_fold(self):
        self.assertEqual(fold("Caminhões-Guindaste, ÇÃO (1.000 V)"), " caminhoes guindaste cao 1 000 v")
        self.assertEqual(fold(None), "")

    def test_benefit_codes_are_the_accountants(self):
        table = self.env["faturamento_br.benefit_code"].with_user(self.accountant)
        state = self.env.ref("base.state_br_pr")
        table.create({"state_id": state.id, "code": "pr810001", "name": "Saída isenta de flores"})
        for words in ("flores isentas", "pr8100"):
            self.assertEqual(table.search([("display_name", "ilike", words)]).mapped("code"), ["PR810001"], words)
        for wrong in ("PR1", "PR81000é", "x" * 200):
            with self.assertRaises(UserError, msg=wrong), self.env.cr.savepoint():
                table.create({"state_id": state.id, "code": wrong, "name": "x"})


@tagged("post_install", "-at_install")
class TestMenus(WarmCase):
    """What only a Brazilian company needs is not in the way of others."""

    def test_who_works_in_no_brazilian_company(self):
        company = self.env["res.company"].create({"name": "Acme Inc.", "country_id": self.env.ref("base.us").id})
        groups = "account.group_account_manager"
        user = new_test_user(self.env, "abroad", groups, company_id=company.id, company_ids=[Command.set(company.ids)])
        self.assertEqual(self.menus(user), {"faturamento_br.menu_checklist"})
        company.account_fiscal_country_id = self.env.ref("base.br")
        self.assertLess({"faturamento_br.menu_ncm", "faturamento_br.menu_documents"}, self.menus(user))

    def menus(self, user):
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False).values()
        return {menu["xmlid"] for menu in menus if str(menu.get("xmlid")).startswith("faturamento_br.")}
