from odoo.addons.l10n_br.controllers.portal import L10nBRPortalAccount
from odoo.http import request

LONGEST_ID = 9  # digits of a record's id that PostgreSQL's integer surely holds


class FaturamentoPortalAccount(L10nBRPortalAccount):
    """The customer's own address form: what the billing user would be told is told to the customer, before it is saved.

    Only where the portal's company issues NF-e.
    """

    def _parse_form_data(self, form_data):
        """A choice that is no record is no choice; a CEP chooses the city and the state that were left empty."""
        if not request.env.company._fbr_issues():
            return super()._parse_form_data(form_data)
        Partner = request.env["res.partner"].sudo()
        for name, value in form_data.items():
            if name in Partner._fields and Partner._fields[name].type == "many2one":
                form_data[name] = existing_id(Partner._fields[name].comodel_name, value)
        address_values, extra = super()._parse_form_data(form_data)
        if "zip" in address_values:
            empty = {name for name in ("city_id", "state_id", "country_id") if not address_values.get(name)}
            given = {name: value for name, value in address_values.items() if name not in empty}
            [address_values] = ({**address_values, **each} for each in Partner._fbr_in_order([given]))
        return address_values, extra

    def _validate_address_values(self, address_values, partner_sudo, *args, **kwargs):
        invalid, missing, messages = super()._validate_address_values(address_values, partner_sudo, *args, **kwargs)
        if request.env.company._fbr_issues():
            Partner = request.env["res.partner"].sudo()
            written = Partner.new({name: value for name, value in address_values.items() if name in Partner._fields})
            for field, problem in (("zip", written._fbr_wrong_zip()), ("zip", written._fbr_wrong_pair())):
                if problem:
                    invalid.add(field)
                    messages.append(problem)
        return invalid, missing, messages


def existing_id(model, value):
    """``value`` of a form if it is the id of a record; otherwise ``""``."""
    value = str(value).strip()
    if not (value.isascii() and value.isdigit() and len(value) <= LONGEST_ID):
        return ""
    return value if request.env[model].sudo().browse(int(value)).exists() else ""
