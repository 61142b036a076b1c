import csv
from itertools import groupby

from odoo import api, fields, models
from odoo.tools.misc import file_open

from .placeholders import check_placeholders

#: PIS and COFINS per cent (Leis 10.637/2002 and 10.833/2003; Lei 9.718/1998).
CONTRIBUTION_RATES = {"non_cumulative": (1.65, 7.6), "cumulative": (0.65, 3.0)}


def default_rows(crt):
    """The ready rules of a tax regime (``data/default_operations.csv``)."""
    with file_open("faturamento_br/data/default_operations.csv") as file:
        return [row for row in csv.DictReader(file) if row["crt"] == crt]


def default_rule_values(row, company):
    """Values of the ready rule that ``row`` describes, for ``company``."""
    pis_rate, cofins_rate = (
        CONTRIBUTION_RATES[company.fbr_pis_cofins_regime] if int(row["contribution_taxed"]) else (0, 0)
    )
    return {
        "generated_key": row["key"],
        "scope": row["scope"],
        "cfop": row["cfop"],
        "icms_cst": row["icms_cst"] or False,
        "icms_csosn": row["icms_csosn"] or False,
        "pis_cst": row["contribution_cst"],
        "pis_rate": pis_rate,
        "cofins_cst": row["contribution_cst"],
        "cofins_rate": cofins_rate,
        "ibs_cbs_cst": row["ibs_cbs_cst"] or False,
        "ibs_cbs_class": row["ibs_cbs_class"] or False,
    }


class Operation(models.Model):
    """Why goods leave (natureza da operação), and the rules that tax them then."""

    _name = "faturamento_br.operation"
    _description = "Fiscal operation"
    _inherit = ["mail.thread"]
    _order = "is_default desc, name, id"
    _check_company_auto = True

    name = fields.Char(
        "Nature of the operation", size=60, required=True, tracking=True, help="natOp, as it is on the NF-e."
    )
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    crt = fields.Selection(related="company_id.fbr_crt")
    is_default = fields.Boolean(
        "By default", tracking=True, copy=False, help="New orders and invoices of the company have this operation."
    )
    info_template = fields.Text(
        "Additional information",
        help="infCpl of every NF-e of this operation: legal notes, say. It may have placeholders, as {order}.",
    )
    tax_office_template = fields.Text(
        "Information for the tax office", help="infAdFisco of every NF-e of this operation."
    )
    rule_ids = fields.One2many("faturamento_br.tax_rule", "operation_id", "Tax rules", copy=True)
    rule_count = fields.Integer("Rules", compute="_compute_rule_count")

    _default_unique = models.UniqueIndex(
        "(company_id) WHERE is_default AND active",
        "Only one operation is the default.",
    )

    @api.constrains("info_template", "tax_office_template")
    def _check_placeholders(self):
        check_placeholders(self.env, self, "info_template", "tax_office_template")

    def _creation_message(self):
        return self.env._("Fiscal operation created")

    @api.depends("rule_ids")
    def _compute_rule_count(self):
        for operation in self:
            operation.rule_count = len(operation.rule_ids)

    @api.model
    def _fbr_default_for(self, company):
        """The operation of a new order or invoice of ``company``: its own, or that of the company it belongs to."""
        operations = self.sudo().search([("is_default", "=", True), ("company_id", "in", company.parent_ids.ids)])
        return operations.sorted(lambda operation: company.parent_ids.ids.index(operation.company_id.id))[-1:]

    @api.model
    def _fbr_create_defaults(self, companies):
        for company in companies:
            if self.with_context(active_test=False).search_count([("company_id", "=", company.id)], limit=1):
                continue
            for (nature, is_default), rows in groupby(
                default_rows(company.fbr_crt), key=lambda row: (row["nature"], row["is_default"])
            ):
                self.with_context(mail_create_nolog=True).create(
                    {
                        "name": nature,
                        "company_id": company.id,
                        "is_default": bool(int(is_default)),
                        "rule_ids": [fields.Command.create(default_rule_values(row, company)) for row in rows],
                    }
                )
