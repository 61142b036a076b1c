from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..fiscal import schema, spec
from ..fiscal.documents import nfe
from ..fiscal.taxes import engine
from .taxes_common import AmountsCase

ISSUED_AT = datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))
KEY = "35261112345678000195550010000000071000000078"


class AbroadCase(AmountsCase):
    """The furniture maker of São Paulo with somebody abroad."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.give_addresses()
        cls.foreigner = cls.make_customer(
            "Muebles del Sur SA",
            "SP",
            "Campinas",
            state_id=False,
            city_id=False,
            zip="11000",
            street2="Centro",
            country_id=cls.env.ref("base.uy").id,
            vat="219999830019",
        )
        cls.sp = cls.env.ref("base.state_br_sp")

    def assert_issuable(self, move, issued_at=ISSUED_AT):
        """The XML of the document as it stands is what SEFAZ takes; returns its value and the XML."""
        invoice = move._fbr_spec(
            environment="simulator", series=1, number=7, numeric_code="83746152", issued_at=issued_at
        )
        self.assertEqual(nfe.problems(invoice, now=issued_at), [])
        taxed = engine.tax_invoice(invoice)
        self.assertEqual(nfe.amount_problems(taxed), [])
        element = nfe.build(taxed).element
        self.assertEqual(schema.validate_unsigned(element), [])
        return invoice, element

    def texts(self, element, *names):
        return [element.findtext(f".//{{*}}{name}") for name in names]


@tagged("post_install", "-at_install")
class TestExports(AbroadCase):
    """From the quotation of a customer abroad to the XML: no tax, where the goods leave, drawback and origin."""

    def order(self, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": self.foreigner.id,
                "company_id": self.company.id,
                "fbr_exit_state_id": self.sp.id,
                "fbr_exit_place": "Porto de Santos",
                "fbr_dispatch_place": "EADI Santos",
                "order_line": [
                    Command.create({"product_id": self.chair.id, "product_uom_qty": 3, "price_unit": 100.0}),
                    Command.create({"product_id": self.table.id, "price_unit": 50.0, "fbr_drawback": "20261234567"}),
                ],
                **values,
            }
        )

    def test_from_quotation_to_xml(self):
        order = self.order()
        self.assertEqual(order.fbr_operation_id.ready_key, "export_resale")
        self.assertTrue(order.fbr_is_export)
        self.assertEqual(order.amount_total, 350.0)
        order.action_confirm()
        move = order._create_invoices()
        move.invoice_date = "2026-11-25"
        self.assertEqual(move._fbr_tax_problems(), [])
        move.action_post()
        self.assert_same(move)
        self.assertFalse(move.line_ids.filtered("tax_line_id"))
        invoice, element = self.assert_issuable(move)
        self.assertEqual(invoice.destination, "3")
        self.assertEqual(invoice.export, spec.Export("SP", "Porto de Santos", "EADI Santos"))
        self.assertEqual([item.cfop for item in invoice.items], ["7102", "7102"])
        self.assertEqual(invoice.items[1].exports, (spec.ExportDetail(drawback="20261234567"),))
        names = ("idDest", "UFSaidaPais", "xLocExporta", "xLocDespacho", "nDraw", "idEstrangeiro")
        expected = ["3", "SP", "Porto de Santos", "EADI Santos", "20261234567", "219999830019"]
        self.assertEqual(self.texts(element, *names), expected)
        address = element.find(".//{*}enderDest")
        told = {child.tag.rpartition("}")[2]: child.text for child in address}
        self.assertEqual(
            {name: told.get(name) for name in ("cMun", "xMun", "UF", "CEP", "cPais", "xPais")},
            {"cMun": "9999999", "xMun": "EXTERIOR", "UF": "EX", "CEP": None, "cPais": "8451", "xPais": "URUGUAI"},
        )

    def test_the_place_of_departure_is_asked(self):
        move = self.invoice((self.chair, 1, 100.0), partner=self.foreigner)
        found = {each.problem.code: each for each in move._fbr_preflight()[0]}
        self.assertEqual((found["export_missing"].record, found["export_missing"].field), (move, "fbr_exit_place"))
        move.fbr_exit_place = "Porto de Santos"
        fields_ = [each.field for each in move._fbr_preflight()[0] if each.record == move]
        self.assertIn("fbr_exit_state_id", fields_)

    @pytest.mark.prove
    def test_goods_that_somebody_sold_to_be_exported(self):
        operation = self.env["faturamento_br.operation"].search([("ready_key", "=", "export_indirect")])
        move = self.invoice(
            (self.chair, 2, 100.0),
            partner=self.foreigner,
            fbr_operation_id=operation.id,
            fbr_exit_state_id=self.sp.id,
            fbr_exit_place="Porto de Santos",
            invoice_date="2026-11-25",
        )
        line = move.invoice_line_ids
        line.write({"fbr_export_registration": "123456789012", "fbr_export_key": f"{KEY[:22]} {KEY[22:]}"})
        invoice, element = self.assert_issuable(move)
        self.assertEqual(invoice.items[0].cfop, "7501")
        self.assertEqual(invoice.references, (KEY,))
        self.assertEqual(self.texts(element, "nRE", "chNFe", "qExport"), ["123456789012", KEY, "2.0000"])
        for name, value in (("fbr_export_key", "123"), ("fbr_export_registration", "12A"), ("fbr_drawback", "x" * 21)):
            with self.subTest(name), self.assertRaises(ValidationError):
                line.write({name: value})

    def test_the_operation_follows_the_customer_until_somebody_chooses(self):
        with Form(self.env["sale.order"]) as form:
            form.partner_id = self.shop
            with form.order_line.new() as line:
                line.product_id = self.chair
            self.assertEqual(form.fbr_operation_id.ready_key, "resale")
            form.partner_id = self.foreigner
            self.assertEqual(form.fbr_operation_id.ready_key, "export_resale")
            form.partner_id = self.shop
            self.assertEqual(form.fbr_operation_id.ready_key, "resale")
            scrap = self.env["faturamento_br.operation"].search([("ready_key", "=", "scrap")])
            form.fbr_operation_id = scrap
            form.partner_id = self.foreigner
            self.assertEqual(form.fbr_operation_id, scrap)

    @pytest.mark.prove
    def test_taxes_on_an_export_are_refused(self):
        operation = self.env["faturamento_br.operation"].search([("ready_key", "=", "export_resale")])
        operation.sudo().rule_ids.write({"pis_cst": "01", "pis_rate": 1.65})
        move = self.invoice((self.chair, 1, 100.0), partner=self.foreigner)
        with self.assertRaisesRegex(UserError, "PIS"):
            move.action_post()


@tagged("post_install", "-at_install")
class TestFreeZones(AbroadCase):
    """Goods to Manaus, of who has a registration at SUFRAMA."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manaus = cls.make_customer(
            "Comercial Manaus", "AM", "Manaus", ie="04.150.272-8", vat="11444777000161", l10n_br_isuf_code="200123456"
        )
        cls.manaus.sudo().fbr_ie_indicator = "1"

    def to_manaus(self, *lines):
        operation = self.env["faturamento_br.operation"].search(
            [("ready_key", "=", "zfm_resale"), ("company_id", "=", self.company.id)]
        )
        return self.invoice(*lines, partner=self.manaus, fbr_operation_id=operation.id, invoice_date="2026-11-25")

    def test_simples_sells_to_manaus(self):
        self.company.sudo().write({"fbr_crt": "1"})
        move = self.to_manaus((self.chair, 1, 100.0))
        self.assertEqual([found.problem.code for found in move._fbr_tax_problems()], [])
        move.action_post()
        self.assertEqual(move.amount_total, 100.0)
        invoice, element = self.assert_issuable(move)
        self.assertEqual(self.texts(element, "ISUF", "CFOP"), ["200123456", "6110"])
        self.assertEqual(Decimal(element.findtext(".//{*}vNF")), invoice.items[0].unit_price)

    def test_the_normal_regime_sells_to_manaus(self):
        """The ICMS forgone comes off the price (Convênio ICM 65/1988); no IPI, PIS nor COFINS; revenue stays gross."""
        move = self.to_manaus((self.table, 2, 500.0))
        self.assertEqual({found.problem.code for found in move._fbr_tax_problems()}, {"rule_missing"})
        move.fbr_operation_id.sudo().rule_ids.write(
            {
                "icms_rate": 7.0,
                "icms_cst": "40",
                "icms_relief_reason": "7",
                "icms_relief_method": "base",
                "icms_relief_deducts": True,
                "ibs_cbs_cst": "200",
                "ibs_cbs_class": "200022",
                "reform_regular_class": "000001",
            }
        )
        self.assertEqual(list(map(str, move._fbr_tax_problems())), [])
        move.action_post()
        self.assertEqual(move.amount_total, 930.0)
        _invoice, element = self.assert_issuable(move)
        self.assertEqual(self.texts(element, "ISUF", "CFOP", "motDesICMS"), ["200123456", "6110", "7"])
        self.assertEqual(self.texts(element, "vICMSDeson", "indDeduzDeson", "vNF"), ["70.00", "1", "930.00"])
        self.assertEqual(element.findtext(".//{*}ICMS40/{*}CST"), "40")
        self.assertEqual(element.findtext(".//{*}IPINT/{*}CST"), "55")
        self.assertEqual(self.texts(element, "cEnq", "PISNT/{*}CST", "COFINSNT/{*}CST"), ["131", "06", "06"])
        balances = sorted(move.sudo().line_ids.mapped("balance"))
        self.assertEqual(balances, [-1000.0, 70.0, 930.0])


