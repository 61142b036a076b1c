from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .spare_companies import BILLING
from .test_abroad import AbroadCase as IssuingCase

DECEMBER, JANUARY = "2026-12-31", "2027-01-01"
ZONE = ZoneInfo("America/Sao_Paulo")
PIS, COFINS = "2.01.01.09.04", "2.01.01.09.05"
CBS, IBS = "2.01.01.09.17", "2.01.01.09.18"


class ReformCase(IssuingCase):
    """The same sale on the last day of 2026 and on the first of 2027."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop.sudo().vat = "12.ABC.345/01DE-35"
        cls.rates = cls.env["faturamento_br.reform.rate"].sudo()

    def publish(self):
        """What the Senate is to publish by December: an example."""
        return self.rates.create(
            {"valid_from": JANUARY, "valid_to": "2028-12-31", "cbs_rate": 8.7, "source": "Resolução (example)"}
        )

    def sold(self, day, env=None, company=None, **line):
        """Quotation, order, posted invoice of ``day``, and its XML."""
        env, company = env or self.env, company or self.company
        with freeze_time(f"{day} 15:00:00"):
            product = line.pop("product", self.chair)
            order = env["sale.order"].create(
                {
                    "partner_id": self.shop.id,
                    "company_id": company.id,
                    "pricelist_id": False,
                    "order_line": [Command.create({"product_id": product.id, "price_unit": 1000.0, **line})],
                }
            )
            quoted = order.amount_total
            order.action_confirm()
            move = order._create_invoices()
            move.invoice_date = day
            move.action_post()
            self.assertEqual(move.amount_total, quoted)
            self.assertEqual(order.tax_totals["total_amount"], quoted)
            self.assert_same(move)
            issued = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=ZONE)
            return (move, *self.assert_issuable(move, issued))


@tagged("post_install", "-at_install")
class TestGoldenPair(ReformCase):
    """CRT 3: PIS and COFINS until the one day, IBS and CBS on top of the price from the other on."""

    def test_the_same_sale_on_both_days(self):
        self.publish()
        december, _invoice, before = self.sold(DECEMBER)
        january, _invoice, after = self.sold(JANUARY)
        names = ("vNF", "vNFTot", "vPIS", "vCOFINS", "pIBSUF", "pIBSMun", "pCBS", "vBCIBSCBS", "vIBS", "vCBS", "vPag")
        # Base of 2026: 1000 - 180 ICMS - 13.53 PIS - 62.32 COFINS; of 2027: 1000 - 180.
        self.assertEqual(
            self.texts(before, *names),
            ["1000.00", "1000.00", "13.53", "62.32", "0.1000", "0.0000", "0.9000", "744.15", "0.74", "6.70", "1000.00"],
        )
        self.assertEqual(
            self.texts(after, *names),
            ["1000.00", "1072.16", "0.00", "0.00", "0.0500", "0.0500", "8.7000", "820.00", "0.82", "71.34", "1072.16"],
        )
        self.assertEqual((december.amount_total, january.amount_total), (1000.0, 1072.16))
        books = {code: balance for (code, kind), balance in self.journal(december).items() if kind == "tax"}
        self.assertEqual((books[PIS], books[COFINS], CBS in books, IBS in books), (-13.53, -62.32, False, False))
        books = {code: balance for (code, kind), balance in self.journal(january).items() if kind == "tax"}
        self.assertEqual((books[CBS], books[IBS], PIS in books, COFINS in books), (-71.34, -0.82, False, False))
        groups = [group["group_name"] for part in january.tax_totals["subtotals"] for group in part["tax_groups"]]
        self.assertEqual(sorted(groups), ["CBS", "IBS"])

    def test_without_a_rate_it_is_refused_by_name_until_it_is_answered(self):
        with freeze_time(f"{JANUARY} 15:00:00"):
            move = self.invoice((self.chair, 1, 1000.0), invoice_date=JANUARY)
            with self.assertRaisesRegex(UserError, "CBS"), self.env.cr.savepoint():
                move.action_post()
            self.publish()
            move.action_post()
            self.assertEqual(move.amount_total, 1072.16)

    def test_what_is_returned_in_january_has_the_taxes_of_december(self):
        self.publish()
        december, *_told = self.sold(DECEMBER)
        with freeze_time(f"{JANUARY} 15:00:00"):
            refund = december._reverse_moves([{"invoice_date": JANUARY, "date": JANUARY}])
            refund.action_post()
        self.assertEqual(refund.amount_total, 1000.0)
        self.assertEqual({key: -value for key, value in self.journal(refund).items()}, self.journal(december))

    def test_ipi_ends_where_somebody_has_said_so(self):
        self.publish()
        with freeze_time(f"{JANUARY} 15:00:00"):
            move = self.invoice((self.table, 1, 1000.0), invoice_date=JANUARY)
            [found] = move._fbr_tax_problems()
            place = (found.problem.code, found.record, found.field)
            self.assertEqual(place, ("ipi_after_2026", self.table, "fbr_ipi_reform"))
            self.table.sudo().fbr_ipi_reform = "kept"
            self.assertEqual([each.problem.code for each in move._fbr_tax_problems()], ["ipi_after_2026"])
        furniture = self.env["product.category"].sudo().create({"name": "Móveis", "fbr_ipi_reform": "zero"})
        self.table.sudo().write({"fbr_ipi_reform": False, "categ_id": furniture.id})
        january, _invoice, after = self.sold(JANUARY, product=self.table)
        self.assertEqual(january.amount_total, 1072.16)
        self.assertEqual(after.findtext(".//{*}IPI/{*}IPINT/{*}CST"), "51")
        december, *_told = self.sold(DECEMBER, product=self.table)
        self.assertEqual(december.amount_total, 1050.0)


@tagged("post_install", "-at_install")
class TestSimplesOf2027(ReformCase):
    """CRT 1: in the DAS, told nowhere yet; by its own option in the regular regime, on top as for the others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simples = cls.make_company("Simples Ltda", "19131243000197", "SP", fbr_crt="1")
        city = cls.env["res.city"].search([("fbr_ibge_code", "=", "3550308")])
        address = {"city_id": city.id, "street_name": "Rua Augusta", "street2": "Consolação", "zip": "01305-000"}
        cls.simples.partner_id.write(address)
        root = cls.env(su=True, user=cls.env.ref("base.user_root"))
        ids = [Command.set(cls.simples.ids)]
        user = new_test_user(root, "simples_2027", groups=BILLING, company_id=cls.simples.id, company_ids=ids)
        cls.its_env = cls.env(user=user, context={**cls.env.context, "allowed_company_ids": cls.simples.ids})

    @pytest.mark.prove
    def test_in_the_das_it_is_refused_by_name(self):
        december, _invoice, element = self.sold(DECEMBER, self.its_env, self.simples)
        self.assertEqual(december.amount_total, 1000.0)
        self.assertIsNone(element.find(".//{*}IBSCBS"))
        with freeze_time(f"{JANUARY} 15:00:00"):
            move = self.its_env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.shop.id,
                    "invoice_date": JANUARY,
                    "invoice_line_ids": [Command.create(self.line(self.chair))],
                }
            )
            [found] = move._fbr_tax_problems()
            place = (found.problem.code, found.record, found.field)
            self.assertEqual(place, ("rule_missing_ibs_cbs_simples", self.simples, "fbr_regular_reform_from"))

    def test_by_its_option_it_is_on_top(self):
        self.publish()
        self.simples.sudo().fbr_regular_reform_from = JANUARY
        december, _invoice, element = self.sold(DECEMBER, self.its_env, self.simples)
        self.assertEqual((december.amount_total, element.find(".//{*}IBSCBS")), (1000.0, None))
        january, _invoice, element = self.sold(JANUARY, self.its_env, self.simples)
        # No ICMS on the document: the whole price is the base.
        names = ("CRT", "vBCIBSCBS", "vIBS", "vCBS", "vNF", "vNFTot", "vPIS")
        self.assertEqual(self.texts(element, *names), ["1", "1000.00", "1.00", "87.00", "1000.00", "1088.00", "0.00"])
        self.assertEqual(Decimal(f"{january.amount_total:.2f}"), Decimal("1088.00"))
