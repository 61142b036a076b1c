from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

from ..fiscal.ie import normalize_ie

CRTS = [
    ("1", "1 - Simples Nacional"),
    ("2", "2 - Simples Nacional above the sublimit"),
    ("3", "3 - Normal regime"),
    ("4", "4 - MEI"),
]
PIS_COFINS_REGIMES = [
    ("non_cumulative", "Non-cumulative (1.65 % and 7.6 %)"),
    ("cumulative", "Cumulative (0.65 % and 3 %)"),
]


class ResCompany(models.Model):
    """The company as a taxpayer."""

    _inherit = "res.company"

    fbr_nfe_enabled = fields.Boolean("Issue NF-e", copy=False)
    fbr_crt = fields.Selection(CRTS, "Tax regime (CRT)", default="3", required=True)
    fbr_pis_cofins_regime = fields.Selection(
        PIS_COFINS_REGIMES,
        "PIS/COFINS regime",
        default="non_cumulative",
        required=True,
        help="For companies outside Simples Nacional. The rates of rules nobody has edited follow it.",
    )
    fbr_pays_ipi = fields.Boolean(
        "IPI taxpayer",
        default=True,
        help="Industry, importer or equated to them (RIPI, Decreto 7.212/2010, arts. 8 to 11). Otherwise the NF-e have "
        "no IPI, whatever products that other companies share say.",
    )
    fbr_substitute_ids = fields.One2many(
        "faturamento_br.substitute_registration", "company_id", "Registrations as tax substitute"
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies.filtered("fbr_nfe_enabled")._fbr_enable()
        return companies

    def write(self, vals):
        switched_on = (
            self.filtered(lambda company: not company.fbr_nfe_enabled) if vals.get("fbr_nfe_enabled") else self.browse()
        )
        result = super().write(vals)
        switched_on._fbr_enable()
        if {"country_id", "account_fiscal_country_id", "fbr_nfe_enabled"} & vals.keys():
            self.env.registry.clear_cache()  # the menus that users see go by it
        if {"fbr_crt", "fbr_pis_cofins_regime"} & vals.keys():
            self.env["faturamento_br.tax_rule"].sudo()._fbr_refresh_generated(self)
            self.filtered("fbr_nfe_enabled")._fbr_create_default_operations()
        return result

    def _fbr_issues(self):
        """Whether this company issues NF-e here; where it does not, nothing of this add-on happens."""
        self.ensure_one()
        company = self.sudo()
        return company.fbr_nfe_enabled and company.account_fiscal_country_id.code == "BR"

    def _fbr_numbering_company(self):
        """The company whose series this one numbers by: the highest above it with the same CNPJ.

        SEFAZ counts by CNPJ, so two Odoo companies of one establishment must never count apart.
        """
        self.ensure_one()
        tax_id = self._fbr_tax_id()
        offices = self.sudo().parent_ids
        return next((office for office in offices if tax_id and office._fbr_tax_id() == tax_id), self)

    def _fbr_enable(self):
        """Make what a company needs to tax its sales: taxes on its chart of accounts, operations with their rules."""
        for company in self:
            if company.account_fiscal_country_id.code != "BR":
                raise UserError(self.env._("%s is not a Brazilian company: it cannot issue NF-e.", company.name))
            self.env["account.chart.template"].sudo()._fbr_create_taxes(company)
            company._fbr_create_default_operations()
            self.env["res.city"]._fbr_choose_cities()
            company.sudo()._fbr_create_sale_journal()
            for model in ("sale.order", "account.move"):
                self.env[model].sudo()._fbr_adopt_open(company)

    def _fbr_create_default_operations(self):
        """Give each of these companies the ready operations of its regime that it does not have."""
        self.env["faturamento_br.operation"].sudo()._fbr_create_defaults(self)

    def _fbr_substitute_ie(self, uf):
        """IEST, digits only, for recipients in ``uf``; ``""`` without a registration as tax substitute there."""
        found = self.sudo().fbr_substitute_ids.filtered(lambda each: each.state_id.code == uf)
        return normalize_ie(found.ie or "")

    def _fbr_taxes(self):
        """The taxes that carry NF-e amounts here, by kind: its own, or those of the company it belongs to."""
        self.ensure_one()
        return {kind: self.env["account.tax"].browse(tax_id) for kind, tax_id in self._fbr_tax_ids()}

    @ormcache("self.id")
    def _fbr_tax_ids(self):
        owners = self.sudo().parent_ids
        taxes = self.env["account.tax"].sudo().search([("fbr_kind", "!=", False), ("company_id", "in", owners.ids)])
        return tuple((tax.fbr_kind, tax.id) for tax in taxes)
