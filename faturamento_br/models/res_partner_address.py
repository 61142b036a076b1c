import re

from odoo import api, models

from ..fiscal.digits import is_cnpj, is_cpf, normalize_tax_id
from ..fiscal.ie import normalize_ie
from ..fiscal.street import split_street
from .res_city import plain_name
from .res_partner import EXEMPT

#: What a user's keyboard does not type and the database or the XML refuses.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\ufeff\ud800-\udfff]")
PUT_TOGETHER = "fbr_street_put_together"
ADDRESS = {"zip", "city", "city_id", "state_id", "country_id"}


class ResPartner(models.Model):
    """Addresses and documents put in order as they are written: by a form, a spreadsheet, the portal or another system.

    Only for companies that issue NF-e, and only for addresses in Brazil. What is put in order here is what has one
    answer; the rest is told (``res_partner_checks.py``) or listed (``res_partner_readiness.py``).
    """

    _inherit = "res.partner"

    def _fbr_is_checked(self):
        """Whether this partner is in the register of a company that issues NF-e."""
        return (self.company_id or self.env.company)._fbr_issues()

    def _fbr_is_brazilian(self):
        """Whether the address is in Brazil; one without country and state is, for who sells from there."""
        country = self.country_id or self.state_id.country_id
        return not country or country.code == "BR"

    @api.model_create_multi
    def create(self, vals_list):
        if self._fbr_issues_for(vals_list):
            vals_list = self._fbr_in_order(vals_list)
        partners = super().create(vals_list)
        partners._fbr_check_written({name for vals in vals_list for name in vals})
        return partners

    def write(self, vals):
        if self and self[0]._fbr_is_checked():
            [vals] = self._fbr_in_order([vals])
        result = super().write(vals)
        self._fbr_check_written(set(vals))
        return result

    def _fbr_issues_for(self, vals_list):
        companies = self.env["res.company"].browse(
            {vals.get("company_id") or self.env.company.id for vals in vals_list}
        )
        return any(company._fbr_issues() for company in companies)

    def _fbr_in_order(self, vals_list):
        """``vals_list`` with its texts cleaned and its Brazilian addresses completed, in a few queries for all."""
        vals_list = [self._fbr_clean(vals) for vals in vals_list]
        relevant = [vals for vals in vals_list if ADDRESS & vals.keys() or "street" in vals]
        if not relevant:
            return vals_list
        zips = {zip_digits(vals.get("zip")) for vals in relevant}
        cities = self.env["res.city"]._fbr_of_zips(text for text in zips if len(text) == 8)
        named = (self.env["res.city"]._fbr_named(vals["city"], None) for vals in relevant if vals.get("city"))
        self.env["res.city"].union(*named, *cities.values()).fetch(["name", "state_id"])
        brazil = self.env.ref("base.br")
        for vals in relevant:
            self._fbr_complete_address(vals, cities, brazil)
        return vals_list

    def _fbr_clean(self, vals):
        """``vals`` without control characters, and with documents as the layouts want them."""
        cleaned = dict(vals)
        for name, value in vals.items():
            is_line = isinstance(value, str) and name in self._fields and self._fields[name].type == "char"
            if is_line and CONTROL.search(value):
                cleaned[name] = " ".join(CONTROL.sub(" ", value).split())
        if normalize_ie(cleaned.get("l10n_br_ie_code") or "") in (EXEMPT, "ISENTA", "ISENTO(A)"):
            cleaned["l10n_br_ie_code"] = EXEMPT
        bare = normalize_tax_id(cleaned.get("vat") or "")
        if is_cnpj(bare) or is_cpf(bare):
            cleaned["vat"] = bare
            self._fbr_choose_document(cleaned, bare)
        place = normalize_tax_id(cleaned.get("fbr_place_tax_id") or "")
        if is_cnpj(place) or is_cpf(place):
            cleaned["fbr_place_tax_id"] = place
        return cleaned

    def _fbr_choose_document(self, vals, bare):
        """The Brazilian type of identification that ``bare`` is, where the other one was chosen."""
        find = self.env["ir.model.data"]._xmlid_to_res_id
        cnpj, cpf = find("l10n_br.cnpj"), find("l10n_br.cpf")
        right, wrong = (cnpj, cpf) if is_cnpj(bare) else (cpf, cnpj)
        field = "l10n_latam_identification_type_id"
        chosen = vals[field] if field in vals else self[:1][field].id
        if right and chosen and chosen == wrong:
            vals[field] = right

    # --- The address ------------------------------------------------------------------------------------------------

    def _fbr_complete_address(self, vals, cities, brazil):
        """Complete ``vals`` in place: country and state of who wrote a CEP, the city of the list, the hyphen.

        :param cities: the city of each CEP.
        """
        importing = bool(self.env.context.get("import_file")) and not self.env.context.get(PUT_TOGETHER)
        country = self._fbr_value(vals, "country_id")
        digits = zip_digits(vals.get("zip"))
        of_zip = cities.get(digits, self.env["res.city"])
        state = self._fbr_state(vals, country, brazil, of_zip)
        if (country or state.country_id or brazil) != brazil:
            return
        if len(digits) == 8:
            vals["zip"] = f"{digits[:5]}-{digits[5:]}"
        city = self._fbr_city(vals, state, of_zip, importing)
        if city:
            vals["city_id"] = city.id
            vals["city"] = city.name
            state = city.state_id
            vals["state_id"] = state.id
        if (city or state or of_zip) and not country:
            vals["country_id"] = brazil.id
        if vals.get("street") and not vals.get("street_name") and {"street_number", "street_number2"} & vals.keys():
            vals["street_name"] = vals.pop("street")  # Odoo would put the line together without it
        elif importing and vals.get("street") and not vals.get("street_name"):
            self._fbr_split_street(vals)

    def _fbr_value(self, vals, name):
        """The record of ``name`` once ``vals`` is written."""
        if name in vals:
            return self.env[self._fields[name].comodel_name].browse(vals[name] or ())
        return self[:1][name]

    def _fbr_state(self, vals, country, brazil, of_zip):
        """The state; that of the row's own country where another country's was found by its letters (SC, AL, PA…)."""
        state = self._fbr_value(vals, "state_id")
        country = country or (brazil if of_zip else country)
        if vals.get("state_id") and country and state.country_id != country:
            same = [("country_id", "=", country.id), ("code", "=", state.code)]
            if own := self.env["res.country.state"].search(same, limit=1):
                vals["state_id"] = own.id
                return own
        return state

    def _fbr_city(self, vals, state, of_zip, importing):
        """The city of the list that ``vals`` means, if it says one; empty when it stays as it is or nobody can tell."""
        City = self.env["res.city"]
        if vals.get("city_id"):
            return self._fbr_chosen_city(vals, state, of_zip, importing)
        if vals.get("city"):
            named = City._fbr_named(vals["city"], state if vals.get("state_id") or not of_zip else state.browse())
            if of_zip and (of_zip in named or plain_name(vals["city"]) == plain_name(of_zip.name)):
                return of_zip if not vals.get("state_id") or of_zip.state_id == state else only(named)
            if not only(named) and "city_id" not in vals and plain_name(self[:1].city) != plain_name(vals["city"]):
                vals["city_id"] = False  # what was chosen before is another city
            return only(named)
        missing = not self[:1].city_id and (importing or not {"city", "city_id"} & vals.keys())
        if of_zip and missing and (not state or state == of_zip.state_id):
            return of_zip
        return City

    def _fbr_chosen_city(self, vals, state, of_zip, importing):
        """A city given as a record; a spreadsheet's is the first of that name, perhaps of another state."""
        city = self.env["res.city"].browse(vals["city_id"])
        if importing and of_zip and plain_name(of_zip.name) == plain_name(city.name):
            city = of_zip
        if not vals.get("state_id") or city.state_id == state:
            return city
        return only(self.env["res.city"]._fbr_named(city.name, state)) if importing else city.browse()

    def _inverse_street_data(self):
        """The line that Odoo puts together of its parts is not taken apart again."""
        return super(ResPartner, self.with_context(**{PUT_TOGETHER: True}))._inverse_street_data()

    def _fbr_split_street(self, vals):
        """Take a spreadsheet's street line apart: number and, where the row has none, district."""
        parts = split_street(vals["street"])
        if not parts.number and not parts.district:
            return
        complement = parts.complement
        if parts.district and not vals.get("street2"):
            vals["street2"] = parts.district
        elif parts.district and plain_name(parts.district) != plain_name(vals["street2"]):
            complement = ", ".join(filter(None, (complement, parts.district)))
        vals.pop("street")
        vals.update(street_name=parts.name, street_number=parts.number, street_number2=complement)

    # --- As it is typed ---------------------------------------------------------------------------------------------

    @api.onchange("zip", "country_id")
    def _onchange_fbr_zip(self):
        """Typing a CEP fills the city, the state and the country, from Odoo's own ranges: nothing is asked outside."""
        digits = zip_digits(self.zip)
        if not digits or not self._fbr_is_checked() or not self._fbr_is_brazilian():
            return None
        if len(digits) != 8:
            return self._fbr_warning(self.env._("“%(zip)s” is not a CEP: it has 8 digits.", zip=self.zip))
        self.zip = f"{digits[:5]}-{digits[5:]}"
        city = self.env["res.city"]._fbr_of_zips([digits]).get(digits)
        if not city:
            return self._fbr_warning(self.env._("No city has the CEP %(zip)s. Check it.", zip=self.zip))
        if city != self.city_id:
            self.city_id = city
            self.city = city.name
            self.state_id = city.state_id
            self.country_id = city.country_id
        return None

    @api.onchange("city_id")
    def _onchange_city_id(self):
        """Choosing a Brazilian city keeps the CEP, and says when it is another city's."""
        zip_code = self.zip
        super()._onchange_city_id()
        if self.city_id.country_id.code != "BR" or not self._fbr_is_checked():
            return None
        self.zip = zip_code
        self.country_id = self.city_id.country_id
        if not self.city_id.fbr_ibge_code:
            return self._fbr_warning(
                self.env._("%(city)s has no IBGE code: choose the city that has one.", city=self.city_id.name)
            )
        problem = self._fbr_wrong_pair()
        return self._fbr_warning(problem) if problem else None

    def _fbr_wrong_pair(self):
        """What to say of a CEP of another city than the one chosen; ``""`` where they agree or nobody knows."""
        digits = zip_digits(self.zip)
        of_zip = self.env["res.city"]._fbr_of_zips([digits]).get(digits) if len(digits) == 8 else None
        if not of_zip or not self.city_id or of_zip == self.city_id or not self._fbr_is_brazilian():
            return ""
        return self.env._(
            "The CEP %(zip)s is of %(zip_city)s/%(uf)s, not of %(city)s. Correct one of the two.",
            zip=self.zip,
            zip_city=of_zip.name,
            uf=of_zip.state_id.code,
            city=self.city_id.name,
        )

    def _fbr_warning(self, message):
        return {"warning": {"title": self.env._("Check this register"), "message": message, "type": "notification"}}


def zip_digits(text):
    """The digits of a CEP as typed."""
    return re.sub(r"[\s.\-]", "", text or "") if not re.search(r"[^\d\s.\-]", text or "") else text or ""


def only(records):
    """The one record, or none."""
    return records if len(records) == 1 else records.browse()
