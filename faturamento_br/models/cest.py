from odoo import api, fields, models, tools
from odoo.fields import Domain

from .official_code import table_rows

DOOR_TO_DOOR = "28"


class Cest(models.Model):
    """The Código Especificador da Substituição Tributária: goods that may be under ICMS-ST.

    Source: Convênio ICMS 142/2018 and its annexes. The NCMs of an item are beginnings of codes, and not every product
    with that NCM is the one its description means.
    """

    _name = "faturamento_br.cest"
    _inherit = ["faturamento_br.official_code"]
    _description = "CEST"
    _fbr_groups = (2, 3, 2)

    ncm_prefixes = fields.Char("NCM", help="Beginnings of the NCMs that this item names, separated by blanks.")
    ncm_ids = fields.Many2many("faturamento_br.ncm", compute="_compute_ncm_ids", string="NCM of these goods")

    _code_unique = models.Constraint("UNIQUE(code)", "This CEST is there already.")

    @api.depends("ncm_prefixes")
    def _compute_ncm_ids(self):
        ncm = self.env["faturamento_br.ncm"]
        for cest in self:
            prefixes = (cest.ncm_prefixes or "").split()
            domain = Domain.OR(Domain("code", "=like", prefix + "%") for prefix in prefixes)
            cest.ncm_ids = ncm.search(domain) if prefixes else False

    @api.model
    @tools.ormcache(cache="stable")
    def _fbr_by_prefix(self):
        """``{beginning of an NCM: ids of its CEST}``, but for the segment of sales from door to door.

        That segment has nearly all goods, when a company sells them so: whoever does knows.
        """
        found = {}
        domain = Domain("ncm_prefixes", "!=", False) & ~Domain("code", "=like", DOOR_TO_DOOR + "%")
        for row in self.sudo().search_read(domain, ["ncm_prefixes"]):
            for prefix in row["ncm_prefixes"].split():
                found.setdefault(prefix, []).append(row["id"])
        return found

    @api.model
    def _fbr_ids_for_ncm(self, ncm):
        """The ids of the CEST whose NCMs begin as ``ncm`` does, most specific first."""
        by_prefix = self._fbr_by_prefix()
        found = (by_prefix.get((ncm or "")[:length], ()) for length in range(8, 1, -1))
        return list(dict.fromkeys(cest for ids in found for cest in ids))

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Before anything is typed, offer those of the NCM in the context ``fbr_ncm``."""
        ids = [] if name else self._fbr_ids_for_ncm(self.env.context.get("fbr_ncm"))
        if ids:
            domain = Domain(domain or Domain.TRUE) & Domain("id", "in", ids)
        return super().name_search(name, domain, operator, limit)

    @api.model
    def _fbr_table(self):
        return [
            {"code": row["code"], "name": row["description"], "ncm_prefixes": row["ncm_prefixes"]}
            for row in table_rows("cest")
        ]
