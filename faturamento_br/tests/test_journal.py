import pytest
from odoo.fields import Command
from odoo.tests import tagged

from .taxes_common import TaxesCase

# Accounts of l10n_br's chart, as they must be booked.
ICMS, ICMS_DEDUCTION = "2.01.01.09.03", "3.01.01.01.02.03"
PIS, PIS_DEDUCTION = "2.01.01.09.04", "3.01.01.01.02.05"
COFINS, COFINS_DEDUCTION = "2.01.01.09.05", "3.01.01.01.02.04"
IPI = "2.01.01.09.02"


@tagged("post_install", "-at_install")
class TestJournal(TaxesCase):
    """A sale in the books: gross revenue, deductions against liabilities, IPI on top; each to the cent."""

    def expected(self, move):
        lines = move.invoice_line_ids
        return {
            (lines[:1].account_id.code, "product"): -1000.00,
            (ICMS, "tax"): -180.00,
            (ICMS_DEDUCTION, "tax"): 180.00,
            (PIS, "tax"): -13.53,  # 1.65 % of 1000.00 - 180.00
            (PIS_DEDUCTION, "tax"): 13.53,
            (COFINS, "tax"): -62.32,  # 7.6 % of 1000.00 - 180.00
            (COFINS_DEDUCTION, "tax"): 62.32,
            (IPI, "tax"): -50.00,
            (
                move.line_ids.filtered(lambda line: line.display_type == "payment_term").account_id.code,
                "payment_term",
            ): 1050.00,
        }

    def test_sale_of_1000(self):
        move = self.invoice((self.table, 1, 1000.0))
        self.assertEqual(self.journal(move), self.expected(move))
        self.assertEqual((move.amount_untaxed, move.amount_tax, move.amount_total), (1000.00, 50.00, 1050.00))
        line = move.invoice_line_ids
        self.assertEqual((line.price_subtotal, line.price_total), (1000.00, 1050.00))
        self.assertEqual(set(line.tax_ids.mapped("fbr_kind")), {"icms", "pis", "cofins", "ipi"})
        move.action_post()
        self.assertEqual(self.journal(move), self.expected(move))
        totals = move.tax_totals
        self.assertEqual(totals["total_amount"], 1050.00)
        groups = [group["group_name"] for subtotal in totals["subtotals"] for group in subtotal["tax_groups"]]
        self.assertEqual(groups, ["IPI"])

    def test_refund_takes_all_back(self):
        move = self.invoice((self.table, 1, 1000.0), (self.chair, 3, 33.33, 7.0), (self.freight, 1, 10.0))
        move.action_post()
        # The law changes afterwards: what is taken back is what was booked.
        self.operation().sudo().rule_ids.write({"icms_rate": 7.0})
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=move.ids)
        refund = self.env["account.move"].browse(
            wizard.create({"journal_id": move.journal_id.id, "date": "2026-11-25"}).refund_moves()["res_id"]
        )
        reversed_journal = {key: -balance for key, balance in self.journal(move).items()}
        self.assertEqual(refund.state, "draft")
        self.assertEqual(self.journal(refund), reversed_journal)
        self.assertEqual(refund.amount_total, move.amount_total)
        refund.action_post()
        self.assertEqual(self.journal(refund), reversed_journal)

    def test_refund_of_a_part(self):
        """A part refunded has the taxes of its day of sale, on its own amount."""
        move = self.invoice((self.chair, 10, 100.0))
        move.action_post()
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=move.ids)
        refund = self.env["account.move"].browse(
            wizard.create({"journal_id": move.journal_id.id, "date": "2026-11-25"}).refund_moves()["res_id"]
        )
        self.assertEqual(refund._fbr_issue_date(), move.invoice_date)
        refund.invoice_line_ids.quantity = 3
        journal = self.journal(refund)
        self.assertEqual((journal[ICMS, "tax"], journal[ICMS_DEDUCTION, "tax"]), (54.00, -54.00))
        self.assertEqual(refund.amount_total, 300.00)
        refund.action_post()

    def test_booked_amounts_outlive_the_rules(self):
        move = self.invoice((self.table, 1, 1000.0))
        move.action_post()
        before = self.journal(move)
        self.operation().sudo().rule_ids.write({"icms_rate": 7.0})
        self.table.sudo().fbr_ipi_rate = 10.0
        self.env.invalidate_all()
        self.assertEqual(move.tax_totals["total_amount"], 1050.00)
        self.assertEqual(self.journal(move), before)
        self.assertEqual({found.problem.code for found in move._fbr_tax_problems()}, {"taxes_changed"})
        move.button_draft()
        self.assertEqual(move.amount_total, 1100.00)
        self.assertEqual(self.journal(move)[ICMS, "tax"], -70.00)
        self.assertEqual(move._fbr_tax_problems(), [])

    @pytest.mark.prove
    def test_charge_is_revenue_and_shared(self):
        """Freight is no item: its own revenue line, and part of the items' bases."""
        move = self.invoice((self.table, 1, 600.0), (self.chair, 1, 400.0), (self.freight, 1, 100.0))
        self.assertEqual(move.fbr_freight_mode, "0")
        self.assertEqual([str(item.freight) for item in move._fbr_items()], ["60.00", "40.00"])
        journal = self.journal(move)
        self.assertEqual(journal[ICMS, "tax"], -198.00)  # 18 % of 1100.00
        self.assertEqual(journal[IPI, "tax"], -33.00)  # 5 % of 660.00
        self.assertEqual(move.amount_total, 1133.00)
        # Another freight alone changes taxes of other lines.
        freight = move.invoice_line_ids.filtered(lambda line: line.product_id == self.freight)
        move.write({"invoice_line_ids": [Command.update(freight.id, {"price_unit": 200.0})]})
        self.assertEqual(self.journal(move)[ICMS, "tax"], -216.00)
        self.assertEqual(move.amount_total, 1236.00)
        move.write({"invoice_line_ids": [Command.delete(freight.id)]})
        self.assertEqual(self.journal(move)[ICMS, "tax"], -180.00)
        self.assertEqual((move.fbr_freight_mode, move.amount_total), ("9", 1030.00))

    def test_manual_tax_amount_does_not_stay(self):
        """Whoever edits a tax line gets the core's amount back: books and NF-e cannot differ."""
        move = self.invoice((self.chair, 1, 1000.0))
        line = move.line_ids.filtered(lambda line: line.account_id.code == ICMS)
        move.write({"line_ids": [Command.update(line.id, {"balance": -100.0, "amount_currency": -100.0})]})
        self.assertEqual(self.journal(move)[ICMS, "tax"], -180.00)
        move.invoice_line_ids.tax_ids = [Command.clear()]
        self.assertEqual(self.journal(move)[ICMS, "tax"], -180.00)
        self.assertEqual(len(move.invoice_line_ids.tax_ids), 3)
