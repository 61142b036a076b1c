from odoo import api, fields, models

from ..fiscal.rules.overlap import outweighed
from .tax_rule_book import CRITERIA

#: Rows named in a form.
SHOWN = 3


class TaxRule(models.Model):
    """What a row's weight means for other rows, told where the row is written."""

    _inherit = "faturamento_br.tax_rule"

    operation_name = fields.Char("Sales", compute="_compute_operation_name")
    outweighed = fields.Text("Decides before", compute="_compute_outweighed")

    @api.depends("operation_id.name")
    def _compute_operation_name(self):
        for rule in self:
            rule.operation_name = rule.operation_id.name or self.env._("Every sale")

    @api.depends(*CRITERIA)
    def _compute_outweighed(self):
        """A rule of a state for every sale wins over what an operation says of its own goods: that surprises people."""
        for rule in self:
            rule.outweighed = False
            if rule.operation_id or not rule.state_id or not rule.company_id:
                continue
            company = rule.company_id._origin.sudo()
            book, origin = self._fbr_book(company.id), company.partner_id.state_id.code or ""
            found = (other for said in rule._fbr_core_rules() for other in outweighed(book, said, origin))
            ids = dict.fromkeys(int(other.ref) for other in found)
            others = self.browse(ids).exists().filtered("operation_id") - rule._origin
            if others:
                names = ", ".join(other.display_name for other in others[:SHOWN])
                rule.outweighed = self.env._(
                    "In %(state)s this rule decides before %(count)s rows of operations: %(names)s. If it is not for "
                    "all of them, choose an operation, or give the operation a row of its own for this state.",
                    state=rule.state_id.name,
                    count=len(others),
                    names=names + ("…" if len(others) > SHOWN else ""),
                )
