from odoo import api, fields, models


class DocumentItem(models.Model):
    """An item of a fiscal document with its taxes, as signed: what lists, pivots and fiscal reports read."""

    _name = "faturamento_br.document.item"
    _description = "Fiscal document item"
    _order = "document_id, sequence"

    document_id = fields.Many2one("faturamento_br.document", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="document_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="document_id.currency_id")
    sequence = fields.Integer("Item", required=True)
    move_line_id = fields.Many2one("account.move.line", index="btree_not_null", ondelete="set null")
    shipment_line_id = fields.Many2one(
        "faturamento_br.shipment.line", "Line of the remittance", index="btree_not_null", ondelete="set null"
    )
    product_id = fields.Many2one("product.product", compute="_compute_product_id", store=True)
    code = fields.Char()
    description = fields.Char()
    ncm = fields.Char("NCM")
    cfop = fields.Char("CFOP")
    unit = fields.Char()
    quantity = fields.Float(digits=(16, 4))
    unit_price = fields.Float(digits=(21, 10))
    gross = fields.Monetary("Products")
    discount = fields.Monetary()
    freight = fields.Monetary()
    insurance = fields.Monetary()
    other = fields.Monetary("Other charges")
    total = fields.Monetary()
    icms_situation = fields.Char("ICMS CST/CSOSN")
    icms_base = fields.Monetary("ICMS base")
    icms_rate = fields.Float("ICMS %", digits=(7, 4))
    icms_amount = fields.Monetary("ICMS")
    fcp_amount = fields.Monetary("FCP")
    ipi_amount = fields.Monetary("IPI")
    pis_amount = fields.Monetary("PIS")
    cofins_amount = fields.Monetary("COFINS")
    ibs_amount = fields.Monetary("IBS")
    cbs_amount = fields.Monetary("CBS")
    # Why it has these taxes, as fiscal/explanation/kept.py writes it: told in the language of whoever asks.
    explanation = fields.Json(exportable=False)

    @api.depends("move_line_id.product_id", "shipment_line_id.product_id")
    def _compute_product_id(self):
        for item in self:
            item.product_id = item.move_line_id.product_id or item.shipment_line_id.product_id

    def _values(self, sequence, taxed, link):
        """Values of a row from a :class:`~..fiscal.spec.TaxedItem`; amounts are rounded already.

        :param link: the field that knows the line it came from.
        """
        item = taxed.item
        return {
            "sequence": sequence,
            link: int(item.ref) if item.ref else False,
            "code": item.code,
            "description": item.description,
            "ncm": item.ncm,
            "cfop": item.cfop,
            "unit": item.unit,
            "quantity": float(item.quantity),
            "unit_price": float(item.unit_price),
            "gross": float(taxed.gross),
            "discount": float(item.discount),
            "freight": float(item.freight),
            "insurance": float(item.insurance),
            "other": float(item.other),
            "total": float(taxed.payable),
            "icms_situation": item.rules.icms.cst or item.rules.icms.csosn,
            "icms_base": float(taxed.icms.base),
            "icms_rate": float(taxed.icms.rate),
            "icms_amount": float(taxed.icms.amount),
            "fcp_amount": float(taxed.icms.fcp_amount),
            "ipi_amount": float(taxed.amounts.get("vIPI", 0)),
            "pis_amount": float(taxed.pis.amount),
            "cofins_amount": float(taxed.cofins.amount),
            "ibs_amount": float(taxed.ibs_cbs.ibs_amount) if taxed.ibs_cbs else 0.0,
            "cbs_amount": float(taxed.ibs_cbs.cbs_amount) if taxed.ibs_cbs else 0.0,
        }
