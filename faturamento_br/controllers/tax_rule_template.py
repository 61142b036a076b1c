import io

import xlsxwriter
from odoo import http
from odoo.http import content_disposition, request

from ..models.tax_rule_import import COLUMNS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: One cell of each column that does not explain itself.
EXAMPLES = {
    "ncm_prefix": "9403",
    "cest": "2806400",
    "state_id": "RJ",
    "icms_share_state_id": "MG",
    "valid_from": "2027-01-01",
    "valid_to": "2027-12-31",
    "cfop": "5405",
    "icms_rate": "18",
    "st_margin": "50,25",
    "ibs_cbs_cst": "000",
    "ibs_cbs_class": "000001",
    "source": "Convênio ICMS 52/1991",
}


class TaxRuleTemplate(http.Controller):
    """The spreadsheet an accountant fills in and imports: its titles are the fields' names in the user's language."""

    @http.route("/faturamento_br/tax_rules_template.xlsx", type="http", auth="user", readonly=True)
    def template(self):
        rules = request.env["faturamento_br.tax_rule"]
        rules.check_access("create")
        described = rules.fields_get(COLUMNS, ["string", "help", "type", "selection"])
        name = request.env._("tax rules")
        headers = [("Content-Type", XLSX), ("Content-Disposition", content_disposition(f"{name}.xlsx"))]
        return request.make_response(written(request.env, described), headers)


def written(env, described):
    """The bytes of the spreadsheet: the titles to fill in below, and on a second sheet what each column takes."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@", "text_wrap": True})
        rules = book.add_worksheet(env._("Tax rules"))
        rules.freeze_panes(1, 0)
        rules.set_column(0, len(COLUMNS) - 1, 18, text)  # as text, or the sheet eats the zero of CST 00
        rules.write_row(0, 0, [title_of(name, described[name]["string"]) for name in COLUMNS], bold)
        columns = book.add_worksheet(env._("Columns"))
        columns.set_column(0, 1, 30)
        columns.set_column(2, 2, 110, text)
        columns.write_row(0, 0, [env._("Column"), env._("Example"), env._("What it takes")], bold)
        for row, name in enumerate(COLUMNS, 1):
            field = described[name]
            choices = [label for _code, label in field.get("selection", ())]
            told = "\n".join(filter(None, [field.get("help"), *choices])) or env._("Empty: any.")
            columns.write_row(
                row, 0, [title_of(name, field["string"]), EXAMPLES.get(name, "") or "".join(choices[:1]), told]
            )
    return file.getvalue()


def title_of(name, label):
    """How a column is called; the import takes a slash for the path of another record's field."""
    return name if "/" in label else label
