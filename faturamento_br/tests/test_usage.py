"""Usage: each record once, in the period of its day, also when it comes late; tests/billing proves the arithmetic."""

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .contracts_common import ContractsCase, day


@tagged("post_install", "-at_install")
class TestUsage(ContractsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.superuser(),
            "usage_manager",
            "account.group_account_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.usage = cls.env["faturamento_br.usage"]
        cls.calls = cls.plan(
            model="tiered",
            tier_ids=[
                Command.create({"up_to": up_to, "price": price})
                for up_to, price in ((100, 0.10), (500, 0.08), (0, 0.05))
            ],
        )

    @classmethod
    def plan(cls, **values):
        plans = cls.env["faturamento_br.usage_plan"].with_user(cls.manager)
        return plans.create({"name": "Chamadas", **values}).with_env(cls.env)

    def metered(self, plan=None, **values):
        line = {"usage_plan_id": (plan or self.calls).id, "billing": "arrears"}
        return self.contract(0.0, start="2026-09-01", line=line, **values)

    def send(self, contract, *records, **values):
        line = contract.line_ids.ids[0]
        return self.usage.record(
            [
                {"key": f"{contract.id}-{key}", "line": line, "day": on, "value": value, **values}
                for key, on, value in records
            ]
        )

    def test_billed_in_its_period_and_late_records_on_the_next_bill(self):
        contract = self.metered()
        sent = (("a", "2026-09-10", 350.0), ("b", "2026-09-30", 250.0), ("c", "2026-10-01", 10.0))
        self.assertEqual(self.send(contract, *sent), {"new": 3, "repeated": 0})
        self.assertEqual(self.send(contract, *sent[:2], ("d", "2026-10-02", 1.0)), {"new": 1, "repeated": 2})
        self.assertEqual(contract.recurring_amount, 0.0, "usage is no recurring revenue")
        with freeze_time("2026-10-01 15:00:00"):
            contract.invalidate_recordset()
            self.assertEqual(contract.next_bill_amount, 47.0)
        september = self.run_on("2026-10-01", contract)
        self.assertEqual(september.amount_untaxed, 47.0)
        self.assertEqual(self.run_on("2026-10-02", contract), self.env["account.move"], "never twice")
        with freeze_time("2026-10-05 15:00:00"):
            self.send(contract, ("late", "2026-09-15", 100.0))
            self.assertEqual(contract.next_bill_on, day("2026-10-05"), "at once")
        october = self.run_on("2026-11-01", contract)
        self.assertEqual(sum(october.mapped("amount_untaxed")), 6.1, "11 calls, and 100 late ones at 0.05")
        self.assertEqual(sum(contract.period_ids.mapped("amount")), 53.1)
        self.assertEqual(self.run_on("2026-11-02", contract), self.env["account.move"])
        wrong = self.usage.search([("key", "=", f"{contract.id}-late")])
        with freeze_time("2026-11-03 15:00:00"):
            wrong.with_user(self.manager).unlink()
        credit = self.run_on("2026-11-03", contract)
        self.assertEqual((credit.move_type, credit.amount_untaxed), ("out_refund", 5.0))
        self.assertIn("late", contract.message_ids.filtered(lambda one: "deleted" in one.body).body)

    def test_every_metric_minimum_and_included(self):
        records = (("a", "2026-09-10", 7.0), ("b", "2026-09-10", 4.0), ("c", "2026-09-02", 9.0))
        cases = (
            ({"metric": "sum", "price": 2.0, "included": 5.0}, 30.0),
            ({"metric": "max", "price": 2.0}, 18.0),
            ({"metric": "last", "price": 2.0}, 8.0),
            ({"metric": "unique", "price": 2.0}, 2.0),
            ({"model": "package", "price": 3.0, "package": 8.0}, 9.0),
            ({"price": 0.01, "minimum": 25.0}, 25.0),
        )
        for values, amount in cases:
            with self.subTest(**values):
                contract = self.metered(self.plan(**values))
                self.send(contract, *records, subject="the same")
                self.assertEqual(self.run_on("2026-10-01", contract).amount_untaxed, amount)

    def test_what_is_wrong_is_told_all_at_once_and_nothing_is_kept(self):
        contract = self.metered()
        fixed = self.contract(100.0)
        self.send(contract, ("a", "2026-09-10", 1.0))
        line = contract.line_ids.id
        records = [
            {"key": f"{contract.id}-a", "line": line, "day": "2026-09-10", "value": 2.0},
            {"key": "future", "line": line, "day": "2026-11-26"},
            {"key": "below", "line": line, "day": "2026-11-24", "value": -1.0},
            {"key": "fixed", "contract": fixed.name, "day": "2026-11-24"},
            {"key": "early", "line": line, "day": "2026-08-31"},
            {"key": "fine", "contract": contract.name, "day": "2026-11-24"},
        ]
        with self.assertRaises(UserError) as caught:
            self.usage.record(records)
        told = str(caught.exception)
        for place, word in enumerate(
            ("another content", "not come yet", "below zero", "not billed by usage", "not in force")
        ):
            self.assertRegex(told, rf"records\[{place}\].*{word}")
        self.assertEqual(contract.usage_count, 1)
        self.assertEqual(self.usage.record(records[5:]), {"new": 1, "repeated": 0}, "by the contract's number")
        for broken in ({"line": line, "day": "2026-11-24"}, {"key": "k", "line": line}, {"key": "k", "day": "24/11"}):
            with self.assertRaisesRegex(UserError, "needs a key"):
                self.usage.record([broken])

    def test_a_spreadsheet_twice_counts_once(self):
        contract = self.metered()
        names = ["key", "line_id/.id", "day", "value"]
        rows = [[f"{contract.id}-{row}", str(contract.line_ids.id), "2026-11-03", "2.5"] for row in range(3)]
        self.assertEqual(len(self.usage.load(names, rows)["ids"]), 3)
        self.assertEqual(len(self.usage.load(names, rows)["ids"]), 3)
        self.assertEqual(sum(self.usage.search([("contract_id", "=", contract.id)]).mapped("value")), 7.5)
        broken = self.usage.load(names, [[f"{contract.id}-9", rows[0][1], "2027-01-01", "1"]])
        self.assertIn("not come yet", broken["messages"][0]["message"])

    def test_a_price_that_billed_stays(self):
        contract = self.metered()
        self.send(contract, ("a", "2026-09-10", 10.0))
        self.run_on("2026-10-01", contract)
        ours = self.calls.with_user(self.manager)
        for act in (
            lambda: ours.write({"minimum": 9.0}),
            lambda: ours.tier_ids[0].write({"price": 9.0}),
            lambda: ours.tier_ids[0].unlink(),
            lambda: contract.line_ids.write({"usage_plan_id": False}),
            lambda: self.usage.search([], limit=1).sudo().write({"value": 3.0}),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                act()
        ours.copy({"name": "Chamadas 2027", "minimum": 9.0})
        with self.assertRaisesRegex(ValidationError, "tier"):
            self.plan(model="volume")
        with self.assertRaisesRegex(UserError, "arrears"):
            self.contract(0.0, line={"usage_plan_id": self.calls.id, "billing": "advance"})

    def test_rights_and_companies(self):
        contract = self.metered()
        self.send(contract, ("a", "2026-09-10", 10.0))
        mine = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        seller = new_test_user(self.superuser(), "usage_seller", "sales_team.group_sale_salesman", **mine)
        self.assertFalse(self.usage.with_user(seller).search([]), "of somebody else's contracts")
        contract.user_id = seller
        self.assertTrue(self.usage.with_user(seller).search([]))
        record = {"key": "x", "line": contract.line_ids.id, "day": "2026-11-24"}
        with self.assertRaises(AccessError):
            self.usage.with_user(seller).record([record])
        with self.assertRaises(AccessError):
            self.usage.search([]).unlink()
        other = self.make_company("Outra Ltda", "12345678000195", "MG")
        abroad = new_test_user(
            self.superuser(),
            "usage_other",
            "account.group_account_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        theirs = self.usage.with_user(abroad).with_context(allowed_company_ids=other.ids)
        with self.assertRaisesRegex(UserError, "does not exist"):
            theirs.record([record])
        self.assertFalse(theirs.search([]))

    def test_ten_thousand_records_cost_few_queries(self):
        contract = self.metered()
        line = contract.line_ids.id
        records = [{"key": f"{contract.id}-{n}", "line": line, "day": "2026-11-03"} for n in range(10_000)]
        before = self.cr.sql_log_count
        self.usage.record(records)
        self.assertLess(self.cr.sql_log_count - before, 40)
        self.assertEqual(contract._used()[line][0].value, 10_000)
