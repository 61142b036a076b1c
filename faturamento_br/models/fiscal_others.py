import re

from odoo import api, fields, models

from ..fiscal import access_key, spec
from ..fiscal.digits import normalize_tax_id
from ..fiscal.problems import _
from .fiscal_source_spec import is_complete
from .party_values import place_of, readers_of

KEY_LENGTH = 44
READER_WITHOUT_ID = (
    _("%(reader)s is to download the XML, but has no CNPJ or CPF."),
    _("Fill it in, or take them off the list."),
)
PICKUP_INCOMPLETE = (
    _("The pick-up address %(place)s is incomplete."),
    _("Fill in street, number, district, city and state."),
)
REFERENCE_MISSING = (
    _("“%(operation)s” refers to another document, and none is given."),
    _("Give the access key of the NF-e it comes from, among the referenced documents."),
)
MARKETPLACE_ACCOUNT = (
    _("%(marketplace)s does not know the company yet: its identification there is missing (idCadIntTran)."),
    _("Fill it in on the marketplace, tab Sales & Purchase."),
)


class FiscalSource(models.AbstractModel):
    """Who else an NF-e names: readers of its XML, places, a marketplace, other documents."""

    _inherit = "faturamento_br.fiscal.source"

    fbr_reader_ids = fields.Many2many(
        "res.partner",
        string="Who may download the XML",
        help="autXML: beside those of the company and of the customer.",
    )
    fbr_pickup_id = fields.Many2one(
        "res.partner",
        "Picked up at",
        index="btree_not_null",
        help="retirada: where the goods leave from, when it is not the company's own address.",
    )
    fbr_intermediary_id = fields.Many2one(
        "res.partner",
        "Marketplace",
        index="btree_not_null",
        help="infIntermed: the platform of somebody else through which it was sold. Empty: sold without one.",
    )
    fbr_references = fields.Text(
        "Referenced documents",
        copy=False,
        help="NFref: access keys of other NF-e, NFC-e or CT-e that this one refers to, a line each.",
    )

    @api.constrains("fbr_references")
    def _check_fbr_references(self):
        for source in self:
            keys = source._fbr_references()
            found = [
                self.env._("%s is not an access key: 44 characters, the last of them its check digit.", key)
                for key in keys
                if not access_key.is_valid(key)
            ]
            source._fbr_refuse(found)

    def _fbr_references(self):
        """NFref, each once, in the order written; a key may be written in groups of four, as on a DANFE."""
        keys = []
        for line in re.split(r"[,;\n]", self.fbr_references or ""):
            text = re.sub(r"[\s.\-/]", "", line).upper()
            whole = len(text) % KEY_LENGTH == 0
            keys += [text[i : i + KEY_LENGTH] for i in range(0, len(text), KEY_LENGTH)] if whole else line.split()
        return tuple(dict.fromkeys(keys))

    def _fbr_readers(self, recipient):
        """autXML, as pairs of CNPJ or CPF and the record that says it.

        In the company's order first, then those of customer and document, and the carrier if the company lets it; each
        once, without the recipient, who may read the XML anyway.
        """
        readers = [(reader, self.company_id) for reader in readers_of(self.company_id, recipient)]
        seen = {reader for reader, _record in readers} | {recipient.tax_id, ""}
        for partner in self._fbr_reader_partners():
            reader = normalize_tax_id(partner.vat or "")
            if reader not in seen:
                seen.add(reader)
                readers.append((reader, partner))
        return readers

    def _fbr_reader_partners(self):
        partners = self._fbr_recipient().fbr_reader_ids | self.fbr_reader_ids
        if self.company_id.fbr_carrier_reads and self._fbr_transport().carrier:
            partners |= self.fbr_carrier_id
        return partners

    def _fbr_delivery(self):
        """entrega, when the goods go elsewhere and the address is complete; else infCpl tells it."""
        partner = self._fbr_delivery_partner()
        place = place_of(partner, self._fbr_recipient()) if partner else None
        return place if place and is_complete(place) else None

    def _fbr_pickup(self):
        """retirada."""
        return place_of(self.fbr_pickup_id, self.company_id.partner_id) if self.fbr_pickup_id else None

    def _fbr_intermediary(self):
        """infIntermed."""
        marketplace = self.fbr_intermediary_id.with_company(self.company_id)
        if not marketplace:
            return None
        return spec.Intermediary(normalize_tax_id(marketplace.vat or ""), marketplace.fbr_marketplace_account or "")

    def _fbr_trade_problems(self):
        """What is wrong with what this document says beside its taxes, and the core cannot tell so plainly."""
        self.ensure_one()
        source = self.sudo()
        found = [
            source._fbr_problem("reader_without_id", READER_WITHOUT_ID, partner, "vat", reader=partner.display_name)
            for partner in source._fbr_reader_partners()
            if not partner.vat
        ]
        if (pickup := source._fbr_pickup()) and not is_complete(pickup):
            place = source.fbr_pickup_id
            found.append(
                source._fbr_problem("pickup_incomplete", PICKUP_INCOMPLETE, place, "", place=place.display_name)
            )
        operation = source.fbr_operation_id
        if operation.needs_reference and not source._fbr_references():
            name = operation.name
            found.append(
                source._fbr_problem("reference_needed", REFERENCE_MISSING, source, "fbr_references", operation=name)
            )
        marketplace = source.fbr_intermediary_id.with_company(source.company_id)
        if marketplace and not marketplace.fbr_marketplace_account:
            found.append(
                source._fbr_problem(
                    "marketplace_account",
                    MARKETPLACE_ACCOUNT,
                    marketplace,
                    "fbr_marketplace_account",
                    marketplace=marketplace.display_name,
                )
            )
        return source._fbr_for_user(self.env, found)
