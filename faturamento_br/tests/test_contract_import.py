"""Contracts from a spreadsheet, with what is wrong told by row; and from OCA's contract."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.contract_import import from_oca
from .contracts_common import ContractsCase, day

FIELDS = [
    *("partner_id/.id", "date_start", "billed_elsewhere"),
    *("line_ids/product_id/.id", "line_ids/price_unit", "line_ids/interval_unit", "line_ids/quantity"),
]


@tagged("post_install", "-at_install")
class TestContractImport(ContractsCase):
    def rows(self, *lines):
        """A contract's first row names it, the others only have a line."""
        product, customer = str(self.assembly.id), str(self.shop.id)
        return [
            [customer, "2026-01-31", "2026-11-01", product, *line] if first else ["", "", "", product, *line]
            for first, *line in lines
        ]

    def test_rows_become_contracts(self):
        rows = self.rows((True, "100", "month", "1"), (False, "1200", "year", "1"), (True, "50", "month", "2"))
        result = self.env["faturamento_br.contract"].load(FIELDS, rows)
        self.assertFalse(result["messages"])
        first, second = contracts = self.env["faturamento_br.contract"].browse(result["ids"])
        self.assertEqual(contracts.mapped("state"), ["draft", "draft"])
        self.assertEqual(first.line_ids.mapped("interval_unit"), ["month", "year"])
        contracts.action_start()
        self.assertEqual((first.next_bill_on, second.next_bill_on), (day("2026-11-30"), day("2026-11-30")))
        self.assertEqual(self.run_on("2026-11-30", contracts).mapped("amount_untaxed"), [100.0, 100.0])

    def test_every_wrong_row_is_told_and_nothing_is_kept(self):
        before = self.env["faturamento_br.contract"].search_count([])
        rows = self.rows((True, "100", "month", "1"), (True, "0", "month", "-1"), (True, "50", "fortnight", "1"))
        told = self.env["faturamento_br.contract"].load(FIELDS, rows)
        self.assertFalse(told["ids"])
        text = "\n".join(each["message"] for each in told["messages"])
        self.assertRegex(text, "Row 3: .*price must be above zero")
        self.assertRegex(text, "Row 3: .*quantity must be")
        self.assertIn("fortnight", text)
        self.assertEqual(self.env["faturamento_br.contract"].search_count([]), before)

    def test_from_oca(self):
        with self.assertRaisesRegex(UserError, "not installed"):
            self.env["faturamento_br.contract"]._take_over_from_oca()
        theirs = {
            "id": 7,
            "company_id": (self.company.id, ""),
            "partner_id": (self.shop.id, ""),
            "invoice_partner_id": False,
            "user_id": False,
            "currency_id": (self.company.currency_id.id, ""),
            "payment_term_id": False,
        }
        line = {
            "contract_id": (7, ""),
            "product_id": (self.assembly.id, ""),
            "name": "Suporte {x} #START# a #END#",
            "quantity": 2.0,
            "price_unit": 100.0,
            "discount": 0.0,
            "uom_id": False,
            "recurring_rule_type": "monthly",
            "recurring_interval": 1,
            "recurring_invoicing_type": "pre-paid",
            "date_start": date(2026, 1, 31),
            "date_end": False,
            "last_date_invoiced": date(2026, 11, 29),
        }
        never = {**line, "last_date_invoiced": False, "recurring_rule_type": "monthlylastday"}
        over = {**line, "date_end": date(2026, 3, 31)}
        text = {**line, "product_id": False}
        contracts = self.env["faturamento_br.contract"].create(
            from_oca([theirs], [line, never, over, text], date(2026, 11, 25))
        )
        self.assertEqual(contracts.mapped("billed_elsewhere"), [False, day("2026-11-30")])
        self.assertEqual(contracts.mapped("origin"), ["contract.contract,7"] * 2)
        goes_on = contracts[1]
        goes_on.action_start()
        self.assertEqual(goes_on.next_bill_on, day("2026-11-30"), "the 31st of a month of 30 days")
        name = self.run_on("2026-11-30", goes_on).invoice_line_ids.name
        self.assertEqual(name, "Suporte {x} 30/11/2026 a 30/12/2026")
