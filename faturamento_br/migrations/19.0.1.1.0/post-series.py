"""Series: each number that a document has is taken."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute("SELECT DISTINCT company_id, model, environment, series FROM faturamento_br_document")
    for company_id, model, environment, series in cr.fetchall():
        company = env["res.company"].browse(company_id)
        counter = env["faturamento_br.series"]._of(company, model, environment, series)
        cr.execute(
            """
            INSERT INTO faturamento_br_series_number (series_id, number, create_uid, create_date, write_uid, write_date)
            SELECT %s, number, create_uid, create_date, write_uid, write_date
              FROM faturamento_br_document
             WHERE (company_id, model, environment, series) = (%s, %s, %s, %s)
                ON CONFLICT DO NOTHING
            """,
            [counter.id, company_id, model, environment, series],
        )
