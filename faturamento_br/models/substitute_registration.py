from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fiscal.ie import is_ie, normalize_ie


class SubstituteRegistration(models.Model):
    """A company's registration as tax substitute in another state: emit/IEST of its NF-e to that state."""

    _name = "faturamento_br.substitute_registration"
    _description = "Registration as tax substitute"
    _order = "company_id, state_id"
    _rec_name = "ie"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", default=lambda self: self.env.company
    )
    state_id = fields.Many2one(
        "res.country.state", "UF", required=True, ondelete="restrict", domain="[('country_id.code', '=', 'BR')]"
    )
    ie = fields.Char("IE as substitute (IEST)", required=True)

    _state_unique = models.Constraint(
        "UNIQUE(company_id, state_id)", "The company already has a registration as tax substitute in this state."
    )

    @api.constrains("ie", "state_id", "company_id")
    def _check_ie(self):
        """The number must be one of the state where it counts (rejection 211), which is not the company's own."""
        wrong = []
        for each in self:
            uf = each.state_id.code
            if each.state_id == each.company_id.state_id:
                wrong.append(
                    self.env._(
                        "%(state)s is the company's own state: the IE there is its own.", state=each.state_id.name
                    )
                )
            elif each.state_id.country_id.code != "BR" or not is_ie(normalize_ie(each.ie), uf):
                wrong.append(
                    self.env._(
                        "“%(ie)s” is not a valid IE of %(uf)s. Correct the IE or the state.", ie=each.ie[:40], uf=uf
                    )
                )
        if wrong:
            raise ValidationError("\n".join(wrong))
