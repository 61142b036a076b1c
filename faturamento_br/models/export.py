import hashlib
import logging
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import config, format_date

from ..fiscal.archive.writer import sha256_of
from .document_export import EXPORTED_STATES
from .export_build import ExportBuilder

_logger = logging.getLogger(__name__)

#: The server's option, or environment variable in upper case, that names the folder for monthly exports.
FOLDER_OPTION = "faturamento_br_export_dir"
_CHUNK = 2**20


class Export(models.Model):
    """A month's fiscal documents in a ZIP, for the accountant: each once, with a summary that adds up to the journal.

    What was exported is marked. A document that changes afterwards (cancelled, say) goes out again, in a supplement.
    """

    _name = "faturamento_br.export"
    _description = "Monthly export of fiscal documents"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "month desc, id desc"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    month = fields.Date(required=True, readonly=True, help="The first day of the month.")
    environment = fields.Selection(selection="_environments", required=True, readonly=True)
    supplement = fields.Integer(
        readonly=True, help="0: the whole month. Otherwise the how manieth with only what was not exported yet."
    )
    attachment_id = fields.Many2one("ir.attachment", "ZIP", readonly=True)
    name = fields.Char("File", readonly=True)
    sha256 = fields.Char("SHA-256", readonly=True)
    size = fields.Integer("Bytes", readonly=True)
    documents = fields.Integer(readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount_documents = fields.Monetary("NF-e", readonly=True, help="Authorized, less returns; without remittances.")
    amount_journal = fields.Monetary("Journal", readonly=True, help="The invoices of the same month, as booked.")
    difference = fields.Monetary(readonly=True, help="The summary in the ZIP names each invoice that makes it.")
    mailed_to = fields.Char("E-mailed to", readonly=True)
    folder = fields.Char("Written to", readonly=True)
    delivery_problem = fields.Char(readonly=True)

    @api.model
    def _environments(self):
        return self.env["faturamento_br.document"]._environments()

    @api.depends("name")
    def _compute_display_name(self):
        for export in self:
            export.display_name = export.name or self.env._("Export")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("An export is kept: it proves what the accountant received."))

    def action_download(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "download",
        }

    def action_send(self):
        """E-mail it (again) to the accountants of the company, and write it to the folder."""
        self.ensure_one()
        self.env["faturamento_br.export"]._check_may_export()
        self.check_access("read")
        self.sudo()._deliver(mail=True, folder=bool(_root()))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _check_may_export(self):
        if not (self.env.su or self.env.user.has_group("account.group_account_invoice")):
            raise UserError(self.env._("Only who may create invoices may export fiscal documents."))

    # --- Making one ---------------------------------------------------------------------------------------------

    @api.model
    def _export(self, company, month, environment, pending_only=False):
        """Write the ZIP of a month and mark its documents; memory does not grow with their number.

        :param month: any day of it.
        :param pending_only: only what was never exported as it is now.
        :return: the export; an empty recordset when there is no document and no voided number.
        """
        month = month.replace(day=1)
        language = "pt_BR" if self.env["res.lang"]._get_data(code="pt_BR") else self.env.lang
        told = self.with_context(lang=language, allowed_company_ids=company.ids).sudo()
        builder = ExportBuilder(told.env, company, month, environment, pending_only)
        if not builder.ids and not builder.voidings:
            return self.browse()
        earlier = self.search_count(
            [("company_id", "=", company.id), ("month", "=", month), ("environment", "=", environment)]
        )
        supplement = earlier if pending_only else 0
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "export.zip"
            facts = builder.fill(path, supplement)
            export = told.create(
                {
                    **facts,
                    "company_id": company.id,
                    "month": month,
                    "environment": environment,
                    "supplement": supplement,
                    "name": told._file_name(company, month, environment, supplement),
                    "sha256": sha256_of(path),
                    "size": path.stat().st_size,
                }
            )
            export.attachment_id = told._take_file(path, export)
        builder.mark(export)
        return self.browse(export.id)

    @api.model
    def _file_name(self, company, month, environment, supplement):
        kind = "" if environment == "production" else f"-{environment}"
        more = f"-complemento-{supplement}" if supplement else ""
        return f"NFe-{company._fbr_tax_id()}-{month:%Y-%m}{kind}{more}.zip"

    @api.model
    def _take_file(self, path, export):
        """An attachment of a file of any size: moved into the file store, never read as a whole where Odoo has one."""
        Attachment = self.env["ir.attachment"].sudo()
        values = {"name": export.name, "mimetype": "application/zip", "res_model": self._name, "res_id": export.id}
        if Attachment._storage() == "db":
            return Attachment.create({**values, "raw": path.read_bytes()})
        attachment = Attachment.create(values)
        with path.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha1").hexdigest()  # by which Odoo names files
        store_fname = f"{checksum[:2]}/{checksum}"
        # Odoo's own write computes these from the bytes in memory.
        models.BaseModel.write(
            attachment,
            {
                "store_fname": store_fname,
                "checksum": checksum,
                "file_size": path.stat().st_size,
                "db_datas": False,
                "mimetype": "application/zip",
            },
        )
        # Locked before the file is there, so that the store's cleaning waits for this transaction.
        attachment.flush_recordset(["checksum", "store_fname"])
        target = Path(Attachment._full_path(store_fname))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
        Attachment._mark_for_gc(store_fname)
        return attachment

    # --- Delivering ---------------------------------------------------------------------------------------------

    def _deliver(self, mail, folder):
        """By e-mail to the company's accountants, into the server's folder; what fails is told on the export."""
        for export in self:
            export.delivery_problem = False
            if folder:
                export._write_to_folder()
            if mail:
                export._mail()

    def _mail(self):
        accountants = self.company_id.fbr_accountant_ids.filtered("email")
        if not accountants:
            self.delivery_problem = self.env._(
                "Nobody receives it: choose accountants with an e-mail address in Settings, Faturamento BR."
            )
            return
        template = self.env.ref("faturamento_br.mail_template_export")
        for language, receivers in accountants.grouped("lang").items():
            told = self.with_context(lang=language or self.env.lang, mail_notify_force_send=False)
            body = template.with_context(lang=language)._render_field("body_html", self.ids, set_lang=language)[self.id]
            subject = template._render_field("subject", self.ids, set_lang=language)[self.id]
            told.message_post(
                body=body,
                subject=subject,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=receivers.ids,
                attachment_ids=self.attachment_id.ids,
                email_layout_xmlid="mail.mail_notification_light",
            )
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        self.mailed_to = ", ".join(accountants.mapped("email_normalized"))

    def _write_to_folder(self):
        """Into ``<folder>/<database>/<CNPJ>``: complete, or not at all."""
        root = _root()
        if not root:
            self.delivery_problem = self.env._(
                "The server has no folder for exports: its administrator sets %s in odoo.conf.", FOLDER_OPTION
            )
            return
        target = Path(root) / self.env.cr.dbname / self.company_id._fbr_tax_id() / self.name
        unfinished = target.with_suffix(".part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                for piece in self._pieces():
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            _logger.warning("%s was not written to the folder of exports.", self.name, exc_info=True)
            self.delivery_problem = self.env._("The folder for exports cannot be written to: %s", error.strerror)
            return
        self.folder = str(target)

    def _pieces(self):
        """The ZIP piece by piece."""
        attachment = self.attachment_id.sudo()
        if not attachment.store_fname:
            yield attachment.raw
            return
        with Path(attachment._full_path(attachment.store_fname)).open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece

    # --- The job ------------------------------------------------------------------------------------------------

    @api.model
    def _cron_export(self):
        """Export the months that are over, of companies that want it: whole at first, then what changed since.

        Where everything is exported, one query finds nothing to do.
        """
        for company, month in self._due():
            again = self.search_count(
                [("company_id", "=", company.id), ("month", "=", month), ("environment", "=", "production")], limit=1
            )
            try:
                export = self._export(company, month, "production", pending_only=bool(again)).sudo()
            except OSError:
                # A kept file is gone, and the daily check tells the accountants so; or the disk is full. Others go on.
                self.env.cr.rollback()
                _logger.exception("The month %s of %s was not exported.", month, company.name)
                continue
            export._deliver(bool(company.fbr_accountant_ids), company.fbr_export_to_folder)
            if export.delivery_problem:
                export._tell_accountants()
            self.env.invalidate_all()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _tell_accountants(self):
        """Whoever manages the accounting learns that nobody received it."""
        for user in self.company_id._fbr_accounting_managers():
            told = self.with_context(lang=user.lang)
            told.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=told.env._("The monthly export was not delivered"),
                note=self.delivery_problem,
            )

    @api.model
    def _due(self):
        """Companies and months with production documents or voidings that are not exported as they are now."""
        self.env["faturamento_br.document"].flush_model()
        self.env["faturamento_br.voiding"].flush_model()
        today = fields.Date.context_today(self)
        self.env.cr.execute(
            """
            SELECT d.company_id, date_trunc('month', COALESCE(d.issue_date, d.create_date))::date AS month
              FROM faturamento_br_document d JOIN res_company c ON c.id = d.company_id AND c.fbr_export_monthly
             WHERE d.environment = 'production' AND d.state IN %s AND d.exported_state IS DISTINCT FROM d.state
               AND COALESCE(d.issue_date, d.create_date) < %s
             UNION
            SELECT v.company_id, date_trunc('month', v.voided_on)::date
              FROM faturamento_br_voiding v JOIN res_company c ON c.id = v.company_id AND c.fbr_export_monthly
             WHERE v.environment = 'production' AND v.state = 'voided' AND v.export_id IS NULL AND v.voided_on < %s
             ORDER BY 2, 1
            """,
            [EXPORTED_STATES, today + relativedelta(day=1), today + relativedelta(day=1)],
        )
        return [(self.env["res.company"].browse(company), month) for company, month in self.env.cr.fetchall()]

    def _month_name(self):
        return format_date(self.env, self.month, date_format="MMMM y")


def _root():
    """The folder that the server's administrator gave for exports; it is no setting of a database, for whoever could
    set it there could write anywhere."""
    return config.get(FOLDER_OPTION) or os.environ.get(FOLDER_OPTION.upper())
