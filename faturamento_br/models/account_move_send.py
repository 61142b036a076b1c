from odoo import api, models

NFE = "br_nfe"


class AccountMoveSend(models.AbstractModel):
    """Odoo's *Send* for invoices with an NF-e: issue if needed; the e-mail leaves when XML and DANFE exist.

    The customer's legal papers are the XML and the DANFE, so these replace Odoo's own invoice PDF. A mail that is
    asked for before they exist waits on the document with what the user wrote (:attr:`mail_settings`).
    """

    _inherit = "account.move.send"

    def _get_all_extra_edis(self):
        return {
            **super()._get_all_extra_edis(),
            NFE: {
                "label": self.env._("Issue the NF-e"),
                "is_applicable": lambda move: move._fbr_needs_document(),
                "help": self.env._("Signs it, sends it to SEFAZ and e-mails XML and DANFE to the customer."),
            },
        }

    def _get_alerts(self, moves, moves_data):
        """Say everything that is missing before anybody presses Send, and why some invoices have no NF-e."""
        alerts = super()._get_alerts(moves, moves_data)
        to_issue = moves.sudo().fbr_document_id.filtered(lambda document: document.state in ("draft", "rejected"))
        located = [found for document in to_issue for found in document._check()[2]]
        if located:
            alerts["br_nfe_problems"] = {
                "level": "danger" if len(moves) == 1 else "warning",
                "message": moves._fbr_explain(self.env._("This keeps the NF-e from going out:"), located),
            }
        without = moves.filtered(lambda move: move.company_id._fbr_issues() and not move._fbr_needs_document())
        if without:
            reasons = (f"{move.display_name}: {move._fbr_why_no_document()}" for move in without)
            alerts["br_nfe_without"] = {"level": "info", "message": "\n".join(reasons)}
        return alerts

    def _get_invoice_extra_attachments(self, move):
        # The DANFE is the invoice's own PDF by then (_show_on_invoice).
        return super()._get_invoice_extra_attachments(move) + move.fbr_document_id.sudo().xml_attachment_id

    def _get_placeholder_mail_attachments_data(self, move, invoice_edi_format=None, extra_edis=None, pdf_report=None):
        if not move._fbr_needs_document() or NFE not in (extra_edis or ()):
            return super()._get_placeholder_mail_attachments_data(move, invoice_edi_format, extra_edis, pdf_report)
        if move.fbr_document_id.sudo().danfe_attachment_id:
            return []
        names = {"xml": ("NFe.xml", "application/xml"), "danfe": ("DANFE.pdf", "application/pdf")}
        return [
            {"id": f"placeholder_{key}", "name": name, "mimetype": mimetype, "placeholder": True}
            for key, (name, mimetype) in names.items()
        ]

    def _send_mail(self, move, mail_template, **kwargs):
        """Queue the mail of an NF-e: its files are heavy, and a mail server that is down must not undo anything."""
        if move.fbr_document_id:
            self = self.with_context(mail_notify_force_send=False)
            move = move.with_context(mail_notify_force_send=False)
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        super()._send_mail(move, mail_template, **kwargs)

    @api.model
    def _generate_and_send_invoices(
        self, moves, from_cron=False, allow_raising=True, allow_fallback_pdf=False, **settings
    ):
        """Send what is ready as Odoo does; issue the rest, whose mails wait on their documents.

        Who unticks *Issue the NF-e* has Odoo's own PDF sent, and nothing issued.
        """
        wanted = "extra_edis" not in settings or NFE in (settings["extra_edis"] or ())
        waiting = moves.filtered(
            lambda move: wanted and move._fbr_needs_document() and not move.fbr_document_id.danfe_attachment_id
        )
        if waiting:
            waiting._fbr_issue_to_send(settings, allow_raising=allow_raising and not from_cron)
        if ready := moves - waiting:
            ready.filtered("fbr_document_id").is_move_sent = True
            return super()._generate_and_send_invoices(
                ready,
                from_cron=from_cron,
                allow_raising=allow_raising,
                allow_fallback_pdf=allow_fallback_pdf,
                **settings,
            )
        return self.env["ir.attachment"]
