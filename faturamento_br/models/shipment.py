from odoo import api, fields, models
from odoo.exceptions import UserError

#: What decides what was signed: closed with the remittance.
CLOSED = frozenset({"company_id", "partner_id", "journal_id", "fbr_operation_id", "issued_by", "origin_id", "line_ids"})


class Shipment(models.Model):
    """Goods that leave, or come back, and are billed to nobody (remessa): an NF-e without receivable.

    It makes no journal entry: nothing is sold, owed or paid, and who owns the goods stays who owned them. What the
    books' control accounts would say, what is out with whom and until when, is told by its lines
    (``shipment_pending.py``). Confirming takes the number; issuing is as for invoices (``fiscal_issuer.py``).
    """

    _name = "faturamento_br.shipment"
    _description = "Remittance"
    _inherit = ["faturamento_br.fiscal.issuer", "mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False, index="trigram")
    state = fields.Selection(
        [("draft", "Draft"), ("confirmed", "Confirmed"), ("issued", "Authorized"), ("cancel", "Cancelled")],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", "Recipient", required=True, index=True, check_company=True, tracking=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Company of the recipient", store=True, index=True
    )
    partner_shipping_id = fields.Many2one(
        "res.partner", "Delivered to", check_company=True, help="entrega, when it is not the recipient's own address."
    )
    user_id = fields.Many2one(
        "res.users", "Responsible", default=lambda self: self.env.user, index=True, tracking=True, copy=False
    )
    date = fields.Date(default=fields.Date.context_today, required=True, copy=False, tracking=True)
    journal_id = fields.Many2one(
        "account.journal",
        "Series of",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        check_company=True,
        domain="[('type', '=', 'sale')]",
        help="The sales journal with whose series it is numbered. Nothing is booked there.",
    )
    line_ids = fields.One2many("faturamento_br.shipment.line", "shipment_id", "Lines", copy=True)
    fbr_operation_id = fields.Many2one(domain="[('company_id', 'parent_of', company_id), ('place', '=', 'shipment')]")
    fbr_document_ids = fields.One2many("faturamento_br.document", "shipment_id", "Fiscal documents", readonly=True)
    amount_untaxed = fields.Monetary("Products", compute="_compute_amounts", store=True)
    amount_total = fields.Monetary("Total", compute="_compute_amounts", store=True, tracking=True)

    @api.depends("name", "state", "partner_key")
    def _compute_display_name(self):
        for shipment in self:
            shipment.display_name = shipment.name or self.env._("Draft remittance (%s)", shipment.id or "…")

    def _creation_message(self):
        return self.env._("Remittance created")

    @api.depends("company_id")
    def _compute_journal_id(self):
        for company, shipments in self.grouped("company_id").items():
            journals = self.env["account.journal"].sudo()
            if company:
                journals = journals.search([*journals._check_company_domain(company), ("type", "=", "sale")], limit=1)
            for shipment in shipments:
                shipment.journal_id = journals.sudo(False)

    @api.depends("line_ids.price_subtotal", "line_ids.price_total")
    def _compute_amounts(self):
        for shipment in self:
            shipment.amount_untaxed = sum(shipment.line_ids.mapped("price_subtotal"))
            shipment.amount_total = sum(shipment.line_ids.mapped("price_total"))

    # --- What is closed stays -----------------------------------------------------------------------------------

    def write(self, vals):
        if CLOSED & vals.keys():
            self._check_open()
        return super().write(vals)

    def _check_open(self):
        """Refuse to change what was confirmed."""
        if closed := self.filtered(lambda shipment: shipment.state != "draft"):
            names = ", ".join(closed.mapped("display_name"))
            raise UserError(self.env._("%s: set it back to draft before you change it.", names))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_number(self):
        for shipment in self:
            if shipment.state not in ("draft", "cancel") or shipment.fbr_document_ids:
                raise UserError(
                    self.env._("%s has a number, which is never given up: cancel it instead.", shipment.display_name)
                )

    # --- The source of an NF-e ----------------------------------------------------------------------------------

    def _fbr_lines(self):
        return self.line_ids

    def _fbr_kind_issues(self):
        return True

    def _fbr_recipient(self):
        return self.partner_id.commercial_partner_id

    def _fbr_issue_date(self):
        """Its date; for a return the day the goods left, whose rates it takes back."""
        return self.origin_id.date or self.date or fields.Date.context_today(self)

    def _fbr_is_open(self):
        return self.state == "draft"

    def _fbr_open_domain(self):
        return [("state", "=", "draft")]

    def _fbr_contact(self):
        return self.partner_id

    def _fbr_orders(self):
        return self.sale_order_id

    def _fbr_salesperson(self):
        return self.user_id

    def _fbr_terms(self):
        return self.env["account.payment.term"]

    def _fbr_due(self):
        return []

    def _fbr_own_terms_text(self):
        return ""

    @api.depends("company_id")
    def _compute_fbr_operation_id(self):
        """Only the user knows why goods leave without being sold: nothing is proposed."""
        for shipment in self:
            operation = shipment.fbr_operation_id
            shipment.fbr_operation_id = operation if operation.company_id in shipment.company_id.parent_ids else False

    @api.depends("commercial_partner_id.fbr_ie_indicator")
    def _compute_fbr_final_consumer(self):
        super()._compute_fbr_final_consumer()

    @api.depends("line_ids.product_id", "partner_id", "company_id")
    def _compute_fbr_freight_mode(self):
        super()._compute_fbr_freight_mode()

    @api.depends("partner_id", "company_id")
    def _compute_fbr_carrier_id(self):
        super()._compute_fbr_carrier_id()

    @api.depends(
        "fbr_net_weight_typed",
        "fbr_gross_weight_typed",
        "line_ids.product_id",
        "line_ids.quantity",
        "line_ids.product_uom_id",
    )
    def _compute_fbr_weights(self):
        super()._compute_fbr_weights()

    @api.depends("line_ids.product_id")
    def _compute_fbr_is_fiscal(self):
        super()._compute_fbr_is_fiscal()
