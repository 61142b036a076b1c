from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..fiscal import schema
from ..fiscal.documents import nfe
from ..fiscal.taxes import engine
from .taxes_common import AmountsCase

ISSUED_AT = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))
IRRF, CSLL, PIS, COFINS = "1.01.02.04.01", "1.01.02.04.04", "1.01.02.04.07", "1.01.02.04.09"
INSS = "1.01.02.04.17"


@tagged("post_install", "-at_install")
class TestWithholding(AmountsCase):
    """What public bodies and companies withhold: off the receivable, in the books, in retTrib; vNF stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        city = cls.env["res.city"].search([("fbr_ibge_code", "=", "3550308")])
        cls.company.sudo().partner_id.write(
            {"city_id": city.id, "street_name": "Rua Augusta", "street_number": "1", "street2": "Consolação",
             "zip": "01305-000", "phone": "+55 (11) 3333-4444"}
        )  # fmt: skip
        cls.ministry = cls.make_customer(
            "Ministério", "SP", "Campinas", vat="00394460000141", fbr_withholding_payer="federal"
        )
        cls.terms = cls.env["account.payment.term"].sudo().create(
            {
                "name": "30/60",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )  # fmt: skip

    def withheld(self, move):
        return {code: balance for (code, kind), balance in self.journal(move).items() if kind == "fbr_withheld"}

    def receivable(self, move):
        lines = move.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")
        return lines.mapped("balance")

    def taxed(self, move):
        return engine.tax_invoice(
            move._fbr_spec(environment="simulator", series=1, number=7, numeric_code="83746152", issued_at=ISSUED_AT)
        )

    def test_a_federal_body_on_goods(self):
        move = self.invoice((self.chair, 1, 1000), (self.freight, 1, 101), partner=self.ministry)
        self.assertEqual(move.amount_total, 1101.0)
        # Annex I, 6147, of all that is paid: 1.2, 1, 0.65 and 3 %
        self.assertEqual(self.withheld(move), {IRRF: 13.21, CSLL: 11.01, PIS: 7.16, COFINS: 33.03})
        self.assertEqual(self.receivable(move), [1036.59])
        self.assertEqual(move.amount_residual, 1036.59)
        withheld = "Retenções na fonte: IRRF R$ 13,21, CSLL R$ 11,01, COFINS R$ 33,03, PIS R$ 7,16."
        text = f"{withheld} Valor líquido: R$ 1.036,59."
        self.assertEqual(move.fbr_withheld_text, text)
        move.invoice_payment_term_id = self.terms
        self.assertEqual(self.receivable(move), [518.29, 518.3])
        move.action_post()
        self.assertEqual((move.amount_total, move.amount_residual), (1101.0, 1036.59))
        self.assertIn(text, move._fbr_info())
        taxed = self.taxed(move)
        self.assertEqual(str(taxed.totals.invoice), "1101.00")
        self.assertEqual(str(taxed.receivable), "1036.59")
        found = [*nfe.problems(taxed.invoice), *nfe.amount_problems(taxed)]
        self.assertEqual(found, [])
        xml = nfe.build(taxed).element
        self.assertEqual(schema.validate_unsigned(xml, "nfe_v4.00.xsd"), [])
        told = {each.tag.rpartition("}")[2]: each.text for each in xml.find(".//{*}retTrib")}
        self.assertEqual(
            told,
            {"vRetPIS": "7.16", "vRetCOFINS": "33.03", "vRetCSLL": "11.01", "vBCIRRF": "1101.00", "vIRRF": "13.21"},
        )
        bill = [xml.findtext(f".//{{*}}fat/{{*}}{tag}") for tag in ("vOrig", "vDesc", "vLiq")]
        self.assertEqual(bill, ["1101.00", "64.41", "1036.59"])
        html = self.env["ir.actions.report"]._render_qweb_html("account.report_invoice", move.ids)[0].decode()
        self.assertIn(text, html)

    @pytest.mark.prove
    def test_paid_at_sight_the_payments_add_up(self):
        move = self.invoice((self.chair, 1, 1000), partner=self.ministry)
        move.fbr_payment_code = "20"
        move.action_post()
        payments = [(payment.method, str(payment.amount)) for payment in self.taxed(move).invoice.payments]
        self.assertEqual(payments, [("20", "941.50"), ("99", "58.50")])
        self.assertEqual(nfe.amount_problems(self.taxed(move)), [])

    @pytest.mark.prove
    def test_it_follows_every_change(self):
        move = self.invoice((self.chair, 1, 1000), partner=self.shop)
        self.assertFalse(move.fbr_withheld)
        move.partner_id = self.ministry
        self.assertEqual(self.receivable(move), [941.5])
        move.invoice_line_ids.price_unit = 2000
        self.assertEqual(self.receivable(move), [1883.0])
        copy = move.copy({"invoice_date": "2026-11-20"})
        self.assertEqual(self.receivable(copy), [1883.0])
        move.partner_id = self.shop
        self.assertEqual((self.withheld(move), self.receivable(move), move.fbr_withheld), ({}, [2000.0], False))
        self.ministry.sudo().fbr_withholding_payer = "state"
        copy.action_post()
        self.assertEqual(self.withheld(copy), {IRRF: 24.0})  # states and cities: the income tax only
        self.assertEqual(self.receivable(copy), [1976.0])

    @pytest.mark.prove
    def test_floor(self):
        """Less than R$ 10,00 is not withheld: 170 × 5.85 % = 9.945, each tax rounded 2.04 + 1.70 + 5.10 + 1.11."""
        self.assertEqual(self.withheld(self.invoice((self.chair, 1, 170), partner=self.ministry)), {})
        self.assertEqual(
            self.withheld(self.invoice((self.chair, 1, 171), partner=self.ministry)),
            {IRRF: 2.05, CSLL: 1.71, PIS: 1.11, COFINS: 5.13},
        )

    def test_a_credit_note_takes_it_back(self):
        move = self.invoice((self.chair, 1, 1000), partner=self.ministry)
        move.action_post()
        refund = move._reverse_moves([{"invoice_date": "2026-11-20"}])
        self.assertEqual(self.withheld(refund), {IRRF: -12.0, CSLL: -10.0, PIS: -6.5, COFINS: -30.0})
        self.assertEqual(self.receivable(refund), [-941.5])
        refund.action_post()
        self.assertEqual((refund.amount_residual, move.amount_residual), (0.0, 0.0))

    def test_a_company_of_simples_suffers_none(self):
        self.company.sudo().fbr_crt = "1"
        move = self.invoice((self.chair, 1, 1000), partner=self.ministry)
        self.assertEqual((self.withheld(move), self.receivable(move)), ({}, [1000.0]))

    @pytest.mark.prove
    def test_companies_on_services_as_the_product_says(self):
        self.shop.sudo().fbr_withholding_payer = "private"
        self.assertEqual(self.withheld(self.invoice((self.chair, 1, 1000), (self.assembly, 1, 1000))), {})
        self.assembly.sudo().write({"fbr_private_nature": "cleaning", "fbr_social_security": "labour"})
        move = self.invoice((self.assembly, 1, 2000))
        self.assertEqual(self.withheld(move), {IRRF: 20.0, CSLL: 20.0, PIS: 13.0, COFINS: 60.0, INSS: 220.0})
        move.action_post()
        self.assertEqual(move.amount_residual, 2000 - 333.0)
        part = self.make_product("Amortecedor", "87088000", fbr_private_nature="auto_parts")
        self.assertEqual(self.withheld(self.invoice((part, 1, 1000), (self.chair, 1, 500))), {PIS: 1.0, COFINS: 5.0})

    def test_what_changed_after_confirming_is_told(self):
        """The books say what was withheld then; retTrib would say what is withheld now."""
        move = self.invoice((self.chair, 1, 1000), partner=self.ministry)
        move.action_post()
        self.assertTrue(self.taxed(move).withheld)
        self.ministry.sudo().fbr_withholding_payer = "state"
        codes = {located.problem.code for located in move._fbr_document_problems(move._fbr_tax_context())}
        self.assertEqual(codes, {"withheld_changed"})
        self.ministry.sudo().fbr_withholding_payer = "federal"
        self.assertFalse([*move._fbr_document_problems(move._fbr_tax_context())])

    @pytest.mark.prove
    def test_a_year_without_rates_is_refused_by_name(self):
        for product in (self.chair, self.assembly):
            move = self.invoice((product, 1, 1000), partner=self.ministry, invoice_date="2027-01-10")
            with self.assertRaisesRegex(UserError, f"{product.name}(.|\n)*(PIS|COFINS|CSLL)"):
                move.action_post()

    def test_who_withholds_nothing_costs_nothing(self):
        """The ordinary customer's invoice is saved without another query."""
        move = self.invoice((self.chair, 1, 1000))
        self.env.flush_all()
        self.env.invalidate_all()
        move.line_ids.mapped("fbr_withheld_tax"), move._fbr_payer(), move.fbr_withheld
        with self.assertQueryCount(0):
            self.assertTrue(move._fbr_withheld_is_current())
