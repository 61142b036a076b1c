import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fiscal import spec
from .fiscal_source import NO_FREIGHT
from .line_amounts import exact
from .party_values import carrier_party

PLATE = re.compile(r"[A-Z]{2,3}[0-9]{4}|[A-Z]{3,4}[0-9]{3}|[A-Z0-9]{7}")
#: esp, marca and nVol of the layout; longer texts would be cut.
LONGEST_TEXT, LONGEST_RNTC = 60, 20
VOLUME_TEXTS = ("fbr_volume_kind", "fbr_volume_brand", "fbr_volume_numbering")
MOST_VOLUMES, MOST_WEIGHT = 2**31 - 1, 10**9


class FiscalSource(models.AbstractModel):
    """How the goods of an order or invoice travel: transp.

    A document without freight (modFrete 9) says nothing of carrier, vehicle, volumes and weights, whatever is filled.
    """

    _inherit = "faturamento_br.fiscal.source"

    fbr_carrier_id = fields.Many2one(
        "res.partner",
        "Carrier",
        compute="_compute_fbr_carrier_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        help="transporta: who carries the goods. Empty: the company or the customer itself.",
    )
    fbr_vehicle_plate = fields.Char("Plate", copy=False, help="placa; not written on a sale to another state.")
    fbr_vehicle_state_id = fields.Many2one(
        "res.country.state", "Plate's state", copy=False, domain="[('country_id.code', '=', 'BR')]"
    )
    fbr_vehicle_rntc = fields.Char("RNTC", copy=False, help="The carrier's registration with ANTT.")
    fbr_volume_count = fields.Integer("Volumes", copy=False, help="qVol: how many boxes, pallets…")
    fbr_volume_kind = fields.Char("Kind of volumes", help="esp: boxes, pallets…")
    fbr_volume_brand = fields.Char("Brand of volumes", help="marca")
    fbr_volume_numbering = fields.Char("Numbering of volumes", copy=False, help="nVol")
    fbr_net_weight = fields.Float(
        "Net weight (kg)",
        digits=(12, 3),
        compute="_compute_fbr_weights",
        inverse="_inverse_fbr_net_weight",
        help="pesoL: from the products' weights unless typed; zero takes them again.",
    )
    fbr_gross_weight = fields.Float(
        "Gross weight (kg)",
        digits=(12, 3),
        compute="_compute_fbr_weights",
        inverse="_inverse_fbr_gross_weight",
        help="pesoB: from the products' weights unless typed; zero takes them again.",
    )
    # What somebody typed over the weights of the products; zero when nobody did.
    fbr_net_weight_typed = fields.Float("Typed net weight", digits=(12, 3), copy=False)
    fbr_gross_weight_typed = fields.Float("Typed gross weight", digits=(12, 3), copy=False)

    def _compute_fbr_carrier_id(self):
        """The customer's usual carrier, until somebody chooses another."""
        for source in self:
            usual = not source.fbr_carrier_id or source._fbr_is_open()
            if usual and source.company_id and source._fbr_is_issuing():
                source.fbr_carrier_id = source._fbr_recipient().with_company(source.company_id).fbr_carrier_id
            else:
                source.fbr_carrier_id = source.fbr_carrier_id

    def _compute_fbr_weights(self):
        for source in self:
            net, gross = source.fbr_net_weight_typed, source.fbr_gross_weight_typed
            computed = 0.0 if net and gross else source._fbr_products_weight()
            source.fbr_net_weight = net or computed
            source.fbr_gross_weight = gross or max(computed, source.fbr_net_weight)

    def _inverse_fbr_net_weight(self):
        self._fbr_keep_typed("fbr_net_weight")

    def _inverse_fbr_gross_weight(self):
        self._fbr_keep_typed("fbr_gross_weight")

    def _fbr_keep_typed(self, name):
        """Keep what was typed, unless it is what the products weigh anyway."""
        for source in self:
            typed = source[name]
            source[f"{name}_typed"] = 0.0 if typed == round(source._fbr_products_weight(), 3) else typed

    def _fbr_products_weight(self):
        """Kilograms of all goods, in whatever unit they are sold; nothing where there is no NF-e."""
        if not self.company_id or not self._fbr_is_issuing():
            return 0.0
        kilogram = self.env.ref("uom.product_uom_kgm")
        unit = self.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
        total = sum(line._fbr_weight() for line in self._fbr_lines())
        return unit._compute_quantity(total, kilogram, round=False)

    # --- What may be written ------------------------------------------------------------------------------------

    @api.constrains("fbr_vehicle_plate", "fbr_vehicle_rntc", *VOLUME_TEXTS)
    def _check_fbr_transport_texts(self):
        for source in self:
            found = []
            if source.fbr_vehicle_plate and not PLATE.fullmatch(plate_of(source.fbr_vehicle_plate)):
                found.append(
                    self.env._(
                        "%s is not a plate: write its 7 letters and digits, as in ABC1D23 or ABC-1234.",
                        source.fbr_vehicle_plate,
                    )
                )
            if len((source.fbr_vehicle_rntc or "").strip()) > LONGEST_RNTC:
                found.append(self.env._("The RNTC has at most %s characters: correct it.", LONGEST_RNTC))
            for name in VOLUME_TEXTS:
                if len((source[name] or "").strip()) > LONGEST_TEXT:
                    label = source._fields[name]._description_string(self.env)
                    found.append(
                        self.env._(
                            "%(field)s: at most %(most)s characters. Shorten it.", field=label, most=LONGEST_TEXT
                        )
                    )
            source._fbr_refuse(found)

    @api.constrains("fbr_volume_count", "fbr_net_weight_typed", "fbr_gross_weight_typed")
    def _check_fbr_transport_numbers(self):
        for source in self:
            found = []
            for name, most in (
                ("fbr_volume_count", MOST_VOLUMES),
                ("fbr_net_weight_typed", MOST_WEIGHT),
                ("fbr_gross_weight_typed", MOST_WEIGHT),
            ):
                if not 0 <= source[name] <= most:
                    label = source._fields[name.removesuffix("_typed")]._description_string(self.env)
                    found.append(
                        self.env._(
                            "%(field)s: %(value)s is not possible. It is a number from 0 to %(most)s.",
                            field=label,
                            value=source[name],
                            most=most,
                        )
                    )
            gross = source.fbr_gross_weight_typed
            if gross and source.fbr_net_weight_typed > gross:
                found.append(self.env._("The net weight is more than the gross weight: correct one of them."))
            source._fbr_refuse(found)

    def _fbr_refuse(self, found):
        """Refuse to save this document, for all reasons at once."""
        if found:
            raise ValidationError("\n".join([f"{self.display_name}:", *found]))

    # --- The value ----------------------------------------------------------------------------------------------

    def _fbr_transport(self):
        """transp."""
        mode = self.fbr_freight_mode or NO_FREIGHT
        if mode == NO_FREIGHT:
            return spec.Transport(freight_mode=mode)
        volume = self._fbr_volume()
        return spec.Transport(
            freight_mode=mode,
            carrier=carrier_party(self.fbr_carrier_id) if self.fbr_carrier_id else None,
            volumes=(volume,) if volume != spec.Volume() else (),
            vehicle=self._fbr_vehicle(),
        )

    def _fbr_volume(self):
        return spec.Volume(
            quantity=self.fbr_volume_count or None,
            kind=(self.fbr_volume_kind or "").strip(),
            brand=(self.fbr_volume_brand or "").strip(),
            numbering=(self.fbr_volume_numbering or "").strip(),
            net_weight=self._fbr_weight_of("fbr_net_weight"),
            gross_weight=self._fbr_weight_of("fbr_gross_weight"),
        )

    def _fbr_weight_of(self, name):
        return exact(self, name) or None

    def _fbr_vehicle(self):
        """veicTransp; between states the layout forbids it (rejection 868)."""
        context = self._fbr_tax_context()
        if not self.fbr_vehicle_plate or context.emitter_uf != context.recipient_uf:
            return None
        return spec.Vehicle(
            plate_of(self.fbr_vehicle_plate),
            self.fbr_vehicle_state_id.code or "",
            (self.fbr_vehicle_rntc or "").strip(),
        )


def plate_of(text):
    """A plate as the layout has it: letters and digits only, in upper case."""
    return re.sub(r"[\s-]", "", text or "").upper()
