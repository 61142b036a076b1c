"""What a purchase that goes back takes out of the books has taxes of its own."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for company in env["res.company"].search([("fbr_nfe_enabled", "=", True)]):
        env["account.chart.template"]._fbr_create_taxes(company)
