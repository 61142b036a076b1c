from odoo import api, fields, models
from odoo.exceptions import LockError, UserError

from ..fiscal import spec
from ..fiscal.problems import _
from .fiscal_payment import NO_PAYMENT
from .mail_dialog import mail_dialog

NO_GOODS = (
    _("The remittance has no goods."),
    _("Add the products that leave, with their quantities."),
)
NFE_OFF = (
    _("NF-e is not switched on for %(company)s."),
    _("Switch it on in Settings > Invoicing > Faturamento BR."),
)
REFERENCE_UNISSUED = (
    _("%(document)s is referred to, but SEFAZ has not authorized it yet: it has no valid access key."),
    _("Issue it first, or take it off the referenced documents."),
)
#: Where the fields of an invoice that paths lead to are on a remittance.
RENAMED = {"invoice_date": "date", "preferred_payment_method_line_id": "", "invoice_payment_term_id": ""}


class Shipment(models.Model):
    """From a draft remittance to its NF-e."""

    _inherit = "faturamento_br.shipment"

    reference_document_ids = fields.Many2many(
        "faturamento_br.document",
        string="Refers to",
        check_company=True,
        copy=False,
        help="NFref: documents of ours that this one refers to. Those of others go by their keys.",
    )
    # Without dependencies on purpose: computed when the form is opened or saved, not at each change of a line.
    fbr_alerts = fields.Json("NF-e alerts", compute="_compute_fbr_alerts", exportable=False)

    @api.depends("state", "fbr_operation_id", "line_ids.product_id", "fbr_document_id.state")
    def _compute_fbr_needs_document(self):
        super()._compute_fbr_needs_document()

    def _compute_fbr_alerts(self):
        for shipment in self:
            shipment.fbr_alerts = shipment._fbr_own_alerts() if isinstance(shipment.id, int) else {}

    def _fbr_own_alerts(self):
        """What is missing before the number is taken; afterwards what keeps the NF-e from being authorized."""
        if self.state == "draft":
            return self._fbr_preflight_alerts("warning") if self.line_ids and self._fbr_needs_document() else {}
        document = self.fbr_document_id.sudo()
        alerts = document.problem_ids.sudo(False)._alerts(shown_on=self)
        if document.state in ("signed", "sending") and not document.problem_ids:
            alerts["fbr_waiting"] = {
                "level": "info",
                "message": self.env._(
                    "The NF-e is on its way to SEFAZ. Nothing needs to be done: it goes on by itself."
                ),
            }
        return alerts

    # --- Confirming ---------------------------------------------------------------------------------------------

    def action_confirm(self):
        """Take the number, when nothing is missing: else all of it is told, and no number is taken.

        :raises UserError: somebody else is at it, or something is missing.
        """
        self._check_billing()
        self.check_access("write")
        self._lock()
        self._check_open()
        located = [found for shipment in self for found in shipment._fbr_refusals()]
        if located:
            raise UserError(self._fbr_explain(self.env._("This cannot be confirmed yet:"), located))
        for shipment in self:
            shipment._number()
        return True

    def _number(self):
        """Become confirmed, with the number of the NF-e."""
        self.state = "confirmed"
        self._fbr_take_label(self.env["faturamento_br.document"].sudo()._open_for(self.sudo()))

    def _check_billing(self):
        if not (self.env.su or self.env.user.has_group("account.group_account_invoice")):
            raise UserError(self.env._("Only who may create invoices may confirm, issue or cancel a remittance."))

    def _lock(self):
        """Nobody else works on these, nor on what they give back: who comes later sees what was done."""
        try:
            for records in (self.sudo(), *self._locked_with()):
                records.lock_for_update(allow_referencing=True)
        except LockError as error:
            names = ", ".join(self.mapped("display_name"))
            message = self.env._("%s: somebody else is working on it right now. Look again in a moment.", names)
            raise UserError(message) from error

    def _locked_with(self):
        """Recordsets whose quantities these change. Their rows are written with each confirmation, so that who read
        them as they were before loses the race, and is tried again."""
        return []

    def _fbr_refusals(self):
        """Everything that issuing would find wrong: nothing of it may wait until the number is taken."""
        if not self.company_id._fbr_issues():
            params = {"company": self.company_id.name}
            return [self._fbr_problem("nfe_off", NFE_OFF, self.company_id, "fbr_nfe_enabled", **params)]
        if not self._fbr_is_fiscal():
            return [self._fbr_problem("items_missing", NO_GOODS, self, "line_ids")]
        return self._fbr_preflight()[0]

    def _fbr_trade_problems(self):
        found = super()._fbr_trade_problems()
        for document in self.sudo().reference_document_ids:
            if document.state != "authorized":
                found.append(
                    self._fbr_problem(
                        "reference_unissued",
                        REFERENCE_UNISSUED,
                        document.sudo(False),
                        "",
                        document=document.display_name,
                    )
                )
        return found

    # --- Back, and away -----------------------------------------------------------------------------------------

    def action_draft(self):
        """Open it again; it keeps its number.

        :raises UserError: its NF-e is authorized, or may be.
        """
        self._check_undoable()
        self.fbr_document_id.sudo()._reopen()
        self.state = "draft"

    def action_cancel(self):
        """Give it up before it is issued; a number it has is voided, never handed out again."""
        self._check_undoable()
        self.fbr_document_id.sudo()._reopen()
        self.state = "cancel"

    def _check_undoable(self):
        self._check_billing()
        self.check_access("write")
        self._lock()
        labels = dict(self.env["faturamento_br.document"]._fields["state"]._description_selection(self.env))
        for shipment in self:
            if document := shipment.fbr_document_ids.sudo()._binding()[:1]:
                raise UserError(
                    self.env._(
                        "%(document)s is %(state)s: the remittance can no longer be changed. An authorized NF-e must "
                        "be cancelled at the authorizer first; one without an answer must wait for it.",
                        document=document.display_name,
                        state=labels[document.state].lower(),
                    )
                )

    # --- As issuer ----------------------------------------------------------------------------------------------

    def _fbr_document_link(self):
        return {"shipment_id": self.id}

    def _fbr_needs_document(self):
        self.ensure_one()
        return self._fbr_is_fiscal()

    def _fbr_is_confirmed(self):
        return self.state in ("confirmed", "issued")

    def _fbr_own_date(self):
        return self.date

    def _fbr_take_label(self, document):
        if self.name != document._label():
            self.name = document._label()

    def _fbr_redate(self):
        """Date what is of an earlier month today, and take its amounts anew: no books keep them."""
        for shipment in self:
            if shipment._fbr_is_of_an_earlier_month():
                shipment.date = shipment._fbr_today()
        self.line_ids._compute_amount()

    def _fbr_why_no_document(self):
        if not self.company_id._fbr_issues():
            company = self.company_id.name
            return self.env._("NF-e is not switched on for %s (Settings > Invoicing > Faturamento BR).", company)
        return self.env._("it has no goods; an NF-e is for goods.")

    def _fbr_document_moved(self, document):
        """Issued when its NF-e is authorized, cancelled with it."""
        if document.state == "authorized":
            self.state = "issued"
        elif document.state == "cancelled" and self.state == "issued":
            self.state = "cancel"

    def _fbr_payments(self):
        """pag: nothing is paid (tPag 90)."""
        return (spec.Payment(NO_PAYMENT, spec.ZERO),)

    def _fbr_references(self):
        """NFref: our own documents, then the keys that were written."""
        own = self.sudo().reference_document_ids.mapped("access_key")
        return tuple(dict.fromkeys([*filter(None, own), *super()._fbr_references()]))

    def _fbr_self_at(self, match):
        record, field = super()._fbr_self_at(match)
        return record, RENAMED.get(field, field)

    # --- Mail ---------------------------------------------------------------------------------------------------

    def action_send(self):
        """Write the recipient a mail with the XML and the DANFE."""
        self.ensure_one()
        document = self.fbr_document_id.sudo()
        if document.state != "authorized":
            raise UserError(self.env._("%s: its NF-e is not authorized yet.", self.display_name))
        document._make_danfe()
        files = document.xml_attachment_id | document.danfe_attachment_id
        template = self.env.ref("faturamento_br.mail_template_shipment", raise_if_not_found=False)
        receivers = self.partner_id._fbr_nfe_receivers()
        return mail_dialog(self, self.env._("Send XML and DANFE"), template, files, default_partner_ids=receivers.ids)
