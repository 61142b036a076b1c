from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fiscal import spec
from ..fiscal.digits import normalize_tax_id
from ..fiscal.problems import _
from ..fiscal.taxes import sharing
from .document_facts import Imported
from .line_amounts import exact
from .party_values import amount, registration

TRANSPORTS = [
    ("1", "1 - Sea"),
    ("2", "2 - River"),
    ("3", "3 - Lake"),
    ("4", "4 - Air"),
    ("5", "5 - Post"),
    ("6", "6 - Rail"),
    ("7", "7 - Road"),
    ("8", "8 - Pipe or cable"),
    ("9", "9 - Own means"),
    ("10", "10 - Fictitious entry or exit"),
    ("11", "11 - Courier"),
    ("12", "12 - In hands"),
    ("13", "13 - Towed"),
]
BY_SEA = "1"
INTERMEDIATIONS = [
    ("1", "1 - On its own account"),
    ("2", "2 - By account and order of somebody else"),
    ("3", "3 - By order (encomenda)"),
]
OWN_ACCOUNT = "1"
#: Fields of the declaration that it cannot do without, and where the core's paths lead.
NEEDED = ("di_number", "di_registered_on", "di_cleared_on", "di_place", "di_state_id")
PLACES = {
    "number": "di_number",
    "registered_on": "di_registered_on",
    "cleared_on": "di_cleared_on",
    "place": "di_place",
    "uf": "di_state_id",
    "exporter": "di_exporter_code",
    "transport": "di_transport",
    "afrmm": "di_afrmm",
    "intermediation": "di_intermediation",
    "buyer_tax_id": "di_buyer_id",
    "buyer_uf": "di_buyer_id",
}
#: Rates that the declaration says, by tax of :class:`~..fiscal.spec.TaxRules`.
RATES = {"import_duty": "ii_rate", "ipi": "import_ipi_rate", "pis": "import_pis_rate", "cofins": "import_cofins_rate"}
MISSING = (
    _("The import declaration lacks: %(fields)s."),
    _("Fill it in from the DI or DUIMP, in the tab Import."),
)


class Shipment(models.Model):
    """The entry NF-e of an import: what customs says of the goods, in reais (groups DI and II).

    The vendor bill says what the supplier is owed, in its currency; the taxes are owed to the tax offices, so the NF-e
    is a document that bills nothing, and its taxes are booked by an entry of their own (``shipment_import_books.py``).
    """

    _inherit = "faturamento_br.shipment"

    fbr_operation_id = fields.Many2one(
        domain="[('company_id', 'parent_of', company_id), ('place', 'in', ('shipment', 'purchase'))]"
    )
    is_import = fields.Boolean(compute="_compute_is_import")
    di_number = fields.Char("DI or DUIMP", copy=False, help="nDI: number of the DI, DSI, DIRE or DUIMP.")
    di_registered_on = fields.Date("Registered on", copy=False, help="dDI")
    di_cleared_on = fields.Date("Cleared on", copy=False, help="dDesemb: the day of the customs clearance.")
    di_place = fields.Char("Place of clearance", copy=False, help="xLocDesemb: port, airport or border post.")
    di_state_id = fields.Many2one(
        "res.country.state",
        "State of clearance",
        domain="[('country_id.code', '=', 'BR')]",
        copy=False,
        help="UFDesemb",
    )
    di_transport = fields.Selection(TRANSPORTS, "Came by", default=BY_SEA, help="tpViaTransp")
    di_afrmm = fields.Monetary("AFRMM", copy=False, help="vAFRMM, of what came by sea; part of the customs expenses.")
    di_expenses = fields.Monetary(
        "Customs expenses",
        copy=False,
        help="vDespAdu: AFRMM, Siscomex fee and other charges up to the clearance (LC 87/1996, art. 13, V, e), shared "
        "among the goods by their customs value.",
    )
    di_intermediation = fields.Selection(INTERMEDIATIONS, "Form of import", default=OWN_ACCOUNT, help="tpIntermedio")
    di_buyer_id = fields.Many2one("res.partner", "Ordered by", copy=False, help="Who ordered the import.")
    di_exporter_code = fields.Char("Exporter's code", copy=False, help="cExportador: empty, the supplier's reference.")
    di_taxes_in_other = fields.Boolean(
        "Taxes are part of the total",
        default=True,
        help="PIS, COFINS, ICMS and customs expenses go to vOutro, and so to the total of the NF-e. States differ: ask "
        "your accountant.",
    )

    @api.depends("partner_id", "fbr_operation_id")
    def _compute_is_import(self):
        for shipment in self:
            entry = shipment.fbr_operation_id.kind == "entry" and shipment.fbr_operation_id.purpose != "4"
            shipment.is_import = entry and shipment._fbr_is_abroad()

    @api.constrains("di_afrmm", "di_expenses")
    def _check_di_amounts(self):
        if wrong := self.filtered(lambda each: each.di_afrmm < 0 or each.di_expenses < 0):
            raise ValidationError(
                self.env._("%s: AFRMM and customs expenses are not negative.", ", ".join(wrong.mapped("display_name")))
            )

    # --- The value ----------------------------------------------------------------------------------------------

    def _fbr_imported(self, lines):
        """What customs says of each of ``lines``: ``{line: Imported}``; empty of what is no import."""
        goods = [line for line in lines if line._fbr_role() == "item"] if self.is_import else []
        values = [line._fbr_customs_value() for line in goods]
        expenses = amount(self.di_expenses)
        shares = sharing.share(expenses, values) if expenses and any(values) else [spec.ZERO] * len(goods)
        return {
            line: Imported(
                spec.Importation(
                    customs_value=value,
                    declarations=self._fbr_declarations(line),
                    expenses=share,
                    taxes_in_other=self.di_taxes_in_other,
                ),
                tuple(line._fbr_declared_rates()),
            )
            for line, value, share in zip(goods, values, shares, strict=True)
        }

    def _fbr_declarations(self, line):
        """DI, of a declaration that is complete; what it lacks is told by :meth:`_fbr_trade_problems`."""
        if not all(self[name] for name in NEEDED):
            return ()
        exporter = self.di_exporter_code or self.partner_id.ref or str(self.partner_id.id)
        buyer = self.di_buyer_id if self.di_intermediation != OWN_ACCOUNT else self.di_buyer_id.browse()
        return (
            spec.ImportDeclaration(
                number="".join(filter(str.isalnum, self.di_number)),
                registered_on=self.di_registered_on,
                place=self.di_place.strip(),
                uf=self.di_state_id.code,
                cleared_on=self.di_cleared_on,
                exporter=exporter,
                additions=(line._fbr_addition(exporter),),
                transport=self.di_transport or BY_SEA,
                afrmm=amount(self.di_afrmm) if self.di_transport == BY_SEA else None,
                intermediation=self.di_intermediation or OWN_ACCOUNT,
                buyer_tax_id=normalize_tax_id(buyer.vat or ""),
                buyer_uf=buyer.state_id.code or "",
            ),
        )

    def _fbr_trade_problems(self):
        found = super()._fbr_trade_problems()
        lacking = [name for name in NEEDED if not self[name]] if self.is_import else []
        if lacking:
            names = ", ".join(self._fields[name]._description_string(self.env) for name in lacking)
            found.append(self._fbr_problem("declaration_incomplete", MISSING, self, lacking[0], fields=names))
        return found

    def _fbr_self_at(self, match):
        """What is said of a declaration is mended in its field."""
        record, field = super()._fbr_self_at(match)
        found = match.string.rpartition("declarations[0].")[2] if "declarations[0]." in match.string else ""
        return record, PLACES.get(found.partition(".")[0], field)


