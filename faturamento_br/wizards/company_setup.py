import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal.problems import FiscalError
from ..fiscal.taxes import simples
from ..models.line_amounts import exact
from ..models.problem_text import text_of
from ..models.res_company import CRTS, PIS_COFINS_REGIMES
from ..models.res_company_activity import ACTIVITIES, CUSTOMERS

#: Fields of the dialog that are the company's, and those that are its partner's.
OF_COMPANY = (
    *("name", "fbr_crt", "fbr_pis_cofins_regime", "logo"),
    *("fbr_activity", "fbr_imports", "fbr_sells_to"),
)
OF_PARTNER = (
    *("vat", "l10n_br_ie_code", "l10n_br_im_code", "street_name", "street_number", "street_number2", "street2"),
    *("city_id", "zip", "phone", "email"),
)


class CompanySetup(models.TransientModel):
    """A company's data for its NF-e, in one dialog; the first time it also makes the company ready to issue.

    Country, currency, chart of accounts, taxes and operations, and the simulator with a throwaway certificate: what an
    administrator would otherwise look for in six places.
    """

    _name = "faturamento_br.company.setup"
    _description = "Company data for the NF-e"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    first_time = fields.Boolean(compute="_compute_first_time")
    name = fields.Char("Company name", help="As in the CNPJ register.")
    vat = fields.Char("CNPJ")
    l10n_br_ie_code = fields.Char("State registration (IE)")
    l10n_br_im_code = fields.Char("Municipal registration (IM)")
    fbr_crt = fields.Selection(CRTS, "Tax regime (CRT)", default="3", required=True)
    fbr_pis_cofins_regime = fields.Selection(
        PIS_COFINS_REGIMES, "PIS/COFINS regime", default="non_cumulative", required=True
    )
    fbr_activity = fields.Selection(ACTIVITIES, "What it does", default="resale", required=True)
    fbr_imports = fields.Boolean("Imports what it sells")
    fbr_sells_to = fields.Selection(CUSTOMERS, "Sells to", default="all", required=True)
    gives_credit = fields.Boolean(
        "Gives credit of ICMS",
        help="Contributors who resell or industrialise take a credit (CSOSN 101). Its rate follows the revenue: come "
        "back here each month.",
    )
    revenue = fields.Float(
        "Revenue of the last 12 months", digits=(16, 2), help="RBT12, until the month before, in BRL."
    )
    credit_rate = fields.Float("Credit %", digits=(7, 4), compute="_compute_credit_rate", help="pCredSN.")
    credit_problem = fields.Char(compute="_compute_credit_rate")
    zip = fields.Char("CEP")
    street_name = fields.Char("Street")
    street_number = fields.Char("Number")
    street_number2 = fields.Char("Complement")
    street2 = fields.Char("District")
    city_id = fields.Many2one("res.city", domain="[('country_id.code', '=', 'BR')]")
    state_id = fields.Many2one(related="city_id.state_id", string="UF")
    phone = fields.Char()
    email = fields.Char("E-mail")
    logo = fields.Binary()

    @api.depends("company_id")
    def _compute_first_time(self):
        for setup in self:
            setup.first_time = not setup.company_id._fbr_issues()

    @api.depends("gives_credit", "revenue", "fbr_activity")
    def _compute_credit_rate(self):
        """pCredSN of this month, by Annex I (commerce) or II (industry)."""
        day = fields.Date.context_today(self)
        for setup in self:
            setup.credit_rate, setup.credit_problem = 0.0, False
            if setup.gives_credit:
                annex = "2" if setup.fbr_activity == "production" else "1"
                revenue = exact(setup, "revenue") or None
                try:
                    setup.credit_rate = float(simples.credit_rate(annex, revenue, day))
                except FiscalError as error:
                    setup.credit_problem = " ".join(text_of(self.env, problem) for problem in error.problems)

    @api.model
    def default_get(self, names):
        """What is known already."""
        values = super().default_get(names)
        company = self.env["res.company"].browse(values.get("company_id") or self.env.company.id)
        for record, own in ((company, OF_COMPANY), (company.partner_id, OF_PARTNER)):
            for name in set(own) & set(names):
                value = record[name]
                if value or name not in ("fbr_activity", "fbr_sells_to"):  # a first answer is proposed
                    values[name] = value.id if name.endswith("_id") else value
        if "logo" in names and company.uses_default_logo:
            values["logo"] = False
        return values

    @api.onchange("zip")
    def _onchange_zip(self):
        """The city of a CEP, from Odoo's ranges; a city chosen by hand in the same range stays."""
        digits = re.sub(r"\D", "", self.zip or "")
        if len(digits) == 8:
            self.zip = f"{digits[:5]}-{digits[5:]}"
            found = self.env["l10n_br.zip.range"].search([("start", "<=", self.zip), ("end", ">=", self.zip)], limit=1)
            if found:
                self.city_id = found.city_id

    def action_apply(self):
        """Keep what was typed; the first time, make the company ready to issue in the simulator.

        :raises UserError: the company keeps books of another country, or a value is refused where it is kept.
        """
        self.ensure_one()
        company, first_time = self.company_id, self.first_time
        company.check_access("write")
        books = company.root_id
        if books.account_fiscal_country_id.code != "BR" or books.chart_template != "br":
            self._make_brazilian(books)
        if company.account_fiscal_country_id.code != "BR":  # a branch is born without a country
            company.country_id = self.env.ref("base.br")
            company.account_fiscal_country_id = self.env.ref("base.br")
        partner = {name: self[name] for name in OF_PARTNER if name != "city_id"}
        if self.city_id:
            partner |= {"city_id": self.city_id.id, "city": self.city_id.name, "state_id": self.city_id.state_id.id}
        else:
            partner["city_id"] = False
        company.partner_id.write({**partner, "country_id": self.env.ref("base.br").id, "is_company": True})
        own = {name: self[name] for name in OF_COMPANY if name != "logo"}
        if self.logo:
            own["logo"] = self.logo
        company.write({**own, "name": self.name or company.name})
        if not company.fbr_nfe_enabled:
            company.fbr_nfe_enabled = True
        company._fbr_apply_activity()
        if self.gives_credit and self.fbr_crt == "1":
            if self.credit_problem:
                raise UserError(self.credit_problem)
            rules = self.env["faturamento_br.tax_rule"]
            rules._fbr_give_credit(company, self.credit_rate, fields.Date.context_today(self).replace(day=1))
        if company.fbr_environment == "simulator" and company._fbr_tax_id() and not company._fbr_get_certificate():
            company._fbr_use_simulator()
        # The first time the whole web client: its currency, its menus, its tours are another country's.
        return {"type": "ir.actions.client", "tag": "reload"} if first_time else {"type": "ir.actions.act_window_close"}

    def _make_brazilian(self, company):
        """Country, currency and chart of accounts, of the company whose books they are.

        :raises UserError: it has entries already, in another chart.
        """
        if company._existing_accounting():
            raise UserError(
                self.env._(
                    "%s keeps books with another country's chart of accounts. Create a company of its own for Brazil, "
                    "and set that one up.",
                    company.name,
                )
            )
        brazil = self.env.ref("base.br")
        real = self.env.ref("base.BRL").sudo()
        real.active = True
        before = company.currency_id
        company.write({"country_id": brazil.id, "currency_id": real.id})
        self._make_pricelists_brazilian(company, before)
        company.account_fiscal_country_id = brazil
        self.env["account.chart.template"].try_loading("br", company, install_demo=False)

    def _make_pricelists_brazilian(self, company, before):
        """Pricelists in the currency that the company had, which no order and no price of theirs uses: Odoo brings one
        in dollars, and each quotation would be in it."""
        pricelists = self.env["product.pricelist"].search(
            [("company_id", "in", [False, company.id]), ("currency_id", "=", before.id), ("item_ids", "=", False)]
        )
        others = (
            self.env["res.company"].sudo().search_count([("id", "!=", company.id), ("currency_id", "=", before.id)])
        )
        if others:  # they sell by those that belong to nobody
            pricelists = pricelists.filtered("company_id")
        used = self.env["sale.order"].sudo().search([("pricelist_id", "in", pricelists.ids)]).pricelist_id
        (pricelists - used).currency_id = company.currency_id
