from base64 import b64decode
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

from ..fiscal import returns, spec
from ..fiscal.taxes.returned import CHARGES


class AccountMoveLine(models.Model):
    """A line of a credit note: which line of the invoice it takes back, and how much was taken back of each.

    The quantity is stored on the row that limits it: two users who take back the same goods write the same row, and
    the one who read it before loses the race.
    """

    _inherit = "account.move.line"

    fbr_origin_line_id = fields.Many2one(
        "account.move.line", "Takes back", index="btree_not_null", ondelete="set null", copy=False, readonly=True
    )
    fbr_return_line_ids = fields.One2many("account.move.line", "fbr_origin_line_id", "Taken back by", readonly=True)
    fbr_quantity_returned = fields.Float(
        "Returned",
        digits="Product Unit",
        compute="_compute_fbr_quantity_returned",
        store=True,
        compute_sudo=True,
        help="What posted credit notes have taken back of this line.",
    )

    def _auto_init(self):
        """Make the column empty: of the lines there are, nothing was returned by an NF-e."""
        if not column_exists(self.env.cr, self._table, "fbr_quantity_returned"):
            create_column(self.env.cr, self._table, "fbr_quantity_returned", "numeric")
        return super()._auto_init()

    @api.depends("fbr_return_line_ids.quantity", "fbr_return_line_ids.parent_state")
    def _compute_fbr_quantity_returned(self):
        for line in self:
            back = line.fbr_return_line_ids.filtered(lambda each: each.parent_state == "posted")
            line.fbr_quantity_returned = sum(back.mapped("quantity"))

    def copy_data(self, default=None):
        """A line of a reversal knows the line that it takes back."""
        found = super().copy_data(default)
        if self.env.context.get("fbr_reversing"):
            for line, values in zip(self, found, strict=True):
                values["fbr_origin_line_id"] = line.id
        return found

    # --- What it takes back -------------------------------------------------------------------------------------

    def _fbr_returned(self, whole):
        """The :class:`~..fiscal.spec.Returned` of this line, of which ``whole`` is the item; while it is a draft as
        far as other credit notes are posted, then as it was booked."""
        booked = (self.fbr_amounts or {}).get("returned") if self.parent_state == "posted" else None
        return spec.Returned(whole, *(map(Decimal, booked[0]) if booked else self._fbr_returned_before()))

    def _fbr_returned_before(self):
        """Quantity, freight, insurance and other charges that posted credit notes took back."""
        sums = [spec.ZERO] * (1 + len(CHARGES))
        for line in self.fbr_origin_line_id.fbr_return_line_ids - self._origin:
            booked = line.parent_state == "posted" and (line.fbr_amounts or {}).get("returned")
            if booked:
                sums = [one + Decimal(other) for one, other in zip(sums, booked[1], strict=True)]
        return sums


class Document(models.Model):
    """The items of an authorized document, for a credit note to take them back."""

    _inherit = "faturamento_br.document"

    def _items_as_issued(self):
        """The items by the line they came from, as the signed XML tells them; read once in a transaction.

        :return: ``{id of the line: fiscal.spec.Item}``; without those that cannot be calculated again.
        """
        attempt = self.attempt_ids[:1]
        kept = self.env.cr.cache.setdefault(__name__, {})
        if attempt.id not in kept:
            whole = attempt.with_context(bin_size=False)  # the web client asks for sizes
            items = returns.items_of(b64decode(whole.signed_xml or b""))
            lines = {each.sequence: each.move_line_id.id for each in self.item_ids}
            kept[attempt.id] = {lines[number]: item for number, item in items.items() if lines.get(number)}
        return kept[attempt.id]
