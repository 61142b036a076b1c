"""The button “Why?”: what it tells of orders, drafts and issued documents, to ordinary users."""

import pytest
from lxml import html
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user

from ..fiscal.explanation import kept
from ..fiscal.taxes import engine
from .taxes_common import TaxesCase

SELLING = "sales_team.group_sale_salesman"


class TestExplanation(TaxesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"].sudo()._activate_lang("en_US")
        lines = [cls.order_line(cls.table, 2.0, 475.0), cls.order_line(cls.freight, 1.0, 50.0)]
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.shop.id,
                "company_id": cls.company.id,
                "order_line": lines,
            }
        )

    @classmethod
    def order_line(cls, product, quantity, price):
        return Command.create({"product_id": product.id, "product_uom_qty": quantity, "price_unit": price})

    def words(self, line, lang="pt_BR"):
        """The dialog as text, by tax, as a user of ``lang`` reads it."""
        line = line.with_context(lang=lang)
        action = line.action_fbr_why()
        content = line.env[action["res_model"]].browse(action["res_id"]).content
        page = html.fromstring(content)
        told = {section.get("data-tax"): " ".join(section.text_content().split()) for section in page.iter("section")}
        told["notices"] = " ".join(" ".join(p.text_content().split()) for p in page.find_class("alert"))
        return told

    def test_an_order_line_in_words(self):
        told = self.words(self.order.order_line[0], "en_US")
        self.assertEqual(told["notices"], "")
        self.assertIn("goods 950.00 + freight 50.00", told["icms"])
        self.assertIn("1,000.00 × 18 %", told["icms"])
        self.assertIn("180.00", told["icms"])
        self.assertIn("Rule:", told["icms"])
        self.assertIn("From the register of Mesa", told["ipi"])
        self.assertIn("1,000.00 × 5 %", told["ipi"])
        self.assertIn("goods 950.00 + freight 50.00 − ICMS 180.00", told["pis"])
        self.assertIn("1,050.00", told["total"])

    @pytest.mark.prove
    def test_numbers_of_brazil(self):
        told = self.words(self.order.order_line[0])
        self.assertIn("1.000,00 × 18 %", told["icms"])
        self.assertIn("× 7,6 %", told["cofins"])

    def test_the_rules_that_lost_and_why(self):
        rules = self.env["faturamento_br.tax_rule"].sudo()
        operation = self.operation().id
        near = {"operation_id": operation, "ncm_prefix": "9403", "icms_cst": "00", "icms_rate": 12.0}
        rules.create({**near, "state_id": self.env.ref("base.state_br_rj").id, "source": "Decreto 1/2026"})
        winner = rules.create({**near, "scope": "inside", "source": "Decreto 2/2026"})
        told = self.words(self.order.order_line[0], "en_US")["icms"]
        self.assertIn(f"{winner.display_name} (NCM begins with 9403", told)
        self.assertIn("Law: Decreto 2/2026", told)
        self.assertIn("not so here: state of destination RJ", told)
        self.assertIn("it would hold too, but asks for less", told)
        self.assertIn("Rate, from the rule 12 %", told)

    def test_what_cannot_be_taxed_says_what_is_missing(self):
        bench = self.make_product("Banco", False)
        move = self.invoice((bench,))
        told = self.words(move.invoice_line_ids, "en_US")
        self.assertIn("has no NCM", told["notices"])
        self.operation().sudo().rule_ids.active = False
        told = self.words(self.order.order_line[0], "en_US")
        self.assertIn("No tax rule", told["notices"])
        self.assertNotIn("icms", told)

    @pytest.mark.prove
    def test_an_issued_document_tells_its_own_day(self):
        move = self.invoice((self.chair,))
        move.action_post()
        line = move.invoice_line_ids
        self.issue(move)
        told = self.words(line, "en_US")
        self.assertIn("As issued on", told["notices"])
        self.assertNotIn("changed", told["notices"])
        self.assertIn("1,000.00 × 18 %", told["icms"])
        rules = self.operation().sudo().rule_ids.filtered(lambda rule: rule.icms_cst == "00")
        rules.icms_rate = 12.0
        told = self.words(line, "en_US")
        self.assertIn("Rules or records have changed since", told["notices"])
        self.assertIn("1,000.00 × 18 %", told["icms"])

    def issue(self, move):
        """An issued document of ``move`` with what signing keeps."""
        taxed = engine.compute_items(move._fbr_tax_context(), move._fbr_items())
        document = (
            self.env["faturamento_br.document"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "environment": "simulator",
                    "series": 1,
                    "number": 777,
                    "numeric_code": "83746152",
                    "state": "authorized",
                    "issue_date": move.invoice_date,
                    "move_id": move.id,
                }
            )
        )
        why = move._fbr_kept_explanations(taxed)
        for number, item in enumerate(taxed, start=1):
            values = self.env["faturamento_br.document.item"]._values(number, item, move._fbr_lines()._fbr_item_link)
            document.item_ids = [Command.create({**values, "explanation": why[item.item.ref]})]
        self.assertEqual(len(kept.load(document.item_ids.explanation)), len(why[item.item.ref]))

    def test_a_posted_invoice_says_when_rules_give_something_else(self):
        move = self.invoice((self.chair,))
        move.action_post()
        self.operation().sudo().rule_ids.filtered(lambda rule: rule.icms_cst == "00").icms_rate = 12.0
        told = self.words(move.invoice_line_ids, "en_US")
        self.assertIn("booked with other amounts", told["notices"])

    def test_saving_asks_for_no_explanation_and_asking_writes_nothing(self):
        line = self.order.order_line[0]
        before = line.read()[0]
        self.words(line)
        self.assertEqual(line.read()[0], before)

    def test_who_may_not_read_the_line_is_not_told(self):
        stranger = new_test_user(
            self.env(user=self.env.ref("base.user_root"), su=True),
            "other_seller",
            groups=SELLING,
            company_id=self.company.id,
        )
        self.order.sudo().user_id = self.user
        with self.assertRaises(AccessError):
            self.order.order_line[0].with_user(stranger).action_fbr_why()
