from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..fiscal import states
from .problem_text import user_error

# The name a document gives its invoice: the environment is part of it, so that a document without fiscal value
# can never be taken for a real one, and numbers of two environments never collide.
LABELS = {"production": "NFe", "homologation": "NFe-HOM", "simulator": "NFe-SIM"}

PRODUCTION = "production"
#: What issues documents, and the field by which a document knows it.
SOURCES = {"account.move": "move_id", "faturamento_br.shipment": "shipment_id"}
BINDING_STATES = ("sending", "authorized", "epec")


class Document(models.Model):
    """A fiscal document: its number, its life, and the exact bytes that were signed, sent and received.

    One record per number. It owns its items and parties as they were signed; the link to an invoice is optional
    (a remittance has none). ``state`` moves only through the table in ``fiscal/states.py``, by :meth:`_apply`:

        draft -sign-> signed -send, committed-> sending -answer-> authorized | rejected
        sending -no answer-> query the key -> authorized | rejected | signed (the authorizer never had it)
        rejected -fix-> draft, same number, new attempt

    Users only read documents; what they may do is in the ``action_`` methods, which check rights and then work as
    the system. How a document is signed is in ``document_signing.py``, how it is sent in ``document_sending.py``,
    its files in ``document_files.py``.
    """

    _name = "faturamento_br.document"
    _description = "Fiscal document"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "issue_date desc, series, number desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    move_id = fields.Many2one(
        "account.move", "Invoice", readonly=True, index="btree_not_null", ondelete="restrict", check_company=True
    )
    shipment_id = fields.Many2one(
        "faturamento_br.shipment",
        "Remittance",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    model = fields.Selection([("55", "NF-e (55)")], required=True, readonly=True, default="55")
    environment = fields.Selection(selection="_environments", required=True, readonly=True)
    series = fields.Integer(required=True, readonly=True)
    number = fields.Integer(required=True, readonly=True, aggregator=None)
    numeric_code = fields.Char(
        "cNF", required=True, readonly=True, help="Drawn once: the key keeps it in each attempt."
    )
    state = fields.Selection(
        [
            ("draft", "To issue"),
            ("signed", "Signed"),
            ("sending", "Waiting for the answer"),
            ("authorized", "Authorized"),
            ("rejected", "Rejected"),
            ("cancelled", "Cancelled"),
            ("epec", "EPEC"),
            ("voided", "Voided"),
        ],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
    )
    access_key = fields.Char("Access key", readonly=True, index=True, copy=False)
    issued_at = fields.Datetime("Issued", readonly=True, help="dhEmi of the last attempt.")
    issue_date = fields.Date("Issue date", readonly=True, index=True, help="dhEmi's date in the company's time zone.")
    nature = fields.Char("Nature of the operation", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, index=True)
    protocolo = fields.Char("Protocol", readonly=True)
    authorized_at = fields.Datetime("Authorized on", readonly=True)
    cStat = fields.Char("cStat", readonly=True)
    xMotivo = fields.Char("Answer", readonly=True)
    next_try_at = fields.Datetime(readonly=True, index="btree_not_null", help="When the background job may act on it.")
    amount_total = fields.Monetary("Total", readonly=True)
    amount_products = fields.Monetary("Products", readonly=True)
    amount_icms = fields.Monetary("ICMS", readonly=True)
    amount_ipi = fields.Monetary("IPI", readonly=True)
    amount_pis = fields.Monetary("PIS", readonly=True)
    amount_cofins = fields.Monetary("COFINS", readonly=True)
    amount_ibs = fields.Monetary("IBS", readonly=True)
    amount_cbs = fields.Monetary("CBS", readonly=True)
    item_ids = fields.One2many("faturamento_br.document.item", "document_id", "Items", readonly=True)
    party_ids = fields.One2many("faturamento_br.document.party", "document_id", "Parties", readonly=True)
    attempt_ids = fields.One2many("faturamento_br.document.attempt", "document_id", "Attempts", readonly=True)
    problem_ids = fields.One2many("faturamento_br.document.problem", "document_id", "Problems", readonly=True)
    alerts = fields.Json(compute="_compute_alerts")
    xml_attachment_id = fields.Many2one("ir.attachment", "XML", readonly=True, copy=False)
    danfe_attachment_id = fields.Many2one("ir.attachment", "DANFE", readonly=True, copy=False)
    mail_settings = fields.Json(
        copy=False, readonly=True, help="A mail that waits for XML and DANFE, as Send was told."
    )

    _one_number = models.Constraint(
        "UNIQUE(company_id, model, environment, series, number)", "This number already has its document."
    )

    @api.model
    def _environments(self):
        return [
            ("simulator", self.env._("Simulator")),
            ("homologation", self.env._("Homologação")),
            ("production", self.env._("Production")),
        ]

    @api.depends("series", "number", "environment")
    def _compute_display_name(self):
        for document in self:
            document.display_name = document._label()

    @api.depends("problem_ids")
    def _compute_alerts(self):
        for document in self:
            document.alerts = document.problem_ids._alerts(shown_on=document)

    def _creation_message(self):
        return self.env._("Fiscal document created")

    def _label(self):
        """The number as invoice, screen and file names show it: ``NFe 001/000000123``."""
        return f"{LABELS[self.environment]} {self.series:03d}/{self.number:09d}"

    def _binds(self):
        """Whether the document is with an authorizer, or may be, so that its invoice stays as it is.

        What a test environment authorized binds nobody once the company has left it.
        """
        binding = self.state in BINDING_STATES and not self.superseded_by_id
        return binding and (self.environment == PRODUCTION or self._is_here())

    def _binding(self):
        """Those of these documents that are with an authorizer, or may be; also one that another took the place of."""
        return self.filtered(lambda document: document._binds() or document._may_turn_out_live())

    def _is_here(self):
        """Whether it is of the environment where its company sends now."""
        return bool(self) and self.environment == self.company_id.sudo().fbr_environment

    def _waits_here(self):
        """Whether it is signed and only has to be sent."""
        return self.state == "signed" and self._is_here()

    def _source(self):
        """The record that issues this document: an invoice or a remittance; empty when there is none."""
        found = [self[link] for link in SOURCES.values() if self[link]]
        return found[0] if found else self.move_id

    # --- State -------------------------------------------------------------------------------------------------

    def _apply(self, event, **values):
        """Move each document along the table of transitions; the only place that writes ``state``.

        :param event: an event of ``fiscal/states.py``.
        :param values: other fields to write with it.
        :raises fiscal.states.IllegalTransition: when the table has no such arrow.
        """
        for document in self:
            document.write({**values, "state": states.next_state(document.state, event).value})
            if not document.superseded_by_id:
                document._source()._fbr_document_moved(document)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("A fiscal document is kept: its number and its files are part of the company's books."))

    # --- What users do -----------------------------------------------------------------------------------------

    def action_issue(self):
        """Issue again from the document's own form or list."""
        results = [self[link].action_fbr_issue() for link in SOURCES.values() if self[link]]
        return results[0] if len(results) == 1 else {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_query(self):
        """Ask the authorizer, now, what became of documents without an answer."""
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group("account.group_account_invoice")):
            raise UserError(_("Only who may create invoices may ask SEFAZ about an NF-e."))
        waiting = self.sudo().filtered(lambda document: document.state == "sending")
        if not waiting:
            raise UserError(_("None of these documents waits for an answer."))
        for company in waiting.company_id:
            company._fbr_get_certificate()._check_may_use()
        limits = {document: document._limit_problem("query") for document in waiting}
        if all(limits.values()):
            raise user_error(self.env, limits.values())
        allowed = waiting.filtered(lambda document: not limits[document])
        allowed._after_commit("_recover")
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_move(self):
        self.ensure_one()
        return self.move_id._get_records_action(name=_("Invoice"))

    def action_open_shipment(self):
        self.ensure_one()
        return self.shipment_id._get_records_action(name=_("Remittance"))

    def _action_download(self, attachment):
        self.check_access("read")
        if not attachment:
            raise UserError(_("This file does not exist yet: it is made after the authorisation."))
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "download",
        }

    def action_download_xml(self):
        self.ensure_one()
        return self._action_download(self.xml_attachment_id)

    def action_open_danfe(self):
        self.ensure_one()
        if not self.danfe_attachment_id:
            return self._action_download(self.danfe_attachment_id)
        return {"type": "ir.actions.act_url", "url": f"/web/content/{self.danfe_attachment_id.id}", "target": "new"}
