"""The fiscal check-up in Odoo: what it reads, what mending in place does, who may, and that it stays fast."""

import pytest
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .taxes_common import TaxesCase

ACCOUNTING = "account.group_account_manager,product.group_product_manager,base.group_partner_manager"


@tagged("post_install", "-at_install")
class TestCheckup(TaxesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env(su=True, user=cls.env.ref("base.user_root")),
            "accountant_checkup",
            groups=ACCOUNTING,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.findings = cls.env["faturamento_br.checkup_finding"].with_user(cls.accountant)

    def check(self, subject="goods"):
        """What the list shows that the accountant opens."""
        return self.findings.search(self.findings.action_check(subject)["domain"])

    def of(self, record, subject="goods"):
        name = {"goods": "product_tmpl_id", "customer": "partner_id", "rule": "rule_id"}[subject]
        return self.check(subject).filtered(lambda one: one[name] == record)

    def codes(self, record, subject="goods"):
        return sorted(self.of(record, subject).mapped("check_code"))

    @pytest.mark.prove
    def test_a_product_that_was_sold(self):
        stool = self.make_product("Banqueta", False).product_tmpl_id
        template = self.chair.product_tmpl_id
        self.assertEqual(self.codes(template), [])
        self.invoice((self.chair, 1, 10.0), (self.chair, 2, 10.0)).action_post()
        self.invoice((self.chair, 1, 10.0))  # a draft is no document
        template.sudo().barcode = "7891000315508"
        self.assertEqual(self.codes(stool), ["ncm_missing"])
        [found] = self.of(template)
        self.assertEqual((found.check_code, found.documents, found.record_name), ("gtin", 1, "[CAD-1] Cadeira"))
        self.assertIn("SEM GTIN", found.message)
        service = self.assembly.product_tmpl_id
        self.assertEqual(self.codes(service), [], "a service is on no NF-e")

    def test_cells_mend_and_the_row_stays_until_the_next_time(self):
        stool, bench = (self.make_product(name, False).product_tmpl_id for name in ("Banqueta", "Banco"))
        [found] = self.of(stool)
        ncm = self.env["faturamento_br.ncm"].search([("code", "=", "40111000")])
        found.ncm_id = ncm
        self.assertEqual((stool.fbr_ncm, found.state), ("40111000", "mended"))
        [new] = self.findings.search([("product_tmpl_id", "=", stool.id), ("state", "=", "open")])
        self.assertEqual(new.check_code, "cest_possible", "the new NCM is in the table of CEST")
        self.assertIn(bench, self.findings.search([("check_code", "=", "ncm_missing")]).product_tmpl_id)
        self.assertNotIn(found, self.check())
        with self.assertRaises(AccessError):
            new.documents = 99

    def test_in_mass(self):
        products = self.env["product.template"]
        for number in range(3):
            products |= self.make_product(f"Banqueta {number}", False).product_tmpl_id
        found = self.check().filtered(lambda one: one.product_tmpl_id in products)
        wizard = self.env["faturamento_br.fill_goods"].with_user(self.accountant)
        wizard = wizard.with_context(active_model=found._name, active_ids=found.ids).create(
            {"ncm_id": self.env["faturamento_br.ncm"].search([("code", "=", "32081010")]).id}
        )
        wizard.action_fill()
        self.assertEqual(products.mapped("fbr_ncm"), ["32081010"] * 3)
        self.assertEqual(set(found.mapped("state")), {"mended"})
        left = self.findings.search([("product_tmpl_id", "in", products.ids), ("check_code", "=", "cest_possible")])
        self.assertEqual(len(left), 3)
        left.action_use_only_cest()
        self.assertEqual(products.mapped("fbr_cest"), ["2400100"] * 3)
        self.assertEqual(set(left.mapped("state")), {"mended"})

    @pytest.mark.prove
    def test_what_was_accepted_stays_so(self):
        tyre = self.make_product("Pneu", "40111000").product_tmpl_id
        [found] = self.of(tyre)
        with self.assertRaises(AccessError):
            found.with_user(self.user).action_accept()
        found.action_accept()
        self.assertEqual(self.of(tyre).state, "accepted")
        found.action_reopen()
        self.assertEqual(self.of(tyre).state, "open")

    def test_customers(self):
        santos = self.env["res.city"].search([("name", "=", "Santos"), ("state_id.code", "=", "SP")])
        wrong = self.make_customer(
            "Fora do lugar", "SP", "Campinas", vat="52998224725", is_company=False, customer_rank=1
        )
        wrong.sudo().write({"city_id": santos.id, "zip": "13010-000"})
        nobody = self.make_customer("Sem IE", "SP", "Campinas", vat="11222333000181", customer_rank=1)
        nobody.sudo().fbr_ie_indicator = "1"
        self.assertIn("place", self.codes(wrong, "customer"))
        self.assertIn("contributor_without_ie", self.codes(nobody, "customer"))
        nobody.sudo().write({"l10n_br_isuf_code": "123456789", "fbr_suframa_until": "2026-11-24"})
        self.assertIn("suframa_ended", self.codes(nobody, "customer"))
        found = self.of(nobody, "customer").filtered(lambda one: one.check_code == "contributor_without_ie")
        found.ie = "110042490114"
        self.assertEqual((nobody.l10n_br_ie_code, found.state), ("110042490114", "mended"))

    def test_rules_and_operations(self):
        rules = self.env["faturamento_br.tax_rule"].sudo().with_company(self.company)
        nothing = rules.create({"ncm_prefix": "0101", "icms_cst": "40"})
        self.assertEqual(self.codes(nothing, "rule"), ["no_goods"])
        consumer = self.make_customer("Carioca", "RJ", "Rio de Janeiro", vat="52998224725", is_company=False)
        move = self.invoice((self.chair, 1, 10.0), partner=consumer)
        difal = rules.create({"state_id": consumer.state_id.id, "difal_mode": "modal", "difal_base": "single"})
        move.action_post()
        self.assertNotIn("asked", self.check("rule").mapped("check_code"))
        difal.active = False
        [asked] = self.check("rule").filtered(lambda one: one.check_code == "asked")
        self.assertEqual((asked.operation_id, asked.documents), (self.operation(), 1))
        self.assertIn("RJ", asked.message)
        of_rule = self.of(nothing, "rule")
        with self.assertRaises(UserError):
            asked.action_archive_rules()
        of_rule.action_archive_rules()
        self.assertEqual((nothing.active, of_rule.state), (False, "mended"))

    def test_only_of_the_own_company_and_only_where_nfe_is_on(self):
        self.make_product("Banqueta", False)
        found = self.check()
        other = self.make_company("Outra Ltda", "12345678000195", "MG")
        stranger = new_test_user(
            self.env(su=True, user=self.env.ref("base.user_root")),
            "accountant_other",
            groups=ACCOUNTING,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(
            self.findings.with_user(stranger)
            .with_context(allowed_company_ids=other.ids)
            .search([("id", "in", found.ids)])
        )
        other.fbr_nfe_enabled = False
        with self.assertRaises(UserError):
            self.findings.with_user(stranger).with_context(allowed_company_ids=other.ids).action_check()
        clerk = new_test_user(
            self.env(su=True, user=self.env.ref("base.user_root")), "no_clerk", groups="base.group_user"
        )
        with self.assertRaises(AccessError):
            self.findings.with_user(clerk).action_check()

    def test_queries_do_not_grow_with_the_records(self):
        """Products, customers, sales and rules: as many statements for fifty as for ten."""
        counts = []
        for number in (10, 50):
            products = (
                self.env["product.product"]
                .sudo()
                .create(
                    [
                        {"name": f"P{number}-{n}", "type": "consu", "fbr_ncm": "94016100" if n % 2 else False}
                        for n in range(number)
                    ]
                )
            )
            self.env["res.partner"].sudo().create(
                [{"name": f"C{number}-{n}", "customer_rank": 1, "zip": f"13010-{n:03}"} for n in range(number)]
            )
            self.env["faturamento_br.tax_rule"].sudo().create(
                [
                    {"company_id": self.company.id, "product_tmpl_id": product.product_tmpl_id.id, "icms_cst": "40"}
                    for product in products
                ]
            )
            self.env["faturamento_br.tax_rule"].sudo()._fbr_book(self.company.id)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.findings._fbr_check(self.company)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3, counts)
