"""What the law wants kept: nobody changes it unnoticed, and a check that really reads it says so."""

import hashlib
import runpy
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import file_path

from ..models import keeping_check
from ..models.kept_file import GENESIS, chained
from .keeping_common import KeepingCase

VOIDED_ON = date(2026, 11, 25)


@tagged("post_install", "-at_install")
class TestKeeping(KeepingCase):
    def setUp(self):
        super().setUp()
        self.document = self.issued()
        self.kept = self.env["faturamento_br.kept_file"].sudo()
        self.files = self.kept.search([("document_id", "=", self.document.id)], order="id")
        self.sent, self.authorized = self.files
        self.day = 0

    def check(self):
        """The daily job, a day later each time; the report it makes for the company."""
        self.day += 1
        with freeze_time(f"2026-11-{25 + self.day} 05:00:00"):
            self.env["faturamento_br.keeping_check"].sudo()._cron_check()
        domain = [("company_id", "=", self.company.id)]
        return self.env["faturamento_br.keeping_check"].sudo().search(domain, limit=1)

    def stored(self, attachment):
        """The place of a file in the store."""
        return Path(attachment._full_path(attachment.store_fname))

    def tamper(self, path, data):
        """Write into the store behind Odoo's back; put back afterwards, for other tests have the same content."""
        before = path.read_bytes()
        self.addCleanup(path.write_bytes, before)
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)

    # --- What is kept -------------------------------------------------------------------------------------------

    def test_sent_and_authorized_bytes_are_kept_for_132_months(self):
        self.assertEqual(self.files.mapped("kind"), ["sent", "authorized"])
        for kept in self.files:
            self.assertEqual(kept.sha256, hashlib.sha256(kept._content()).hexdigest())
            self.assertEqual(kept.size, len(kept._content()))
        self.assertEqual(self.authorized.keep_until, self.document.authorized_at.date() + relativedelta(months=132))
        event = self.document._keep_event("110111.xml", b"<procEventoNFe/>")
        self.assertEqual(self.kept.search([("attachment_id", "=", event.id)]).kind, "event")

    def test_nobody_changes_or_deletes_them(self):
        """Not even the system by its own methods; a rewrite of the same bytes is how Odoo moves its storage."""
        attachment, attempt = self.authorized.attachment_id.sudo(), self.sent.attempt_id.sudo()
        refused = [
            lambda: attachment.write({"raw": b"<x/>"}),
            lambda: attachment.write({"datas": "PHgvPg=="}),
            lambda: attachment.write({"type": "url", "url": "http://example.com", "raw": False}),
            attachment.unlink,
            lambda: attempt.write({"signed_xml": b"eA=="}),
            attempt.unlink,
            lambda: self.authorized.write({"sha256": "0" * 64}),
            lambda: self.authorized.write({"chain_hash": "0" * 64}),
            self.authorized.unlink,
        ]
        for place, attempted in enumerate(refused):
            with self.subTest(place), self.assertRaises(UserError), self.env.cr.savepoint():
                attempted()
        raw = attachment.raw
        attachment.write({"raw": raw, "mimetype": attachment.mimetype})
        attachment.copy({"name": "copy.xml"}).write({"raw": b"<mine/>"})
        self.assertEqual(self.authorized._verdict(), "ok")

    def test_users_read_their_own_companies_and_write_nothing(self):
        foreign = self.env.ref("base.main_company")
        stranger = new_test_user(
            self.env(su=True, user=self.env.ref("base.user_root")),
            "keeping_stranger",
            groups="account.group_account_manager",
            company_id=foreign.id,
            company_ids=[Command.set(foreign.ids)],
        )
        check = self.check()
        for user in (self.user, self.accountant, self.auditor):
            mine = self.authorized.with_user(user)
            self.assertTrue(mine.sha256)
            self.assertEqual(mine.action_download()["type"], "ir.actions.act_url")
            self.assertTrue(check.with_user(user).display_name)
            with self.assertRaises(AccessError):
                mine.write({"state": "altered"})
            with self.assertRaises(AccessError):
                mine.copy()
        for record in (self.authorized, check):
            with self.assertRaises(AccessError):
                record.with_user(stranger).read(["company_id"])
        with self.assertRaises(UserError):
            check.with_user(self.user).action_check_now()

    # --- The chain ----------------------------------------------------------------------------------------------

    def test_the_chain_links_each_file_to_the_one_before(self):
        self.kept._seal(self.company)
        self.issued()
        self.assertEqual(self.kept._seal(self.company), 2)
        self.assertEqual(self.kept._seal(self.company), 0)
        links = self.kept.search([("company_id", "=", self.company.id)], order="sequence")
        self.assertEqual(links.mapped("sequence"), list(range(1, len(links) + 1)))
        before = GENESIS
        for link in links:
            self.assertEqual(link.previous_hash, before)
            before = chained(before, link.sequence, link.kind, link.name, link.sha256)
            self.assertEqual(link.chain_hash, before)
        self.assertEqual(self.kept._broken_links(self.company), ([], len(links), before))

    @pytest.mark.prove
    def test_rows_changed_in_the_database_are_found(self):
        self.assertEqual(self.check().state, "right")
        forged = hashlib.sha256(b"<forged/>").hexdigest()
        self.env.cr.execute("UPDATE faturamento_br_kept_file SET sha256 = %s WHERE id = %s", [forged, self.sent.id])
        self.env.invalidate_all()
        self.assertEqual(self.check().finding_ids.filtered(lambda each: each.kind == "chain").name, self.sent.name)

    def test_a_row_taken_from_the_end_is_found(self):
        self.assertEqual(self.check().state, "right")
        self.take_away()
        self.assertIn("cut", self.check().finding_ids.mapped("kind"))

    # --- Voided numbers -----------------------------------------------------------------------------------------

    def test_the_proof_of_voided_numbers_is_kept_in_the_chain(self):
        """Altered in the store it is named; nobody deletes it."""
        self.env["ir.config_parameter"].sudo().set_param(keeping_check.DAYS_PARAMETER, "1")
        voiding = self.voided(500, 504)
        kept = self.kept.search([("voiding_id", "=", voiding.id)])
        attachment = kept.attachment_id
        self.assertEqual((kept.kind, attachment, voiding.voided_on), ("voiding", voiding.xml_attachment_id, VOIDED_ON))
        self.assertEqual(kept.keep_until, VOIDED_ON + relativedelta(months=132))
        check = self.check()
        self.assertEqual((check.state, check.chain_length, kept.sequence), ("right", 3, 3))
        for attempted in (attachment.unlink, lambda: attachment.write({"raw": b"<x/>"})):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                attempted()
        self.tamper(self.stored(attachment), attachment.raw.replace(b"<nNFFin>504", b"<nNFFin>594"))
        self.env.invalidate_all()
        finding = self.check().finding_ids
        self.assertEqual((finding.kind, finding.name), ("altered", "procInutNFe-2026-001-500-504.xml"))
        self.assertEqual(finding.action_open()["res_id"], voiding.id)

    @pytest.mark.prove
    def test_proofs_from_before_are_kept_by_the_upgrade(self):
        voiding = self.voided(500, 504)
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM faturamento_br_kept_file WHERE voiding_id = %s", [voiding.id])
        self.env.cr.execute("UPDATE faturamento_br_voiding SET voided_on = NULL WHERE id = %s", [voiding.id])
        self.env.invalidate_all()
        finding = self.check().finding_ids
        self.assertEqual((finding.kind, finding.name, bool(finding.cure)), ("no_proof", voiding.display_name, True))
        path = file_path("faturamento_br/migrations/19.0.1.5.0/post-voidings.py")
        for _again in range(2):
            runpy.run_path(path)["migrate"](self.env.cr, "19.0.1.4.0")
            self.env.invalidate_all()
            kept = self.kept.search([("voiding_id", "=", voiding.id)])
            self.assertEqual((kept.attachment_id, voiding.voided_on), (voiding.xml_attachment_id, VOIDED_ON))
        self.assertEqual(self.check().state, "right")

    # --- The daily check ----------------------------------------------------------------------------------------

    def test_all_right(self):
        check = self.check()
        self.assertEqual((check.state, check.total, check.files_read, check.wrong), ("right", 2, 2, 0))
        self.assertFalse(check.activity_ids)
        self.assertEqual(set(self.files.mapped("state")), {"ok"})

    def test_a_file_altered_in_the_store_is_named_and_told(self):
        attachment = self.authorized.attachment_id
        self.tamper(self.stored(attachment), attachment.raw.replace(b"1000.00", b"9000.00"))
        self.env.invalidate_all()
        check = self.check()
        self.assertEqual(check.state, "wrong")
        finding = check.finding_ids
        self.assertEqual((finding.kind, finding.name, finding.document_id), ("altered", attachment.name, self.document))
        self.assertTrue(finding.cure)
        self.assertIn(self.accountant, check.activity_ids.user_id)
        self.assertNotIn(self.user, check.activity_ids.user_id)
        again = self.check()  # what is wrong is read each day, and told once
        self.assertEqual(again.finding_ids.name, attachment.name)
        self.assertFalse(check.activity_ids)
        self.assertIn(self.accountant, again.activity_ids.user_id)

    @pytest.mark.prove
    def test_a_file_gone_from_the_store(self):
        self.tamper(self.stored(self.authorized.attachment_id), None)
        self.env.invalidate_all()
        self.assertEqual(self.check().finding_ids.mapped("kind"), ["missing"])

    @pytest.mark.prove
    def test_an_attachment_row_that_leads_elsewhere(self):
        other = self.issued().xml_attachment_id
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = %s, checksum = %s WHERE id = %s",
            [other.store_fname, other.checksum, self.authorized.attachment_id.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.check().finding_ids.mapped("name"), [self.authorized.name])

    @pytest.mark.prove
    def test_signed_bytes_altered_in_the_database(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE faturamento_br_document_attempt SET signed_xml = %s WHERE id = %s",
            [b"eA==", self.sent.attempt_id.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.check().finding_ids.mapped("kind"), ["altered"])

    @pytest.mark.prove
    def test_an_authorized_document_without_its_file(self):
        self.take_away()
        self.assertEqual(self.check().finding_ids.mapped("kind"), ["no_file"])

    def take_away(self):
        """Take the nfeProc out of the database, behind Odoo's back."""
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM faturamento_br_kept_file WHERE id = %s", [self.authorized.id])
        self.env.cr.execute(
            "UPDATE faturamento_br_document SET xml_attachment_id = NULL WHERE id = %s", [self.document.id]
        )
        self.env.invalidate_all()

    def test_files_from_before_are_adopted(self):
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM faturamento_br_kept_file WHERE company_id = %s", [self.company.id])
        self.env.invalidate_all()
        check = self.check()
        self.assertEqual((check.total, check.state), (2, "right"))

    @pytest.mark.prove
    def test_each_is_read_within_the_days_and_a_stopped_check_goes_on(self):
        """Ten files over five days: two a day after the first; a job out of time leaves its report running."""
        for _number in range(4):
            self.issued()
        self.env["ir.config_parameter"].sudo().set_param(keeping_check.DAYS_PARAMETER, "5")
        with (
            patch.object(keeping_check, "BATCH", 3),
            patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_kwargs: 0),
        ):
            stopped = self.check()
            self.assertEqual((stopped.state, stopped.to_read), ("running", 10))
            while (check := self.check()).state == "running":
                self.assertEqual(check, stopped)
        self.assertEqual((stopped.state, stopped.files_read), ("right", 10))
        first = self.kept.search([("company_id", "=", self.company.id)]).mapped("checked_at")
        later = self.check()
        self.assertEqual((later.files_read, later.state), (2, "right"))
        self.assertEqual(len(first), 10)
        seen = self.kept.search_count([("company_id", "=", self.company.id), ("checked_at", ">=", later.started_at)])
        self.assertEqual(seen, 2)

    @pytest.mark.prove
    def test_a_batch_costs_a_few_queries_whatever_the_number(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.check()
            return self.env.cr.sql_log_count - before

        cost()
        few = cost()
        for _number in range(6):
            self.issued()
        self.check()
        with patch.object(keeping_check, "DAYS", 1):
            many = cost()
        self.assertLess(many - few, 12 * 3)  # the bytes of each file, one at a time
