from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .goods import IPI_CSTS
from .placeholders import check_placeholders

FAMILIES = [
    ("sale", "Sales"),
    ("st", "Sales with tax substitution (ST)"),
    ("outside", "Sales outside the establishment"),
    ("free_zone", "Free zones (ZFM and ALC)"),
    ("export", "Exports"),
    ("future", "Future delivery"),
    ("triangular", "Triangular sales"),
    ("consignment", "Consignment"),
    ("return_sale", "Returns of sales"),
    ("return_purchase", "Returns of purchases"),
    ("remittance", "Remittances"),
    ("remittance_back", "Goods that come back"),
    ("gift", "Bonus, gifts and samples"),
    ("industry", "Industrialisation by order"),
    ("loan", "Loan for use and lease"),
    ("warehouse", "Warehouses"),
    ("packaging", "Packaging that returns"),
    ("transfer", "Transfers"),
    ("asset", "Fixed assets"),
    ("complement", "Complements"),
    ("adjustment", "Adjustments"),
    ("entry", "Purchases and imports"),
    ("other", "Others"),
]
KINDS = [("exit", "Exit"), ("entry", "Entry")]
PURPOSES = [("1", "1 - Normal"), ("2", "2 - Complementary"), ("3", "3 - Adjustment"), ("4", "4 - Return of goods")]
RECEIVABLES = [("bill", "Billed"), ("none", "Not billed")]
PLACES = [
    ("sale", "Orders and invoices"),
    ("sale_return", "Credit notes"),
    ("purchase", "Vendor bills"),
    ("purchase_return", "Vendor credit notes"),
    ("shipment", "Documents without billing"),
]
IPI_SITUATIONS = [
    ("none", "No IPI"),
    ("00", "00 - Entry with credit"),
    ("01", "01 - Entry taxed at zero"),
    ("02", "02 - Exempt entry"),
    ("03", "03 - Entry not taxed"),
    ("04", "04 - Immune entry"),
    ("05", "05 - Suspended entry"),
    ("49", "49 - Other entries"),
    *(situation for situation in IPI_CSTS if situation[0] != "none"),
]


