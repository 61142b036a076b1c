import base64
import json
import logging
import os
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from freezegun import freeze_time
from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import Form, tagged

from ..models import instance
from .certificates import BRANCH, HEAD_OFFICE, OTHER, PASSWORD, InstallationCase, make_pfx

SECRET_FIELDS = ["pfx_encrypted", "password_encrypted"]


@tagged("post_install", "-at_install")
class TestCertificate(InstallationCase):
    """Certificates come in through a form, stay encrypted, and leave only inside the server."""

    def test_upload_reads_the_file(self):
        record = self.upload(user=self.administrator)
        self.assertEqual((record.name, record.tax_id, record.state), ("ACME LTDA", HEAD_OFFICE, "valid"))
        self.assertEqual((record.valid_to - record.valid_from).days, 366)
        self.assertEqual(self.acme.fbr_certificate_id, record)
        self.assertEqual(record._load().cnpj, "11222333000181")

    def test_its_end_is_told_in_time(self):
        """60, 30 and 7 days before, once each; the new certificate takes the request away."""
        record = self.upload(user=self.administrator)
        record.throwaway = False
        chart = type(self.env["account.chart.template"])
        with patch.object(chart, "_fbr_create_taxes"):  # this company has no chart of accounts
            self.acme.fbr_nfe_enabled = True
        told = []
        for days in (61, 60, 59, 30, 29, 8, 7, 6):
            with freeze_time(record.valid_to - timedelta(days=days)):
                before = record.activity_ids
                record._cron_warn()
                told.append(bool(record.activity_ids - before))
        self.assertEqual(told, [False, True, False, True, False, False, True, False])
        self.assertEqual(len(record.activity_ids), 1)
        self.assertIn(self.acme, record.activity_ids.user_id.company_ids)
        with freeze_time(record.valid_to - timedelta(days=6)):
            self.upload(last=400, user=self.administrator)
            record._cron_warn()
        self.assertFalse(record.activity_ids)

    @pytest.mark.prove
    def test_a_new_file_in_the_same_record_is_warned_of_again(self):
        record = self.upload(user=self.administrator)
        record.throwaway = False
        told = []
        for days in (7, 300, 60):  # before its end; renewed; a year later
            with freeze_time(record.valid_to - timedelta(days=days)):
                record._warn()
                told.append((record.warned_days, len(record.activity_ids)))
        self.assertEqual(told, [(7, 1), (0, 0), (60, 1)])

    @pytest.mark.prove
    def test_form_never_gives_back_what_was_typed(self):
        form = Form(self.env["faturamento_br.certificate"].with_user(self.administrator))
        form.pfx_upload = make_pfx()
        form.password_upload = PASSWORD
        record = form.save()
        self.assertEqual((record.pfx_upload, record.password_upload), (False, False))
        answer = record.web_save(
            {"pfx_upload": make_pfx(last=400).decode(), "password_upload": PASSWORD},
            {"pfx_upload": {}, "password_upload": {}, "valid_to": {}},
        )
        self.assertEqual((answer[0]["pfx_upload"], answer[0]["password_upload"]), (False, False))

    def test_stored_values_are_not_the_secrets(self):
        pfx = make_pfx()
        record = self.env["faturamento_br.certificate"].create(
            {"company_id": self.acme.id, "pfx_upload": pfx, "password_upload": PASSWORD}
        )
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(c) FROM faturamento_br_certificate c WHERE id = %s", [record.id])
        row = self.env.cr.fetchone()[0]
        stored = b"".join(base64.b64decode(bytes.fromhex(row[name].removeprefix("\\x"))) for name in SECRET_FIELDS)
        self.assertNotIn(base64.b64decode(pfx)[:64], stored)
        self.assertNotIn(PASSWORD.encode(), stored)
        self.assertNotIn(PASSWORD, json.dumps(row, ensure_ascii=False))
        attachments = self.env["ir.attachment"].search(
            [("res_model", "=", "faturamento_br.certificate"), ("res_field", "!=", False)]
        )
        self.assertFalse(attachments)

    def test_nobody_reads_secrets_by_rpc(self):
        record = self.upload()
        for user in (self.biller, self.accountant, self.administrator):
            mine = record.with_user(user)
            for name in SECRET_FIELDS:
                with self.subTest(user=user.login, field=name):
                    with self.assertRaises(AccessError):
                        mine.read([name])
                    with self.assertRaises(AccessError):
                        mine.search_read([], [name])
                    with self.assertRaises(AccessError):
                        mine.web_read({name: {}})
                    with self.assertRaises(UserError):  # an AccessError, or no right to export at all
                        mine.export_data([name])
                    with self.assertRaises(AccessError):
                        mine.search([(name, "!=", False)])
                    with self.assertRaises(AccessError):
                        mine.formatted_read_group([], [name], ["__count"])
                    self.assertNotIn(name, mine.fields_get())
                    self.assertNotIn(name, mine.read()[0])

    def test_upload_fields_read_empty(self):
        record = self.upload()
        values = record.with_user(self.administrator).read(["pfx_upload", "password_upload"])[0]
        self.assertEqual((values["pfx_upload"], values["password_upload"]), (False, False))
        with self.assertRaises(AccessError):
            record.with_user(self.biller).read(["password_upload"])

    def test_billers_see_name_and_validity_and_change_nothing(self):
        record = self.upload().with_user(self.biller)
        self.assertEqual(record.read(["name", "state"])[0]["state"], "valid")
        self.assertTrue(record.valid_to)
        for action in (
            lambda: record.write({"name": "x"}),
            record.unlink,
            record.copy,
            lambda: self.upload(user=self.biller),
        ):
            with self.assertRaises(AccessError):
                action()
        with self.assertRaises(AccessError):
            self.upload(user=self.accountant)

    def test_copy_carries_no_secret(self):
        with self.assertRaisesRegex(UserError, "Choose the certificate file"):
            self.upload().with_user(self.administrator).copy()

    def test_private_methods_are_not_rpc(self):
        for name in ("_load", "_decrypt", "_store_upload"):
            with self.assertRaises(AccessError):
                get_public_method(self.env["faturamento_br.certificate"], name)

    def test_who_may_use_it_is_a_right(self):
        """Empty is whoever may issue; a renewal, by the same record or a new one, opens it to nobody else."""
        record = self.upload(user=self.administrator)
        record.throwaway = False
        mine = self.acme.with_user(self.biller)
        self.assertTrue(mine._fbr_load_certificate())
        record.with_user(self.administrator).user_ids = self.accountant
        renewed = {"pfx_upload": make_pfx(password="nova"), "password_upload": "nova"}
        record.with_user(self.administrator).write(renewed)
        for company in (mine, mine.sudo()):
            with self.assertRaisesRegex(
                UserError, r"fbr_biller.* may not use .*Ask one of those who may \(fbr_accountant"
            ):
                company._fbr_load_certificate()
        with self.assertRaises(AccessError):
            record.with_user(self.biller).user_ids = self.biller
        self.assertTrue(self.acme.with_user(self.accountant)._fbr_load_certificate())
        self.assertTrue(self.acme.with_user(SUPERUSER_ID)._fbr_load_certificate(), "jobs send what was signed")
        new = self.upload(user=self.administrator)
        self.assertEqual((self.acme.fbr_certificate_id, new.user_ids), (new, self.accountant))
        branch = self.env["res.company"].create({"name": "Filial", "parent_id": self.acme.id, "vat": BRANCH})
        with self.assertRaisesRegex(UserError, "may not use"):
            branch.with_user(self.biller).sudo()._fbr_load_certificate()
        new.user_ids = False
        self.assertTrue(mine._fbr_load_certificate())
        lines = self.env["faturamento_br.audit_entry"].search([("act", "=", "certificate_users")])
        self.assertEqual(lines.mapped("detail")[0], "Whoever may issue")
        self.assertIn("fbr_accountant", lines[1].detail)

    def test_companies_are_isolated(self):
        mine, theirs = self.upload(), self.upload(self.other, cnpj=OTHER, name="OTHER SA")
        model = self.env["faturamento_br.certificate"]
        self.assertEqual(model.with_user(self.biller).search([]), mine)
        self.assertEqual(model.with_user(self.other_biller).search([]), theirs)
        with self.assertRaises(AccessError):
            theirs.with_user(self.biller).read(["name"])
        self.assertEqual(self.acme._fbr_load_certificate().cnpj, "11222333000181")
        self.assertEqual(self.other._fbr_load_certificate().cnpj, "12345678000195")
        with self.assertRaisesRegex(UserError, "another company"):
            self.acme.fbr_certificate_id = theirs
        with self.assertRaises(AccessError):
            self.upload(self.other, user=self.administrator, cnpj=OTHER)

    def test_wrong_password(self):
        with self.assertRaisesRegex(UserError, "password is wrong.*Type the password again") as caught:
            self.upload(password="errada-42")
        self.assertNotIn("errada-42", str(caught.exception))

    def test_not_a_certificate(self):
        values = {"company_id": self.acme.id, "password_upload": PASSWORD}
        model = self.env["faturamento_br.certificate"]
        with self.assertRaisesRegex(UserError, "not a PKCS#12"):
            model.create({**values, "pfx_upload": base64.b64encode(b"%PDF-1.7")})
        with self.assertRaisesRegex(UserError, "did not arrive whole"):
            model.create({**values, "pfx_upload": "!!"})
        with self.assertRaisesRegex(UserError, "Choose the certificate file"):
            model.create(values)

    def test_other_root_is_refused(self):
        with self.assertRaisesRegex(UserError, "first 8 characters"):
            self.upload(cnpj=OTHER)

    def test_head_office_certificate_passes_for_a_branch(self):
        self.acme.vat = BRANCH
        self.upload(cnpj=HEAD_OFFICE)
        self.assertEqual(self.acme._fbr_load_certificate().cnpj, "11222333000181")

    def test_odoo_branch_falls_back_to_its_head_office(self):
        record = self.upload()
        branch = self.env["res.company"].create({"name": "Filial", "parent_id": self.acme.id, "vat": BRANCH})
        self.assertEqual(branch._fbr_get_certificate(), record)
        self.assertEqual(branch._fbr_load_certificate().cnpj, "11222333000181")
        user = self._user("fbr_branch", "account.group_account_invoice", branch)
        self.assertEqual(record.with_user(user).name, "ACME LTDA")
        user.company_ids = [Command.set(branch.ids)]
        branch.vat = OTHER  # an establishment of somebody else, as in a holding
        self.assertFalse(branch._fbr_get_certificate())
        with self.assertRaisesRegex(UserError, "no digital certificate"):
            branch._fbr_load_certificate()

    def test_company_without_cnpj_or_certificate(self):
        with self.assertRaisesRegex(UserError, "no digital certificate"):
            self.acme._fbr_load_certificate()
        self.acme.vat = False
        with self.assertRaisesRegex(UserError, "no valid CNPJ"):
            self.upload()

    @staticmethod
    def days_later(days):
        return freeze_time(datetime.now() + timedelta(days=days))

    def test_expired(self):
        with self.assertRaisesRegex(UserError, "expired on"):
            self.upload(first=-400, last=-1)
        record = self.upload(last=60)
        for days, state in ((20, "valid"), (40, "expiring"), (61, "expired")):
            record.invalidate_recordset(["state"])
            with self.days_later(days):
                self.assertEqual(record.state, state)
        with self.days_later(61), self.assertRaisesRegex(UserError, "Install the renewed certificate"):
            self.acme._fbr_load_certificate()

    def test_renewal_replaces_file_and_password(self):
        record = self.upload(last=20)
        self.assertEqual(record.state, "expiring")
        before = record.fingerprint
        record.with_user(self.administrator).write({"pfx_upload": make_pfx(password="nova"), "password_upload": "nova"})
        self.assertEqual(record.state, "valid")
        self.assertNotEqual(record.fingerprint, before)
        self.assertTrue(record._load())

    def test_failed_renewal_keeps_the_old_one(self):
        record = self.upload()
        with self.assertRaises(UserError):
            record.write({"pfx_upload": make_pfx(), "password_upload": "errada"})
        self.assertTrue(record._load())

    def test_company_is_for_good(self):
        with self.assertRaisesRegex(UserError, "stays with its company"):
            self.upload().company_id = self.other

    def test_lost_key_or_other_server(self):
        record = self.upload()
        (self.data_dir / "faturamento_br" / "certificates.key").unlink()
        with self.assertRaisesRegex(UserError, "Upload the certificate file and its password again"):
            record._load()
        self.assertIsNone(instance.KEY.find(), "reading makes no new key")
        with (
            patch.dict(os.environ, {"FATURAMENTO_BR_KEY": "k" * 43}),
            self.assertRaisesRegex(UserError, "Upload the certificate file and its password again") as caught,
        ):
            record._load()
        self.assertNotIn("k" * 43, str(caught.exception))

    def test_logs_hold_no_secret(self):
        with self.assertLogs("odoo", level=logging.DEBUG) as captured:
            logging.getLogger("odoo").debug("something, so that there is a log")
            record = self.upload(user=self.administrator)
            self.env.flush_all()
            record._load()
            for attempt in (
                lambda: self.upload(password="errada-42"),
                lambda: record.with_user(self.biller).read(SECRET_FIELDS),
            ):
                with self.assertRaises(UserError):
                    attempt()
        text = "\n".join(captured.output)
        key = instance.KEY.find().decode()
        for secret in (PASSWORD, "errada-42", key, "PRIVATE KEY"):
            self.assertNotIn(secret, text)
