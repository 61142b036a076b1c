import psycopg2
from odoo import api, models
from odoo.exceptions import ValidationError

from .tax_rule_federal import IPI
from .tax_rule_fuel import FUEL
from .tax_rule_icms import ICMS
from .tax_rule_internal import INTERNAL_FIELDS
from .tax_rule_reform import EXTRAS, SELECTIVE
from .tax_rule_states import DIFAL, ST

#: What a line says that was judged together with the others; it is never shown.
TOLD = "faturamento_br: told with all other lines"
#: What is wrong with a line, and no accident of the database.
UNFIT = (ValidationError, psycopg2.IntegrityError, psycopg2.DataError)
#: The columns of the spreadsheet that is offered to fill in, and of an export that comes back as it went.
COLUMNS = (
    *("operation_id", "ncm_prefix", "cest", "product_tmpl_id", "categ_id", "partner_id", "goods_origin"),
    *("scope", "state_id", "contributor", "final_consumer", "valid_from", "valid_to"),
    *("cfop", "icms_cst", "icms_csosn", "icms_rate", "icms_reduction", "icms_deferral", "icms_credit_rate"),
    *("fcp_mode", "fcp_rate", "benefit_code"),
    *ICMS,
    *INTERNAL_FIELDS,
    *IPI,
    *("pis_cst", "pis_rate", "cofins_cst", "cofins_rate", "ibs_cbs_cst", "ibs_cbs_class"),
    *EXTRAS,
    *SELECTIVE,
    *FUEL,
    *ST,
    *DIFAL,
    *("source", "legal_text"),
)


class TaxRule(models.Model):
    """Rules from an accountant's spreadsheet, by Odoo's own import.

    Odoo loads all lines together or, when one is wrong, each by itself, undoing the good ones before it: what two
    lines say of the same sales would be told only once all others are right. So the lines are judged here: each alone,
    then those that are right with one another and with the rules there are. While one is wrong, none is kept.
    """

    _inherit = "faturamento_br.tax_rule"

    @api.model
    def get_import_templates(self):
        """The spreadsheet to fill in, in the user's language (``controllers/tax_rule_template.py``)."""
        return [
            {
                "label": self.env._("Spreadsheet for tax rules"),
                "template": "/faturamento_br/tax_rules_template.xlsx",
            }
        ]

    @api.model
    def load(self, fields, data):
        """Import rows; each wrong one is told, with its line, and nothing is kept while there is one."""
        found = []
        result = super(TaxRule, self.with_context(fbr_import_found=found)).load(fields, data)
        if not found:
            return result
        read = [each for each in result["messages"] if "rows" in each and each["message"] != TOLD]
        unread = {each["rows"]["from"] for each in read if each["type"] == "error"}
        judged = [each for each in found if each["rows"]["from"] not in unread]
        messages = sorted([*read, *judged], key=lambda each: each["rows"]["from"])
        return {**result, "messages": messages}

    def _load_records(self, data_list, update=False):
        found = self.env.context.get("fbr_import_found")
        if found is None:
            return super()._load_records(data_list, update)
        if found:
            raise ValidationError(TOLD)
        self._fbr_fill_empty_cells(data_list)
        try:
            with self.env.cr.savepoint():
                return super()._load_records(data_list, update)
        except UNFIT:
            found += self._fbr_judge_lines(data_list, update)
            if not found:
                raise
        raise ValidationError(TOLD)

    def _fbr_fill_empty_cells(self, data_list):
        """An empty cell is what a new rule has there: "any", say, or a whole deferral. A zero is a zero."""
        usual = self.default_get(COLUMNS)
        names = [name for name in COLUMNS if name in usual and self._fields[name].type != "boolean"]
        for line in data_list:
            values = line["values"]
            values.update({name: usual[name] for name in names if name in values and _is_empty(values[name])})

    def _fbr_judge_lines(self, data_list, update):
        """All that is wrong with the lines of a spreadsheet, as the messages of Odoo's import."""
        found, kept = [], {}
        savepoint = self.env.cr.savepoint()
        alone = self.with_context(fbr_import_found=None, fbr_ties_later=True)
        for line in data_list:
            try:
                with self.env.cr.savepoint():
                    kept[alone._load_records([line], update)] = line["info"]
            except ValidationError as error:
                found += [self._fbr_line_message(line["info"], text) for text in str(error).splitlines()]
            except (psycopg2.IntegrityError, psycopg2.DataError) as error:
                found.append(self._fbr_line_message(line["info"], self._sql_error_to_message(error)))
        found += self._fbr_judge_ties(kept)
        savepoint.close(rollback=True)
        return found

    def _fbr_judge_ties(self, lines):
        """:param lines: the place of each imported rule."""
        found = []
        for company in self.browse(rule.id for rule in lines).company_id:
            told = set()
            for pair in self._fbr_made_book(company.id).ties():
                rules = tuple(self.browse(int(each.ref)) for each in pair)
                if rules in told:
                    continue
                told.add(rules)
                text = self._fbr_told_tie(*sorted(rules, key=lambda rule: rule.id))
                places = [lines[rule] for rule in rules if rule in lines]
                if len(places) > 1:
                    numbers = sorted(place["rows"]["from"] + 2 for place in places)
                    text += " " + self.env._("They are the lines %s.", " + ".join(map(str, numbers)))
                found += [self._fbr_line_message(place, text) for place in places]
        return found

    def _fbr_line_message(self, place, text):
        line = place["rows"]["from"] + 2  # people count from 1, and the first line has the titles
        return {**place, "type": "error", "message": self.env._("Line %(line)s: %(text)s", line=line, text=text)}


def _is_empty(cell):
    """Whether nothing was written in a cell; a zero was."""
    return cell is None or cell is False or cell == ""
