from decimal import Decimal

import pytest
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..fiscal import operations as ready
from .spare_companies import BILLING
from .taxes_common import TaxesCase, core_total


@tagged("post_install", "-at_install")
class TestTaxesCompanies(TaxesCase):
    """Two companies of different regimes, one user each; and how a company gets its taxes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simples = cls.make_company("Simples Ltda", "19131243000197", "MG", fbr_crt="1")
        root = cls.env(su=True, user=cls.env.ref("base.user_root"))
        cls.other_user = new_test_user(
            root,
            "billing_mg",
            groups=BILLING,
            company_id=cls.simples.id,
            company_ids=[Command.set(cls.simples.ids)],
        )
        cls.other_env = cls.env(user=cls.other_user, context={"allowed_company_ids": cls.simples.ids})

    def test_each_by_its_regime(self):
        normal = self.invoice((self.chair, 1, 1000.0))
        simples = self.invoice_of_simples()
        self.assertEqual(simples.amount_total, 1000.00)
        self.assertFalse(simples.line_ids.filtered("tax_line_id"))
        item = simples._fbr_items()[0]
        self.assertEqual((item.cfop, item.rules.icms.csosn, item.rules.pis.cst), ("6102", "102", "49"))
        self.assertIsNone(item.rules.ibs_cbs)
        self.assertEqual(simples._fbr_tax_problems(), [])
        self.assertEqual(normal._fbr_items()[0].rules.icms.cst, "00")
        simples.action_post()
        self.assertEqual(Decimal(f"{simples.amount_total:.2f}"), core_total(simples))

    def test_goods_have_ipi_where_it_is_paid(self):
        """A shop that resells the maker's table has no IPI on its NF-e, nor the IPI on the product's screen."""
        table = self.table.product_tmpl_id
        self.assertEqual(self.invoice_of_simples(self.table)._fbr_items()[0].rules.ipi.rate, 5)
        self.simples.fbr_pays_ipi = False
        self.assertIsNone(self.invoice_of_simples(self.table)._fbr_items()[0].rules.ipi)
        self.assertEqual(self.invoice((self.table, 1, 1000.0)).amount_total, 1050.00)
        seen = [table.with_env(env).fbr_shows_ipi for env in (self.env, self.other_env)]
        self.assertEqual(seen, [True, False])

    def invoice_of_simples(self, product=None):
        return self.other_env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.shop.id,
                "invoice_date": "2026-11-20",
                "company_id": self.simples.id,
                "invoice_line_ids": [Command.create(self.line(product or self.chair))],
            }
        )

    def test_neither_sees_the_other(self):
        mine = self.env["faturamento_br.operation"].search([])
        theirs = self.other_env["faturamento_br.operation"].search([])
        self.assertEqual((mine.company_id, theirs.company_id), (self.company, self.simples))
        self.assertEqual(self.other_env["faturamento_br.tax_rule"].search([]).company_id, self.simples)
        self.assertFalse(set(self.company._fbr_tax_ids()) & set(self.simples._fbr_tax_ids()))

    def test_ready_rules_follow_the_regime(self):
        """Rules nobody has edited follow CRT and PIS/COFINS regime; edited ones stay."""
        company = self.company.sudo()
        rules = {rule.generated_key: rule for rule in self.operation().sudo().rule_ids}
        inside, interstate = rules["resale_inside"], rules["resale_interstate"]
        interstate.pis_rate = 0.5
        company.fbr_pis_cofins_regime = "cumulative"
        self.assertEqual((inside.pis_rate, inside.cofins_rate), (0.65, 3.0))
        self.assertEqual((interstate.pis_rate, interstate.cofins_rate), (0.5, 7.6))
        company.fbr_crt = "1"
        self.assertEqual(
            (inside.icms_cst, inside.icms_csosn, inside.pis_cst, inside.pis_rate), (False, "102", "49", 0.0)
        )
        self.assertEqual(interstate.icms_cst, "00")
        company.fbr_crt = "3"
        self.assertEqual((inside.icms_cst, inside.icms_csosn, inside.pis_rate), ("00", False, 0.65))

    def test_switching_on(self):
        """Enabling says what is missing by name, and is the same twice."""
        root = self.env(su=True, user=self.env.ref("base.user_root"))
        foreign = root["res.company"].create({"name": "Foreign", "country_id": root.ref("base.us").id})
        with self.assertRaisesRegex(UserError, "Foreign"):
            foreign.fbr_nfe_enabled = True
        bare = root["res.company"].create({"name": "Sem plano", "country_id": root.ref("base.br").id})
        with self.assertRaisesRegex(UserError, "201010903"):
            bare.fbr_nfe_enabled = True
        company = self.company.with_env(root)
        before = company._fbr_tax_ids()
        operations = root["faturamento_br.operation"].search_count([("company_id", "=", company.id)])
        company.fbr_nfe_enabled = False
        company.fbr_nfe_enabled = True
        self.assertEqual(company._fbr_tax_ids(), before)
        self.assertEqual(root["faturamento_br.operation"].search_count([("company_id", "=", company.id)]), operations)
        self.assertEqual(operations, len(ready.shipped("3")))

    @pytest.mark.prove
    def test_open_documents_are_adopted(self):
        """What was a draft when NF-e was switched on is taxed from then on."""
        company = self.company.sudo()
        company.fbr_nfe_enabled = False
        move = self.invoice((self.chair, 1, 1000.0))
        order = self.env["sale.order"].create(
            {
                "partner_id": self.shop.id,
                "company_id": company.id,
                "order_line": [Command.create({"product_id": self.table.id, "price_unit": 100.0})],
            }
        )
        self.assertFalse(move.fbr_operation_id | order.fbr_operation_id)
        self.assertEqual(order.amount_total, 100.00)
        company.fbr_nfe_enabled = True
        self.assertEqual(set(move.line_ids.tax_line_id.mapped("fbr_kind")), {"icms", "pis", "cofins"})
        self.assertEqual(order.amount_total, 105.00)

    @pytest.mark.prove
    def test_branch_shares_the_chart(self):
        """A branch uses the taxes of its head office, with its own state, regime and operations."""
        root = self.env(su=True, user=self.env.ref("base.user_root"))
        branch = root["res.company"].create(
            {
                "name": "Filial",
                "parent_id": self.company.id,
                "country_id": root.ref("base.br").id,
                "state_id": root.ref("base.state_br_rj").id,
            }
        )
        root.user.company_ids += branch
        root.cr.precommit.run()  # Odoo gives a branch its journals there
        branch.fbr_nfe_enabled = True
        self.assertEqual(branch._fbr_tax_ids(), self.company._fbr_tax_ids())
        root["faturamento_br.tax_rule"]._fbr_keep_modal_rate(branch)  # another state, another answer
        move = root["account.move"].with_context(allowed_company_ids=[branch.id, self.company.id]).create(
            {
                "move_type": "out_invoice",
                "company_id": branch.id,
                "partner_id": self.carioca.id,
                "invoice_date": "2026-11-20",
                "invoice_line_ids": [Command.create(self.line(self.chair))],
            }
        )  # fmt: skip
        self.assertEqual(move.company_id, branch)
        item = move._fbr_items()[0]
        self.assertEqual(item.cfop, "5102")
        fcp = move.line_ids.filtered(lambda line: line.tax_line_id == branch._fbr_taxes()["fcp"])
        self.assertEqual(sorted(fcp.mapped("balance")), [-20.00, 20.00])  # FECP 2 % of Rio de Janeiro

    def test_cities(self):
        """All of Odoo's Brazilian cities and the one it lacks have their IBGE codes; loading again changes nothing."""
        City = self.env["res.city"].sudo()
        brazilian = [("country_id", "=", self.env.ref("base.br").id)]
        self.assertEqual(City.search_count([*brazilian, ("fbr_ibge_code", "!=", False)]), 5571)
        for xmlid, code in (("l10n_br.city_br_001", "3550308"), ("faturamento_br.city_br_5101837", "5101837")):
            self.assertEqual(self.env.ref(xmlid).fbr_ibge_code, code)
        self.env.ref("l10n_br.city_br_001").sudo().fbr_ibge_code = False
        City._fbr_load_ibge_codes()
        self.assertEqual(self.env.ref("l10n_br.city_br_001").fbr_ibge_code, "3550308")

    def test_ie_indicator(self):
        partner = self.shop.sudo()
        for registration, indicator in (("110042490114", "1"), ("ISENTO", "2"), (False, "9")):
            partner.l10n_br_ie_code = registration
            self.assertEqual(partner.fbr_ie_indicator, indicator)
