from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..fiscal.taxes import engine
from .taxes_common import AmountsCase


@tagged("post_install", "-at_install")
class TestPriceList(AmountsCase):
    """ICMS-ST by the price list of a state (pauta, PMC), by taxable unit, each list from its day on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.litre = cls.env.ref("uom.product_uom_litre")
        cls.bottle = cls.make_product("Verniz 600 ml", "94016100", fbr_cest="0302300", fbr_ipi_cst="53")
        cls.bottle.sudo().product_tmpl_id.write({"fbr_taxable_uom_id": cls.litre.id, "fbr_taxable_factor": 0.6})

    @classmethod
    def rule(cls, **values):
        asked = {"product_tmpl_id": cls.bottle.product_tmpl_id.id, "icms_cst": "10", "cfop": "5401", "scope": "inside"}
        rates = {"icms_rate": 18.0, "st_rate": 18.0, "st_fcp_mode": "fixed", "company_id": cls.company.id}
        return cls.env["faturamento_br.tax_rule"].sudo().create({**asked, **rates, **values})

    def test_price_by_taxable_unit_and_day(self):
        state = self.shop.state_id.id
        self.rule(st_mode="5", st_price=12.5, state_id=state, valid_to="2026-11-19")
        self.rule(st_mode="0", st_price=15.0, state_id=state, valid_from="2026-11-20")
        # 100 bottles of 0.6 l are 60 l; 60 × 15.00 × 18 % less the own 500 × 18 %
        move = self.invoice((self.bottle, 100, 5.0))
        self.assertEqual([found.problem.code for found in move._fbr_tax_problems()], [])
        (item,) = engine.compute_items(move._fbr_tax_context(), move._fbr_items())
        self.assertEqual(
            (item.icms_st.rule.mode, str(item.icms_st.base), str(item.icms_st.amount)), ("0", "900.00", "72.00")
        )
        self.assertEqual(move.amount_total, 572.0)
        self.assert_same(move)
        before = self.invoice((self.bottle, 100, 5.0), invoice_date="2026-11-19")
        self.assertEqual(before.amount_total, 545.0)  # 60 × 12.50 × 18 % − 90
        self.assert_same(before)
        self.bottle.sudo().product_tmpl_id.fbr_taxable_factor = 1.0
        move.invoice_line_ids.quantity = 10
        self.assertEqual(move.amount_total, 50 + 18.0)  # 10 × 15.00 × 18 % − 9
        self.assert_same(move)

    def test_a_list_without_a_price_is_refused_when_saved(self):
        with self.assertRaises(ValidationError):
            self.rule(st_mode="5")
