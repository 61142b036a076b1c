import re

from odoo import models

from ..fiscal.rejections import elements
from .located_problem import LocatedProblem
from .party_values import recipient_party, tax_id_holder, uf_of

#: Where a path of the core leads: a pattern for its beginning, who has it (a method below), and the field to look at.
#: The first that fits decides. A field of None is the owner's to tell; one of "" means that it is not one field.
PLACES = (
    (r"items\[(\d+)\]\.(rules\.ipi\.(?:cEnq|rate|reform)|rules\.ipi)\b", "_fbr_product_at", None),
    (r"items\[(\d+)\]\.(ncm|cest|origin|gtin|code|description|unit|taxable_unit)\b", "_fbr_product_at", None),
    (r"emitter\.(regular_ibs_cbs)\b", "_fbr_company_at", None),
    (r"items\[(\d+)\]\.(cfop|rules)(?:\.(\w+))?", "_fbr_rule_at", None),
    (r"items\b", "_fbr_self_at", ""),
    (r"recipient\.address\.(\w+)", "_fbr_recipient_at", None),
    (r"recipient\.(\w+)", "_fbr_recipient_at", None),
    (r"emitter\.iest\b", "_fbr_substitute_at", "ie"),
    (r"emitter\.(crt|certificate)\b", "_fbr_company_at", None),
    (r"emitter\.address\.(\w+)", "_fbr_emitter_at", None),
    (r"emitter\.(\w+)", "_fbr_emitter_at", None),
    (r"technician\.(\w+)", "_fbr_company_at", None),
    (r"authorized_readers\[(\d+)\]", "_fbr_reader_at", None),
    (r"(technician|authorized_readers|environment)\b", "_fbr_company_at", None),
    (r"transport\.(freight_mode|vehicle|volumes)\b", "_fbr_self_at", None),
    (r"transport\.carrier\.(?:address\.)?(\w+)", "_fbr_carrier_at", None),
    (r"delivery\.tax_id\b", "_fbr_delivery_id_at", None),
    (r"pickup\.tax_id\b", "_fbr_pickup_id_at", None),
    (r"delivery\.(?:address\.)?(\w+)", "_fbr_delivery_at", None),
    (r"pickup\.(?:address\.)?(\w+)", "_fbr_pickup_at", None),
    (r"intermediary\.(\w+)", "_fbr_intermediary_at", None),
    (r"nature\b", "_fbr_operation_at", "name"),
    (r"export\.(\w+)", "_fbr_export_at", None),
    (r"(export)\b", "_fbr_self_at", None),
    (r"series\b", "_fbr_journal_at", "l10n_br_invoice_serial"),
    (
        r"(final_consumer|presence|issued_at|info|tax_office_info|payments|bill|references|intermediary|pickup|delivery)\b",
        "_fbr_self_at",
        None,
    ),
)
PRODUCT_FIELDS = {
    "ncm": "fbr_ncm",
    "cest": "fbr_cest",
    "origin": "fbr_origin",
    "gtin": "barcode",
    "rules.ipi": "fbr_ipi_cst",
    "rules.ipi.cEnq": "fbr_ipi_frame",
    "rules.ipi.rate": "fbr_ipi_rate",
    "rules.ipi.reform": "fbr_ipi_reform",
    "code": "default_code",
    "description": "name",
    "unit": "uom_id",
    "taxable_unit": "fbr_taxable_uom_id",
}
PARTNER_FIELDS = {
    "name": "name",
    "tax_id": "vat",
    "foreign_id": "vat",
    "ie": "l10n_br_ie_code",
    "ie_indicator": "fbr_ie_indicator",
    "im": "l10n_br_im_code",
    "suframa": "l10n_br_isuf_code",
    "email": "email",
    "street": "street_name",
    "number": "street_number",
    "complement": "street_number2",
    "district": "street2",
    "city": "city_id",
    "city_code": "city_id",
    "uf": "state_id",
    "zip": "zip",
    "phone": "phone",
    "country": "country_id",
    "country_code": "country_id",
}
COMPANY_FIELDS = {
    "crt": "fbr_crt",
    "regular_ibs_cbs": "fbr_regular_reform_from",
    "certificate": "fbr_certificate_id",
    "authorized_readers": "fbr_authorized_readers",
    "environment": "fbr_environment",
    "technician": "fbr_technician_cnpj",
    "cnpj": "fbr_technician_cnpj",
    "contact": "fbr_technician_contact",
    "email": "fbr_technician_email",
    "phone": "fbr_technician_phone",
    "csrt_id": "fbr_technician_csrt_id",
    "csrt": "fbr_technician_csrt",
}
OWN_FIELDS = {
    "final_consumer": "fbr_final_consumer",
    "presence": "fbr_presence",
    "freight_mode": "fbr_freight_mode",
    "vehicle": "fbr_vehicle_plate",
    "volumes": "fbr_volume_count",
    "references": "fbr_references",
    "intermediary": "fbr_intermediary_id",
    "pickup": "fbr_pickup_id",
    "delivery": "partner_shipping_id",
    "issued_at": "invoice_date",
    "export": "fbr_exit_place",
    "info": "fbr_info",
    "tax_office_info": "fbr_tax_office_info",
    "payments": "preferred_payment_method_line_id",
    "bill": "invoice_payment_term_id",
}


