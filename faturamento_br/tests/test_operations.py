"""The operations that come ready, as a company has them: given once, changed freely, right in the XML."""

from datetime import datetime
from zoneinfo import ZoneInfo

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..fiscal import access_key, operations
from ..fiscal.documents import nfe
from ..fiscal.taxes import engine
from .taxes_common import TaxesCase

ISSUED_AT = datetime(2026, 11, 25, 11, 0, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))


@tagged("post_install", "-at_install")
class TestOperations(TaxesCase):
    def ready(self, key):
        found = self.env["faturamento_br.operation"].search(
            [("company_id", "=", self.company.id), ("ready_key", "=", key)]
        )
        self.assertEqual(len(found), 1, key)
        return found

    def taxed(self, key, product, **values):
        """The NF-e of a remittance of ``product`` by the operation ``key``, with all checks but those of addresses."""
        shipment = self.env["faturamento_br.shipment"].create(
            {
                "partner_id": self.shop.id,
                "company_id": self.company.id,
                "fbr_operation_id": self.ready(key).id,
                "line_ids": [Command.create({"product_id": product.id, "quantity": 2.0})],
                **values,
            }
        )
        self.assertEqual([found.problem for found in shipment._fbr_tax_problems()], [])
        invoice = shipment._fbr_spec(
            environment="simulator", series=1, number=9, numeric_code="80716253", issued_at=ISSUED_AT
        )
        found = nfe.problems(invoice, now=ISSUED_AT)
        self.assertEqual([one for one in found if not one.path.startswith(("emitter", "recipient", "technician"))], [])
        return engine.tax_invoice(invoice)

    def key(self):
        return access_key.build(
            cUF="35",
            issued_at=ISSUED_AT,
            tax_id="11222333000181",
            model="55",
            series=1,
            number=7,
            emission_type="1",
            numeric_code="83746152",
        )

    def test_given_once_and_never_overwritten(self):
        model = self.env["faturamento_br.operation"].sudo()
        every = model.with_context(active_test=False).search([("company_id", "=", self.company.id)])
        self.assertEqual(len(every.filtered("ready_key")), len(operations.shipped("3")))
        self.assertGreaterEqual(len(every), 40)
        self.assertLess(len(every.filtered("in_use")), 15)
        mine = self.ready("repair").sudo()
        mine.write({"name": "Remessa para conserto na fábrica", "active": False})
        mine.rule_ids[0].icms_cst = "41"
        model._fbr_update_ready()
        again = model.with_context(active_test=False).search([("company_id", "=", self.company.id)])
        self.assertEqual(again, every)
        self.assertEqual((mine.name, mine.rule_ids[0].icms_cst), ("Remessa para conserto na fábrica", "41"))
        with self.assertRaises(UserError):
            mine.unlink()
        copy = mine.copy({"name": "Outro conserto"})
        copy.unlink()

    def test_a_new_one_comes_with_an_update(self):
        model = self.env["faturamento_br.operation"].sudo()
        lost = self.ready("loan").sudo()
        lost.ready_key = False
        lost.unlink()
        model._fbr_update_ready()
        self.assertEqual(self.ready("loan").counterpart_id, self.ready("loan_back"))

    def test_the_regime_changes_the_codes_of_untouched_rules(self):
        mine = self.ready("demonstration").sudo().rule_ids
        mine[0].icms_cst = "90"
        self.company.sudo().fbr_crt = "1"
        self.assertEqual(mine[0].icms_cst, "90")
        self.assertEqual((mine[1].icms_csosn, mine[1].icms_cst), ("400", False))

    def test_remittances_and_entries(self):
        """The IPI is the goods', suspended or none, as the operation says; an entry has CFOP and CSTs of entries."""
        sent = self.taxed("demonstration", self.table)
        self.assertEqual((sent.invoice.kind, sent.items[0].item.cfop, sent.items[0].ipi.cst), ("1", "5912", "50"))
        sent = self.taxed("industry_shipment", self.table)
        self.assertEqual((sent.items[0].ipi.cst, sent.items[0].ipi.cEnq, sent.totals["vIPI"]), ("55", "108", 0))
        self.assertIsNone(self.taxed("repair", self.table).items[0].ipi)
        back = self.taxed("industry_back", self.table, fbr_references=self.key())
        item = back.items[0]
        self.assertEqual((back.invoice.kind, item.item.cfop, item.ipi.cst, item.pis.cst), ("0", "1902", "05", "98"))
        returned = self.taxed("consignment_return", self.table, fbr_references=self.key())
        self.assertEqual((returned.invoice.purpose, returned.items[0].item.cfop), ("4", "5918"))

    def test_a_reference_is_asked_for(self):
        shipment = self.env["faturamento_br.shipment"].create(
            {
                "partner_id": self.shop.id,
                "company_id": self.company.id,
                "fbr_operation_id": self.ready("repair_return").id,
                "line_ids": [Command.create({"product_id": self.chair.id, "quantity": 1.0})],
            }
        )
        self.assertIn("reference_needed", {found.problem.code for found in shipment._fbr_trade_problems()})
        shipment.fbr_references = self.key()
        self.assertNotIn("reference_needed", {found.problem.code for found in shipment._fbr_trade_problems()})
