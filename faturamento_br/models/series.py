from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

LAST = 999_999_999


class Series(models.Model):
    """The counter of one company, model, series and environment.

    A number is taken by inserting its row, unique in the database, in the invoice's own transaction: whoever wants the
    same number at that moment waits for it to end, then takes the next, as Odoo does with its own sequences. So there
    is no gap, no number twice, and nobody loses a race so often that Odoo's retries run out. A number belongs to its
    document for good: a rejected document keeps it, a number given up is voided at the authorizer, never handed out
    twice.
    """

    _name = "faturamento_br.series"
    _description = "Fiscal document series"
    _inherit = ["mail.thread"]
    _order = "company_id, model, environment, series"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company._fbr_numbering_company(),
        help="Branches with the CNPJ of their head office number with it.",
    )
    model = fields.Selection([("55", "NF-e (55)")], required=True, default="55")
    environment = fields.Selection(
        selection=lambda self: self.env["faturamento_br.document"]._environments(), required=True, default="simulator"
    )
    series = fields.Integer(required=True, default=1, help="0 to 889 (access key rules of the NF-e manual).")
    first_number = fields.Integer(
        required=True,
        default=1,
        tracking=True,
        help="Numbers below this one are never taken: those of a former system, for example.",
    )
    next_number = fields.Integer(
        compute="_compute_next_number",
        inverse="_inverse_next_number",
        help="The number the next document takes. Set it to continue a former system's.",
    )
    number_ids = fields.One2many("faturamento_br.series.number", "series_id", "Numbers taken", readonly=True)

    _one_counter = models.Constraint(
        "UNIQUE(company_id, model, environment, series)", "This series already has a counter in this environment."
    )
    _series_range = models.Constraint("CHECK(series BETWEEN 0 AND 889)", "A series goes from 0 to 889.")
    _number_range = models.Constraint(
        f"CHECK(first_number BETWEEN 1 AND {LAST})", "A number goes from 1 to 999,999,999."
    )

    @api.depends("series", "environment", "company_id")
    def _compute_display_name(self):
        labels = dict(self._fields["environment"]._description_selection(self.env))
        for record in self:
            record.display_name = f"{record.company_id.name} · {record.series} · {labels.get(record.environment, '')}"

    @api.depends("first_number", "number_ids")
    def _compute_next_number(self):
        last = self._last_numbers()
        for record in self:
            record.next_number = max(record.first_number, last.get(record._origin.id, 0) + 1)

    def _inverse_next_number(self):
        """Continue from a number of the user's choice; what is behind it stays free for no one."""
        last = self._last_numbers()
        for record in self:
            taken = last.get(record.id, 0)
            if record.next_number <= taken:
                raise ValidationError(
                    self.env._(
                        "%(series)s: number %(taken)s is taken already, so the next number is %(next)s or more. "
                        "A number that was given up is voided at SEFAZ, never used again.",
                        series=record.display_name,
                        taken=taken,
                        next=taken + 1,
                    )
                )
            record.first_number = record.next_number

    def _last_numbers(self):
        """The highest number taken in each of these series that has one: ``{id: number}``, as this transaction sees."""
        self.env.cr.execute(
            """
            SELECT series.id, (
                       SELECT number FROM faturamento_br_series_number
                        WHERE series_id = series.id ORDER BY number DESC LIMIT 1
                   )
              FROM faturamento_br_series series
             WHERE id = ANY(%s)
            """,
            [self._origin.ids],
        )
        return {series_id: number for series_id, number in self.env.cr.fetchall() if number}

    def _creation_message(self):
        return self.env._("Series created")

    @api.model
    def _of(self, company, model, environment, series):
        """The counter that ``company`` numbers by; made on its first use."""
        owner = company._fbr_numbering_company()
        self.flush_model()
        self.env.cr.execute(
            """
              WITH made AS (
                   INSERT INTO faturamento_br_series
                          (company_id, model, environment, series, first_number,
                           create_uid, create_date, write_uid, write_date)
                   SELECT %(company)s, %(model)s, %(environment)s, %(series)s, 1,
                          %(uid)s, now() at time zone 'UTC', %(uid)s, now() at time zone 'UTC'
                    WHERE NOT EXISTS (
                          SELECT FROM faturamento_br_series
                           WHERE (company_id, model, environment, series)
                                 = (%(company)s, %(model)s, %(environment)s, %(series)s)
                          )
                RETURNING id
              )
            SELECT id FROM made
             UNION ALL
            SELECT id FROM faturamento_br_series
             WHERE (company_id, model, environment, series)
                   = (%(company)s, %(model)s, %(environment)s, %(series)s)
            """,
            {
                "company": owner.id,
                "model": model,
                "environment": environment,
                "series": series,
                "uid": self.env.uid,
            },
        )
        return self.browse(self.env.cr.fetchone()[0])

    def _take(self):
        """Take the next number, for good once the transaction commits.

        :return: the number, from 1 to 999,999,999.
        :raises UserError: the series is used up.
        """
        self.ensure_one()
        self.invalidate_recordset(["next_number"])
        number = self.next_number
        while not self._insert(number):
            number += 1
        self.invalidate_recordset(["next_number", "number_ids"])
        return number

    def _insert(self, number):
        """Whether ``number`` is ours now; waits for the transaction that has inserted it and may yet give it up."""
        if number > LAST:
            raise UserError(self.env._("%s is used up: choose another series in the journal.", self.display_name))
        try:
            with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                self.env.cr.execute(
                    """
                    INSERT INTO faturamento_br_series_number
                           (series_id, number, create_uid, create_date, write_uid, write_date)
                    VALUES (%(series)s, %(number)s,
                            %(uid)s, now() at time zone 'UTC', %(uid)s, now() at time zone 'UTC')
                    """,
                    {"series": self.id, "number": number, "uid": self.env.uid},
                )
        except UniqueViolation:
            return False
        return True
