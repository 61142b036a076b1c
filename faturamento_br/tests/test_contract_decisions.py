"""What somebody sees and decides about contracts: the dry run, old periods, leaving early."""

from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .contracts_common import ContractsCase, day


@tagged("post_install", "-at_install")
class TestContractDecisions(ContractsCase):
    def forecast(self, on):
        """The rows of a dry run on that day, by contract."""
        before = [self.env[name].search_count([]) for name in ("account.move", "faturamento_br.contract.period")]
        wizard = self.env["faturamento_br.contract.forecast.wizard"].create({"day": on})
        rows = self.env["faturamento_br.contract.forecast"].search(wizard.action_show()["domain"])
        after = [self.env[name].search_count([]) for name in ("account.move", "faturamento_br.contract.period")]
        self.assertEqual(after, before, "nothing is kept")
        return rows.grouped("contract_id")

    def test_dry_run_says_what_and_why_not(self):
        good, bad = self.contract(100.0, 50.0), self.contract(200.0)
        parked, careful = self.contract(), self.contract(start="2026-06-01", look_back=70)
        parked._park("No account.")
        resting = self.contract(start="2026-12-01")
        self.change(resting, "pause", effective="2026-12-01")
        draft = good.copy({"date_start": "2026-11-01"})
        real = type(good)._move_values

        def broken(this, prepared, lookups):
            if prepared.charges[0][0] == bad:
                this.env.cr.execute("SELECT 1 / 0")
            return real(this, prepared, lookups)

        with patch.object(type(good), "_move_values", broken), self.assertLogs("odoo.sql_db", "ERROR"):
            rows = self.forecast("2026-12-10")
        self.assertEqual(rows[good].mapped("outcome"), ["invoice"] * 4, "two lines, two months")
        self.assertEqual(rows[good].mapped("invoice_total"), [150.0] * 4)
        self.assertEqual(sorted(rows[good].mapped("amount")), [50.0, 50.0, 100.0, 100.0])
        self.assertEqual((rows[bad].outcome, rows[parked].outcome), ("fails", "parked"))
        self.assertIn("division by zero", rows[bad].reason)
        self.assertEqual(rows[parked].reason, "No account.")
        self.assertEqual((rows[resting].outcome, rows[draft].outcome), ("paused", "draft"))
        self.assertEqual(rows[careful].mapped("outcome"), ["held"] * 4 + ["invoice"] * 3)
        self.assertFalse(bad.parked, "it was only rehearsed")
        billed = self.run_on("2026-12-10", good)
        self.assertEqual(billed.mapped("amount_total"), [150.0, 150.0], "as it said")

    def test_old_periods_are_billed_or_given_up(self):
        contract = self.contract(start="2026-08-01", look_back=60)
        self.run_on("2026-11-25", contract)
        self.assertEqual(contract.held_count, 2, "August and September")
        wizard = self.env["faturamento_br.contract.held.wizard"]
        wizard = wizard.with_context(default_contract_id=contract.id).create({"why": "agreed by phone"})
        with self.assertRaisesRegex(UserError, "at least one"), self.cr.savepoint():
            wizard.action_apply()
        wizard.line_ids[0].decision = "give_up"
        wizard.line_ids[1].decision = "bill"
        action = wizard.action_apply()
        move = self.env["account.move"].browse(action["res_id"])
        self.assertEqual((move.amount_untaxed, move._fbr_periods().start), (310.0, day("2026-09-01")))
        given_up = contract.period_ids.filtered("given_up")
        self.assertEqual((given_up.start, given_up.move_id.ids), (day("2026-08-01"), []))
        self.assertEqual((contract.held_count, contract.activity_ids.ids), (0, []))
        self.assertFalse(self.run_on("2026-11-25", contract), "never again")

    def test_leaving_early_costs_what_was_agreed(self):
        with freeze_time("2026-09-20 15:00:00"):
            contract = self.contract(
                100.0, start="2026-01-01", minimum_count=12, notice_days=30, fine=1200.0, billed_elsewhere="2026-10-01"
            )
            wizard = self.env["faturamento_br.contract.change.wizard"].create(
                {"contract_id": contract.id, "action": "end", "when": "day", "effective": "2026-10-01", "why": "moves"}
            )
            self.assertEqual((wizard.free_end, wizard.leaves_early), (day("2027-01-01"), True))
            self.assertEqual(wizard.fine, 302.47, "as in docs/contratos.md")
            wizard.action_change()
        fine = contract.fine_move_id
        self.assertEqual((fine.state, fine.amount_total, fine.invoice_origin), ("draft", 302.47, contract.name))
        self.assertFalse(fine.invoice_line_ids.tax_ids)
        self.assertEqual(contract._invoices(), fine)
        late = self.contract(100.0, start="2025-01-01", minimum_count=12, fine=1200.0, billed_elsewhere="2026-11-01")
        self.change(late, "end", effective="2026-12-01")
        self.assertFalse(late.fine_move_id, "the minimum term is over")

    def test_a_salesperson_sees_no_dry_run(self):
        seller = new_test_user(self.env(su=True), "forecast_seller", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.env["faturamento_br.contract.forecast.wizard"].with_user(seller).create({"day": "2026-12-10"})
