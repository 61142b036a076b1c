from decimal import ROUND_HALF_UP, Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.sql import column_exists, create_column
from stdnum import ean

from .goods import NATIONAL, told_once

CHARGE_KINDS = [("freight", "Freight"), ("insurance", "Insurance"), ("other", "Other charges")]
QUANTITY = Decimal("0.0001")


class ProductTemplate(models.Model):
    """What the law asks of goods, and services that are charges of an NF-e."""

    _name = "product.template"
    _inherit = ["product.template", "faturamento_br.goods"]

    fbr_taxable_factor = fields.Float(
        "Taxable units in one unit",
        digits=(12, 6),
        help="How many taxable units one unit of the product has: 0.750 for a bottle of 750 ml taxed by the litre. "
        "Not needed when the units convert by themselves.",
    )
    fbr_needs_factor = fields.Boolean("Units do not convert", compute="_compute_fbr_needs_factor")
    fbr_charge_kind = fields.Selection(
        CHARGE_KINDS,
        "Charge on the NF-e",
        help="A line with this service is no item of the NF-e: its amount is shared among the goods as freight "
        "(vFrete), insurance (vSeg) or other charges (vOutro).",
    )

    def _auto_init(self):
        """Fill the stored NCM in use in one statement: thousands of products are not computed one by one."""
        cr, name = self.env.cr, "fbr_effective_ncm"
        if not column_exists(cr, self._table, name):
            create_column(cr, self._table, name, self._fields[name].column_type[1])
            if column_exists(cr, self._table, "fbr_ncm"):
                cr.execute("UPDATE product_template SET fbr_effective_ncm = fbr_ncm WHERE fbr_ncm IS NOT NULL")
        return super()._auto_init()

    def _fbr_category(self):
        return self.categ_id

    @api.depends("fbr_ncm", "categ_id.fbr_effective_ncm")
    def _compute_fbr_effective_ncm(self):
        return super()._compute_fbr_effective_ncm()

    @api.depends("categ_id")
    def _compute_fbr_hints(self):
        return super()._compute_fbr_hints()

    @api.depends("uom_id", "fbr_taxable_uom_id", "categ_id")
    def _compute_fbr_needs_factor(self):
        for product in self:
            unit = product._fbr_taxable_uom()
            product.fbr_needs_factor = bool(unit) and not unit._has_common_reference(product.uom_id)

    def _fbr_origin_in_use(self):
        """orig: the product's, its category's, or 0 when nobody says it."""
        return self._fbr_holder("fbr_origin").fbr_origin or NATIONAL

    def _fbr_ipi_holder(self):
        """The record whose IPI the product has, situation, rate and frame together; empty when it has no IPI."""
        holder = self._fbr_holder("fbr_ipi_cst")
        return holder if holder and holder.fbr_ipi_cst != "none" else None

    def _fbr_taxable_uom(self):
        """uTrib as a ``uom.uom``; empty when it is the unit sold."""
        return self._fbr_holder("fbr_taxable_uom_id").fbr_taxable_uom_id

    @api.constrains("fbr_taxable_factor")
    def _check_fbr_taxable_factor(self):
        for product in self:
            if not 0 <= product.fbr_taxable_factor < 1_000_000:
                raise ValidationError(
                    self.env._(
                        "%s: the taxable units in one unit are a number above zero and below a million.",
                        product.display_name,
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

    @api.model
    def load(self, fields, data):
        """Import rows; each wrong one is told once, with its own line."""
        return told_once(super().load(fields, data))

    def _fbr_is_goods(self):
        """Whether a line of this product is an item of an NF-e."""
        return self.type == "consu"

    def _fbr_gtin(self):
        """cEAN: the barcode when it is a GTIN; a barcode of the company's own is none.

        An EAN-13 that begins with 2 is for use inside a company (GS1 General Specifications, restricted circulation).
        """
        code = self.barcode
        return code if code and ean.is_valid(code) and not (len(code) == 13 and code[0] == "2") else ""

    def _fbr_taxable(self, unit, quantity):
        """uTrib and qTrib of ``quantity`` (Decimal) sold in ``unit``, when the law taxes another unit.

        :return: ``(uom.uom, Decimal)``, the quantity with 4 decimals, ROUND_HALF_UP; ``None`` when the unit sold is
            the taxable one, or nobody said yet how they convert.
        """
        template = self.product_tmpl_id
        taxable = template._fbr_taxable_uom()
        if not taxable or taxable == unit:
            return None
        sold = quantity * Decimal(repr(unit.factor))
        if taxable._has_common_reference(unit):
            found = sold / Decimal(repr(taxable.factor))
        else:
            found = sold / Decimal(repr(self.uom_id.factor)) * Decimal(repr(template.fbr_taxable_factor))
        return (taxable, found.quantize(QUANTITY, ROUND_HALF_UP)) if found else None
