from odoo import api, fields, models


class Series(models.Model):
    """The counter of one company, model, series and environment.

    A number is taken under a row lock and belongs to its document for good: a rejected document keeps its number,
    a number given up is voided at the authorizer, never handed out twice. Concurrent takers wait for each other;
    under REPEATABLE READ the loser is retried by Odoo's own transaction loop with a fresh snapshot, so that no
    number is skipped.
    """

    _name = "faturamento_br.series"
    _description = "Fiscal document series"
    _inherit = ["mail.thread"]
    _order = "company_id, model, environment, series"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    model = fields.Selection([("55", "NF-e (55)")], required=True, default="55")
    environment = fields.Selection(
        selection=lambda self: self.env["faturamento_br.document"]._environments(), required=True, default="simulator"
    )
    series = fields.Integer(required=True, default=1, help="0 to 889 (access key rules of the NF-e manual).")
    next_number = fields.Integer(
        required=True,
        default=1,
        tracking=True,
        help="The number the next document takes. Set it to continue a former system's.",
    )

    _one_counter = models.Constraint(
        "UNIQUE(company_id, model, environment, series)", "This series already has a counter in this environment."
    )
    _series_range = models.Constraint("CHECK(series BETWEEN 0 AND 889)", "A series goes from 0 to 889.")
    _number_range = models.Constraint(
        "CHECK(next_number BETWEEN 1 AND 999999999)", "A number goes from 1 to 999,999,999."
    )

    @api.depends("series", "environment", "company_id")
    def _compute_display_name(self):
        labels = dict(self._fields["environment"]._description_selection(self.env))
        for record in self:
            record.display_name = f"{record.company_id.name} · {record.series} · {labels.get(record.environment, '')}"

    def _creation_message(self):
        return self.env._("Series created")

    @api.model
    def _take(self, company, model, environment, series):
        """Take the next number of a series, under lock until the transaction ends.

        The counter is made on its first use.

        :return: the number, from 1 to 999,999,999.
        """
        self.flush_model()
        self.env.cr.execute(
            """
            INSERT INTO faturamento_br_series
                   (company_id, model, environment, series, next_number,
                    create_uid, create_date, write_uid, write_date)
            VALUES (%(company)s, %(model)s, %(environment)s, %(series)s, 2,
                    %(uid)s, now() at time zone 'UTC', %(uid)s, now() at time zone 'UTC')
                ON CONFLICT (company_id, model, environment, series)
                DO UPDATE SET next_number = faturamento_br_series.next_number + 1
             RETURNING id, next_number - 1
            """,
            {
                "company": company.id,
                "model": model,
                "environment": environment,
                "series": series,
                "uid": self.env.uid,
            },
        )
        counter_id, number = self.env.cr.fetchone()
        self.browse(counter_id).invalidate_recordset(["next_number"])
        return number
