from functools import cache

from odoo import api, fields, models, tools
from odoo.fields import Domain

from .official_code import cut, fold, table_rows

STEP = " › "


@cache
def called_words():
    """What people call the goods of an NCM, by the beginning of its code."""
    return {row["prefix"]: fold(row["words"]) for row in table_rows("ncm_words")}


class Ncm(models.Model):
    """The Nomenclatura Comum do Mercosul: what goods are, in 8 digits.

    Source: Siscomex, Nomenclatura vigente em 13/08/2026 (Resolução Gecex nº 926/2026), its tree of headings included;
    export units from the NF-e portal's table NCM x uTrib of 2026-02-01.
    """

    _name = "faturamento_br.ncm"
    _inherit = ["faturamento_br.official_code"]
    _description = "NCM"
    _fbr_groups = (4, 2, 2)

    export_unit = fields.Char(
        "Unit in foreign trade", help="uTrib that SEFAZ demands of exports and imports of these goods."
    )
    called = fields.Char("What people call it", compute="_compute_called", store=True, precompute=True)
    cest_ids = fields.Many2many("faturamento_br.cest", compute="_compute_cest_ids", string="CEST that may apply")

    _code_unique = models.Constraint("UNIQUE(code)", "This NCM is there already.")

    def _compute_cest_ids(self):
        cest = self.env["faturamento_br.cest"]
        for ncm in self:
            ncm.cest_ids = cest.browse(cest._fbr_ids_for_ncm(ncm.code))

    @api.model
    @tools.ormcache(cache="stable")
    def _fbr_export_units(self):
        """``{NCM: unit of foreign trade}``, of the codes that have one."""
        found = self.sudo().search_fetch([("export_unit", "!=", False)], ["code", "export_unit"])
        return {ncm.code: ncm.export_unit for ncm in found}

    @api.model
    def _fbr_short(self, name):
        """The last step with the one above it first, which tell a code from its neighbours; then the heading."""
        *above, last = name.split(STEP)
        shown = f"{cut(above[-1], 60)}: {cut(last, 80)}" if above else cut(last, 100)
        return f"{shown} ({cut(above[0], 40)})" if len(above) > 1 else shown

    @api.model
    def _fbr_words(self, code, name):
        return fold(name) + self._fbr_called(code)

    @api.model
    def _fbr_called(self, code):
        """What people call such goods (``data/ncm_words.csv``): the official text of a chair only says "assentos"."""
        called = called_words()
        return "".join(called.get((code or "")[:length], "") for length in (4, 5, 6, 7, 8))

    @api.depends("code")
    def _compute_called(self):
        for ncm in self:
            ncm.called = self._fbr_called(ncm.code)

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Goods that people call so come before those whose description only has the word somewhere."""
        if operator != "ilike" or not fold(name) or not limit:
            return super().name_search(name, domain, operator, limit)
        domain = Domain(domain or Domain.TRUE)
        called = self._fbr_domain_of_words(name, "called")
        first = self.search_fetch(domain & called, ["display_name"], limit=limit)
        rest = domain & self._fbr_domain_of_words(name, "words") & Domain("id", "not in", first.ids)
        found = first
        if len(first) < limit:
            found += self.search_fetch(rest, ["display_name"], limit=limit - len(first))
        return [(ncm.id, ncm.display_name) for ncm in found]

    @api.model
    def _fbr_table(self):
        steps, rows = {}, []
        for row in table_rows("ncm"):  # sorted: a heading comes before its codes
            code = row["code"]
            steps[code] = row["description"].rstrip(".")
            if len(code) == self._fbr_length():
                path = (steps.get(code[:length], "") for length in (4, 5, 6, 7, 8))
                rows.append(
                    {
                        "code": code,
                        "name": STEP.join(filter(None, path)),
                        "date_start": row["start"],
                        "date_end": row["end"],
                        "export_unit": row["export_unit"],
                        "called": self._fbr_called(code),
                    }
                )
        return rows
