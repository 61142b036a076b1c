import resource
from unittest.mock import patch

import pytest
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..fiscal.simulator import control
from ..fiscal.spec import Environment
from ..models import instance, simulator_service
from .certificates import OTHER, InstallationCase


@tagged("post_install", "-at_install")
class TestSimulatorService(InstallationCase):
    """A company at a real simulator, in its own process."""

    def setUp(self):
        super().setUp()
        self.acme.state_id = self.other.state_id = self.env.ref("base.state_br_sp")
        self.state_dir = self.data_dir / "faturamento_br" / "simulator"
        self.addCleanup(control.stop, self.state_dir)

    def settings(self, user=None):
        model = self.env["res.config.settings"].with_user(user or self.administrator).with_company(self.acme)
        return model.create({"company_id": self.acme.id})

    def test_one_click_and_it_works(self):
        self.assertFalse(self.settings().fbr_simulator_url)
        self.settings().action_fbr_use_simulator()
        certificate = self.acme.fbr_certificate_id
        self.assertTrue(certificate.throwaway)
        self.assertEqual(certificate.state, "valid")
        action = self.settings().action_fbr_test_connection()
        shown = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((shown.result, shown.cStat, shown.environment), ("up", "107", "simulator"))
        self.assertIn(f"{simulator_service.running(self.env).url}/ws/SP/", shown.address)
        self.assertGreater(shown.days_left, 300)
        shown = self.settings()
        self.assertTrue(shown.fbr_simulator_url.startswith("https://127.0.0.1:"))
        self.assertEqual((shown.fbr_simulator_received, shown.fbr_simulator_authorized), (1, 0))

        first = simulator_service.running(self.env)
        self.acme._fbr_use_simulator()
        self.assertEqual(simulator_service.running(self.env).pid, first.pid, "one process, not two")
        self.assertEqual(self.acme.fbr_certificate_id, certificate, "its certificate is good: no new one")

        self.settings().action_fbr_stop_simulator()
        self.assertFalse(self.settings().fbr_simulator_url)
        with self.assertRaisesRegex(UserError, "simulator is not running"):
            self.acme._fbr_authorizer()
        self.settings().action_fbr_start_simulator()
        self.assertTrue(self.acme._fbr_authorizer().status()[0].up)

    @pytest.mark.prove
    def test_real_and_throwaway_certificates_live_side_by_side(self):
        real = self.upload()
        self.acme._fbr_use_simulator()
        throwaway = self.acme.fbr_certificate_id
        self.assertTrue(throwaway.throwaway)
        self.acme._fbr_use_homologation()
        self.assertEqual(self.acme.fbr_certificate_id, real)
        self.acme._fbr_use_simulator()
        renewed = self.upload(last=700)
        self.assertTrue(self.acme.fbr_certificate_id.throwaway, "the simulator would refuse the real one")
        self.acme._fbr_use_homologation()
        self.assertEqual(self.acme.fbr_certificate_id, renewed)

    @pytest.mark.prove
    def test_another_simulator_s_certificate_is_replaced(self):
        self.acme._fbr_use_simulator()
        before = self.acme.fbr_certificate_id
        control.stop(self.state_dir)
        self.enterContext(patch.dict(instance.config, {"data_dir": str(self.data_dir / "moved")}))
        self.addCleanup(control.stop, self.data_dir / "moved" / "faturamento_br" / "simulator")
        self.acme._fbr_use_simulator()
        self.assertNotEqual(self.acme.fbr_certificate_id, before)
        self.assertTrue(self.acme._fbr_authorizer().status()[0].up)

    def test_one_session_per_company_and_certificate(self):
        self.acme._fbr_use_simulator()
        self.other._fbr_use_simulator()
        authorizer = self.acme._fbr_authorizer()
        self.assertIs(self.acme._fbr_authorizer(), authorizer)
        self.assertIsNot(self.other._fbr_authorizer(), authorizer)
        self.assertIs(self.acme._fbr_authorizer(), authorizer, "the other company's did not take its place")
        self.acme.fbr_certificate_id = False
        self.acme._fbr_use_simulator()
        self.assertIsNot(self.acme._fbr_authorizer(), authorizer)
        self.assertTrue(self.acme._fbr_authorizer().status()[0].up)

    def test_homologation_goes_to_sefaz(self):
        self.upload()
        self.acme._fbr_use_homologation()
        authorizer = self.acme._fbr_authorizer()
        self.assertEqual((authorizer.environment, authorizer.uf), (Environment.HOMOLOGATION, "SP"))

    def test_document_of_another_environment_waits(self):
        self.upload()
        self.acme._fbr_use_homologation()
        self.assertTrue(self.acme._fbr_authorizer("homologation"))
        with self.assertRaisesRegex(UserError, "made for another environment"):
            self.acme._fbr_authorizer("production")

    def test_authorizer_needs_a_state(self):
        self.upload()
        self.acme.state_id = False
        with self.assertRaisesRegex(UserError, "no state"):
            self.acme._fbr_authorizer()

    def test_copied_database_gets_no_authorizer(self):
        self.upload()
        self.acme._fbr_switch_production_on()
        self.assertEqual(self.acme._fbr_authorizer().environment, Environment.PRODUCTION)
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        with self.assertRaisesRegex(UserError, "cannot send to production from here"):
            self.acme._fbr_authorizer()
        self.assertIn("cannot send to production", self.settings().fbr_production_refused)

    @pytest.mark.prove
    def test_child_is_born_without_a_worker_s_limits(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CPU, (soft, hard))
        resource.setrlimit(resource.RLIMIT_CPU, (100_000, hard))
        simulator = simulator_service.start(self.env)
        self.assertEqual(resource.getrlimit(resource.RLIMIT_CPU), (100_000, hard))
        self.assertEqual(resource.prlimit(simulator.pid, resource.RLIMIT_CPU), (hard, hard))

    def test_buttons_are_the_administrator_s(self):
        for user in (self.biller, self.accountant):
            for name in (
                "action_fbr_use_simulator",
                "action_fbr_use_homologation",
                "action_fbr_start_simulator",
                "action_fbr_stop_simulator",
                "action_fbr_test_connection",
            ):
                with self.subTest(user=user.login, button=name), self.assertRaises(AccessError):
                    getattr(self.settings().with_user(user), name)()
        self.assertIsNone(simulator_service.running(self.env))

    def test_settings_open_whatever_happens(self):
        instance.folder().chmod(0o755)
        shown = self.settings()
        self.assertFalse(shown.fbr_simulator_url)
        self.assertIn("chmod 700", shown.fbr_simulator_problem)

    def test_settings_of_a_foreign_company_touch_nothing(self):
        self.acme.account_fiscal_country_id = self.env.ref("base.us")
        self.assertFalse(self.settings().fbr_simulator_url)
        self.assertEqual(list(self.data_dir.iterdir()), [])

    def test_settings_views_open(self):
        for view in ("certificate_view_form", "certificate_view_list", "production_wizard_view_form"):
            record = self.env.ref(f"faturamento_br.{view}")
            self.env[record.model].with_user(self.administrator).get_view(record.id, record.type)
        arch = self.env["res.config.settings"].with_user(self.administrator).get_view()["arch"]
        self.assertIn("action_fbr_test_connection", arch)

    def test_upload_button_is_for_the_settings_company(self):
        action = self.settings().action_fbr_upload_certificate()
        self.assertEqual(action["context"]["default_company_id"], self.acme.id)
        self.assertEqual(
            self.settings().action_fbr_switch_production_on()["context"]["default_company_id"], self.acme.id
        )

    def test_certificate_of_another_company_cannot_be_chosen(self):
        foreign = self.upload(self.other, cnpj=OTHER)
        with self.assertRaises(UserError):
            self.settings().write({"fbr_certificate_id": foreign.id})
