import base64

from brazilfiscalreport.danfe import Danfe
from odoo import api, models

from ..fiscal.documents import document_type


class Document(models.Model):
    """The files of an authorized document: the nfeProc, by concatenation of kept bytes, and the DANFE drawn from it."""

    _inherit = "faturamento_br.document"

    # What :meth:`_cron_danfe` looks for, all day, among all that was ever authorized.
    _to_finish = models.Index(
        "(id) WHERE state = 'authorized' AND (mail_settings IS NOT NULL"
        " OR (danfe_attachment_id IS NULL AND xml_attachment_id IS NOT NULL))"
    )

    def _attach(self, name, raw, mimetype):
        self.ensure_one()
        return self.env["ir.attachment"].create(
            {"name": name, "raw": raw, "mimetype": mimetype, "res_model": self._name, "res_id": self.id}
        )

    def _make_proc(self, attempt, protNFe):
        """Keep the nfeProc: what the company stores for 132 months (Ajuste SINIEF 2/2025) and the customer receives."""
        proc = document_type(self.model).proc(base64.b64decode(attempt.signed_xml), protNFe)
        self.xml_attachment_id = self._attach(f"NFe{self.access_key}.xml", proc, "application/xml")

    def _make_danfe(self):
        """Draw the DANFE of each document that lacks it (0.2 s for one item, seconds for hundreds)."""
        for document in self.filtered(lambda d: d.xml_attachment_id and not d.danfe_attachment_id):
            pdf = bytes(Danfe(xml=document.xml_attachment_id.raw.decode()).output())
            danfe = document._attach(f"DANFE-{document.access_key}.pdf", pdf, "application/pdf")
            document.danfe_attachment_id = danfe
            document._show_on_invoice(danfe)

    def _show_on_invoice(self, danfe):
        """Make the DANFE the invoice's own PDF: what Print, the portal and Send give."""
        move = self.move_id
        if move and not move.invoice_pdf_report_id and not self.superseded_by_id:
            danfe.copy({"res_model": move._name, "res_id": move.id, "res_field": "invoice_pdf_report_file"})
            move.invalidate_recordset(["invoice_pdf_report_id", "invoice_pdf_report_file"])

    # --- Mail --------------------------------------------------------------------------------------------------

    def _queue_mail(self, settings):
        """Remember what *Send* was told, records as ids, until the files exist."""
        self.ensure_one()
        self.mail_settings = {
            key: value.id if isinstance(value, models.BaseModel) else value for key, value in settings.items()
        }
        if self.xml_attachment_id:
            self.env.ref("faturamento_br.cron_danfe").sudo()._trigger()

    def _send_queued_mail(self):
        """Send the mails that waited, each as its author wrote it."""
        for document in self:
            settings = dict(document.mail_settings)
            for key, model in {"mail_template": "mail.template", "pdf_report": "ir.actions.report"}.items():
                if settings.get(key):
                    settings[key] = self.env[model].browse(settings[key])
            document.mail_settings = False
            self.env["account.move.send"]._generate_and_send_invoices(document.move_id, allow_raising=False, **settings)

    @api.model
    def _cron_danfe(self, limit=50):
        """Draw the DANFEs that are missing and send the mails that waited for them."""
        todo = [
            ("state", "=", "authorized"),
            "|",
            "&",
            ("xml_attachment_id", "!=", False),
            ("danfe_attachment_id", "=", False),
            ("mail_settings", "!=", False),
        ]
        self.search(todo, limit=limit, order="id")._work_off(lambda document: document._finish(), todo)

    def _finish(self):
        """The DANFE, kept whatever becomes of the mail; then the mail that waits for it."""
        self._claim("authorized")._make_danfe()
        self._claim("authorized").filtered("mail_settings")._send_queued_mail()
