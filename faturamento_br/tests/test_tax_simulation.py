import base64
import io
from decimal import Decimal

import openpyxl
import pytest
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..models.sale_order_whatif import HYPOTHESIS, Hypothesis
from .taxes_common import TaxesCase

SIMULATION = "faturamento_br.tax_simulation"
SELLER = "sales_team.group_sale_salesman_all_leads,account.group_account_invoice"
#: Kinds of ``account.tax.fbr_kind``, by the name of their row in a simulation.
KINDS = {
    "ICMS": "icms",
    "FCP": "fcp",
    "IPI": "ipi",
    "ICMS-ST": "icms_st",
    "FCP-ST": "fcp_st",
    "DIFAL": "difal",
    "FCP-DIFAL": "fcp_difal",
    "PIS": "pis",
    "COFINS": "cofins",
}


@tagged("post_install", "-at_install")
class TestTaxSimulation(TaxesCase):
    """The accountants' simulator: what an order would say, with nothing sold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simples = cls.make_company("Simples Ltda", "19131243000197", "MG", fbr_crt="1")
        companies = cls.company | cls.simples
        root = cls.env(su=True, user=cls.env.ref("base.user_root"))
        cls.accountant = cls.someone(root, "accountant", "account.group_account_readonly", companies)
        cls.seller = cls.someone(root, "seller", SELLER, companies)
        cls.consumer = cls.make_customer("Consumidor", "RJ", "Rio de Janeiro", vat="52998224725", is_company=False)
        cls.env = cls.env(user=cls.accountant)

    @classmethod
    def someone(cls, root, login, groups, companies):
        ids = companies.ids
        return new_test_user(root, login, groups=groups, company_id=ids[0], company_ids=[Command.set(ids)])

    @classmethod
    def rule(cls, **values):
        return cls.env["faturamento_br.tax_rule"].sudo().create({"company_id": cls.company.id, **values})

    def simulation(self, *lines, company=None, env=None, **values):
        """A simulation; a line is product, quantity, price and, perhaps, discount."""
        company = company or self.company
        env = (env or self.env)(context={"allowed_company_ids": company.ids})
        lines = [
            Command.create({"product_id": product.id, "quantity": quantity, "price_unit": price, "discount": sum(rest)})
            for product, quantity, price, *rest in lines
        ]
        values = {"operation_id": self.operation(company).id, "line_ids": lines, "company_id": company.id, **values}
        return env[SIMULATION].create(values)

    def order(self, *lines, company=None, partner=None, **values):
        """The same as a real quotation of a seller."""
        company = company or self.company
        env = self.env(user=self.seller, context={"allowed_company_ids": company.ids})
        return env["sale.order"].create(
            {
                "partner_id": (partner or self.shop).id,
                "company_id": company.id,
                "pricelist_id": False,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                            "discount": sum(rest),
                        }
                    )
                    for product, quantity, price, *rest in lines
                ],
                **values,
            }
        )

    def codes(self, simulation):
        return [[found.problem.code for found in each.problems] for each in simulation._fbr_simulate()]

    def amounts(self, simulation, column=0):
        """``{name of the row: amount}`` of the first item."""
        [row, *_others] = simulation._fbr_simulate()[column].rows
        return {name: line.amount for name, line in row.items()}

    # --- The same as an order -------------------------------------------------------------------------------------

    def assert_as_order(self, lines, partner, company=None, **charges):
        """Each tax of each line, the total and the problems are those of a real quotation."""
        service = {"freight": self.freight}
        simulation = self.simulation(*lines, company=company, partner_id=partner.id, **charges)
        extra = [(service[kind], 1, amount) for kind, amount in charges.items()]
        order = self.order(*lines, *extra, company=company, partner=partner)
        [found] = simulation._fbr_simulate()
        self.assertEqual(found.problems, order._fbr_tax_problems())
        amounts = order._fbr_amounts()
        for line, row in zip(order.order_line, found.rows, strict=False):
            simulated = {KINDS[name]: told for name, told in row.items() if name in KINDS and told.rate}
            self.assertEqual(set(simulated), set(amounts[line].taxes), line.name)
            for kind, (base, rate, amount) in amounts[line].taxes.items():
                told = simulated[kind]
                self.assertEqual((told.base, told.rate, told.amount), (base, rate, amount), (line.name, kind))
        self.assertEqual(found.totals.invoice, Decimal(f"{order.amount_total:.2f}"))
        return found

    def test_normal_regime(self):
        """IPI, a shared freight, a discount, inside the state and between states."""
        lines = ((self.chair, 3, 333.33, 7.5), (self.table, 2, 250.0))
        for partner in (self.shop, self.carioca, self.person):
            found = self.assert_as_order(lines, partner, freight=77.77)
        self.assertEqual(found.context.final_consumer, True)

    @pytest.mark.prove
    def test_simples_and_mei(self):
        self.simples.sudo().fbr_pays_ipi = False
        self.assert_as_order(((self.chair, 1, 1000.0), (self.table, 2, 99.99)), self.carioca, self.simples)
        self.simples.sudo().fbr_crt = "4"
        found = self.assert_as_order(((self.chair, 1, 1000.0),), self.person, self.simples)
        self.assertEqual(found.items[0].icms.rule.csosn, self.operation(self.simples).sudo().rule_ids[:1].icms_csosn)

    @pytest.mark.prove
    def test_substitution_and_difal(self):
        self.rule(
            ncm_prefix="9403",
            contributor="yes",
            icms_cst="10",
            st_mode="4",
            st_margin=40.0,
            st_rate=18.0,
            cfop="5401",
            scope="inside",
        )
        found = self.assert_as_order(((self.table, 2, 250.0),), self.shop)
        self.assertTrue(found.rows[0]["ICMS-ST"].amount)
        self.rule(difal_mode="modal", difal_base="single", state_id=self.consumer.state_id.id)
        found = self.assert_as_order(((self.chair, 1, 1000.0),), self.consumer)
        self.assertTrue(found.rows[0]["DIFAL"].amount)
        self.assertIn("DIFAL", " ".join(found.texts))

    # --- Nothing is saved -----------------------------------------------------------------------------------------

    def rows(self):
        """How many rows each table has, those of the simulator apart."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE %s",
            ["faturamento_br_tax_simulation%"],
        )
        counts = {}
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(f'SELECT count(*) FROM "{table}"')  # pylint: disable=sql-injection
            [[counts[table]]] = self.env.cr.fetchall()
        return counts

    def test_nothing_is_saved(self):
        """Typed in the form, saved, compared, as a spreadsheet: no table but the simulator's has a row more."""
        before = self.rows()
        with Form(self.env[SIMULATION]) as form:
            with form.line_ids.edit(0) as line:
                line.product_id = self.chair
            self.assertIn("180", str(form.result))
            form.partner_id = self.carioca
            with form.line_ids.new() as line:
                line.ncm_id = self.env["faturamento_br.ncm"].search([("code", "=", "94036000")])
                line.price_unit = 100.0
            with form.column_ids.new() as column:
                column.day = "2027-01-01"
        simulation = form.record
        simulation.action_fbr_later_years()
        self.assertTrue(simulation.sheet)
        self.assertEqual(self.rows(), before)

    # --- Without records ------------------------------------------------------------------------------------------

    def test_goods_and_customers_without_a_record(self):
        """An NCM sold to somebody somewhere is taxed as a product of that NCM sold to such a customer."""
        ncm = self.env["faturamento_br.ncm"].search([("code", "=", "94036000")])
        imagined = self.simulation(
            state_id=self.carioca.state_id.id,
            ie_indicator="1",
            line_ids=[
                Command.create({"ncm_id": ncm.id, "quantity": 2, "price_unit": 250.0, "ipi_cst": "50", "ipi_rate": 5.0})
            ],
        )
        real = self.simulation((self.table, 2, 250.0), partner_id=self.carioca.id)
        self.assertEqual(self.amounts(imagined), self.amounts(real))
        self.assertEqual(self.codes(imagined), [[]])
        imagined.line_ids.origin = "1"
        self.assertEqual(self.amounts(imagined)["ICMS"], Decimal("20.00"))  # 4 % of imported goods

    def test_refusals_name_the_record(self):
        """What would be refused has its cure, and a button where there is a record to open."""
        simulation = self.simulation((self.chair, 1, 1000.0), partner_id=self.consumer.id)
        self.assertEqual(self.codes(simulation), [["rule_missing_difal"]])
        [alert] = simulation.alerts.values()
        self.assertEqual(alert["level"], "danger")
        self.assertEqual(alert["action"]["res_model"], "faturamento_br.operation")
        nowhere = self.simulation((self.chair, 1, 1000.0), state_id=False)
        [alert] = nowhere.alerts.values()
        self.assertNotIn("action", alert)

    def test_a_known_customer_is_checked_whole(self):
        """With a customer of one's own, what only the document asks for is told too."""
        simulation = self.simulation((self.chair, 1, 1000.0), partner_id=self.shop.id)
        [found] = simulation._fbr_simulate()
        self.assertEqual(found.problems, [])
        self.assertIn((self.shop, "vat"), [(told.record, told.field) for told in found.beyond])
        self.assertEqual({alert["level"] for alert in simulation.alerts.values()}, {"warning"})
        simulation.day = "2026-11-24"
        self.assertFalse(simulation.alerts)

    # --- Comparing ------------------------------------------------------------------------------------------------

    @pytest.mark.prove
    def test_two_customers_two_dates_two_rules(self):
        rule = self.rule(ncm_prefix="9401", icms_cst="20", icms_reduction=50.0, valid_from="2026-12-01")
        archived = self.rule(ncm_prefix="94016100", icms_cst="40", active=False)
        simulation = self.simulation(
            (self.chair, 1, 1000.0),
            partner_id=self.shop.id,
            day="2026-11-25",
            column_ids=[
                Command.create({"day": "2026-12-01"}),
                Command.create({"day": "2026-12-01", "without_rule_id": rule.id}),
                Command.create({"with_rule_id": archived.id, "name": "Isenção"}),
                Command.create({"state_id": self.carioca.state_id.id}),
            ],
        )
        found = simulation._fbr_simulate()
        self.assertEqual(
            [each.rows[0]["ICMS"].situation for each in found], [f"CST {n}" for n in ("00", "20", "00", "40", "00")]
        )
        self.assertEqual([each.rows[0]["ICMS"].rate for each in found], [18, 18, 18, 0, 12])
        self.assertEqual(found[3].situation.label, "Isenção")
        self.assertTrue(found[4].context.contributor)  # as the shop
        self.assertGreater(simulation.result.count("table-warning"), 4)
        self.assertIn(rule.display_name, simulation.result)  # why
        with self.assertRaisesRegex(ValidationError, "4"):
            simulation.column_ids = [Command.create({})]

    @pytest.mark.prove
    def test_later_years(self):
        """2027: refused by name; assumed, taxed, and marked as assumed."""
        simulation = self.simulation(
            (self.chair, 1, 1000.0), partner_id=self.shop.id, column_ids=[Command.create({"day": "2027-01-01"})]
        )
        self.assertEqual(self.codes(simulation)[1], ["ibs_cbs_rate_unknown"])
        simulation.column_ids.assume_reform = True
        self.assertEqual(self.codes(simulation)[1], ["ibs_cbs_rate_unknown"])
        simulation.column_ids.assumed_cbs = 8.7
        this_year, next_year = simulation._fbr_simulate()
        self.assertEqual(next_year.problems, [])
        self.assertEqual(next_year.rows[0]["PIS"].amount, 0)
        icms = this_year.rows[0]["ICMS"].amount
        base = 1000 - icms
        self.assertEqual(next_year.rows[0]["CBS"].base, base)
        self.assertEqual(next_year.rows[0]["CBS"].amount, (base * Decimal("0.087")).quantize(Decimal("0.01")))
        self.assertEqual(next_year.rows[0]["IBS estadual"].rate, Decimal("0.05"))  # the law's own, not assumed
        self.assertEqual([told.code for told in next_year.assumed], ["assumed_end"] * 3 + ["assumed_rate"])
        self.assertEqual(next_year.totals["vNFTot"], 1000 + next_year.totals["vIBS"] + next_year.totals["vCBS"])
        self.assertEqual(this_year.totals["vNFTot"], 1000)
        simulation.action_fbr_later_years()
        self.assertEqual(len(simulation.column_ids), 4)
        self.assertEqual(str(simulation.column_ids[-1].day), "2033-01-01")
        with self.assertRaises(UserError):
            simulation.action_fbr_later_years()

    def test_the_spreadsheet_says_what_the_screen_says(self):
        simulation = self.simulation(
            (self.chair, 1, 1000.0),
            partner_id=self.shop.id,
            column_ids=[Command.create({"partner_id": self.carioca.id})],
        )
        sheet = openpyxl.load_workbook(io.BytesIO(base64.b64decode(simulation.sheet))).active
        cells = {row[0]: row[1:] for row in sheet.iter_rows(min_row=3, values_only=True)}
        self.assertEqual(cells["ICMS"], ("CST 00", 1000, 18, 180, "CST 00", 1000, 12, 120))
        self.assertEqual(sheet.cell(1, 6).value, "Loja Carioca")
        self.assertFalse(self.simulation().sheet)

    @pytest.mark.prove
    def test_queries_do_not_grow_with_lines(self):
        """Four situations: more lines, no more queries; explained, two for each line and situation at most."""

        def queries(lines, explains):
            columns = [
                Command.create({"state_id": self.env.ref(f"base.state_br_{uf}").id}) for uf in ("rj", "mg", "ba")
            ]
            simulation = self.simulation(*lines, state_id=self.shop.state_id.id, column_ids=columns, explains=explains)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(simulation.result)
            return self.env.cr.sql_log_count - before

        few, many = [(self.chair, 1, 10.0), (self.table, 1, 10.0)], [(self.chair, 1, 10.0), (self.table, 1, 10.0)] * 10
        queries(many, True)  # what the process keeps for good
        queries(few, False)
        self.assertLess(queries(many, False), queries(few, False) + 5)
        self.assertLess(queries(many, True), queries(few, True) + 2 * 4 * len(many))

    # --- Rights ---------------------------------------------------------------------------------------------------

    def test_who_may_use_it(self):
        with self.assertRaises(AccessError):
            self.simulation((self.chair, 1, 1000.0), env=self.env(user=self.seller))
        mine = self.simulation((self.chair, 1, 1000.0), state_id=self.shop.state_id.id)
        root = self.env(su=True, user=self.env.ref("base.user_root"))
        colleague = self.someone(root, "colleague", "account.group_account_user", self.company)
        with self.assertRaises(AccessError):
            mine.with_user(colleague).read(["result"])
        theirs = self.simulation((self.chair, 1, 1000.0), env=self.env(user=colleague))
        self.assertEqual(self.codes(theirs), self.codes(mine))

    def test_another_company_stays_unseen(self):
        """Neither its rules nor its customers can be had by naming them."""
        rule = self.operation(self.simples).sudo().rule_ids[:1]
        partner = self.make_customer("Alheio", "MG", "Belo Horizonte", company_id=self.simples.id)
        for values in (
            {"operation_id": self.operation(self.simples).id},
            {"with_rule_id": rule.id},
            {"partner_id": partner.id},
            {"column_ids": [Command.create({"partner_id": partner.id})]},
            {"company_id": self.simples.id},
        ):
            with self.assertRaises(AccessError, msg=values):
                simulation = self.simulation((self.chair, 1, 1000.0), **values)
                simulation.read(["result", "alerts"])

    @pytest.mark.prove
    def test_saved_orders_suppose_nothing(self):
        """The hypothesis is for orders that are not saved, and cannot come in a request's context."""
        order = self.order((self.chair, 1, 1000.0))
        supposed = order.with_context(**{HYPOTHESIS: Hypothesis(day="2030-01-01")})
        self.assertEqual(str(supposed._fbr_tax_context().issue_date), "2026-11-25")
        unsaved = order.env["sale.order"].with_context(**{HYPOTHESIS: {"day": "2030-01-01"}}).new({})
        self.assertEqual(str(unsaved._fbr_issue_date()), "2026-11-25")

    def test_a_company_without_nfe(self):
        self.company.sudo().fbr_nfe_enabled = False
        simulation = self.simulation((self.chair, 1, 1000.0), partner_id=self.shop.id)
        self.assertFalse(simulation.result)
        self.assertEqual([alert["level"] for alert in simulation.alerts.values()], ["warning"])

    # --- And then -------------------------------------------------------------------------------------------------

    def test_a_rule_and_a_quotation_of_it(self):
        simulation = self.simulation((self.chair, 2, 900.0, 10), partner_id=self.shop.id)
        context = simulation.action_fbr_make_quotation()["context"]
        order = self.env(user=self.seller)["sale.order"].with_context(context, allowed_company_ids=self.company.ids)
        order = order.create({})
        [found] = simulation._fbr_simulate()
        self.assertEqual(found.totals.invoice, Decimal(f"{order.amount_total:.2f}"))
        context = simulation.action_fbr_make_rule()["context"]
        rule = self.env["faturamento_br.tax_rule"].sudo().with_context(**context).new({})
        self.assertEqual(rule.product_tmpl_id.ids, self.chair.product_tmpl_id.ids)
        self.assertEqual(rule.operation_id, self.operation().sudo())
        with self.assertRaises(UserError):
            self.simulation(line_ids=[]).action_fbr_make_quotation()
