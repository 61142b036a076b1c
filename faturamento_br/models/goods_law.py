from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models

from .goods import OTHER_FRAME
from .line_amounts import exact

#: What a product and a category say, each of which an empty one takes from the category above.
SAID = (
    "fbr_effective_ncm",
    "fbr_cest",
    "fbr_origin",
    "fbr_ipi_cst",
    "fbr_ipi_rate",
    "fbr_ipi_frame",
    "fbr_ipi_reform",
    "fbr_taxable_uom_id",
)


class Law(NamedTuple):
    """What tax rules ask of goods, whoever sells them to whom.

    :param origin: orig; empty when nobody says it.
    :param ipi: situation, rate in per cent and frame; empty when they have none.
    :param ipi_ends: it was said that their IPI is zero from 2027 on.
    :param other_unit: the law may tax another unit than the one sold.
    """

    ncm: str = ""
    cest: str = ""
    origin: str = ""
    ipi: tuple[str, Decimal, str] | tuple[()] = ()
    ipi_ends: bool = False
    other_unit: bool = False


class Goods(models.AbstractModel):
    """Goods as documents read them: one value, which the ORM forgets when anything in it changes.

    A document of 50 lines is computed several times at each change of one, and would read a dozen fields of each
    product, and of its categories, each time.
    """

    _inherit = "faturamento_br.goods"

    fbr_law = fields.Binary(
        compute="_compute_fbr_law", recursive=True, exportable=False, groups=fields.NO_ACCESS, compute_sudo=True
    )

    def _compute_fbr_law(self):
        for goods in self:
            above = goods._fbr_category().fbr_law or Law()
            situation, reform = goods.fbr_ipi_cst, goods.fbr_ipi_reform
            ipi = above.ipi
            if situation:
                said = (situation, exact(goods, "fbr_ipi_rate"), goods.fbr_ipi_frame or OTHER_FRAME)
                ipi = said if situation != "none" else ()
            goods.fbr_law = Law(
                ncm=goods.fbr_effective_ncm or "",
                cest=goods.fbr_cest or above.cest,
                origin=goods.fbr_origin or above.origin,
                ipi=ipi,
                ipi_ends=reform == "zero" if reform else above.ipi_ends,
                other_unit=bool(goods.fbr_taxable_uom_id) or above.other_unit,
            )


class ProductTemplate(models.Model):
    _inherit = "product.template"

    @api.depends(*SAID, "categ_id.fbr_law")
    def _compute_fbr_law(self):
        super()._compute_fbr_law()


class ProductCategory(models.Model):
    _inherit = "product.category"

    @api.depends(*SAID, "parent_id.fbr_law")
    def _compute_fbr_law(self):
        super()._compute_fbr_law()
