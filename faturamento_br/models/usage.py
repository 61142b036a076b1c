from odoo import api, fields, models
from odoo.exceptions import UserError
from psycopg2.extras import execute_values

from ..billing import usage
from ..billing.changes import timeline
from .line_amounts import exact_value
from .problem_text import text_of
from .usage_plan import DECIMALS

#: Mistakes shown of one call; a wrong file has one in each of its thousands of records.
SHOWN = 20
#: Rows of one statement.
PAGE = 1000
INSERT = """
    INSERT INTO faturamento_br_usage
           (key, line_id, contract_id, company_id, day, value, subject, create_uid, create_date, write_uid, write_date)
    VALUES %s ON CONFLICT (company_id, key) DO NOTHING RETURNING id
"""


class Usage(models.Model):
    """Something was used: one record with a key of the sender's own, so that it counts once however often it is sent.

    A record belongs to the period of its day, for ever; one that comes after its period was billed is on the next bill.
    """

    _name = "faturamento_br.usage"
    _description = "Usage record"
    _order = "day desc, id desc"
    _rec_name = "key"

    key = fields.Char(required=True, help="The sender's own and unique: what comes again with it is the same record.")
    line_id = fields.Many2one(
        "faturamento_br.contract.line",
        "Contract line",
        required=True,
        ondelete="restrict",
        domain=[("usage_plan_id", "!=", False)],
    )
    contract_id = fields.Many2one("faturamento_br.contract", readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", readonly=True)
    day = fields.Date(required=True, help="In the company's time zone.")
    value = fields.Float("Quantity", digits=(16, DECIMALS), default=1.0)
    subject = fields.Char(help="What is counted where different ones are: a user, a device.")

    _once = models.UniqueIndex("(company_id, key)", "This usage record was received already.")
    _by_day = models.Index("(line_id, day)")

    # --- In -----------------------------------------------------------------------------------------------------

    @api.model
    def record(self, records):
        """Keep usage that another system sends; all or nothing.

        :param records: a list of dicts: ``key``; ``line`` (id of a contract line) or ``contract`` (its number,
            if it has one metered line); ``day`` (``2026-11-25``); ``value`` (1 by default); ``subject``.
        :return: how many were ``new``, and how many ``repeated`` and change nothing.
        :raises UserError: every mistake, with the place of its record, counted from 0.
        """
        self.check_access("create")
        lines = self._lines_of(records)
        found = self._accept([self._record_of(one, line) for one, line in zip(records, lines, strict=True)])
        self._insert(found.new)
        return {"new": len(found.new), "repeated": len(found.repeated)}

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super  # the rows are written by _insert
        """By hand or from a spreadsheet: as :meth:`record`, and what was here before is found again."""
        asked = [{**vals, "line": vals.get("line_id")} for vals in vals_list]
        lines = self._lines_of(asked)
        sent = [self._record_of(one, line) for one, line in zip(asked, lines, strict=True)]
        self._insert(self._accept(sent).new)
        companies = {line.company_id.id for line in lines}
        rows = self.search([("key", "in", [one.key for one in sent]), ("company_id", "in", list(companies))])
        known = {row.key: row.id for row in rows}
        return self.browse(known[one.key] for one in sent)

    @api.model
    def _lines_of(self, records):
        """The metered line that each of ``records`` names; empty where it names none that the user may see."""
        lines = self.env["faturamento_br.contract.line"]
        metered = [("usage_plan_id", "!=", False), ("company_id", "in", self.env.companies.ids)]
        numbers = {one["contract"] for one in records if one.get("contract")}
        ids = {one["line"] for one in records if isinstance(one.get("line"), int)}
        by_id = {line.id: line for line in lines.search([("id", "in", list(ids)), *metered])}
        by_number = lines.search([("contract_id.name", "in", list(numbers)), *metered]).grouped(
            lambda line: line.contract_id.name
        )
        single = {number: its for number, its in by_number.items() if len(its) == 1}
        return [by_id.get(one.get("line")) or single.get(one.get("contract")) or lines for one in records]

    @api.model
    def _record_of(self, one, line):
        """
        :raises UserError: it has no key, no day or no number.
        """
        try:
            day = fields.Date.to_date(one["day"])
            value = exact_value(float(one.get("value", 1.0)), DECIMALS).normalize()
            if not one["key"] or not day:
                raise ValueError(one)
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                self.env._("A usage record needs a key, a day like 2026-11-25 and a number as its quantity: %s", one)
            ) from error
        return usage.Record(str(one["key"]), line.id, day, value, one.get("subject") or "")

    @api.model
    def _accept(self, sent):
        """Sort ``sent`` by the core's rules.

        :raises UserError: every mistake; nothing is kept.
        """
        lines = self.env["faturamento_br.contract.line"].browse({one.line for one in sent if one.line})
        times = {}
        for contract in lines.contract_id:
            changes = contract.sudo()._value().changes
            its = (line for line in lines if line.contract_id == contract)
            times |= {line.id: timeline(line.sudo()._value(), changes) for line in its}
        today = max((company._fbr_day() for company in lines.company_id), default=self.env.company._fbr_day())
        found = usage.accept(sent, self._known(sent, lines.company_id), times, today)
        if found.problems:
            told = [f"{problem.path}: {text_of(self.env, problem)}" for problem in found.problems[:SHOWN]]
            if more := len(found.problems) - len(told):
                told.append(self.env._("… and %s more.", more))
            raise UserError("\n".join([self.env._("Nothing was kept of these usage records:"), *told]))
        return found

    @api.model
    def _known(self, sent, companies):
        """What was received before with the same keys."""
        self.flush_model()
        rows = self.sudo().search_fetch(
            [("key", "in", [one.key for one in sent]), ("company_id", "in", companies.ids)],
            ["key", "line_id", "day", "value", "subject"],
        )
        return {row.key: row._value() for row in rows}

    def _value(self):
        """As a value of ``billing/``."""
        value = exact_value(self.value, DECIMALS).normalize()
        return usage.Record(self.key, self.line_id.id, self.day, value, self.subject or "")

    @api.model
    def _insert(self, records):
        """Write ``records`` in few statements; a key that another request wrote meanwhile is not written twice.

        :raises UserError: another request has just sent one of them.
        """
        if not records:
            return
        lines = self.env["faturamento_br.contract.line"].sudo().browse({one.line for one in records})
        places = {line.id: (line.id, line.contract_id.id, line.company_id.id) for line in lines}
        stamp = (self.env.uid, self.env.cr.now(), self.env.uid, self.env.cr.now())
        rows = [(one.key, *places[one.line], one.day, one.value, one.subject or None, *stamp) for one in records]
        written = execute_values(self.env.cr._obj, INSERT, rows, page_size=PAGE, fetch=True)
        if len(written) != len(rows):
            raise UserError(self.env._("Another request is sending the same usage records: send these again."))
        self.invalidate_model()
        self._bill_again(lines, {one.line: one.day for one in sorted(records, key=lambda one: one.day, reverse=True)})

    @api.model
    def _bill_again(self, lines, first_days):
        """Contracts whose billed periods are worth something else now are due at once."""
        groups = (
            self.env["faturamento_br.contract.period"]
            .sudo()
            ._read_group([("line_id", "in", lines.ids), ("returned", "=", False)], ["line_id"], ["end:max"])
        )
        late = [line.contract_id.id for line, end in groups if first_days[line.id] < end]
        contracts = self.env["faturamento_br.contract"].sudo()
        self.env.add_to_compute(contracts._fields["next_bill_on"], contracts.browse(set(late)))

    # --- Once in, it stays ----------------------------------------------------------------------------------------

    def write(self, vals):
        if vals:
            raise UserError(self.env._("A usage record is not changed: delete the wrong one, and send another."))
        return super().write(vals)

    def unlink(self):
        """A mistake of the sender's; what was billed for it is settled by the next run."""
        for contract, records in self.grouped("contract_id").items():
            told = ", ".join(f"{one.key} ({one.day}: {one.value:g})" for one in records[:SHOWN])
            contract._message_log(body=self.env._("Usage records deleted: %s", told))
        lines = self.line_id.sudo()
        first = {line.id: min(self.filtered(lambda one, own=line: one.line_id == own).mapped("day")) for line in lines}
        result = super().unlink()
        self._bill_again(lines, first)
        return result
