import csv
from functools import cache

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import file_open


@cache
def accounts():
    """Where each tax of an import is booked: what is to be recovered, and what was paid or is owed."""
    with file_open("faturamento_br/data/import_accounts.csv") as file:
        return {row["tax"]: (row["recoverable"], row["payable"]) for row in csv.DictReader(file)}


class Shipment(models.Model):
    """The taxes of an import in the books, and the way from the vendor bill to its entry NF-e.

    The bill owes the supplier its price. What the NF-e says beside that is owed to tax offices: ICMS, IPI, PIS and
    COFINS are credits (a company of Simples has none: they are cost), II and customs expenses are cost of the goods.
    """

    _inherit = "faturamento_br.shipment"

    bill_id = fields.Many2one(
        "account.move",
        "Vendor bill",
        index="btree_not_null",
        copy=False,
        readonly=True,
        check_company=True,
        help="The supplier's invoice for these goods.",
    )
    import_entry_id = fields.Many2one(
        "account.move", "Import taxes", index="btree_not_null", copy=False, readonly=True, check_company=True
    )

    def _fbr_document_moved(self, document):
        """The taxes are booked, as a draft entry, with the authorization."""
        super()._fbr_document_moved(document)
        moves = self.env["account.move"].sudo().with_company(self.company_id)
        if document.state == "authorized" and self.is_import and not self.import_entry_id:
            self.import_entry_id = moves.create(self._fbr_import_entry())

    def _fbr_import_entry(self):
        """Values of the entry: each tax of the NF-e against what is owed for it."""
        chart = self.env["account.chart.template"].sudo()
        names = {name for pair in accounts().values() for name in pair if name}
        found = chart._fbr_accounts(self.company_id.root_id, names)
        credits_ = self.company_id.fbr_crt in ("2", "3")
        lines = []
        for tax, values in self._fbr_import_taxes().items():
            recoverable, payable = accounts()[tax]
            for line, value in values.items():
                cost = line.product_id.product_tmpl_id.get_product_accounts()["expense"]
                debit = found[recoverable] if credits_ and recoverable else cost
                label = f"{tax} - {self.name}"
                lines.append({"account_id": debit.id, "debit": float(value), "name": label})
                lines.append({"account_id": found[payable].id, "credit": float(value), "name": label})
        return {
            "move_type": "entry",
            "company_id": self.company_id.id,
            "date": self.date,
            "ref": self.name,
            "line_ids": [Command.create(values) for values in lines],
        }

    def _fbr_import_taxes(self):
        """What is owed for each line beside its price, by tax: ``{tax: {line: BRL}}``."""
        found = {}
        imported = self.sudo()._fbr_imported(self.line_ids)
        for line, told in self.sudo()._fbr_amounts().items():
            if line not in imported:
                continue
            amounts = {kind.upper(): values[2] for kind, values in told.taxes.items() if kind != "import_charges"}
            amounts["EXPENSES"] = imported[line].importation.expenses
            for tax, value in amounts.items():
                if value:
                    found.setdefault(tax, {})[line] = value
        return found

    def action_open_bill(self):
        self.ensure_one()
        return self.bill_id._get_records_action(name=self.env._("Vendor bill"))

    def action_open_import_entry(self):
        self.ensure_one()
        return self.import_entry_id._get_records_action(name=self.env._("Import taxes"))


class AccountMove(models.Model):
    """The bill of a supplier abroad, whose goods come in by an NF-e of our own."""

    _inherit = "account.move"

    fbr_import_ids = fields.One2many("faturamento_br.shipment", "bill_id", "Entry NF-e", readonly=True)
    fbr_can_import = fields.Boolean(compute="_compute_fbr_can_import")

    @api.depends("move_type", "partner_id", "company_id", "invoice_line_ids.product_id", "fbr_import_ids")
    def _compute_fbr_can_import(self):
        for move in self:
            country = move.commercial_partner_id.country_id
            move.fbr_can_import = (
                move.move_type == "in_invoice"
                and bool(country)
                and country.code != "BR"
                and not move.fbr_import_ids
                and move.company_id._fbr_issues()
                and any(line._fbr_role() == "item" for line in move._fbr_lines())
            )

    def action_fbr_import(self):
        """A draft of the entry NF-e with the goods of this bill, in reais at the bill's own rate."""
        self.ensure_one()
        if not self.fbr_can_import:
            raise UserError(
                self.env._("%s: only the bill of a supplier abroad, with goods, has an entry NF-e.", self.display_name)
            )
        operation = self.env["faturamento_br.operation"].search(
            [("company_id", "in", self.company_id.parent_ids.ids), ("ready_key", "=", "import_resale")], limit=1
        )
        goods = self._fbr_lines().filtered(lambda line: line._fbr_role() == "item")
        shipment = self.env["faturamento_br.shipment"].create(
            {
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "fbr_operation_id": operation.id,
                "bill_id": self.id,
                "line_ids": [Command.create(line._fbr_import_values()) for line in goods],
            }
        )
        return shipment._get_records_action(name=self.env._("Entry NF-e"))

    def action_fbr_open_imports(self):
        return self.fbr_import_ids._get_records_action(name=self.env._("Entry NF-e"))


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _fbr_import_values(self):
        """A line of the entry NF-e: what the books say the goods cost, per unit, in reais."""
        company = self.company_id.currency_id
        value = company.round(abs(self.balance)) or self.currency_id._convert(
            self.price_subtotal, company, self.company_id, self.move_id.invoice_date or fields.Date.context_today(self)
        )
        return {
            "product_id": self.product_id.id,
            "name": self.name,
            "quantity": self.quantity,
            "product_uom_id": self.product_uom_id.id,
            "price_unit": value / self.quantity if self.quantity else 0.0,
        }
