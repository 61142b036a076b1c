from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fiscal import access_key, spec
from .party_values import ABROAD_UF, uf_of

#: Operations of a sale inside Brazil that come ready, and what they are abroad.
ABROAD = {"production": "export_production", "resale": "export_resale"}
EXPORT_FIELDS = ("fbr_exit_state_id", "fbr_exit_place", "fbr_dispatch_place")
#: xLocExporta and xLocDespacho; nDraw; nRE.
LONGEST_PLACE, LONGEST_DRAWBACK, LONGEST_REGISTRATION = 60, 20, 12


class FiscalSource(models.AbstractModel):
    """Goods sold abroad: from where they leave Brazil (group exporta)."""

    _inherit = "faturamento_br.fiscal.source"

    fbr_exit_state_id = fields.Many2one(
        "res.country.state",
        "Leaves Brazil in",
        domain="[('country_id.code', '=', 'BR')]",
        help="UFSaidaPais: the state of the port, airport or border where the goods leave the country.",
    )
    fbr_exit_place = fields.Char(
        "Place of departure", help="xLocExporta: the port, airport or border post where the goods leave the country."
    )
    fbr_dispatch_place = fields.Char(
        "Place of dispatch", help="xLocDespacho: the customs precinct where they are cleared, when it is another place."
    )
    fbr_is_export = fields.Boolean(compute="_compute_fbr_is_export")

    @api.depends("partner_id", "fbr_operation_id")
    def _compute_fbr_is_export(self):
        for source in self:
            source.fbr_is_export = source._fbr_is_abroad() and source.fbr_operation_id.kind != "entry"

    @api.constrains("fbr_exit_place", "fbr_dispatch_place")
    def _check_fbr_export_places(self):
        for source in self:
            source._fbr_refuse(
                [
                    self.env._(
                        "%(field)s: at most %(most)s characters. Shorten it.",
                        field=source._fields[name]._description_string(self.env),
                        most=LONGEST_PLACE,
                    )
                    for name in ("fbr_exit_place", "fbr_dispatch_place")
                    if len((source[name] or "").strip()) > LONGEST_PLACE
                ]
            )

    def _fbr_is_abroad(self):
        """Whether the other party is abroad."""
        return uf_of(self._fbr_recipient().sudo()) == ABROAD_UF

    def _fbr_export(self):
        """exporta, of goods that leave the country; what is not filled in is told by the core."""
        place, dispatch = ((self[name] or "").strip() for name in ("fbr_exit_place", "fbr_dispatch_place"))
        told = self.fbr_exit_state_id or place or dispatch
        if not told or not self.fbr_is_export:
            return None
        return spec.Export(self.fbr_exit_state_id.code or "", place, dispatch)

    def _fbr_references(self):
        """The NF-e by which the goods came to be exported are referred to (rejection 345)."""
        keys = [line._fbr_export_origin() for line in self._fbr_lines()] if self.fbr_is_export else []
        return tuple(dict.fromkeys([*super()._fbr_references(), *filter(None, keys)]))

    # --- The operation ------------------------------------------------------------------------------------------

    def _fbr_adopt_abroad(self):
        """Sell abroad by the export of what one would sell here, and back; a user's own operation stays.

        Only a ready operation without a rule for sales abroad is replaced: it could not be taxed there.
        """
        for source in self.filtered(lambda each: each.fbr_operation_id and each._fbr_is_open()):
            operation, wanted = source.fbr_operation_id, source._fbr_is_abroad()
            pairs = ABROAD if wanted else {abroad: here for here, abroad in ABROAD.items()}
            other = pairs.get(operation.ready_key)
            if not other or not source._fbr_recipient():
                continue
            if wanted and "abroad" in operation.rule_ids.mapped("scope"):
                continue
            found = operation.sudo().search(
                [("company_id", "=", operation.company_id.id), ("ready_key", "=", other)], limit=1
            )
            source.fbr_operation_id = found or operation


class FiscalLine(models.AbstractModel):
    """Export details of an item (detExport)."""

    _inherit = "faturamento_br.fiscal.line"

    fbr_drawback = fields.Char("Drawback act", help="nDraw: number of the concessory act of drawback.")
    fbr_export_registration = fields.Char("Export registration", help="nRE: the export registration, 12 digits.")
    fbr_export_key = fields.Char(
        "NF-e of origin",
        copy=False,
        help="chNFe: access key of the NF-e by which somebody else sold these goods to be exported.",
    )

    @api.constrains("fbr_drawback", "fbr_export_registration", "fbr_export_key")
    def _check_fbr_export(self):
        wrong = []
        for line in self:
            drawback, registration, key = (line[name] or "" for name in line._fbr_export_names())
            if len(drawback) > LONGEST_DRAWBACK or not (drawback or "0").isalnum():
                wrong.append(
                    self.env._(
                        "%(line)s: the drawback act has at most %(most)s letters and digits.",
                        line=line.display_name,
                        most=LONGEST_DRAWBACK,
                    )
                )
            if registration and not (registration.isdecimal() and len(registration) <= LONGEST_REGISTRATION):
                wrong.append(
                    self.env._(
                        "%(line)s: the export registration has at most %(most)s digits and nothing else.",
                        line=line.display_name,
                        most=LONGEST_REGISTRATION,
                    )
                )
            if key and not access_key.is_valid(line._fbr_export_origin()):
                wrong.append(
                    self.env._("%s is not an access key: 44 characters, the last of them its check digit.", key)
                )
        if wrong:
            raise ValidationError("\n".join(wrong))

    @api.model
    def _fbr_export_names(self):
        return ("fbr_drawback", "fbr_export_registration", "fbr_export_key")

    def _fbr_export_origin(self):
        """The access key without punctuation."""
        return "".join(filter(str.isalnum, self.fbr_export_key or "")).upper()

    def _fbr_exports(self, quantity):
        """detExport of ``quantity`` of these goods: one of drawback, or the indirect export of all of them."""
        key, registration = self._fbr_export_origin(), self.fbr_export_registration or ""
        if not (self.fbr_drawback or key or registration):
            return ()
        indirect = quantity if key or registration else None
        return (spec.ExportDetail(self.fbr_drawback or "", registration, key, indirect),)
