from odoo import fields, models


class Goods(models.AbstractModel):
    """What becomes of goods in the tax reform, of a product or of all of a category."""

    _inherit = "faturamento_br.goods"

    fbr_ipi_reform = fields.Selection(
        [("zero", "Zero"), ("kept", "Kept: it competes with goods made in Manaus")],
        "IPI from 2027 on",
        help="ADCT, art. 126, III: zero, but for goods that are made in the Zona Franca de Manaus with an incentive. "
        "Empty: the category's; when that is empty too, a sale of 2027 asks for it.",
    )
