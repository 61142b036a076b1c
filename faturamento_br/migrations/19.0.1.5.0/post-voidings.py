"""The proofs of numbers voided before: kept with their SHA-256, and part of the export of the month of their answer."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["faturamento_br.voiding"].search([("state", "=", "voided"), ("voided_on", "=", False)])._keep_proof()
