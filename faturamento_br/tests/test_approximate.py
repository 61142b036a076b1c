import base64
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..fiscal.documents import nfe
from ..fiscal.taxes import engine
from .taxes_common import AmountsCase

HEAD = (
    "codigo;ex;tipo;descricao;nacionalfederal;importadosfederal;estadual;municipal;vigenciainicio;vigenciafim;chave;"
    "versao;fonte"
)
CHAIR = "94016100;;0;Cadeiras;13.45;18.61;18.00;0.00;01/11/2026;31/12/2026;42CA5A;26.2.B;IBPT"
TABLE = "94036000;;0;Mesas;10.00;20.00;18.00;0.00;01/11/2026;31/12/2026;42CA5A;26.2.B;IBPT"
ISSUED_AT = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))


@tagged("post_install", "-at_install")
class TestApproximate(AmountsCase):
    """The approximate taxes of Lei 12.741: the table of IBPT, what consumers are told, and when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env(su=True),
            "accountant_sp",
            groups="account.group_account_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def upload(self, *lines, name="TabelaIBPTaxSP26.2.B.csv", **values):
        content = "\r\n".join([HEAD, *lines]).encode("cp1252")
        wizard = (
            self.env["faturamento_br.approximate_upload"]
            .with_user(self.accountant)
            .create({"file": base64.b64encode(content), "file_name": name, "company_id": self.company.id, **values})
        )
        wizard.action_upload()
        tables = self.env["faturamento_br.approximate_table"]
        return tables.search([("state_id", "=", wizard.state_id.id)], order="id desc", limit=1)

    def taxed(self, move):
        invoice = move._fbr_spec(
            environment="simulator", series=1, number=7, numeric_code="83746152", issued_at=ISSUED_AT
        )
        return engine.tax_invoice(invoice)

    def test_a_consumer_is_told_on_invoice_and_nfe(self):
        before = self.invoice((self.chair, 1, 1000), (self.table, 2, 250, 10), partner=self.person)
        table = self.upload(CHAIR, TABLE)
        self.assertEqual((table.version, table.line_count, table.state), ("26.2.B", 2, "valid"))
        self.assertEqual((table.valid_from, table.valid_to), (date(2026, 11, 1), date(2026, 12, 31)))
        move = self.invoice((self.chair, 1, 1000), (self.table, 2, 250, 10), partner=self.person)
        self.assertEqual(move.amount_total, before.amount_total)  # it is information: no cent moves
        self.assertFalse(before.fbr_approximate_text)
        # 1000 × 13.45 % + 450 × 10 % (the IPI on top is no part of the price's base); 1450 × 18 %
        text = "Trib. aprox. R$ 179,50 Federal e R$ 261,00 Estadual. Fonte: IBPT 26.2.B 42CA5A"
        self.assertEqual(move.fbr_approximate_text, text)
        move.action_post()
        self.assertEqual(move.fbr_approximate_text, text)
        taxed = self.taxed(move)
        self.assertEqual(str(taxed.totals["vTotTrib"]), "440.50")
        self.assertEqual([str(item.approximate.amount) for item in taxed.items], ["314.50", "126.00"])
        self.assertIn(text, taxed.texts)
        xml = nfe.build(taxed).element
        told = xml.findtext(".//{*}infCpl")
        self.assertIn(text, told)
        html = self.env["ir.actions.report"]._render_qweb_html("account.report_invoice", move.ids)[0].decode()
        self.assertIn(text, html.replace("&#36;", "$"))
        self.assertEqual(move._fbr_changed_problems(), [])
        self.assert_same(move)

    def test_who_resells_is_not_told(self):
        self.upload(CHAIR)
        move = self.invoice((self.chair, 1, 1000))
        self.assertFalse(move.fbr_approximate_text)
        self.assertNotIn("vTotTrib", self.taxed(move).totals)

    @pytest.mark.prove
    def test_imported_goods_have_their_own_rate(self):
        self.upload(CHAIR)
        goods = self.make_product("Cadeira importada", "94016100", fbr_origin="2")
        move = self.invoice((goods, 1, 1000), partner=self.person)
        self.assertIn("R$ 186,10 Federal", move.fbr_approximate_text)

    def test_an_expired_table_and_one_without_the_code_are_told_and_stop_nothing(self):
        self.upload(CHAIR.replace("31/12/2026", "15/11/2026"))
        move = self.invoice((self.chair, 1, 1000), (self.table, 1, 1000), partner=self.person)
        self.assertFalse(move.fbr_approximate_text)
        notes = move._fbr_preflight()[1]
        self.assertEqual([note.problem.code for note in notes], ["approximate_expired", "approximate_ncm"])
        self.assertEqual(notes[1].record, self.table)
        self.assertIn("15/11/2026", notes[0].message(move.env))
        move.action_post()
        self.assertEqual(move.state, "posted")
        # The newer version is taken from its first day on, the older one for days before.
        self.upload(CHAIR.replace("01/11/2026", "16/11/2026").replace("26.2.B", "26.2.C"))
        self.assertIn("26.2.C", self.invoice((self.chair, 1, 10), partner=self.person).fbr_approximate_text)
        earlier = self.invoice((self.chair, 1, 10), partner=self.person, invoice_date="2026-11-10")
        self.assertIn("26.2.B", earlier.fbr_approximate_text)

    @pytest.mark.prove
    def test_a_version_uploaded_again_takes_its_place(self):
        first = self.upload(CHAIR)
        again = self.upload(CHAIR.replace("13.45", "14.00"), TABLE)
        self.assertFalse(first.exists())
        self.assertEqual(again.line_count, 2)
        move = self.invoice((self.chair, 1, 100), partner=self.person)
        self.assertIn("R$ 14,00 Federal", move.fbr_approximate_text)
        other = self.upload(CHAIR, name="TabelaIBPTaxRJ26.2.B.csv")
        self.assertEqual(other.state_id.code, "RJ")
        self.assertTrue(again.exists())
        self.assertIn("R$ 14,00 Federal", self.invoice((self.chair, 1, 100), partner=self.person).fbr_approximate_text)

    def test_mistakes_are_told_by_line_and_nothing_is_kept(self):
        with self.assertRaises(UserError) as error:
            self.upload(CHAIR, TABLE.replace("10.00", "dez"), CHAIR.replace("94016100", "9401"))
        told = str(error.exception).splitlines()
        self.assertEqual(len(told), 3)
        self.assertTrue(told[1].startswith("Line 3: “dez”"), told)
        self.assertTrue(told[2].startswith("Line 4: “9401”"), told)
        self.assertFalse(self.env["faturamento_br.approximate_table"].search([]))
        with self.assertRaisesRegex(UserError, "first line"):
            self.upload(name="other.csv", file=base64.b64encode(b"a;b\n1;2"))

    def test_rights(self):
        table = self.upload(CHAIR)
        with self.assertRaises(AccessError):
            self.env["faturamento_br.approximate_upload"].create({"file": base64.b64encode(b"x")})
        self.assertEqual(table.with_env(self.env).version, "26.2.B")
        other = self.env.ref("base.main_company")
        stranger = new_test_user(
            self.env(su=True),
            "stranger_sp",
            groups="account.group_account_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        tables = self.env["faturamento_br.approximate_table"].with_user(stranger)
        self.assertFalse(tables.with_context(allowed_company_ids=other.ids).search([]))

    @pytest.mark.prove
    def test_it_is_looked_up_once_whatever_the_number_of_codes(self):
        goods = [self.make_product(f"Peça {code}", code) for code in ("94016100", "94036000", "94013100", "94034000")]
        self.upload(*(CHAIR.replace("94016100", product.fbr_ncm) for product in goods))
        tables = self.env["faturamento_br.approximate_table"]
        table = tables.search([])
        self.env.flush_all()
        self.env.registry.clear_cache()
        codes = tuple(sorted(product.fbr_ncm for product in goods))
        tables._fbr_rates(table.id, codes[:1])
        with self.assertQueryCount(1):
            tables._fbr_rates(table.id, codes)
        with self.assertQueryCount(0):
            tables._fbr_rates(table.id, codes)
