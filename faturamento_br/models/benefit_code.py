import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .official_code import printable

#: The form the layout gives a cBenef (NF-e 4.00, I05f).
BENEFIT = re.compile(r"[0-9A-Z]{8}|[0-9A-Z]{10}|SEM CBENEF")


class BenefitCode(models.Model):
    """A state's code of a tax benefit (cBenef).

    Each state publishes a table of its own and changes it when it likes; none comes with the add-on. The accountant
    keeps those the companies use, by hand or from a spreadsheet.
    """

    _name = "faturamento_br.benefit_code"
    _inherit = ["faturamento_br.official_code"]
    _description = "cBenef"
    _order = "state_id, code"

    state_id = fields.Many2one(
        "res.country.state", "UF", required=True, domain=[("country_id.code", "=", "BR")], ondelete="restrict"
    )

    _code_unique = models.Constraint("UNIQUE(code)", "This cBenef is there already.")

    @api.model
    def _fbr_read(self, text):
        found = re.match(rf"(?:{BENEFIT.pattern})(?=\s|$)", str(text or "").strip().upper())
        return found and found[0]

    @api.model
    def _fbr_written(self, code):
        return code or ""

    @api.constrains("code")
    def _check_code(self):
        for benefit in self:
            if not BENEFIT.fullmatch(benefit.code):
                raise ValidationError(
                    self.env._(
                        "cBenef %s is not right: the state's table has codes of 8 or 10 characters, or SEM CBENEF.",
                        printable(benefit.code),
                    )
                )
