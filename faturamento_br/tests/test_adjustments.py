"""Reajuste: seen first, approved in mass, told to the customers, taken back; the months used are kept."""

from unittest.mock import Mock, patch

import requests
from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from psycopg2 import IntegrityError

from .contracts_common import ContractsCase, day

# The year of docs/contratos.md.
IPCA = (0.21, 0.25, 0.07, -0.31, -0.38, 0.26, 0.36, 0.24, 0.64, 0.86, 0.89, 1.35)
GET = "odoo.addons.faturamento_br.models.index_value.requests.get"


@tagged("post_install", "-at_install")
class TestAdjustments(ContractsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.user_of("adjustment_manager", "account.group_account_manager")
        cls.values = cls.env["faturamento_br.index_value"].with_user(cls.manager)
        cls.values.create(
            [
                {
                    "index": "IPCA",
                    "month": f"2020-{month:02}-15",
                    "percent": percent,
                    "source": "IBGE",
                    "read_on": "2021-01-20",
                }
                for month, percent in enumerate(IPCA, 1)
            ]
        )
        cls.shop.sudo().email = "compras@loja.example"

    @classmethod
    def user_of(cls, login, groups):
        companies = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        return new_test_user(cls.superuser(), login, groups, **companies)

    def yearly(self, *prices, start="2020-02-10", **values):
        return self.contract(*prices or (1000.0,), start=start, adjust_index="IPCA", **values)

    def proposed(self, contracts):
        return self.env["faturamento_br.adjustment"].search(contracts.action_prepare_adjustments()["domain"])

    def test_the_years_example_is_approved_billed_told_and_taken_back(self):
        with freeze_time("2021-02-01 15:00:00"):
            contract = self.yearly(billed_elsewhere="2021-02-10")
            self.assertEqual(contract.adjust_on, day("2021-02-10"))
            proposal = self.proposed(contract)
            line = proposal.line_ids
            self.assertEqual((line.price_before, line.price_after), (1000.0, 1045.17))
            self.assertEqual((proposal.accumulated, proposal.monthly_after), (4.5173, 1045.17))
            self.assertEqual([value["month"] for value in line.months][::11], ["2020-01-01", "2020-12-01"])
            self.assertRegex(line.months_text, r"12/2020: 1[.,]35 % \(IBGE, read on")
            self.assertFalse(contract.change_ids, "nothing is agreed by looking")
            proposal.action_approve()
            self.assertEqual((proposal.state, proposal.approved_by_id), ("approved", self.env.user))
            self.assertEqual(contract.adjust_on, day("2022-02-10"), "the year counts again")
            self.assertIn("4.5173", contract.message_ids[0].body)
            proposal.action_send_letters()
            letter = self.env["mail.mail"].sudo().search([("res_id", "=", proposal.id), ("model", "=", proposal._name)])
            self.assertIn("1.045,17", letter.body_html.replace("1,045.17", "1.045,17"))
            self.assertIn("12/2020", letter.body_html)
            self.assertTrue(proposal.letter_sent_on)
        self.assertEqual(self.run_on("2021-02-10", contract).amount_untaxed, 1045.17)
        with freeze_time("2021-02-11 15:00:00"):
            proposal.action_undo()
            self.assertEqual((proposal.state, contract.adjust_on), ("undone", day("2021-02-10")))
        credit = self.run_on("2021-02-11", contract)
        self.assertEqual((credit.move_type, credit.amount_untaxed), ("out_refund", 45.17))

    def test_floor_cap_fall_and_a_fixed_percentage(self):
        self.values.search([("month", "<", "2020-09-01")]).percent = -1.0
        cases = (
            ({"adjust_with_cap": True, "adjust_cap": 4.0, "adjust_with_floor": True, "adjust_floor": 3.0}, 1030.0),
            ({"adjust_negative": "keep"}, 1000.0),
            ({"adjust_negative": "apply"}, 957.73),
            ({"adjust_index": "fixed", "adjust_percent": 7.5}, 1075.0),
        )
        with freeze_time("2021-02-01 15:00:00"):
            contracts = [
                self.contract(1000.0, start="2020-02-10", **{"adjust_index": "IPCA", **values}) for values, _ in cases
            ]
            for contract, (values, price) in zip(contracts, cases, strict=True):
                with self.subTest(**values):
                    self.assertEqual(self.proposed(contract).line_ids.price_after, price)

    def test_all_of_the_month_in_one_act_and_none_when_one_is_wrong(self):
        with freeze_time("2021-02-01 15:00:00"):
            contracts = self.env["faturamento_br.contract"]
            for number in range(20):
                contracts += self.yearly(100.0 + number, start=f"2020-02-{number + 1:02}")
            self.yearly(start="2020-03-01")
            model = self.env["faturamento_br.adjustment"]
            due = model.search(model.action_prepare_due()["domain"])
            self.assertEqual(due.contract_id, contracts)
            self.assertEqual(due, model.search([("state", "=", "draft")]), "prepared again, not twice")
            december = self.values.search([("month", "=", "2020-12-01")])
            december.month = "2019-12-01"
            lacking = self.proposed(contracts[0])
            december.month = "2020-12-01"
            self.assertIn("12/2020", lacking.problem)
            due = model.search([("state", "=", "draft")])
            with self.assertRaisesRegex(UserError, "Nothing was approved"):
                due.action_approve()
            self.assertFalse(contracts.change_ids)
            (due - lacking).action_approve()
            self.assertEqual(len(contracts.change_ids), 19)
            with self.assertRaisesRegex(UserError, "approved"):
                due.action_approve()

    def test_what_changed_since_it_was_shown_is_not_approved(self):
        with freeze_time("2021-02-01 15:00:00"):
            contract = self.yearly()
            proposal = self.proposed(contract)
            self.values.search([("month", "=", "2020-12-01")]).percent = 1.36
            with self.assertRaisesRegex(UserError, "Prepare it again"):
                proposal.action_approve()
            self.proposed(contract).action_approve()
            used = contract.adjustment_ids.line_ids.months[-1]
            self.values.search([]).unlink()
            self.assertEqual((used["percent"], used["source"]), ("1.36", "IBGE"), "kept")

    def test_never_under_twelve_months(self):
        with self.assertRaisesRegex(ValidationError, "less than a year"):
            self.yearly(date_end="2020-12-31")
        with freeze_time("2021-02-01 15:00:00"):
            contract = self.yearly()
            self.change(contract, price_unit=1100.0, effective="2020-06-10")
            self.assertEqual(contract.adjust_on, day("2021-06-10"), "counted again from the revision")
            later = self.yearly(adjust_agreed="2020-10-05")
            self.assertEqual(later.adjust_on, day("2021-10-05"))
        with freeze_time("2021-04-20 15:00:00"):  # it was missed: with the next period, and no month is left out
            self.values.create(
                [
                    {"index": "IPCA", "month": f"2021-{month:02}-01", "percent": 0.5, "source": "IBGE"}
                    for month in (1, 2, 3, 4)
                ]
            )
            missed = self.proposed(self.yearly())
            self.assertEqual(missed.effective, day("2021-05-10"))
            self.assertEqual(len(missed.line_ids.months), 15)

    def test_the_later_one_is_taken_back_first(self):
        with freeze_time("2021-02-01 15:00:00"):
            contract = self.contract(1000.0, start="2020-02-10", adjust_index="fixed", adjust_percent=10.0)
            first = self.proposed(contract)
            first.action_approve()
            second = self.proposed(contract)
            second.action_approve()
            self.assertEqual((second.effective, second.line_ids.price_after), (day("2022-02-10"), 1210.0))
            with self.assertRaisesRegex(UserError, "later adjustment"):
                first.action_undo()
            (second + first).action_undo()
            self.assertEqual(contract.adjust_on, day("2021-02-10"))

    def test_rights_and_companies(self):
        with freeze_time("2021-02-01 15:00:00"):
            contract = self.yearly()
            proposal = self.proposed(contract)
            seller = self.user_of("adjustment_seller", "sales_team.group_sale_salesman")
            contract.user_id = seller
            proposal.invalidate_recordset()
            theirs = proposal.with_user(seller)
            self.assertEqual(theirs.line_ids.price_after, 1045.17)
            for act in (
                theirs.action_approve,
                contract.with_user(seller).action_prepare_adjustments,
                lambda: proposal.write({"applied": 9.0}),
                lambda: self.values.with_user(self.env.user).create({"index": "IPCA", "month": "2021-01-01"}),
            ):
                with self.assertRaises(AccessError), self.cr.savepoint():
                    act()
            proposal.action_approve()
            with self.assertRaisesRegex(UserError, "not deleted"):
                proposal.unlink()

    def test_a_letter_needs_an_address(self):
        with freeze_time("2021-02-01 15:00:00"):
            self.shop.sudo().email = False
            proposal = self.proposed(self.yearly())
            proposal.action_approve()
            with self.assertRaisesRegex(UserError, "Loja Paulista"):
                proposal.action_send_letters()

    # --- The table ----------------------------------------------------------------------------------------------

    def test_a_value_is_checked_and_unique(self):
        value = {"index": "INPC", "month": "2020-05-31", "percent": 0.1, "source": "IBGE", "read_on": "2020-06-12"}
        self.assertEqual(self.values.create(value).month, day("2020-05-01"))
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.values.create({**value, "month": "2020-05-02"})
        for wrong in ({"percent": -100.0}, {"month": "2020-07-01"}):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.values.create({**value, "index": "IGP-M", **wrong})

    def test_the_table_comes_from_a_spreadsheet(self):
        rows = [["IGP-M", "2020-01-01", "0.48", "FGV", "2020-02-03"], ["IGP-M", "2020-02-01", "x", "FGV", "2020-03-03"]]
        names = ["index", "month", "percent", "source", "read_on"]
        told = self.values.load(names, rows)
        self.assertFalse(told["ids"])
        self.assertEqual(told["messages"][0]["rows"]["from"], 1)
        self.assertTrue(self.values.load(names, rows[:1])["ids"])

    def test_the_central_bank_adds_what_is_missing(self):
        answers = {
            "433": b'[{"data": "01/12/2020", "valor": "9.99"}, {"data": "01/01/2021", "valor": "0.25"}]',
            "189": b"[]",
        }

        def get(address, **_options):
            number = address.split("bcdata.sgs.")[1].split("/")[0]
            return Mock(content=answers[number], raise_for_status=lambda: None)

        with freeze_time("2021-02-11 15:00:00"), patch(GET, get):
            self.values.action_read_central_bank()
            self.values.action_read_central_bank()
        january, december = self.values.search([("month", ">=", "2020-12-01")])
        self.assertEqual((january.percent, january.source, january.read_on), (0.25, "BCB, SGS 433", day("2021-02-11")))
        self.assertEqual((december.percent, december.source), (1.35, "IBGE"), "what somebody read stays")
        answers["189"] = b"<html>maintenance</html>"
        with patch(GET, get), self.assertRaisesRegex(UserError, "not a list of months"):
            self.values.action_read_central_bank()
        with (
            patch(GET, side_effect=requests.ConnectionError("no way out")),
            self.assertRaisesRegex(UserError, "no way out"),
        ):
            self.values.action_read_central_bank()
