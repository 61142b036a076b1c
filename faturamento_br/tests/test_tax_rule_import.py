"""Tax rules from an accountant's spreadsheet, by Odoo's own import: all or nothing, every wrong line told."""

import csv
import io

import openpyxl
import pytest
from odoo import models
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from ..models.tax_rule_import import COLUMNS, TOLD
from .taxes_common import TaxesCase

TITLES = (
    "ncm_prefix",
    "state_id",
    "scope",
    "valid_from",
    "valid_to",
    "icms_cst",
    "icms_rate",
    "icms_reduction",
    "source",
)
OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "encoding": "utf-8",
    "date_format": "%Y-%m-%d",
    "float_thousand_separator": "",
    "float_decimal_separator": ".",
}


class ImportCase(TaxesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env(su=True, user=cls.env.ref("base.user_root")),
            "accountant_import",
            groups="account.group_account_manager,base.group_allow_export,sales_team.group_sale_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.rules = cls.env["faturamento_br.tax_rule"].with_user(cls.accountant)

    def load(self, rows, titles=TITLES, dryrun=False, user=None):
        """What Odoo's import screen gets for a CSV with these rows."""
        text = io.StringIO()
        csv.writer(text).writerows([titles, *rows])
        wizard = self.env["base_import.import"].with_user(user or self.accountant)
        wizard = wizard.create(
            {
                "res_model": "faturamento_br.tax_rule",
                "file": text.getvalue().encode(),
                "file_name": "regras.csv",
                "file_type": "text/csv",
            }
        )
        return wizard.execute_import(list(titles), list(titles), dict(OPTIONS), dryrun=dryrun)

    def count(self):
        return self.rules.with_context(active_test=False).search_count([])


@tagged("post_install", "-at_install")
class TestTaxRuleImport(ImportCase):
    def test_good_rows_come_in_and_hold(self):
        rows = [
            ["9403", "", "Same state", "", "2026-12-31", "20 - Reduced base", "18", "33.3333", "RICMS/SP, Anexo II"],
            ["9403", "", "inside", "2027-01-01", "", "00", "18.5", "", "RICMS/SP"],
            ["94", "RJ", "", "", "", "40", "", "", "Convênio ICMS 1/2026"],
        ]
        self.assertEqual(self.load(rows, dryrun=True)["messages"], [])
        before = self.count()
        result = self.load(rows)
        self.assertEqual(result["messages"], [])
        rules = self.rules.browse(result["ids"])
        self.assertEqual((len(rules), self.count()), (3, before + 3))
        self.assertEqual(rules.company_id, self.company)
        self.assertEqual(rules[2].state_id, self.carioca.state_id)
        self.assertEqual(
            [item.rules.icms.cst for item in self.invoice((self.table, 1, 10.0), (self.chair, 1, 10.0))._fbr_items()],
            ["20", "00"],
        )
        move = self.invoice((self.chair, 1, 10.0), partner=self.carioca)
        self.assertEqual(move._fbr_items()[0].rules.icms.cst, "40")

    def test_every_wrong_line_is_told_at_once_and_nothing_is_kept(self):
        """More than the ten at which Odoo gives up; the good line between them is not kept either."""
        self.rules.create({"ncm_prefix": "8516", "icms_cst": "40"})
        before = self.count()
        rows = {
            2: ["9401", "", "", "", "", "00", "180", "", ""],  # over 100 %
            3: ["9402", "XX", "", "", "", "00", "18", "", ""],  # no such state
            4: ["9402", "RJ", "inside", "", "", "00", "18", "", ""],  # Rio is not inside São Paulo
            5: ["9403", "", "", "2026-01-01", "2026-12-31", "00", "18", "", ""],
            6: ["9404", "", "", "", "", "40", "", "", "good"],
            7: ["9403", "", "", "2026-12-31", "", "00", "19", "", ""],  # one day too early
            8: ["8516", "", "", "", "", "41", "", "", ""],  # there already
            9: ["9999", "", "", "", "", "40", "", "", ""],  # no NCM
            10: ["9405", "", "", "2026-12-31", "2026-01-01", "40", "", "", ""],  # ends before it begins
            11: ["9406", "", "", "", "", "77", "", "", ""],  # no such CST
            12: ["94x", "", "", "", "", "40", "-1", "", ""],  # two mistakes
            13: ["9401", "", "", "", "", "40", "", "101", ""],
            14: ["9401", "", "", "", "", "40", "", "102", ""],
            15: ["9401", "", "", "", "", "40", "", "103", ""],
            16: ["9401", "", "", "", "", "40", "", "104", ""],
            17: ["9401", "", "", "", "", "40", "", "105", ""],
        }
        result = self.load(list(rows.values()))
        self.assertFalse(result["ids"])
        self.assertEqual(self.count(), before)
        told = {}
        for message in result["messages"]:
            self.assertEqual(message["type"], "error", message)
            told.setdefault(message["rows"]["from"] + 2, []).append(message["message"])
        self.assertEqual(sorted(told), [line for line in rows if line != 6])
        for line, word in {
            2: "ICMS %",
            3: "XX",
            4: "SP to RJ",
            8: "8516",
            9: "9999",
            10: "Valid until",
            11: "77",
        }.items():
            self.assertIn(word, " ".join(told[line]), line)
        for line in (5, 7):
            self.assertIn("5 + 7", " ".join(told[line]))
        self.assertEqual(len(told[12]), 2, told[12])
        self.assertIn("105", " ".join(told[17]))
        self.assertNotIn(TOLD, str(result))
        dry = self.load(list(rows.values()), dryrun=True)
        self.assertEqual(len(dry["messages"]), len(result["messages"]))

    @pytest.mark.prove
    def test_codes_of_another_regime(self):
        result = self.load([["9401", "102"]], ("ncm_prefix", "icms_csosn"))
        [message] = result["messages"]
        self.assertIn("CRT 3", message["message"])
        old = [["9401", "102", "2020-01-01", "2020-12-31"]]
        self.assertEqual(self.load(old, ("ncm_prefix", "icms_csosn", "valid_from", "valid_to"))["messages"], [])

    @pytest.mark.prove
    def test_an_export_comes_back_as_it_went(self):
        self.rules.create(
            [
                {"ncm_prefix": "9403", "icms_cst": "20", "icms_reduction": 33.3333, "valid_to": "2026-12-31"},
                {"ncm_prefix": "9403", "icms_cst": "00", "icms_rate": 18.5, "valid_from": "2027-01-01"},
                {"product_tmpl_id": self.chair.product_tmpl_id.id, "pis_cst": "06", "cofins_cst": "06"},
                {
                    "state_id": self.carioca.state_id.id,
                    "difal_mode": "own",
                    "difal_rate": 20.0,
                    "source": "Lei, “art. 1”",
                },
                {
                    "partner_id": self.shop.id,
                    "operation_id": self.operation().id,
                    "icms_cst": "51",
                    "icms_deferral": 100,
                },
                {
                    "ncm_prefix": "3304",
                    "scope": "inside",
                    "icms_cst": "10",
                    "st_mode": "4",
                    "st_margin": 177.19,
                    "st_rate": 18.0,
                    "st_adjusts": True,
                    "legal_text": "Substituição",
                },
            ]
        )
        names = ["id", *(name for name in COLUMNS)]
        exported = self.rules.search([]).export_data(names)["datas"]
        same = self.load(exported, names)
        self.assertEqual(same["messages"], [])
        self.assertEqual(self.rules.search([]).export_data(names)["datas"], exported)
        self.rules.search([]).unlink()
        self.assertEqual(self.load([row[1:] for row in exported], names[1:])["messages"], [])
        again = self.rules.search([]).export_data(names[1:])["datas"]
        self.assertEqual(sorted(map(str, again)), sorted(str(row[1:]) for row in exported))

    def test_only_who_may_write_rules_imports_them(self):
        with self.assertRaises(AccessError):
            self.rules.with_user(self.user).check_access("create")
        before = self.count()
        result = self.load([["9401", "40"]], ("ncm_prefix", "icms_cst"), user=self.user)
        self.assertFalse(result["ids"])
        self.assertEqual(self.count(), before)

    @pytest.mark.prove
    def test_a_deleted_rule_no_longer_holds(self):
        """The book is read again after the row is gone, whoever asked for it while it went."""
        rule = self.rules.create({"ncm_prefix": "94", "icms_cst": "40"})
        move = self.invoice((self.chair, 1, 10.0))
        self.assertEqual(move._fbr_items()[0].rules.icms.cst, "40")
        rule.unlink()
        self.assertEqual(move._fbr_items()[0].rules.icms.cst, "00")


@tagged("post_install", "-at_install")
class TestTaxRuleColumns(TaxesCase):
    def test_no_field_of_a_rule_is_forgotten(self):
        """What a rule says is in the spreadsheet: a new field is, or it is here with its reason."""
        elsewhere = {
            "active",  # a spreadsheet brings rules that hold
            "company_id",  # the operation's, or that of whoever imports
            "generated_key",  # of ready rules, made by the system
            *models.MAGIC_COLUMNS,
        }
        stored = {name for name, field in self.env["faturamento_br.tax_rule"]._fields.items() if field.store}
        self.assertEqual(stored - elsewhere, set(COLUMNS))
        self.assertEqual(len(COLUMNS), len(set(COLUMNS)))


@tagged("post_install", "-at_install")
class TestTaxRuleTemplate(ImportCase, HttpCase):
    def test_the_template_is_understood(self):
        """Its titles are those of the user's language, and the import knows each of them."""
        self.accountant.sudo().write({"lang": "pt_BR", "password": "accountant_import"})
        [offered] = self.rules.get_import_templates()
        self.authenticate("accountant_import", "accountant_import")
        answer = self.url_open(offered["template"])
        self.assertEqual(answer.status_code, 200)
        book, filled = openpyxl.load_workbook(io.BytesIO(answer.content)), io.BytesIO()
        for name, value in {"ncm_prefix": "9405", "scope": "Mesma UF", "icms_cst": "40"}.items():
            book.worksheets[0].cell(2, COLUMNS.index(name) + 1, value)
        book.save(filled)
        wizard = self.env["base_import.import"].with_user(self.accountant).with_context(lang="pt_BR")
        wizard = wizard.create(
            {
                "res_model": "faturamento_br.tax_rule",
                "file": filled.getvalue(),
                "file_name": "regras.xlsx",
                "file_type": answer.headers["Content-Type"],
            }
        )
        preview = wizard.parse_preview({**OPTIONS, "sheet": ""})
        self.assertNotIn("error", preview)
        known = [path[0] for _column, path in sorted(preview["matches"].items())]
        self.assertEqual(known, list(COLUMNS))
        self.authenticate("billing_sp", "billing_sp")
        self.assertEqual(self.url_open(offered["template"]).status_code, 403)
