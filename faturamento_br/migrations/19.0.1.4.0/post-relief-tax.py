"""The ICMS forgone that comes off a document's total (indDeduzDeson 1) has a tax of its own in the journal."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for company in env["res.company"].search([("fbr_nfe_enabled", "=", True)]):
        env["account.chart.template"]._fbr_create_taxes(company)
