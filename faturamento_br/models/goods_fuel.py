from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fiscal import spec
from ..fiscal.tables import rows
from .line_amounts import exact

LPG = "210203001"
ANP_DIGITS = 9
SHARES = ("fbr_fuel_petroleum", "fbr_fuel_national_gas", "fbr_fuel_imported_gas")
RATES = (*SHARES, "fbr_fuel_bio")


def fuels(_model=None):
    """The fuels whose ICMS is owed once, by the name of their ad rem rate."""
    names = {
        "diesel": "Diesel",
        "biodiesel": "Biodiesel (B100)",
        "lpg": "GLP/GLGN",
        "gasoline": "Gasolina",
        "anhydrous_ethanol": "Etanol anidro combustível (EAC)",
    }
    known = dict.fromkeys(row["fuel"] for row in rows("icms_fuel_rates"))
    return [(name, names.get(name, name)) for name in known]


class ProductTemplate(models.Model):
    """Fuels and lubricants (group comb)."""

    _inherit = "product.template"

    fbr_anp_code = fields.Char("ANP code", help="cProdANP: 9 digits of the ANP's table. Only for fuels and lubricants.")
    fbr_anp_description = fields.Char("ANP description", help="descANP: the ANP's own words.")
    fbr_fuel_bio = fields.Float("Biofuel in it %", digits=(7, 4), help="pBio: of diesel B and gasoline C.")
    fbr_fuel_petroleum = fields.Float("LPG: petroleum %", digits=(7, 4), help="pGLP")
    fbr_fuel_national_gas = fields.Float("LPG: national natural gas %", digits=(7, 4), help="pGNn")
    fbr_fuel_imported_gas = fields.Float("LPG: imported natural gas %", digits=(7, 4), help="pGNi")
    fbr_fuel_start_value = fields.Float("LPG: start value", digits=(16, 2), help="vPart: BRL a kilogram, without ICMS.")

    @api.constrains("fbr_anp_code", *RATES)
    def _check_fbr_fuel(self):
        wrong = []
        for product in self:
            code = product.fbr_anp_code
            if code and not (len(code) == ANP_DIGITS and code.isascii() and code.isdecimal()):
                wrong.append(
                    self.env._(
                        "%(product)s: the ANP code has 9 digits, not “%(code)s”.",
                        product=product.display_name,
                        code=code,
                    )
                )
            if any(not 0 <= product[name] <= 100 for name in RATES):
                wrong.append(
                    self.env._("%s: the shares of a fuel are percentages from 0 to 100.", product.display_name)
                )
        if wrong:
            raise ValidationError("\n".join(wrong))

    def _fbr_fuel(self, uf):
        """comb of this product, consumed in ``uf``; ``None`` of what is no fuel."""
        if not self.fbr_anp_code:
            return None
        gas = dict(zip(("petroleum_rate", "national_gas_rate", "imported_gas_rate"), SHARES, strict=True))
        shares = {name: exact(self, field) for name, field in gas.items()} if self.fbr_anp_code == LPG else {}
        return spec.Fuel(
            anp_code=self.fbr_anp_code,
            anp_description=self.fbr_anp_description or "",
            uf=uf,
            bio_rate=exact(self, "fbr_fuel_bio") or None,
            start_value=exact(self, "fbr_fuel_start_value") or None,
            **(shares if any(shares.values()) else {}),
        )
