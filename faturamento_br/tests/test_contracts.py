from unittest.mock import patch

import pytest
from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from psycopg2 import IntegrityError

from .contracts_common import ContractsCase, day

RUN = "odoo.addons.faturamento_br.models.contract_run"


@tagged("post_install", "-at_install")
class TestContracts(ContractsCase):
    """What a contract bills in Odoo; the arithmetic itself is proved in tests/billing."""

    def test_three_months_and_nothing_twice(self):
        contract = self.contract(310.0, 50.0, start="2026-10-31", note="Contrato {number}")
        self.assertEqual(contract.next_bill_on, day("2026-11-25"), "late: today")
        invoices = self.run_on("2026-12-31", contract)
        self.assertEqual(invoices.mapped("amount_untaxed"), [360.0] * 3)
        self.assertEqual(len(self.run_on("2026-12-31", contract)), 0, "run again")
        starts = contract.line_ids[0].period_ids.sorted("number").mapped("start")
        self.assertEqual(starts, [day("2026-10-31"), day("2026-11-30"), day("2026-12-31")])
        self.assertEqual(contract.next_bill_on, day("2027-01-31"), "the 31st comes back")
        self.assertIn("Suporte 31/10/2026 a 29/11/2026", invoices.invoice_line_ids.mapped("name"))
        self.assertEqual(contract.invoice_count, 3)
        self.assertEqual(invoices[0].fbr_contract_count, 1)
        self.assertEqual(invoices[0].action_view_fbr_contracts()["res_id"], contract.id)

    @pytest.mark.prove
    def test_catch_up_in_one_invoice_and_old_periods_wait(self):
        together = self.contract(start="2026-08-01", catch_up="together")
        self.assertEqual(self.run_on("2026-11-25", together).mapped("amount_untaxed"), [1240.0])
        careful = self.contract(start="2026-08-01", look_back=40)
        self.assertEqual(len(self.run_on("2026-11-25", careful)), 1)
        self.assertIn("01/08/2026", careful.activity_ids.note)

    def test_the_day_is_the_companys(self):
        contract = self.contract(start="2026-12-01")
        with freeze_time("2026-12-01 02:30:00"):  # 23:30 of 30 November in São Paulo
            self.assertFalse(contract._is_due())
        with freeze_time("2026-12-01 03:30:00"):
            self.assertTrue(contract._is_due())

    def test_a_deleted_draft_gives_its_period_back(self):
        contract = self.contract()
        first = self.run_on("2026-11-25", contract)
        first.unlink()
        self.assertEqual(contract.period_ids.mapped("returned"), [True])
        self.assertIn("Due again", contract.message_ids[0].body)
        self.assertEqual(contract.next_bill_on, day("2026-11-25"))
        again = self.run_on("2026-11-25", contract)
        self.assertEqual(again.amount_untaxed, 310.0)
        again.invoice_line_ids.unlink()
        self.assertEqual(len(self.run_on("2026-11-25", contract)), 1)

    def test_a_cancelled_invoice_gives_its_period_back_once(self):
        contract = self.contract()
        first = self.run_on("2026-11-25", contract)
        first.action_post()
        first.button_draft()
        self.assertFalse(contract.period_ids.returned, "a draft still bills it")
        first.button_cancel()
        self.assertTrue(contract.period_ids.returned)
        first.button_draft()
        self.assertFalse(contract.period_ids.returned, "it counts again")
        first.button_cancel()
        second = self.run_on("2026-11-25", contract)
        self.assertEqual(second.amount_untaxed, 310.0)
        with self.assertRaisesRegex(UserError, "Billed again"):
            first.button_draft()

    def test_the_database_keeps_a_period_unique(self):
        contract = self.contract()
        self.run_on("2026-11-25", contract)
        row = contract.period_ids.sudo()
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            row.copy()
        forgetful = patch.object(type(contract), "_next_parts", lambda *_args: {})
        forgotten = patch.object(type(contract), "_ledgers", lambda self: {one: {} for one in self.ids})
        with forgetful, forgotten, self.assertRaises(IntegrityError), self.cr.savepoint():
            contract._bill()

    # --- Changes ------------------------------------------------------------------------------------------------

    @pytest.mark.prove
    def test_a_dearer_month_is_corrected_by_the_day(self):
        contract = self.contract(100.0, start="2026-03-01")
        with freeze_time("2026-03-05 15:00:00"):
            contract._bill_or_park()
            preview = self.change(contract, price_unit=150.0, effective="2026-03-11", line_id=contract.line_ids.id)
            self.assertRegex(preview, "33[.,]87")
            moves = contract._invoices()
        invoices = self.run_on("2026-03-11", contract)
        self.assertEqual(invoices.amount_untaxed, 33.87)
        self.assertRegex(
            invoices.invoice_line_ids.name, r"^Acerto: [\s\S]*: 21 de 31 dias$"
        )  # as the customer reads it
        self.assertEqual(sum(contract.period_ids.mapped("amount")), 133.87)
        self.assertEqual(contract.change_ids.create_uid, self.env.user)
        self.assertIn("100", contract.change_ids.before)
        self.assertIn("150", contract.change_ids.after)
        self.assertEqual(len(moves), 1)

    def test_an_early_end_is_a_credit_note(self):
        contract = self.contract(100.0, start="2026-03-01")
        self.run_on("2026-03-05", contract)
        with freeze_time("2026-03-06 15:00:00"):
            self.change(contract, "end", effective="2026-03-16")
        credit = self.run_on("2026-03-06", contract)
        self.assertEqual((credit.move_type, credit.amount_untaxed), ("out_refund", 51.61))
        self.assertEqual(contract.state, "ended")
        with self.assertRaisesRegex(UserError, "running|ended"):
            contract.action_start()

    def test_history_and_what_was_signed_stay(self):
        contract = self.contract()
        self.run_on("2026-11-25", contract)
        self.change(contract, "pause", effective="2026-12-01")
        for act in (
            lambda: contract.change_ids.sudo().write({"why": "other"}),
            lambda: contract.change_ids.sudo().unlink(),
            lambda: contract.line_ids.write({"price_unit": 1.0}),
            lambda: contract.line_ids.unlink(),
            lambda: contract.write({"date_start": "2026-01-01"}),
            contract.unlink,
            contract.action_reopen,
            lambda: self.change(contract, "pause", effective="2026-12-05"),
            lambda: self.change(contract, effective="2026-12-05"),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                act()

    def test_everything_wrong_is_told_at_once(self):
        with self.assertRaises(UserError) as caught:
            self.contract(
                0.0, line={"interval_count": 0, "quantity": -1.0, "anchor": "day", "anchor_day": 32, "name": "{who}"}
            )
        for told in ("price must be above zero", "at least one day", "quantity must be", "day 32", "{who}", "Montagem"):
            self.assertIn(told, str(caught.exception))

    # --- Parked -------------------------------------------------------------------------------------------------

    def test_one_bad_contract_among_many_is_parked(self):
        contracts = self.env["faturamento_br.contract"]
        for number in range(10):
            contracts += self.contract(100.0 + number)
        python, sql = contracts[3], contracts[7]
        real = type(contracts)._move_values

        def broken(this, draft, lookups):
            owner = draft.charges[0][0]
            if owner == python:
                raise UserError("The customer has no account.")
            if owner == sql:
                this.env.cr.execute("SELECT 1 / 0")
            return real(this, draft, lookups)

        with patch.object(type(contracts), "_move_values", broken), self.assertLogs(RUN, "ERROR") as logs:
            invoices = self.run_on("2026-11-25", contracts)
        self.assertEqual(len(logs.output), 1)
        self.assertEqual(len(invoices), 8)
        self.assertEqual(contracts.filtered("parked"), python + sql)
        self.assertEqual(python.parked_reason, "The customer has no account.")
        self.assertIn("division by zero", sql.activity_ids.note)
        self.assertFalse(self.run_on("2026-11-25", contracts), "the parked ones wait")
        sql.action_retry()
        self.assertEqual((sql.invoice_count, sql.parked, sql.activity_ids.ids), (1, False, []))

    def test_a_note_that_cannot_be_filled_parks_with_its_reason(self):
        contract = self.contract()
        contract.note = "Mensalidade de {mes}"  # after the start
        with self.assertRaisesRegex(UserError, "{mes}"), self.cr.savepoint():
            contract.action_bill_now()
        self.assertFalse(self.run_on("2026-11-25", contract))
        self.assertIn("{mes}", contract.parked_reason)
        contract.note = "Mensalidade de {month}"
        contract.action_retry()
        self.assertIn("novembro de 2026", str(contract._invoices().narration))

    # --- Rights -------------------------------------------------------------------------------------------------

    def test_rights(self):
        contract = self.contract()
        company = [Command.set(self.company.ids)]
        seller = new_test_user(
            self.env(su=True), "contract_seller", "sales_team.group_sale_salesman",
            company_id=self.company.id, company_ids=company,
        )  # fmt: skip
        own = self.contract(user=seller)
        self.assertEqual(self.env["faturamento_br.contract"].with_user(seller).search([]), own)
        with self.assertRaises(AccessError):
            own.with_user(seller).action_bill_now()
        with self.assertRaises(AccessError):
            contract.period_ids.create({"contract_id": contract.id})
        stranger = new_test_user(self.env(su=True), "contract_stranger", "account.group_account_invoice")
        stranger.write({"company_ids": [Command.set(self.env.ref("base.main_company").ids)], "company_id": 1})
        theirs = self.env["faturamento_br.contract"].with_user(stranger).with_context(allowed_company_ids=[1])
        self.assertFalse(theirs.search([("id", "=", contract.id)]))

    # --- Together and cheap -------------------------------------------------------------------------------------

    def test_contracts_of_one_customer_on_one_invoice(self):
        contracts = self.contract(100.0, grouping="partner") + self.contract(200.0, grouping="partner")
        invoice = self.run_on("2026-11-25", contracts)
        self.assertEqual((len(invoice), invoice.amount_untaxed, invoice.fbr_contract_count), (1, 300.0, 2))

    def test_goods_and_services_are_two_invoices(self):
        contract = self.contract(100.0)
        contract.line_ids.create({"contract_id": contract.id, "product_id": self.chair.id, "price_unit": 500.0})
        invoices = self.run_on("2026-11-25", contract)
        self.assertEqual(sorted(invoices.mapped("amount_untaxed")), [100.0, 500.0])

    @pytest.mark.prove
    def test_due_day_that_banks_do_not_work(self):
        contract = self.contract(due_by="day", due_number=5, due_notice=3)
        self.assertEqual(self.run_on("2026-11-25", contract).invoice_date_due, day("2026-12-07"), "a Saturday")

    def test_queries(self):
        few, many = self.queries_for(5), self.queries_for(20)
        self.assertLessEqual((many - few) / 15, 4.0)

    @pytest.mark.prove
    def test_queries_of_many(self):
        self.assertLessEqual(self.queries_for(100) / 100, 4.0)

    def queries_for(self, number):
        """How many queries the run takes for so many contracts."""
        self.run_on("2026-11-25", self.contract(1.0))  # warm
        contracts = self.many(number)
        before = self.cr.sql_log_count
        contracts._bill_or_park()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def many(self, number):
        """So many contracts of three lines, each of a customer of its own."""
        country = self.shop.country_id.id
        customers = [{"name": f"Cliente {place}", "country_id": country} for place in range(number)]
        customers = self.env["res.partner"].create(customers)
        one = self.contract(100.0, 50.0, 10.0)
        contracts = self.env["faturamento_br.contract"].create(
            [one.copy_data({"partner_id": customer.id, "date_start": "2026-11-01"})[0] for customer in customers]
        )
        contracts.action_start()
        self.env.flush_all()
        self.env.invalidate_all()
        return contracts

    @pytest.mark.prove
    def test_one_bad_in_a_hundred_costs_less_than_twice(self):
        """Counted in invoices that are made, also those that are undone: what a run's time is made of."""
        contracts = self.many(100)
        bad = contracts[70]
        moves, made = self.env.registry["account.move"], []
        real = moves.create

        def counting(this, vals_list):
            created = real(this, vals_list)
            made.append(len(created))
            if bad.partner_id in created.partner_id:
                raise UserError("late")
            return created

        with patch.object(moves, "create", counting):
            for chunk in contracts._chunks():
                chunk._bill_or_park()
        self.assertEqual((contracts.filtered("parked"), sum(contracts.mapped("invoice_count"))), (bad, 99))
        self.assertLess(sum(made), 200)

    def test_nobody_moves_the_next_date(self):
        contract = self.contract()
        with self.assertRaisesRegex(UserError, "follows from the lines"):
            contract.write({"next_bill_on": "2027-01-01"})
