from odoo import fields, models


class DocumentParty(models.Model):
    """A party of a fiscal document as it was when the document was signed."""

    _name = "faturamento_br.document.party"
    _description = "Fiscal document party"
    _order = "document_id, role"

    document_id = fields.Many2one("faturamento_br.document", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="document_id.company_id", store=True, index=True)
    role = fields.Selection([("emitter", "Emitter"), ("recipient", "Recipient"), ("carrier", "Carrier")], required=True)
    name = fields.Char(required=True)
    tax_id = fields.Char("CNPJ/CPF")
    ie = fields.Char("IE")
    street = fields.Char()
    number = fields.Char()
    district = fields.Char()
    city = fields.Char()
    city_code = fields.Char("IBGE")
    uf = fields.Char("UF")
    zip = fields.Char("CEP")
    email = fields.Char()

    def _values(self, role, party):
        """Values of a row from a :class:`~..fiscal.spec.Party`."""
        address = party.address
        return {
            "role": role,
            "name": party.name,
            "tax_id": party.tax_id,
            "ie": party.ie,
            "street": address.street,
            "number": address.number,
            "district": address.district,
            "city": address.city,
            "city_code": address.city_code,
            "uf": address.uf,
            "zip": address.zip,
            "email": party.email,
        }
