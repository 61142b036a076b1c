from unittest.mock import patch

import pytest
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..fiscal.taxes import engine
from .taxes_common import AmountsCase


@tagged("post_install", "-at_install")
class TestTaxes(AmountsCase):
    """Amounts are the core's and follow every change; nothing else changes in other companies."""

    # --- Changes ------------------------------------------------------------------------------------------------

    @pytest.mark.prove
    def test_a_thousandth_more(self):
        """Odoo compares quantities in the currency's precision; amounts must not."""
        self.env["decimal.precision"].sudo().search([("name", "=", "Product Unit")]).digits = 3
        move = self.invoice((self.chair, 1.001, 1000.0))
        self.assertEqual(move.amount_total, 1001.00)
        move.write({"invoice_line_ids": [Command.update(move.invoice_line_ids.id, {"quantity": 1.004})]})
        self.assertEqual(move.amount_total, 1004.00)
        self.assert_same(move)
        move.write({"invoice_line_ids": [Command.update(move.invoice_line_ids.id, {"price_unit": 1000.0049})]})
        self.assertEqual(move.invoice_line_ids.price_unit, 1000.0049)
        self.assert_same(move)

    def test_another_customer(self):
        """18 % to a contributor in São Paulo; 12 % to one in Rio; IPI in the base for a final consumer."""
        move = self.invoice((self.table, 1, 1000.0))
        self.assertEqual(self.icms(move), 180.00)
        self.assertEqual([item.cfop for item in move._fbr_items()], ["5102"])
        move.partner_id = self.carioca
        self.assertEqual(self.icms(move), 120.00)
        self.assertEqual([item.cfop for item in move._fbr_items()], ["6102"])
        self.assertFalse(move.fbr_final_consumer)
        move.partner_id = self.person
        self.assertTrue(move.fbr_final_consumer)
        self.assertEqual(self.icms(move), 189.00)
        self.assert_same(move)
        move.fbr_final_consumer = False
        self.assert_same(move)

    def test_another_operation_and_rule(self):
        move = self.invoice((self.chair, 1, 1000.0))
        production = self.env["faturamento_br.operation"].search(
            [("company_id", "=", self.company.id), ("ready_key", "=", "production")]
        )
        move.fbr_operation_id = production
        self.assertEqual([item.cfop for item in move._fbr_items()], ["5101"])
        production.sudo().rule_ids.filtered(lambda rule: rule.scope == "inside").icms_rate = 12.0
        move.ref = "any change refreshes a draft"
        self.assertEqual(self.icms(move), 120.00)
        production.sudo().rule_ids.filtered(lambda rule: rule.scope == "inside").icms_rate = 7.0
        move.action_post()  # posting alone too
        self.assertEqual(self.icms(move), 70.00)
        self.assert_same(move)

    def test_on_the_screen(self):
        """What the form shows before saving is what is saved."""
        with Form(self.env["account.move"].with_context(default_move_type="out_invoice")) as form:
            form.partner_id = self.shop
            with form.invoice_line_ids.new() as line:
                line.product_id = self.table
                line.price_unit = 1000.0
            self.assertEqual(form.tax_totals["total_amount"], 1050.00)
            with form.invoice_line_ids.new() as line:
                line.product_id = self.freight
                line.price_unit = 100.0
            self.assertEqual(form.tax_totals["total_amount"], 1155.00)
            self.assertEqual(form.fbr_operation_id, self.operation())
        move = form.save()
        self.assertEqual(move.amount_total, 1155.00)
        self.assert_same(move)
        with Form(self.env["sale.order"]) as form:
            form.partner_id = self.shop
            with form.order_line.new() as line:
                line.product_id = self.table
                line.price_unit = 1000.0
            self.assertEqual(form.tax_totals["total_amount"], 1050.00)
            with form.order_line.new() as line:
                line.product_id = self.freight
                line.price_unit = 100.0
            self.assertEqual(form.tax_totals["total_amount"], 1155.00)
        self.assertEqual(form.save().amount_total, 1155.00)

    # --- What is refused ----------------------------------------------------------------------------------------

    def codes(self, source):
        return sorted(found.problem.code for found in source._fbr_tax_problems())

    def test_all_problems_at_once(self):
        no_ncm = self.make_product("Sem NCM", False)
        move = self.invoice((no_ncm, 1, 10.0), (self.assembly, 1, 50.0), (self.chair, -1, 5.0), partner=self.carioca)
        self.assertEqual(self.codes(move), ["mixed_services", "ncm_missing", "negative_line", "number_invalid"])
        found = {each.problem.code: each for each in move._fbr_tax_problems()}
        self.assertEqual((found["ncm_missing"].record, found["ncm_missing"].field), (no_ncm, "fbr_ncm"))
        self.assertEqual(found["negative_line"].record, move)
        self.assertIn("Sem NCM", found["ncm_missing"].message(self.env))
        for each in found.values():
            self.assertTrue(each.message(self.env))
            self.assertTrue(each.record.exists())
        with self.assertRaises(UserError):
            move.action_post()

    def test_each_refusal(self):
        abroad = self.make_customer("Foreign Inc", "SP", "Campinas")
        abroad.sudo().write({"country_id": self.env.ref("base.us").id, "state_id": False})
        nowhere = self.make_customer("Sem estado", "SP", "Campinas")
        nowhere.sudo().state_id = False
        consumer = self.make_customer("Consumidor", "RJ", "Rio de Janeiro")
        for partner, codes in (
            (abroad, []),  # sold by the operation of exports
            (nowhere, ["uf_missing"]),
            (consumer, ["rule_missing_difal"]),
        ):
            move = self.invoice((self.chair, 1, 10.0), partner=partner)
            self.assertEqual(self.codes(move), codes, partner.name)
            self.assertEqual(move.amount_total, 10.00)
        move = self.invoice((self.chair, 1, 10.0))
        move.fbr_operation_id = False
        self.assertEqual(self.codes(move), ["operation_missing"])
        move.fbr_operation_id = self.operation()
        self.operation().sudo().rule_ids.filtered(lambda rule: rule.scope == "inside").unlink()
        self.assertEqual(self.codes(move), ["rule_missing"])
        dollars = self.env.ref("base.USD").sudo()
        dollars.active = True
        move.currency_id = dollars
        self.assertIn("currency_not_brl", self.codes(move))
        move.partner_shipping_id = self.carioca
        self.assertIn("delivery_uf", self.codes(move))

    def test_paths_lead_to_records(self):
        move = self.invoice((self.chair, 1, 10.0), (self.table, 1, 10.0))
        places = {
            "items[1].ncm": (self.table, "fbr_ncm"),
            "items[1].rules.ipi.rate": (self.table, "fbr_ipi_rate"),
            "items[0].cfop": (self.operation(), "rule_ids"),
            "items[0].rules.icms.rate": (self.operation(), "rule_ids"),
            "items[7].ncm": (move, ""),
            "recipient.address.city_code": (self.shop, "city_id"),
            "recipient.ie": (self.shop, "l10n_br_ie_code"),
            "emitter.crt": (self.company, "fbr_crt"),
            "emitter.ie": (self.company.partner_id, "l10n_br_ie_code"),
            "nature": (self.operation(), "name"),
            "": (move, ""),
            "unknown.path": (move, ""),
        }
        for path, place in places.items():
            self.assertEqual(move._fbr_place(path), place, path)

    def test_codes_are_checked(self):
        for values in (
            {"fbr_ncm": "9401"},
            {"fbr_ncm": "9401.610"},
            {"fbr_cest": "12"},
            {"fbr_charge_kind": "freight"},
        ):
            with self.assertRaises(ValidationError):
                self.chair.sudo().write(values)
        rule = self.operation().sudo().rule_ids[0]
        for values in (
            {"cfop": "6102"},
            {"cfop": "51"},
            {"ncm_prefix": "94x"},
            {"ibs_cbs_class": "1"},
            {"icms_rate": 101.0},
        ):
            with self.assertRaises(ValidationError):
                rule.write(values)

    # --- Rights, other companies, speed ---------------------------------------------------------------------------

    def test_rights(self):
        """Who bills reads the rules and cannot change them."""
        operation = self.operation()
        self.assertEqual(operation.rule_ids.mapped("cfop"), ["5102", "6102", "6108"])
        seller = new_test_user(
            self.env(su=True, user=self.env.ref("base.user_root")),
            "seller",
            groups="sales_team.group_sale_salesman",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        values = {"partner_id": self.shop.id, "order_line": [Command.create({"product_id": self.table.id})]}
        order = self.env(user=seller)["sale.order"].create(values)
        order.order_line.price_unit = 1000.0
        self.assertEqual((order.amount_total, order.tax_totals["total_amount"]), (1050.00, 1050.00))
        with self.assertRaises(AccessError):
            operation.name = "Outra"
        with self.assertRaises(AccessError):
            operation.rule_ids[0].icms_rate = 1.0

    def test_accountant_writes_an_operation(self):
        """On the screen, with a row of its own, as who configures accounting."""
        accountant = new_test_user(
            self.env(su=True, user=self.env.ref("base.user_root")),
            "accountant",
            groups="account.group_account_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with Form(self.env(user=accountant)["faturamento_br.operation"]) as form:
            form.name = "Venda para Zona Franca"
            with form.rule_ids.new() as rule:
                rule.scope = "interstate"
                rule.cfop = "6109"
                rule.icms_cst = "40"
        operation = form.save()
        self.assertEqual((operation.company_id, operation.rule_ids.cfop), (self.company, "6109"))
        self.assertFalse(operation.is_default)

    def test_ordinary_company_is_untouched(self):
        """A company that issues no NF-e gets Odoo's taxes, totals and fields as they were."""
        company = self.company.sudo()
        company.fbr_nfe_enabled = False
        domain = [("company_id", "=", company.id), ("type_tax_use", "=", "sale"), ("fbr_kind", "=", False)]
        tax = self.env["account.tax"].sudo().search([*domain, ("amount", ">", 0)], limit=1)
        self.chair.sudo().taxes_id = tax
        move = self.invoice((self.chair, 1, 1000.0), fiscal_position_id=False)
        self.assertEqual(move.invoice_line_ids.tax_ids, tax)
        self.assertFalse(move.invoice_line_ids.fbr_amounts)
        self.assertFalse(move.fbr_operation_id)
        self.assertFalse(move.fbr_is_fiscal)
        self.assertEqual(move._fbr_tax_problems(), [])
        bill = self.env["account.move"].create(
            {"move_type": "in_invoice", "partner_id": self.shop.id, "company_id": company.id}
        )
        self.assertFalse(bill.fbr_operation_id)

    @pytest.mark.prove
    def test_services_alone_are_odoos(self):
        move = self.invoice((self.assembly, 1, 100.0))
        self.assertFalse(move._fbr_is_fiscal())
        self.assertEqual(move.amount_total, 100.00)
        self.assertFalse(move.invoice_line_ids.fbr_amounts)

    @pytest.mark.prove
    def test_speed(self):
        """Neither queries nor the engine's work grow faster than the lines."""

        def cost(count):
            self.env.flush_all()
            self.env.invalidate_all()
            before, calls = self.env.cr.sql_log_count, []
            compute = engine.compute_item
            with patch.object(engine, "compute_item", lambda context, item: calls.append(1) or compute(context, item)):
                move = self.invoice(*[(self.table, 1, 10.0 + n) for n in range(count)])
                self.env.flush_all()
            self.assertEqual(len(move.invoice_line_ids), count)
            return self.env.cr.sql_log_count - before, len(calls)

        cost(2)  # warm caches
        few, few_calls = cost(5)
        many, many_calls = cost(50)
        self.assertLess((many - few) / 45, 4, "queries a line")
        self.assertGreaterEqual(many_calls, 50)
        self.assertLessEqual(many_calls, 50 * 10, "each item is computed a few times, not once for each other item")
        self.assertLessEqual(many_calls / 50, few_calls / 5 + 1)

    def icms(self, move):
        tax = move.company_id._fbr_taxes()["icms"]
        return -sum(
            line.balance for line in move.line_ids if line.tax_line_id == tax and line.account_id.code.startswith("2")
        )
