"""Recurring revenue: what it is, why it moved, and that end = start + movements."""

from itertools import pairwise
from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .contracts_common import ContractsCase, day


@tagged("post_install", "-at_install")
class TestMrr(ContractsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.moves = cls.env["faturamento_br.mrr_move"]

    def rows(self, partner=None):
        self.moves._refresh()
        found = self.moves.search([("partner_id", "=", (partner or self.shop).id)], order="day, id")
        return [(move.day, move.movement, move.amount) for move in found]

    def test_a_customers_whole_life(self):
        first = self.contract(100.0, start="2026-01-10")
        self.assertEqual(self.rows(), [(day("2026-01-10"), "new", 100.0)])
        second = self.contract(1200.0, start="2026-03-01", line={"interval_unit": "year"})
        self.change(first, price_unit=150.0, effective="2026-04-10")
        self.change(second, "end", effective="2026-05-01")
        self.change(first, "pause", effective="2026-06-01")
        self.change(first, "resume", effective="2026-08-01")
        self.assertEqual(
            self.rows(),
            [
                (day("2026-01-10"), "new", 100.0),
                (day("2026-03-01"), "expansion", 100.0),
                (day("2026-04-10"), "expansion", 50.0),
                (day("2026-05-01"), "contraction", -100.0),
                (day("2026-06-01"), "churn", -150.0),
                (day("2026-08-01"), "reactivation", 150.0),
            ],
        )
        self.assertFalse((first + second).filtered("mrr_stale"))
        second.action_archive()
        self.assertNotIn((day("2026-03-01"), "expansion", 100.0), self.rows(), "as if it had never been")

    def test_drafts_usage_and_another_customer(self):
        contract = self.contract(100.0, start="2026-01-10")
        self.rows()
        contract.action_reopen()
        self.assertFalse(self.rows())
        contract.partner_id = self.carioca
        contract.action_start()
        self.assertEqual((self.rows(), len(self.rows(self.carioca))), ([], 1))
        contract.action_reopen()
        contract.partner_id = self.shop
        contract.action_start()
        self.assertEqual((len(self.rows()), self.rows(self.carioca)), (1, []))
        plan = self.env["faturamento_br.usage_plan"].sudo().create({"name": "GB", "price": 1.0})
        self.contract(50.0, start="2026-02-10", line={"usage_plan_id": plan.id, "billing": "arrears"})
        self.assertEqual(len(self.rows()), 1)

    def test_the_figures_add_up_and_cohorts_stay_or_leave(self):
        for partner, start in ((self.shop, "2025-06-01"), (self.carioca, "2026-01-15"), (self.person, "2026-01-20")):
            contract = self.contract(100.0, start=start, partner_id=partner.id)
        self.change(contract, "end", effective="2026-03-10")
        self.contract(40.0, start="2026-12-01", partner_id=self.carioca.id)
        self.rows()
        before = self.cr.sql_log_count
        figures = self.moves._figures(self.company)
        self.assertLessEqual(self.cr.sql_log_count - before, 2)
        months = figures["months"]
        self.assertEqual((months[0]["month"], months[-1]["month"]), (day("2025-12-01"), day("2026-11-01")))
        self.assertEqual((months[0]["start"], months[-1]["end"]), (100.0, 200.0), "what is to come is not counted")
        for month, following in pairwise(months):
            moved = sum(month[name] for name in ("new", "expansion", "contraction", "churn", "reactivation"))
            self.assertEqual(month["end"], month["start"] + moved)
            self.assertEqual(month["end"], following["start"])
        self.assertEqual([month["customers"] for month in months][-2:], [2, 2])
        [january] = figures["cohorts"]
        self.assertEqual((january["month"], january["customers"][:3]), (day("2026-01-01"), [2, 2, 1]))
        rows = self.moves.search([("company_id", "=", self.company.id), ("day", "<=", "2026-11-25")])
        self.assertEqual(sum(rows.mapped("amount")), months[-1]["end"], "the records behind the number")

    def test_the_job_and_the_page(self):
        contracts = self.contract(100.0) + self.contract(200.0)
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_kwargs: 1):
            self.moves.sudo()._cron_refresh()
        self.assertFalse(contracts.filtered("mrr_stale"))
        action = self.moves.action_open()
        self.assertEqual(action["res_model"], self.moves._name)
        self.assertEqual(sum(row[2] for row in self.rows()), 300.0)

    def test_rights_and_companies(self):
        contract = self.contract(100.0)
        self.rows()
        mine = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        seller = new_test_user(self.superuser(), "mrr_seller", "sales_team.group_sale_salesman", **mine)
        self.assertFalse(self.moves.with_user(seller).search([]))
        contract.user_id = seller
        contract.sudo().flush_recordset()
        self.assertEqual(len(self.moves.with_user(seller).search([])), 1)
        with self.assertRaises(AccessError):
            self.moves.search([], limit=1).write({"amount": 1.0})
        nobody = new_test_user(self.superuser(), "mrr_nobody", "base.group_user", **mine)
        with self.assertRaises(AccessError):
            self.env["faturamento_br.mrr_page"].with_user(nobody).action_open()
        with freeze_time("2026-11-25 15:00:00"):
            other = self.make_company("Outra Ltda", "12345678000195", "MG")
            figures = self.moves.sudo()._figures(other)
        self.assertEqual(figures["months"][-1]["end"], 0.0)

    def test_the_page_opens_the_records_behind_each_month(self):
        self.contract(100.0, start="2026-11-03")
        page = self.env["faturamento_br.mrr_page"].browse(self.env["faturamento_br.mrr_page"].action_open()["res_id"])
        self.assertEqual((page.mrr, page.arr, page.customers), (100.0, 1200.0, 1))
        november = page.month_ids[0]
        self.assertEqual((november.start, november.gained, november.end), (0.0, 100.0, 100.0))
        rows = self.moves.search(november.action_movements()["domain"])
        self.assertEqual(sum(rows.mapped("amount")), november.end - november.start)
        self.assertIn("100%", page.cohorts)
        self.assertEqual(page.action_movements()["res_model"], self.moves._name)
