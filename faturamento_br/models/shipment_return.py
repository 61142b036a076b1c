from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..fiscal import access_key
from ..fiscal.digits import normalize_tax_id
from ..fiscal.problems import _

NFE = "55"
KEY_MISSING = (
    _("The access key of the recipient's own NF-e is missing."),
    _("Copy its 44 characters from the DANFE, or say that your company issues the NF-e."),
)
KEY_OF_ANOTHER = (
    _("The access key is of %(holder)s, not of %(partner)s."),
    _("Check the key and the recipient's CNPJ."),
)
KEY_NOT_NFE = (_("The access key is not of an NF-e (model 55)."), _("Copy the key of the return's NF-e."))
TOO_MUCH = (
    _("%(product)s: %(given)s came back or were sold of the %(quantity)s that left by %(shipment)s."),
    _("Lower the quantity."),
)


class Shipment(models.Model):
    """Goods that come back: by an NF-e of entry of ours, or by the recipient's own NF-e, of which we keep the key."""

    _inherit = "faturamento_br.shipment"

    origin_id = fields.Many2one(
        "faturamento_br.shipment",
        "Return of",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        check_company=True,
    )
    return_ids = fields.One2many("faturamento_br.shipment", "origin_id", "Returns", readonly=True)
    return_count = fields.Integer("Number of returns", compute="_compute_return_count")
    issued_by = fields.Selection(
        [("company", "Our company"), ("partner", "The recipient")],
        "NF-e issued by",
        required=True,
        default="company",
        help="Who must issue an NF-e returns goods by one of their own: only its key is recorded here. For all others "
        "your company issues an NF-e of entry.",
    )
    partner_key = fields.Char("Key of the recipient's NF-e", copy=False, tracking=True)

    _one_key = models.UniqueIndex(
        "(company_id, partner_key) WHERE partner_key IS NOT NULL AND state != 'cancel'",
        "This NF-e of the recipient was recorded already.",
    )

    @api.depends("return_ids")
    def _compute_return_count(self):
        for shipment in self:
            shipment.return_count = len(shipment.return_ids)

    def action_return(self):
        """A draft that gives back what is left, to be corrected before it is confirmed."""
        self.ensure_one()
        lines = self.line_ids.filtered("quantity_pending")
        if not lines:
            raise UserError(self.env._("Nothing of %s is out any more.", self.display_name))
        taxpayer = self.commercial_partner_id.fbr_ie_indicator == "1"
        back = self.create(
            {
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "journal_id": self.journal_id.id,
                "origin_id": self.id,
                "sale_order_id": self.sale_order_id.id,
                "fbr_operation_id": self.fbr_operation_id._fbr_return_operation().id,
                "fbr_final_consumer": self.fbr_final_consumer,
                "issued_by": "partner" if taxpayer else "company",
                "reference_document_ids": [Command.set(self.fbr_document_id.ids)],
                "line_ids": [Command.create(line._return_values()) for line in lines],
            }
        )
        return back._get_records_action(name=self.env._("Return"))

    def action_view_returns(self):
        return self.return_ids._get_records_action(name=self.env._("Returns"))

    def action_open_origin(self):
        self.ensure_one()
        return self.origin_id._get_records_action(name=self.env._("Remittance"))

    # --- What the recipient issued ------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            if values.get("partner_key"):
                values["partner_key"] = normalize_tax_id(values["partner_key"])
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("partner_key"):
            vals = {**vals, "partner_key": normalize_tax_id(vals["partner_key"])}
        return super().write(vals)

    def _fbr_needs_document(self):
        return super()._fbr_needs_document() and self.issued_by == "company"

    def _fbr_why_no_document(self):
        if self.issued_by == "partner":
            return self.env._("the recipient issued the NF-e; only its key is recorded here.")
        return super()._fbr_why_no_document()

    def _fbr_refusals(self):
        if self.issued_by == "company":
            return [*super()._fbr_refusals(), *self._too_much()]
        return [*self._key_problems(), *self._too_much()]

    def _key_problems(self):
        """What is wrong with the key of the recipient's NF-e."""
        key = self.partner_key or ""
        if not access_key.is_valid(key):
            yield self._fbr_problem("partner_key_missing", KEY_MISSING, self, "partner_key")
            return
        parts, partner = access_key.split(key), self.commercial_partner_id
        if parts.model != NFE:
            yield self._fbr_problem("partner_key_not_nfe", KEY_NOT_NFE, self, "partner_key")
        vat = normalize_tax_id(partner.vat or "")
        if vat and vat != parts.tax_id:
            params = {"holder": parts.tax_id, "partner": partner.display_name}
            yield self._fbr_problem("partner_key_of_another", KEY_OF_ANOTHER, self, "partner_key", **params)

    def _number(self):
        """What the recipient issued has its number already."""
        if self.issued_by == "company":
            super()._number()
            return
        parts = access_key.split(self.partner_key)
        self.name = self.env._(
            "NF-e %(number)s/%(series)s of the recipient", number=int(parts.number), series=int(parts.series)
        )
        self.state = "issued"
        self.origin_id._remind()

    # --- Never more than left -----------------------------------------------------------------------------------

    def _locked_with(self):
        return [*super()._locked_with(), self.sudo().line_ids.origin_line_id]

    def _too_much(self):
        """What these lines would give back beyond what is left."""
        for origin, lines in self.line_ids.filtered("origin_line_id").grouped("origin_line_id").items():
            own = origin._in_own_unit((line.product_uom_id, line.quantity) for line in lines)
            given = own + origin.quantity_returned + origin.quantity_sold
            if origin._is_more(given):
                yield self._fbr_problem(
                    "returned_too_much",
                    TOO_MUCH,
                    self,
                    "line_ids",
                    product=origin.product_id.display_name,
                    given=f"{given:g}",
                    quantity=f"{origin.quantity:g}",
                    shipment=origin.shipment_id.display_name,
                )


class ShipmentLine(models.Model):
    _inherit = "faturamento_br.shipment.line"

    def action_open_shipment(self):
        self.ensure_one()
        return self.shipment_id._get_records_action(name=self.env._("Remittance"))

    def _return_values(self):
        """Values of the line that gives back what is left of this one."""
        return {
            "product_id": self.product_id.id,
            "name": self.name,
            "quantity": self.quantity_pending,
            "product_uom_id": self.product_uom_id.id,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "origin_line_id": self.id,
        }
