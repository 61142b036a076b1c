import csv

from odoo import Command, models
from odoo.exceptions import UserError
from odoo.tools.misc import file_open

#: The account of the line that bears the tax.
GOODS = "goods"
#: Where a tax is booked, and how much of it, in per cent.
SIDES = {"liability": 100, "deduction": -100}


class AccountChartTemplate(models.AbstractModel):
    """The taxes that carry an NF-e's amounts into the books, as Brazilian accountants book a sale.

    Revenue stays gross; ICMS, FCP, PIS and COFINS are deductions of it, each against its liability (Lei 6.404/1976
    art. 187; DL 1.598/1977 art. 12): two repartition lines, +100 % to the liability and −100 % to the deduction.
    IPI comes on top of the price and is no revenue: one line, to its liability. The ICMS forgone that
    comes off the price (indDeduzDeson 1) is a negative tax on top: one line, to the rebates, so that revenue stays
    gross there too. FCP is collected with the ICMS and
    shares its accounts, as the chart of l10n_br has none of its own.

    Of a purchase that goes back, ``goods`` is the account of the line itself: what was no credit was cost.
    """

    _inherit = "account.chart.template"

    def _fbr_create_taxes(self, company):
        """Make the taxes of ``data/tax_accounts.csv`` that ``company`` does not have yet.

        They belong to the company that owns the chart, and serve its branches.

        :raises UserError: names every account of the l10n_br chart that is not there.
        """
        owner = company.root_id
        existing = company._fbr_taxes()
        with file_open("faturamento_br/data/tax_accounts.csv") as file:
            rows = [row for row in csv.DictReader(file) if row["kind"] not in existing]
        accounts = self._fbr_accounts(owner, {row[side] for row in rows for side in SIDES} - {"", GOODS})
        self.env["account.tax"].with_company(owner).create([self._fbr_tax_values(owner, row, accounts) for row in rows])

    def _fbr_accounts(self, company, names):
        chart = self.with_company(company)
        found = {name: self.env.ref(chart.company_xmlid(name), raise_if_not_found=False) for name in sorted(names)}
        if missing := [name for name, account in found.items() if not account]:
            raise UserError(
                self.env._(
                    "%(company)s does not have these accounts of the Brazilian chart (l10n_br): %(accounts)s. "
                    "Load the chart in Settings > Invoicing > Fiscal Localization, or restore the accounts.",
                    company=company.name,
                    accounts=", ".join(name.removeprefix("account_template_") for name in missing),
                )
            )
        return found

    def _fbr_tax_values(self, company, row, accounts):
        group = self.env["account.tax.group"].create(
            {
                "name": row["name"].removesuffix(" (NF-e)"),
                "company_id": company.id,
                "country_id": company.account_fiscal_country_id.id,
            }
        )
        repartition = [Command.create({"repartition_type": "base"})]
        for side, factor in SIDES.items():
            if row[side]:
                account = row[side] != GOODS and accounts[row[side]].id
                repartition.append(
                    Command.create({"repartition_type": "tax", "factor_percent": factor, "account_id": account})
                )
        return {
            "name": row["name"],
            "invoice_label": row["name"].removesuffix(" (NF-e)"),
            "fbr_kind": row["kind"],
            "sequence": row["sequence"],
            "company_id": company.id,
            "country_id": company.account_fiscal_country_id.id,
            "tax_group_id": group.id,
            "type_tax_use": row["use"],
            "amount_type": "percent",
            "amount": 0.0,
            "price_include_override": "tax_excluded",
            "include_base_amount": False,
            "is_base_affected": False,
            "invoice_repartition_line_ids": repartition,
            "refund_repartition_line_ids": repartition,
        }
