"""The accountant's monthly ZIP: each document once, sums that are the journal's, and a month that can be given back."""

import base64
import io
import os
import tempfile
import tracemalloc
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest
from freezegun import freeze_time
from lxml import etree
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .keeping_common import KeepingCase

MONTH = date(2026, 11, 1)
CELLS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@tagged("post_install", "-at_install")
class TestExport(KeepingCase):
    def setUp(self):
        super().setUp()
        self.document = self.issued((self.chair, 2), (self.table, 3, 250.0))

    def export(self, user=None, **values):
        """What the dialog does; the export."""
        form = Form(self.env(user=user or self.accountant)["faturamento_br.export.wizard"])
        for name, value in {"month": MONTH, **values}.items():
            form[name] = value
        return self.env["faturamento_br.export"].browse(form.save().action_export()["res_id"]).sudo()

    def archive(self, export):
        return zipfile.ZipFile(io.BytesIO(export.attachment_id.raw))

    def sheet(self, export, number):
        """A sheet of the summary as rows of texts, the first being its heads."""
        with zipfile.ZipFile(io.BytesIO(self.archive(export).read("resumo.xlsx"))) as book:
            root = etree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
        return [["".join(cell.itertext()) for cell in row] for row in root.iter(f"{CELLS}row")]

    def check(self, export_or_zip, user=None, **values):
        """What the dialog *Check a ZIP* does; its report."""
        data = export_or_zip if isinstance(export_or_zip, bytes) else export_or_zip.attachment_id.raw
        wizard = self.env(user=user or self.accountant)["faturamento_br.export.check"].create(
            {"zip": base64.b64encode(data), "zip_name": "a.zip", "company_id": self.company.id, **values}
        )
        return self.env["faturamento_br.keeping_check"].browse(wizard.action_check()["res_id"]).sudo()

    def cancel(self, document):
        document._apply("cancel")
        document._keep_event(f"{document.access_key}-110111.xml", b"<procEventoNFe/>")

    # --- What is in it ------------------------------------------------------------------------------------------

    def test_every_document_once_in_its_place(self):
        cancelled = self.issued()
        self.cancel(cancelled)
        self.invoice((self.chair,)).action_post()  # its document is only to be issued
        export = self.export()
        place = "modelo-55/serie-001"
        expected = {
            f"{place}/autorizadas/NFe{self.document.access_key}.xml",
            f"{place}/canceladas/NFe{cancelled.access_key}.xml",
            f"{place}/canceladas/{cancelled.access_key}-110111.xml",
            *("resumo.xlsx", "manifesto.json", "SHA256SUMS"),
        }
        names = self.archive(export).namelist()
        self.assertEqual((set(names), len(names)), (expected, len(expected)))
        self.assertEqual(
            self.archive(export).read(f"{place}/autorizadas/NFe{self.document.access_key}.xml"),
            self.document.xml_attachment_id.raw,
        )
        self.assertEqual(export.name, "NFe-11222333000181-2026-11-simulator.zip")
        self.assertEqual(export.documents, 2)
        self.assertEqual((self.document + cancelled).mapped("export_state"), ["done", "done"])

    def test_the_same_content_is_the_same_file(self):
        first = self.export()
        with freeze_time("2026-12-09 11:00:00"):
            second = self.export()
        self.assertEqual(first.sha256, second.sha256)
        self.assertEqual(first.attachment_id.raw, second.attachment_id.raw)
        self.assertNotEqual(first, second)

    @pytest.mark.prove
    def test_the_dialog_proposes_the_oldest_month_that_waits(self):
        wizard = self.env(user=self.accountant)["faturamento_br.export.wizard"]
        self.assertEqual(wizard.create({}).month, MONTH)
        self.export()
        self.assertEqual(wizard.create({}).month, date(2026, 10, 1))

    def test_a_document_that_changed_goes_out_again_and_no_other(self):
        self.export()
        with self.assertRaisesRegex(UserError, "no fiscal document"):
            self.export(pending_only=True)
        other = self.issued()
        self.cancel(self.document)
        states = self.env["faturamento_br.document"].sudo()
        self.assertEqual((self.document.export_state, other.export_state), ("changed", "pending"))
        waiting = states.search([("export_state", "in", ("pending", "changed")), ("company_id", "=", self.company.id)])
        self.assertEqual(waiting, self.document + other)
        supplement = self.export(pending_only=True)
        self.assertEqual((supplement.documents, supplement.supplement), (2, 1))
        self.assertIn("complemento-1", supplement.name)
        self.assertFalse(self.check(supplement).finding_ids)

    # --- The summary --------------------------------------------------------------------------------------------

    def test_sums_are_the_journals(self):
        self.issued((self.table, 7, 33.33), partner=self.carioca) if self.carioca.vat else self.issued((self.table, 7))
        self.cancel(self.issued((self.chair, 9)))
        moves = self.env["account.move"].search([("company_id", "=", self.company.id), ("state", "=", "posted")])
        live = moves.filtered(lambda move: move.fbr_document_id.state == "authorized")
        with patch.object(type(self.env["faturamento_br.document"]), "_binds", lambda document: False):
            (moves - live).sudo().button_cancel()
        export = self.export()
        self.assertAlmostEqual(export.amount_journal, sum(live.mapped("amount_total")), places=2)
        self.assertEqual((export.amount_documents, export.difference), (export.amount_journal, 0.0))
        documents, situations, cfops, taxes, journal = (self.sheet(export, number) for number in range(1, 6))
        self.assertEqual(len(documents), 4)
        self.assertEqual({row[0]: row[1] for row in situations[1:]}, {"Autorizada": "2", "Cancelada": "1"})
        products = documents[0].index("vProd")
        authorized = sum(Decimal(row[products]) for row in documents[1:] if row[3] == "Autorizada")
        self.assertEqual(Decimal(cfops[-1][cfops[0].index("vProd")]), authorized)
        self.assertTrue({"vICMS", "vPIS", "vCOFINS"} <= {row[0] for row in taxes[1:]})
        for name, documented, booked, difference in taxes[1:]:
            self.assertEqual((Decimal(documented), Decimal(difference)), (Decimal(booked), 0), name)
        self.assertEqual({Decimal(row[1]) for row in journal[2:4]}, {Decimal(f"{export.amount_journal:.2f}")})

    @pytest.mark.prove
    def test_an_invoice_that_makes_a_difference_is_named(self):
        posted = self.invoice((self.chair, 4))
        posted.action_post()
        export = self.export()
        self.assertEqual(export.difference, posted.amount_total)
        self.assertEqual(self.sheet(export, 5)[-1][0], posted.name)

    # --- Voided numbers -----------------------------------------------------------------------------------------

    def test_voided_numbers_are_in_it_with_their_proof(self):
        given_up = self.invoice((self.chair,))
        given_up.action_post()
        document = given_up.fbr_document_id.sudo()
        document._sign()
        self.voided(document.number, document.number + 2)
        self.voided(900, 909, day="2026-12-01")
        document.issue_date = "2026-11-25"
        export = self.export()
        path = f"modelo-55/serie-001/inutilizadas/procInutNFe-2026-001-{document.number}-{document.number + 2}.xml"
        proofs = [name for name in self.archive(export).namelist() if "procInut" in name]
        voiding = self.env["faturamento_br.voiding"].sudo().search([("first", "=", document.number)])
        self.assertEqual((proofs, voiding.export_id), ([path], export))
        self.assertEqual(self.archive(export).read(path), voiding.xml_attachment_id.raw)
        # Three numbers: the document's own is one of them, and counts once.
        self.assertEqual({row[0]: row[1] for row in self.sheet(export, 2)[1:]}, {"Autorizada": "1", "Inutilizada": "3"})
        row = self.sheet(export, 6)[1]
        self.assertEqual(row[:5], ["55", "1", str(document.number), str(document.number + 2), "3"])
        self.assertEqual(row[6:8], ["2026-11-25", voiding.protocolo])
        report = self.check(export)
        self.assertEqual((report.state, report.finding_ids.mapped("message")), ("right", []))
        self.assertIn(voiding.protocolo, report.voided)
        for change, told in (
            (lambda data: data.replace(b"Inutilizado", b"Autorizado."), path),
            (lambda data: data.replace(voiding.protocolo.encode(), b"135999999999999"), "manifesto.json"),
        ):
            changed = self.rewritten(export, lambda name, data, change=change: change(data) if name == path else data)
            self.assertIn(told, self.check(changed).finding_ids.mapped("name"))
            self.assertIn(voiding.display_name, self.check(changed).finding_ids.mapped("name"))

    @pytest.mark.prove
    def test_a_month_of_voided_numbers_alone_and_a_supplement_of_them(self):
        late = self.voided(500, 504, day="2026-10-31")
        wizard = self.env(user=self.accountant)["faturamento_br.export.wizard"].create({})
        self.assertEqual((wizard.month.month, wizard.documents, wizard.voidings, wizard.pending), (10, 0, 1, 1))
        export = self.export(month=date(2026, 10, 1))
        wizard.invalidate_recordset()
        self.assertEqual((wizard.voidings, wizard.pending), (1, 0))
        self.assertEqual((export.documents, late.export_id), (0, export))
        self.assertFalse(self.check(export).finding_ids)
        self.export()
        self.voided(600, 600)
        self.assertIn("001: 600", self.check(self.export_of(date(2026, 11, 1))).finding_ids.mapped("name"))
        supplement = self.export(pending_only=True)
        self.assertEqual((supplement.supplement, supplement.documents), (1, 0))
        self.assertFalse(self.check(supplement).finding_ids)
        with self.assertRaises(UserError):
            self.export(pending_only=True)

    def void_in_production(self):
        voiding = self.voided(700, 701)
        self.env.flush_all()
        self.env.cr.execute("UPDATE faturamento_br_voiding SET environment = 'production' WHERE id = %s", voiding.ids)
        self.env.invalidate_all()

    def export_of(self, month):
        return self.env["faturamento_br.export"].sudo().search([("month", "=", month)], limit=1)

    # --- The restore test ---------------------------------------------------------------------------------------

    def test_a_right_zip(self):
        report = self.check(self.export())
        self.assertEqual((report.kind, report.state, report.finding_ids.mapped("message")), ("zip", "right", []))

    def test_what_is_wrong_with_a_zip_is_named(self):
        export = self.export()
        name = next(each for each in self.archive(export).namelist() if "NFe" in each)
        forged = self.rewritten(export, lambda each, data: data.replace(b">1000.", b">9000.") if each == name else data)
        report = self.check(forged)
        self.assertEqual(report.state, "wrong")
        self.assertIn(name, report.finding_ids.mapped("name"))
        self.assertIn(self.document, report.finding_ids.document_id)  # the month lacks it
        self.assertTrue(report.activity_ids)
        others = self.rewritten(export, lambda _name, data: data.replace(b"11222333000181", b"12345678000195"))
        self.assertIn(
            "of CNPJ 12345678000195, not of this company", " ".join(self.check(others).finding_ids.mapped("message"))
        )
        self.assertEqual(self.check(b"no zip").finding_ids.mapped("kind"), ["zip"])
        late = self.issued()
        self.cancel(self.document)
        findings = self.check(export).finding_ids
        self.assertEqual(findings.document_id, self.document + late)

    def rewritten(self, export, change):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as copy:
            for name in self.archive(export).namelist():
                copy.writestr(name, change(name, self.archive(export).read(name)))
        return target.getvalue()

    def test_a_lost_file_is_given_back_from_the_zip(self):
        export = self.export()
        attachment = self.document.xml_attachment_id
        path = Path(attachment._full_path(attachment.store_fname))
        before = path.read_bytes()
        self.addCleanup(path.write_bytes, before)
        path.write_bytes(b"<forged/>")
        self.env.invalidate_all()
        self.env["faturamento_br.keeping_check"].sudo()._cron_check()
        kept = self.env["faturamento_br.kept_file"].sudo().search([("attachment_id", "=", attachment.id)])
        self.assertEqual(kept.state, "altered")
        with self.assertRaises(UserError):
            self.check(export, user=self.user, mend=True)
        self.check(export, mend=True)
        self.assertEqual((kept.state, path.read_bytes()), ("ok", before))
        self.assertEqual(path.with_suffix(".altered").read_bytes(), b"<forged/>")
        path.with_suffix(".altered").unlink()

    # --- Who, and where to --------------------------------------------------------------------------------------

    def test_rights(self):
        export = self.export(user=self.user)
        for user in (self.user, self.accountant, self.auditor):
            self.assertTrue(export.with_user(user).action_download())
            self.assertTrue(export.attachment_id.with_user(user).raw)
            with self.assertRaises(AccessError):
                export.with_user(user).write({"name": "x"})
        with self.assertRaises(AccessError):
            self.export(user=self.auditor)
        with self.assertRaises(UserError):
            export.with_user(self.auditor).action_send()
        with self.assertRaises(UserError):
            export.unlink()
        stranger = new_test_user(
            self.env(su=True, user=self.env.ref("base.user_root")),
            "export_stranger",
            groups="account.group_account_manager",
            company_id=self.env.ref("base.main_company").id,
            company_ids=[Command.set(self.env.ref("base.main_company").ids)],
        )
        for record in (export, export.attachment_id):
            with self.assertRaises(AccessError):
                record.with_user(stranger).read(["name"])
        with self.assertRaises(UserError):
            self.env(user=stranger)["faturamento_br.export.wizard"].create(
                {"company_id": self.company.id, "month": MONTH, "environment": "simulator"}
            ).action_export()

    @pytest.mark.prove
    def test_by_mail_in_the_accountants_language(self):
        contact = (
            self.env["res.partner"]
            .sudo()
            .create({"name": "Contábil", "email": "contabil@example.com", "lang": "pt_BR"})
        )
        export = self.export()
        export.with_user(self.user).action_send()
        self.assertIn("Faturamento BR", export.delivery_problem)
        self.company.sudo().fbr_accountant_ids = contact
        export.with_user(self.user).action_send()
        self.assertEqual((export.mailed_to, export.delivery_problem), ("contabil@example.com", False))
        message = export.message_ids[:1]
        self.assertEqual((message.partner_ids, message.attachment_ids), (contact, export.attachment_id))
        self.assertIn("novembro", message.subject)

    @pytest.mark.prove
    def test_into_the_servers_folder(self):
        self.company.sudo().fbr_export_to_folder = True
        with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, FATURAMENTO_BR_EXPORT_DIR=folder):
            export = self.export()
            export._deliver(mail=False, folder=True)
            self.assertFalse(export.delivery_problem)
            written = Path(export.folder)
            self.assertTrue(written.is_relative_to(folder))
            self.assertEqual(written.read_bytes(), export.attachment_id.raw)
            self.assertEqual([each.name for each in written.parent.iterdir()], [export.name])
        with patch.dict(os.environ, FATURAMENTO_BR_EXPORT_DIR="/proc/none"):
            export._deliver(mail=False, folder=True)
        self.assertTrue(export.delivery_problem)

    def test_the_monthly_job(self):
        """Production only, when the month is over, the whole month first; later only what changed."""
        Export = self.env["faturamento_br.export"].sudo()
        self.company.sudo().fbr_export_monthly = True
        self.env.cr.execute(
            "UPDATE faturamento_br_document SET environment = 'production' WHERE id = %s", self.document.ids
        )
        self.env.invalidate_all()
        mine = [("company_id", "=", self.company.id)]
        Export._cron_export()
        self.assertFalse(Export.search(mine))  # November goes on
        with freeze_time("2026-12-02 06:00:00"):
            Export._cron_export()
            first = Export.search(mine)
            self.assertEqual((first.month, first.documents, first.supplement), (MONTH, 1, 0))
            Export._cron_export()
            self.assertEqual(Export.search(mine), first)
            self.void_in_production()
            self.assertEqual(Export._due(), [(self.company, MONTH)])
            Export._cron_export()
            first = Export.search(mine)
            self.assertEqual((len(first), Export._due()), (2, []))
            self.cancel(self.document)
            self.company.sudo().fbr_export_to_folder = True
            Export._cron_export()
            second = Export.search(mine) - first
            self.assertEqual(second.supplement, 2)
            self.assertIn("faturamento_br_export_dir", second.delivery_problem)  # the server has no folder
            self.assertIn(self.accountant, second.activity_ids.user_id)

    def test_uninstalling_is_refused_until_production_is_exported(self):
        module = self.env(su=True)["ir.module.module"].search([("name", "=", "faturamento_br")])
        module._fbr_check_exported()  # what has no fiscal value holds up nobody
        self.env.cr.execute(
            "UPDATE faturamento_br_document SET environment = 'production' WHERE id = %s", self.document.ids
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Marcenaria Teste Ltda: 1"):
            module.button_uninstall()
        self.export(environment="production")
        module._fbr_check_exported()
        self.void_in_production()
        with self.assertRaisesRegex(UserError, "Marcenaria Teste Ltda: 1"):
            module._fbr_check_exported()
        self.export(environment="production", pending_only=True)
        module._fbr_check_exported()
        self.cancel(self.document)
        with self.assertRaises(UserError):
            module._fbr_check_exported()

    # --- Size ---------------------------------------------------------------------------------------------------

    @pytest.mark.prove
    def test_memory_and_queries_do_not_grow(self):
        """Five times the documents: as much memory, and no query per document."""
        few = self.cost()
        self.multiply(60)
        many = self.cost()
        self.assertLess(many[0], few[0] * 1.5 + 2**20)
        self.assertLess((many[1] - few[1]) / 60, 3)

    def multiply(self, number):
        """So many more documents, with files of their own, as the database has them."""
        original = self.document.copy_data()[0]
        for place in range(1, number + 1):
            key = f"{place:044d}"
            values = {**original, "number": 1000 + place, "access_key": key, "move_id": False, "state": "authorized"}
            document = self.env["faturamento_br.document"].sudo().create({**values, "issue_date": "2026-11-20"})
            raw = self.document.xml_attachment_id.raw.replace(self.document.access_key.encode(), key.encode())
            document.xml_attachment_id = document._attach(f"NFe{key}.xml", raw, "application/xml")
            self.env["faturamento_br.kept_file"]._keep("authorized", document.xml_attachment_id)

    def cost(self):
        """Bytes at the peak, and queries, of an export."""
        self.env.flush_all()
        self.env.invalidate_all()
        queries = self.env.cr.sql_log_count
        tracemalloc.start()
        try:
            self.env["faturamento_br.export"].sudo()._export(self.company, MONTH, "simulator")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        return peak, self.env.cr.sql_log_count - queries
