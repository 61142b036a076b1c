from odoo import api, fields, models
from odoo.exceptions import ValidationError
from stdnum import ean

ORIGINS = [
    ("0", "0 - National, except codes 3, 4, 5 and 8"),
    ("1", "1 - Foreign, imported directly, except code 6"),
    ("2", "2 - Foreign, bought in Brazil, except code 7"),
    ("3", "3 - National, import content above 40% up to 70%"),
    ("4", "4 - National, basic productive process"),
    ("5", "5 - National, import content up to 40%"),
    ("6", "6 - Foreign, imported directly, no national equivalent (CAMEX)"),
    ("7", "7 - Foreign, bought in Brazil, no national equivalent (CAMEX)"),
    ("8", "8 - National, import content above 70%"),
]
CHARGE_KINDS = [("freight", "Freight"), ("insurance", "Insurance"), ("other", "Other charges")]
IPI_CSTS = [
    ("50", "50 - Taxed"),
    ("51", "51 - Taxed at zero"),
    ("52", "52 - Exempt"),
    ("53", "53 - Not taxed"),
    ("54", "54 - Immune"),
    ("55", "55 - Suspended"),
    ("99", "99 - Other"),
]


class ProductTemplate(models.Model):
    """What the law asks of goods."""

    _inherit = "product.template"

    fbr_ncm = fields.Char("NCM", size=8, help="Mercosur code of the goods, 8 digits.", index="btree_not_null")
    fbr_cest = fields.Char("CEST", size=7, help="Code of goods under tax substitution, 7 digits.")
    fbr_origin = fields.Selection(ORIGINS, "Origin of the goods", default="0")
    fbr_ipi_cst = fields.Selection(IPI_CSTS, "IPI CST", help="Empty: the product has no IPI on its documents.")
    fbr_ipi_rate = fields.Float("IPI %", digits=(7, 4))
    fbr_ipi_frame = fields.Char(
        "IPI frame", size=3, default="999", help="cEnq: legal frame of the IPI situation, 3 digits."
    )
    fbr_charge_kind = fields.Selection(
        CHARGE_KINDS,
        "Charge on the NF-e",
        help="A line with this service is no item of the NF-e: its amount is shared among the goods as freight "
        "(vFrete), insurance (vSeg) or other charges (vOutro).",
    )

    @api.constrains("fbr_ncm", "fbr_cest", "fbr_ipi_frame")
    def _check_fbr_codes(self):
        for product in self:
            for name, length in (("fbr_ncm", 8), ("fbr_cest", 7), ("fbr_ipi_frame", 3)):
                code = product[name]
                if code and not (len(code) == length and code.isascii() and code.isdecimal()):
                    raise ValidationError(
                        self.env._(
                            "%(product)s: %(field)s has %(length)s digits and nothing else.",
                            product=product.display_name,
                            field=product._fields[name]._description_string(self.env),
                            length=length,
                        )
                    )

    @api.constrains("fbr_charge_kind", "type")
    def _check_fbr_charge_kind(self):
        for product in self:
            if product.fbr_charge_kind and product.type != "service":
                raise ValidationError(
                    self.env._("%s: only a service can be a charge on the NF-e.", product.display_name)
                )


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _fbr_is_goods(self):
        """Whether a line of this product is an item of an NF-e."""
        return self.type == "consu"

    def _fbr_gtin(self):
        """cEAN: the barcode when it is a GTIN; a barcode of the company's own is none."""
        return self.barcode if self.barcode and ean.is_valid(self.barcode) else ""
