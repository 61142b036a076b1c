from datetime import timedelta

from odoo import api, fields, models

DAY = timedelta(hours=24)
MOST_CODES = 8

# What each company did with its authorizer in the last 24 hours, and what waits now; a row a company and environment.
FLOW = """
    SELECT attempt.company_id, document.environment,
           count(*) FILTER (WHERE attempt.result = 'authorized') AS authorized,
           count(*) FILTER (WHERE attempt.result = 'rejected') AS rejected,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY attempt.seconds)
               FILTER (WHERE attempt.result = 'authorized' AND attempt.seconds > 0) AS p50,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY attempt.seconds)
               FILTER (WHERE attempt.result = 'authorized' AND attempt.seconds > 0) AS p95
      FROM faturamento_br_document_attempt attempt
      JOIN faturamento_br_document document ON document.id = attempt.document_id
     WHERE attempt.answered_at > %s AND attempt.company_id IN %s
  GROUP BY attempt.company_id, document.environment
"""
WAITING = """
    SELECT company_id, environment, count(*), min(create_date)
      FROM faturamento_br_document
     WHERE next_try_at IS NOT NULL AND state IN ('draft', 'rejected', 'signed', 'sending') AND company_id IN %s
  GROUP BY company_id, environment
"""
CODES = """
    SELECT attempt.company_id, attempt."cStat", count(*)
      FROM faturamento_br_document_attempt attempt
     WHERE attempt.answered_at > %s AND attempt.result = 'rejected' AND attempt.company_id IN %s
  GROUP BY attempt.company_id, attempt."cStat" ORDER BY count(*) DESC
"""


class ResCompany(models.Model):
    """How issuing goes: the figures of the page *Operations*, and of the metrics address."""

    _inherit = "res.company"

    @api.model
    def fbr_get_operations(self):
        """The figures of the companies that the user looks at, for the page; each a dict of plain values."""
        # Not the document's right: a salesperson has it for their own sales, and these are the whole company's.
        self.env["faturamento_br.authorizer.health"].check_access("read")
        return self.env.companies.filtered("fbr_nfe_enabled")._fbr_figures()

    def _fbr_figures(self):
        """How issuing goes in each of these companies, by a number of queries that does not grow with documents.

        :return: a list of dicts; moments are Odoo's strings in UTC, durations seconds.
        """
        companies = self.sudo()
        if not companies:
            return []
        for model in ("faturamento_br.document", "faturamento_br.document.attempt"):
            self.env[model].flush_model()
        since, ids = fields.Datetime.now() - DAY, tuple(companies.ids)
        flow = {(row[0], row[1]): row[2:] for row in self._fbr_rows(FLOW, since, ids)}
        waiting = {(row[0], row[1]): row[2:] for row in self._fbr_rows(WAITING, ids)}
        codes = {}
        for company, code, count in self._fbr_rows(CODES, since, ids):
            codes.setdefault(company, []).append({"cStat": code, "count": count})
        return [company._fbr_own_figures(flow, waiting, codes.get(company.id, [])) for company in companies]

    def _fbr_rows(self, query, *values):
        self.env.cr.execute(query, values)
        return self.env.cr.fetchall()

    def _fbr_own_figures(self, flow, waiting, codes):
        key = (self.id, self.fbr_environment)
        authorized, rejected, p50, p95 = flow.get(key, (0, 0, None, None))
        count, oldest = waiting.get(key, (0, None))
        health = self.env["faturamento_br.authorizer.health"]._of(self, self.fbr_environment)
        period = self.env["faturamento_br.contingency"]._open_of(self, self.fbr_environment)
        certificate = self._fbr_get_certificate()
        gaps = self.env["faturamento_br.number_gap"].search(
            [("company_id", "=", self._fbr_numbering_company().id), ("environment", "=", self.fbr_environment)]
        )
        checks = self.env["faturamento_br.keeping_check"]
        daily, restore = (
            checks.search([("company_id", "=", self.id), ("kind", "=", kind)], limit=1) for kind in ("daily", "zip")
        )
        now = fields.Datetime.now()
        return {
            "id": self.id,
            "name": self.name,
            "environment": self.fbr_environment,
            "waiting": count,
            "oldest": fields.Datetime.to_string(oldest) or False,
            "authorized": authorized,
            "rejected": rejected,
            "p50": p50 and round(p50, 2),
            "p95": p95 and round(p95, 2),
            "codes": codes[:MOST_CODES],
            "authorizer": health._name_of(self, self.fbr_environment) if self.state_id else "",
            "failures": health.failures,
            "contingency": period.told or False,
            "in_contingency": int(period.state == "active"),
            "clock": health._clock_told() or False,
            "clock_error": health._clock_seconds(),
            "retry_at": fields.Datetime.to_string(health.retry_at) or False,
            "certificate_days": (certificate.valid_to - now).days if certificate.valid_to else False,
            "gaps": sum(gaps.mapped("count")),
            "gaps_due": fields.Date.to_string(min(gaps.mapped("due"), default=None)) or False,
            "keeping": daily.state or False,
            "keeping_at": fields.Datetime.to_string(daily.started_at) or False,
            "restore": restore.state or False,
            "restore_at": fields.Datetime.to_string(restore.started_at) or False,
        }
