from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..fiscal import schema, spec
from ..fiscal.documents import nfe
from ..fiscal.taxes import engine
from .taxes_common import TaxesCase

ISSUED_AT = datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))
SALES = "sales_team.group_sale_salesman_all_leads"
KEY = "35261112345678000195550010000000071000000078"


@tagged("post_install", "-at_install")
class TestTrade(TaxesCase):
    """What an NF-e says beside goods and taxes, from the order of a salesperson to the invoice of the billing user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.give_addresses()
        cls.carrier = cls.make_customer("Transportes Ligeiro", "SP", "Campinas", vat="11.444.777/0001-61")
        cls.depot = cls.make_customer("Armazém Geral", "SP", "Santos", vat="11.222.333/0001-81")
        cls.accountant = cls.make_customer("Contador", "SP", "Campinas", vat="529.982.247-25", is_company=False)
        cls.chair.sudo().weight = 4.5
        cls.dozen = cls.env.ref("uom.product_uom_dozen")
        companies = [Command.set(cls.company.ids)]
        root = cls.env(su=True, user=cls.env.ref("base.user_root"))
        cls.seller = new_test_user(root, "seller_sp", groups=SALES, company_id=cls.company.id, company_ids=companies)
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})

    def spec_of(self, source):
        return source._fbr_spec(
            environment="simulator", series=1, number=7, numeric_code="83746152", issued_at=ISSUED_AT
        )

    def order(self, **values):
        return (
            self.env["sale.order"]
            .with_user(self.seller)
            .create(
                {
                    "partner_id": self.shop.id,
                    "company_id": self.company.id,
                    "client_order_ref": "PC-99",
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.chair.id,
                                "product_uom_qty": 2,
                                "product_uom_id": self.dozen.id,
                                "price_unit": 100.0,
                                "fbr_order_line": "7",
                            }
                        ),
                        Command.create({"product_id": self.table.id, "price_unit": 50.0}),
                    ],
                    **values,
                }
            )
        )

    def bill(self, order):
        order.action_confirm()
        return order.with_user(self.user)._create_invoices()

    def assertRight(self, move):
        """The invoice's XML as it stands is what SEFAZ takes."""
        invoice = self.spec_of(move)
        self.assertEqual(nfe.problems(invoice, now=ISSUED_AT), [])
        taxed = engine.tax_invoice(invoice)
        self.assertEqual(nfe.amount_problems(taxed), [])
        self.assertEqual(schema.validate_unsigned(nfe.build(taxed).element), [])
        return invoice

    def test_a_simple_sale_asks_for_nothing(self):
        move = self.bill(self.order())
        move.action_post()
        invoice = self.assertRight(move)
        self.assertEqual(invoice.transport, spec.Transport(freight_mode="9"))
        self.assertEqual([(each.method, each.description) for each in invoice.payments], [("99", "A combinar")])
        self.assertIsNone(invoice.delivery)
        self.assertIsNone(invoice.pickup)
        self.assertIsNone(invoice.intermediary)
        self.assertEqual((invoice.authorized_readers, invoice.references, invoice.tax_office_info), ((), (), ""))
        self.assertEqual(invoice.info, f"Pedido: {move.invoice_line_ids.sale_line_ids.order_id.name}")

    def test_all_of_it_from_order_to_invoice(self):
        self.depot.sudo().fbr_marketplace_account = "loja-123"
        order = self.order(
            fbr_freight_mode="1",
            fbr_carrier_id=self.carrier.id,
            fbr_vehicle_plate="abc-1d23",
            fbr_vehicle_state_id=self.env.ref("base.state_br_sp").id,
            fbr_vehicle_rntc="12345678",
            fbr_volume_count=3,
            fbr_volume_kind="Caixas",
            fbr_volume_brand="IPE",
            fbr_volume_numbering="1 a 3",
            fbr_gross_weight=120,
            fbr_payment_code="15",
            fbr_info="Pedido {order}, do cliente {customer_order}, vendedor {salesperson}\nEntregue por {carrier}",
            fbr_tax_office_info="Regime especial {operation}",
            fbr_pickup_id=self.depot.id,
            fbr_presence="2",
            fbr_intermediary_id=self.depot.id,
            fbr_reader_ids=[Command.set(self.accountant.ids)],
        )
        self.assertEqual((order.fbr_net_weight, order.fbr_gross_weight), (108.0, 120.0))
        move = self.bill(order)
        move.fbr_references = f"{KEY[:22]} {KEY[22:]}"
        move.action_post()
        invoice = self.assertRight(move)
        transport, (volume,) = invoice.transport, invoice.transport.volumes
        self.assertEqual((transport.freight_mode, transport.carrier.tax_id), ("1", "11444777000161"))
        self.assertEqual(transport.vehicle, spec.Vehicle("ABC1D23", "SP", "12345678"))
        self.assertEqual((volume.quantity, volume.kind, volume.brand, volume.numbering), (3, "Caixas", "IPE", "1 a 3"))
        self.assertEqual((volume.net_weight, volume.gross_weight), (Decimal("108.000"), Decimal("120.000")))
        self.assertEqual([each.method for each in invoice.payments], ["15"])
        told = f"Pedido {order.name}, do cliente PC-99, vendedor {self.seller.name}"
        self.assertEqual(invoice.info, f"{told} Entregue por Transportes Ligeiro")
        self.assertEqual(invoice.tax_office_info, "Regime especial Venda de mercadoria")
        self.assertEqual((invoice.pickup.address.city, invoice.pickup.tax_id), ("Santos", "11222333000181"))
        self.assertEqual(invoice.intermediary, spec.Intermediary("11222333000181", "loja-123"))
        self.assertEqual((invoice.authorized_readers, invoice.references), (("52998224725",), (KEY,)))
        self.assertEqual([(item.order_ref, item.order_line) for item in invoice.items], [("PC-99", "7"), ("PC-99", "")])

    def test_habits_of_customer_and_company(self):
        self.company.sudo().write(
            {"fbr_freight_mode": "2", "fbr_info_template": "Vendedor {salesperson}", "fbr_carrier_reads": True}
        )
        shop = self.shop.sudo().with_company(self.company)
        shop.write({"fbr_freight_mode": "1", "fbr_carrier_id": self.carrier.id, "fbr_info_template": "Doca 3"})
        shop.fbr_reader_ids = self.accountant
        order = self.order()
        self.assertEqual((order.fbr_freight_mode, order.fbr_carrier_id), ("1", self.carrier))
        invoice = self.spec_of(self.bill(order))
        self.assertEqual(invoice.info, f"Doca 3; Vendedor {self.seller.name}; Pedido: {order.name}")
        self.assertEqual(invoice.authorized_readers, ("52998224725", "11444777000161"))
        self.assertEqual(self.order(partner_id=self.person.id).fbr_freight_mode, "2")

    @pytest.mark.prove
    def test_what_somebody_chose_stays(self):
        form = Form(self.env["sale.order"].with_user(self.seller))
        form.partner_id = self.shop
        with form.order_line.new() as line:
            line.product_id = self.chair
        self.assertEqual(form.fbr_freight_mode, "9")
        form.fbr_freight_mode = "3"
        with form.order_line.new() as line:
            line.product_id = self.freight
        self.assertEqual(form.fbr_freight_mode, "3")
        order = form.save()
        self.assertEqual(order.fbr_freight_mode, "3")
        other = self.order()
        other.order_line = [Command.create({"product_id": self.freight.id, "price_unit": 10.0})]
        self.assertEqual(other.fbr_freight_mode, "0")

    @pytest.mark.prove
    def test_a_part_at_once_by_pix_and_the_rest_by_boleto(self):
        terms = (
            self.env["account.payment.term"]
            .sudo()
            .create(
                {
                    "name": "Entrada e 30 dias",
                    "line_ids": [
                        Command.create(
                            {"value": "percent", "value_amount": 30, "nb_days": 0, "fbr_payment_code": "17"}
                        ),
                        Command.create(
                            {"value": "percent", "value_amount": 70, "nb_days": 30, "fbr_payment_code": "15"}
                        ),
                    ],
                }
            )
        )
        order = self.order(payment_term_id=terms.id, fbr_info="Vence: {due_dates}")
        total = Decimal(f"{order.amount_total:.2f}")
        quoted = self.spec_of(order)
        move = self.bill(order)
        move.invoice_date = "2026-11-25"
        move.action_post()
        invoice = self.assertRight(move)
        now, later = invoice.payments
        self.assertEqual(((now.method, now.term), (later.method, later.term)), (("17", "0"), ("15", "1")))
        self.assertEqual(now.amount + later.amount, total)
        self.assertEqual([each.due for each in invoice.bill.instalments], [date(2026, 11, 25), date(2026, 12, 25)])
        self.assertEqual((quoted.payments, quoted.bill.instalments), (invoice.payments, invoice.bill.instalments))
        self.assertIn("25/12/2026", invoice.info)

    @pytest.mark.prove
    def test_between_states_no_vehicle_is_told(self):
        order = self.order(partner_id=self.carioca.id, fbr_freight_mode="0", fbr_vehicle_plate="ABC1D23")
        self.assertIsNone(self.spec_of(order).transport.vehicle)

    def test_orders_that_differ_are_invoiced_apart(self):
        one, same, other = self.order(), self.order(), self.order(fbr_freight_mode="1", fbr_carrier_id=self.carrier.id)
        service = self.order(order_line=[Command.create({"product_id": self.assembly.id, "price_unit": 10.0})])
        orders = one | same | other | service
        orders.action_confirm()
        moves = orders.with_user(self.user)._create_invoices()
        self.assertEqual(len(moves), 3)
        self.assertEqual(one.invoice_ids, same.invoice_ids)
        self.assertEqual(other.invoice_ids.fbr_carrier_id, self.carrier)

    def test_a_copy_has_the_habits_not_the_load(self):
        order = self.order(
            fbr_freight_mode="1",
            fbr_carrier_id=self.carrier.id,
            fbr_vehicle_plate="ABC1D23",
            fbr_volume_count=3,
            fbr_volume_kind="Caixas",
            fbr_net_weight=99,
        )
        copy = order.copy()
        self.assertEqual(
            (copy.fbr_freight_mode, copy.fbr_carrier_id, copy.fbr_volume_kind), ("1", self.carrier, "Caixas")
        )
        self.assertEqual((copy.fbr_vehicle_plate, copy.fbr_volume_count, copy.fbr_net_weight), (False, 0, 108.0))

    def test_hostile_values_are_told_and_nothing_is_written(self):
        order = self.order()
        for name, value, told in (
            ("fbr_vehicle_plate", "🚚" * 200, "plate"),
            ("fbr_vehicle_plate", "ABC 12", "ABC 12"),
            ("fbr_vehicle_rntc", "1" * 21, "RNTC"),
            ("fbr_volume_kind", "x" * 61, "60"),
            ("fbr_volume_count", -1, "Volumes"),
            ("fbr_net_weight", -0.001, "Net weight"),
            ("fbr_gross_weight", 1e12, "Gross weight"),
            ("fbr_info", "{nobody}", "nobody"),
            ("fbr_info", "{order.__class__}", "order.__class__"),
            ("fbr_info", "}{", "placeholder"),
            ("fbr_tax_office_info", "{0}", "0"),
        ):
            with self.subTest(name, value=value):
                self.refused(order, name, value, told)
        self.assertFalse(order.fbr_vehicle_plate or order.fbr_info or order.fbr_volume_count)
        for value in ("letters", "1234567", "١", "-1"):
            with self.subTest(value):
                self.refused(order.order_line[0], "fbr_order_line", value, "1 to 6 digits")
        move = self.bill(order)
        for value in ("abc", KEY[:-1] + "9", KEY + "1"):
            with self.subTest(value):
                self.refused(move, "fbr_references", value, "access key")
        self.refused(self.company.sudo(), "fbr_info_template", "{nobody}", "nobody")

    def refused(self, record, name, value, told):
        with self.assertRaises(ValidationError) as caught:
            record.write({name: value})
        self.assertIn(told, str(caught.exception))

    def test_words_that_the_xml_cannot_hold_come_out_clean(self):
        move = self.bill(
            self.order(fbr_info="<b>a\x07</b> 😀 " + "x" * 6000, fbr_freight_mode="0", fbr_volume_kind="\x07Caixas")
        )
        move.narration = "<p>Entregar <b>pela manhã</b></p>"
        move.action_post()
        self.assertTrue(self.assertRight(move).info.startswith("Entregar"))

    @pytest.mark.prove
    def test_elsewhere_it_is_as_if_it_were_not(self):
        self.company.sudo().fbr_nfe_enabled = False
        self.shop.sudo().with_company(self.company).fbr_carrier_id = self.carrier
        order = self.order()
        self.assertFalse(order.fbr_carrier_id or order.fbr_is_fiscal or order.fbr_alerts)
        self.assertFalse(self.bill(order).fbr_carrier_id)

    @pytest.mark.prove
    def test_registrations_lead_to_who_has_them(self):
        """The CNPJ of a place to the address that says it, or to its customer; an IEST to the list of them."""
        contact = {"parent_id": self.shop.id, "type": "delivery", "is_company": False, "street_name": "Rua Nova"}
        place = self.make_customer("Doca 2", "SP", "Campinas", **contact)
        move = self.invoice((self.chair, 1), partner_shipping_id=place.id, fbr_pickup_id=self.depot.id)
        self.assertEqual(move._fbr_place("delivery.tax_id"), (self.shop, "vat"))
        place.sudo().fbr_place_tax_id = "11444777000161"
        self.assertEqual(move._fbr_place("delivery.tax_id"), (place, "fbr_place_tax_id"))
        self.assertEqual(move._fbr_place("delivery.address.district"), (place, "street2"))
        self.assertEqual(move._fbr_place("pickup.tax_id"), (self.depot, "vat"))
        self.depot.sudo().vat = False
        self.assertEqual(move._fbr_place("pickup.tax_id"), (self.company.partner_id, "vat"))
        rio = self.env.ref("base.state_br_rj")
        values = {"company_id": self.company.id, "state_id": rio.id, "ie": "78045116"}
        registration = self.env["faturamento_br.substitute_registration"].sudo().create(values)
        move = self.invoice((self.chair, 1), partner=self.carioca)
        self.assertEqual(move._fbr_place("emitter.iest"), (registration, "ie"))
