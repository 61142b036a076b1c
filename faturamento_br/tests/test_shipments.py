from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..fiscal import access_key, schema, spec
from ..fiscal.documents import nfe
from ..fiscal.taxes import engine
from .taxes_common import TaxesCase

ISSUED_AT = datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))
SALES = "sales_team.group_sale_salesman"


@tagged("post_install", "-at_install")
class TestShipments(TaxesCase):
    """Goods that leave without being sold, by an ordinary billing user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.give_addresses()
        cls.carioca.sudo().write({"vat": "11.444.777/0001-61", "zip": "20040-002"})
        cls.demonstration = cls.ready("demonstration")
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})

    @classmethod
    def ready(cls, key):
        """The operation of the company that came ready as ``key``."""
        domain = [("company_id", "=", cls.company.id), ("ready_key", "=", key)]
        return cls.env["faturamento_br.operation"].search(domain)

    @classmethod
    def shipment(cls, *lines, user=None, **values):
        lines = lines or ((cls.chair, 3.0),)
        return (
            cls.env["faturamento_br.shipment"]
            .with_user(user or cls.env.user)
            .create(
                {
                    "partner_id": cls.shop.id,
                    "company_id": cls.company.id,
                    "fbr_operation_id": cls.demonstration.id,
                    "line_ids": [Command.create({"product_id": each[0].id, "quantity": each[1]}) for each in lines],
                    **values,
                }
            )
        )

    def issued(self, shipment):
        """As the authorizer leaves it."""
        shipment.action_confirm()
        self.authorize(shipment)
        return shipment

    def authorize(self, source):
        document = source.fbr_document_id.sudo()
        document.access_key = access_key.build(
            cUF="35",
            issued_at=ISSUED_AT,
            tax_id="11222333000181",
            model="55",
            series=document.series,
            number=document.number,
            emission_type="1",
            numeric_code=document.numeric_code,
        )
        for event in ("sign", "send", "authorize"):
            document._apply(event)

    def key_of(self, tax_id="12ABC34501DE35", number=77, model="55"):
        return access_key.build(
            cUF="35",
            issued_at=ISSUED_AT,
            tax_id=tax_id,
            model=model,
            series=1,
            number=number,
            emission_type="1",
            numeric_code="83746152",
        )

    def assertRight(self, shipment):
        """Its XML as it stands is what SEFAZ takes, and bills nothing."""
        document = shipment.fbr_document_id
        invoice = shipment._fbr_spec(
            environment="simulator",
            series=document.series,
            number=document.number,
            numeric_code=document.numeric_code,
            issued_at=ISSUED_AT,
        )
        self.assertEqual(nfe.problems(invoice, now=ISSUED_AT), [])
        taxed = engine.tax_invoice(invoice)
        self.assertEqual(nfe.amount_problems(taxed), [])
        self.assertEqual(schema.validate_unsigned(nfe.build(taxed).element), [])
        self.assertEqual(invoice.payments, (spec.Payment("90", spec.ZERO),))
        self.assertIsNone(invoice.bill)
        self.assertEqual(Decimal(f"{shipment.amount_total:.2f}"), taxed.totals.invoice)
        return taxed

    # --- Leaving ------------------------------------------------------------------------------------------------

    def test_demonstration_inside_and_outside_the_state(self):
        moves = self.env["account.move"].sudo().search_count([])
        for partner, cfop in ((self.shop, "5912"), (self.carioca, "6912")):
            with self.subTest(cfop):
                shipment = self.shipment(partner_id=partner.id)
                self.assertEqual(shipment.line_ids.price_unit, 1000.0)
                shipment.action_confirm()
                self.assertEqual(shipment.state, "confirmed")
                self.assertEqual(shipment.name, shipment.fbr_document_id.display_name)
                self.assertTrue(shipment.fbr_can_issue)
                (item,) = self.assertRight(shipment).items
                self.assertEqual((item.item.cfop, item.icms.rule.cst, item.icms.amount), (cfop, "50", 0))
                self.assertEqual(shipment.amount_total, 3000.0)
        self.assertEqual(self.env["account.move"].sudo().search_count([]), moves)

    def test_what_is_missing_is_told_before_a_number_is_taken(self):
        self.chair.sudo().fbr_ncm = False
        self.shop.sudo().street2 = False
        shipment = self.shipment()
        numbers = self.env["faturamento_br.series.number"].sudo().search_count([])
        with self.assertRaises(UserError) as caught:
            shipment.action_confirm()
        self.assertIn("Cadeira has no NCM", str(caught.exception))
        self.assertIn("Loja Paulista", str(caught.exception))
        self.assertEqual((shipment.state, shipment.name), ("draft", False))
        self.assertFalse(shipment.fbr_document_ids)
        self.assertEqual(self.env["faturamento_br.series.number"].sudo().search_count([]), numbers)
        told = " ".join(alert["message"] for alert in shipment.fbr_alerts.values())
        self.assertIn("Cadeira has no NCM", told)
        with self.assertRaisesRegex(UserError, "no goods"):
            self.shipment((self.assembly, 1.0)).action_confirm()

    def test_on_the_form(self):
        """As typed: price by the operation, total with the taxes on top."""
        self.demonstration.sudo().shipment_price = "cost"
        self.chair.sudo().with_company(self.company).standard_price = 400.0
        form = Form(self.env["faturamento_br.shipment"])
        form.partner_id = self.shop
        form.fbr_operation_id = self.demonstration
        with form.line_ids.new() as line:
            line.product_id = self.chair
            line.quantity = 2
        self.assertEqual(form.amount_total, 800.0)
        with form.line_ids.new() as line:
            line.product_id = self.freight
            line.price_unit = 50.0
        self.assertEqual((form.amount_total, form.fbr_freight_mode), (850.0, "0"))
        shipment = form.save()
        shipment.action_confirm()
        self.assertEqual(self.assertRight(shipment).totals["vFrete"], Decimal("50.00"))

    def test_back_to_draft_keeps_the_number_and_cancelling_too(self):
        shipment = self.shipment()
        shipment.action_confirm()
        name = shipment.name
        with self.assertRaisesRegex(UserError, "back to draft"):
            shipment.line_ids.quantity = 5
        with self.assertRaisesRegex(UserError, "back to draft"):
            shipment.partner_id = self.carioca
        with self.assertRaisesRegex(UserError, "number"):
            shipment.unlink()
        shipment.action_draft()
        shipment.line_ids.quantity = 5
        shipment.action_confirm()
        self.assertEqual((shipment.name, len(shipment.fbr_document_ids)), (name, 1))
        self.authorize(shipment)
        self.assertEqual(shipment.state, "issued")
        for undo in (shipment.action_draft, shipment.action_cancel):
            with self.assertRaisesRegex(UserError, "authorized"):
                undo()
        other = self.shipment()
        other.action_confirm()
        other.action_cancel()
        self.assertEqual(other.state, "cancel")
        self.assertNotEqual(other.name, name)

    @pytest.mark.prove
    def test_of_an_earlier_month_it_is_dated_today(self):
        shipment = self.shipment(date="2026-11-20")
        shipment.action_confirm()
        self.assertEqual(shipment.return_due, date(2027, 1, 19))
        with freeze_time("2026-12-02 15:00:00"):
            shipment._fbr_redate()
            self.assertEqual((shipment.date, shipment.return_due), (date(2026, 12, 2), date(2027, 1, 31)))

    def test_mail_with_xml_and_danfe(self):
        shipment = self.issued(self.shipment())
        document = shipment.fbr_document_id.sudo()
        document.xml_attachment_id = document._attach("NFe.xml", b"<nfeProc/>", "application/xml")
        document.danfe_attachment_id = document._attach("DANFE.pdf", b"%PDF-", "application/pdf")
        self.shop.sudo().email = "loja@example.com"
        context = shipment.action_send()["context"]
        composer = self.env["mail.compose.message"].with_context(**context).create({})
        composer.action_send_mail()
        message = shipment.message_ids[0]
        self.assertEqual(message.partner_ids, self.shop)
        self.assertEqual(sorted(message.attachment_ids.mapped("name")), ["DANFE.pdf", "NFe.xml"])
        self.assertIn("2027", message.body)

    # --- Coming back --------------------------------------------------------------------------------------------

    @pytest.mark.prove
    def test_a_part_comes_back_by_the_recipients_own_note(self):
        shipment = self.issued(self.shipment((self.chair, 3.0), (self.table, 2.0), date="2026-11-25"))
        self.assertEqual((shipment.return_due, shipment.pending_value), (date(2027, 1, 24), 3525.0))
        self.assertEqual(shipment.activity_ids.date_deadline, date(2027, 1, 24))
        back = self.env["faturamento_br.shipment"].browse(shipment.action_return()["res_id"])
        self.assertEqual((back.origin_id, back.issued_by), (shipment, "partner"))
        self.assertEqual(back.line_ids.mapped("quantity"), [3.0, 2.0])
        back.line_ids[0].quantity = 1
        for key, told in (
            (False, "missing"),
            ("1" * 44, "missing"),
            (self.key_of("11444777000161"), "11444777000161"),
            (self.key_of(model="65"), "model 55"),
        ):
            with self.subTest(told), self.assertRaisesRegex(UserError, told):
                back.partner_key = key
                back.action_confirm()
        back.partner_key = " ".join(self.key_of()[i : i + 4] for i in range(0, 44, 4))
        back.action_confirm()
        self.assertEqual((back.state, back.partner_key), ("issued", self.key_of()))
        self.assertFalse(back.fbr_document_ids)
        chairs, tables = shipment.line_ids
        self.assertEqual((chairs.quantity_pending, tables.quantity_pending), (2.0, 0.0))
        again = self.env["faturamento_br.shipment"].browse(shipment.action_return()["res_id"])
        self.assertEqual(again.line_ids.mapped("quantity"), [2.0])
        again.write(
            {"partner_key": self.key_of(number=78), "line_ids": [Command.update(again.line_ids.id, {"quantity": 3})]}
        )
        with self.assertRaisesRegex(UserError, "4 came back or were sold of the 3"):
            again.action_confirm()
        again.line_ids.quantity = 2
        again.action_confirm()
        self.assertFalse(shipment.has_pending or shipment.activity_ids)
        with self.assertRaisesRegex(UserError, "Nothing"):
            shipment.action_return()

    @pytest.mark.prove
    def test_overdue(self):
        shipment = self.issued(self.shipment(date="2026-11-25"))
        lines = self.env["faturamento_br.shipment.line"]
        self.assertFalse(lines.search([("is_overdue", "=", True)]))
        with freeze_time("2027-01-25 15:00:00"):
            shipment.invalidate_recordset()
            self.assertTrue(shipment.is_overdue)
            self.assertEqual(lines.search([("is_overdue", "=", True)]), shipment.line_ids)
            self.assertEqual(self.env["faturamento_br.shipment"].search([("is_overdue", "=", True)]), shipment)
            shipment.return_due = "2027-03-31"  # prolonged
            self.assertFalse(lines.search([("is_overdue", "=", True)]))
            self.assertEqual(shipment.activity_ids.date_deadline, date(2027, 3, 31))

    def test_what_is_out_is_sold(self):
        shipment = self.issued(self.shipment())
        order = self.env["sale.order"].browse(shipment.action_sell()["res_id"])
        self.assertEqual(shipment.line_ids.quantity_pending, 3.0)
        order.order_line.product_uom_qty = 2
        order.action_confirm()
        self.assertEqual((shipment.line_ids.quantity_sold, shipment.line_ids.quantity_pending), (2.0, 1.0))
        self.assertEqual(shipment.sold_order_ids, order)
        other = self.env["sale.order"].browse(shipment.action_sell()["res_id"])
        other.order_line.product_uom_qty = 2
        with self.assertRaisesRegex(UserError, "1 of"):
            other.action_confirm()

    def test_a_consumer_gives_back_by_our_own_entry(self):
        lines = ((self.chair, 3.0), (self.table, 1.0))
        shipment = self.issued(self.shipment(*lines, partner_id=self.person.id))
        back = self.env["faturamento_br.shipment"].browse(shipment.action_return()["res_id"])
        self.assertEqual((back.issued_by, back.fbr_operation_id), ("company", self.ready("demonstration_back")))
        back.reference_document_ids = False
        with self.assertRaisesRegex(UserError, "refers to another document"):
            back.action_confirm()
        back.reference_document_ids = shipment.fbr_document_id
        back.action_confirm()
        taxed = self.assertRight(back)
        self.assertEqual((taxed.invoice.kind, taxed.items[0].item.cfop), ("0", "1913"))
        self.assertEqual((taxed.items[1].ipi.cst, taxed.items[1].ipi.amount), ("00", Decimal("12.50")))
        self.assertEqual(taxed.invoice.references, (shipment.fbr_document_id.access_key,))
        self.assertFalse(shipment.has_pending)

    def test_each_ready_remittance_finds_its_return(self):
        for key, back in (("repair", "repair_back"), ("loan", "loan_back"), ("consignment", "consignment_back")):
            self.assertEqual(self.ready(key)._fbr_return_operation(), self.ready(back))
        self.assertEqual(self.ready("consignment")._fbr_sale_operation(), self.ready("consignment_sale_resale"))
        self.assertFalse(self.ready("bonus").goods_return)

    # --- Of a sale ----------------------------------------------------------------------------------------------

    def test_future_delivery_in_parts_never_more_than_billed(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.shop.id,
                "company_id": self.company.id,
                "fbr_operation_id": self.ready("future_billing").id,
                "order_line": [Command.create({"product_id": self.chair.id, "product_uom_qty": 3, "price_unit": 500})],
            }
        )
        order.action_confirm()
        self.assertFalse(order.fbr_can_remit)
        move = order._create_invoices()
        move.action_post()
        first = self.env["faturamento_br.shipment"].browse(order.action_fbr_remit()["res_id"])
        with self.assertRaisesRegex(UserError, "No NF-e of the sale"):
            first.action_confirm()
        self.authorize(move)
        first.reference_document_ids = move.fbr_document_id
        first.line_ids.quantity = 2
        first.action_confirm()
        taxed = self.assertRight(first)
        self.assertEqual(taxed.invoice.references, (move.fbr_document_id.access_key,))
        self.assertEqual([item.item.cfop for item in taxed.items], ["5117"])
        second = self.env["faturamento_br.shipment"].browse(order.action_fbr_remit()["res_id"])
        self.assertEqual(second.line_ids.quantity, 1.0)
        second.line_ids.quantity = 2
        with self.assertRaisesRegex(UserError, "4 would be remitted of the 3"):
            second.action_confirm()
        second.line_ids.quantity = 1
        second.action_confirm()
        self.assertFalse(order.fbr_can_remit)
        self.assertEqual(order.fbr_shipment_count, 2)

    @pytest.mark.prove
    def test_by_order_of_the_buyer_to_somebody_else(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.shop.id,
                "partner_shipping_id": self.person.id,
                "company_id": self.company.id,
                "fbr_operation_id": self.ready("triangular_resale").id,
                "order_line": [Command.create({"product_id": self.chair.id, "product_uom_qty": 1})],
            }
        )
        order.action_confirm()
        move = order._create_invoices()
        move.action_post()
        self.authorize(move)
        shipment = self.env["faturamento_br.shipment"].browse(order.action_fbr_remit()["res_id"])
        self.assertEqual((shipment.partner_id, shipment.sale_order_id), (self.person, order))
        shipment.action_confirm()
        taxed = self.assertRight(shipment)
        self.assertEqual([item.item.cfop for item in taxed.items], ["5923"])
        self.assertEqual(taxed.invoice.references, (move.fbr_document_id.access_key,))
        self.assertEqual(taxed.invoice.recipient.tax_id, "11144477735")

    # --- Rights -------------------------------------------------------------------------------------------------

    def test_a_salesperson_prepares_and_billing_confirms(self):
        root = self.env(su=True, user=self.env.ref("base.user_root"))
        companies = [Command.set(self.company.ids)]
        seller, other = (
            new_test_user(root, login, groups=SALES, company_id=self.company.id, company_ids=companies)
            for login in ("seller_one", "seller_two")
        )
        shipment = self.shipment(user=seller)
        self.assertEqual(shipment.amount_total, 3000.0)
        with self.assertRaisesRegex(UserError, "Only who may create invoices"):
            shipment.action_confirm()
        self.assertFalse(self.env["faturamento_br.shipment"].with_user(other).search([("id", "=", shipment.id)]))
        self.issued(shipment.with_user(self.user))
        documents = self.env["faturamento_br.document"]
        found = [documents.with_user(user).search([("shipment_id", "=", shipment.id)]) for user in (seller, other)]
        self.assertEqual(found, [shipment.fbr_document_id, documents])

    def test_companies_do_not_see_each_other(self):
        shipment = self.shipment()
        other = self.make_company("Concorrente Ltda", "11444777000161", "MG")
        root = self.env(su=True, user=self.env.ref("base.user_root"))
        stranger = new_test_user(
            root,
            "billing_mg",
            groups="account.group_account_invoice",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        env = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        self.assertFalse(env["faturamento_br.shipment"].search([]))
        self.assertFalse(env["faturamento_br.shipment.line"].search([]))
        with self.assertRaises(AccessError):
            shipment.with_env(env).action_confirm()

    @pytest.mark.prove
    def test_elsewhere_it_is_refused_by_name(self):
        self.company.sudo().fbr_nfe_enabled = False
        shipment = self.shipment()
        self.assertEqual(shipment.amount_total, 3000.0)
        self.assertFalse(shipment.fbr_alerts)
        with self.assertRaisesRegex(UserError, "NF-e is not switched on"):
            shipment.action_confirm()
