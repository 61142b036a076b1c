import csv
import re
import unicodedata
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import ormcache
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
        self.env.registry.clear_cache()
        if self.env["res.company"].sudo().search_count([("fbr_nfe_enabled", "=", True)], limit=1):
            self._fbr_choose_cities()

    @api.model
    def _fbr_choose_cities(self):
        """Let addresses in Brazil take their city from the list: a typed name has no IBGE code."""
        self.env.ref("base.br").sudo().enforce_cities = True

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if {"name", "state_id", "fbr_ibge_code"} & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    def _fbr_named(self, name, state):
        """The cities with an IBGE code called ``name``, however it is written, in ``state`` or, without one, anywhere.

        Accents, case, punctuation and an appended UF (``São Paulo/SP``) make no difference.
        """
        found = self._fbr_cities_by_name().get(plain_name(name), ())
        if not found and (match := re.fullmatch(r"(.+?)\s*[-/(]\s*([A-Za-z]{2})\)?\s*", name or "")):
            uf = match[2].upper()
            found = [city for city in self._fbr_cities_by_name().get(plain_name(match[1]), ()) if city[2] == uf]
        return self.browse(city for city, state_id, _uf in found if not state or state_id == state.id)

    @api.model
    @ormcache()
    def _fbr_cities_by_name(self):
        """``{plain name: ((id, state id, UF), …)}`` of the cities with an IBGE code, in every language."""
        self.env.cr.execute(
            """
            SELECT city.id, city.state_id, state.code, city.name
              FROM res_city city
              JOIN res_country_state state ON state.id = city.state_id
             WHERE city.fbr_ibge_code IS NOT NULL
            """
        )
        cities = defaultdict(dict)
        for city, state, uf, names in self.env.cr.fetchall():
            for name in set(names.values()):
                cities[plain_name(name)][city] = (city, state, uf)
        return {name: tuple(same.values()) for name, same in cities.items()}

    @api.model
    def _fbr_of_zips(self, zips):
        """The city of each CEP, by Odoo's ranges, in one query.

        :param zips: CEPs of 8 digits.
        :return: ``{CEP: city}``, without those that no range holds.
        """
        zips = sorted(set(zips))
        if not zips:
            return {}
        self.env["l10n_br.zip.range"].flush_model()
        self.env.cr.execute(
            """
            SELECT given.zip, range.city_id
              FROM unnest(%s) AS given (zip)
              JOIN LATERAL (SELECT city_id, "end"
                              FROM l10n_br_zip_range
                             WHERE start <= given.zip
                             ORDER BY start DESC
                             LIMIT 1) range ON range."end" >= given.zip
            """,
            [[f"{text[:5]}-{text[5:]}" for text in zips]],
        )
        found = {text.replace("-", ""): city for text, city in self.env.cr.fetchall()}
        together = set(found.values())
        return {text: self.browse(city).with_prefetch(together) for text, city in found.items()}


def plain_name(name):
    """A city's name without accents, case and punctuation: ``Olho-d'Água`` is ``olho d agua``."""
    decomposed = unicodedata.normalize("NFKD", name or "")
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", letters.replace("'", "").replace("’", "")).lower().split())