class Operation(models.Model):
    """Why goods move (natureza da operação), and the rules that tax them then.

    Those that come ready are ``operation_ready.py``'s; a company copies and changes them as it likes.
    """

    _name = "faturamento_br.operation"
    _description = "Fiscal operation"
    _inherit = ["mail.thread"]
    _order = "is_default desc, in_use desc, family, name, id"
    _check_company_auto = True

    name = fields.Char(
        "Nature of the operation", size=60, required=True, tracking=True, help="natOp, as it is on the NF-e."
    )
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    crt = fields.Selection(related="company_id.fbr_crt")
    is_default = fields.Boolean(
        "By default", tracking=True, copy=False, help="New orders and invoices of the company have this operation."
    )
    in_use = fields.Boolean(
        "In use", default=True, tracking=True, help="Offered first. The others are found by searching for them."
    )
    family = fields.Selection(FAMILIES, required=True, default="sale", tracking=True)
    kind = fields.Selection(
        KINDS, "Direction", required=True, default="exit", tracking=True, help="tpNF: goods leave, or come in."
    )
    purpose = fields.Selection(PURPOSES, required=True, default="1", tracking=True, help="finNFe.")
    receivable = fields.Selection(
        RECEIVABLES,
        "Billing",
        required=True,
        default="bill",
        tracking=True,
        help="Billed: an invoice or its refund, with something to receive or to pay. Not billed: goods move, nobody "
        "owes anything.",
    )
    revenue = fields.Boolean(default=True, tracking=True, help="It is revenue of the company, or takes revenue back.")
    place = fields.Selection(PLACES, "Used on", compute="_compute_place", store=True)
    sale_rules = fields.Boolean(
        "Rules for every sale hold",
        default=True,
        tracking=True,
        help="Tax rules without an operation, by NCM or product, are for sales: they hold here too.",
    )
    needs_reference = fields.Boolean(
        "Refers to a document", tracking=True, help="NFref: without the access key of another NF-e it is not issued."
    )
    counterpart_id = fields.Many2one(
        "faturamento_br.operation",
        "Followed by",
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
        copy=False,
        help="What takes it back or completes it: the return of a sale, the delivery of what was billed.",
    )
    ipi_cst = fields.Selection(IPI_SITUATIONS, "IPI", help="Empty: as the goods say.")
    ipi_frame = fields.Char("IPI frame", size=3, help="cEnq: why, when it is exempt, immune or suspended.")
    legal_source = fields.Char("Legal source", help="Law, agreement or ruling that says so.")
    confirm_note = fields.Text("To be confirmed", help="What the accountant confirms before this operation is used.")
    info_template = fields.Text(
        "Additional information",
        help="infCpl of every NF-e of this operation: legal notes, say. It may have placeholders, as {order}.",
    )
    tax_office_template = fields.Text(
        "Information for the tax office", help="infAdFisco of every NF-e of this operation."
    )
    rule_ids = fields.One2many("faturamento_br.tax_rule", "operation_id", "Tax rules", copy=True)
    rule_count = fields.Integer("Rules", compute="_compute_rule_count")

    _default_unique = models.UniqueIndex(
        "(company_id) WHERE is_default AND active",
        "Only one operation is the default.",
    )

    @api.constrains("info_template", "tax_office_template")
    def _check_placeholders(self):
        check_placeholders(self.env, self, "info_template", "tax_office_template")

    @api.constrains("is_default", "place")
    def _check_default(self):
        if wrong := self.filtered(lambda operation: operation.is_default and operation.place != "sale"):
            raise ValidationError(
                self.env._(
                    "%s cannot be the default of orders and invoices: choose an operation of sale.",
                    ", ".join(wrong.mapped("name")),
                )
            )

    @api.constrains("kind")
    def _check_rules(self):
        """Its CFOPs are of the same direction."""
        self.rule_ids._check_cfop()

    @api.depends("kind", "purpose", "receivable")
    def _compute_place(self):
        for operation in self:
            entry = operation.kind == "entry"
            if operation.receivable == "none":
                operation.place = "shipment"
            elif operation.purpose == "4":
                operation.place = "sale_return" if entry else "purchase_return"
            else:
                operation.place = "purchase" if entry else "sale"

    def _creation_message(self):
        return self.env._("Fiscal operation created")

    @api.depends("rule_ids")
    def _compute_rule_count(self):
        for operation in self:
            operation.rule_count = len(operation.rule_ids)

    def write(self, vals):
        result = super().write(vals)
        if {"sale_rules", "company_id"} & vals.keys():
            self.env.registry.clear_cache()  # the rules' books go by it
        return result

    def action_fbr_confirmed(self):
        """The accountant has confirmed what was to be confirmed: say so in the chatter, and ask no more."""
        for operation in self.filtered("confirm_note"):
            operation._message_log(body=self.env._("Confirmed: %s", operation.confirm_note))
        self.confirm_note = False

    def action_fbr_use(self):
        """Offer these operations first."""
        self.in_use = True

    def _fbr_rule_path(self):
        """The operation as tax rules ask for it: below ``sale/`` where the rules for every sale hold too."""
        return f"{'sale' if self.sale_rules else 'other'}/{self.id}/"

    @api.model
    def _fbr_default_for(self, company, place="sale"):
        """The operation of a new document of ``company``: its own, or that of the company it belongs to.

        :param place: a key of :data:`PLACES`; only sales have a default that the user marks, of the others the first
            that is in use is taken.
        """
        domain = [("company_id", "in", company.parent_ids.ids)]
        domain += [("is_default", "=", True)] if place == "sale" else [("place", "=", place), ("in_use", "=", True)]
        owners = company.parent_ids.ids
        found = self.sudo().search(domain).sorted(lambda each: (-owners.index(each.company_id.id), each.id))
        return found[:1]