class ShipmentLine(models.Model):
    """An imported item: its value in customs, its addition, the rates that the declaration says."""

    _inherit = "faturamento_br.shipment.line"

    customs_value = fields.Monetary(
        help="vBC of II, in reais, with freight and insurance from abroad. Zero: the amount."
    )
    ii_rate = fields.Float(
        "II %", digits=(7, 4), help="Of the TEC, as the declaration says; zero if suspended or exempt."
    )
    import_ipi_rate = fields.Float("IPI % (import)", digits=(7, 4), help="As the declaration says. Zero: not taxed.")
    import_pis_rate = fields.Float("PIS % (import)", digits=(7, 4), default=2.1, help="Lei 10.865/2004, art. 8º.")
    import_cofins_rate = fields.Float(
        "COFINS % (import)", digits=(7, 4), default=9.65, help="Lei 10.865/2004, art. 8º, with the additional of § 21."
    )
    di_addition = fields.Integer("Addition", help="nAdicao: number of the addition of the declaration.")
    di_sequence = fields.Integer("Item of the addition", help="nSeqAdic. Zero: its place on the document.")
    di_maker_code = fields.Char("Maker's code", help="cFabricante: empty, the exporter's.")

    @api.constrains("customs_value", *RATES.values(), "di_addition", "di_sequence")
    def _check_import(self):
        for line in self:
            if any(not 0 <= line[name] < 1000 for name in RATES.values()):
                raise ValidationError(
                    self.env._("%s: the rates of an import are percentages from 0 to 999.", line.display_name)
                )
            if line.customs_value < 0 or line.di_addition < 0 or line.di_sequence < 0:
                raise ValidationError(self.env._("%s: what customs says is not negative.", line.display_name))

    @api.depends(
        "customs_value",
        *RATES.values(),
        *("shipment_id.di_expenses", "shipment_id.di_taxes_in_other", "shipment_id.line_ids.customs_value"),
    )
    def _compute_amount(self):
        super()._compute_amount()

    def _fbr_customs_value(self):
        """valor aduaneiro, in BRL; what the line is worth, unless it was said."""
        if self.customs_value:
            return amount(self.customs_value)
        return amount(self.currency_id.round(self.quantity * self.price_unit * (1 - self.discount / 100)))

    def _fbr_addition(self, exporter):
        place = self.shipment_id.line_ids.ids.index(self.id) + 1 if isinstance(self.id, int) else 1
        return spec.Addition(
            sequence=self.di_sequence or place,
            maker=registration(self.di_maker_code) or exporter,
            number=self.di_addition or None,
        )

    def _fbr_declared_rates(self):
        """Pairs of tax and rate as the declaration says them."""
        return ((tax, exact(self, name)) for tax, name in RATES.items())
