"""The registers of goods, seen from the documents that use them."""

from decimal import Decimal

import pytest
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form

from .taxes_common import TaxesCase


class TestGoodsOnDocuments(TaxesCase):
    def codes(self, source):
        return sorted(found.problem.code for found in source._fbr_tax_problems())

    def item(self, move):
        [item] = move._fbr_items()
        return item

    def test_what_the_category_says_reaches_the_document(self):
        category = (
            self.env["product.category"]
            .sudo()
            .create(
                {
                    "name": "Bancos",
                    "fbr_ncm": "94016900",
                    "fbr_origin": "1",
                    "fbr_cest": "2806400",
                    "fbr_ipi_cst": "50",
                    "fbr_ipi_rate": 3.25,
                }
            )
        )
        stool = self.make_product("Banqueta", False, categ_id=category.id)
        item = self.item(self.invoice((stool, 2.0, 100.0)))
        self.assertEqual((item.ncm, item.origin, item.cest), ("94016900", "1", "2806400"))
        self.assertEqual((item.rules.ipi.cst, item.rules.ipi.rate, item.rules.ipi.cEnq), ("50", Decimal("3.25"), "999"))
        stool.sudo().write({"fbr_ncm": "94036000", "fbr_ipi_cst": "none"})
        item = self.item(self.invoice((stool, 2.0, 100.0)))
        self.assertEqual((item.ncm, item.rules.ipi), ("94036000", None))

    def test_rules_look_at_the_ncm_in_use(self):
        category = self.env["product.category"].sudo().create({"name": "Bancos", "fbr_ncm": "94016900"})
        stool = self.make_product("Banqueta", False, categ_id=category.id)
        rule = {"ncm_prefix": "9401", "cfop": "5101", "icms_cst": "40", "scope": "inside"}
        self.operation().sudo().rule_ids = [Command.create(rule)]
        self.assertEqual(self.item(self.invoice((stool,))).cfop, "5101")

    def test_an_ncm_that_ended_is_told_before_there_is_a_number(self):
        table = self.env["faturamento_br.ncm"].sudo()
        table.search([("code", "=", "94016100")]).date_end = "2026-11-19"
        move = self.invoice((self.chair,))
        [found] = move._fbr_tax_problems()
        self.assertEqual((found.problem.code, found.record, found.field), ("ncm_ended", self.chair, "fbr_ncm"))
        self.assertIn("94016100", found.message(self.env))
        self.assertTrue(found.cure(self.env))
        earlier = self.invoice((self.chair,), invoice_date="2026-11-19")
        self.assertEqual(self.codes(earlier), [])

    @pytest.mark.prove
    def test_a_code_the_table_lost_is_told_too(self):
        """As after an upgrade from a version that took any eight digits."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE product_template SET fbr_ncm = '94999999', fbr_effective_ncm = '94999999' WHERE id = %s",
            [self.chair.product_tmpl_id.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.codes(self.invoice((self.chair,))), ["ncm_unknown"])
        self.assertFalse(self.chair.fbr_is_ready)

    def test_taxable_unit(self):
        kilos = self.env.ref("uom.product_uom_kgm")
        self.chair.sudo().fbr_taxable_uom_id = kilos
        self.assertEqual(self.codes(self.invoice((self.chair,))), ["factor_missing"])
        self.chair.sudo().fbr_taxable_factor = 7.5
        move = self.invoice((self.chair, 3.0, 100.0))
        self.assertEqual(self.codes(move), [])
        item = self.item(move)
        self.assertEqual((item.unit, item.taxable_unit, item.taxable_quantity), ("UN", "KG", Decimal("22.5")))

    def test_queries_of_the_check_do_not_grow_with_lines(self):
        category = self.env["product.category"].sudo().create({"name": "Bancos", "fbr_ncm": "94016900"})
        products = [self.make_product(f"Banqueta {n}", False, categ_id=category.id) for n in range(12)]
        counts = []
        for number in (2, 2, 12):
            move = self.invoice(*((product,) for product in products[:number]))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(move._fbr_tax_problems(), [])
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1] + 2)

    @pytest.mark.prove
    def test_a_rule_takes_its_cfop_by_name(self):
        operation = self.operation().sudo()
        cfop = self.env["faturamento_br.cfop"].search([("code", "=", "5405")])
        operation.rule_ids = [Command.create({"cfop_id": cfop.id, "icms_cst": "60", "ncm_prefix": "94"})]
        rule = operation.rule_ids.filtered(lambda one: one.cfop == "5405")
        self.assertEqual(rule.cfop_id, cfop)
        rule.cfop_id = cfop.search([("code", "=", "5102")])
        self.assertEqual(rule.cfop, "5102")
        with Form(operation) as form, form.rule_ids.new() as row:
            row.scope = "interstate"
            row.cfop_id = cfop.search([("code", "=", "6102")])
            row.icms_cst = "00"
            row.contributor = "yes"
        self.assertEqual(operation.rule_ids.sorted("id")[-1].cfop, "6102")
        for values in (
            {"cfop": "5102x"},
            {"cfop": "51021"},
            {"cfop": "5999"},
            {"ncm_prefix": "9999"},
            {"ncm_prefix": "94016900" * 2},
            {"benefit_code": "PR"},
            {"benefit_code": "😀" * 10},
            {"ibs_cbs_class": "0" * 200},
        ):
            with self.assertRaises(ValidationError, msg=values), self.env.cr.savepoint():
                rule.write(values)
