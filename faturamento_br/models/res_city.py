import csv

from odoo import api, fields, models
from odoo.tools.misc import file_open


class ResCity(models.Model):
    """Cities with the IBGE code that every fiscal document demands (cMun)."""

    _inherit = "res.city"

    fbr_ibge_code = fields.Char("IBGE code", size=7, index="btree_not_null")

    _fbr_ibge_code_unique = models.UniqueIndex(
        "(fbr_ibge_code) WHERE fbr_ibge_code IS NOT NULL", "Another city has this IBGE code."
    )

    @api.model
    def _fbr_load_ibge_codes(self):
        """Give Odoo's own Brazilian cities their IBGE codes, in one statement.

        Runs at every install and update (``data/res_city_data.xml``); a code that is there stays.
        """
        with file_open("faturamento_br/data/ibge_cities.csv") as file:
            cities = [(row["xmlid"], row["ibge_code"]) for row in csv.DictReader(file)]
        xmlids, codes = map(list, zip(*cities, strict=True))
        self.flush_model(["fbr_ibge_code"])
        self.env.cr.execute(
            """
            UPDATE res_city city
               SET fbr_ibge_code = given.code
              FROM unnest(%s, %s) AS given (xmlid, code)
              JOIN ir_model_data data ON data.module = 'l10n_br' AND data.model = 'res.city' AND data.name = given.xmlid
             WHERE city.id = data.res_id
               AND city.fbr_ibge_code IS NULL
            """,
            [xmlids, codes],
        )
        self.invalidate_model(["fbr_ibge_code"])
