"""The set-up of a company: its data, the checklist, the test of the connection, a former system's numbers."""

from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..fiscal.simulator import control
from ..models import simulator_service
from . import spare_companies
from .certificates import BRANCH, HEAD_OFFICE, OTHER, InstallationCase

DATA = {
    "name": "Acme Indústria Ltda",
    "vat": HEAD_OFFICE,
    "l10n_br_ie_code": "110.042.490.114",
    "fbr_crt": "3",
    "zip": "04101-300",
    "street_name": "Rua das Figueiras",
    "street_number": "500",
    "street2": "Vila Mariana",
    "phone": "+55 11 3333-4444",
    "email": "faturamento@acme.example.com",
}
FIRST_SALE = {"product", "customer", "first"}


@tagged("post_install", "-at_install")
class TestSetup(InstallationCase):
    """A company that the dialog has set up, in the simulator: one chart and one simulator for a class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data_dir = cls._install(cls.enterClassContext)
        cls.state_dir = cls.data_dir / "faturamento_br" / "simulator"
        cls.addClassCleanup(control.stop, cls.state_dir)
        cls.sao_paulo = cls.env["res.city"].search([("fbr_ibge_code", "=", "3550308")])
        cls.fresh = cls.snapshot()
        cls.answer = cls.set_up(cls.acme)

    @classmethod
    def _found(cls, **values):
        """With its chart of accounts, ready: the dialog loads one in a company of another country, below."""
        return spare_companies.take(cls.env, **values)

    @classmethod
    def snapshot(cls):
        """What is missing before anything is done."""
        cls.acme.vat = False
        return cls.missing(cls.acme)

    def setUp(self):
        super().setUp()
        simulator_service.start(self.env)
        control.clear_faults(self.state_dir)

    @classmethod
    def set_up(cls, company=None, **values):
        """What the dialog does."""
        setup = cls.env["faturamento_br.company.setup"].with_user(cls.administrator)
        values = {"company_id": (company or cls.acme).id, **DATA, "city_id": cls.sao_paulo.id, **values}
        return setup.create(values).action_apply()

    @classmethod
    def lines(cls, company=None, user=None):
        company = (company or cls.acme).with_user(user or cls.administrator)
        return {line["key"]: line for line in company.fbr_get_checklist()["lines"]}

    @classmethod
    def missing(cls, company=None):
        return {key for key, line in cls.lines(company).items() if line["state"] == "missing"}

    # --- The dialog of the company's data -----------------------------------------------------------------------------

    def test_from_nothing_to_ready(self):
        nothing = {"company", "tax_id", "ie", "address", "certificate", "simulator", "operation"}
        self.assertLessEqual(nothing | FIRST_SALE, self.fresh)
        self.assertEqual(self.answer["tag"], "reload")
        company = self.acme
        self.assertEqual(
            (company.chart_template, company.currency_id.name, company.fbr_nfe_enabled, company.fbr_environment),
            ("br", "BRL", True, "simulator"),
        )
        self.assertTrue(company.fbr_certificate_id.throwaway)
        self.assertEqual(company.street, "Rua das Figueiras 500")
        self.assertEqual(self.missing(), FIRST_SALE)
        self.assertEqual(self.lines()["logo"]["state"], "warning")
        self.assertIn("3550308", self.lines()["address"]["told"])

    # --- The three questions ------------------------------------------------------------------------------------------

    def default_cfops(self, company):
        operation = self.env["faturamento_br.operation"]._fbr_default_for(company)
        return set(operation.rule_ids.mapped("cfop")) - {False}

    def answered(self, **values):
        self.set_up(**values)
        rules = self.env["faturamento_br.tax_rule"].search([("company_id", "=", self.acme.id)])
        return self.acme, rules

    def test_what_it_does_decides_the_operation_and_who_pays_ipi(self):
        company, _rules = self.answered(fbr_activity="production")
        self.assertLessEqual({"5101", "6101"}, self.default_cfops(company))
        self.assertTrue(company.fbr_pays_ipi)
        company, _rules = self.answered(fbr_activity="resale")
        self.assertLessEqual({"5102", "6102"}, self.default_cfops(company))
        self.assertFalse(company.fbr_pays_ipi)
        company, _rules = self.answered(fbr_activity="resale", fbr_imports=True)
        self.assertTrue(company.fbr_pays_ipi)
        company, _rules = self.answered(fbr_activity="production", fbr_crt="1")
        self.assertFalse(company.fbr_pays_ipi)  # in the DAS

    @pytest.mark.prove
    def test_every_regime_has_the_situations_of_its_own(self):
        for crt, name in (("1", "icms_csosn"), ("4", "icms_csosn"), ("2", "icms_cst"), ("3", "icms_cst")):
            with self.subTest(crt=crt):
                _company, rules = self.answered(fbr_crt=crt)
                ready = rules.filtered("generated_key")
                self.assertTrue(ready)
                other = {"icms_cst": "icms_csosn", "icms_csosn": "icms_cst"}[name]
                self.assertFalse([rule.display_name for rule in ready.filtered("cfop") if rule[other]])

    @pytest.mark.prove
    def test_the_credit_of_simples_month_by_month(self):
        """R$ 400,000 in 12 months: 9.5 % less 13,860 is 6.035 %, of which 33.5 % are ICMS: 2.0217 %."""
        with freeze_time("2026-11-25 15:00:00"):
            _company, rules = self.answered(fbr_crt="1", gives_credit=True, revenue=400000.0)
        given = rules.filtered(lambda rule: rule.icms_csosn == "101")
        self.assertEqual(set(given.mapped("icms_credit_rate")), {2.0217})
        self.assertEqual({(rule.contributor, rule.final_consumer) for rule in given}, {("yes", "no")})
        with freeze_time("2026-12-10 15:00:00"):
            _company, rules = self.answered(fbr_crt="1", gives_credit=True, revenue=180000.0)
        dated = {
            (str(rule.valid_from), str(rule.valid_to or ""), rule.icms_credit_rate)
            for rule in rules.filtered(lambda rule: rule.icms_csosn == "101")
        }
        self.assertEqual(dated, {("2026-11-01", "2026-11-30", 2.0217), ("2026-12-01", "", 1.36)})
        _company, rules = self.answered(fbr_crt="3")  # left Simples: no credit of it any more
        self.assertFalse(rules.filtered(lambda rule: rule.icms_csosn == "101"))

    def test_a_revenue_above_simples_is_told(self):
        with self.assertRaisesRegex(UserError, "Simples"), self.env.cr.savepoint():
            self.answered(fbr_crt="1", gives_credit=True, revenue=9_000_000.0)

    @pytest.mark.prove
    def test_a_company_of_another_country(self):
        """As a new database is: the United States', with a generic chart. Its books are never thrown away."""
        foreign = self.env["res.company"].create({"name": "Fresh", "country_id": self.env.ref("base.us").id})
        self.env["account.chart.template"].try_loading("generic_coa", foreign, install_demo=False)
        self.administrator.company_ids += foreign
        accounts = self.env["account.account"].search([("company_ids", "in", foreign.ids)], limit=2)
        lines = [
            (0, 0, {"account_id": account.id, "balance": sign}) for account, sign in zip(accounts, (1, -1), strict=True)
        ]
        entry = self.env["account.move"].with_company(foreign).create({"line_ids": lines})
        with self.assertRaisesRegex(UserError, "another country's chart"), self.env.cr.savepoint():
            self.set_up(foreign, name="Fresh Ltda")
        self.assertEqual((foreign.country_id.code, foreign.fbr_nfe_enabled), ("US", False))
        entry.unlink()
        dollars = {"name": "Own", "currency_id": self.env.ref("base.USD").id, "company_id": foreign.id}
        pricelist = self.env["product.pricelist"].create(dollars)
        self.set_up(foreign, name="Fresh Ltda", vat=OTHER)
        self.assertEqual((foreign.account_fiscal_country_id.code, foreign.chart_template), ("BR", "br"))
        self.assertEqual((foreign.currency_id.name, pricelist.currency_id.name), ("BRL", "BRL"))
        self.assertEqual(self.missing(foreign), FIRST_SALE)

    def test_the_second_time_it_only_keeps_what_changed(self):
        certificate = self.acme.fbr_certificate_id
        form = Form(self.env["faturamento_br.company.setup"].with_user(self.administrator).with_company(self.acme))
        self.assertEqual(form.city_id, self.sao_paulo)
        self.assertEqual(form.zip, "04101-300")
        form.phone = "+55 11 2222-3333"
        self.assertEqual(form.save().action_apply()["type"], "ir.actions.act_window_close")
        self.assertEqual(self.acme.phone, "+55 11 2222-3333")
        self.assertEqual(self.acme.fbr_certificate_id, certificate)
        self.assertEqual(self.acme.street2, "Vila Mariana")

    def test_the_cep_finds_the_city(self):
        form = Form(self.env["faturamento_br.company.setup"].with_user(self.administrator).with_company(self.acme))
        form.zip = "30130002"
        self.assertEqual((form.zip, form.city_id.name, form.state_id.code), ("30130-002", "Belo Horizonte", "MG"))

    def test_only_an_administrator(self):
        for user in (self.biller, self.accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["faturamento_br.company.setup"].with_user(user).create({"company_id": self.acme.id})

    # --- The checklist ------------------------------------------------------------------------------------------------

    def test_wrong_values_are_missing_values(self):
        """As they may have been written before the add-on was there, which refuses them now."""
        self.set_up(vat=HEAD_OFFICE, street2=False)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET l10n_br_ie_code = %s WHERE id = %s", ["110042490115", self.acme.partner_id.id]
        )
        self.env.invalidate_all()
        lines = self.lines()
        self.assertEqual(self.missing(), FIRST_SALE | {"ie", "address"})
        self.assertIn("110042490115", lines["ie"]["told"])
        self.assertIn("xBairro", lines["address"]["told"])

    def test_what_a_state_asks_for_besides(self):
        self.assertNotIn("technician", self.lines())
        florianopolis = self.env["res.city"].search([("fbr_ibge_code", "=", "4205407")])
        self.set_up(city_id=florianopolis.id, l10n_br_ie_code="251040852", zip="88010-000")
        self.assertIn("infRespTec", self.lines()["technician"]["told"])

    def test_the_certificate_s_days(self):
        self.upload(last=40)
        self.acme._fbr_use_homologation()
        self.assertEqual(self.lines()["certificate"]["state"], "done")
        with freeze_time(datetime.now(UTC) + timedelta(days=20, hours=12)):
            line = self.lines()["certificate"]
            self.assertEqual(line["state"], "warning")
            self.assertIn("(19 days left)", line["told"])
        with freeze_time(datetime.now(UTC) + timedelta(days=50)):
            self.assertIn("certificate", self.missing())

    def test_a_stopped_simulator_is_started_by_its_line(self):
        control.stop(self.state_dir)
        self.assertIn("simulator", self.missing())
        self.assertFalse(self.acme.with_user(self.administrator).action_fbr_checklist_mend("simulator"))
        self.assertNotIn("simulator", self.missing())

    def test_product_customer_and_operation(self):
        product = self.env["product.template"].create({"name": "Chair", "company_id": self.acme.id, "type": "consu"})
        self.assertIn("product", self.missing())
        product.fbr_ncm = "94016900"
        customer = {"name": "Hotel", "vat": OTHER, "street": "Rua A 1", "company_id": self.acme.id}
        brazil = self.env.ref("base.br")
        hotel = self.env["res.partner"].create({**customer, "city_id": self.sao_paulo.id, "country_id": brazil.id})
        self.assertEqual(self.missing(), {"customer", "first"}, "no district yet")
        hotel.street2 = "Centro"
        self.assertEqual(self.missing(), {"first"})
        self.assertTrue(self.acme.with_user(self.administrator).fbr_get_checklist()["ready"])
        self.env["faturamento_br.operation"].search([("company_id", "=", self.acme.id)]).rule_ids.unlink()
        self.assertIn("operation", self.missing())

    def test_goods_created_by_the_code_s_record_are_ready(self):
        """As the dialog of the first product does, and a spreadsheet may."""
        ncm = self.env["faturamento_br.ncm"].search([("code", "=", "94016900")])
        product = self.env["product.template"].create({"name": "Chair", "fbr_ncm_id": ncm.id})
        self.assertEqual((product.fbr_ncm, product.fbr_effective_ncm), ("94016900", "94016900"))
        self.assertNotIn("product", self.missing())

    def test_every_line_s_button_opens_something(self):
        """Each action is one that its user can open: its view is read with that user's rights."""
        company = self.acme.with_user(self.administrator)
        lines = self.lines().values()
        self.assertGreater(len(lines), 12)
        for key in [*(line["key"] for line in lines if line["button"]), "journal", "technician"]:
            with self.subTest(key):
                action = company.action_fbr_checklist_mend(key)
                self.assertIsInstance(action, dict)
                if action["type"] == "ir.actions.act_window":
                    model = self.env[action["res_model"]].with_user(self.administrator)
                    for view, kind in action["views"]:
                        self.assertTrue(model.get_view(view, kind)["arch"])
                    field = next((line["field"] for line in lines if line["key"] == key), "")
                    self.assertIn(field, {"", *model._fields})

    def test_who_sees_what(self):
        with self.assertRaises(AccessError):
            self.lines(user=self.biller)
        with self.assertRaises(AccessError):
            self.lines(self.other, user=self.accountant)
        seen = self.lines(user=self.accountant)
        self.assertFalse(seen["certificate"]["button"], "only an administrator uploads it")
        self.assertTrue(seen["series"]["button"])
        control.stop(self.state_dir)
        for key in ("simulator", "nonsense", "__class__"):
            with self.subTest(key), self.assertRaises(UserError):  # an AccessError is one
                self.acme.with_user(self.accountant).action_fbr_checklist_mend(key)

    @pytest.mark.prove
    def test_queries_do_not_grow_with_the_registers(self):
        company = self.acme.with_user(self.administrator)

        def add(number):
            goods = {"type": "consu", "company_id": self.acme.id, "fbr_ncm": "94016900"}
            self.env["product.template"].create([{**goods, "name": f"P{n}"} for n in range(number)])
            place = {"street": "R 1", "street2": "C", "country_id": self.env.ref("base.br").id}
            partner = {"vat": OTHER, "city_id": self.sao_paulo.id, **place}
            self.env["res.partner"].create([{**partner, "name": f"C{n}"} for n in range(number)])

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            company.fbr_get_checklist()
            return self.env.cr.sql_log_count - before

        add(1)
        count()
        few = count()
        add(30)
        count()
        self.assertEqual(count(), few)

    # --- The test of the connection -----------------------------------------------------------------------------------

    def ask(self, environment="simulator", user=None):
        model = self.env["faturamento_br.connection.test"].with_user(user or self.accountant)
        test = model.create({"company_id": self.acme.id, "environment": environment})
        test.action_test()
        return test

    def test_failures_are_told_in_words(self):
        for fault, options, result, said in (
            ("refuse", {}, "failed", "could not|refused|failed|cut"),
            ("cstat", {"cStat": "108"}, "down", "108|Paralisado"),
            ("html", {}, "failed", "web page"),
            ("soap_fault", {}, "failed", "SOAP fault"),
        ):
            with self.subTest(fault):
                control.clear_faults(self.state_dir)
                control.set_fault(self.state_dir, fault, "", 1, **options)
                seen = self.ask()
                self.assertEqual(seen.result, result, seen.told)
                self.assertRegex(f"{seen.cStat} {seen.told}", said)
                self.assertNotIn("access key", seen.told)

    def test_another_environment_without_switching(self):
        throwaway = self.acme.fbr_certificate_id
        seen = self.ask("homologation")
        self.assertEqual(seen.result, "failed")
        self.assertIn("worth something at SEFAZ", seen.told)
        self.upload()
        self.acme._fbr_use_homologation()
        self.assertFalse(self.acme.fbr_certificate_id.throwaway)
        seen = self.ask("simulator")
        self.assertEqual((seen.result, seen.cStat), ("up", "107"), seen.told)
        self.assertEqual(self.acme.fbr_environment, "homologation")
        self.assertFalse(self.acme.fbr_certificate_id.throwaway)
        self.assertTrue(throwaway.exists())

    def test_a_neutralized_copy_speaks_to_nobody(self):
        self.upload()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        self.assertIn("neutralized", self.ask("production").told)
        self.assertEqual(self.ask("simulator").result, "up")

    def test_who_may_ask(self):
        with self.assertRaises(AccessError):
            self.ask(user=self.biller)

    # --- A former system's numbers ------------------------------------------------------------------------------------

    def go_on(self, last, series=1, company=None, user=None):
        model = self.env["faturamento_br.series.continuation"].with_user(user or self.accountant)
        company = company or self.acme
        values = {"company_id": company.id, "environment": "homologation", "series": series, "last_number": last}
        return model.create(values).action_apply()

    def next_number(self, company=None, series=1):
        company = company or self.acme
        return self.env["faturamento_br.series"]._of(company, "55", "homologation", series).next_number

    def test_the_next_number_is_the_one_after(self):
        self.go_on(4711)
        self.assertEqual(self.next_number(), 4712)
        self.assertEqual(self.next_number(series=2), 1)
        self.go_on(4711)
        self.go_on(9000)
        self.assertEqual(self.env["faturamento_br.series"]._of(self.acme, "55", "homologation", 1)._take(), 9001)

    def test_never_back(self):
        self.go_on(100)
        with self.assertRaisesRegex(UserError, "539"):
            self.go_on(99)
        self.assertEqual(self.next_number(), 101)

    def test_absurd_values_are_told_at_once(self):
        with self.assertRaises(UserError) as caught:
            self.go_on(0, series=950)
        self.assertEqual(len(str(caught.exception).splitlines()), 2)
        for last in (-5, 999_999_999):
            with self.subTest(last), self.assertRaises(UserError):
                self.go_on(last)

    @pytest.mark.prove
    def test_a_branch_with_its_head_office_s_cnpj_counts_with_it(self):
        twin, own = self.env["res.company"].create(
            [
                {"name": "Twin", "parent_id": self.acme.id, "vat": HEAD_OFFICE},
                {"name": "Branch", "parent_id": self.acme.id, "vat": BRANCH},
            ]
        )
        self.accountant.company_ids += twin | own
        self.go_on(50, company=twin)
        self.assertEqual((self.next_number(), self.next_number(twin), self.next_number(own)), (51, 51, 1))

    def test_who_may_go_on(self):
        with self.assertRaises(AccessError):
            self.go_on(10, user=self.biller)
        with self.assertRaises(AccessError):
            self.go_on(10, company=self.other)
