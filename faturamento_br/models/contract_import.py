from odoo import api, models
from odoo.exceptions import UserError

#: Rules of OCA's ``contract`` as unit and anchor here.
OCA_RULES = {
    "daily": ("day", "start"),
    "weekly": ("week", "start"),
    "monthly": ("month", "start"),
    "monthlylastday": ("month", "day"),  # from the 1st to the last day
    "quarterly": ("quarter", "start"),
    "semesterly": ("half_year", "start"),
    "yearly": ("year", "start"),
}

#: What is read of OCA's lines.
OCA_LINE = (
    *("contract_id", "product_id", "name", "quantity", "price_unit", "discount", "uom_id"),
    *("recurring_rule_type", "recurring_interval", "recurring_invoicing_type"),
    *("date_start", "date_end", "last_date_invoiced"),
)


class Contract(models.Model):
    """Contracts from elsewhere: a spreadsheet by Odoo's own import, or OCA's ``contract`` in the same database."""

    _inherit = "faturamento_br.contract"

    @api.model
    def load(self, fields, data):
        """Import rows as drafts; each contract that could not start is told with its row, and then nothing is kept."""
        found = []
        with_places = self.with_context(fbr_import_found=found)
        savepoint = self.env.cr.savepoint()
        result = super(Contract, with_places).load(fields, data)
        savepoint.close(rollback=bool(found))
        if found:
            messages = sorted([*result["messages"], *found], key=lambda each: each.get("rows", {}).get("from", -1))
            result = {**result, "ids": False, "messages": messages}
        return result

    def _load_records(self, data_list, update=False):
        records = super()._load_records(data_list, update)
        found = self.env.context.get("fbr_import_found")
        if found is not None:
            for record, line in zip(records, data_list, strict=True):
                row = line["info"]["rows"]["from"] + 2  # people count from 1, and the first row has the titles
                for text in dict.fromkeys(record._told(problem) for problem in record._problems()):
                    message = self.env._("Row %(row)s: %(text)s", row=row, text=text.removeprefix("- "))
                    found.append({**line["info"], "type": "error", "message": message})
        return records

    # --- From OCA's contract ------------------------------------------------------------------------------------

    @api.model
    def _take_over_from_oca(self):
        """Drafts of all sale contracts of OCA's ``contract`` that go on; docs/admin.md tells how to call it.

        What was invoiced there is not billed here: a line goes on after its last invoiced day, and lines that do not
        share that day become contracts of their own. OCA's are left as they are; archive them when these are started.

        :return: the drafts.
        :raises UserError: OCA's ``contract`` is not installed, or its contracts were taken over before.
        """
        if "contract.contract" not in self.env:
            raise UserError(self.env._("OCA's module contract is not installed here: there is nothing to take over."))
        taken = set(self.search([("origin", "!=", False)]).mapped("origin"))
        names = ["company_id", "partner_id", "invoice_partner_id", "user_id", "currency_id", "payment_term_id"]
        theirs = self.env["contract.contract"].search_read([("contract_type", "=", "sale")], names)
        theirs = [row for row in theirs if f"contract.contract,{row['id']}" not in taken]
        lines = self.env["contract.line"].search_read(
            [("contract_id", "in", [row["id"] for row in theirs]), ("is_canceled", "=", False)],
            OCA_LINE,
        )
        today = self.env["faturamento_br.contract"]._fields["date_start"].context_today(self)
        return self.create(from_oca(theirs, lines, today))


def from_oca(contracts, lines, today):
    """The values of our contracts for rows of ``contract.contract`` and ``contract.line``, as ``search_read`` gives.

    Lines without a product, or over before ``today``, are left out; so are contracts without lines.
    """
    found = []
    for contract in contracts:
        its = [line for line in lines if line["contract_id"][0] == contract["id"] and line["product_id"]]
        its = [line for line in its if not line["date_end"] or line["date_end"] >= today]
        for last in sorted({line["last_date_invoiced"] or today.min for line in its}):
            together = [line for line in its if (line["last_date_invoiced"] or today.min) == last]
            found.append(
                {
                    "origin": f"contract.contract,{contract['id']}",
                    "company_id": contract["company_id"][0],
                    "partner_id": (contract["invoice_partner_id"] or contract["partner_id"])[0],
                    "user_id": contract["user_id"] and contract["user_id"][0],
                    "currency_id": contract["currency_id"][0],
                    "payment_term_id": contract["payment_term_id"] and contract["payment_term_id"][0],
                    "date_start": min(line["date_start"] for line in together),
                    "billed_elsewhere": last != today.min and last.fromordinal(last.toordinal() + 1),
                    "line_ids": [(0, 0, _line_from_oca(line)) for line in together],
                }
            )
    return found


def _line_from_oca(line):
    unit, anchor = OCA_RULES[line["recurring_rule_type"]]
    # Their marks for the period are said by ours; braces that were no marks stay what they are.
    name = (line["name"] or "").replace("{", "{{").replace("}", "}}")
    name = name.replace("#START#", "{start}").replace("#END#", "{end}").replace("#INVOICEMONTHNAME#", "{month}")
    return {
        "product_id": line["product_id"][0],
        "product_uom_id": line["uom_id"] and line["uom_id"][0],
        "name": name,
        "quantity": line["quantity"],
        "price_unit": line["price_unit"],
        "discount": line["discount"],
        "interval_count": line["recurring_interval"],
        "interval_unit": unit,
        "anchor": anchor,
        "anchor_day": 1 if anchor == "day" else 0,
        "billing": "advance" if line["recurring_invoicing_type"] == "pre-paid" else "arrears",
        "date_start": line["date_start"],
        "date_end": line["date_end"],
    }
