from odoo import api, fields, models
from odoo.exceptions import UserError

FAILED = ("bounce", "exception")
#: What *Send* is told when nobody pressed it: by e-mail, to those chosen for it; the NF-e is issued already.
BY_ITSELF = {"sending_methods": ["email"], "extra_edis": []}


class Document(models.Model):
    """How XML and DANFE reach the customer: sent by itself or again, and what became of the e-mail."""

    _inherit = "faturamento_br.document"

    mail_message_ids = fields.Many2many(
        "mail.message",
        "faturamento_br_document_mail_rel",
        "document_id",
        "message_id",
        "E-mails",
        readonly=True,
        copy=False,
    )
    mail_state = fields.Selection(
        [
            ("none", "Not sent"),
            ("nobody", "No e-mail address"),
            ("waiting", "On its way"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("bounced", "Came back"),
        ],
        "E-mail",
        compute="_compute_mail_state",
    )
    mail_failure = fields.Char("Why it failed", compute="_compute_mail_state")
    mail_failed = fields.Boolean(compute="_compute_mail_state", search="_search_mail_failed")
    mail_told_id = fields.Many2one(
        "mail.message", readonly=True, copy=False, index=False, ondelete="set null", help="The last failure told of."
    )

    @api.depends("mail_settings", "mail_message_ids", "state")
    def _compute_mail_state(self):
        """By the last e-mail alone: a failure that was mended by sending again is none."""
        last = {document: document.sudo().mail_message_ids.sorted("id")[-1:] for document in self}
        messages = self.env["mail.message"].sudo().union(*last.values())
        notifications = (
            self.env["mail.notification"]
            .sudo()
            .search([("mail_message_id", "in", messages.ids), ("notification_type", "=", "email")])
        )
        of_message = notifications.grouped("mail_message_id")
        reachable = self._reachable()
        for document in self:
            found = of_message.get(last[document], notifications.browse())
            failed = found.filtered(lambda each: each.notification_status in FAILED)
            document.mail_failure = "; ".join(map(self._mail_failure_of, failed)) or False
            document.mail_failed = bool(failed)
            document.mail_state = document._mail_state_of(found, failed, document in reachable)

    def _reachable(self):
        """Those of these documents whose customer, or a contact chosen for it, has an e-mail address."""
        customers = {document: document.sudo()._mail_customer() for document in self}
        everybody = self.env["res.partner"].sudo().union(*customers.values())
        chosen = everybody._fbr_chosen_for_nfe().commercial_partner_id
        return self.filtered(
            lambda document: customers[document].email or customers[document].commercial_partner_id in chosen
        )

    def _mail_state_of(self, found, failed, reachable):
        if self.mail_settings:
            return "waiting"
        if failed:
            return "bounced" if "bounce" in failed.mapped("notification_status") else "failed"
        if found:
            return "waiting" if set(found.mapped("notification_status")) & {"ready", "process"} else "sent"
        return "none" if reachable or self.state != "authorized" else "nobody"

    def _mail_failure_of(self, notification):
        """Who did not get it, and why: ``loja@example.com: Invalid email address``."""
        reasons = dict(notification._fields["failure_type"]._description_selection(self.env))
        who = notification.res_partner_id.email or notification.mail_email_address or notification.res_partner_id.name
        why = reasons.get(notification.failure_type) or notification.failure_reason or self.env._("unknown")
        return f"{who}: {why}"

    def _search_mail_failed(self, operator, value):
        if operator != "in":
            return NotImplemented
        failed = [("id", "in", [document for document, _message in self._failed_mails()])]
        return failed if True in value else ["!", *failed]

    @api.model
    def _failed_mails(self):
        """``(document, message)`` ids of the documents whose last e-mail failed."""
        self.env["mail.notification"].flush_model()
        self.flush_model(["mail_message_ids"])
        self.env.cr.execute(
            """
            SELECT DISTINCT r.document_id, r.message_id FROM mail_notification n
              JOIN faturamento_br_document_mail_rel r ON r.message_id = n.mail_message_id
             WHERE n.notification_type = 'email' AND n.notification_status IN %s
               AND NOT EXISTS (SELECT 1 FROM faturamento_br_document_mail_rel later
                                WHERE later.document_id = r.document_id AND later.message_id > r.message_id)
             ORDER BY r.document_id
            """,
            [FAILED],
        )
        return self.env.cr.fetchall()

    # --- Sending ------------------------------------------------------------------------------------------------

    def _mail_receivers(self):
        """Who gets XML and DANFE: the customer's own address, and the contacts chosen for it."""
        return self._mail_customer()._fbr_nfe_receivers()

    def _mail_customer(self):
        self.ensure_one()
        return self.move_id.partner_id or self.shipment_id.partner_id or self.partner_id

    def _send_by_itself(self):
        """Have the e-mail leave when XML and DANFE exist, if the company wants that and somebody can receive it."""
        for document in self:
            wanted = document.company_id.sudo().fbr_mail_on_authorization and not document.mail_settings
            if wanted and document._mail_receivers():
                document.mail_settings = {**BY_ITSELF, **document._mail_author()}

    def _mail_author(self):
        """In whose name: the salesperson's, or of whoever issued it."""
        user = self.move_id.invoice_user_id or self.shipment_id.user_id or self.create_uid
        return {"author_user_id": user.id, "author_partner_id": user.partner_id.id}

    def action_resend(self):
        """Send XML and DANFE again, to the contacts as they are chosen now.

        :raises UserError: one is not authorized, or nobody can receive it.
        """
        if not (self.env.su or self.env.user.has_group("account.group_account_invoice")):
            raise UserError(self.env._("Only who may create invoices may send an NF-e."))
        self.check_access("read")
        documents = self.sudo()
        for document in documents:
            if document.state != "authorized":
                raise UserError(self.env._("%s is not authorized: there is nothing to send.", document.display_name))
            if not document._mail_receivers():
                raise UserError(
                    self.env._(
                        "%s: nobody can receive it. Give the customer an e-mail address, or choose a contact that "
                        "receives XML and DANFE.",
                        document.display_name,
                    )
                )
        documents.activity_unlink(["faturamento_br.mail_activity_mail_failed"])
        for document in documents:
            document._queue_mail({**BY_ITSELF, **document._mail_author()})
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _send_queued_mail(self):
        remitted = self.filtered("shipment_id")
        super(Document, self - remitted)._send_queued_mail()
        for document in remitted:
            document.mail_settings = False
            composer = self.env["mail.compose.message"].with_context(**document.shipment_id.action_send()["context"])
            composer.create({})._action_send_mail()

    def _note_mail(self, message):
        """Remember an e-mail that carries this document's XML, so that its fate is shown."""
        for document in self.sudo():
            if document.xml_attachment_id.name in message.attachment_ids.mapped("name"):
                document.mail_message_ids = [fields.Command.link(message.id)]

    # --- Telling ------------------------------------------------------------------------------------------------

    @api.model
    def _cron_mail_failed(self):
        """Tell whoever sells of e-mails that failed or came back, once each.

        Not where the failure is noticed: that transaction has sent mails, and must not be run again by a lost race.
        """
        for document_id, message_id in self._failed_mails():
            document = self.browse(document_id)
            if document.mail_told_id.id == message_id:
                continue
            document.mail_told_id = message_id
            user = self.env["res.users"].browse(document._mail_author()["author_user_id"])
            told = document.with_context(lang=user.lang)
            told.activity_schedule(
                "faturamento_br.mail_activity_mail_failed",
                user_id=user.id if user.active and not user.share else document.create_uid.id,
                summary=told.env._("The e-mail with XML and DANFE did not arrive"),
                note=told.mail_failure,
            )


class MailNotification(models.Model):
    _inherit = "mail.notification"

    @api.model_create_multi
    def create(self, vals_list):
        notifications = super().create(vals_list)
        notifications._fbr_call_if_failed({vals.get("notification_status") for vals in vals_list})
        return notifications

    def write(self, vals):
        result = super().write(vals)
        self._fbr_call_if_failed({vals.get("notification_status")})
        return result

    def _fbr_call_if_failed(self, statuses):
        """Wake the job that tells of failed e-mails, if one of these is a fiscal document's."""
        if not statuses & set(FAILED):
            return
        self.env.cr.execute(
            "SELECT 1 FROM faturamento_br_document_mail_rel WHERE message_id IN %s LIMIT 1",
            [tuple(self.sudo().mail_message_id.ids) or (0,)],
        )
        if self.env.cr.fetchone():
            self.env.ref("faturamento_br.cron_mail_failed").sudo()._trigger()


class ResPartner(models.Model):
    _inherit = "res.partner"

    fbr_receives_nfe = fields.Boolean(
        "Receives XML and DANFE", help="This contact gets the e-mail of each NF-e, beside the customer's own address."
    )

    def _fbr_nfe_receivers(self):
        """This customer, and the contacts of its company that receive XML and DANFE: those with an e-mail address."""
        return self.filtered("email") | self._fbr_chosen_for_nfe()

    def _fbr_chosen_for_nfe(self):
        """The contacts of these customers' companies that receive XML and DANFE, and can."""
        return self.search(
            [
                ("commercial_partner_id", "in", self.commercial_partner_id.ids),
                ("fbr_receives_nfe", "=", True),
                ("email", "!=", False),
            ]
        )


class FiscalIssuer(models.AbstractModel):
    _inherit = "faturamento_br.fiscal.issuer"

    def _fbr_document_moved(self, document):
        super()._fbr_document_moved(document)
        if document.state == "authorized":
            document._send_by_itself()

    def _fbr_note_mail(self, message):
        """A message with files that leaves for somebody is a delivery of the document."""
        if message.attachment_ids and message.partner_ids:
            self.fbr_document_id._note_mail(message)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _message_post_after_hook(self, new_message, message_values):
        self._fbr_note_mail(new_message)
        return super()._message_post_after_hook(new_message, message_values)


class Shipment(models.Model):
    _inherit = "faturamento_br.shipment"

    def _message_post_after_hook(self, new_message, message_values):
        self._fbr_note_mail(new_message)
        return super()._message_post_after_hook(new_message, message_values)


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _get_default_mail_partner_ids(self, move, mail_template, mail_lang):
        """Beside Odoo's own recipient, the contacts chosen for XML and DANFE."""
        partners = super()._get_default_mail_partner_ids(move, mail_template, mail_lang)
        if move._fbr_needs_document():
            chosen = move.partner_id._fbr_nfe_receivers() - move.partner_id
            partners |= chosen.with_env(partners.env)
        return partners
