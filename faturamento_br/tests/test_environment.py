from pathlib import Path
from unittest.mock import patch

import pytest
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..fiscal.spec import Environment
from .certificates import BRANCH, HEAD_OFFICE, InstallationCase


@tagged("post_install", "-at_install")
class TestEnvironment(InstallationCase):
    """Production is switched on on purpose, and a copy of the database does not have it."""

    def setUp(self):
        super().setUp()
        self.upload()

    def wizard(self, user=None, **values):
        values = {"company_id": self.acme.id, "typed_tax_id": HEAD_OFFICE, "understood": True, **values}
        model = self.env["faturamento_br.production.wizard"]
        return model.with_user(user or self.administrator).create(values)

    def switch_on(self):
        self.wizard().action_confirm()
        self.assertEqual(self.acme._fbr_checked_environment(), Environment.PRODUCTION)

    def assert_cannot_send(self):
        with self.assertRaisesRegex(UserError, "cannot send to production from here"):
            self.acme._fbr_checked_environment()

    def test_default_is_the_simulator(self):
        self.assertEqual(self.acme._fbr_checked_environment(), Environment.SIMULATOR)

    def test_switching_on(self):
        self.switch_on()
        note = self.acme.partner_id.message_ids[0]
        self.assertIn("production was switched on", note.body)
        self.assertIn(self.administrator.name, note.body)

    def test_confirmation_must_be_complete(self):
        for values in ({"typed_tax_id": "11222333000182"}, {"typed_tax_id": False}, {"understood": False}):
            with self.subTest(values), self.assertRaisesRegex(UserError, "type the CNPJ"):
                self.wizard(**values).action_confirm()
        self.wizard(typed_tax_id="11222333000181").action_confirm()
        self.assertEqual(self.acme._fbr_checked_environment(), Environment.PRODUCTION)

    def test_only_an_administrator_switches_on(self):
        for user in (self.biller, self.accountant):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.wizard(user=user)
        with self.assertRaises(AccessError):
            self.wizard().with_user(self.accountant).sudo().action_confirm()

    def test_a_good_certificate_is_needed(self):
        self.acme.fbr_certificate_id.throwaway = True
        with self.assertRaisesRegex(UserError, "no digital certificate"):
            self.wizard().action_confirm()
        self.assertEqual(self.acme.fbr_environment, "simulator")

    @pytest.mark.prove
    def test_a_branch_does_not_go_to_production_with_a_simulator_s_certificate(self):
        self.acme.fbr_certificate_id.throwaway = True
        branch = self.env["res.company"].create({"name": "Filial", "parent_id": self.acme.id, "vat": BRANCH})
        branch.account_fiscal_country_id = self.env.ref("base.br")
        self.administrator.company_ids = [Command.link(branch.id)]
        with self.assertRaisesRegex(UserError, "issued by the simulator"):
            self.wizard(company_id=branch.id, typed_tax_id=BRANCH).action_confirm()
        self.assertEqual(branch.fbr_environment, "simulator")

    def test_not_for_a_foreign_company(self):
        self.acme.account_fiscal_country_id = self.env.ref("base.us")
        with self.assertRaisesRegex(UserError, "not a Brazilian company"):
            self.wizard().action_confirm()

    def test_writing_production_is_refused(self):
        for company in (self.acme, self.acme.with_user(self.administrator), self.acme.sudo()):
            with self.assertRaisesRegex(UserError, "switched on by an administrator"):
                company.write({"fbr_environment": "production"})
        with self.assertRaisesRegex(UserError, "switched on by an administrator"):
            self.acme.write({"fbr_environment": "production", "fbr_production_seal": "0" * 64})
        with self.assertRaisesRegex(UserError, "switched on by an administrator"):
            self.env["res.company"].create({"name": "New", "fbr_environment": "production"})
        messages = self.env["res.company"].load([".id", "fbr_environment"], [[str(self.acme.id), "Production"]])[
            "messages"
        ]
        self.assertTrue(any("switched on by an administrator" in message["message"] for message in messages))
        self.assertEqual(self.acme.fbr_environment, "simulator")

    def test_seal_is_out_of_reach(self):
        self.switch_on()
        mine = self.acme.with_user(self.administrator)
        with self.assertRaises(AccessError):
            mine.read(["fbr_production_seal"])
        with self.assertRaises(AccessError):
            mine.write({"fbr_production_seal": "x"})

    def test_seal_of_one_company_is_not_another_s(self):
        self.switch_on()
        with self.assertRaisesRegex(UserError, "switched on by an administrator"):
            self.other.write({"fbr_environment": "production", "fbr_production_seal": self.acme.fbr_production_seal})

    def test_leaving_production_drops_the_seal(self):
        self.switch_on()
        self.acme.fbr_environment = "homologation"
        self.assertFalse(self.acme.fbr_production_seal)
        self.assertEqual(self.acme._fbr_checked_environment(), Environment.HOMOLOGATION)

    def test_database_uuid_changed(self):
        self.switch_on()
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.assert_cannot_send()

    def test_database_renamed_or_copied_by_createdb(self):
        self.switch_on()
        with patch.object(self.env.cr, "dbname", "copy"):
            self.assert_cannot_send()
        self.assertEqual(self.acme._fbr_checked_environment(), Environment.PRODUCTION)

    def test_instance_changed_or_lost(self):
        self.switch_on()
        identity = self.data_dir / "faturamento_br" / "instance.id"
        self.assertEqual(identity.stat().st_mode & 0o777, 0o600)
        text = identity.read_text()
        identity.write_text("x" * 43)
        self.assert_cannot_send()
        identity.unlink()
        self.assert_cannot_send()
        self.assertFalse(identity.exists(), "asking makes no new identity")
        identity.touch(0o600)
        identity.write_text(text)
        self.assertEqual(self.acme._fbr_checked_environment(), Environment.PRODUCTION)

    def test_production_written_by_sql_has_no_seal(self):
        self.env.cr.execute("UPDATE res_company SET fbr_environment = 'production' WHERE id = %s", [self.acme.id])
        self.acme.invalidate_recordset()
        self.assert_cannot_send()

    @pytest.mark.prove
    def test_moved_system_is_sealed_again_by_the_wizard(self):
        self.switch_on()
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.assertTrue(self.wizard().resealing)
        self.switch_on()

    def test_neutralized_copy(self):
        self.switch_on()
        self.env.flush_all()
        self.env.cr.execute((Path(__file__).parents[1] / "data" / "neutralize.sql").read_text())
        self.env.invalidate_all()
        self.assertEqual(self.acme._fbr_checked_environment(), Environment.SIMULATOR)
        self.assertFalse(self.acme.fbr_production_seal)

    def test_simulator_certificate_is_refused_elsewhere(self):
        self.acme.fbr_certificate_id.throwaway = True
        self.assertTrue(self.acme._fbr_load_certificate())
        self.acme.fbr_environment = "homologation"
        with self.assertRaisesRegex(UserError, "issued by the simulator"):
            self.acme._fbr_load_certificate()
