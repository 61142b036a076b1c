"""A rate that nobody can know but the company: asked once, in place, kept as a dated rule; never taken silently."""

from decimal import Decimal

import pytest
from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .spare_companies import BILLING
from .taxes_common import AmountsCase

ACCOUNTANT = f"{BILLING},account.group_account_manager"


@tagged("post_install", "-at_install")
class TestAnswers(AmountsCase):
    """A company of the normal regime that has answered nothing yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env(su=True),
            "answers_sp",
            groups=ACCOUNTANT,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.rules = cls.env["faturamento_br.tax_rule"].sudo()
        cls.rules.search([("company_id", "=", cls.company.id), ("internal_mode", "!=", False)]).unlink()
        cls.maria = cls.make_customer("Maria Carioca", "RJ", "Rio de Janeiro", vat="52998224725", is_company=False)

    def order(self, product=None, partner=None, user=None):
        env = self.env(user=user or self.user)
        return env["sale.order"].create(
            {
                "partner_id": (partner or self.shop).id,
                "company_id": self.company.id,
                "order_line": [Command.create({"product_id": (product or self.chair).id, "price_unit": 1000.0})],
            }
        )

    def asked(self, source):
        return [found.problem.code for found in source._fbr_tax_problems()]

    def answer(self, document, /, **values):
        """What the accountant does: press the button of the alert, fill in the dialog, keep it."""
        alerts = document.with_user(self.accountant)._fbr_preflight_alerts("warning")
        [action] = [alert["action"] for alert in alerts.values() if alert.get("action_text") == "Answer it"]
        form = Form(self.env(user=self.accountant)["faturamento_br.tax.answer"].with_context(**action["context"]))
        for name, value in values.items():
            form[name] = value
        wizard = form.save()
        self.assertEqual(wizard.action_apply()["tag"], "faturamento_br.close_and_reload")
        return wizard

    def last_rule(self):
        return self.rules.search([("company_id", "=", self.company.id)], order="id desc", limit=1)

    def test_the_modal_rate_is_never_taken_silently(self):
        order = self.order()
        self.assertEqual(self.asked(order), ["icms_rate_unconfirmed"])
        order.action_confirm()
        move = order._create_invoices()
        with self.assertRaisesRegex(UserError, "ICMS"), self.env.cr.savepoint():
            move.action_post()
        self.assertEqual(self.answer(order, mode="modal").source, "Lei SP 6.374/1989, art. 34, I")
        rule = self.last_rule()
        self.assertEqual(
            (rule.ncm_prefix, rule.internal_mode, str(rule.valid_from)), ("94016100", "modal", "2026-01-01")
        )
        self.assertEqual(self.asked(order), [])
        move.action_post()
        [item] = move._fbr_items()
        self.assertTrue(item.rules.icms.modal)
        self.assertEqual(self.asked(self.order()), [])  # once
        self.table.sudo().fbr_ipi_cst = "none"
        self.assertEqual(self.asked(self.order(self.table)), ["icms_rate_unconfirmed"])  # another NCM

    def test_a_rate_of_their_own_recomputes_the_quotation(self):
        self.table.sudo().write({"fbr_ipi_cst": False})
        order = self.order(self.table)
        self.answer_all(order)
        self.assertEqual(order.amount_total, 1050.0)
        [item] = order._fbr_items()
        self.assertEqual((item.rules.icms.rate, item.rules.ipi.rate), (Decimal("12.0000"), Decimal("5.0000")))

    def answer_all(self, order):
        """Both of a maker's questions, one after the other."""
        self.assertEqual(self.asked(order), ["icms_rate_unconfirmed"])
        self.answer(order, mode="own", rate=12.0, applies_to="all", source="RICMS/SP art. 54")
        order.fbr_operation_id = self.env["faturamento_br.operation"].search(
            [("company_id", "=", self.company.id), ("rule_ids.cfop", "=", "5101")], limit=1
        )
        self.assertEqual(self.asked(order), ["ipi_unsaid"])
        self.answer(order, ipi_cst="50", ipi_rate=5.0, source="TIPI, Decreto 11.158/2022")
        self.assertEqual(self.asked(order), [])

    def test_a_consumer_in_another_state(self):
        order = self.order(partner=self.maria)
        self.assertEqual(self.asked(order), ["rule_missing_difal"])
        wizard = self.answer(order, mode="modal", applies_to="all")
        self.assertIn("RJ", wizard.source)
        self.assertIn("FCP 2 %", wizard.known)
        rule = self.last_rule()
        self.assertEqual((rule.state_id.code, rule.contributor, rule.ncm_prefix), ("RJ", "no", False))
        self.assertEqual(self.asked(order), [])
        [item] = order._fbr_items()
        self.assertTrue(item.rules.difal.modal)

    @pytest.mark.prove
    def test_a_special_list_of_pis_and_cofins(self):
        cream = self.make_product("Creme", "33049910", fbr_ipi_cst="none")
        order = self.order(cream, partner=self.carioca)
        self.assertEqual(self.asked(order), ["contribution_listed"])
        self.answer(order, contribution_cst="04", source="Lei 10.147/2000 art. 2")
        self.assertEqual(self.asked(order), [])
        [item] = order._fbr_items()
        self.assertEqual((item.rules.pis.cst, item.rules.cofins.cst, item.rules.pis.rate), ("04", "04", 0))

    @pytest.mark.prove
    def test_a_reduced_base_asks_whether_it_counts_in_the_difference(self):
        self.rules.create(
            {"company_id": self.company.id, "ncm_prefix": "9401", "icms_cst": "20", "icms_reduction": 50.0}
        )
        self.rules.create({"company_id": self.company.id, "difal_mode": "modal", "contributor": "no"})
        order = self.order(partner=self.maria)
        self.assertEqual(self.asked(order), ["difal_origin_benefit"])
        self.answer(order, mode="modal", origin="yes", source="Convênio ICMS 153/2015")
        self.assertEqual(self.asked(order), [])
        [item] = order._fbr_items()
        self.assertIs(item.rules.difal.origin_benefit, True)

    def test_who_sells_is_told_and_does_not_answer(self):
        order = self.order()
        [alert] = [alert for alert in order._fbr_preflight_alerts("warning").values() if "94016100" in alert["message"]]
        self.assertNotIn("action", alert)
        self.assertIn("Ask whoever keeps the tax rules", alert["message"])
        values = {"kind": "internal", "source_model": "sale.order", "source_id": order.id, "product_id": self.chair.id}
        with self.assertRaises(AccessError):
            self.env["faturamento_br.tax.answer"].create({**values, "valid_from": "2026-01-01", "source": "x"})

    def test_nothing_is_answered_by_pressing_the_button(self):
        order = self.order()
        with self.assertRaisesRegex(UserError, "modal rate"), self.env.cr.savepoint():
            self.answer(order, source="x")
        with self.assertRaises(ValidationError):
            self.answer(order, mode="own", rate=0.0, source="x")
        self.assertEqual(self.asked(order), ["icms_rate_unconfirmed"])

    @pytest.mark.prove
    def test_users_rules_survive_an_update(self):
        """An update writes ready-made rules anew where nobody has edited them, and touches nothing else."""
        order = self.order()
        self.answer(order, mode="own", rate=12.0, source="RICMS/SP art. 54")
        answered = self.last_rule()
        ready = self.rules.search([("company_id", "=", self.company.id), ("generated_key", "!=", False)], limit=1)
        ready.write({"icms_rate": 7.0, "source": "Decreto"})
        kept = {rule.id: rule.copy_data()[0] for rule in (answered, ready)}
        self.company.sudo().fbr_pis_cofins_regime = "cumulative"
        self.env["faturamento_br.operation"].sudo()._fbr_create_defaults(self.company)
        self.company.sudo()._fbr_enable()
        self.env.invalidate_all()
        self.assertEqual({rule.id: rule.copy_data()[0] for rule in (answered, ready)}, kept)

    @pytest.mark.prove
    def test_the_second_and_the_fortieth_product_cost_the_same(self):
        def questions(number):
            lines = [Command.create({"product_id": self.chair.id, "price_unit": 10.0}) for _n in range(number)]
            order = self.env["sale.order"].create(
                {"partner_id": self.shop.id, "company_id": self.company.id, "order_line": lines}
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order._fbr_tax_problems()
            return self.env.cr.sql_log_count - before

        questions(2)
        self.assertEqual(questions(2), questions(20))


@tagged("post_install", "-at_install")
class TestRatesOfTheReform(AmountsCase):
    """The rates of 2027 are no table's yet: refused by name, then added through the screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env(su=True),
            "reform_sp",
            groups=ACCOUNTANT,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.rates = cls.env(user=cls.accountant)["faturamento_br.reform.rate"]

    def codes(self, move):
        return [found.problem.code for found in move._fbr_tax_problems()]

    def test_the_last_of_december_and_the_first_of_january(self):
        with freeze_time("2026-12-31 15:00:00"):
            december = self.invoice((self.chair, 1, 1000.0), invoice_date="2026-12-31", partner=self.carioca)
            self.assertEqual(self.codes(december), [])
            december.action_post()
        self.assertEqual(december.amount_total, 1000.0)
        with freeze_time("2027-01-01 15:00:00"):
            january = self.invoice((self.chair, 1, 1000.0), invoice_date="2027-01-01", partner=self.carioca)
            self.assertEqual(set(self.codes(january)), {"ibs_cbs_rate_unknown"})
            with self.assertRaisesRegex(UserError, "CBS"), self.env.cr.savepoint():
                january.action_post()
            form = Form(self.rates)
            form.valid_from, form.valid_to = "2027-01-01", "2028-12-31"
            form.cbs_rate, form.source = 8.7, "Resolução do Senado Federal (example)"
            form.save()
            self.assertEqual(self.codes(january), [])
            [item] = january._fbr_items()
            self.assertEqual(item.rules.ibs_cbs.cbs_rate, Decimal("8.7000"))
            refund = december._reverse_moves([{"invoice_date": "2027-01-01", "date": "2027-01-01"}])
            refund.action_post()
            self.assertEqual(refund.amount_total, december.amount_total)
            self.assertEqual(
                refund._fbr_booked_amounts() and sorted(map(repr, refund._fbr_booked_amounts().values())),
                sorted(map(repr, december._fbr_booked_amounts().values())),
            )
            [back] = refund._fbr_items()
            self.assertIsNone(back.rules.ibs_cbs.cbs_rate)  # the table's of December

    def test_a_published_rate_is_not_changed_and_rows_do_not_overlap(self):
        row = {"valid_from": "2027-01-01", "cbs_rate": 8.7, "source": "Resolução"}
        with self.assertRaisesRegex(ValidationError, "already sets"), self.env.cr.savepoint():
            self.rates.create({**row, "valid_from": "2026-06-01"})
        with self.assertRaises(ValidationError):
            self.rates.create({**row, "cbs_rate": 108.0})
        with self.assertRaises(ValidationError):
            self.rates.create({**row, "cbs_known": False})
        self.rates.create(row)
        with self.assertRaisesRegex(ValidationError, "same days"), self.env.cr.savepoint():
            self.rates.create({**row, "valid_from": "2027-07-01"})
        with self.assertRaises(AccessError):
            self.env["faturamento_br.reform.rate"].create({**row, "valid_from": "2030-01-01"})
