from odoo import api, fields, models
from odoo.fields import Domain

from ..fiscal.documents.nfe.registers import recipient_problems
from ..fiscal.problems import _
from .party_values import emails_of, recipient_party
from .problem_text import text_of
from .res_partner_address import zip_digits

#: How a list calls what is missing; what has no name here is told in the problem's own words.
NAMES = {
    "tax_id": _("CNPJ/CPF"),
    "foreign_id": _("foreign document"),
    "name": _("name"),
    "ie": _("IE"),
    "ie_indicator": _("ICMS registration"),
    "suframa": _("SUFRAMA"),
    "email": _("e-mail"),
    "address.street": _("street"),
    "address.number": _("number"),
    "address.district": _("district"),
    "address.city": _("city"),
    "address.city_code": _("city"),
    "address.uf": _("state"),
    "address.zip": _("CEP"),
    "address.phone": _("phone"),
}
#: Columns without which no customer in Brazil is ready: what SQL alone can tell.
NEEDED = ("vat", "street", "street2", "city_id", "state_id")


class ResPartner(models.Model):
    """What each customer lacks for an NF-e, in words, and the list of those who lack something.

    Nothing is stored: the rules are the NF-e's own (:func:`~..fiscal.documents.nfe.registers.recipient_problems`), so
    the list never says other than the invoice will, after an update of the rules too.
    """

    _inherit = "res.partner"

    fbr_missing = fields.Char(
        "Missing for NF-e",
        compute="_compute_fbr_missing",
        help="What keeps an NF-e to this customer from being issued.",
    )
    fbr_missing_help = fields.Text("How to complete it", compute="_compute_fbr_missing")
    fbr_advice = fields.Char(
        "Advisable for NF-e",
        compute="_compute_fbr_missing",
        help="What an NF-e can do without, but its customer or carrier hardly can.",
    )
    fbr_is_ready = fields.Boolean("Ready for NF-e", compute="_compute_fbr_missing", search="_search_fbr_is_ready")

    @api.depends_context("company", "lang")
    @api.depends(
        "name",
        "vat",
        "email",
        "zip",
        "street",
        "street_name",
        "street_number",
        "street_number2",
        "street2",
        "city_id.fbr_ibge_code",
        "city_id.name",
        "state_id.code",
        "country_id",
        "phone",
        "l10n_br_ie_code",
        "l10n_br_im_code",
        "l10n_br_isuf_code",
        "l10n_latam_identification_type_id",
        "fbr_ie_indicator",
    )
    def _compute_fbr_missing(self):
        checked = self.filtered(lambda partner: partner._fbr_is_customer() and partner._fbr_is_checked())
        rest = self - checked
        rest.fbr_missing = rest.fbr_missing_help = rest.fbr_advice = False
        rest.fbr_is_ready = True
        zips = {zip_digits(partner.zip) for partner in checked}
        cities = self.env["res.city"]._fbr_of_zips(text for text in zips if len(text) == 8)
        for partner in checked:
            problems = partner._fbr_register_problems()
            partner.fbr_is_ready = not problems
            names = dict.fromkeys(partner._fbr_problem_name(problem) for problem in problems)
            partner.fbr_missing = ", ".join(names)
            partner.fbr_missing_help = "\n".join(text_of(self.env, problem) for problem in problems)
            partner.fbr_advice = ", ".join(partner._fbr_advices(cities.get(zip_digits(partner.zip))))

    def _fbr_is_customer(self):
        """Whether an NF-e could be to this partner: contacts and addresses belong to another, who is its recipient."""
        return not self.parent_id or self.is_company

    def _fbr_register_problems(self):
        """The core's problems with this customer, whoever sells to it; paths begin with ``recipient``."""
        return list(recipient_problems(recipient_party(self, self)))

    def _fbr_problem_name(self, problem):
        name = NAMES.get(problem.path.removeprefix("recipient."))
        if not name:
            return text_of(self.env, problem)
        name = self.env._(name)  # pylint: disable=translation-not-lazy
        return (
            name
            if problem.code == "missing" or problem.params.get("value") == ""
            else self.env._("%(what)s (wrong)", what=name)
        )

    def _fbr_advices(self, city_of_zip):
        if not emails_of(self.email):
            yield self.env._("e-mail")
        if not self._fbr_is_brazilian():
            return
        if not self.zip:
            yield self.env._("CEP")
        elif city_of_zip and self.city_id and city_of_zip != self.city_id:
            yield self.env._("CEP of another city (%(city)s)", city=city_of_zip.name)
        if not self.street_number:
            yield self.env._("number of the address (S/N will be written)")

    @api.model
    def _search_fbr_is_ready(self, operator, value):
        """Customers by readiness: SQL finds who lacks a column, and only the others are read and checked."""
        if operator != "in":
            return NotImplemented
        if set(value) == {True, False}:
            return Domain.TRUE
        companies = [company.id for company in self.env.companies if company._fbr_issues()]
        if self.env.company._fbr_issues():
            companies.append(False)
        customers = Domain("parent_id", "=", False) | Domain("is_company", "=", True)
        customers &= Domain("company_id", "in", companies)
        abroad = Domain("country_id", "!=", False) & Domain("country_id.code", "!=", "BR")
        lacking = ~abroad & Domain.OR(Domain(name, "=", False) for name in NEEDED)
        complete = self.sudo().with_context(active_test=False).search(customers & ~lacking)
        wrong = [partner.id for partner in complete if partner._fbr_register_problems()]
        not_ready = customers & (lacking | Domain("id", "in", wrong))
        return ~not_ready if True in value else not_ready
