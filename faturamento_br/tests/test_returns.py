from decimal import Decimal

import pytest
from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .returns_common import ReturnsCase


@tagged("post_install", "-at_install")
class TestReturns(ReturnsCase):
    """Credit notes of authorized NF-e, by an ordinary billing user."""

    def test_a_consumer_gives_all_back(self):
        move = self.invoice(
            (self.table, 2, 250.0, 3.0), (self.chair, 3, 33.33), (self.freight, 1, 10.0), partner=self.person
        )
        sold = self.authorized(move)
        # The law and the goods change afterwards: what comes back is what was sold.
        self.operation().sudo().rule_ids.write({"icms_rate": 7.0})
        self.table.sudo().write({"fbr_ipi_rate": 10.0, "fbr_ncm": "94016100"})
        back = self.refund(move)
        self.assertEqual((back.fbr_operation_id.ready_key, back.fbr_issued_by), ("return_resale", "company"))
        self.assertIn("documents what comes back by an NF-e of entry", back.alerts["fbr_return"]["message"])
        self.assertEqual(self.journal(back), {key: -balance for key, balance in self.journal(move).items()})
        taxed = self.authorized(back)
        self.assertEqual(back.name, back.fbr_document_id.display_name)
        invoice = taxed.invoice
        self.assertEqual((invoice.kind, invoice.purpose, invoice.destination), ("0", "4", "1"))
        self.assertEqual(invoice.references, (move.fbr_document_id.access_key,))
        self.assertEqual([item.item.cfop for item in taxed.items], ["1202", "1202"])
        self.assertEqual([item.item.ncm for item in taxed.items], [item.item.ncm for item in sold.items])
        self.assertEqual([item.amounts for item in taxed.items], [item.amounts for item in sold.items])
        self.assertEqual(taxed.items[0].ipi.cst, "00")
        self.assertEqual((back.payment_state, move.payment_state), ("paid", "reversed"))

    @pytest.mark.prove
    def test_piece_by_piece(self):
        """Three credit notes, each rounded by itself, are together the invoice; a fourth has nothing left."""
        move = self.invoice((self.table, 3, 33.35, 1.0), (self.chair, 3, 0.37), partner=self.person)
        sold = self.authorized(move)
        pieces = []
        for _number in range(3):
            back = self.refund(move, (1, 1))
            pieces.append((back, self.authorized(back)))
        for place, item in enumerate(sold.items):
            for tag, value in item.amounts.items():
                self.assertEqual(sum(taxed.items[place].amounts[tag] for _move, taxed in pieces), value, tag)
        self.assertAlmostEqual(sum(each.amount_total for each, _taxed in pieces), move.amount_total)
        self.assertEqual(move.invoice_line_ids.mapped("fbr_quantity_returned"), [3.0, 3.0])
        self.assertEqual(move.amount_residual, 0.0)
        with self.assertRaisesRegex(UserError, "only 0 of the 3 sold are left"):
            self.refund(move).action_post()

    def test_never_more_than_was_sold(self):
        move = self.invoice((self.chair, 3, 100.0), (self.freight, 1, 30.0), partner=self.person)
        self.authorized(move)
        back = self.refund(move, (4, 1))
        with self.assertRaisesRegex(UserError, "4 of Cadeira would come back, and only 3 of the 3 sold are left"):
            back.action_post()
        self.keep(back, (2, 1))
        with self.assertRaisesRegex(UserError, "at most 20.00 belong to it"):
            back.action_post()
        back.invoice_line_ids[1].price_unit = 20.0
        back.invoice_line_ids[0].price_unit = 90.0
        with self.assertRaisesRegex(UserError, "another price or discount"):
            back.action_post()
        back.invoice_line_ids[0].price_unit = 100.0
        back.invoice_line_ids[0].product_id = self.table
        with self.assertRaisesRegex(UserError, "is not on NFe"):
            back.action_post()

    def test_a_contributor_issues_their_own(self):
        move = self.invoice((self.table, 2, 250.0))
        self.authorized(move)
        back = self.refund(move)
        self.assertEqual(back.fbr_issued_by, "partner")
        self.assertIn("NF-e of their own", back.alerts["fbr_return"]["message"])
        for key, said in (
            (False, "own NF-e of return is missing"),
            (self.key_of()[:-1] + "0", "own NF-e of return is missing"),
            (self.key_of("11444777000161"), "is of 11444777000161, not of Loja Paulista"),
            (self.key_of("11222333000181"), "of your own company"),
            (self.key_of(model="65"), "not of an NF-e"),
        ):
            with self.subTest(said):
                back.fbr_partner_key = key
                with self.assertRaisesRegex(UserError, said):
                    back.action_post()
        back.fbr_partner_key = " ".join(self.key_of()[i : i + 4] for i in range(0, 44, 4))
        self.assertEqual(back.fbr_partner_key, self.key_of())
        back.action_post()
        self.assertEqual((back.state, back.fbr_document_ids.ids, back.fbr_can_issue), ("posted", [], False))
        self.assertEqual(self.journal(back), {key: -balance for key, balance in self.journal(move).items()})
        with self.assertRaisesRegex(UserError, "customer issued the NF-e"):
            back.action_fbr_issue()
        self.assertEqual(self.env["account.move"].search([("fbr_partner_key", "=", self.key_of())]), back)

    @pytest.mark.prove
    def test_numbers_of_nfe_belong_to_nfe(self):
        """A credit note that only the books know takes none: the next invoice finds its number free."""
        move = self.invoice((self.chair, 1, 100.0), partner=self.carioca)
        self.authorized(move)
        names = []
        for _number in range(2):
            back = self.invoice((self.chair, 1, 100.0), partner=self.person, move_type="out_refund")
            back.action_post()
            names.append(back.name)
        self.assertEqual(names, ["DEV 2026/00001", "DEV 2026/00002"])
        after = self.invoice((self.chair, 1, 100.0), partner=self.carioca)
        after.action_post()
        self.assertEqual(after.fbr_document_id.number, move.fbr_document_id.number + 1)

    @pytest.mark.prove
    def test_refused_on_delivery(self):
        """Goods that a contributor refused never were theirs: our NF-e of entry takes them back."""
        move = self.invoice((self.table, 2, 250.0), partner=self.carioca)
        self.authorized(move)
        back = self.refund(move)
        back.fbr_issued_by = "company"
        self.assertIn("refused on delivery", back.alerts["fbr_return"]["message"])
        taxed = self.authorized(back)
        self.assertEqual((taxed.invoice.destination, taxed.items[0].item.cfop), ("2", "2202"))

    def offered(self, move):
        """The dialog that cancels the NF-e of ``move``, as who has the right to cancel opens it."""
        self.user.sudo().group_ids += self.env.ref("faturamento_br.group_cancel")
        action = move.action_fbr_cancel_document()
        return self.env[action["res_model"]].browse(action["res_id"])

    @pytest.mark.prove
    def test_offered_when_it_is_too_late_to_cancel(self):
        """Past the state's last moment the same dialog makes the return; in time it does not offer it."""
        move = self.invoice((self.table, 2, 250.0), (self.chair, 1, 100.0), partner=self.person)
        self.authorized(move)
        move.fbr_document_id.sudo().authorized_at = "2026-11-25 14:00:00"
        wizard = self.offered(move)
        self.assertFalse(wizard.may_return)
        with self.assertRaisesRegex(UserError, "can still be cancelled"):
            wizard.action_return()
        with freeze_time("2026-12-28 15:00:00"):
            wizard = self.offered(move)
            self.assertEqual((wizard.may_return, wizard.returned_by), (True, "company"))
            self.assertIn("NF-e of entry", wizard.return_told)
            back = self.env["account.move"].browse(wizard.action_return()["res_id"])
        self.assertEqual((back.reversed_entry_id, back.state, back.fbr_issued_by), (move, "draft", "company"))
        self.assertEqual(back.invoice_line_ids.mapped("quantity"), [2.0, 1.0])

    @pytest.mark.prove
    def test_offered_when_sefaz_refuses_to_cancel(self):
        """A receipt confirmed by the contributor: their own NF-e, whose key is recorded in the same dialog."""
        move = self.invoice((self.table, 2, 250.0))
        self.authorized(move)
        document = move.fbr_document_id.sudo()
        document.authorized_at = "2026-11-25 14:00:00"
        event = {"document_id": document.id, "code": "110111", "text": "x" * 20, "signed_xml": "AA=="}
        refusal = {"state": "rejected", "cStat": "221", "xMotivo": "Rejeição: recebimento confirmado"}
        self.env["faturamento_br.event"].sudo().create({**event, **refusal})
        wizard = self.offered(move)
        self.assertEqual((wizard.may_return, wizard.returned_by, wizard.refused), (True, "partner", ""))
        self.assertIn("221 Rejeição: recebimento confirmado", wizard.return_told)
        self.assertIn("Loja Paulista is an ICMS contributor", wizard.return_told)
        wizard.partner_key = self.key_of()
        back = self.env["account.move"].browse(wizard.action_return()["res_id"])
        back.action_post()
        self.assertEqual((back.fbr_partner_key, back.fbr_document_ids.ids), (self.key_of(), []))

    @pytest.mark.prove
    def test_sold_by_another_system(self):
        """Without the invoice, the key of its NF-e and the rules of the return make our NF-e of entry."""
        back = self.invoice((self.chair, 1, 100.0), partner=self.person, move_type="out_refund")
        self.assertFalse(back.fbr_needs_document)
        back.fbr_references = self.key_of("11222333000181")
        self.assertTrue(back.fbr_needs_document)
        taxed = self.authorized(back)
        self.assertEqual((taxed.invoice.purpose, taxed.items[0].item.cfop), ("4", "1202"))
        self.assertEqual(self.journal(back)["3.01.01.01.02.03", "tax"], -18.0)

    def test_december_comes_back_in_january(self):
        with freeze_time("2026-12-31 15:00:00"):
            move = self.invoice((self.chair, 1, 1000.0), partner=self.person, invoice_date="2026-12-31")
            sold = self.authorized(move)
        with freeze_time("2027-01-04 15:00:00"):
            back = self.refund(move)
            back.write({"invoice_date": "2027-01-04", "date": "2027-01-04"})
            taxed = self.authorized(back)
        self.assertEqual(taxed.invoice.issued_at.year, 2027)
        self.assertEqual([item.amounts for item in taxed.items], [item.amounts for item in sold.items])

    def test_a_debit_note_completes_the_invoice(self):
        """A price that was too low: a complementary NF-e with the rates of the sale, which refers to it."""
        move = self.invoice((self.chair, 1, 900.0), partner=self.person)
        move.action_post()
        wizard = self.env["account.debit.note"].with_context(active_model="account.move", active_ids=move.ids)
        early = self.env["account.move"].browse(wizard.create({"date": "2026-11-25"}).create_debit()["res_id"])
        early.write({"invoice_line_ids": [Command.create(self.line(self.chair, 1, 100.0))]})
        with self.assertRaisesRegex(UserError, "no authorized NF-e that a debit note could complete"):
            early.action_post()
        early.unlink()
        self.authorized(move)
        made = wizard.create({"date": "2026-11-25"}).create_debit()
        debit = self.env["account.move"].browse(made["res_id"])
        self.assertEqual(debit.fbr_operation_id.ready_key, "complement")
        debit.write({"invoice_line_ids": [Command.create(self.line(self.chair, 1, 100.0))]})
        debit.fbr_operation_id = self.operation()
        with self.assertRaisesRegex(UserError, "is issued as a complementary one"):
            debit.action_post()
        debit.fbr_operation_id = move._fbr_complement_operation()
        taxed = self.authorized(debit)
        self.assertEqual(
            (taxed.invoice.kind, taxed.invoice.purpose, taxed.totals["vICMS"]), ("1", "2", Decimal("18.00"))
        )
        self.assertEqual(taxed.invoice.references, (move.fbr_document_id.access_key,))

    @pytest.mark.prove
    def test_an_invoice_that_was_never_issued(self):
        """Its credit note only undoes it in the books, and says so."""
        move = self.invoice((self.table, 1, 1000.0), partner=self.person)
        move.action_post()
        back = self.refund(move)
        self.assertIn("only undoes the invoice in the books", back.alerts["fbr_return"]["message"])
        back.action_post()
        self.assertFalse(back.fbr_document_ids)
        self.assertEqual(self.journal(back), {key: -balance for key, balance in self.journal(move).items()})
