from unittest.mock import patch

import pytest
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..models import tax_rule_book
from .taxes_common import AmountsCase
from .test_journal import ICMS, ICMS_DEDUCTION

CONTRIBUTIONS = {"pis_cst": "06", "cofins_cst": "06"}


@tagged("post_install", "-at_install")
class TestTaxRules(AmountsCase):
    """Which row decides, for each tax; what can be said of substitution and of the consumer of another state."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.consumer = cls.make_customer("Consumidor", "RJ", "Rio de Janeiro", vat="52998224725", is_company=False)

    @classmethod
    def rule(cls, **values):
        return cls.env["faturamento_br.tax_rule"].sudo().create({"company_id": cls.company.id, **values})

    def situations(self, *products, **values):
        move = self.invoice(*((product, 1, 100.0) for product in products), **values)
        return [item.rules.icms.cst for item in move._fbr_items()]

    def codes(self, move):
        return [found.problem.code for found in move._fbr_tax_problems()]

    # --- Which one decides ----------------------------------------------------------------------------------------

    def test_the_most_specific_row_decides_for_each_tax(self):
        """A row for every sale says the ICMS of an NCM, and leaves CFOP, PIS and COFINS to the operation's."""
        self.rule(ncm_prefix="9403", icms_cst="40")
        self.rule(product_tmpl_id=self.chair.product_tmpl_id.id, icms_cst="20", icms_reduction=50.0, **CONTRIBUTIONS)
        move = self.invoice((self.table, 1, 100.0), (self.chair, 1, 100.0))
        table, chair = move._fbr_items()
        self.assertEqual((table.rules.icms.cst, table.cfop, table.rules.pis.cst), ("40", "5102", "01"))
        self.assertEqual((chair.rules.icms.cst, chair.cfop, chair.rules.pis.cst), ("20", "5102", "06"))
        self.assertEqual(move._fbr_tax_problems(), [])
        self.assert_same(move)

    @pytest.mark.prove
    def test_each_criterion(self):
        customer = {"partner_id": self.shop.id}
        table = {"operation_id": self.operation().id, "scope": "inside"}
        for asked, product, other in (
            ({"partner_id": self.shop.id}, self.chair, {"partner_id": self.person.id}),
            ({"state_id": self.shop.state_id.id}, self.chair, {"partner_id": self.carioca.id}),
            ({"final_consumer": "no", **table}, self.chair, {"partner_id": self.person.id}),
            ({"contributor": "yes", **table}, self.chair, {"partner_id": self.person.id}),
            (
                {"valid_from": "2026-11-20", "valid_to": "2026-11-20", "ncm_prefix": "94"},
                self.chair,
                {"invoice_date": "2026-11-19"},
            ),
        ):
            rule = self.rule(icms_cst="40", **asked)
            self.assertEqual(self.situations(product, **customer), ["40"], asked)
            self.assertEqual(self.situations(product, **other), ["00"], asked)
            rule.active = False
            self.assertEqual(self.situations(product, **customer), ["00"], asked)
        self.rule(goods_origin="1", icms_cst="40", **table)
        self.chair.sudo().fbr_origin = "1"
        self.assertEqual(self.situations(self.chair, self.table), ["40", "00"])

    def test_a_category_that_moves_takes_its_rules_along(self):
        parent, child = self.env["product.category"].sudo().create([{"name": "Móveis"}, {"name": "Bancos"}])
        self.chair.sudo().categ_id = child
        self.rule(categ_id=parent.id, icms_cst="40")
        self.assertEqual(self.situations(self.chair), ["00"])
        child.parent_id = parent
        self.assertEqual(self.situations(self.chair), ["40"])

    def test_a_rule_of_a_state_tells_which_rows_of_operations_it_wins_over(self):
        rule = self.rule(state_id=self.carioca.state_id.id, icms_cst="40")
        self.assertEqual(rule.operation_name, "Every sale")
        self.assertIn("6102", rule.outweighed)
        self.assertNotIn("5102", rule.outweighed, "to Rio, no sale is inside the state")
        rule.operation_id = self.operation()
        self.assertFalse(rule.outweighed)
        difal = self.rule(state_id=self.carioca.state_id.id, difal_mode="modal")
        self.assertFalse(difal.outweighed, "no operation says anything of DIFAL")

    def test_two_rows_that_nobody_can_choose_between_are_refused_when_saved(self):
        first = self.rule(ncm_prefix="9403", icms_cst="40", valid_to="2026-12-31")
        with self.assertRaises(ValidationError) as caught:
            self.rule(ncm_prefix="9403", icms_cst="41", valid_from="2026-12-31")
        self.assertEqual(str(caught.exception).count("9403"), 2)
        second = self.rule(ncm_prefix="9403", icms_cst="41", valid_from="2027-01-01")
        with self.assertRaises(ValidationError):
            first.valid_to = False
        first.active = False
        second.valid_from = False
        with self.assertRaises(ValidationError):
            first.active = True
        self.assertEqual(self.situations(self.table), ["41"])

    def test_a_contact_and_its_company_are_one_customer(self):
        contact = self.shop.sudo().create({"name": "Compras", "parent_id": self.shop.id})
        self.rule(partner_id=self.shop.id, icms_cst="40")
        with self.assertRaises(ValidationError):
            self.rule(partner_id=contact.id, icms_cst="41")
        self.rule(partner_id=contact.id, ncm_prefix="94", icms_cst="41")

    def test_only_rows_that_may_be_rivals_are_read(self):
        """Of the hundreds that a company begins with; a spreadsheet of thousands would take hours."""
        everyone = self.env["faturamento_br.tax_rule"].sudo().search_count([("company_id", "=", self.company.id)])
        with patch.object(tax_rule_book, "Rulebook", wraps=tax_rule_book.Rulebook) as made:
            self.rule(ncm_prefix="9404", icms_cst="40")
            self.rule(ncm_prefix="940360", icms_cst="40", internal_mode="own", internal_rate=12.0)
        self.assertGreater(everyone, 100)
        self.assertEqual([len(call.args[0]) for call in made.call_args_list], [1, 2])

    def test_a_duplicate_waits_until_it_differs(self):
        rule = self.rule(ncm_prefix="9403", icms_cst="40")
        twin = rule.copy()
        self.assertFalse(twin.active)
        twin.write({"ncm_prefix": "940360", "active": True})
        operation = self.operation().sudo().copy()
        self.assertEqual(operation.rule_ids.mapped("cfop"), ["5102", "6102", "6108"])

    def test_wrong_rows_are_told_all_at_once(self):
        with self.assertRaises(ValidationError) as caught:
            self.env["faturamento_br.tax_rule"].sudo().create(
                [
                    {"company_id": self.company.id, "cest": "12", "icms_cst": "40"},
                    {"company_id": self.company.id, "icms_cst": "00", "icms_rate": 180.0, "ncm_prefix": "94"},
                ]
            )
        self.assertIn("12", str(caught.exception))
        self.assertIn("180", str(caught.exception))

    def test_what_is_lacking_is_named(self):
        self.operation().sudo().rule_ids.write({"pis_cst": False, "cofins_cst": False})
        move = self.invoice((self.chair, 1, 10.0))
        [found] = move._fbr_tax_problems()
        self.assertEqual((found.problem.code, found.record), ("rule_missing", self.operation()))
        self.assertIn("PIS, COFINS", found.message(self.env))

    @pytest.mark.prove
    def test_the_text_of_a_rule_is_told_once(self):
        text = "Isento conforme o Convênio ICMS 1/2026"
        self.rule(ncm_prefix="94", icms_cst="40", legal_text=text)
        info = self.invoice((self.chair, 1, 10.0), (self.table, 1, 10.0))._fbr_info()
        self.assertEqual(info.count(text), 1)

    def test_problems_lead_to_the_rule_of_every_sale(self):
        rule = self.rule(ncm_prefix="94", icms_cst="20", icms_reduction=50.0, icms_rate=0.0)
        move = self.invoice((self.chair, 1, 10.0))
        self.assertEqual(move._fbr_place("items[0].rules.icms.rate"), (rule, ""))
        self.assertEqual(move._fbr_place("items[0].rules.pis.rate"), (self.operation(), "rule_ids"))

    # --- The state of destination ---------------------------------------------------------------------------------

    @pytest.mark.prove
    def test_a_consumer_of_another_state(self):
        """1,000.00 to Rio, base of the modal rate: 20 - 12 = 8 % DIFAL and 2 % FCP, all inside the price."""
        move = self.invoice((self.chair, 1, 1000.0), partner=self.consumer)
        self.assertEqual(self.codes(move), ["rule_missing_difal"])
        self.rule(state_id=self.consumer.state_id.id, difal_mode="modal", difal_base="single")
        move = self.invoice((self.chair, 1, 1000.0), partner=self.consumer)
        self.assertEqual(self.codes(move), [])
        self.assert_same(move)
        self.assertEqual(move.amount_total, 1000.00)
        [item] = move._fbr_items()
        self.assertEqual(item.cfop, "6108")
        journal = self.journal(move)
        owed = 120.00 + 80.00 + 20.00
        self.assertEqual((journal[ICMS, "tax"], journal[ICMS_DEDUCTION, "tax"]), (-owed, owed))
        kinds = set(move.invoice_line_ids.tax_ids.mapped("fbr_kind"))
        self.assertEqual(kinds, {"icms", "difal", "fcp_difal", "pis", "cofins"})
        move.action_post()
        self.assertEqual(self.journal(move), journal)

    @pytest.mark.prove
    def test_goods_with_a_rate_of_their_own_there(self):
        own = {"difal_mode": "own", "difal_rate": 12.0, "difal_base": "single", "difal_fcp_mode": "fixed"}
        with self.assertRaises(ValidationError):
            self.rule(ncm_prefix="9401", **{**own, "difal_rate": 0.0})
        self.rule(state_id=self.consumer.state_id.id, difal_mode="modal", difal_base="single")
        self.rule(ncm_prefix="9401", state_id=self.consumer.state_id.id, **own)
        move = self.invoice((self.chair, 1, 1000.0), partner=self.consumer)
        self.assertEqual(self.journal(move)[ICMS, "tax"], -120.00)
        self.assert_same(move)

    @pytest.mark.prove
    def test_substitution_is_on_top(self):
        """1,000.00 with an MVA of 50 %, internal rate 18: 1,500.00 x 18 % - 180.00 = 90.00 of ST, owed by the buyer."""
        self.table.sudo().write({"fbr_ipi_cst": False, "fbr_cest": "2806400"})
        self.rule(
            ncm_prefix="9403", cfop="5403", icms_cst="10", scope="inside", st_mode="4", st_margin=50.0, st_rate=18.0
        )
        move = self.invoice((self.table, 1, 1000.0))
        self.assertEqual(self.codes(move), [])
        self.assertEqual(move.amount_total, 1090.00)
        self.assert_same(move)
        groups = [group["group_name"] for total in move.tax_totals["subtotals"] for group in total["tax_groups"]]
        self.assertEqual(groups, ["ICMS-ST"])
        self.assertEqual(self.journal(move)[ICMS, "tax"], -270.00)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.shop.id,
                "company_id": self.company.id,
                "order_line": [Command.create({"product_id": self.table.id, "price_unit": 1000.0})],
            }
        )
        self.assertEqual(order.amount_total, 1090.00)

    @pytest.mark.prove
    def test_deferral(self):
        self.rule(ncm_prefix="9403", icms_cst="51", icms_deferral=100.0, scope="inside")
        move = self.invoice((self.table, 1, 1000.0))
        self.assertEqual(self.codes(move), [])
        self.assert_same(move)
        self.assertEqual(self.journal(move).get((ICMS, "tax"), 0.0), 0.0)

    # --- Rights and screens ---------------------------------------------------------------------------------------

    def test_who_may_write_them(self):
        rule = self.rule(ncm_prefix="94", icms_cst="40")
        with self.assertRaises(AccessError):
            rule.with_user(self.user).icms_cst = "41"
        accountant = new_test_user(
            self.env(su=True, user=self.env.ref("base.user_root")),
            "accountant_rules",
            groups="account.group_account_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with Form(self.env(user=accountant)["faturamento_br.tax_rule"]) as form:
            form.ncm_prefix = "9404"
            form.icms_cst = "41"
            form.source = "Convênio ICMS 1/2026"
        saved = form.save()
        self.assertEqual((saved.company_id, saved.operation_id.id), (self.company, False))
        other = self.make_company("Outra Ltda", "12345678000195", "MG")
        saved.sudo().company_id = other
        with self.assertRaises(AccessError):
            saved.with_user(accountant).icms_cst = "40"

    @pytest.mark.prove
    def test_queries_do_not_grow_with_the_rules(self):
        self.invoice((self.chair, 1, 10.0))._fbr_tax_problems()
        counts = []
        for number in range(2):
            if number:
                self.env["faturamento_br.tax_rule"].sudo().create(
                    [
                        {"company_id": self.company.id, "ncm_prefix": code, "icms_cst": "40"}
                        for code in ("9401", "9402", "9403", "9404", "9405", "9406")
                    ]
                )
            self.invoice((self.chair, 1, 10.0))._fbr_amounts()  # the book is made
            self.env.invalidate_all()
            move = self.invoice((self.chair, 1, 10.0), (self.table, 1, 10.0))
            before = self.env.cr.sql_log_count
            move._fbr_amounts()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
