from base64 import b64decode

from odoo import api, models
from odoo.exceptions import UserError


class Document(models.Model):
    """Every file of a document is kept, with its hash, in the transaction that makes it."""

    _inherit = "faturamento_br.document"

    def _make_proc(self, attempt, protNFe):
        super()._make_proc(attempt, protNFe)
        self.env["faturamento_br.kept_file"]._keep("authorized", self.xml_attachment_id)

    def _keep_event(self, name, raw):
        """Keep the XML of an event (procEventoNFe, procInutNFe) beside the document's own; returns its attachment."""
        attachment = self._attach(name, raw, "application/xml")
        self.env["faturamento_br.kept_file"]._keep("event", attachment)
        return attachment

    @api.model
    def _cron_danfe(self, limit=50):
        """The job that runs after authorisations also puts their files into the chain."""
        super()._cron_danfe(limit)
        self.env["faturamento_br.kept_file"]._seal_all()


class DocumentAttempt(models.Model):
    """What was signed is kept as soon as it exists, and is never written again."""

    _inherit = "faturamento_br.document.attempt"

    @api.model_create_multi
    def create(self, vals_list):
        attempts = super().create(vals_list)
        signed = [b64decode(values["signed_xml"]) for values in vals_list]
        self.env["faturamento_br.kept_file"]._keep("sent", attempts, signed)
        return attempts

    def write(self, vals):
        if {"signed_xml", "document_id", "access_key"} & vals.keys():
            raise UserError(self.env._("What was signed is never changed: a correction is another attempt."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was signed is kept for ever, whatever SEFAZ answered."))


class IrAttachment(models.Model):
    """The bytes of a kept file stay; a copy is anybody's own."""

    _inherit = "ir.attachment"

    def write(self, vals):
        if vals.keys() & {"raw", "datas", "db_datas", "type", "url"}:
            kept = self._fbr_kept()
            before = {each: each.sha256 for each in kept}
            result = super().write(vals)
            # Odoo writes the same bytes when it moves files to another storage, and a backup gives them back.
            for each, sha256 in before.items():
                if each._verdict() != "ok":
                    raise UserError(
                        self.env._("%(name)s is kept as it is (SHA-256 %(hash)s…).", name=each.name, hash=sha256[:12])
                    )
            return result
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        if kept := self._fbr_kept():
            raise UserError(
                self.env._("%s is the XML of a fiscal document: the law wants it kept.", ", ".join(kept.mapped("name")))
            )

    def _fbr_kept(self):
        """The rows that keep some of these."""
        return self.env["faturamento_br.kept_file"].sudo().search([("attachment_id", "in", self.ids)])
