from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..fiscal import spec
from ..fiscal.documents import nfe
from ..fiscal.taxes import engine
from .taxes_common import TaxesCase

ISSUED_AT = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))


@tagged("post_install", "-at_install")
class TestTaxesSpec(TaxesCase):
    """From an order to what the NF-e says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        city = cls.env["res.city"].search([("fbr_ibge_code", "=", "3550308")])
        cls.company.sudo().partner_id.write(
            {"city_id": city.id, "street_name": "Rua Augusta", "street_number": "1", "street2": "Consolação",
             "zip": "01305-000", "phone": "+55 (11) 3333-4444"}
        )  # fmt: skip
        cls.shop.sudo().write({"vat": "12.ABC.345/01DE-35", "email": "nfe@loja.example"})

    def spec_of(self, move):
        return move._fbr_spec(environment="simulator", series=1, number=7, numeric_code="83746152", issued_at=ISSUED_AT)

    def order(self, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.shop.id,
                "company_id": self.company.id,
                "client_order_ref": "PC-99",
                "note": "<p>Entregar <b>pela manhã</b></p>",
                "order_line": [
                    Command.create({"product_id": self.chair.id, "product_uom_qty": 2, "price_unit": 100.0}),
                    Command.create({"product_id": self.table.id, "product_uom_qty": 1, "price_unit": 50.0}),
                    Command.create({"product_id": self.freight.id, "price_unit": 10.0}),
                ],
                **values,
            }
        )
        order.action_confirm()
        return order

    def test_from_order_to_values(self):
        order = self.order(payment_term_id=self.env.ref("account.account_payment_term_30days").id)
        move = order._create_invoices()
        move.invoice_date = "2026-11-20"
        move.action_post()
        self.assertEqual(move._fbr_tax_problems(), [])
        invoice = self.spec_of(move)
        self.assertEqual(nfe.problems(invoice), [])
        self.assertEqual(invoice.environment, spec.Environment.SIMULATOR)
        self.assertEqual((invoice.nature, invoice.destination), ("Venda de mercadoria", "1"))
        self.assertEqual((invoice.final_consumer, invoice.transport.freight_mode), (False, "0"))
        emitter, recipient = invoice.emitter, invoice.recipient
        self.assertEqual((emitter.tax_id, emitter.ie, emitter.crt), ("11222333000181", "110042490114", "3"))
        self.assertEqual((emitter.address.city_code, emitter.address.phone), ("3550308", "1133334444"))
        self.assertEqual((recipient.tax_id, recipient.ie_indicator), ("12ABC34501DE35", "1"))
        self.assertEqual(recipient.email, "nfe@loja.example")
        address = recipient.address
        self.assertEqual((address.street, address.number, address.district), ("Rua das Flores", "100", "Centro"))
        self.assertEqual((address.city_code, address.uf, address.zip), ("3509502", "SP", "13010000"))
        chair, table = invoice.items
        self.assertEqual((chair.code, chair.description, chair.ncm, chair.unit), ("CAD-1", "Cadeira", "94016100", "UN"))
        self.assertEqual((chair.freight, table.freight), (Decimal("8.00"), Decimal("2.00")))
        self.assertEqual((chair.order_ref, chair.ref), ("PC-99", str(move.invoice_line_ids[0].id)))
        self.assertIn("Entregar pela manhã", invoice.info)
        self.assertIn(order.name, invoice.info)
        taxed = engine.tax_invoice(invoice)
        total = taxed.totals.invoice
        self.assertEqual(total, Decimal("262.60"))
        self.assertEqual(Decimal(f"{move.amount_total:.2f}"), total)
        self.assertEqual(nfe.amount_problems(taxed), [])
        self.assertTrue(nfe.build(taxed))
        self.assertEqual([(each.method, each.amount, each.term) for each in invoice.payments], [("91", 0, "1")])
        (instalment,) = invoice.bill.instalments
        self.assertEqual((instalment.due, instalment.amount), (date(2026, 12, 20), total))

    def test_at_sight_and_by_method(self):
        move = self.order()._create_invoices()
        move.action_post()
        invoice = self.spec_of(move)
        self.assertIsNone(invoice.bill)
        self.assertEqual(invoice.payments[0].term, "0")
        method = self.env["account.payment.method.line"].search(
            [("payment_type", "=", "inbound"), ("company_id", "=", self.company.id)], limit=1
        )
        method.sudo().fbr_payment_code = "20"
        move.preferred_payment_method_line_id = method
        self.assertEqual(self.spec_of(move).payments[0].method, "20")

    def test_other_delivery_address(self):
        place = self.make_customer("Depósito", "SP", "Santos", parent_id=self.shop.id, type="delivery")
        move = self.order(partner_shipping_id=place.id)._create_invoices()
        self.assertEqual(move._fbr_tax_problems(), [])
        delivery = self.spec_of(move).delivery
        self.assertEqual(
            (delivery.address.city, delivery.name, delivery.tax_id), ("Santos", "Depósito", "12ABC34501DE35")
        )
        place.sudo().street2 = False
        self.assertIsNone(self.spec_of(move).delivery)
        self.assertIn("Santos/SP", move._fbr_info())

    def test_order_and_invoice_say_the_same_operation(self):
        production = self.env["faturamento_br.operation"].search(
            [("ready_key", "=", "production"), ("company_id", "=", self.company.id)]
        )
        order = self.order(fbr_operation_id=production.id, fbr_presence="2", fbr_freight_mode="1")
        other = self.order()
        moves = (order | other)._create_invoices()
        self.assertEqual(len(moves), 2)
        move = order.invoice_ids
        self.assertEqual(move.fbr_operation_id, production)
        self.assertEqual((move.fbr_presence, move.fbr_freight_mode), ("2", "1"))

    def test_down_payment_is_refused_by_name(self):
        order = self.order()
        wizard = self.env["sale.advance.payment.inv"].create(
            {"advance_payment_method": "percentage", "amount": 50.0, "sale_order_ids": [Command.set(order.ids)]}
        )
        with self.assertRaisesRegex(UserError, order.name):
            wizard.create_invoices()

    def test_partial_invoices(self):
        """Invoicing in two parts: each part is computed by itself."""
        order = self.order()
        order.order_line[0].qty_delivered = 0
        move = order._create_invoices()
        part = move.invoice_line_ids.filtered(lambda line: line.product_id == self.chair)
        move.write({"invoice_line_ids": [Command.update(part.id, {"quantity": 1})]})
        rest = order._create_invoices()
        for each in (move, rest):
            taxed = engine.compute_items(each._fbr_tax_context(), each._fbr_items())
            self.assertEqual(Decimal(f"{each.amount_total:.2f}"), sum(item.total for item in taxed))
