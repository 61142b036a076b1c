import base64
import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal.problems import FiscalError
from ..models.problem_text import text_of

#: Mistakes shown of a file; a wrong file has one in each of its thousands of lines.
SHOWN = 40


class ApproximateUpload(models.TransientModel):
    """Upload a state's table of IBPT."""

    _name = "faturamento_br.approximate_upload"
    _description = "Upload IBPT's table"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    file = fields.Binary("CSV file", required=True, attachment=False)
    file_name = fields.Char()
    state_id = fields.Many2one(
        "res.country.state",
        "UF",
        compute="_compute_state_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        domain="[('country_id.code', '=', 'BR')]",
        help="The state the goods are sold from. The file does not say it: only its name does.",
    )

    @api.depends("company_id", "file_name")
    def _compute_state_id(self):
        """The UF in the file's name (TabelaIBPTaxSP26.1.L.csv), or the company's."""
        states = {state.code: state for state in self.env.ref("base.br").state_ids}
        for wizard in self:
            found = re.search(r"ibptax\W*([a-z]{2})", wizard.file_name or "", re.IGNORECASE)
            named = states.get(found[1].upper()) if found else None
            wizard.state_id = named or wizard.state_id or wizard.company_id.state_id

    def action_upload(self):
        """Keep the table, and show it.

        :raises UserError: every mistake of the file, with its line.
        """
        self.ensure_one()
        tables = self.env["faturamento_br.approximate_table"]
        try:
            table = tables._fbr_upload(self.company_id, self.state_id, base64.b64decode(self.file))
        except FiscalError as error:
            raise UserError(self._told(error.problems)) from error
        return table._get_records_action(name=table.display_name)

    def _told(self, problems):
        shown = [self._told_one(problem) for problem in problems[:SHOWN]]
        if more := len(problems) - len(shown):
            shown.append(self.env._("… and %s more.", more))
        return "\n".join([self.env._("Nothing was kept of the file:"), *shown])

    def _told_one(self, problem):
        line = re.match(r"lines\[(\d+)\]", problem.path)
        text = text_of(self.env, problem)
        return self.env._("Line %(line)s: %(problem)s", line=line[1], problem=text) if line else text
