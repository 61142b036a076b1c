from odoo import api, fields, models, tools

from ..fiscal.taxes import approximate_table as core
from .line_amounts import exact


class ApproximateTable(models.Model):
    """A table of the approximate taxes in a price that a company uploaded (IBPT, "De Olho no Imposto"; Lei 12.741).

    One for each company, state and version. Older versions stay: a document is told the rates of its own day.
    """

    _name = "faturamento_br.approximate_table"
    _description = "Table of approximate taxes"
    _order = "company_id, state_id, valid_from desc, id desc"
    _rec_name = "version"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    state_id = fields.Many2one("res.country.state", "UF", required=True, readonly=True, ondelete="restrict")
    version = fields.Char(required=True, readonly=True)
    valid_from = fields.Date("In force from", required=True, readonly=True)
    valid_to = fields.Date("In force until", required=True, readonly=True)
    line_ids = fields.One2many("faturamento_br.approximate_rate", "table_id", "Rates", readonly=True)
    line_count = fields.Integer("Codes", readonly=True)
    state = fields.Selection(
        [("waiting", "Not yet in force"), ("valid", "In force"), ("expired", "Expired")], compute="_compute_state"
    )

    _version_unique = models.Constraint(
        "UNIQUE(company_id, state_id, version)", "This version of the state's table is there already."
    )

    @api.depends("valid_from", "valid_to")
    @api.depends_context("uid")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for table in self:
            begins, ends = table.valid_from or today, table.valid_to or today
            table.state = "waiting" if begins > today else "expired" if ends < today else "valid"

    @api.depends("state_id.code", "version")
    def _compute_display_name(self):
        for table in self:
            table.display_name = f"IBPT {table.state_id.code or ''} {table.version or ''}"

    @api.model
    def _fbr_upload(self, company, state, content):
        """Keep the table in the bytes ``content``; the same version uploaded again takes the place of what was there.

        :return: the table.
        :raises FiscalError: every mistake of the file, by line.
        """
        rows = core.parse(content).rows
        every = [row for found in rows.values() for row in found]
        version = " / ".join(dict.fromkeys(row.version for row in every))
        self.search([("company_id", "=", company.id), ("state_id", "=", state.id), ("version", "=", version)]).unlink()
        return self.create(
            {
                "company_id": company.id,
                "state_id": state.id,
                "version": version,
                "valid_from": min(row.valid_from for row in every),
                "valid_to": max(row.valid_to for row in every),
                "line_count": len(every),
                "line_ids": [
                    fields.Command.create(self.env["faturamento_br.approximate_rate"]._fbr_values(key, row))
                    for key, found in rows.items()
                    for row in found
                ],
            }
        )

    @api.model
    @tools.ormcache("company_id", "uf")
    def _fbr_periods(self, company_id, uf):
        """The tables of a company for a UF, the newest first: their ids and days."""
        domain = [("company_id", "=", company_id), ("state_id.code", "=", uf), ("state_id.country_id.code", "=", "BR")]
        tables = self.sudo().search(domain, order="valid_from desc, id desc")
        return tuple((table.id, table.valid_from, table.valid_to) for table in tables)

    @api.model
    @tools.ormcache("table_id", "codes")
    def _fbr_rates(self, table_id, codes):
        """The rows of a table for the NCMs ``codes`` (a tuple, sorted), as the core's Table."""
        lines = (
            self.env["faturamento_br.approximate_rate"]
            .sudo()
            .search([("table_id", "=", table_id), ("kind", "=", core.GOODS), ("code", "in", codes)])
        )
        rows = {}
        for line in lines:
            rows.setdefault((line.kind, line.code, line.exception or ""), []).append(line._fbr_row())
        return core.Table({key: tuple(found) for key, found in rows.items()})

    @api.model_create_multi
    def create(self, vals_list):
        tables = super().create(vals_list)
        self.env.registry.clear_cache()
        return tables

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()


class ApproximateRate(models.Model):
    """A line of the table: NCM, NBS or item of LC 116, with its rates in per cent."""

    _name = "faturamento_br.approximate_rate"
    _description = "Rate of approximate taxes"
    _order = "kind, code, exception, valid_from"
    _rec_name = "code"
    _log_access = False

    table_id = fields.Many2one("faturamento_br.approximate_table", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection([("0", "NCM"), ("1", "NBS"), ("2", "Service (LC 116)")], required=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    exception = fields.Char("Ex", readonly=True)
    national_rate = fields.Float("Federal %, national", digits=(7, 4), readonly=True)
    imported_rate = fields.Float("Federal %, imported", digits=(7, 4), readonly=True)
    state_rate = fields.Float("State %", digits=(7, 4), readonly=True)
    city_rate = fields.Float("City %", digits=(7, 4), readonly=True)
    valid_from = fields.Date(required=True, readonly=True)
    valid_to = fields.Date(required=True, readonly=True)
    source = fields.Char(readonly=True)

    _code_index = models.Index("(table_id, code)")

    @api.model
    def _fbr_values(self, key, row):
        """Values of a line, from the core's ``Row`` and its key."""
        kind, code, exception = key
        values = {name: float(value) if name.endswith("rate") else value for name, value in vars(row).items()}
        del values["version"]
        return {**values, "kind": kind, "code": code, "exception": exception}

    def _fbr_row(self):
        """The line as the core's ``Row``."""
        rates = (exact(self, name) for name in ("national_rate", "imported_rate", "state_rate", "city_rate"))
        return core.Row(*rates, self.valid_from, self.valid_to, self.source or "")