class FiscalSource(models.AbstractModel):
    """From the core's paths (``items[2].ncm``) to the record and field where their user mends them."""

    _inherit = "faturamento_br.fiscal.source"

    def _fbr_locate(self, problems):
        """The core's problems with the record and field of each: ``items[2].ncm`` is that product's NCM.

        What no table row knows belongs to the document itself.
        """
        return [LocatedProblem(problem, *self._fbr_place(problem.path)) for problem in problems]

    def _fbr_place(self, path):
        if path.startswith("infNFe/"):  # an element of the XML, from the schema
            path = elements.value_at(path)
        for pattern, owner, field in PLACES:
            if match := re.match(pattern, path):
                record, own_field = getattr(self, owner)(match)
                if record:
                    return record, own_field if field is None else field
        return self, ""

    def _fbr_line_at(self, match):
        pairs = self._fbr_line_items()
        index = int(match[1])
        return pairs[index][0] if index < len(pairs) else self._fbr_lines().browse()

    def _fbr_product_at(self, match):
        return self._fbr_line_at(match).product_id, PRODUCT_FIELDS[match[2]]

    def _fbr_rule_at(self, match):
        """The rule that says it, in the table of its operation if it is of one."""
        line = self._fbr_line_at(match)
        if line and line.fbr_hand:
            return self, ""  # what somebody typed on the line, not the rule
        used = self._fbr_choice_of(line, self._fbr_tax_context()).used if line else {}
        found = used.get(match[3]) or used.get("cfop")
        rule = self.env["faturamento_br.tax_rule"].browse(int(found.ref) if found else [])
        return (rule.operation_id, "rule_ids") if rule.operation_id else (rule, "")

    def _fbr_recipient_at(self, match):
        return self._fbr_recipient(), PARTNER_FIELDS.get(match[1], "")

    def _fbr_emitter_at(self, match):
        return self.company_id.partner_id, PARTNER_FIELDS.get(match[1], "")

    def _fbr_company_at(self, match):
        return self.company_id, COMPANY_FIELDS.get(match[1], "")

    def _fbr_reader_at(self, match):
        """The partner who is to read the XML, or the company whose list names them."""
        readers = self._fbr_readers(recipient_party(self._fbr_recipient(), self._fbr_contact()))
        index = int(match[1])
        record = readers[index][1] if index < len(readers) else self.company_id
        return record, "vat" if record._name == "res.partner" else "fbr_authorized_readers"

    def _fbr_carrier_at(self, match):
        return self.fbr_carrier_id, PARTNER_FIELDS.get(match[1], "")

    def _fbr_delivery_at(self, match):
        return self._fbr_delivery_partner(), PARTNER_FIELDS.get(match[1], "")

    def _fbr_pickup_at(self, match):
        return self.fbr_pickup_id, PARTNER_FIELDS.get(match[1], "")

    def _fbr_delivery_id_at(self, _match):
        return tax_id_holder(self._fbr_delivery_partner(), self._fbr_recipient())

    def _fbr_pickup_id_at(self, _match):
        return tax_id_holder(self.fbr_pickup_id, self.company_id.partner_id)

    def _fbr_substitute_at(self, _match):
        """The registration as tax substitute in the customer's state."""
        uf = uf_of(self._fbr_recipient())
        return self.company_id.fbr_substitute_ids.filtered(lambda each: each.state_id.code == uf), "ie"

    def _fbr_intermediary_at(self, match):
        field = {"cnpj": "vat", "registration": "fbr_marketplace_account"}.get(match[1], "")
        return self.fbr_intermediary_id, field

    def _fbr_operation_at(self, _match):
        return self.fbr_operation_id, "name"

    def _fbr_export_at(self, match):
        return self, {"uf": "fbr_exit_state_id", "dispatch": "fbr_dispatch_place"}.get(match[1], "fbr_exit_place")

    def _fbr_journal_at(self, _match):
        return self.journal_id, ""

    def _fbr_self_at(self, match):
        return self, OWN_FIELDS.get(match[1], "") if match.lastindex else ""