@tagged("post_install", "-at_install")
class TestImports(AbroadCase):
    """From the bill of a supplier abroad to its entry NF-e, and its taxes in the books."""

    DECLARATION = {
        "di_number": "26/1234567-8",
        "di_registered_on": "2026-11-20",
        "di_cleared_on": "2026-11-23",
        "di_place": "Porto de Santos",
        "di_expenses": 154.23,
        "di_afrmm": 100.0,
    }

    def bill(self):
        move = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.foreigner.id,
                "invoice_date": "2026-11-18",
                "l10n_latam_document_number": "1234",
                "company_id": self.company.id,
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": self.chair.id, "quantity": 10, "price_unit": 500.0, "tax_ids": False}
                    ),
                    Command.create(
                        {"product_id": self.table.id, "quantity": 2, "price_unit": 1000.0, "tax_ids": False}
                    ),
                ],
            }
        )
        move.action_post()
        return move

    def entry(self, **values):
        bill = self.bill()
        shipment = self.env["faturamento_br.shipment"].browse(bill.action_fbr_import()["res_id"])
        shipment.write({"date": "2026-11-25", "di_state_id": self.sp.id, **self.DECLARATION, **values})
        for line, addition in zip(shipment.line_ids, (1, 2), strict=True):
            line.write({"ii_rate": 16.0, "import_ipi_rate": 10.0, "di_addition": addition})
        return shipment

    def test_from_bill_to_xml(self):
        shipment = self.entry()
        self.assertTrue(shipment.is_import)
        self.assertFalse(shipment.bill_id.fbr_can_import)
        self.assertEqual([found.message(self.env) for found in shipment._fbr_preflight()[0]], [])
        invoice, element = self.assert_issuable(shipment)
        self.assertEqual((invoice.kind, invoice.destination), ("0", "3"))
        chair, table = invoice.items
        self.assertEqual((chair.cfop, chair.importation.customs_value), ("3102", Decimal("5000.00")))
        shares = [item.importation.expenses for item in (chair, table)]
        self.assertEqual(shares, [Decimal("110.16"), Decimal("44.07")])
        # II 16 % of 5000; IPI 10 % of 5800; PIS 2.1 % and COFINS 9.65 % of 5000; ICMS 18 % "por dentro" of all of it.
        names = ("vII", "vIPI", "vPIS", "vCOFINS")
        item = element.find(".//{*}det/{*}imposto")
        self.assertEqual([item.findtext(f".//{{*}}{name}") for name in names], ["800.00", "580.00", "105.00", "482.50"])
        base = (Decimal("5000") + 800 + 580 + 105 + Decimal("482.50") + Decimal("110.16")) / Decimal("0.82")
        self.assertEqual(Decimal(item.findtext(".//{*}ICMS//{*}vBC")), base.quantize(Decimal("0.01")))
        told = self.texts(element, "nDI", "dDI", "UFDesemb", "dDesemb", "tpViaTransp", "vAFRMM", "nAdicao", "cPais")
        self.assertEqual(told, ["2612345678", "2026-11-20", "SP", "2026-11-23", "1", "100.00", "1", "1058"])
        self.assertEqual(f"{shipment.amount_total:.2f}", element.findtext(".//{*}ICMSTot/{*}vNF"))

    def test_its_taxes_are_booked_beside_the_bill(self):
        shipment = self.entry()
        total = shipment.bill_id.amount_total
        shipment.action_confirm()
        entry = self.env["account.move"].sudo().create(shipment.sudo()._fbr_import_entry())
        entry.action_post()
        owed = {line.account_id.code: 0.0 for line in entry.line_ids}
        for line in entry.line_ids:
            owed[line.account_id.code] = round(owed[line.account_id.code] + line.balance, 2)
        _invoice, element = self.assert_issuable(shipment)
        totals = {name: float(element.findtext(f".//{{*}}ICMSTot/{{*}}{name}")) for name in ("vICMS", "vIPI", "vPIS")}
        self.assertEqual((owed["1.01.02.03.02"], owed["2.01.01.09.03"]), (totals["vICMS"], -totals["vICMS"]))
        self.assertEqual((owed["1.01.02.03.01"], owed["2.01.01.09.02"]), (totals["vIPI"], -totals["vIPI"]))
        self.assertEqual(owed["1.01.02.03.03"], totals["vPIS"])
        self.assertEqual(owed["2.01.01.09.28"], -(800 + 320 + 154.23))  # II and customs expenses
        self.assertEqual(shipment.bill_id.amount_total, total)

    def test_what_the_declaration_lacks_is_told_at_once(self):
        shipment = self.entry(di_number=False, di_cleared_on=False)
        [found] = [each for each in shipment._fbr_preflight()[0] if each.problem.code == "declaration_incomplete"]
        self.assertEqual((found.record, found.field), (shipment, "di_number"))
        self.assertIn("DI", found.message(self.env))
        with self.assertRaises(UserError):
            shipment.action_confirm()
        with self.assertRaises(ValidationError):
            shipment.line_ids[0].ii_rate = -1

    @pytest.mark.prove
    def test_a_bill_of_here_has_none(self):
        bill = self.bill()
        bill.button_draft()
        bill.partner_id = self.shop
        self.assertFalse(bill.fbr_can_import)
        with self.assertRaises(UserError):
            bill.action_fbr_import()
