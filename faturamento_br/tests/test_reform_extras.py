from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .test_abroad import AbroadCase as IssuingCase

ISSUED_AT = datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))
JANUARY = datetime(2027, 1, 4, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))


class RuleCase(IssuingCase):
    """Sales of one product under a rule of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop.sudo().vat = "12.ABC.345/01DE-35"

    def rule(self, product, **values):
        values = {"company_id": self.company.id, "product_tmpl_id": product.product_tmpl_id.id, **values}
        return self.env["faturamento_br.tax_rule"].sudo().create(values)

    def sold(self, product, quantity=1.0, price=1000.0, issued=ISSUED_AT, **values):
        move = self.invoice((product, quantity, price), invoice_date=f"{issued:%Y-%m-%d}", **values)
        self.assertEqual([found.message(self.env) for found in move._fbr_tax_problems()], [])
        move.action_post()
        self.assert_same(move)
        return (move, self.assert_issuable(move, issued)[1])


@tagged("post_install", "-at_install")
class TestReformExtras(RuleCase):
    """Groups of IBS and CBS that a cClassTrib admits, of the rule and of the customer; IS."""

    @pytest.mark.prove
    def test_deferral(self):
        self.rule(self.chair, ibs_cbs_cst="515", ibs_cbs_class="515001", reform_deferral=100.0)
        _move, element = self.sold(self.chair)
        self.assertEqual(self.texts(element, "pDif", "vCBS"), ["100.0000", "0.00"])

    def test_only_what_the_class_admits_is_shown_and_used(self):
        rule = self.rule(self.chair, ibs_cbs_cst="000", ibs_cbs_class="000001", reform_regular_class="000001")
        self.assertFalse(
            rule.reform_defers or rule.reform_has_regular or rule.reform_has_presumed or rule.reform_is_mono
        )
        _move, element = self.sold(self.chair)
        self.assertIsNone(element.find(".//{*}gTribRegular"))
        rule.write({"ibs_cbs_cst": "550", "ibs_cbs_class": "550001"})
        self.assertTrue(rule.reform_has_regular)

    @pytest.mark.prove
    def test_regular_taxation(self):
        self.rule(self.chair, ibs_cbs_cst="550", ibs_cbs_class="550001", reform_regular_class="000001")
        _move, element = self.sold(self.chair)
        self.assertEqual(self.texts(element, "cClassTribReg", "pAliqEfetRegCBS"), ["000001", "0.9000"])

    def test_a_public_body_buys(self):
        self.shop.sudo().fbr_government_entity = "4"
        _move, element = self.sold(self.chair)
        self.assertEqual(self.texts(element, "tpEnteGov", "pRedutor", "tpOperGov"), ["4", "0.0000", "1"])
        with freeze_time("2027-01-04 13:00:00"):
            rates = self.env["faturamento_br.reform.rate"].sudo()
            rates.create({"valid_from": "2027-01-01", "cbs_rate": 8.7, "source": "Resolução (example)"})
            move = self.invoice((self.chair, 1.0, 1000.0), invoice_date="2027-01-04")
            self.assertEqual([found.problem.code for found in move._fbr_tax_problems()], ["government_reducer"])
            rates.search([]).write({"reducer_known": True, "reducer": 10.0})
            move, element = self.sold(self.chair, issued=JANUARY)
            # A tenth less of 0.1 and 8.7 % of 820.00; all IBS is the city's, the CBS moves from 2029 on (art. 473).
            self.assertEqual(self.texts(element, "pRedutor", "vIBSMun", "vCBS"), ["10.0000", "0.74", "64.21"])
            self.assertEqual(move.amount_total, 1064.95)

    def test_selective_tax_on_top_from_2027_on(self):
        with freeze_time("2027-01-04 13:00:00"):
            rates = self.env["faturamento_br.reform.rate"].sudo()
            rates.create({"valid_from": "2027-01-01", "cbs_rate": 8.7, "source": "Resolução (example)"})
            values = {"selective_cst": "000", "selective_class": "000001", "selective_rate": 10.0}
            rule = self.rule(self.chair, valid_from="2027-01-01", icms_cst="40", **values)
            move, element = self.sold(self.chair, issued=JANUARY)
            self.assertEqual(self.texts(element, "vIS", "vBCIBSCBS", "vNF"), ["100.00", "1100.00", "1000.00"])
            self.assertEqual(
                Decimal(f"{move.amount_total:.2f}"), Decimal("1000") + 100 + Decimal("1.10") + Decimal("95.70")
            )
            self.assertEqual(self.journal(move)["2.01.01.09.15", "tax"], -100.0)
            rule.selective_rate = 0
            self.assertIn("IS", " ".join(kind.upper() for kind in move.line_ids.tax_line_id.mapped("fbr_kind")))


@tagged("post_install", "-at_install")
class TestFuels(RuleCase):
    """Single-phase ICMS by unit, with the group comb."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        litre = cls.env.ref("uom.product_uom_litre")
        cls.diesel = cls.make_product(
            "Óleo diesel B S10", "27101921", uom_id=litre.id, fbr_ipi_cst="none", fbr_anp_code="820101034"
        )
        cls.diesel.sudo().write({"fbr_anp_description": "OLEO DIESEL B S10 - COMUM", "fbr_fuel_bio": 14.0})
        cls.not_listed = {"pis_cst": "04", "cofins_cst": "04", "cfop": "5655", "scope": "inside"}

    def test_taxed_once_inside_the_price(self):
        self.rule(self.diesel, icms_cst="02", fuel="diesel", **self.not_listed)
        move, element = self.sold(self.diesel, 1000.0, 5.0)
        self.assertEqual(self.texts(element, "cProdANP", "UFCons"), ["820101034", "SP"])
        self.assertEqual(self.texts(element, "qBCMono", "adRemICMS", "vICMSMono"), ["1000.0000", "1.1700", "1170.00"])
        self.assertEqual(move.amount_total, 5000.0)
        books = self.journal(move)
        self.assertEqual(books["2.01.01.09.03", "tax"], -1170.0)
        self.assertEqual(books["3.01.01.01.02.03", "tax"], 1170.0)

    @pytest.mark.prove
    def test_the_biofuel_s_is_withheld_on_top(self):
        share = {"fuel_biofuel": "biodiesel", "fuel_withheld_share": 33.33}
        self.rule(self.diesel, icms_cst="15", fuel="diesel", **share, **self.not_listed)
        move, element = self.sold(self.diesel, 1000.0, 5.0)
        names = ("qBCMono", "vICMSMono", "qBCMonoReten", "vICMSMonoReten")
        self.assertEqual(self.texts(element, *names), ["860.0000", "1006.20", "140.0000", "54.59"])
        self.assertEqual(move.amount_total, 5054.59)

    def test_what_was_charged_before_is_told_only(self):
        self.rule(self.diesel, icms_cst="61", fuel="diesel", **self.not_listed)
        move, element = self.sold(self.diesel, 10.0, 6.0)
        self.assertEqual(self.texts(element, "vICMSMonoRet"), ["11.70"])
        self.assertEqual((move.amount_total, move.line_ids.tax_line_id.ids), (60.0, []))

    def test_wrong_codes_are_told(self):
        with self.assertRaisesRegex(ValidationError, "ANP"):
            self.diesel.sudo().fbr_anp_code = "12"
        with self.assertRaises(ValidationError):
            self.diesel.sudo().fbr_fuel_bio = 101.0
