from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

from ..fiscal import access_key
from ..fiscal.digits import normalize_tax_id
from ..fiscal.problems import _
from .shipment_return import KEY_NOT_NFE, KEY_OF_ANOTHER, NFE

ISSUERS = [("company", "Our company"), ("partner", "The customer")]
KEY_MISSING = (
    _("The access key of the customer's own NF-e of return is missing."),
    _("Copy its 44 characters from the DANFE, or choose that your company issues the NF-e."),
)
KEY_IS_OURS = (
    _("The access key is of an NF-e of your own company."),
    _("Copy the key of the NF-e that the customer issued, or choose that your company issues it."),
)


class AccountMove(models.Model):
    """A customer who is a contributor returns goods by an NF-e of their own: the credit note keeps its key.

    Who has a state registration must issue an NF-e for what leaves them, a return too (Ajuste SINIEF 7/2005; Convênio
    S/N of 15/12/1970 arts. 6 and 7); for all others the seller documents the entry (Convênio S/N art. 54 I).
    """

    _inherit = "account.move"

    fbr_issued_by = fields.Selection(
        ISSUERS,
        "NF-e of return issued by",
        compute="_compute_fbr_issued_by",
        store=True,
        readonly=False,
        copy=False,
        help="Who must issue NF-e returns goods by one of their own: only its key is recorded here. For all others, "
        "and for goods refused on delivery, your company issues an NF-e of entry.",
    )
    fbr_partner_key = fields.Char(
        "Key of the customer's NF-e", copy=False, tracking=True, index="btree_not_null", help="44 characters."
    )
    fbr_is_return = fields.Boolean("Takes back an NF-e", compute="_compute_fbr_is_return")

    _fbr_one_partner_key = models.UniqueIndex(
        "(company_id, fbr_partner_key) WHERE fbr_partner_key IS NOT NULL AND state != 'cancel'",
        "This NF-e of the customer was recorded already.",
    )

    def _auto_init(self):
        """Make the column empty: nobody said it of the invoices there are."""
        if not column_exists(self.env.cr, self._table, "fbr_issued_by"):
            create_column(self.env.cr, self._table, "fbr_issued_by", "varchar")
        return super()._auto_init()

    @api.depends("move_type", "partner_id", "reversed_entry_id")
    def _compute_fbr_issued_by(self):
        for move in self:
            if move.move_type != "out_refund" or not move.company_id or not move.company_id._fbr_issues():
                move.fbr_issued_by = False
            elif move.state == "draft":
                contributor = move.commercial_partner_id.fbr_ie_indicator == "1"
                move.fbr_issued_by = "partner" if contributor else "company"
            else:
                move.fbr_issued_by = move.fbr_issued_by

    @api.depends("move_type", "reversed_entry_id.fbr_document_ids.state")
    def _compute_fbr_is_return(self):
        for move in self:
            move.fbr_is_return = bool(move._fbr_returned_document())

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([_normal(values) for values in vals_list])

    def write(self, vals):
        return super().write(_normal(vals))

    # --- Checks -------------------------------------------------------------------------------------------------

    def _fbr_taxless_problems(self):
        if self._fbr_is_by_customer():
            return [*self._fbr_tax_problems(), *self._fbr_key_problems()]
        return super()._fbr_taxless_problems()

    def _fbr_is_by_customer(self):
        told = bool(self.fbr_partner_key or self._fbr_returned_document())
        return self.fbr_issued_by == "partner" and told and self._fbr_is_fiscal()

    def _fbr_key_problems(self):
        """What is wrong with the key of the customer's NF-e."""
        key, partner = self.fbr_partner_key or "", self.commercial_partner_id
        if not access_key.is_valid(key):
            return [self._fbr_problem("partner_key_missing", KEY_MISSING, self, "fbr_partner_key")]
        parts, found = access_key.split(key), []
        if parts.model != NFE:
            found.append(self._fbr_problem("partner_key_not_nfe", KEY_NOT_NFE, self, "fbr_partner_key"))
        vat = normalize_tax_id(partner.vat or "")
        if parts.tax_id == normalize_tax_id(self.company_id.sudo().vat or ""):
            found.append(self._fbr_problem("partner_key_ours", KEY_IS_OURS, self, "fbr_partner_key"))
        elif vat and vat != parts.tax_id:
            params = {"holder": parts.tax_id, "partner": partner.display_name}
            found.append(self._fbr_problem("partner_key_of_another", KEY_OF_ANOTHER, self, "fbr_partner_key", **params))
        return found

    def _fbr_why_no_document(self):
        if self.move_type == "out_refund" and self.fbr_issued_by == "partner":
            return self.env._("the customer issued the NF-e of return; only its key is recorded here.")
        if self.move_type == "out_refund" and not self._fbr_references():
            return self.env._("it takes back no authorized NF-e: it only undoes the invoice in the books.")
        return super()._fbr_why_no_document()

    # --- Told above the form ------------------------------------------------------------------------------------

    def _get_alerts(self):
        alerts = super()._get_alerts()
        if self.state == "draft" and self.move_type == "out_refund" and self._fbr_is_fiscal():
            alerts["fbr_return"] = {"level": "info", "message": self._fbr_return_notice()}
        return alerts

    def _fbr_return_notice(self):
        """Which NF-e of return is legal, and why."""
        customer, document = self.commercial_partner_id.display_name, self._fbr_returned_document()
        if not document and not self._fbr_references() and not self.fbr_partner_key:
            return self.env._(
                "No authorized NF-e stands behind this credit note: it only undoes the invoice in the books. If its "
                "NF-e was never issued, cancel the invoice instead. If another system issued it, write its access key "
                "among the referenced documents, in the tab NF-e."
            )
        if self.fbr_issued_by == "partner":
            return self.env._(
                "%(customer)s is an ICMS contributor, who returns goods by an NF-e of their own: write its access key "
                "in the tab NF-e. If the goods were refused on delivery, choose there that your company issues it.",
                customer=customer,
            )
        if self.commercial_partner_id.fbr_ie_indicator == "1":
            return self.env._(
                "%(customer)s is an ICMS contributor: your company may only issue the NF-e of entry for goods that "
                "were refused on delivery. For all others write the key of their own NF-e, in the tab NF-e.",
                customer=customer,
            )
        return self.env._(
            "%(customer)s issues no NF-e: your company documents what comes back by an NF-e of entry, which refers to "
            "%(document)s. Lower the quantities, or remove lines, if only a part comes back.",
            customer=customer,
            document=document._label() if document else ", ".join(self._fbr_references()),
        )


def _normal(values):
    """The key without the spaces that a DANFE has."""
    key = values.get("fbr_partner_key")
    return {**values, "fbr_partner_key": normalize_tax_id(key)} if key else values
