from decimal import Decimal

from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

from ..fiscal import purchase_returns, spec
from ..fiscal.problems import _
from ..fiscal.taxes.icms import CSOSN_REGIMES
from ..fiscal.taxes.returned import CHARGES
from .fiscal_source_problems import name_of
from .line_amounts import COST, CREDITED, exact_price
from .party_values import amount

OTHER_PRICE = (
    _("%(product)s goes back at another price than that of %(document)s."),
    _("Put the price back to %(price)s: a return undoes the purchase."),
)
UNREADABLE = (
    _("%(product)s: the taxes of item %(item)s of %(document)s cannot be calculated again from its XML."),
    _("Give it back by a credit note of its own without the XML, with the taxes typed by hand."),
)
#: Columns that are made empty.
FIELDS = ("fbr_sends_back", "fbr_credits_taken")


class AccountMove(models.Model):
    """The vendor credit note by which purchased goods go back: our own NF-e of exit (tpNF 1, finNFe 4).

    Its lines give back items of the supplier's NF-e, whose XML says their taxes, or what was typed from its DANFE. The
    books undo the purchase: what was a credit is owed again, all else goes out of the account that bore it.
    """

    _inherit = "account.move"

    fbr_sends_back = fields.Boolean(
        "Goods go back",
        copy=False,
        help="Your company issues the NF-e by which the goods leave. Off: the credit note is in the books only, as for "
        "a price that was too high.",
    )
    fbr_purchase_id = fields.Many2one(
        "faturamento_br.purchase",
        "Supplier's NF-e",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    fbr_credits_taken = fields.Boolean(
        "Taxes were credited",
        compute="_compute_fbr_credits_taken",
        store=True,
        readonly=False,
        copy=False,
        help="The purchase was booked with ICMS, and IPI if you pay it, to recover: giving the goods back, your "
        "company owes them again. Off: the whole amount leaves the account of the goods.",
    )
    fbr_may_send_back = fields.Boolean(compute="_compute_fbr_may_send_back")

    def _auto_init(self):
        """Make the columns empty: of the credit notes there are, no goods go back."""
        for name in FIELDS:
            if not column_exists(self.env.cr, self._table, name):
                create_column(self.env.cr, self._table, name, "bool")
        return super()._auto_init()

    @api.depends("move_type", "reversed_entry_id", "company_id")
    def _compute_fbr_credits_taken(self):
        """As the bill was booked."""
        for move in self:
            bill = move.reversed_entry_id if move.move_type == "in_refund" else move.browse()
            simple = move.company_id.sudo().fbr_crt in CSOSN_REGIMES
            move.fbr_credits_taken = not simple and bool(bill.line_ids.tax_line_id)

    @api.depends("move_type", "state", "company_id")
    def _compute_fbr_may_send_back(self):
        for move in self:
            issues = bool(move.company_id) and move.company_id._fbr_issues()
            move.fbr_may_send_back = issues and move.move_type == "in_refund" and move.state == "draft"

    def _fbr_gives_back(self):
        return self.move_type == "in_refund" and self.fbr_sends_back

    # --- As source ----------------------------------------------------------------------------------------------

    def _fbr_kind_issues(self):
        return super()._fbr_kind_issues() or self._fbr_gives_back()

    @api.depends("fbr_sends_back")
    def _compute_fbr_is_fiscal(self):
        super()._compute_fbr_is_fiscal()

    @api.depends("fbr_sends_back")
    def _compute_fbr_operation_id(self):
        purchases = self.filtered(lambda move: move.move_type == "in_refund")
        super(AccountMove, self - purchases)._compute_fbr_operation_id()
        for move in purchases:
            if not move.fbr_sends_back or move.fbr_operation_id.place == "purchase_return":
                move.fbr_operation_id = move.fbr_operation_id
                continue
            default = self.env["faturamento_br.operation"]._fbr_default_for(move.company_id, "purchase_return")
            move.fbr_operation_id = default if move.company_id._fbr_issues() else False

    def _fbr_issue_date(self):
        """The rates are those of the day when the goods were bought."""
        purchase = self.fbr_purchase_id if self._fbr_gives_back() else None
        return purchase.issue_date if purchase else super()._fbr_issue_date()

    def _fbr_purchase_books(self):
        if not self._fbr_gives_back():
            return super()._fbr_purchase_books()
        return CREDITED if self.fbr_credits_taken else COST

    def _fbr_ipi_back(self, line):
        typed = self._fbr_gives_back() and not line.fbr_purchase_item and line.fbr_ipi_back
        return amount(line.fbr_ipi_back) if typed else super()._fbr_ipi_back(line)

    def _fbr_returned_by(self, line, reader):
        item, told = line._fbr_purchased(), self.fbr_purchase_id._told() if self.fbr_purchase_id else None
        if not item:
            return super()._fbr_returned_by(line, reader)
        choice = reader.choice(line.product_id)
        said = (choice.rules if not choice.lacking else None, choice.cfop or "")
        regime = {"crt": reader.context.emitter_crt, "pays_ipi": reader.pays_ipi}
        return line._fbr_returned(purchase_returns.sent_back(item, told.ipi[line.fbr_purchase_item], *said, **regime))

    def _fbr_returned_item(self, line):
        if not line.fbr_purchase_item:
            return super()._fbr_returned_item(line)
        purchase = self.fbr_purchase_id
        return f"{purchase.label} ({purchase.partner_id.display_name})", line.fbr_purchase_item

    def _fbr_references(self):
        """NFref: the key of what goes back, then those that were written."""
        own = self.fbr_purchase_id.sudo().access_key if self._fbr_gives_back() else None
        return tuple(dict.fromkeys([*filter(None, [own]), *super()._fbr_references()]))

    def _fbr_line_problems(self, line, item, context):
        if not (self._fbr_gives_back() and line.fbr_purchase_item):
            yield from super()._fbr_line_problems(line, item, context)
            return
        whole, purchase = line._fbr_purchased(), self.fbr_purchase_id
        params = {"product": name_of(line), "document": purchase.label, "item": line.fbr_purchase_item}
        if not whole:
            yield self._fbr_problem("return_unreadable", UNREADABLE, self, "invoice_line_ids", **params)
        elif exact_price(line.price_unit) != whole.unit_price:
            price = {**params, "price": f"{whole.unit_price.normalize():f}"}
            yield self._fbr_problem("return_price", OTHER_PRICE, self, "invoice_line_ids", **price)

    # --- As issuer ----------------------------------------------------------------------------------------------

    @api.depends("fbr_sends_back")
    def _compute_fbr_needs_document(self):
        super()._compute_fbr_needs_document()

    def _fbr_needs_document(self):
        return self._fbr_is_fiscal() if self._fbr_gives_back() else super()._fbr_needs_document()

    def _fbr_why_no_document(self):
        if self.move_type == "in_refund":
            return self.env._("no goods go back by it: it is in the books only. Mark “Goods go back” if they do.")
        return super()._fbr_why_no_document()

    @api.depends("fbr_sends_back")
    def _compute_l10n_latam_manual_document_number(self):
        super()._compute_l10n_latam_manual_document_number()

    def _is_manual_document_number(self):
        """The number is that of our own NF-e, and nobody types it."""
        return super()._is_manual_document_number() and not self._fbr_gives_back()

    def _post(self, soft=True):
        for purchase, moves in self.filtered("fbr_purchase_id").grouped("fbr_purchase_id").items():
            purchase.sudo().posted_returns += len(moves)  # the row that limits them: see faturamento_br.purchase
            purchase.flush_recordset()
        return super()._post(soft)

    # --- Told above the form, and begun from it -----------------------------------------------------------------

    def _get_alerts(self):
        alerts = super()._get_alerts()
        if (
            self.fbr_may_send_back
            and not self.fbr_sends_back
            and any(line.product_id for line in self.invoice_line_ids)
        ):
            alerts["fbr_sends_back"] = {
                "level": "info",
                "message": self.env._(
                    "If the goods go back to the supplier, your company issues the NF-e by which they leave: press "
                    "“Return by the supplier's NF-e”. Otherwise this credit note is in the books only."
                ),
            }
        return alerts

    def action_fbr_return_purchase(self):
        """Choose what goes back, from the XML of the supplier's NF-e."""
        self.ensure_one()
        wizard = self.env["faturamento_br.purchase_return"].create({"move_id": self.id})
        return wizard._get_records_action(name=self.env._("Return by the supplier's NF-e"), target="new")


class AccountMoveLine(models.Model):
    """A line that gives back an item of the supplier's NF-e."""

    _inherit = "account.move.line"

    fbr_purchase_item = fields.Integer(
        "Supplier's item", readonly=True, copy=False, help="nItem of the supplier's NF-e."
    )
    fbr_ipi_back = fields.Monetary(
        "IPI to give back",
        copy=False,
        currency_field="currency_id",
        help="vIPIDevol: what the supplier charged for these goods, when you have no XML of their NF-e.",
    )

    def _auto_init(self):
        """Make the columns empty: nothing is computed for the lines of years."""
        for name, kind in (("fbr_purchase_item", "int4"), ("fbr_ipi_back", "numeric")):
            if not column_exists(self.env.cr, self._table, name):
                create_column(self.env.cr, self._table, name, kind)
        return super()._auto_init()

    def _fbr_purchased(self):
        """The item that this line gives back, as :class:`~..fiscal.spec.Item`; none where it cannot be calculated."""
        purchase = self.move_id.fbr_purchase_id if self.move_id._fbr_gives_back() else None
        return purchase._told().items.get(self.fbr_purchase_item) if purchase and self.fbr_purchase_item else None

    def _fbr_returned_before(self):
        if not self.fbr_purchase_item:
            return super()._fbr_returned_before()
        sums = [spec.ZERO] * (1 + len(CHARGES))
        own = self._origin
        for line in self.move_id.fbr_purchase_id.sudo().move_ids.invoice_line_ids:
            same = line.fbr_purchase_item == self.fbr_purchase_item and line != own and line.parent_state == "posted"
            if booked := same and (line.fbr_amounts or {}).get("returned"):
                sums = [one + Decimal(other) for one, other in zip(sums, booked[1], strict=True)]
        return sums
