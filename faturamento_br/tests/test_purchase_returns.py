from base64 import b64decode, b64encode
from datetime import date
from decimal import Decimal

from lxml import etree
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..fiscal import access_key
from ..fiscal.digits import normalize_tax_id
from .returns_common import ReturnsCase

NS = "{http://www.portalfiscal.inf.br/nfe}"


@tagged("post_install", "-at_install")
class TestPurchaseReturns(ReturnsCase):
    """Purchased goods go back by our own NF-e, as an ordinary billing user does it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.widen_decimals()

    def supplier_xml(self, *lines):
        """An NF-e of the shop to the company: one of the company's to the shop, its two parties exchanged."""
        move = self.invoice(*lines)
        self.authorized(move)
        signed = move.fbr_document_id.sudo().attempt_ids[:1].with_context(bin_size=False).signed_xml
        root = etree.fromstring(b64decode(signed))
        info = next(root.iter(f"{NS}infNFe"))
        emit, dest = info.find(f"{NS}emit/{NS}CNPJ"), info.find(f"{NS}dest/{NS}CNPJ")
        emit.text, dest.text = dest.text, emit.text
        info.set("Id", f"NFe{self.key_of(emit.text, number=move.fbr_document_id.number)}")
        return etree.tostring(root)

    def bill(self, *lines, **values):
        return self.invoice(*lines, move_type="in_invoice", l10n_latam_document_number="77", **values)

    def give_back(self, back, xml, *quantities):
        """What the wizard makes of the file, with these quantities of its items; 0 for none."""
        found = back.action_fbr_return_purchase()
        wizard = self.env[found["res_model"]].browse(found["res_id"])
        with Form(wizard) as form:
            form.file = b64encode(xml)
            for place, quantity in enumerate(quantities):
                with form.line_ids.edit(place) as line:
                    line.product_id = (self.table, self.chair)[place]
                    line.quantity = quantity
        wizard.action_apply()
        return back

    def credit_note(self, xml, *quantities, bill=None):
        if not bill:
            return self.give_back(self.invoice(move_type="in_refund"), xml, *quantities)
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=bill.ids)
        made = wizard.create({"journal_id": bill.journal_id.id, "date": "2026-11-25"}).refund_moves()
        return self.give_back(self.env["account.move"].browse(made["res_id"]), xml, *quantities)

    def test_piece_by_piece_until_nothing_is_left(self):
        """Two returns are together the supplier's NF-e, in the XML and in the books; a third has nothing left."""
        xml = self.supplier_xml((self.table, 3, 33.35, 1.0), (self.chair, 3, 100.0))
        bill = self.bill((self.table, 3, 34.67), (self.chair, 3, 100.0))
        bill.action_post()
        first = self.credit_note(xml, 1, 0, bill=bill)
        self.assertEqual(first.fbr_operation_id.ready_key, "return_purchase_resale")
        taxed = [self.authorized(first)]
        self.assertEqual(first.name, first.fbr_document_id.display_name)
        self.check_why(first)
        taxed.append(self.authorized(self.credit_note(xml, 2, 3, bill=bill)))
        invoice = taxed[0].invoice
        self.assertEqual((invoice.kind, invoice.purpose, invoice.nature[:10]), ("1", "4", "Devolução "))
        self.assertEqual(invoice.references, (first.fbr_purchase_id.access_key,))
        self.assertEqual(access_key.split(invoice.references[0]).tax_id, normalize_tax_id(self.shop.vat))
        self.assertEqual((invoice.payments[0].method, invoice.bill), ("90", None))
        self.assertEqual({item.item.cfop for each in taxed for item in each.items}, {"5202"})
        told = first.fbr_purchase_id._told()
        ipi = sum(
            item.amounts.get("vIPIDevol", 0) + item.amounts.get("vIPI", 0) for each in taxed for item in each.items
        )
        self.assertEqual(ipi, told.ipi[1])
        total = sum(each.totals.invoice for each in taxed)
        self.assertEqual(total, Decimal("99.05") + told.ipi[1] + Decimal("300.00"))
        with self.assertRaisesRegex(UserError, "only 0 of the 3 sold are left"):
            self.credit_note(xml, 1, 0, bill=bill).action_post()

    def check_why(self, back):
        """“Why?” tells the supplier's item, not the rules of a sale; the same from the day of issue."""
        draft = str(back.invoice_line_ids._fbr_why())
        self.assertIn("As on NF-e 1/", draft)
        self.assertIn("item 1, in proportion: 1 of its 3, and 0 went before", draft)
        self.assertNotIn("o_fbr_rule", draft)

    def test_the_books_undo_the_purchase(self):
        """Where ICMS and IPI were credits they are owed again; otherwise all leaves the account of the goods."""
        xml = self.supplier_xml((self.table, 2, 250.0))
        cost = self.credit_note(xml, 1)
        goods, payable = cost.invoice_line_ids.account_id, self.shop.property_account_payable_id
        self.assertFalse(cost.fbr_credits_taken)
        self.authorized(cost)
        self.assertEqual(self.by_account(cost), {goods: -262.5, payable: 262.5})
        credited = self.credit_note(xml, 1)
        credited.fbr_credits_taken = True
        self.authorized(credited)
        owed = {kind: self.company._fbr_taxes()[kind].sudo() for kind in ("icms", "ipi")}
        accounts = {kind: tax.refund_repartition_line_ids.account_id[:1] for kind, tax in owed.items()}
        booked = self.by_account(credited)
        icms = credited.fbr_document_id.amount_icms
        self.assertEqual(icms, 45.0)
        self.assertEqual(
            booked, {goods: -250.0 + icms, accounts["icms"]: -icms, accounts["ipi"]: -12.5, payable: 262.5}
        )
        self.assertEqual(credited.invoice_line_ids.fbr_icms_amount, cost.invoice_line_ids.fbr_icms_amount)

    def by_account(self, move):
        found = {}
        for line in move.line_ids:
            found[line.account_id] = round(found.get(line.account_id, 0.0) + line.balance, 2)
        return {account: balance for account, balance in found.items() if balance}

    def test_who_pays_no_ipi_gives_it_back(self):
        """impostoDevol, in proportion (RIPI art. 231; NT 2011.004)."""
        self.company.sudo().fbr_pays_ipi = True
        xml = self.supplier_xml((self.table, 4, 250.0))
        self.company.sudo().fbr_pays_ipi = False
        back = self.credit_note(xml, 1)
        [item] = self.authorized(back).items
        self.assertEqual((item.ipi, item.ipi_return.share_rate, item.ipi_return.amount), (None, 25, Decimal("12.50")))
        self.assertEqual(back.amount_total, 262.5)
        self.assertEqual(back.invoice_line_ids.fbr_ipi_amount, 12.5)

    def test_without_the_xml(self):
        """Typed from the DANFE: the supplier's key, and the IPI that goes back."""
        self.company.sudo().fbr_pays_ipi = False
        key = self.key_of(normalize_tax_id(self.shop.vat))
        back = self.invoice((self.table, 1, 250.0), move_type="in_refund", fbr_sends_back=True, fbr_references=key)
        back.fbr_final_consumer = False
        self.operation_of_returns().sudo().rule_ids.write({"icms_rate": 18.0})
        back.invoice_line_ids.fbr_ipi_back = 12.5
        taxed = self.authorized(back)
        self.assertEqual((taxed.invoice.references, taxed.items[0].item.cfop), ((key,), "5202"))
        self.assertEqual((taxed.items[0].ipi_return.amount, back.amount_total), (Decimal("12.50"), 262.5))

    def operation_of_returns(self):
        return self.env["faturamento_br.operation"]._fbr_default_for(self.company, "purchase_return")

    def test_what_is_no_purchase_of_ours(self):
        xml = self.supplier_xml((self.table, 1, 250.0))
        back = self.credit_note(xml, 1)
        back.invoice_line_ids.price_unit = 200.0
        with self.assertRaisesRegex(UserError, "another price than that of NF-e"):
            back.action_post()
        own = etree.fromstring(xml)
        next(own.iter(f"{NS}dest")).find(f"{NS}CNPJ").text = "11444777000161"
        wizard = self.env["faturamento_br.purchase_return"].create({"move_id": back.id})
        with self.assertRaisesRegex(UserError, "issued to 11444777000161, not to Marcenaria"), Form(wizard) as form:
            form.file = b64encode(etree.tostring(own))
        with self.assertRaisesRegex(UserError, "not the XML of an NF-e"), Form(wizard) as form:
            form.file = b64encode(b"<nfeProc/>")
        self.shop.sudo().vat = False
        with self.assertRaisesRegex(UserError, "no supplier with the CNPJ"), Form(wizard) as form:
            form.file = b64encode(xml)

    def test_a_price_that_was_too_high_has_no_nfe(self):
        back = self.invoice((self.chair, 1, 10.0), move_type="in_refund", l10n_latam_document_number="5")
        self.assertIn("in the books only", back.alerts["fbr_sends_back"]["message"])
        back.action_post()
        self.assertFalse(back.fbr_document_ids)
        with self.assertRaisesRegex(UserError, "no goods go back by it"):
            back.action_fbr_issue()
        self.assertEqual(back.invoice_date, date(2026, 11, 20))
